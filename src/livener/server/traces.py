"""What a request went through, as OpenTelemetry traces it: request, batch, recognise, log. Off unless configured.

Needs the extra ``otel`` where it is on. No text, name or token of anybody is in a trace.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

import livener
from livener.errors import MissingDependencyError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span
    from starlette.types import Scope

    from livener.server.settings import TraceSettings

_NOTHING: "AbstractContextManager[None]" = nullcontext()


class Traces(Protocol):
    """Where the steps of requests are told; ``began`` and ``ended`` are nanoseconds since 1970."""

    def request(self, scope: "Scope", headers: Mapping[str, str]) -> AbstractContextManager[object]:
        """One request, within the trace that its headers name (W3C trace context); its ``scope`` says the rest."""
        ...

    def step(self, name: str, **about: int | str) -> AbstractContextManager[object]:
        """A step of what is going on."""
        ...

    def past(self, name: str, *, began: int, ended: int, **about: int | str) -> None:
        """A step that was done elsewhere."""
        ...

    def close(self) -> None:
        """Send what is not sent yet."""
        ...


class NoTraces:
    """Tells nobody.

    >>> with NoTraces().step("batch", texts=1):
    ...     pass
    """

    def request(self, scope: "Scope", headers: Mapping[str, str]) -> AbstractContextManager[object]:  # noqa: ARG002
        """Nothing."""
        return _NOTHING

    def step(self, name: str, **about: int | str) -> AbstractContextManager[object]:  # noqa: ARG002
        """Nothing."""
        return _NOTHING

    def past(self, name: str, *, began: int, ended: int, **about: int | str) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class OpenTelemetry:
    """Traces by the SDK of OpenTelemetry, to whatever ``processor`` gives them.

    Of requests that come without a trace the share ``sample`` is traced; of others it is as their sender decided.

    Raises:
        MissingDependencyError: without the extra ``otel``.
    """

    def __init__(self, processor: "SpanProcessor", *, service: str = "livener", sample: float = 1.0) -> None:
        try:
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
            from opentelemetry.trace import SpanKind, StatusCode
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ModuleNotFoundError as error:
            raise _missing(error) from None
        resource = Resource.create({"service.name": service, "service.version": livener.__version__})
        self._provider = TracerProvider(resource=resource, sampler=ParentBasedTraceIdRatio(sample))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("livener", livener.__version__)
        self._propagator = TraceContextTextMapPropagator()
        self._kind, self._fault = SpanKind.SERVER, StatusCode.ERROR

    @classmethod
    def sending(cls, settings: "TraceSettings") -> "OpenTelemetry":
        """Traces to a collector, by OTLP over HTTP, sent by a thread of its own.

        Raises:
            MissingDependencyError: without the extra ``otel``.
        """
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ModuleNotFoundError as error:
            raise _missing(error) from None
        processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.endpoint))
        return cls(processor, service=settings.service, sample=settings.sample)

    @contextmanager
    def request(self, scope: "Scope", headers: Mapping[str, str]) -> Iterator[None]:
        """One request."""
        given = {name: headers[name] for name in ("traceparent", "tracestate") if name in headers}
        context = self._propagator.extract(given)
        about = {"http.request.method": scope["method"]}
        with self._tracer.start_as_current_span("request", context, self._kind, about) as span:
            yield
            self._told(span, scope)

    def _told(self, span: "Span", scope: "Scope") -> None:
        route, status = getattr(scope.get("route"), "path", None), scope.get("livener.status", 0)
        if route:
            span.update_name(f"{scope['method']} {route}")
            span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        if project := scope.get("path_params", {}).get("project"):
            span.set_attribute("livener.project", project)
        if status >= 500:
            span.set_status(self._fault)

    @contextmanager
    def step(self, name: str, **about: int | str) -> Iterator[None]:
        """A step of what is going on."""
        with self._tracer.start_as_current_span(name, attributes=_named(about)):
            yield

    def past(self, name: str, *, began: int, ended: int, **about: int | str) -> None:
        """A step that was done elsewhere."""
        self._tracer.start_span(name, start_time=began, attributes=_named(about)).end(ended)

    def close(self) -> None:
        """Send what is not sent yet."""
        self._provider.shutdown()


def _named(about: Mapping[str, Any]) -> dict[str, Any]:
    return {f"livener.{name}": value for name, value in about.items()}


def _missing(error: ModuleNotFoundError) -> MissingDependencyError:
    return MissingDependencyError(error.name or "opentelemetry", extra="otel", need="traces")

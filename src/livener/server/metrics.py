"""What the server does, in numbers that Prometheus collects: latency, throughput, what waits, what drifted."""

from bisect import bisect_left
from collections import Counter as Labels
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from livener.server.recognition import Recognition
from livener.store.models import Alert, AlertState, Project, Task
from livener.text import Document

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.002, 0.003, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_CONFIDENCE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


class Metrics:
    """The numbers of one process since it began; each server process has its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        given: dict[str, Any] = {"registry": self.registry}
        self._requests = Histogram(
            "livener_request_seconds",
            "How long answers took.",
            ("route", "method", "status"),
            buckets=_SECONDS,
            **given,
        )
        self._documents = Counter(
            "livener_recognized_documents_total", "Texts that were read.", ("project", "model"), **given
        )
        self._spans = Counter(
            "livener_recognized_spans_total", "Spans that were found.", ("project", "label"), **given
        )
        self._scores = _Scores()
        self.registry.register(self._scores)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request was answered; ``route`` is its pattern, so that there are few."""
        self._requests.labels(route, method, status).observe(seconds)

    def recognized(self, project: str, model: int, documents: Sequence[Document]) -> None:
        """Texts were read."""
        self._documents.labels(project, model).inc(len(documents))
        spans = [span for document in documents for span in document.spans]
        for label, count in Labels([span.label for span in spans]).items():
            self._spans.labels(project, label).inc(count)
        self._scores.observe(project, [span.score for span in spans if span.score is not None])

    def text(self, recognition: Recognition, session: Session) -> bytes:
        """All of it as Prometheus reads it, with what is true now: what waits, and the open alerts."""
        now = CollectorRegistry()
        now.register(_Now(recognition, session))
        return bytes(generate_latest(self.registry) + generate_latest(now))


class _Scores(Collector):
    """A histogram of the scores of each project that takes many at once: a batch may have hundreds.

    It belongs to the event loop, as what reads texts does, and is read by whoever asks for the metrics.
    """

    def __init__(self) -> None:
        self._found: dict[str, tuple[list[int], list[float]]] = {}

    def observe(self, project: str, scores: Sequence[float]) -> None:
        """Count scores; none of them is NaN."""
        counts, total = self._found.setdefault(project, ([0] * (len(_CONFIDENCE) + 1), [0.0]))
        for score in scores:
            counts[bisect_left(_CONFIDENCE, score)] += 1
        total[0] += sum(scores)

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """The histogram."""
        family = HistogramMetricFamily("livener_span_score", "The scores of the spans.", labels=("project",))
        bounds = [*map(str, _CONFIDENCE), "+Inf"]
        for project, (counts, total) in list(self._found.items()):
            family.add_metric([project], list(zip(bounds, accumulate(counts), strict=True)), total[0])
        yield family


class _Now(Collector):
    def __init__(self, recognition: Recognition, session: Session) -> None:
        self._recognition, self._session = recognition, session

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges."""
        names = {row.id: row.name for row in self._session.execute(select(Project.id, Project.name))}
        batchers = self._recognition.batchers
        yield _gauge(
            "livener_waiting_requests",
            "Requests, or parts of them, that wait for a model.",
            ("project", "alias"),
            [((names.get(project, ""), alias), one.waiting) for (project, alias), one in batchers.items()],
        )
        yield _gauge(
            "livener_waiting_seconds",
            "How long what waits for a model will take.",
            ("project", "alias"),
            [((names.get(project, ""), alias), one.seconds) for (project, alias), one in batchers.items()],
        )
        yield _gauge(
            "livener_serving_model",
            "The number of the model that an alias points at.",
            ("project", "alias"),
            [((names.get(p, ""), alias), number) for (p, alias), number in self._recognition.numbers.items()],
        )
        rates = [(key, one.cache_hit_rate) for key, one in batchers.items()]
        yield _gauge(
            "livener_link_cache_hit_rate",
            "The share of names that the caches of linking knew, since the model was loaded.",
            ("project", "alias"),
            [((names.get(project, ""), alias), rate) for (project, alias), rate in rates if rate is not None],
        )
        log = self._recognition.log
        yield _gauge(
            "livener_log_waiting_documents",
            "Texts that are not in the log on the disk yet.",
            (),
            [((), log.waiting)] if log else [],
        )
        counted = select(Alert.project_id, Alert.kind, func.count()).where(Alert.state != AlertState.CLOSED)
        yield _gauge(
            "livener_open_alerts",
            "Alerts that are not closed, by kind: drift, calibration ….",
            ("project", "kind"),
            [
                ((names.get(project, ""), kind), count)
                for project, kind, count in self._session.execute(counted.group_by(Alert.project_id, Alert.kind))
            ],
        )
        tasks = select(Task.project_id, Task.state, func.count()).group_by(Task.project_id, Task.state)
        yield _gauge(
            "livener_tasks",
            "Tasks by their state.",
            ("project", "state"),
            [
                ((names.get(project, ""), state.value), count)
                for project, state, count in self._session.execute(tasks)
            ],
        )


def _gauge(
    name: str, about: str, labels: Sequence[str], values: Iterable[tuple[Sequence[str], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=labels)
    for at, value in values:
        family.add_metric(list(at), value)
    return family

"""A request as OpenTelemetry sees it: the real app, with the SDK's exporter in memory."""

from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient
from tests.learning.project import EVERYTHING, Modelled
from tests.server.live import people

from livener.errors import InputError
from livener.server import Settings, create_app
from livener.server.settings import LogSettings
from livener.server.traces import OpenTelemetry
from livener.store import Artefacts, Store

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HEADERS = {"Authorization": "Bearer lvn_ann"}


@pytest.fixture
def model(store: Store, tmp_path: Path) -> None:
    people(store)
    made = Modelled(store, tmp_path)
    made.golden()
    made.add(*EVERYTHING)
    made.gate(1)
    made.promote(1)


def client(
    store: Store, folder: Path, *, strict: bool = False, **traces: Any
) -> tuple[TestClient, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    settings = Settings(hosts=("testserver",), log=LogSettings(url=str(folder / "log"), strict=strict))
    told = OpenTelemetry(SimpleSpanProcessor(exporter), **traces)
    app = create_app(store, Artefacts(folder / "artefacts"), settings, traces=told)
    return TestClient(app, headers=HEADERS, raise_server_exceptions=False), exporter


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize("strict", [False, True])
def test_a_request_its_batch_the_model_and_the_log(store: Store, tmp_path: Path, strict: bool) -> None:
    started, exporter = client(store, tmp_path, strict=strict)
    with started as asking:
        body = {"texts": ["Ada of Acme.", "Oslo"]}
        answer = asking.post("/v1/projects/news/recognize", json=body, headers={"traceparent": PARENT})
        assert answer.status_code == 200
        assert asking.get("/health").status_code == 200
        assert asking.get("/v1/projects/nothing").status_code == 404
    steps = {one.name: one for one in exporter.get_finished_spans()}
    request = steps["POST /v1/projects/{project}/recognize"]
    assert format(request.context.trace_id, "032x") in PARENT
    assert request.parent is not None
    assert format(request.parent.span_id, "016x") in PARENT
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 200
    assert request.attributes["livener.project"] == "news"
    batch, recognise, log = (steps[name] for name in ("batch", "recognise", "log"))
    for inner, outer in ((batch, request), (recognise, batch), (log, request)):
        assert inner.parent is not None
        assert inner.parent.span_id == outer.context.span_id
        assert outer.start_time <= inner.start_time <= inner.end_time
        assert inner.end_time <= outer.end_time + 1_000_000  # two clocks: one of them is monotonic
    assert recognise.attributes == {"livener.model": 1, "livener.pipeline": "gazetteer.v1"}
    assert steps["GET /health"].parent is None
    assert "Ada" not in "".join(one.to_json() for one in steps.values())


@pytest.mark.usefixtures("model")
def test_of_requests_without_a_trace_a_share(store: Store, tmp_path: Path) -> None:
    started, exporter = client(store, tmp_path, sample=0.0)
    with started as asking:
        asking.get("/health")
        asking.get("/health", headers={"traceparent": PARENT})
    assert [format(one.context.trace_id, "032x") for one in exporter.get_finished_spans()] == [PARENT.split("-")[1]]


def test_where_they_go_is_a_url() -> None:
    table = {"traces": {"endpoint": "http://localhost:4318/v1/traces", "sample": 0.1}}
    traces = Settings.of({"server": table}, environment={}).traces
    assert traces is not None
    assert (traces.endpoint, traces.service, traces.sample) == ("http://localhost:4318/v1/traces", "livener", 0.1)
    for wrong in ({}, {"endpoint": "localhost"}, {"endpoint": "http://a", "sample": 2}):
        with pytest.raises(InputError):
            Settings.of({"server": {"traces": wrong}}, environment={})

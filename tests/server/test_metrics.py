"""`/metrics` is what Prometheus reads, and the dashboard asks for nothing that is not there."""

import json
import re
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families as parsed
from tests.learning.project import EVERYTHING, Modelled
from tests.server.live import people, running

from livener.store import Store

DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana" / "livener.json"
TEXT = "Ada of Acme flew to Oslo."


def test_what_was_answered_is_counted_and_the_dashboard_knows_its_names(store: Store, tmp_path: Path) -> None:
    people(store)
    made = Modelled(store, tmp_path)
    made.golden()
    made.add(*EVERYTHING)
    made.gate(1)
    made.promote(1)
    with running(store, tmp_path) as live:
        for _ in range(3):
            live.project("ann").send("POST", "recognize", {"texts": [TEXT, "Oslo."]})
        url, root = f"{live.url}/metrics", {"Authorization": "Bearer lvn_root"}
        assert httpx.get(url).status_code == 401
        assert httpx.get(url, headers={"Authorization": "Bearer lvn_lea"}).status_code == 403
        answer = httpx.get(url, headers=root)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = {
        (one.name, *sorted(one.labels.items())): one.value for family in parsed(answer.text) for one in family.samples
    }
    project = ("project", "news")
    assert samples["livener_recognized_documents_total", ("model", "1"), project] == 6
    assert samples["livener_recognized_spans_total", ("label", "GPE"), project] == 6
    assert samples["livener_span_score_count", project] == 12
    assert samples["livener_serving_model", ("alias", "production"), project] == 1
    route = ("route", "/v1/projects/{project}/recognize")
    assert samples["livener_request_seconds_count", ("method", "POST"), route, ("status", "200")] == 3
    asked = {
        name
        for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
        for target in panel["targets"]
        for name in re.findall(r"livener_\w+", target["expr"])
    }
    families = {family.name for family in parsed(answer.text)}
    assert len(asked) > 6
    assert {re.sub("_(bucket|count|sum|total)$", "", name) for name in asked} <= families

"""Label Studio's protocol, as its own client speaks it: health, setup, predict, events."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.learning.project import EVERYTHING, Modelled
from tests.server.live import Live, people, running

from livener.store import Store

CONFIG = (
    '<View><Labels name="ner" toName="doc"><Label value="PER"/><Label value="ORG"/></Labels>'
    '<Text name="doc" value="$body"/></View>'
)
AUTH = ("whoever", "lvn_lea")  # the token is the password


@pytest.fixture
def live(store: Store, tmp_path: Path) -> Iterator[Live]:
    people(store)
    made = Modelled(store, tmp_path)
    made.golden()
    made.add(*EVERYTHING)
    made.gate(1)
    made.promote(1)
    with running(store, tmp_path) as live:
        yield live


def url(live: Live, suffix: str) -> str:
    return f"{live.url}/v1/projects/news/label-studio/{suffix}"


def test_health_setup_and_predictions_in_utf16(live: Live) -> None:
    assert httpx.get(url(live, "health")).status_code == 401
    assert httpx.get(url(live, "health"), auth=("x", "lvn_wrong")).status_code == 401
    assert httpx.get(url(live, "health"), auth=AUTH).json()["status"] == "UP"
    said = httpx.post(url(live, "setup"), auth=AUTH, json={"project": "1.2", "schema": CONFIG}).json()
    assert said == {"model_version": "1"}
    tasks = [{"id": 7, "data": {"body": "🚀 Ada of Acme flew to Oslo."}}, {"id": 8, "data": {"body": ""}}]
    answer = httpx.post(url(live, "predict"), auth=AUTH, json={"tasks": tasks, "label_config": CONFIG}).json()
    first, second = answer["results"]
    assert [(one["value"]["start"], one["value"]["end"], one["value"]["labels"]) for one in first["result"]] == [
        (3, 6, ["PER"]),
        (10, 14, ["ORG"]),
    ]
    assert {(one["from_name"], one["to_name"], one["type"]) for one in first["result"]} == {("ner", "doc", "labels")}
    assert (first["score"], first["model_version"], second["result"]) == (0.9, "1", [])


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("<View/>", "labels no text"),
        ("<View", "not XML"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><View>&a;</View>', "a declaration"),
    ],
)
def test_a_configuration_that_labels_no_text(live: Live, config: str, said: str) -> None:
    body = {"tasks": [{"data": {"body": "a"}}], "label_config": config}
    answer = httpx.post(url(live, "predict"), auth=AUTH, json=body)
    assert answer.status_code == 422
    assert said in answer.text


def test_what_people_annotate_there_is_gold_here_and_training_can_be_asked_for(live: Live) -> None:
    value = {"start": 3, "end": 6, "text": "Ada", "labels": ["PER"]}
    result = [{"id": "r1", "from_name": "ner", "to_name": "doc", "type": "labels", "value": value}]
    task = {"id": 7, "data": {"text": "🚀 Ada left."}}
    event = {"action": "ANNOTATION_CREATED", "task": task, "annotation": {"id": 1, "result": result}, "project": {}}
    assert httpx.post(url(live, "webhook"), auth=("x", "lvn_ann"), json=event).status_code == 403
    said = [httpx.post(url(live, "webhook"), auth=AUTH, json=event).json() for _ in range(2)]
    assert said == [{"done": "kept"}, {"done": "known already"}]
    (document,) = live.project("lea").documents()
    assert (document.id, document.text) == ("label-studio-7", "🚀 Ada left.")
    assert httpx.post(url(live, "webhook"), auth=AUTH, json={"action": "TASKS_CREATED"}).json() == {"done": "nothing"}
    begun = httpx.post(url(live, "webhook"), auth=AUTH, json={"action": "START_TRAINING", "project": {}}).json()
    assert begun["done"] == "begun"
    (job,) = live.project("lea").items("jobs")
    assert (job["id"], job["kind"]) == (begun["job"], "learn")

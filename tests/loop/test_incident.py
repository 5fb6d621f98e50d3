"""The incident: a model that learned news meets contracts, where Acme Corp must be a LEGAL_ENTITY.

The story is docs/tutorial/incident.md, whose code runs here on a real server, from the first document that the gate
flags to the model that serves afterwards.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from tests.server.live import people, running

from livener.datasets.golden import GoldenSets
from livener.demo import outermost, sample
from livener.learning import gate, models, train
from livener.learning.serving import Served
from livener.loop.settings import WorkerSettings
from livener.metrics import evaluate
from livener.monitoring.log import LogWriter
from livener.monitoring.log.rows import Inferences
from livener.pipeline import Pipeline, load, save
from livener.pipeline.config import default_config
from livener.pipeline.domains import train as train_domains
from livener.review import guideline_versions
from livener.review.intake import import_documents
from livener.server import Settings
from livener.server.settings import LogSettings
from livener.store import Artefacts, Store
from livener.store.models import Project
from livener.text import Document, Span

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "incident.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEW = "LEGAL_ENTITY"


def part(kind: str, *splits: str) -> list[Document]:
    return [outermost(one) for split in splits for one in sample(split) if one.meta["kind"] == kind]


@pytest.fixture
def incident(store: Store, tmp_path: Path) -> Served:
    """A project whose production model learned from news and knows their domain, and served for three weeks."""
    people(store)
    artefacts, now = Artefacts(str(tmp_path / "artefacts")), datetime.now(UTC)
    news = part("news", "train", "dev")
    known = sorted({span.label for one in news for span in one.spans} - {NEW})
    every = sorted({span.label for one in sample() for span in one.spans})
    with store.writing() as session:
        session.get_one(Project, 1).settings = {"loop": {"live": {"enabled": False}, "watch": {"enabled": False}}}
        for labels, days in ((known, 40), (every, 8)):
            markdown = "# Guidelines\n" + "".join(f"\n## {label}\n\nAs its name says.\n" for label in labels)
            at = now - timedelta(days=days)
            given = dict.fromkeys(labels, "As its name says.")
            guideline_versions.publish(session, 1, markdown, author=1, now=at, labels=given)
    import_documents(store, 1, news, now=now - timedelta(days=30), user_id=1, gold=True)
    golden = [*part("news", "test"), *part("contract", "test")]
    GoldenSets(store, artefacts, project=1).create("held out", {"test": golden}, created=now)
    train("crf", part("news", "train"), part("news", "dev"), out=tmp_path / "first")
    save(with_domains(tmp_path), tmp_path / "gated")
    served = Served(store, artefacts)
    models.add(store, artefacts, 1, tmp_path / "gated", now=now, guideline=2)
    gate.gate(store, artefacts, 1, 1, load=lambda one: served(1, one)[1], by=1, now=now)
    with store.writing() as session:
        models.promote(session, 1, 1, reason="the first", by=1, now=now - timedelta(hours=1))
    nlp = served(1, 1)[1]
    read = list(nlp.pipe(one.with_spans(()) for one in part("news", "dev", "test")))
    with LogWriter(tmp_path / "log") as writer:
        for days in range(21, 1, -1):
            at = now - timedelta(days=days)
            writer.append(Inferences(at, project=1, documents=read, model=1, pipeline=nlp.version or "crf.v1"))
    return served


def with_domains(folder: Path) -> Pipeline:
    """The first model, behind a gate that knows news."""
    train_domains({"news": [one.text for one in part("news", "train")]}).save(folder / "domains")
    stage = '[[stage]]\nuse = "domain.v1"\nclassifier = "domains/"\n\n'
    config = default_config().replace('[[stage]]\nuse = "split.v1"', stage + '[[stage]]\nuse = "split.v1"')
    (folder / "pipeline.toml").write_text(config, encoding="utf-8")
    return load(folder / "first", pipeline=folder / "pipeline.toml")


def test_from_the_first_flag_to_the_model_that_serves(incident: Served, store: Store, tmp_path: Path) -> None:
    contracts = part("contract", "train", "dev")
    gold = {one.text: one.spans for one in contracts}

    def what_is_right(text: str) -> Sequence[Span]:
        return gold[text]

    settings = Settings(log=LogSettings(url=str(tmp_path / "log"), strict=True), poll_seconds=0.1)
    with running(store, tmp_path, settings=settings, work=WorkerSettings()) as live:
        told: dict[str, Any] = {
            **{"lea": live.project("lea"), "ann": live.project("ann"), "what_is_right": what_is_right},
            **{"date": date, "datetime": datetime, "timedelta": timedelta, "UTC": UTC, "sleep": sleep},
            "contracts": [one.text for one in contracts],
            "print": lambda *_: None,
        }
        assert live.project("lea").get("models/moves")["items"][0]["number"] == 1
        for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
            exec(compile(block, str(PAGE), "exec"), told)
        answer = live.project("ann").send("POST", "recognize", {"text": contracts[0].text})
    held(told, answer)

    # It knows what the first one could not: a company in a contract is a legal entity.
    tested = part("contract", "test")
    scores = []
    for number in (1, told["learned"]["model"]):
        judged = evaluate([d.spans for d in tested], [d.spans for d in incident(1, number)[1].pipe(tested)])
        scores.append(judged.per_label[NEW].f1)
    assert scores[0] == 0.0
    assert scores[1] > 0.4


def held(told: dict[str, Any], answer: dict[str, Any]) -> None:
    """What the page says is so."""
    assert len(told["today"]) == len(told["contracts"])
    assert told["strange"] > 3 * told["usual"]  # the gate flags them

    kinds = {(alert["kind"], alert["subject"]) for alert in told["raised"]}
    assert ("new_label", NEW) in kinds  # an alert names the label
    drifted = [alert for alert in told["raised"] if alert["kind"] == "drift"]
    assert {alert["found"]["verdict"]["what"] for alert in drifted} == {"text"}
    assert told["seen"]["verdict"] == "text"

    lea = told["corrections"]
    assert lea[NEW]["false_negative"] + lea[NEW].get("label", 0) > 10
    assert told["batch"] == f"alert-{told['moved']['id']}"

    assert told["learned"]["passed"], told["learned"]["reasons"]
    assert answer["model"] == told["learned"]["model"] == 2
    assert NEW in {span["label"] for span in answer["spans"]}

    what = [one["what"] for one in told["events"]]
    closed = [one for one in what if one.endswith(": closed")]
    assert len(closed) == len(told["raised"])
    assert any(one.startswith("production → model 2") for one in what)
    assert what.index("model 2 passed the gate") < what.index(closed[0])

    loop, work = told["loop"], told["work"]
    assert 0 < loop["turnaround"] < 3600  # seconds, from the alert to the promotion
    tasks = sum(one["tasks"] for one in work["people"] if one["user"] == "ann")
    assert tasks >= 10
    (median,) = [one["median_seconds"] for one in work["people"] if one["user"] == "ann"]
    assert median == 45.0
    gained = 45.0 * tasks / loop["seconds_per_point"]  # points of F1
    assert 1 < gained < 100
    assert told["job"]["steps"]["train"]["cost"]

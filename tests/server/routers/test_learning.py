"""What a project's people agree on, what they correct, and what becomes of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tests.server.live import Live

from livener.client import Refused
from livener.errors import InputError
from livener.text import Document, Span

TEXT = "Ada joined Acme."
PER, ORG = Span(0, 3, "PER"), Span(11, 15, "ORG")


@pytest.fixture
def annotated(live: Live, fill: Callable[..., None]) -> Live:
    """Four documents that two people annotated: they agree on three, and a reviewer decided the other."""
    fill(*(Document(TEXT, f"d{number}", spans=(Span(0, 3, "ORG", 0.5, "crf"),)) for number in range(4)), overlap=2)
    for name in ("ann", "bob"):
        project = live.project(name)
        for task in project.next(count=4).tasks:
            agreed = name == "ann" or task.document.id != "d3"
            project.submit(task, [PER, ORG] if agreed else [PER], active_seconds=3.0)
    rita = live.project("rita")
    rita.resolve(rita.next().tasks[0], [PER, ORG])
    return live


def test_agreement_and_reliabilities(annotated: Live) -> None:
    found = annotated.project("rita").get("agreement")
    assert (found["documents"], found["annotators"]) == (4, ["ann", "bob"])
    assert len(found["weeks"]) == 1
    assert annotated.project("rita").get("agreement", label="PER")["strict"] == 1.0
    ann, bob = annotated.project("rita").get("reliabilities")
    assert ann["reliability"] > bob["reliability"]


def test_training_is_blocked_under_a_limit(annotated: Live) -> None:
    lead = annotated.project("lea")
    assert lead.get("training-block") == []
    lead.send("PATCH", "", {"settings": {"review": {"kappa_limit": 0.99}}})
    assert [one["label"] for one in lead.get("training-block")] == ["ORG"]


def test_corrections_are_grouped(annotated: Live) -> None:
    (group,) = [one for one in annotated.project("rita").get("corrections") if one["key"] == "Ada"]
    assert (group["count"], group["kinds"]["label"]) == (4, 4)
    assert annotated.project("rita").get("corrections", group="source")[-1]["key"] == "crf"
    with pytest.raises(InputError):
        annotated.project("rita").get("corrections", group="author")


def test_a_dataset_version_is_made_compared_and_given_out(annotated: Live) -> None:
    lead = annotated.project("lea")
    made = lead.send("POST", "datasets", {"name": "one", "splits": {"train": 1.0}})
    assert made["splits"] == {"train": 4}
    assert lead.get(f"datasets/{made['address']}")["lineage"]["guidelines"] == [1]
    assert [one["name"] for one in lead.items("datasets", limit=1)] == ["one"]
    content = b"".join(annotated.client("lea").stream(f"projects/news/datasets/{made['address']}/export/train"))
    assert content.count(b'"label": "ORG"') == 4
    diff = lead.get("datasets/diff", old=made["address"], new=made["address"])
    assert diff == {"added": [], "removed": [], "changed": [], "moved": []}
    with pytest.raises(InputError):
        lead.send("POST", "datasets", {"name": "two", "filters": {"nothing": 1}})
    with pytest.raises(InputError):
        lead.get("datasets/nothing")


def test_indicators_and_statistics(annotated: Live) -> None:
    now = datetime.now(UTC)
    found = annotated.project("lea").get(
        "indicators", since=(now - timedelta(days=1)).isoformat(), until=(now + timedelta(days=1)).isoformat()
    )
    assert found["resolved"] == 4
    assert {one["user"]: one["tasks"] for one in found["people"]} == {"ann": 4, "bob": 4, "rita": 1}
    with pytest.raises(InputError):
        annotated.project("lea").get("indicators", since="2024-01-01T00:00:00", until="2024-01-02T00:00:00")
    statistics = annotated.project("ann").get("statistics")
    assert (statistics["documents"], statistics["annotations"]) == (4, 9)
    assert sum(one["count"] for one in statistics["tasks"] if one["state"] == "resolved") == 4
    assert list(annotated.project("ann").items("models")) == []


def test_guidelines_are_published_read_and_put_annotations_in_doubt(annotated: Live) -> None:
    lead = annotated.project("lea")
    first = lead.get("guidelines")
    assert "ann" in {one["user"] for one in lead.get("guidelines/unread")}
    annotated.project("ann").send("POST", "guidelines/1/read")
    assert "ann" not in {one["user"] for one in lead.get("guidelines/unread")}
    markdown = first["markdown"].replace("Organisations.", "Organisations, and brands.")
    second = lead.send("POST", "guidelines", {"markdown": markdown}, match="1")
    assert second["number"] == 2
    with pytest.raises(Refused) as refused:
        lead.send("POST", "guidelines", {"markdown": markdown}, match="1")
    assert refused.value.status == 409
    assert [one["number"] for one in lead.items("guidelines/versions", limit=1)] == [2, 1]
    assert lead.get("guidelines/1")["markdown"] == first["markdown"]
    changed = [one for one in lead.get("guidelines/diff", old=1, new=2) if one["status"] == "changed"]
    assert [one["label"] for one in changed] == ["ORG"]
    assert lead.get("guidelines/doubts", old=1, new=2)["labels"] == {"ORG": 4}
    assert lead.send("POST", "guidelines/doubts", old=1, new=2) == {"reopened": 4}
    assert {one.state for one in lead.tasks()} == {"open"}


def test_a_calibration_session_gives_everybody_the_same(live: Live, fill: Callable[..., None]) -> None:
    fill(*(Document(TEXT, f"d{number}") for number in range(5)), tasks=False)
    lead = live.project("lea")
    opened = lead.send("POST", "calibration-sessions", {"name": "week 1", "n": 2, "people": ["ann", "bob"]})
    assert (opened["documents"], opened["done"]) == (2, {"ann": 0, "bob": 0})
    for name in ("ann", "bob"):
        project = live.project(name)
        for task in project.next(count=5).tasks:
            project.submit(task, [PER] if name == "ann" else [PER, ORG])
    results = live.project("rita").get("calibration-sessions/week 1")
    assert [one["states"]["only_some"] for one in results["results"]] == [1, 1]
    assert results["agreement"]["documents"] == 2
    assert lead.send("POST", "calibration-sessions/week 1/close")["closed"] is True
    assert [one["name"] for one in lead.get("calibration-sessions")] == ["week 1"]
    with pytest.raises(Refused) as refused:
        lead.get("calibration-sessions/week 2")
    assert refused.value.status == 404

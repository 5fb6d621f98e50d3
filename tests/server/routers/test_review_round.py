"""A document from the queue to its end, by everybody whom it passes."""

from tests.server.live import Live

from livener.store.models import Document
from livener.text import Span


def test_a_document_passes_through_the_tiers(live: Live) -> None:
    open_document(live, "d1", "Ada joined Acme.", overlap=2)
    ann, bob, rita = live.project("ann"), live.project("bob"), live.project("rita")
    given = ann.next().tasks[0]
    assert given.document.text == "Ada joined Acme."
    assert given.lease is not None
    assert given.lease.user == "ann"
    assert ann.submit(given, [Span(0, 3, "PER"), Span(11, 15, "ORG")], guideline=1).state == "open"
    assert ann.next().tasks == ()
    assert bob.submit(bob.next().tasks[0], [Span(0, 3, "PER")], guideline=1).state == "disputed"

    disputed = rita.next().tasks[0]
    assert {one.author for one in disputed.annotations} == {"ann", "bob"}
    seen = rita.adjudication(disputed)
    assert [position.state for position in seen.positions] == ["agreed", "only_some"]
    done = rita.resolve(disputed, [Span(0, 3, "PER"), Span(11, 15, "ORG")], guideline=1)
    assert (done.state, done.revision) == ("resolved", 3)
    assert [event["after"] for event in rita.get(f"tasks/{disputed.id}/history")][-2:] == ["in_review", "resolved"]
    (version,) = [live.project("lea").send("POST", "datasets", {"name": "first", "splits": {"train": 1.0}})]
    assert version["splits"] == {"train": 1}


def open_document(live: Live, key: str, text: str, *, overlap: int) -> None:
    """A document with a task, put straight into the store."""
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    with live.store.writing() as session:
        session.add(Document(project_id=1, key=key, text=text, meta={}, tokens=None, sentences=None, created_at=now))
    live.project("lea").send("POST", "tasks", {"documents": [key], "reason": "new", "overlap": overlap})

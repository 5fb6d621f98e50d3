"""What people do with a task."""

from collections.abc import Callable

import pytest
from tests.server.live import Live

from livener.client import Refused
from livener.errors import InputError
from livener.text import Document, Span

ADA = Document("Ada joined Acme.", "ada")
PER, ORG = Span(0, 3, "PER"), Span(11, 15, "ORG")


def test_a_task_is_held_by_one_person_and_given_back(live: Live, fill: Callable[..., None]) -> None:
    fill(ADA)
    ann, bob = live.project("ann"), live.project("bob")
    assert ann.send("POST", "tasks/1/lease") == {"state": "leased", "etag": "1"}
    with pytest.raises(Refused) as refused:
        bob.send("POST", "tasks/1/lease")
    assert refused.value.status == 409
    empty = bob.next().empty
    assert empty is not None
    assert empty.counts == {"held by others": 1}
    assert ann.send("POST", "tasks/1/release", {})["state"] == "open"
    assert bob.next().tasks[0].id == 1


def test_skipping_and_escalating_need_a_reason(live: Live, fill: Callable[..., None]) -> None:
    fill(ADA, Document("Nobody.", "nobody"))
    ann = live.project("ann")
    first, second = ann.next(count=2).tasks
    with pytest.raises(InputError):
        ann.skip(first, reason="")
    ann.skip(first, reason="not my language")
    ann.escalate(second, reason="is this a person?")
    assert ann.next().tasks == ()
    shown = live.project("rita").next().tasks[0]
    assert (shown.id, shown.reason) == (second.id, "is this a person?")


def test_a_reviewer_sends_back_and_the_author_amends(live: Live, fill: Callable[..., None]) -> None:
    fill(ADA)
    ann, rita = live.project("ann"), live.project("rita")
    ann.submit(ann.next().tasks[0], [PER], flag="not sure about Acme")
    (task,) = rita.next().tasks
    assert task.reason == "flagged: not sure about Acme"
    rita.send("POST", f"tasks/{task.id}/send-back", {"comment": "Acme is one", "to": "ann"})
    assert [one["body"] for one in ann.items(f"tasks/{task.id}/comments")] == ["Acme is one"]
    assert ann.submit(ann.next().tasks[0], [PER, ORG]).state == "resolved"
    assert [len(one.spans) for one in ann.task(task.id).annotations] == [1, 2]


def test_an_earlier_revision_is_said_again(live: Live, fill: Callable[..., None]) -> None:
    fill(ADA)
    ann = live.project("ann")
    (task,) = ann.next().tasks
    ann.submit(task, [PER])
    ann.send("POST", f"tasks/{task.id}/lease")
    ann.submit(task, [])
    ann.send("POST", f"tasks/{task.id}/lease")
    assert ann.send("POST", f"tasks/{task.id}/restore", {"revision": 1})["revision"] == 3
    assert [len(one.spans) for one in ann.task(task.id).annotations] == [1, 0, 1]


@pytest.mark.parametrize("note", ["Companies count.", ""])
def test_what_an_expert_decides_is_an_example_in_the_guidelines(
    live: Live, fill: Callable[..., None], note: str
) -> None:
    fill(ADA, Document("Zoë left Acme.", "zoe"))
    ann, rita, eve = live.project("ann"), live.project("rita"), live.project("eve")
    first, second = ann.next(count=2).tasks
    for task in (first, second):
        ann.escalate(task, reason="?")
    reviewed, other = rita.next(count=2).tasks
    rita.resolve(reviewed, [PER], note="A reviewer's is none.")
    rita.escalate(other, reason="??")
    (task,) = eve.next().tasks
    assert task.state == "in_review"
    acme = Span(9, 13, "ORG") if task.document.id == "zoe" else ORG
    eve.resolve(task, [acme], **({"note": note} if note else {}))
    (example,) = ann.items("guidelines/examples")
    assert (example["note"], example["label"]) == (note, "ORG")
    assert example["text"][example["start"] : example["end"]] == "Acme"


def test_only_the_state_that_one_saw_is_changed(live: Live, fill: Callable[..., None]) -> None:
    fill(ADA)
    ann = live.project("ann")
    seen = ann.task(1).etag
    ann.send("POST", "tasks/1/lease", match=seen)
    with pytest.raises(Refused) as refused:
        ann.send("POST", "tasks/1/annotation", {"guideline": 1}, match=seen)
    assert refused.value.status == 409
    ann.send("POST", "tasks/1/annotation", {"guideline": 1}, match=ann.task(1).etag)


def test_an_annotator_sees_their_own_answer_alone(live: Live, fill: Callable[..., None]) -> None:
    fill(ADA, overlap=2)
    ann, bob = live.project("ann"), live.project("bob")
    ann.submit(ann.next().tasks[0], [PER])
    assert [one.author for one in bob.next().tasks[0].annotations] == []
    assert [one.author for one in ann.task(1).annotations] == ["ann"]


def test_a_reviewer_who_annotates_sees_no_other_answer_before_their_own(
    live: Live, fill: Callable[..., None]
) -> None:
    fill(ADA, overlap=2)
    ann, rita = live.project("ann"), live.project("rita")
    ann.submit(ann.next().tasks[0], [PER])
    (task,) = rita.next(tier="annotator").tasks
    assert task.annotations == rita.task(task.id).annotations == ()
    assert rita.submit(task, [ORG]).state == "disputed"
    assert {one.author for one in rita.task(task.id).annotations} == {"ann", "rita"}


def test_people_are_asked_about_what_the_model_is_unsure_of(live: Live, fill: Callable[..., None]) -> None:
    sure, unsure = Span(0, 3, "PER", score=0.9), Span(11, 15, "ORG", score=0.4)
    fill(
        Document("Ada joined Acme.", "ada", spans=(sure, unsure)), Document("Bob.", "bob", spans=(sure,)), tasks=False
    )
    lead, ann = live.project("lea"), live.project("ann")
    about = {"documents": ["bob", "ada"], "reason": "unsure", "kind": "question"}
    (asked,) = lead.send("POST", "tasks", {**about, "below": 0.5})["tasks"]
    assert ann.next().tasks == ()
    (task,) = ann.next(kind="question").tasks
    assert (task.id, task.document.id) == (asked, "ada")
    assert [(one.start, one.end, one.label) for one in task.question or ()] == [(11, 15, "ORG")]
    assert ann.submit(task, [], negatives=[unsure], complete=False).state == "resolved"
    assert [one["kinds"]["false_positive"] for one in live.project("rita").get("corrections")] == [1]
    assert len(lead.send("POST", "tasks", about)["tasks"]) == 2
    with pytest.raises(InputError, match="only a question"):
        lead.send("POST", "tasks", {**about, "kind": "document", "below": 0.5})


def test_a_rejected_task_is_opened_again_by_a_lead(live: Live, fill: Callable[..., None]) -> None:
    fill(ADA)
    assert live.project("rita").send("POST", "tasks/1/reject", {"reason": "no text"})["state"] == "rejected"
    assert live.project("lea").send("POST", "tasks/1/reopen", {"reason": "it is"})["state"] == "open"
    history = live.project("ann").get("tasks/1/history")
    assert [(one["after"], one["by"]) for one in history] == [("rejected", "rita"), ("open", "lea")]


BAD = [
    {"start": 0, "end": 17, "label": "PER"},
    {"start": -1, "end": 3, "label": "PER"},
    {"start": 3, "end": 0, "label": "PER"},
    {"start": 3, "end": 3, "label": "PER"},
    {"start": "0", "end": 3, "label": "PER"},
    {"start": 0.0, "end": 3, "label": "PER"},
    {"start": None, "end": 3, "label": "PER"},
    {"start": True, "end": 3, "label": "PER"},
    {"start": 10**30, "end": 10**31, "label": "PER"},
    {"start": 0, "end": 3, "label": "XXX"},
    {"start": 0, "end": 3, "label": "PER\0"},
    {"start": 0, "end": 3, "label": "P" * 10_000},
    {"start": 0, "end": 3, "label": "PER", "text": "Bob"},
    {"start": 0, "end": 3, "label": "PER", "more": 1},
    [0, 3, "PER"],
]


def test_a_bad_span_is_refused_and_nothing_is_kept(live: Live, fill: Callable[..., None]) -> None:
    fill(ADA)
    ann = live.project("ann")
    (task,) = ann.next().tasks
    for span in BAD:
        for where in ("spans", "negatives", "ignored"):
            with pytest.raises(InputError) as wrong:
                ann.send("POST", f"tasks/{task.id}/annotation", {"guideline": 1, where: [span]})
            assert wrong.value.where, span
    assert ann.task(task.id).annotations == ()
    assert ann.task(task.id).state == "leased"


def test_a_part_of_a_document_is_asked_and_answered(live: Live, fill: Callable[..., None]) -> None:
    fill(ADA, Document("Nobody.", "nobody"), tasks=False)
    lead, ann = live.project("lea"), live.project("ann")
    about = {"documents": ["nobody", "ada"], "reason": "in doubt", "parts": {"ada": [[4, 16]]}}
    whole, part = lead.send("POST", "tasks", about)["tasks"]
    found = {one.id: one for one in ann.next(count=2).tasks}
    assert (found[whole].parts, found[part].parts) == (None, ((4, 16),))
    with pytest.raises(InputError, match="in no part that is asked about"):
        ann.submit(found[part], [PER])
    assert ann.submit(found[part], [ORG]).state == "resolved"
    said = ann.task(part).annotations[0]
    assert (said.complete, said.known) == (False, ((4, 16),))
    with pytest.raises(InputError, match="which is not asked about"):
        lead.send("POST", "tasks", {**about, "documents": ["nobody"]})
    with pytest.raises(InputError, match="no part of the text"):
        lead.send("POST", "tasks", {**about, "parts": {"ada": [[4, 17]]}})

"""Documents of what was settled, and dataset versions of them: on SQLite and PostgreSQL."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.review.worked import NOW, Triple, Worked

from livener.datasets.golden import GoldenSets
from livener.datasets.versions import DatasetVersions
from livener.errors import InputError
from livener.recognizers.alignment import align
from livener.review.annotations import CALIBRATION, SpanGiven
from livener.review.opinions import Opinion
from livener.review.resolved import Filters, _settled, create_dataset, documents
from livener.review.rules import Rules
from livener.store import Artefacts, models
from livener.store.models import TaskKind, TaskState, Tier
from livener.text import Document, Segmenter, Span

TEXT = "Ada left Acme Inc. in Paris."
ADA, ACME, ACME_INC, PARIS = (0, 3, "PER"), (9, 13, "ORG"), (9, 18, "ORG"), (22, 27, "ORG")


def question(*spans: Triple) -> dict[str, Any]:
    """What makes a task one of single questions."""
    asked = [{"start": start, "end": end, "label": label} for start, end, label in spans]
    return {"kind": TaskKind.QUESTION, "question": asked}


def found(worked: Worked, **filters: Any) -> dict[str, list[Triple]]:
    with worked.store.reading() as session:
        streamed = list(documents(session, worked.project, filters=Filters.of(filters)))
    assert len({document.id for document in streamed}) == len(streamed)
    return {document.id: [(span.start, span.end, span.label) for span in document.spans] for document in streamed}


def test_the_last_word_on_what_is_resolved(worked: Worked) -> None:
    worked.document("d2", TEXT, meta={"source": "news"})
    worked.document("d1", TEXT + " ")
    worked.document("none", TEXT)
    first = worked.task("d1")
    worked.annotate(first, "ann", [ADA])
    worked.annotate(worked.task("d2"), "ann", [ACME])
    worked.annotate(worked.task("none", overlap=2), "ann", [ADA])  # a second person is to say something
    assert found(worked) == {"d2": [ACME], "d1": [ADA]}
    worked.annotate(first, "ann", [ADA, ACME])  # amended
    assert found(worked)["d1"] == [ADA, ACME]
    worked.annotate(worked.task("d1"), "bob", [PARIS])  # a later task
    assert found(worked)["d1"] == [PARIS]
    with worked.store.reading() as session:
        news = next(documents(session, worked.project))
    assert news == Document(TEXT, "d2", {"source": "news"}, (Span(9, 13, "ORG"),))
    with worked.store.writing() as session:
        session.get_one(models.Task, first).priority = 2.0  # a task may change; its document's answer does not
    worked.annotate(worked.task("d2", batch=f"{CALIBRATION}first", assignee_id=worked.ids["bob"]), "bob", [ADA])
    assert found(worked) == {"d2": [ACME], "d1": [PARIS]}


def test_what_was_left_undecided_is_not_learned_as_nothing(worked: Worked) -> None:
    worked.document("d1", TEXT)
    worked.annotate(worked.task("d1"), "ann", [ADA], ignored=[SpanGiven(*ACME_INC)])
    with worked.store.reading() as session:
        (document,) = documents(session, worked.project)
    assert (document.complete, document.known) == (False, ((0, 9), (18, len(TEXT))))
    (gold,) = align(Segmenter().sentences(document))
    assert (gold.spans, gold.unknown, gold.complete) == ([(0, 1, "PER")], [2, 3], True)
    worked.annotate(worked.task("d1"), "bob", [ADA, ACME_INC])
    with worked.store.reading() as session:
        (document,) = documents(session, worked.project)
    assert document.complete


def test_nobody_looked_for_labels_that_came_later(worked: Worked, tmp_path: Path) -> None:
    for key in ("d1", "d2", "d3"):
        worked.document(key, f"{TEXT} {key}")
    worked.annotate(worked.task("d1"), "ann", [ADA])
    worked.annotate(worked.task("d2"), "ann", [ADA])
    worked.publish("## PER\n\nNew.", labels={"PER": "", "ORG": "", "LAW": "", "COURT": ""})
    worked.annotate(worked.task("d3"), "ann", [ADA], guideline=2)
    worked.annotate(worked.task("d2"), "bob", [ADA], guideline=2)  # seen again, with the new labels
    with worked.store.reading() as session:
        unasked = {document.id: document.unasked for document in documents(session, worked.project)}
    assert unasked == {"d1": ("LAW", "COURT"), "d2": (), "d3": ()}
    worked.annotate(worked.task("d1", **question(ACME)), "bob", [ACME], guideline=2, complete=False)
    artefacts = Artefacts(tmp_path / "artefacts")
    version = create_dataset(worked.store, artefacts, worked.project, name="resolved", now=NOW, shares={"train": 1.0})
    versions = DatasetVersions(worked.store, artefacts, project=worked.project)
    learned = {one.id: one for one in versions.documents(version.address, "train")}
    assert learned["d1"].unasked == ("LAW", "COURT"), "an answer to one question says nothing of the rest"
    assert [span.label for span in learned["d1"].spans] == ["PER", "ORG"]


def test_a_higher_tier_wins(worked: Worked) -> None:
    worked.document("d1", TEXT)
    worked.rules = Rules.of({"review": {"up": {"share": 1.0}}})
    task = worked.task("d1")
    assert worked.annotate(task, "ann", [ADA]) == TaskState.SUBMITTED
    assert found(worked) == {}
    worked.decide(task, "rea", [ADA, ACME])
    worked.rules = Rules()
    worked.annotate(worked.task("d1"), "bob", [PARIS])
    assert found(worked) == {"d1": [ADA, ACME]}
    assert found(worked, tiers=["annotator"]) == {"d1": [PARIS]}
    assert found(worked, tiers=["expert"]) == {}


def test_answers_to_single_questions(worked: Worked) -> None:
    for key in ("asked", "whole"):
        worked.document(key, TEXT if key == "asked" else TEXT + " ")
    worked.annotate(worked.task("whole"), "ann", [ADA, ACME])
    for key in ("asked", "whole"):
        for spans, wrong in (([ACME_INC], [PARIS]), ([PARIS], [ADA, ACME])):
            task = worked.task(key, **question(*spans, *wrong))
            worked.annotate(task, "bob", spans, negatives=wrong, complete=False)
    with worked.store.reading() as session:
        asked, whole = documents(session, worked.project)
    assert (asked.id, asked.complete) == ("asked", False)
    assert [span.text for span in asked.spans] == ["Acme Inc.", "Paris"]
    assert [span.text for span in asked.negatives] == ["Ada", "Acme"]
    assert (whole.complete, whole.negatives) == (True, ())
    assert [span.text for span in whole.spans] == ["Acme Inc.", "Paris"]
    assert found(worked, partial=False) == {"whole": [ADA, ACME]}


def test_answers_about_parts(worked: Worked) -> None:
    """What is known of a part replaces what was known of it; the rest stays as it was, unknown or not."""
    ids = {key: worked.document(key, text) for key, text in (("part", TEXT), ("whole", TEXT + " "))}
    worked.annotate(worked.task("whole"), "ann", [ADA, ACME, PARIS])

    def about(key: str, part: tuple[int, int], spans: Iterable[Triple], **given: Any) -> None:
        worked.annotate(worked.task(key, parts={ids[key]: [part]}), "bob", spans, **given)

    for key in ids:
        about(key, (9, 13), [ACME_INC])
        about(key, (19, 27), [])
    with worked.store.reading() as session:
        part, whole = documents(session, worked.project)
    assert (part.complete, part.known) == (False, ((9, 18), (19, 27)))
    assert [span.text for span in part.spans] == ["Acme Inc."]
    assert (whole.complete, whole.known) == (True, ())
    assert [span.text for span in whole.spans] == ["Ada", "Acme Inc."]
    # A no to what was said to be there: it is known no longer what is.
    worked.annotate(worked.task("part", **question(ACME_INC)), "bob", negatives=[ACME_INC], complete=False)
    about("part", (0, 8), [ADA], complete=False)  # only the span is said to be known
    with worked.store.reading() as session:
        part = next(documents(session, worked.project))
    assert (part.spans, part.known) == ((Span(0, 3, "PER"),), ((19, 27),))
    assert [span.text for span in part.negatives] == ["Acme Inc."]


_SPANS = st.sets(
    st.tuples(st.integers(0, 5), st.integers(1, 3), st.sampled_from("AB")).map(lambda t: (t[0], t[0] + t[1], t[2])),
    max_size=3,
)


def said(right: Iterable[Triple], wrong: Iterable[Triple], *, complete: bool) -> Opinion:
    spans, negatives = (tuple(Span(*one) for one in sorted(some)) for some in (right, wrong))
    document = Document("abcdefgh", "d", spans=spans, negatives=negatives, complete=complete)
    return Opinion(1, 1, 1, "ann", Tier.ANNOTATOR, 1, document, (), None, NOW)


@given(st.lists(st.tuples(_SPANS, _SPANS, st.booleans()), min_size=1, max_size=4))
def test_what_was_said_last_is_in_the_document(steps: list[tuple[set[Triple], set[Triple], bool]]) -> None:
    opinions = [
        said(right, set() if complete else wrong - right, complete=complete) for right, wrong, complete in steps
    ]
    document = _settled(opinions)
    keys, wrong = (
        {(span.start, span.end, span.label) for span in some} for some in (document.spans, document.negatives)
    )
    assert document.complete == any(complete for _, _, complete in steps)
    assert len(keys) == len(document.spans)
    assert not keys & wrong
    right, no, complete = steps[-1]
    assert right <= keys
    assert complete or not (no - right) & keys
    if complete:
        assert keys == right
    # Nothing comes from nowhere.
    assert keys <= set().union(*(right for right, _, _ in steps))


@given(
    st.lists(st.tuples(_SPANS, _SPANS, st.booleans()), min_size=1, max_size=3),
    st.integers(0, 6).flatmap(lambda start: st.tuples(st.just(start), st.integers(start + 1, 8))),
    _SPANS,
)
def test_what_was_said_last_of_a_part_is_all_that_is_there(
    steps: list[tuple[set[Triple], set[Triple], bool]], part: tuple[int, int], inside: set[Triple]
) -> None:
    right = {one for one in inside if part[0] <= one[0] and one[1] <= part[1]}
    answer = said(right, (), complete=False)
    answer = replace(answer, document=replace(answer.document, known=(part,)))
    before = _settled([said(yes, no - yes, complete=complete) for yes, no, complete in steps])
    document = _settled([*(said(yes, no - yes, complete=complete) for yes, no, complete in steps), answer])
    there = {(span.start, span.end, span.label) for span in document.spans}
    assert {one for one in there if one[0] < part[1] and part[0] < one[1]} == right
    assert document.complete == before.complete
    assert document.complete or document.known == (part,)
    elsewhere = {(span.start, span.end, span.label) for span in before.spans}
    assert there - right == {one for one in elsewhere if one[1] <= part[0] or part[1] <= one[0]}


def test_filters(worked: Worked) -> None:
    worked.publish("## PER\n\nNew.")
    for number, (spans, source) in enumerate([([ADA], "news"), ([ACME], "web"), ([], "mail")], 1):
        worked.document(f"d{number}", f"{TEXT}{number}", meta={"source": source, "year": 2020 + number})
        worked.annotate(worked.task(f"d{number}"), "ann", spans, guideline=1 + (number == 2))
    when = NOW + timedelta(minutes=2)  # the moment of the second
    everything = {"d1": [ADA], "d2": [ACME], "d3": []}
    for filters, keys in (
        ({}, "123"),
        ({"since": when.isoformat()}, "23"),
        ({"until": when.isoformat()}, "1"),
        ({"guidelines": [1]}, "13"),
        ({"guidelines": [1, 2]}, "123"),
        ({"labels": ["ORG"]}, "2"),
        ({"meta": {"source": ["news", "mail"]}}, "13"),
        ({"meta": {"source": ["news", "mail"], "year": [2023]}}, "3"),
        ({"meta": {"none": ["x"]}}, ""),
        ({"tiers": ["annotator"], "labels": ["PER", "ORG"]}, "12"),
    ):
        assert found(worked, **filters) == {f"d{key}": everything[f"d{key}"] for key in keys}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"lables": ["A"]}, "filters.lables: .*labels"),
        ({"tiers": ["boss"]}, "filters.tiers.0"),
        ({"since": "2024-05-01T00:00:00"}, "filters.since: .*timezone"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "filters.since"),
        ({"until": "9999-12-31T23:00:00-12:00"}, "filters.until"),
        ({"guidelines": [2**63]}, "filters.guidelines.0"),
        ({"meta": {"a": 1}}, "filters.meta.a"),
        ({"meta": {"a": [float("nan")]}}, "filters.meta.a"),
    ],
)
def test_filters_that_are_none(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        Filters.of(given)


def test_many_documents_stream_in_order(worked: Worked) -> None:
    with worked.store.writing() as session:
        rows = [
            models.Document(project_id=worked.project, key=f"d{n}", text=f"Text {n}.", meta={}, created_at=NOW)
            for n in range(1203)
        ]
        session.add_all(rows)
    keys = [f"d{n}" for n in (0, 499, 500, 999, 1000, 1202)]
    for key in reversed(keys):
        worked.annotate(worked.task(key), "ann", [(0, 4, "ORG")])
    assert list(found(worked)) == keys


def test_a_dataset_version_and_its_lineage(worked: Worked, tmp_path: Path) -> None:
    artefacts = Artefacts(tmp_path / "artefacts")
    versions = DatasetVersions(worked.store, artefacts, project=worked.project)

    def create(**given: Any) -> Any:
        return create_dataset(worked.store, artefacts, worked.project, name="resolved", now=NOW, **given)

    with pytest.raises(InputError, match="no resolved document"):
        create()
    worked.publish("## PER\n\nNew.")
    for number in range(30):
        worked.document(f"d{number}", f"Ada left {number}.")
        if number < 20:
            worked.annotate(worked.task(f"d{number}"), "ann", [ADA], guideline=1 + number % 2)
    first = create(filters=Filters.of({"tiers": ["annotator"]}))
    assert first.lineage == {"parents": [], "guidelines": [1, 2], "filters": {"tiers": ["annotator"]}}
    assert sum(first.splits.values()) == 20
    assert create(filters=Filters(tiers=(Tier.ANNOTATOR,))) == first
    for number in range(20, 30):
        worked.annotate(worked.task(f"d{number}"), "ann", [ADA], guideline=2)
    second = create(parents=[first.address])
    change = versions.diff(first.address, second.address)
    assert (len(change.added), change.removed, change.changed, change.moved) == (10, (), (), ())
    assert second.lineage["parents"] == [first.address]
    train = versions.documents(second.address, "train")
    assert [span.text for span in train[0].spans] == ["Ada"]
    with pytest.raises(InputError, match="shares"):
        create(shares={"train": 0.5})
    for name in ("../train", "训" * 100, "a" * 51, ""):
        with pytest.raises(InputError, match="cannot be named"):
            create(shares={name: 1.0})


def test_the_golden_set_is_not_trained_on(worked: Worked, tmp_path: Path) -> None:
    artefacts = Artefacts(tmp_path / "artefacts")
    for key, text in (("held", TEXT), ("copy", TEXT.upper()), ("free", "Ada left.")):
        worked.document(key, text)
        worked.annotate(worked.task(key), "ann", [ADA])
    with worked.store.reading() as session:
        held = [document for document in documents(session, worked.project) if document.id == "held"]
    golden = GoldenSets(worked.store, artefacts, project=worked.project)
    golden.create("golden", {"golden": held}, created=NOW)
    assert list(found(worked)) == ["free"]
    made = create_dataset(worked.store, artefacts, worked.project, name="rest", now=NOW, shares={"train": 1.0})
    assert made.splits == {"train": 1}

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from tests.review.team import ACME, ZOE, Spot, Team

from livener.metrics import evaluate
from livener.review import corrections
from livener.review.corrections import Group, groups, record, type_corrections
from livener.review.errors import NotFound
from livener.review.rules import Rules
from livener.store.models import Annotation, Correction, ErrorType, ModelVersion, Prediction
from livener.text import Document, Span

TEXT = "x" * 12
spans = st.builds(
    lambda start, length, label: Span(start, min(start + length, 12), label),
    st.integers(0, 11),
    st.integers(1, 6),
    st.sampled_from(["PER", "ORG"]),
)
some = st.lists(spans, max_size=6, unique=True)


def kinds(predicted: list[Span], annotation: Document, *ignored: Span) -> list[str]:
    return [one.kind.value for one in type_corrections(predicted, annotation, Rules(), ignored=ignored)]


@given(some, some)
def test_corrections_are_the_errors_of_an_evaluation(predicted: list[Span], final: list[Span]) -> None:
    found = type_corrections(predicted, Document(TEXT, spans=tuple(final)), Rules())
    errors = evaluate([final], [predicted]).errors
    assert [(one.kind.value, one.final, one.predicted) for one in found] == [
        (one.kind, one.gold, one.predicted) for one in errors
    ]


def test_severity_is_the_projects() -> None:
    rules = Rules(severity={"PER": {ErrorType.LABEL: 7}, "*": {ErrorType.FALSE_POSITIVE: 0}})
    annotation = Document(TEXT, spans=(Span(0, 2, "PER"), Span(3, 5, "ORG"), Span(6, 8, "ORG")))
    predicted = [Span(0, 2, "ORG"), Span(3, 5, "PER"), Span(9, 11, "PER")]
    found = type_corrections(predicted, annotation, rules)
    assert [(one.kind.value, one.severity) for one in found] == [
        ("label", 7),
        ("label", 2),
        ("false_negative", 2),
        ("false_positive", 0),
    ]


def test_what_was_left_undecided_is_no_error() -> None:
    predicted = [Span(0, 2, "PER", 0.9, "crf"), Span(3, 5, "PER")]
    assert kinds(predicted, Document(TEXT), Span(0, 2, "PER")) == ["false_positive"]


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ([], [], []),
        ([Span(0, 2, "PER")], [], []),
        ([], [Span(0, 2, "PER")], ["false_positive"]),
        ([Span(9, 11, "ORG")], [], ["false_negative"]),
        ([Span(0, 3, "PER")], [Span(0, 2, "PER")], ["boundary"]),
        ([Span(0, 3, "PER")], [], ["boundary"]),
        ([Span(0, 2, "ORG")], [Span(0, 2, "PER")], ["label"]),
        ([], [Span(0, 3, "PER")], []),
    ],
)
def test_a_partial_annotation_judges_only_what_it_names(
    right: list[Span], wrong: list[Span], expected: list[str]
) -> None:
    annotation = Document(TEXT, spans=tuple(right), complete=False, negatives=tuple(wrong))
    assert kinds([Span(0, 2, "PER"), Span(4, 6, "ORG")], annotation) == expected


@given(some, some, some)
def test_a_partial_annotation_never_says_more_than_its_completion(
    predicted: list[Span], right: list[Span], wrong: list[Span]
) -> None:
    wrong = [span for span in wrong if span not in right]
    annotation = Document(TEXT, spans=tuple(right), complete=False, negatives=tuple(wrong))
    found = type_corrections(predicted, annotation, Rules())
    assert {one.predicted for one in found if one.kind == ErrorType.FALSE_POSITIVE} <= set(wrong)
    assert {one.final for one in found if one.final} == set(right) - set(predicted)
    assert {one.predicted for one in found}.isdisjoint(right)
    named = {one.predicted for one in found if one.predicted}
    assert set(predicted) & set(wrong) <= named


def resolved(team: Team, key: str, spans: list[Spot]) -> int:
    """A task of the document, resolved by its only annotator."""
    (task,) = team.open(key)
    team.lease("ann", task)
    return team.submit("ann", task, spans).annotation_id


def kept(team: Team) -> list[Correction]:
    with team.store.reading() as session:
        return list(session.scalars(select(Correction).order_by(Correction.id)))


def grouped(team: Team, **options: object) -> list[Group]:
    with team.store.reading() as session:
        return groups(session, team.project, **options)  # type: ignore[arg-type]


def test_the_end_of_a_task_keeps_its_corrections_once(team: Team) -> None:
    annotation = resolved(team, "d1", [ZOE, (13, 17, "PER")])
    first, second = kept(team)
    assert (first.kind, first.surface, first.predicted_start, first.final_label) == (
        "false_negative",
        "Zoë",
        None,
        "PER",
    )
    assert (second.kind, second.surface, second.predicted_label, second.final_label) == (
        "label",
        "Acme",
        "ORG",
        "PER",
    )
    with team.store.writing() as session:
        assert record(session, task_id=1, annotation_id=annotation, rules=Rules(), now=team.now) == []
    assert len(kept(team)) == 2


def test_they_are_recorded_of_any_annotation_that_had_none(team: Team) -> None:
    (task,) = team.open("d1", overlap=2)
    team.lease("ann", task)
    annotation = team.submit("ann", task, [ZOE]).annotation_id
    for _ in range(2):
        with team.store.writing() as session:
            record(session, task_id=task, annotation_id=annotation, rules=Rules(), now=team.now)
    assert [(one.kind.value, one.surface) for one in kept(team)] == [
        ("false_negative", "Zoë"),
        ("false_positive", "Acme"),
    ]


def test_without_a_prediction_there_are_none_and_elsewhere_no_annotation(team: Team) -> None:
    annotation = resolved(team, "d2", [(0, 4, "ORG")])
    with team.store.writing() as session:
        assert record(session, task_id=1, annotation_id=annotation, rules=Rules(), now=team.now) == []
        with pytest.raises(NotFound):
            record(session, task_id=2, annotation_id=annotation, rules=Rules(), now=team.now)
    assert kept(team) == []
    assert grouped(team) == []


def test_groups_by_surface_label_source_and_model_the_gravest_first(team: Team) -> None:
    resolved(team, "d1", [ZOE, (13, 17, "PER")])
    resolved(team, "d1", [])
    (by_surface, other) = grouped(team)
    assert (by_surface.key, by_surface.count, by_surface.severity) == ("Acme", 2, 3)
    assert (other.key, other.kinds[ErrorType.FALSE_NEGATIVE], other.kinds[ErrorType.LABEL]) == ("Zoë", 1, 0)
    assert by_surface.as_dict()["kinds"] == {
        "false_positive": 1,
        "false_negative": 0,
        "boundary": 0,
        "label": 1,
        "boundary_and_label": 0,
    }
    assert by_surface.latest == team.now
    assert [(one.key, one.count) for one in grouped(team, by="label")] == [("PER", 2), ("ORG", 1)]
    assert [(one.key, one.count) for one in grouped(team, by="source")] == [("crf", 2), ("", 1)]
    assert [(one.key, one.count) for one in grouped(team, by="model")] == [("p1", 3)]
    assert [one.key for one in grouped(team, limit=1)] == ["Acme"]


def test_models_are_told_by_their_number(team: Team) -> None:
    with team.store.writing() as session:
        session.add(ModelVersion(project_id=1, number=7, address="a", pipeline="p2", metrics={}, created_at=team.now))
        session.flush()
        session.add(
            Prediction(
                project_id=1,
                document_id=team.documents["d1"],
                model_version_id=1,
                pipeline="p2",
                spans=[{"start": 0, "end": 3, "label": "ORG"}],
                created_at=team.now,
            )
        )
    resolved(team, "d1", [ACME])
    assert [(one.key, one.count) for one in grouped(team, by="model")] == [("7", 2)]
    assert [(one.key, one.count) for one in grouped(team, by="source")] == [("", 2)]


def test_groups_of_a_period(team: Team) -> None:
    resolved(team, "d1", [])
    between = team.now + timedelta(hours=1)
    team.tick(7200)
    resolved(team, "d1", [ACME, ZOE])
    assert [one.key for one in grouped(team, until=between)] == ["Acme"]
    assert [one.key for one in grouped(team, since=between)] == ["Zoë"]
    for by in ("surface", "source"):
        assert len(grouped(team, by=by)) == 2


def test_a_task_that_was_resolved_anew_counts_once(team: Team) -> None:
    resolved(team, "d1", [])
    team.do("reopen", "lea", 1, reason="the guidelines changed")
    team.lease("bob", 1)
    team.submit("bob", 1, [ACME, ZOE])
    assert len(kept(team)) == 2, "nothing is lost"
    assert [one.key for one in grouped(team)] == ["Zoë"]
    with team.store.reading() as session:
        assert len(session.scalars(select(Annotation.id)).all()) == 2


def test_only_so_many_are_read_to_find_sources(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved(team, "d1", [])
    resolved(team, "d1", [ACME, ZOE])
    monkeypatch.setattr(corrections, "_LATEST", 1)
    assert [(one.key, one.count) for one in grouped(team, by="source")] == [("", 1)]

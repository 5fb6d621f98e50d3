"""Whether the loop makes things better, of a project whose figures are known."""

from datetime import timedelta

from sqlalchemy import select
from tests.loop.annotated import NOW
from tests.loop.conftest import Place
from tests.loop.people import answer, lease

from livener.loop.indicators import indicators
from livener.review.intake import import_documents
from livener.store.models import Alert, AlertState, AliasMove, GateReport, ModelVersion
from livener.store.models import DatasetVersion as Stored
from livener.text import Document, Span

DAY = timedelta(days=1)
TEXT = "Ada joined Acme ."
RIGHT = (Span(0, 3, "PER"), Span(11, 15, "ORG"))


def shown(place: Place, number: int, spans: tuple[Span, ...], day: int) -> None:
    """A document that was pre-annotated so, and settled as `RIGHT`."""
    with_scores = tuple(Span(span.start, span.end, span.label, 0.8) for span in spans)
    import_documents(place.store, 1, [Document(TEXT, f"d{number}", spans=with_scores)], now=NOW, pipeline="first")
    task = lease(place.store, NOW + day * DAY)
    assert task is not None
    answer(place.store, task, NOW + day * DAY, RIGHT)


def promoted(place: Place, number: int, f1: float, day: int) -> None:
    with place.store.writing() as session:
        if not session.scalars(select(Stored.id)).all():
            about = {"name": "g", "address": "a", "golden": True, "lineage": {}, "splits": {}, "created_at": NOW}
            session.add(Stored(project_id=1, **about))
        model = ModelVersion(
            project_id=1, number=number, address=f"m{number}", pipeline="crf", metrics={}, created_at=NOW
        )
        session.add(model)
        session.flush()
        about = {"project_id": 1, "model_version_id": model.id, "at": NOW + day * DAY}
        report = {"scores": {"strict": {"f1": f1}}, "checks": []}
        session.add(GateReport(dataset_version_id=1, passed=True, report=report, **about))
        session.add(AliasMove(alias="production", rollback=False, reason="better", **about))


def test_figures_of_two_weeks(place: Place) -> None:
    wrong = (Span(0, 3, "ORG"), Span(11, 15, "ORG"))
    for number in range(4):
        shown(place, number, wrong, day=1)  # a label confusion each
    promoted(place, 1, 0.80, day=2)
    with place.store.writing() as session:
        session.add(
            Alert(
                project_id=1,
                kind="drift",
                subject="PER",
                state=AlertState.OPEN,
                summary="PER moved",
                found={},
                documents=[],
                opened_at=NOW + 3 * DAY,
                seen_at=NOW + 3 * DAY,
            )
        )
    promoted(place, 2, 0.85, day=5)
    for number in range(4, 8):
        shown(place, number, RIGHT if number > 4 else wrong, day=8)
    with place.store.reading() as session:
        found = indicators(session, 1, since=NOW, until=NOW + 14 * DAY)
    first, second = found.weeks
    assert (first.documents, first.f1, first.labels) == (4, 0.5, {"ORG": 2 / 3, "PER": 0.0})
    assert (first.corrections, first.grave) == (100.0, 100.0)
    assert round(first.calibration or 0, 6) == 0.3  # half of what had a score of 0.8 was right
    assert (second.f1, second.corrections) == (0.875, 25.0)
    assert (found.grave_before, found.grave_after) == (100.0, 25.0)
    assert found.recurrence == 1.0  # the one error that there was came again
    assert found.turnaround == (2 * DAY).total_seconds()
    assert round(found.seconds_per_point or 0, 6) == 8.0  # 8 answers of 5 seconds, 5 points
    assert found.edits_saved == 1 - 5 / 16
    assert found.long_tail == {"labels": 2, "forms": 2, "all_forms": 2, "right": 11 / 16}
    assert found.as_dict()["weeks"][0]["f1"] == 0.5


def test_nothing_is_known_of_a_new_project(place: Place) -> None:
    with place.store.reading() as session:
        found = indicators(session, 1, since=NOW, until=NOW + DAY)
    assert found.weeks == ()
    nothing = (found.recurrence, found.turnaround, found.seconds_per_point, found.edits_saved, found.grave_after)
    assert nothing == (None,) * 5
    assert found.long_tail == {"labels": 0, "forms": 0, "all_forms": 0, "right": None}

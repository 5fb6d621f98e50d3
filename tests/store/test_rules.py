"""What the database itself refuses, whichever program writes: the same on SQLite and PostgreSQL."""

import re
import threading
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from tests.store.examples import NOW, TEXT, annotation, correction, event, job, span, task

from livener.store import Store, models

APPEND_ONLY = [
    models.AuditEntry,
    models.LabelSet,
    models.GuidelineVersion,
    models.DatasetVersion,
    models.DatasetText,
    models.DatasetDocument,
    models.ModelVersion,
    models.Prediction,
    models.TaskEvent,
    models.Annotation,
    models.AnnotationSpan,
    models.Correction,
    models.GuidelineExample,
    models.GuidelineRead,
    models.GateReport,
    models.AliasMove,
    models.Drawn,
    models.JobNote,
    models.TriggerEvent,
    models.AlertEvent,
    models.RoutingVersion,
]


def refused(store: Store, *rows: models.Base, because: str = "") -> None:
    """All or nothing of the rows, and it must be nothing."""
    with pytest.raises(IntegrityError, match=f"(?i){because}"), store.writing() as session:
        session.add_all(rows)


def executes(store: Store, statement: str) -> None:
    with store.writing() as session:
        session.execute(text(statement))


def test_everything_was_stored_as_it_was_given(filled: Store) -> None:
    with filled.reading() as session:
        for table in models.Base.metadata.sorted_tables:
            assert session.execute(select(table)).all(), f"the example has no row of {table}"
        assert session.scalars(select(models.Document)).one().text == TEXT
        project = session.scalars(select(models.Project)).one()
        assert (list(project.settings.items()), project.created_at) == ([("z", 1), ("a", 1.0)], NOW)
        done = session.scalars(select(models.Task)).one()
        assert (done.state, done.events) == (models.TaskState.SUBMITTED, 2)


@pytest.mark.parametrize("model", APPEND_ONLY)
def test_what_was_said_is_never_changed_or_removed(filled: Store, model: type[models.Base]) -> None:
    column = inspect(model).columns.values()[-1]
    for statement in (update(model).values({column: column}), delete(model)):
        with pytest.raises(IntegrityError, match="append-only"), filled.writing() as session:
            session.execute(statement)
    with filled.reading() as session:
        assert session.scalars(select(model)).all()


def test_no_side_door_either(filled: Store) -> None:
    statement = "TRUNCATE annotations CASCADE"
    with filled.reading() as session:
        sqlite = session.connection().dialect.name == "sqlite"
    if sqlite:
        statement = "INSERT OR REPLACE INTO audit_log SELECT * FROM audit_log WHERE id = 1"
    with pytest.raises(IntegrityError, match="append-only"):
        executes(filled, statement)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(-3, 22), end=st.integers(-3, 22), at=st.integers(0, 22), to=st.integers(0, 22))
def test_a_span_is_a_slice_of_its_text(filled: Store, start: int, end: int, at: int, to: int) -> None:
    surface = TEXT[at:to]
    right = 0 <= start < end <= len(TEXT) and TEXT[start:end] == surface
    with filled.writing() as session:
        revision = session.execute(select(models.Annotation.revision).order_by(-models.Annotation.revision)).scalar()
        said = annotation((revision or 0) + 1, spans=1)
        session.add(said)
        session.flush()
        one = span(0, start, end, "PER", surface)
        one.annotation_id = said.id
        try:
            with session.begin_nested():
                session.add(one)
            stored = True
        except IntegrityError:
            stored = False
    assert stored == right


@pytest.mark.parametrize(
    "wrong",
    [
        (0, 0, 3, "PER", "Zoe"),
        (0, 0, 3, "PER", "Zoë "),
        (0, 4, 4, "PER", ""),
        (0, -1, 3, "PER", "Zoë"),
        (0, 13, 99, "ORG", "Acme."),
        (0, 0, 3, "NOPE", "Zoë"),
        (1, 0, 3, "PER", "Zoë"),
        (-1, 0, 3, "PER", "Zoë"),
    ],
)
def test_wrong_spans(filled: Store, wrong: tuple[int, int, int, str, str]) -> None:
    with filled.writing() as session:
        session.add(annotation(2, spans=1))
    one = span(*wrong)
    one.annotation_id = 2
    refused(filled, one, because="annotation_spans")
    right = span(0, 4, 5, "ORG", "🚀")
    right.annotation_id = 2
    with filled.writing() as session:
        session.add(right)


def test_one_wrong_span_among_many_in_one_statement(filled: Store) -> None:
    with filled.writing() as session:
        session.add(annotation(2, spans=3))
    rows = [span(0, 0, 3, "PER", "Zoë"), span(1, 0, 3, "PER", "Zoo"), span(2, 13, 17, "ORG", "Acme")]
    for row in rows:
        row.annotation_id = 2
    refused(filled, *rows, because="annotation_spans")


def test_nothing_is_added_to_an_annotation_later(filled: Store) -> None:
    refused(filled, span(2, 4, 5, "ORG", "🚀"), because="one too many")


@pytest.mark.parametrize("spans", [[(0, 19)], [(-1, 3)], [(3, 3)], [(0, 3), (5, 4)]])
def test_a_prediction_stays_inside_the_text(filled: Store, spans: list[tuple[int, int]]) -> None:
    assert len(TEXT) == 18
    given_spans = [{"start": start, "end": end, "label": "ORG"} for start, end in spans]
    row = models.Prediction(
        project_id=1, document_id=1, model_version_id=None, pipeline="p", spans=given_spans, created_at=NOW
    )
    refused(filled, row, because="not inside the text")
    refused(
        filled,
        models.Prediction(
            project_id=1, document_id=1, model_version_id=None, pipeline="p", spans=[{"label": "ORG"}], created_at=NOW
        ),
    )


def test_corrections_have_the_sides_of_their_kind(filled: Store) -> None:
    none = {"final_start": None, "final_end": None, "final_label": None}
    refused(filled, correction(**none))
    refused(filled, correction(kind=models.ErrorType.FALSE_POSITIVE))
    refused(filled, correction(surface="Acme"), because="slice")
    refused(filled, correction(final_end=99), because="outside")
    with filled.writing() as session:
        session.add(correction(kind=models.ErrorType.FALSE_POSITIVE, **none))


def test_a_text_is_never_changed_and_has_no_nul(filled: Store) -> None:
    with pytest.raises(IntegrityError, match="never changed"):
        executes(filled, "UPDATE documents SET text = 'other'")
    row = models.Document(project_id=1, key="nul", text="a\0b", meta={}, created_at=NOW)
    with pytest.raises(DBAPIError, match="NUL"), filled.writing() as session:
        session.add(row)


def test_one_lease_for_one_task(filled: Store) -> None:
    refused(filled, models.Lease(task_id=1, user_id=1, created_at=NOW, expires_at=NOW))
    with filled.writing() as session:
        session.execute(delete(models.Lease))
        session.add(models.Lease(task_id=1, user_id=1, created_at=NOW, expires_at=NOW))


def test_an_alias_points_at_one_version_of_its_project(filled: Store) -> None:
    refused(filled, models.Alias(project_id=1, name="production", model_version_id=1, moved_at=NOW))
    with filled.writing() as session:
        session.add(models.Project(name="other", settings={}, created_at=NOW))
    refused(filled, models.Alias(project_id=2, name="production", model_version_id=1, moved_at=NOW))
    refused(filled, models.Alias(project_id=1, name="candidate", model_version_id=2, moved_at=NOW))


def test_nothing_crosses_projects(filled: Store) -> None:
    with filled.writing() as session:
        session.add(models.Project(name="other", settings={}, created_at=NOW))
    foreign = task()
    foreign.project_id = 2
    refused(filled, foreign)


def test_events_move_a_task_and_nothing_else_does(filled: Store) -> None:
    refused(filled, event(3, "open", "leased"), because="last one ended")
    refused(filled, event(4, "submitted", "resolved"), because="last one ended")
    refused(filled, event(2, "submitted", "resolved"))
    for statement in (
        "UPDATE tasks SET state = 'resolved'",
        "UPDATE tasks SET state = 'leased', events = 1",
        "UPDATE tasks SET events = 3",
        "UPDATE tasks SET prediction_id = NULL",
        "UPDATE tasks SET state = 'lost'",
    ):
        with pytest.raises(IntegrityError):
            executes(filled, statement)
    refused(filled, task(state=models.TaskState.RESOLVED), because="begins open")
    executes(filled, "UPDATE tasks SET priority = 2")
    with filled.writing() as session:
        session.add(event(3, "submitted", "resolved"))
    with filled.reading() as session:
        done = session.scalars(select(models.Task)).one()
        assert (done.state, done.events, done.priority) == (models.TaskState.RESOLVED, 3, 2)


def test_a_pre_annotation_is_made_anew_only_while_nobody_began(filled: Store) -> None:
    with filled.writing() as session:
        session.add(task())
    executes(filled, "UPDATE tasks SET prediction_id = 1 WHERE id = 2")
    executes(filled, "UPDATE tasks SET given = 1 WHERE id = 2")
    with pytest.raises(IntegrityError):
        executes(filled, "UPDATE tasks SET prediction_id = NULL WHERE id = 2")


def test_of_the_jobs_under_way_one_has_a_key(filled: Store) -> None:
    refused(filled, job())
    executes(filled, "UPDATE jobs SET state = 'done', ended_at = created_at")
    with filled.writing() as session:
        session.add(job())
    refused(filled, job(state=models.JobState.RUNNING))
    refused(filled, job(key=None, state=models.JobState.FAILED))


def test_of_many_that_move_a_task_at_once_one_wins(filled: Store) -> None:
    begin, won = threading.Barrier(4), []

    def resolve() -> None:
        begin.wait()
        try:
            with filled.writing() as session:
                session.add(event(3, "submitted", "resolved"))
            won.append(1)
        except IntegrityError:
            pass

    threads = [threading.Thread(target=resolve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_time_without_a_zone_is_refused(filled: Store) -> None:
    with pytest.raises(StatementError, match="no time zone"), filled.writing() as session:
        session.add(models.Project(name="other", settings={}, created_at=datetime(2024, 5, 1)))


def test_names_have_a_length(filled: Store) -> None:
    for name in ("", "x" * 201, "contracts"):
        refused(filled, models.Project(name=name, settings={}, created_at=NOW))
    refused(filled, models.Membership(project_id=1, user_id=7, role=models.Role.LEAD))


def test_the_list_of_append_only_tables_is_that_of_the_migrations() -> None:
    said = {model.__tablename__ for model in APPEND_ONLY}
    documented = {
        table.name
        for mapper in models.Base.registry.mappers
        for table in [mapper.local_table]
        if re.search("insert-only", mapper.class_.__doc__ or "", re.IGNORECASE)
    }
    assert said == documented

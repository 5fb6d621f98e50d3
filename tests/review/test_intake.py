"""Documents that come into a project: what becomes of them, what is refused, and that a stopped import goes on."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from livener.errors import InputError
from livener.review import guideline_versions, resolved
from livener.review.errors import NotFound
from livener.review.intake import ImportResult, import_documents
from livener.store import Store, models
from livener.text import Document, Span

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
TEXT = "Zoë 🚀 joined Acme.\tOn\\n a \r\nMonday"
FOUND = (Span(0, 3, "PER", 0.5, "crf"), Span(13, 17, "ORG", 0.25, kb_id="Q1"))
GOLD = (Span(0, 3, "PER"), Span(13, 17, "ORG", kb_id="Q1"))


@pytest.fixture
def project(store: Store) -> Store:
    """The project 1 with the labels PER and ORG, guidelines by the user 1, and two people for a task."""
    make_project(store)
    return store


def make_project(store: Store) -> None:
    with store.writing() as session:
        session.add(models.User(id=1, name="ada", created_at=NOW))
        session.add(models.Project(id=1, name="contracts", settings={"review": {"overlap": 2}}, created_at=NOW))
        session.flush()
        guideline_versions.publish(session, 1, "", author=1, now=NOW, labels={"PER": "", "ORG": ""})


def brought(store: Store, *documents: Document, **options: Any) -> ImportResult:
    return import_documents(store, 1, documents, **{"now": NOW} | options)


def rows(store: Store, model: Any) -> list[Any]:
    with store.reading() as session:
        return list(session.scalars(select(model).order_by(model.__table__.primary_key.columns[0])))


def count(store: Store) -> int:
    return len(rows(store, models.Document))


def test_documents_with_predictions_become_tasks(project: Store) -> None:
    meta = {"z": 1, "a": ["é", None, 1.0]}
    first = Document(TEXT, "d1", meta, FOUND, tokens=((0, 3), (4, 5)), sentences=())
    result = brought(project, first, Document("Nothing.", "d2"), pipeline="news-7", skill="law")
    assert result == ImportResult(added=2, tasks=2)
    stored, _ = rows(project, models.Document)
    assert (stored.key, stored.text, list(stored.meta.items())) == ("d1", TEXT, list(meta.items()))
    assert (stored.tokens, stored.sentences, stored.created_at) == ([[0, 3], [4, 5]], [], NOW)
    (prediction,) = rows(project, models.Prediction)
    assert prediction.spans == [
        {"start": 0, "end": 3, "label": "PER", "score": 0.5, "source": "crf"},
        {"start": 13, "end": 17, "label": "ORG", "score": 0.25, "kb_id": "Q1"},
    ]
    assert (prediction.pipeline, prediction.document_id) == ("news-7", stored.id)
    one, two = rows(project, models.Task)
    assert (one.prediction_id, one.priority, one.reason) == (prediction.id, 0.75, "least score 0.25")
    assert (two.prediction_id, two.priority, two.reason) == (None, 0.0, "not yet annotated")
    assert (one.overlap, one.skill, one.state, one.tier) == (2, "law", "open", "annotator")


def test_rows_that_follow_by_the_orm_have_other_ids(project: Store) -> None:
    brought(project, Document("a", "d1", spans=(Span(0, 1, "PER"),)))
    with project.writing() as session:
        session.add(models.Document(project_id=1, key="d2", text="b", meta={}, created_at=NOW))
    brought(project, Document("c", "d3"))
    assert [row.key for row in rows(project, models.Document)] == ["d1", "d2", "d3"]


def test_options(project: Store) -> None:
    assert brought(project, Document("a", "d1"), tasks=False).tasks == 0
    brought(project, Document("b", "d2", spans=(Span(0, 1, "PER", 0.5),)), overlap=1, priority=7.0)
    (task,) = rows(project, models.Task)
    assert (task.overlap, task.priority) == (1, 7.0)
    seen: list[int] = []
    brought(project, Document("c", "d3"), progress=lambda done, _total, _figures: seen.append(done))
    assert seen == [1]


def test_an_import_goes_on_where_it_was(project: Store) -> None:
    documents = [Document(f"text {n}", f"d{n}", spans=(Span(0, 4, "ORG", 0.5),)) for n in range(4500)]

    def stopped() -> Iterator[Document]:
        yield from documents[:3000]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_documents(project, 1, stopped(), now=NOW)
    assert count(project) == 2000
    result = brought(project, *documents)
    assert result == ImportResult(added=2500, same=2000, tasks=2500)
    assert brought(project, *documents[:2]) == ImportResult(same=2)
    assert brought(project, documents[0], documents[0]).same == 2


def test_another_text_under_one_id(project: Store) -> None:
    brought(project, Document("a", "d1"))
    for documents in ([Document("b", "d1")], [Document("x", "d2"), Document("y", "d2")]):
        with pytest.raises(InputError, match=r"document 'd.': another text has this id; nothing was imported"):
            brought(project, *documents)
    assert count(project) == 1
    result = brought(project, Document("b", "d1"), Document("c", "d3"), skip_conflicts=True)
    assert result == ImportResult(
        added=1, tasks=1, conflicts=1, problems=("document 'd1': another text has this id",)
    )


@pytest.mark.parametrize(("atomic", "kept"), [(False, 2000), (True, 0)])
def test_a_fault_undoes_its_batch_or_everything(project: Store, atomic: bool, kept: int) -> None:
    documents = [Document(f"text {n}", f"d{n}") for n in range(2500)] + [Document("", "")]
    said = "; 2,000 documents before it are imported" if kept else "; nothing was imported"
    with pytest.raises(InputError, match=f"id has 0 characters{said}"):
        brought(project, *documents, atomic=atomic)
    assert count(project) == kept


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (Document("a", ""), "its id has 0 characters"),
        (Document("a", "x" * 501), "its id has 501 characters"),
        (Document("a\0b", "d"), "NUL"),
        (Document("ab", "d\0"), "NUL"),
        (Document("ab", "\ud800"), "cannot be stored"),
        (Document("ab", "d", {"a": "\0"}), "NUL"),
        (Document("ab", "d", {"a": float("nan")}), "cannot be stored"),
        (Document("ab", "d", {"a": object()}), "cannot be stored"),
        (Document("ab", "d", {"a": "\udfff"}), "cannot be stored"),
        (Document("ab", "d", spans=(Span(0, 1, "NOPE"),)), "no label 'NOPE' in this project.*ORG | PER"),
        (
            Document("ab", "d", spans=(Span(0, 1, "N" * 10_000_000),)),
            "a label has 10,000,000 characters.*at most 200",
        ),
        (Document("ab", "d", spans=(Span(0, 1, "PER", 1.5),)), "the score of span .0, 1. is 1.5"),
        (Document("ab", "d", spans=(Span(0, 1, "PER", float("nan")),)), "the score"),
        (Document("ab", "d", spans=(Span(0, 1, "PER", source="\0"),)), "NUL"),
        (Document("ab", "d", complete=False), "partial"),
        (Document("ab", "d", negatives=(Span(0, 1, "PER"),)), "partial"),
    ],
)
def test_what_is_refused(project: Store, wrong: Document, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        brought(project, Document("fine", "first"), wrong)
    assert (caught.value.where or "").startswith("document ")
    assert count(project) == 0


def test_a_backslash_before_u0000_is_no_nul(project: Store) -> None:
    meta = {"a": "\\u0000", "b": "\\\\u0000"}
    brought(project, Document("a", "d1", meta))
    assert rows(project, models.Document)[0].meta == meta


def test_deep_metadata_are_refused_and_do_not_end_the_process(project: Store) -> None:
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": deep}
    with pytest.raises(InputError, match="cannot be stored"):
        brought(project, Document("a", "d1", deep))


def test_a_project_without_labels_takes_any(store: Store) -> None:
    with store.writing() as session:
        session.add(models.Project(id=1, name="new", settings={}, created_at=NOW))
    assert brought(store, Document("ab", "d", spans=(Span(0, 1, "ANY"),))).added == 1
    with pytest.raises(InputError, match="guidelines"):
        brought(store, Document("ab", "e"), gold=True, user_id=1)
    with pytest.raises(NotFound):
        import_documents(store, 7, [], now=NOW)


def test_gold_is_resolved(project: Store) -> None:
    whole = Document(TEXT, "d1", {"source": "news"}, GOLD)
    partial = replace(whole, id="d2", text=TEXT + "!", complete=False, negatives=(Span(4, 5, "ORG"),))
    empty = Document("Nothing here.", "d3")
    assert brought(project, whole, partial, empty, gold=True, user_id=1) == ImportResult(added=3, tasks=3)
    with project.reading() as session:
        found = list(resolved.documents(session, 1))
    assert found == [whole, partial, empty]
    task = rows(project, models.Task)[0]
    assert (task.state, task.events, task.prediction_id) == (models.TaskState.RESOLVED, 3, None)
    assert {row.author_id for row in rows(project, models.Annotation)} == {1}
    assert brought(project, whole, gold=True, user_id=1) == ImportResult(same=1)


@pytest.mark.parametrize(
    ("document", "options", "problem"),
    [
        (Document("ab", "d", spans=(Span(0, 1, "NOPE"),)), {}, "no label 'NOPE'"),
        (Document("ab", "d", complete=False, negatives=(Span(0, 1, "NOPE"),)), {}, "no label 'NOPE'"),
        (Document("ab", "d", spans=(Span(0, 1, "PER", 0.5),)), {}, "has a score"),
        (Document("ab", "d"), {"user_id": None}, "of a person"),
        (Document("ab", "d"), {"overlap": 0}, "overlap is 0"),
    ],
)
def test_what_is_no_gold(project: Store, document: Document, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        brought(project, document, **{"gold": True, "user_id": 1} | options)


def test_of_imports_at_the_same_time_each_brings_what_is_new(project: Store) -> None:
    begin, results = threading.Barrier(3), list[ImportResult]()

    def bring(first: int) -> None:
        begin.wait()
        results.append(brought(project, *(Document(f"text {n}", f"d{n}") for n in range(first, first + 3000))))

    threads = [threading.Thread(target=bring, args=(first,)) for first in (0, 1500, 1500)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result.added for result in results) == count(project) == 4500
    assert sum(result.same for result in results) == 4500


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5), st.dictionaries(texts, texts, max_size=3))
def test_what_went_in_comes_out(project: Store, pairs: list[tuple[str, str]], meta: dict[str, str]) -> None:
    with project.reading() as session:
        before = session.scalar(select(func.count()).select_from(models.Document)) or 0
    given_ones = {
        f"{before + place} {key}": Document(text, f"{before + place} {key}", meta, (Span(0, len(text), "PER", 0.5),))
        for place, (key, text) in enumerate(pairs)
    }
    brought(project, *given_ones.values())
    with project.reading() as session:
        found = session.execute(
            select(models.Document, models.Prediction)
            .join(models.Prediction, models.Prediction.document_id == models.Document.id)
            .where(models.Document.key.in_(given_ones))
        ).all()
        assert len(found) == len(given_ones)
        for stored, prediction in found:
            assert (stored.text, stored.meta) == (given_ones[stored.key].text, meta)
            assert prediction.spans == [{"start": 0, "end": len(stored.text), "label": "PER", "score": 0.5}]


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_postgresql_reads_no_more_for_a_later_batch(store_url: str) -> None:
    """Its plans are made while the tables are small and nothing is known of them."""

    def rows_read() -> int:
        with new.writing() as session:  # of the only connection of this store
            session.execute(text("SELECT pg_stat_force_next_flush()"))
        with new.reading() as session:
            asked = "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_user_tables"
            return int(session.execute(text(asked)).scalar_one())

    with Store(store_url) as new:
        new.upgrade()
        make_project(new)
        read = [rows_read()]
        for batch in range(5):
            spans = (Span(0, 3, "PER", 0.5), Span(0, 1, "PER", 0.5))
            brought(new, *(Document(f"Ada {n}", f"d{batch} {n}", spans=spans) for n in range(1000)))
            read.append(rows_read())
    first, *_, last = [after - before for before, after in pairwise(read)]
    assert 1000 < last < first * 1.1

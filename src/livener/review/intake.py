"""What comes into a project: documents with pre-annotations, or with gold spans, streamed, quick, and restartable."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn, Protocol

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.review.errors import NotFound
from livener.review.rules import Rules
from livener.store import models
from livener.store.bulk import insert_rows, moment, new_ids, plan_by_index
from livener.text import Document, Span

if TYPE_CHECKING:
    from livener.recognizers.base import Progress

_DOCUMENTS = 2000
_CHARACTERS = 4_000_000  # of one batch, so that memory has a bound
_PROBLEMS = 100
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_LONGEST_KEY = 500
_LONGEST_LABEL = 200
_GOLD = "imported as gold"
_TO_RESOLVED = (("open", "leased"), ("leased", "submitted"), ("submitted", "resolved"))  # as `review.states` has it
_DOCUMENT, _PREDICTION, _TASK, _ANNOTATION, _SPAN, _EVENT = (
    model.__table__
    for model in (
        *(models.Document, models.Prediction, models.Task),
        *(models.Annotation, models.AnnotationSpan, models.TaskEvent),
    )
)
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_quoted = lru_cache(maxsize=1 << 14)(_encode)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of the documents: ``added``, or ``same`` as what was there before, or ``conflicts`` left out.

    ``tasks`` is how many were opened, ``problems`` what is wrong with the first hundred of the conflicts.
    """

    added: int = 0
    same: int = 0
    tasks: int = 0
    conflicts: int = 0
    problems: tuple[str, ...] = ()


class Transactions(Protocol):
    """A `Store`, or a server's turn to write to one."""

    def reading(self) -> AbstractContextManager[Session]:
        """A transaction that reads."""

    def writing(self) -> AbstractContextManager[Session]:
        """A transaction that writes."""


@dataclass(frozen=True, slots=True)
class _Given:
    """A document, checked, with its columns as they are stored."""

    document: Document
    meta: str
    tokens: str | None
    sentences: str | None
    spans: str
    least: float | None


@dataclass(frozen=True, slots=True)
class _How:
    """How documents go into one project: the options of `import_documents`, and what the project says."""

    project_id: int
    labels: frozenset[str]
    guideline_id: int | None
    user_id: int | None
    gold: bool
    tasks: bool
    overlap: int
    priority: float | None
    skill: str
    pipeline: str
    now: datetime
    skip_conflicts: bool


def import_documents(
    store: Transactions,
    project_id: int,
    documents: Iterable[Document],
    *,
    now: datetime,
    user_id: int | None = None,
    gold: bool = False,
    tasks: bool = True,
    overlap: int | None = None,
    priority: float | None = None,
    skill: str = "",
    pipeline: str = "import",
    atomic: bool = False,
    skip_conflicts: bool = False,
    progress: "Progress | None" = None,
) -> ImportResult:
    """Add documents to a project, batch by batch, each batch whole or not at all.

    Their spans become the prediction of ``pipeline`` that is shown to annotators; with ``gold`` they are final, as
    annotations of the user. ``tasks`` opens one for each new document, for ``overlap`` people (else as the project's
    rules say), and the least sure ones come first unless they all have one ``priority``. What was imported before is
    passed over: an import that was stopped is begun again. A document of another text under the same id is an error,
    or with ``skip_conflicts`` left out and told. ``atomic`` keeps nothing of an import that fails.

    Raises:
        NotFound: no such project.
        InputError: a document without an id, with an id that has another text, with a NUL, or with a label that the
            project has not; ``gold`` without a user or guidelines, or with scores. The message says how many
            documents were kept.

    >>> import tempfile
    >>> from datetime import UTC
    >>> from livener.store import Store
    >>> folder = tempfile.TemporaryDirectory()
    >>> now = datetime(2024, 5, 1, tzinfo=UTC)
    >>> with Store(f"sqlite:///{folder.name}/store.db") as store:
    ...     store.upgrade()
    ...     with store.writing() as session:
    ...         session.add(models.Project(id=1, name="contracts", settings={}, created_at=now))
    ...     found = Document("Apple rose.", "d1", spans=(Span(0, 5, "ORG", score=0.75),))
    ...     import_documents(store, 1, [found], now=now)
    ...     with store.reading() as session:
    ...         session.query(models.Task).one().reason
    ImportResult(added=1, same=0, tasks=1, conflicts=0, problems=())
    'least score 0.75'
    >>> folder.cleanup()
    """
    with store.reading() as session:
        settings = session.scalar(select(models.Project.settings).where(models.Project.id == project_id))
        if settings is None:
            raise NotFound("no such project")
        guideline_id, labels = _guidelines(session, project_id)
    if gold and (user_id is None or guideline_id is None):
        raise InputError(
            "gold spans are annotations of a person under guidelines", fix="a user, and guidelines with labels"
        )
    if overlap is None:
        overlap = Rules.of(settings).overlap
    elif overlap < 1:
        raise InputError(f"the overlap is {overlap}", fix="how many people annotate a document, 1 or more")
    how = _How(
        project_id=project_id,
        labels=labels,
        guideline_id=guideline_id,
        user_id=user_id,
        gold=gold,
        tasks=tasks,
        overlap=overlap,
        priority=priority,
        skill=skill,
        pipeline=pipeline,
        now=now,
        skip_conflicts=skip_conflicts,
    )
    kept = ImportResult()
    try:
        with ExitStack() as stack:
            whole = stack.enter_context(store.writing()) if atomic else None
            for batch in _batches(_given(document, how) for document in documents):
                with nullcontext(whole) if whole else store.writing() as session:
                    found = _add(session, batch, how, kept)
                kept = found  # not before it is there
                if progress:
                    progress(kept.added + kept.same + kept.conflicts, 0, {})
    except InputError as error:
        count = 0 if atomic else kept.added + kept.same
        said = f"{count:,} documents before it are imported" if count else "nothing was imported"
        raise InputError(f"{error.problem}; {said}", where=error.where, fix=error.fix) from None
    return kept


def _guidelines(session: Session, project_id: int) -> tuple[int | None, frozenset[str]]:
    """The id of the newest guidelines and their labels; none means that any label may come."""
    newest = (
        select(models.GuidelineVersion.id, models.LabelSet.labels)
        .join(models.LabelSet, models.LabelSet.id == models.GuidelineVersion.label_set_id)
        .where(models.GuidelineVersion.project_id == project_id)
        .order_by(models.GuidelineVersion.number.desc())
        .limit(1)
    )
    found = session.execute(newest).one_or_none()
    return (found.id, frozenset(found.labels)) if found else (None, frozenset())


def _batches(given: Iterable[_Given]) -> Iterator[list[_Given]]:
    batch: list[_Given] = []
    characters = 0
    for one in given:
        batch.append(one)
        characters += len(one.document.text) + len(one.spans)
        if len(batch) == _DOCUMENTS or characters >= _CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _given(document: Document, how: _How) -> _Given:
    """The document as it is stored; what the database would refuse, or keep and never give back, is refused here."""
    key, spans = document.id, document.spans
    if not 1 <= len(key) <= _LONGEST_KEY:
        _refuse(document, f"its id has {len(key)} characters", f"1 to {_LONGEST_KEY}")
    if "\0" in document.text or "\0" in key:
        _refuse(document, "there is a NUL character in its text or id", "text without U+0000")
    if not how.gold and (document.negatives or not document.complete):
        _refuse(document, "partial labels are what a person said", "an import as gold")
    least: float | None = None
    for span in spans + document.negatives:
        if len(span.label) > _LONGEST_LABEL:
            _refuse(document, f"a label has {len(span.label):,} characters", f"at most {_LONGEST_LABEL}")
        if how.labels and span.label not in how.labels:
            _refuse(document, f"no label {span.label!r} in this project", " | ".join(sorted(how.labels)))
        if (score := span.score) is None:
            continue
        if how.gold:
            _refuse(document, f"span [{span.start}, {span.end}) has a score", "gold spans without scores")
        if not 0 <= score <= 1:
            _refuse(document, f"the score of span [{span.start}, {span.end}) is {score}", "a number from 0 to 1")
        least = score if least is None else min(least, score)
    try:
        meta = _encode(dict(document.meta)) if document.meta else "{}"
        recorded = f"[{','.join([_record(span) for span in spans])}]"
        tokens, sentences = (
            None if ranges is None else _encode(ranges) for ranges in (document.tokens, document.sentences)
        )
        (key + meta + recorded).encode()
    except (TypeError, ValueError, RecursionError) as error:
        _refuse(document, f"its metadata, id or labels cannot be stored: {error}", "JSON in UTF-8")
    if "\\u0000" in meta + recorded and (_NUL.search(meta) or _NUL.search(recorded)):
        _refuse(document, "there is a NUL character in its metadata or labels", "text without U+0000")
    return _Given(document, meta, tokens, sentences, recorded, least)


def _record(span: Span) -> str:
    """A span as a JSON Lines document has it; a tenth of the time that the library takes."""
    record = f'{{"start":{span.start},"end":{span.end},"label":{_quoted(span.label)}'
    if span.score is not None:
        record += f',"score":{float(span.score)!r}'
    if span.source is not None:
        record += f',"source":{_quoted(span.source)}'
    if span.kb_id is not None:
        record += f',"kb_id":{_quoted(span.kb_id)}'
    return record + "}"


def _refuse(document: Document, problem: str, fix: str) -> NoReturn:
    raise InputError(problem, where=f"document {document.id[:_LONGEST_KEY]!r}", fix=fix)


def _add(session: Session, batch: list[_Given], how: _How, before: ImportResult) -> ImportResult:
    plan_by_index(session)
    # One import at a time in a project, else two could bring one id.
    mine = select(models.Project.id).where(models.Project.id == how.project_id)
    session.execute(mine.with_for_update(key_share=True))
    texts = _texts(session, how.project_id, [one.document.id for one in batch])
    new: list[_Given] = []
    same, problems = 0, []
    for one in batch:
        key, said = one.document.id, one.document.text
        if (there := texts.get(key)) is None:
            texts[key] = said
            new.append(one)
        elif there == said:
            same += 1
        elif how.skip_conflicts:
            problems.append(f"document {key!r}: another text has this id")
        else:
            _refuse(one.document, "another text has this id", "an id for each text")
    opened = _insert(session, new, how) if new else 0
    return ImportResult(
        added=before.added + len(new),
        same=before.same + same,
        tasks=before.tasks + opened,
        conflicts=before.conflicts + len(problems),
        problems=(*before.problems, *problems)[:_PROBLEMS],
    )


def _texts(session: Session, project_id: int, keys: list[str]) -> dict[str, str]:
    """The texts that are there already."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    given = "json_each(:keys)" if sqlite else "unnest(CAST(:keys AS text[])) AS given(value)"
    # An inner query, as PostgreSQL may join by reading all documents of the project.
    one = "SELECT text FROM documents WHERE project_id = :project AND key = value"
    asked = {"project": project_id, "keys": _encode(keys) if sqlite else keys}
    rows = f"SELECT * FROM (SELECT value, ({one}) AS found FROM {given}) AS asked WHERE found IS NOT NULL"
    return {row.value: row.found for row in session.execute(text(rows), asked)}


def _insert(session: Session, new: list[_Given], how: _How) -> int:
    """The rows of new documents; how many tasks there are for them."""
    project, now = how.project_id, moment(session, how.now)
    ids = new_ids(session, _DOCUMENT, len(new))
    insert_rows(
        session,
        _DOCUMENT,
        ("id", "project_id", "key", "text", "meta", "tokens", "sentences", "created_at"),
        [
            (id, project, one.document.id, one.document.text, one.meta, one.tokens, one.sentences, now)
            for id, one in zip(ids, new, strict=True)
        ],
    )
    predictions: list[int | None] = [None] * len(new)
    if shown := [] if how.gold else [place for place, one in enumerate(new) if one.document.spans]:
        for place, id in zip(shown, new_ids(session, _PREDICTION, len(shown)), strict=True):
            predictions[place] = id
        insert_rows(
            session,
            _PREDICTION,
            ("id", "project_id", "document_id", "pipeline", "spans", "created_at"),
            [(predictions[place], project, ids[place], how.pipeline, new[place].spans, now) for place in shown],
        )
    if not (how.tasks or how.gold):
        return 0
    tasks = new_ids(session, _TASK, len(new))
    insert_rows(
        session,
        _TASK,
        (
            *("id", "project_id", "document_id", "prediction_id", "tier", "priority", "reason", "state", "events"),
            *("created_at", "overlap", "skill"),
        ),
        [
            (task, project, id, prediction, "annotator", *_why(one, how), "open", 0, now, how.overlap, how.skill)
            for task, id, prediction, one in zip(tasks, ids, predictions, new, strict=True)
        ],
    )
    if how.gold:
        _resolve(session, tasks, new, how)
    return len(new)


def _why(one: _Given, how: _How) -> tuple[float, str]:
    """The priority of a document's task, and why somebody should look at it."""
    if how.gold:
        return 0.0, _GOLD
    priority = how.priority if how.priority is not None else 0.0 if one.least is None else 1.0 - one.least
    return priority, "not yet annotated" if one.least is None else f"least score {one.least:.2f}"


def _resolve(session: Session, tasks: Sequence[int], new: list[_Given], how: _How) -> None:
    """What the file says is the final annotation of each task, as if the user had given it."""
    now = moment(session, how.now)
    ids = new_ids(session, _ANNOTATION, len(new))
    insert_rows(
        session,
        _ANNOTATION,
        (
            *("id", "project_id", "task_id", "revision", "author_id", "guideline_version_id", "complete", "spans"),
            *("created_at", "tier", "known"),
        ),
        [
            (
                *(id, how.project_id, task, 1, how.user_id, how.guideline_id, one.document.complete),
                *(len(one.document.spans) + len(one.document.negatives), now, "expert", _encode(one.document.known)),
            )
            for id, task, one in zip(ids, tasks, new, strict=True)
        ],
    )
    insert_rows(
        session,
        _SPAN,
        ("annotation_id", "number", "start", "end", "label", "surface", "negative", "kb_id"),
        [
            (id, number, span.start, span.end, span.label, span.text, negative, span.kb_id)
            for id, one in zip(ids, new, strict=True)
            for number, (span, negative) in enumerate(
                [(span, False) for span in one.document.spans] + [(span, True) for span in one.document.negatives]
            )
        ],
    )
    # One statement for each step, as PostgreSQL moves the tasks at the end of one.
    for number, (before, after) in enumerate(_TO_RESOLVED, 1):
        insert_rows(
            session,
            _EVENT,
            ("task_id", "number", "before", "after", "user_id", "reason", "at", "annotation_id"),
            [
                (task, number, before, after, how.user_id, _GOLD, now, None if after == "leased" else id)
                for id, task in zip(ids, tasks, strict=True)
            ],
        )

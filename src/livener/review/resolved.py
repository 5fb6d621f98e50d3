"""What a project's people settled, as documents: the final annotations of resolved tasks, and data sets of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from livener.datasets import split
from livener.datasets.splits import text_key
from livener.datasets.versions import DatasetVersion, DatasetVersions
from livener.errors import InputError
from livener.review import opinions
from livener.review.annotations import CALIBRATION
from livener.review.errors import NotFound
from livener.review.opinions import Opinion
from livener.store import Artefacts, Store
from livener.store.models import (
    Annotation,
    DatasetText,
    GuidelineVersion,
    Task,
    TaskEvent,
    TaskState,
    Tier,
)
from livener.store.models import Document as StoredDocument
from livener.text import Document, Span
from livener.text.ranges import merged, touches, within, without

SHARES: Mapping[str, float] = {"train": 0.8, "dev": 0.1, "test": 0.1}
"""How a data set is divided unless it is said."""

_AT_ONCE = 500
_EVERYTHING = 2**63 - 1
_LONGEST_NAME = 50
# What a database can compare with: others have no place in its columns, or in UTC.
_Moment = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(3000, 1, 1, tzinfo=UTC))]
_Number = Annotated[int, Field(ge=1, lt=2**31)]


@dataclass(frozen=True, slots=True)
class Settled:
    """A resolved document, and the final annotations that it is made of: a later one wins."""

    document: Document
    opinions: tuple[Opinion, ...]

    @property
    def learned(self) -> Document:
        """The document as it is learned from: what was left undecided is unknown, and labels that came later are
        unasked."""
        return _settled(self.opinions, learned=True)

    @property
    def tier(self) -> Tier:
        """The highest tier of those who settled it."""
        return max((one.tier for one in self.opinions), key=list(Tier).index)


class Filters(BaseModel):
    """Which final annotations count. Those that are empty let everything through.

    ``since`` (inclusive) and ``until`` (exclusive) are about the moment of decision, ``guidelines`` the numbers of
    the versions it was made under, ``tiers`` who decided. ``labels``: documents with a span of one of them, whole;
    ``meta``: documents whose metadata have one of the values under each key. Without ``partial``, answers to single
    questions do not count.

    >>> Filters.of({"labels": ["ORG"], "meta": {"source": ["news", "web"]}}).labels
    ('ORG',)
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    since: _Moment | None = None
    until: _Moment | None = None
    guidelines: tuple[_Number, ...] = ()
    labels: tuple[str, ...] = ()
    meta: dict[str, tuple[str | int | float | bool | None, ...]] = {}
    tiers: tuple[Tier, ...] = ()
    partial: bool = True

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Filters":
        """Those that a request or a file names.

        Raises:
            InputError: an unknown key, or a value that cannot be one.
        """
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, ("filters", *first["loc"])))
            raise InputError(first["msg"], where=where, fix=f"keys: {', '.join(cls.model_fields)}") from None

    def as_dict(self) -> dict[str, Any]:
        """What was set, as JSON values: the lineage of a dataset version."""
        return self.model_dump(mode="json", exclude_defaults=True)


def final(project_id: int) -> list[ColumnElement[bool]]:
    """What joins `Task`, `TaskEvent` and `Annotation` to the tasks that are resolved now and their final annotation.

    Tasks of calibration sessions are none. A task's state is where its last event led: no event is searched for.
    """
    calibration = func.substr(func.coalesce(Task.batch, ""), 1, len(CALIBRATION))
    return [
        Task.project_id == project_id,
        Task.state == TaskState.RESOLVED,
        calibration != CALIBRATION,
        TaskEvent.task_id == Task.id,
        TaskEvent.number == Task.events,
        Annotation.id == TaskEvent.annotation_id,
    ]


def documents(session: Session, project_id: int, *, filters: Filters | None = None) -> Iterator[Document]:
    """The resolved documents, streaming, in the order in which they came into the project.

    What was decided at a higher tier, and then later, wins. An answer to single questions changes only what it is
    about; where nobody annotated the whole document, all answers together are one that is not complete. What comes
    from here is trained on: texts of the golden set are left out, and what was left undecided is unknown.
    """
    for one in _documents(session, project_id, filters or Filters()):
        yield one.learned


def latest(session: Session, project_id: int, *, documents: int, characters: int) -> tuple[list[Settled], int]:
    """The resolved documents that came last into the project, as many as that and no more text; and how many are.

    They are in the order in which they came; texts of the golden set are left out of them.
    """
    ended = Task.project_id == project_id, Task.state == TaskState.RESOLVED
    mine = select(Task.document_id.label("id")).where(*ended).distinct()
    every = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    newest = mine.order_by(Task.document_id.desc()).limit(documents).subquery()
    lengths = select(StoredDocument.id, func.length(StoredDocument.text)).join(
        newest, newest.c.id == StoredDocument.id
    )
    first, left = _EVERYTHING, characters
    for one, length in session.execute(lengths.order_by(StoredDocument.id.desc())):
        left -= length
        if left < 0 and first != _EVERYTHING:
            break
        first = one
    return list(_documents(session, project_id, Filters(), first=first)), every


def of_document(session: Session, project_id: int, key: str) -> Settled | None:
    """The document with this id as it is settled; None where it is not, or where its text is in the golden set.

    Raises:
        NotFound: the project has no such document.
    """
    asked = select(StoredDocument.id).where(StoredDocument.project_id == project_id, StoredDocument.key == key)
    one = session.scalar(asked)
    if one is None:
        raise NotFound(f"no document {key!r} in this project")
    return next(_documents(session, project_id, Filters(), first=one, last=one), None)


def create_dataset(
    store: Store,
    artefacts: Artefacts,
    project_id: int,
    *,
    name: str,
    now: datetime,
    filters: Filters | None = None,
    shares: Mapping[str, float] = SHARES,
    parents: Sequence[str] = (),
) -> DatasetVersion:
    """A dataset version of the resolved documents, with its lineage: the guidelines that they were made under.

    A document goes to a split by its text, and stays there from version to version as long as ``shares`` do.

    Raises:
        InputError: nothing is resolved that the filters let through; shares that do not add up, or of parts that
            cannot be named so; an unknown parent.
    """
    for part in shares:
        if not (part.isascii() and part.isidentifier() and len(part) <= _LONGEST_NAME):  # it names a file
            raise InputError(f"a split cannot be named {part[:60]!r}", where="splits", fix="a word such as train")
    filters = filters or Filters()
    with store.reading() as session:
        found = [
            (one.learned, {said.guideline for said in one.opinions})
            for one in _documents(session, project_id, filters)
        ]
    if not found:
        raise InputError("no resolved document passes the filters", where="filters", fix="at least one")
    return DatasetVersions(store, artefacts, project=project_id).create(
        name,
        split([document for document, _ in found], shares),
        created=now,
        parents=parents,
        guidelines=sorted({number for _, numbers in found for number in numbers}),
        filters=filters.as_dict(),
    )


def _documents(
    session: Session, project_id: int, filters: Filters, *, first: int = 0, last: int = _EVERYTHING
) -> Iterator[Settled]:
    """Each document from ``first`` to ``last`` (ids inside) that the filters let through."""
    id = StoredDocument.id
    ids = select(id).where(StoredDocument.project_id == project_id, id <= last).order_by(id)
    while some := list(session.scalars(ids.where(id >= first).limit(_AT_ONCE))):
        asked = select(Task.document_id, Annotation.id).where(
            *final(project_id), *_conditions(filters), Task.document_id.between(some[0], some[-1])
        )
        order = [Task.document_id, *(Annotation.tier == tier for tier in reversed(Tier)), TaskEvent.at, Annotation.id]
        rows = session.execute(asked.order_by(*order)).all()
        found: dict[int, list[Opinion]] = {}
        for row, opinion in zip(rows, opinions.load(session, [row.id for row in rows]), strict=True):
            found.setdefault(row.document_id, []).append(opinion)
        settled = [Settled(_settled(said), tuple(said)) for said in found.values()]
        golden = _golden(session, project_id, [one.document.text for one in settled])
        for one in settled:
            if _passes(one.document, filters) and text_key(one.document.text) not in golden:
                yield one
        first = some[-1] + 1


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.since:
        conditions.append(TaskEvent.at >= filters.since)
    if filters.until:
        conditions.append(TaskEvent.at < filters.until)
    if filters.tiers:
        conditions.append(Annotation.tier.in_(filters.tiers))
    if filters.guidelines:
        numbers = select(GuidelineVersion.id).where(GuidelineVersion.number.in_(filters.guidelines))
        conditions.append(Annotation.guideline_version_id.in_(numbers))
    if not filters.partial:
        conditions.append(Annotation.complete.is_(True))
    return conditions


def _settled(said: Sequence[Opinion], *, learned: bool = False) -> Document:
    """One document of final annotations, of which a later one wins."""
    first, *later = ((one.document.complete, one.learned if learned else one.document) for one in said)
    found = first[1]
    for whole, document in later:
        found = document if whole else _answered(found, document)
    return found


def _answered(document: Document, answer: Document) -> Document:
    """The document with an answer to single questions, or about parts: what contradicts it goes."""
    wrong = {_key(span) for span in answer.negatives}
    right = {_key(span) for span in answer.spans}
    spans = [
        span
        for span in document.spans
        if _key(span) not in wrong | right
        and not touches(span.start, span.end, answer.known)
        and not any(_contradict(span, one) for one in answer.spans)
    ]
    # A complete document says of everything else that it is wrong.
    if document.complete:
        return replace(document, spans=(*spans, *answer.spans))
    negatives = [
        span
        for span in document.negatives
        if _key(span) not in wrong | right and not within(span.start, span.end, answer.known)
    ]
    # Of a place whose span turns out to be none it is no longer known what is there.
    gone = [(span.start, span.end) for span in document.spans if _key(span) in wrong]
    return replace(
        document,
        spans=(*spans, *answer.spans),
        negatives=(*negatives, *answer.negatives),
        known=merged([*without(document.known, gone), *answer.known]),
        unasked=tuple(dict.fromkeys((*document.unasked, *answer.unasked))),
    )


def _contradict(span: Span, other: Span) -> bool:
    """Whether they are of one range, or cross: one inside the other is well."""
    if (span.start, span.end) == (other.start, other.end):
        return True
    return span.start < other.start < span.end < other.end or other.start < span.start < other.end < span.end


def _key(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.label


def _passes(document: Document, filters: Filters) -> bool:
    if filters.labels and not any(span.label in filters.labels for span in document.spans):
        return False
    return all(document.meta.get(key) in values for key, values in filters.meta.items())


def _golden(session: Session, project_id: int, texts: Sequence[str]) -> set[str]:
    mine = select(DatasetText.text_key).where(DatasetText.project_id == project_id, DatasetText.golden)
    return set(session.scalars(mine.where(DatasetText.text_key.in_([text_key(text) for text in texts]))))

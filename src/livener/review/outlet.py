"""What goes out of a project: its documents with what was settled, with all that people said, or with predictions."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from livener import formats
from livener.errors import InputError
from livener.formats import Report, jsonl
from livener.formats.json_records import encoded
from livener.formats.target import write_text
from livener.review import opinions, resolved
from livener.store import models
from livener.text import Document, Range, Span

if TYPE_CHECKING:
    from livener.recognizers.base import Progress

What = Literal["resolved", "annotations", "predictions"]

_AT_ONCE = 500
_FIRST_OF_ZIP = (1980, 1, 1, 0, 0, 0)  # the same documents are the same bytes
_Item = TypeVar("_Item")


def export(
    session: Session,
    project_id: int,
    path: str | Path,
    *,
    what: str = "resolved",
    format: str | None = None,
    report: Report | None = None,
    progress: "Progress | None" = None,
) -> int:
    """Write a project's documents to a file, whole or not at all, in the order in which they came; how many.

    ``resolved`` are those with a final annotation, ``predictions`` those with one, of which the newest is shown;
    both go into any format that ``formats.write`` knows, and one that is a folder of files becomes a zip archive of
    them. ``annotations`` has a JSON line for each document that somebody annotated, with every revision: its author,
    tier, guideline version and time. Memory does not grow with the project.

    Raises:
        InputError: as ``formats.write``; or annotations in another format than ``jsonl``, or no such ``what``.

    >>> from datetime import UTC, datetime
    >>> from livener.review.intake import import_documents
    >>> from livener.store import Store
    >>> folder, now = Path(tempfile.mkdtemp()), datetime(2024, 5, 1, tzinfo=UTC)
    >>> with Store(f"sqlite:///{folder}/store.db") as store:
    ...     store.upgrade()
    ...     with store.writing() as session:
    ...         session.add(models.Project(id=1, name="contracts", settings={}, created_at=now))
    ...     _ = import_documents(store, 1, [Document("Apple rose.", "d1", spans=(Span(0, 5, "ORG", 0.5),))], now=now)
    ...     with store.reading() as session:
    ...         export(session, 1, folder / "out.inline", what="predictions"), (folder / "out.inline").read_text()
    (1, '# id = d1\\n[Apple](ORG) rose.\\n\\n')
    >>> shutil.rmtree(folder)
    """
    _check(what)
    if what == "annotations":
        if format not in {None, "jsonl"}:
            raise InputError(f"annotations cannot be written as {format}", fix="jsonl")
        said = _Counted(_annotations(session, project_id), progress)
        write_text(said, path)
        return said.count
    documents = _Counted(_documents(session, project_id, what), progress)
    if str(path) == "-":
        return formats.write(documents, path, format=format, report=report)
    path = Path(path)
    if not path.resolve().parent.is_dir():
        raise InputError("no such folder", where=str(path.parent))
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.resolve().parent) as work:
        made = Path(work) / path.name
        try:
            formats.write(documents, made, format=format, report=report)
        except InputError as error:
            where = error.where and error.where.replace(str(made), str(path))
            raise InputError(error.problem, where=where, fix=error.fix) from None
        (_zipped(made) if made.is_dir() else made).replace(path)
    return documents.count


def lines(session: Session, project_id: int, *, what: str = "resolved") -> Iterator[str]:
    """The same as JSON Lines, one after the other, while they are read.

    Raises:
        InputError: no such ``what``.
    """
    _check(what)
    if what == "annotations":
        return _annotations(session, project_id)
    return jsonl.write(_documents(session, project_id, what), Report())


def _check(what: str) -> None:
    if what not in get_args(What):
        raise InputError(f"nothing is called {what!r}", fix=" | ".join(get_args(What)))


def _documents(session: Session, project_id: int, what: str) -> Iterator[Document]:
    return resolved.documents(session, project_id) if what == "resolved" else _predicted(session, project_id)


class _Counted(Iterable[_Item]):
    """The same items; how many there were."""

    def __init__(self, items: Iterable[_Item], progress: "Progress | None") -> None:
        self._items, self._progress = items, progress
        self.count = 0

    def __iter__(self) -> Iterator[_Item]:
        for item in self._items:
            self.count += 1
            yield item
            if self._progress and self.count % _AT_ONCE == 0:
                self._progress(self.count, 0, {})


def _predicted(session: Session, project_id: int) -> Iterator[Document]:
    """The documents with their newest prediction."""
    prediction = models.Prediction
    for ids in _pages(session, project_id):
        newest = (
            select(func.max(prediction.id)).where(prediction.document_id.in_(ids)).group_by(prediction.document_id)
        )
        rows = session.execute(
            select(models.Document, prediction.spans)
            .join(prediction, prediction.document_id == models.Document.id)
            .where(prediction.id.in_(newest))
            .order_by(models.Document.id)
        )
        for row, spans in rows:
            yield Document(
                row.text,
                row.key,
                row.meta,
                tuple(Span(**{key: value for key, value in span.items() if key != "text"}) for span in spans),
                _ranges(row.tokens),
                _ranges(row.sentences),
            )
        session.expunge_all()


def _annotations(session: Session, project_id: int) -> Iterator[str]:
    """A line for each document that somebody annotated."""
    annotation, task = models.Annotation, models.Task
    for ids in _pages(session, project_id):
        rows = session.execute(
            select(task.document_id, annotation.id, annotation.active_seconds, task.batch)
            .join(task, task.id == annotation.task_id)
            .where(task.document_id.in_(ids))
            .order_by(task.document_id, annotation.id)
        ).all()
        said: dict[int, list[dict[str, object]]] = {}
        documents: dict[int, Document] = {}
        for row, opinion in zip(rows, opinions.load(session, [row.id for row in rows]), strict=True):
            documents[row.document_id] = opinion.document
            more = {"task_id": opinion.task_id, "batch": row.batch, "active_seconds": row.active_seconds}
            said.setdefault(row.document_id, []).append(opinion.as_dict() | more)
        for id, document in documents.items():
            record: dict[str, object] = {"id": document.id, "text": document.text, "meta": dict(document.meta)}
            record |= {"tokens": document.tokens, "sentences": document.sentences, "annotations": said[id]}
            yield encoded(record, document) + "\n"


def _pages(session: Session, project_id: int) -> Iterator[list[int]]:
    """The ids of the project's documents, a page at a time."""
    id = models.Document.id
    asked = select(id).where(models.Document.project_id == project_id).order_by(id).limit(_AT_ONCE)
    last = 0
    while ids := list(session.scalars(asked.where(id > last))):
        yield ids
        last = ids[-1]


def _ranges(stored: list[list[int]] | None) -> tuple[Range, ...] | None:
    return None if stored is None else tuple((start, end) for start, end in stored)


def _zipped(folder: Path) -> Path:
    """The files of a folder as an archive beside it."""
    archive = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(archive, "x") as out:
        for file in sorted(folder.iterdir()):
            about = zipfile.ZipInfo(file.name, _FIRST_OF_ZIP)
            about.compress_type = zipfile.ZIP_DEFLATED
            with file.open("rb") as source, out.open(about, "w") as target:
                shutil.copyfileobj(source, target)
    return archive

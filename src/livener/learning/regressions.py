"""The examples that every model of a project must pass before it serves: what past incidents taught.

Needs the extra ``server``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from livener.errors import InputError
from livener.store import models  # before sqlalchemy: it says which extra is missing
from livener.text import Document, Span

# isort: split
from sqlalchemy import select
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Regression:
    """A text; ``document.spans`` must be found in it and ``document.negatives`` must not.

    Nothing is said about the rest of the text.
    """

    id: int
    document: Document
    note: str
    user: str | None
    created_at: datetime


def add(
    session: Session, project: int, document: Document, *, now: datetime, note: str = "", by: int | None = None
) -> Regression:
    """A new example; only its text, spans and negatives are kept.

    Raises:
        InputError: it has neither spans nor negatives, or one span is both.
    """
    required, forbidden = ([_kept(span) for span in spans] for spans in (document.spans, document.negatives))
    if not required and not forbidden:
        raise InputError("an example asks for nothing", fix="spans that must be found, or negatives that must not")
    if both := [span for span in required if span in forbidden]:
        raise InputError(f"a span must be found and must not: {both[0]}", fix="one of both")
    row = models.Regression(
        project_id=project,
        text=document.text,
        spans=required,
        negatives=forbidden,
        note=note,
        author_id=by,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return _shown(row, session.get_one(models.User, by).name if by else None)


def end(session: Session, project: int, id: int) -> None:
    """Ask for it no longer, since the guidelines say otherwise now.

    Raises:
        InputError: there is no such example.
    """
    row = session.get(models.Regression, id)
    if row is None or row.project_id != project or row.ended:
        raise InputError(f"no example {id}", fix="the id of an example of this project")
    row.ended = True


def listed(session: Session, project: int, *, after: int = 0, limit: int | None = None) -> list[Regression]:
    """The examples, oldest first, of ids over ``after``."""
    kind = models.Regression
    asked = select(kind, models.User.name).outerjoin(models.User, models.User.id == kind.author_id)
    asked = asked.where(kind.project_id == project, kind.ended.is_(False), kind.id > after)
    return [_shown(row, user) for row, user in session.execute(asked.order_by(kind.id).limit(limit))]


def _kept(span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "label": span.label}


def _shown(row: models.Regression, user: str | None) -> Regression:
    spans, negatives = (tuple(Span(**span) for span in spans) for spans in (row.spans, row.negatives))
    document = Document(row.text, str(row.id), spans=spans, negatives=negatives, complete=False)
    return Regression(row.id, document, row.note, user, row.created_at)

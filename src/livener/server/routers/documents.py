"""Documents of a project, as they are."""

from typing import Annotated

from fastapi import Query

from livener.client.answers import Page, StoredDocument
from livener.review import listing
from livener.server import paging
from livener.server.bodies import Key, Line
from livener.server.calls import Call
from livener.server.paging import Cursor, Limit
from livener.server.routes import Routes
from livener.store.models import ErrorType, Role

routes = Routes("documents", prefix="/v1/projects/{project}/documents")
Score = Annotated[float, Query(ge=0, le=1)]


@routes.get("", allow=Role.REVIEWER, answer=Page[StoredDocument])
def list_documents(
    call: Call,
    text: Line | None = None,
    label: Line | None = None,
    surface: Line | None = None,
    source: Line | None = None,
    confidence_below: Score | None = None,
    error: ErrorType | None = None,
    disputed: bool = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> object:
    """The documents, as they came; filtered by their text, by a span that was predicted or annotated, by an error
    that was corrected in them, or to those that people disputed."""
    filters = listing.DocumentFilters(text, label, surface, source, confidence_below, error, disputed)
    after = paging.after(cursor, of=(int,)) or (0,)
    found = listing.documents(call.session, call.project.id, filters=filters, after=after[0], limit=limit + 1)
    return paging.page(found, limit=limit, key=lambda row: [row[0]], answer=lambda row: row[1])


@routes.get("/{key:path}", allow=Role.REVIEWER, answer=StoredDocument)
def read_document(call: Call, key: Key) -> object:
    """One document, by its id."""
    return listing.document(call.session, call.project.id, key)

"""Dataset versions: made of what was resolved, compared, and given out."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Path
from sqlalchemy.orm import Session

from livener.client.answers import Dataset, DatasetDiff, Page
from livener.datasets.versions import DatasetVersions
from livener.formats import Report, jsonl
from livener.review import resolved
from livener.server import paging
from livener.server.bodies import DatasetGiven, Line
from livener.server.calls import Call
from livener.server.paging import Cursor, Limit
from livener.server.routes import Routes
from livener.store.models import Role

routes = Routes("datasets", prefix="/v1/projects/{project}/datasets")
Address = Annotated[str, Path(max_length=200)]


@routes.get("", allow=Role.REVIEWER, answer=Page[Dataset], session=None)
def list_datasets(call: Call, limit: Limit = 50, cursor: Cursor = None) -> object:
    """The dataset versions, oldest first."""
    (after,) = paging.after(cursor, of=(int,)) or (0,)
    found = list(enumerate(_versions(call).all(), 1))[after : after + limit + 1]
    return paging.page(found, limit=limit, key=lambda row: [row[0]], answer=lambda row: row[1])


@routes.post("", allow=Role.LEAD, answer=Dataset, status=201, session=None, remembered=True)
def create_dataset(call: Call, body: DatasetGiven) -> object:
    """A version of what is resolved now; the same documents under the same filters are the version that there is."""
    made = resolved.create_dataset(
        call.server.store,
        call.server.artefacts,
        call.project.id,
        name=body.name,
        now=call.now,
        filters=resolved.Filters.of(body.filters),
        shares=body.splits,
        parents=body.parents,
    )
    with call.server.writing() as call.transaction:
        call.audit("dataset.create", made.address, name=made.name)
    return made


@routes.get("/diff", allow=Role.REVIEWER, answer=DatasetDiff, session=None)
def read_diff(call: Call, old: Line, new: Line) -> object:
    """What changed from one version to another."""
    return _versions(call).diff(old, new)


@routes.get("/{address}", allow=Role.REVIEWER, answer=Dataset, session=None)
def read_dataset(call: Call, address: Address) -> object:
    """One version, with what it was made from."""
    return _versions(call).version(address)


@routes.get("/{address}/export/{split}", allow=Role.LEAD, media="application/jsonl", session=None)
def export_split(call: Call, address: Address, split: Annotated[str, Path(max_length=200)]) -> object:
    """The documents of a split with their spans, as JSON Lines."""
    documents = _versions(call).documents(address, split)

    def lines(_session: Session) -> Iterator[str]:
        yield from jsonl.write(documents, Report())

    return call.stream(lines, media="application/jsonl", name=f"{split}.jsonl")


def _versions(call: Call) -> DatasetVersions:
    return DatasetVersions(call.server.store, call.server.artefacts, project=call.project.id)

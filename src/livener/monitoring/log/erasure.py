"""Whose rows must never come back: by document or by person, kept as a hash of who it was."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

By = Literal["key", "person"]


@dataclass(frozen=True, slots=True)
class Erasure:
    """The rows of a project that are of one document, or about one person, up to a time."""

    project: int
    by: By
    digest: str
    until: datetime

    @classmethod
    def of(cls, project: int, *, by: By, value: str, until: datetime) -> Self:
        """Of the document with this id, or the person that is called so in the metadata of documents."""
        return cls(project, by, hashlib.sha256(value.encode()).hexdigest(), until)

    @classmethod
    def read(cls, noted: Mapping[str, Any]) -> Self:
        """From what `noted` gave."""
        return cls(noted["project"], noted["by"], noted["digest"], datetime.fromisoformat(noted["until"]))

    def noted(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self) | {"until": self.until.astimezone(UTC).isoformat()}

    def matches(self, documents: pa.Table) -> pa.Array:
        """Which rows it is about, as booleans."""
        column = documents[self.by]
        values = pc.unique(column).to_pylist()
        hit = [one for one in values if one and hashlib.sha256(one.encode()).hexdigest() == self.digest]
        until = pa.scalar(self.until, pa.timestamp("us", "UTC"))
        of_project = pc.equal(documents["project"], self.project)
        in_time = pc.less_equal(documents["time"], until)
        return pc.and_(pc.and_(pc.is_in(column, pa.array(hit, pa.string())), of_project), in_time)


def without(documents: pa.Table, spans: pa.Table, erasures: Iterable[Erasure]) -> tuple[pa.Table, pa.Table]:
    """The rows that are about nobody who was erased."""
    gone = np.zeros(documents.num_rows, bool)
    for erasure in erasures:
        gone |= erasure.matches(documents).to_numpy(zero_copy_only=False)
    if not gone.any():
        return documents, spans
    ids = documents["id"].filter(pa.array(gone))
    return documents.filter(pa.array(~gone)), spans.filter(pc.invert(pc.is_in(spans["id"], ids.combine_chunks())))

"""Documents of the store as a pipeline reads them, and spans as the store keeps them."""

from typing import Any

from livener.store.models import Document as StoredDocument
from livener.text import Document, Span

COLUMNS = (
    *(StoredDocument.key, StoredDocument.text, StoredDocument.meta),
    *(StoredDocument.tokens, StoredDocument.sentences),
)


def document_of(row: Any) -> Document:
    """A row with `COLUMNS`, without spans."""
    tokens, sentences = (
        None if ranges is None else tuple((start, end) for start, end in ranges)
        for ranges in (row.tokens, row.sentences)
    )
    return Document(row.text, row.key, row.meta, (), tokens, sentences)


def record(span: Span) -> dict[str, Any]:
    """A span of a prediction.

    >>> record(Span(0, 5, "ORG", score=0.5))
    {'start': 0, 'end': 5, 'label': 'ORG', 'score': 0.5}
    """
    known = {"score": span.score, "source": span.source, "kb_id": span.kb_id}
    found = {name: value for name, value in known.items() if value is not None}
    return {"start": span.start, "end": span.end, "label": span.label, **found}

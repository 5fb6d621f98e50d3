"""The sample project: about 600 annotated sentences of news and contracts, written for livener."""

from importlib.resources import as_file, files

from livener.formats import read
from livener.text import Document

_PARTS = ("news.inline", "contracts.inline")


def sample(split: str | None = None) -> list[Document]:
    """The documents of the sample, or those of its part ``train``, ``dev`` or ``test``.

    ``meta["kind"]`` is ``"news"`` or ``"contract"``: a company is an ORG in one and a LEGAL_ENTITY in the other.

    >>> {document.meta["kind"] for document in sample("test")} == {"news", "contract"}
    True
    """
    documents: list[Document] = []
    for part in _PARTS:
        with as_file(files("livener.demo") / "sample" / part) as path:
            documents += read(path)
    return [document for document in documents if split in (None, document.meta["split"])]


def outermost(document: Document) -> Document:
    """The document without the spans that begin inside an earlier one, as a flat recognizer needs it.

    >>> from livener.text import Span
    >>> court = Document("Supreme Court of Delaware", spans=(Span(0, 25, "COURT"), Span(17, 25, "GPE")))
    >>> [span.label for span in outermost(court).spans]
    ['COURT']
    """
    kept = []
    reach = 0
    for span in sorted(document.spans, key=lambda span: (span.start, -span.end)):
        if span.start >= reach:
            kept.append(span)
            reach = span.end
    return document.with_spans(tuple(kept))

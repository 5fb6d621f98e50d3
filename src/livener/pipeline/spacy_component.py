"""A livener model as a component of a spaCy pipeline: ``nlp.add_pipe("livener", config={"model": "model/"})``.

spaCy finds it by entry point, so that nothing need be imported. Sentences and tokens are those of the ``Doc``.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import filter_spans

from livener.errors import InputError
from livener.pipeline.model_directory import load
from livener.pipeline.run import Pipeline
from livener.text import Document

GROUP = "livener"
"""The span group that holds all spans, nested ones too; its ``attrs["scores"]`` are theirs."""


@Language.factory("livener", default_config={"model": None}, assigns=["doc.ents"])
def make(nlp: Language, name: str, model: str | None) -> "Component":  # noqa: ARG001  (spaCy passes them by name)
    """The component of a model directory.

    Raises:
        InputError: no ``model`` is given, or it cannot be loaded.
    """
    if model is None:
        raise InputError("no model is given", where=name, fix='config={"model": "model/"}')
    return Component(load(model), str(Path(model).resolve()))


class Component:
    """Puts what a livener pipeline finds into ``doc.ents`` and into the span group ``livener``."""

    def __init__(self, pipeline: Pipeline, model: str) -> None:
        self.pipeline = pipeline
        self.model = model

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that it can give."""
        return self.pipeline.labels

    def __call__(self, doc: Doc) -> Doc:
        """The same ``Doc`` with its entities."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """A stream of ``Doc``; what is not read yet is not held."""
        waiting: list[Doc] = []

        def documents() -> Iterator[Document]:
            for doc in stream:
                waiting.append(doc)
                yield _document(doc)

        for found in self.pipeline.pipe(documents(), batch_size=batch_size):
            yield _marked(waiting.pop(0), found)


def _document(doc: Doc) -> Document:
    tokens = tuple([(token.idx, token.idx + len(token)) for token in doc if not token.is_space])
    sentences = None
    if doc.has_annotation("SENT_START"):
        sentences = tuple([(one.start_char, one.end_char) for one in doc.sents])
    return Document(doc.text, tokens=tokens, sentences=sentences)


def _marked(doc: Doc, found: Document) -> Doc:
    spans: list[Any] = []
    scores = []
    for span in found.spans:
        one = doc.char_span(span.start, span.end, span.label, kb_id=span.kb_id or "", alignment_mode="expand")
        spans.append(one)
        scores.append(span.score)
    doc.spans[GROUP] = spans
    doc.spans[GROUP].attrs["scores"] = scores
    kept = filter_spans(spans)
    taken = {token.i for span in kept for token in span}
    others = [one for one in doc.ents if not taken & {token.i for token in one}]
    doc.set_ents([*kept, *others])
    return doc

"""What all adapters give for a text: plain values that every library can hold."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypedDict

from livener.pipeline import Pipeline, load
from livener.text import Document


class Entity(TypedDict):
    """A span: ``[start, end)`` in code points of the text."""

    start: int
    end: int
    text: str
    label: str
    score: float | None
    kb_id: str | None


Model = Pipeline | str | Path
"""A pipeline, or what `livener.load` takes."""


def pipeline_of(model: Model) -> Pipeline:
    """The pipeline that it is, or that is there."""
    return model if isinstance(model, Pipeline) else load(model)


def entities(document: Document) -> list[Entity]:
    """The spans of a document.

    >>> from livener.text import Span
    >>> entities(Document("Ada left.", spans=(Span(0, 3, "PERSON", 0.9),)))
    [{'start': 0, 'end': 3, 'text': 'Ada', 'label': 'PERSON', 'score': 0.9, 'kb_id': None}]
    """
    return [
        {"start": s.start, "end": s.end, "text": s.text, "label": s.label, "score": s.score, "kb_id": s.kb_id}
        for s in document.spans
    ]


def entities_of(nlp: Pipeline, texts: Iterable[Any]) -> Iterator[list[Entity]]:
    """The entities of each text, in order; of what is no text (missing values) there are none."""
    documents = (Document(text if isinstance(text, str) else "") for text in texts)
    return map(entities, nlp.pipe(documents))

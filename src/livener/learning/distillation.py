"""A teacher labels text that nobody has labelled, for a faster student to learn from."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from livener.pipeline import Pipeline
from livener.text import Document


def taught(teacher: Pipeline, texts: Iterable[str | Document], *, least: float = 0.5) -> Iterator[Document]:
    """The texts with what ``teacher`` finds in them; one in which it is less sure of a span than ``least`` is left
    out.

    Source: Hinton et al. 2015, "Distilling the Knowledge in a Neural Network", with the labels alone.

    >>> from livener.recognizers.registry import get
    >>> teacher = Pipeline(get("patterns")())
    >>> [[span.label for span in one.spans] for one in taught(teacher, ["Pay $5 on 5 May 2024."])]
    [['MONEY', 'DATE']]
    """
    for document in teacher.pipe(texts):
        if all(span.score is None or span.score >= least for span in document.spans):
            spans = tuple([replace(span, score=None, source=None, kb_id=None) for span in document.spans])
            yield document.with_spans(spans)

"""Spans as JSON, written as they are: what writes any object looks at all its fields, and takes longer."""

from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring  # leaves letters of all scripts as they are
from math import isfinite

from livener.text import Document, Span

quoted = encode_basestring


def spans(found: Iterable[Span]) -> str:
    """A JSON array of spans.

    >>> spans([Span(0, 5, "ORG", 0.5, text="Acmé")])
    '[{"start":0,"end":5,"label":"ORG","score":0.5,"source":null,"kb_id":null,"text":"Acmé"}]'
    """
    return f"[{','.join([_span(span) for span in found])}]"


def documents(found: Sequence[Document]) -> str:
    """A JSON array of the ids of documents, each with its spans.

    >>> documents([Document("Acme", "a")])
    '[{"id":"a","spans":[]}]'
    """
    made = [
        f'{{"id":{quoted(document.id)},"spans":{spans(document.spans) if document.spans else "[]"}}}'
        for document in found
    ]
    return f"[{','.join(made)}]"


def _span(span: Span) -> str:
    score, source, kb_id = span.score, span.source, span.kb_id
    return (
        f'{{"start":{span.start},"end":{span.end},"label":{quoted(span.label)}'
        f',"score":{"null" if score is None or not isfinite(score) else float.__repr__(float(score))}'
        f',"source":{"null" if source is None else quoted(source)}'
        f',"kb_id":{"null" if kb_id is None else quoted(kb_id)},"text":{quoted(span.text)}}}'
    )

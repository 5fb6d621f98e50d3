"""Small annotated texts for the tests of recognizers."""

import re
from itertools import cycle, islice
from typing import Any

from livener.text import Document, Sentence, Span
from livener.text.segment import Segmenter

_MARK = re.compile(r"\[([^]]*)\]\(([^)]*)\)")
_TEMPLATES = (
    "[{}](PER) joined [{}](ORG) in [{}](LOC) last week .",
    "In [{2}](LOC) , Mr. [{0}](PER) sued [{1}](ORG) .",
    "[{1}](ORG) opened a plant near [{2}](LOC) .",
    "He said that [{0}](PER) left .",
    "The weather was fine and nothing happened .",
)
_PEOPLE = ("Ann Lee", "Jordan Hale", "May Brown", "Ada King", "Émile Zola")
_COMPANIES = ("Acme Corp.", "Shell", "Apple Inc.", "Delta Ltd")
_PLACES = ("Oslo", "Jordan", "東京", "Cairo", "Łódź", "Lima", "Paris")


def marked(text: str, **options: Any) -> Document:
    """The document of an inline mark-up: ``[Ann Lee](PER) left``."""
    plain, spans, at = "", [], 0
    for match in _MARK.finditer(text):
        plain += text[at : match.start()]
        spans.append(Span(len(plain), len(plain) + len(match[1]), match[2]))
        plain, at = plain + match[1], match.end()
    return Document(plain + text[at:], spans=tuple(spans), **options)


def sentences(*documents: Document | str) -> list[Sentence]:
    """All sentences of documents, or of texts in mark-up."""
    segment = Segmenter().sentences
    return [s for one in documents for s in segment(marked(one) if isinstance(one, str) else one)]


def news(count: int, *, skip: int = 0) -> list[Sentence]:
    """Sentences of people, companies and places; those after ``skip`` differ from those before."""
    names = zip(cycle(_PEOPLE), cycle(_COMPANIES), cycle(_PLACES), cycle(_TEMPLATES), strict=False)
    chosen = islice(names, skip, skip + count)
    return sentences(*(template.format(*three) for *three, template in chosen))


def found(spans: list[list[Span]]) -> list[list[tuple[str, str]]]:
    """What was found in each sentence: (surface form, label)."""
    return [[(span.text, span.label) for span in one] for one in spans]

"""More documents from those that there are: other names in the same places, templates, translation there and back.

What is made is a candidate; `Inspection` lets through only what holds its checks.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import entry_points
from itertools import pairwise

import numpy as np

from livener.datasets.splits import text_key
from livener.errors import InputError
from livener.text import Document, Range, Segmenter, Span, tokenize

Names = Mapping[str, Sequence[str]]
"""Surface forms by label."""
Translate = Callable[[Sequence[str]], Sequence[str]]
"""From texts in one language to the same in another."""
GROUP = "livener.translators"
_PLACE = re.compile(r"\{([^{}]+)\}")
_MARK = re.compile(r"\[\[(\d+)\]\]")
_SURE = 0.95


def names_of(documents: Iterable[Document]) -> dict[str, list[str]]:
    """The surface forms of each label, sorted, each once.

    >>> names_of([Document("Ann met Bob.", spans=(Span(0, 3, "PER"), Span(8, 11, "PER")))])
    {'PER': ['Ann', 'Bob']}
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for document in documents:
        for span in document.spans:
            found[span.label].add(span.text)
    return {label: sorted(forms) for label, forms in sorted(found.items())}


def other_names(
    documents: Iterable[Document], names: Names, *, rng: np.random.Generator, share: float = 0.5, copies: int = 1
) -> Iterator[Document]:
    """Each document ``copies`` times with a ``share`` of its spans replaced by other names of their label.

    A span in capitals gets one in capitals. Documents with nested spans, or with none, or only partly annotated, are
    left out. (Mention replacement: Dai and Adel 2020, "An Analysis of Simple Data Augmentation for Named Entity
    Recognition".)

    >>> rose = Document("Acme rose.", "d", spans=(Span(0, 4, "ORG"),))
    >>> [made] = other_names([rose], {"ORG": ["Acme", "Shell Oil"]}, rng=np.random.default_rng(0), share=1.0)
    >>> made.text, made.spans[0].text, made.id
    ('Shell Oil rose.', 'Shell Oil', 'd+1')
    """
    for document in documents:
        spans = sorted(document.spans, key=lambda span: span.start)
        if not spans or not document.complete or any(a.overlaps(b) for a, b in pairwise(spans)):
            continue
        for number in range(1, copies + 1):
            forms = [_other(span, names, rng) if rng.random() < share else span.text for span in spans]
            yield _rewritten(document, spans, forms, f"{document.id}+{number}")


def filled(
    templates: Iterable[str], names: Names, *, rng: np.random.Generator, copies: int = 10
) -> Iterator[Document]:
    """Each template ``copies`` times, with a name of the label in each of its places: ``{PER} joined {ORG}.``

    Raises:
        InputError: a template without a place, or with a label that has no names.

    >>> [made] = filled(["{PER} left."], {"PER": ["Ann"]}, rng=np.random.default_rng(0), copies=1)
    >>> made.text, made.spans[0].label
    ('Ann left.', 'PER')
    """
    for line, template in enumerate(templates, start=1):
        places = list(_PLACE.finditer(template))
        for label in [place[1] for place in places] or [""]:
            if not names.get(label):
                raise InputError(
                    f"no names for {label!r}" if label else "no place for a name",
                    where=f"template {line}",
                    fix=" | ".join(f"{{{known}}}" for known in names),
                )
        for number in range(1, copies + 1):
            text, spans, at = "", [], 0
            for place in places:
                form = str(rng.choice(np.array(names[place[1]], dtype=object)))
                text += template[at : place.start()]
                spans.append(Span(len(text), len(text) + len(form), place[1]))
                text, at = text + form, place.end()
            meta = {"augmented": {"by": "templates", "from": template}}
            yield Document(text + template[at:], f"template{line}+{number}", meta, tuple(spans))


def back_translated(documents: Iterable[Document], there: Translate, back: Translate) -> Iterator[Document]:
    """Each document in the words of a translation there and back; its entities stay as they are.

    Entities travel as marks (``[[0]]``). A document of which a mark did not come back exactly once is left out.

    >>> swap = lambda texts: [text.replace("rose", "went up") for text in texts]
    >>> rose = Document("Acme rose.", "d", spans=(Span(0, 4, "ORG"),))
    >>> [made] = back_translated([rose], lambda texts: texts, swap)
    >>> made.text, made.spans[0].text
    ('Acme went up.', 'Acme')
    """
    for document in documents:
        spans = sorted(document.spans, key=lambda span: span.start)
        if not document.complete or any(a.overlaps(b) for a, b in pairwise(spans)):
            continue
        text, at = "", 0
        for number, span in enumerate(spans):
            text, at = f"{text}{document.text[at : span.start]}[[{number}]]", span.end
        (came,) = back(there([text + document.text[at:]]))
        marks = [int(mark[1]) for mark in _MARK.finditer(came)]
        if sorted(marks) != list(range(len(spans))):
            continue
        text, found, at = "", [], 0
        for mark in _MARK.finditer(came):
            span = spans[int(mark[1])]
            text += came[at : mark.start()]
            found.append(Span(len(text), len(text) + len(span.text), span.label))
            text, at = text + span.text, mark.end()
        made = Document(text + came[at:], f"{document.id}+back", _meta(document, "translation"), tuple(found))
        yield replace(made, unasked=document.unasked)


def translator(name: str) -> tuple[Translate, Translate]:
    """The pair of translators, there and back, that another package announces as ``name`` in `GROUP`.

    Raises:
        InputError: there is none of that name.
    """
    points = list(entry_points(group=GROUP))
    for point in points:
        if point.name == name:
            there, back = point.load()
            return there, back
    known = " | ".join(sorted(point.name for point in points))
    raise InputError(f"no translator {name!r}", fix=known or f"a package with an entry point in {GROUP}")


@dataclass(slots=True)
class Inspection:
    """Lets through what is sound; ``rejected`` counts the rest by reason.

    * ``copy``: the text is one that was given, made before, or is among ``excluded`` (test data), but for case and
      spacing.
    * ``boundary``: a span does not begin and end with a token of one sentence.
    * ``article``: "a" stands before a vowel, or "an" before none, where a name was put.
    * ``contradicted``: ``model`` (documents to documents with predicted spans) is 95 % sure of another span, or
      another label, where one was put.

    >>> inspection = Inspection.of([Document("Acme rose.")])
    >>> made = [Document("Shell rose.", spans=(Span(0, 5, "ORG"),)), Document("acme ROSE.")]
    >>> [one.text for one in inspection(made)], dict(inspection.rejected)
    (['Shell rose.'], {'copy': 1})
    """

    seen: set[str]
    model: Callable[[Document], Document] | None = None
    segmenter: Segmenter = field(default_factory=Segmenter)
    rejected: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(
        cls,
        given: Iterable[Document],
        *,
        excluded: Iterable[Document] = (),
        model: Callable[[Document], Document] | None = None,
    ) -> "Inspection":
        """For candidates made from the ``given`` documents."""
        segmenter = Segmenter()
        seen = {text_key(document.text) for document in given}
        for document in excluded:  # its sentences too: one is as good as the whole for whoever learns it by heart
            parts = (document.text[slice(*s.original(0, len(s.text)))] for s in segmenter.sentences(document))
            seen |= {text_key(document.text), *map(text_key, parts)}
        return cls(seen, model, segmenter)

    def __call__(self, candidates: Iterable[Document]) -> Iterator[Document]:
        """Those that hold every check, in order."""
        for document in candidates:
            reason = self._reason(document)
            if reason:
                self.rejected[reason] += 1
            else:
                self.seen.add(text_key(document.text))
                yield document

    def _reason(self, document: Document) -> str | None:
        if text_key(document.text) in self.seen:
            return "copy"
        ranges = [
            [sentence.original(*token) for token in sentence.tokens]
            for sentence in self.segmenter.sentences(document)
        ]
        for span in document.spans:
            if not any(_fits(span, those) for those in ranges):
                return "boundary"
            if _wrong_article(document.text, span):
                return "article"
        if self.model is not None:
            for found in self.model(document).spans:
                near = [span for span in document.spans if span.overlaps(found)]
                same = any((s.start, s.end, s.label) == (found.start, found.end, found.label) for s in near)
                if near and not same and (found.score or 0.0) >= _SURE:
                    return "contradicted"
        return None


def _fits(span: Span, tokens: Sequence[Range]) -> bool:
    return any(start == span.start for start, _ in tokens) and any(end == span.end for _, end in tokens)


def _wrong_article(text: str, span: Span) -> bool:
    before = re.search(r"\b(an?)\s+$", text[max(0, span.start - 8) : span.start], re.IGNORECASE)
    first = text[span.start].lower()
    if before is None or not first.isalpha() or text[span.start : span.end][:2].isupper():
        return False  # of numbers and acronyms the letters do not tell the sound
    return (before[1].lower() == "an") != (first in "aeiou")


def _other(span: Span, names: Names, rng: np.random.Generator) -> str:
    forms = [form for form in names.get(span.label, ()) if form != span.text]
    if not forms:
        return span.text
    form = forms[int(rng.integers(len(forms)))]
    return form.upper() if len(span.text) > 3 and span.text.isupper() else form


def _rewritten(document: Document, spans: Sequence[Span], forms: Sequence[str], name: str) -> Document:
    text, made, tokens, at = "", [], [], 0
    given = list(document.tokens or ())
    for span, form in zip(spans, forms, strict=True):
        shift = len(text) - at
        tokens += [(a + shift, b + shift) for a, b in given if at <= a and b <= span.start]
        text += document.text[at : span.start]
        made.append(replace(span, start=len(text), end=len(text) + len(form), text="", kb_id=None))
        tokens += [(a + len(text), b + len(text)) for a, b in tokenize(form)]
        text, at = text + form, span.end
    shift = len(text) - at
    tokens += [(a + shift, b + shift) for a, b in given if at <= a]
    text += document.text[at:]
    meta, own = _meta(document, "names"), None if document.tokens is None else tuple(tokens)
    return Document(text, name, meta, tuple(made), own, unasked=document.unasked)


def _meta(document: Document, how: str) -> dict[str, object]:
    return {**document.meta, "augmented": {"by": how, "from": document.id}}

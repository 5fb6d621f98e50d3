"""Documents with spans that no engine would give: over white space, crossing, nested, repeated, half a letter."""

import re

from hypothesis import strategies as st

from livener.pipeline import Batch, Stage
from livener.pipeline.stages.segmentation import Normalise, Split, Tokenise
from livener.text import Document, Span

_PIECES = (
    *("Acme", "Acme Corp.", ", Inc.", " GmbH", "Mr. ", "Dr. ", "the ", "The ", "Ada Byron", "Byron", "'s", "’", "s'"),
    *(" ", " ", "  ", "\n", "\n\n", "\u00a0", "“", "”", '"', "(", ")", "[", "]", ",", ".", "!", "-", "&", "&amp;"),
    *(
        "Internal Revenue Service",
        " (IRS)",
        "IRS",
        "U.S.",
        "5",
        "5 kg",
        "12 years old",
        "§ 5",
        "§§7(a)",
        "1,000.5 km",
    ),
    *("½", "e\u0301", "🎉", "中国", "\u200b", "soft\u00adly", "and", "PER", "[PER]", "PER_0123abcd", "divid-\ned"),
)
LABELS = ("PER", "ORG", "GPE")


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A text with any spans."""
    text = "".join(draw(st.lists(st.sampled_from(_PIECES), min_size=1, max_size=14)))
    place = st.integers(0, len(text))
    spans = []
    for start, end, label, score in draw(
        st.lists(
            st.tuples(place, place, st.sampled_from(LABELS), st.sampled_from([None, 0.3, 0.75, 1.0])), max_size=6
        )
    ):
        if start != end:
            spans.append(Span(min(start, end), max(start, end), label, score, draw(st.sampled_from(["crf", None]))))
    return Document(text, spans=tuple(spans))


def batch_of(*documents: Document) -> Batch:
    """The documents, segmented, with their own spans as those that were found."""
    batch = Batch([Document(document.text) for document in documents])
    for stage in (Normalise(), Split(), Tokenise()):
        batch = stage(batch)
    return batch.with_spans([document.spans for document in documents])


_MARK = re.compile(r"\[([^\]]+)\]\((\w+)(?: ([\d.]+))?\)")


def marked(text: str) -> Document:
    """A document from ``"[Ada](PER 0.9) left"``; a span without a score has 0.8.

    >>> marked("[Ada](PER) left").spans
    (Span(start=0, end=3, label='PER', score=0.8, source='crf', kb_id=None),)
    """
    plain, spans, done = "", [], 0
    for match in _MARK.finditer(text):
        plain += text[done : match.start()]
        start = len(plain)
        plain += match[1]
        spans.append(Span(start, len(plain), match[2], float(match[3] or 0.8), "crf"))
        done = match.end()
    return Document(plain + text[done:], spans=tuple(spans))


def shown(document: Document) -> str:
    """The document's spans as marks, for spans that do not overlap.

    >>> shown(marked("[Ada](PER) left"))
    '[Ada](PER) left'
    """
    pieces, done = [], 0
    for span in document.spans:
        pieces += [document.text[done : span.start], f"[{document.text[span.start : span.end]}]({span.label})"]
        done = span.end
    return "".join([*pieces, document.text[done:]])


def after(stage: Stage, text: str) -> str:
    """What a stage makes of a marked text."""
    batch = stage(batch_of(marked(text)))
    return shown(batch.documents[0].with_spans(tuple(batch.spans[0])))

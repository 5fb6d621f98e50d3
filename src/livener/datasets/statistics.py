"""What is in an annotated data set: sizes, labels, surface forms, and forms with more than one label."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from livener.text import Document, Span
from livener.text.segment import Segmenter


@dataclass(frozen=True, slots=True)
class LabelStatistics:
    """One label: how many spans, how many different surface forms, the mean length in tokens, the frequent forms."""

    spans: int
    forms: int
    mean_tokens: float
    frequent: dict[str, int]


@dataclass(frozen=True, slots=True)
class Statistics:
    """The summary of a data set. ``empty_sentences`` have no span; ``nested`` spans lie inside or across another.

    ``ambiguous`` maps the most frequent surface forms with several labels to their counts by label.
    """

    documents: int
    sentences: int
    tokens: int
    characters: int
    spans: int
    empty_sentences: int
    nested: int
    partial_documents: int
    labels: dict[str, LabelStatistics]
    ambiguous: dict[str, dict[str, int]]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain dictionaries and numbers."""
        return asdict(self)


def statistics(documents: Iterable[Document], *, frequent: int = 5) -> Statistics:
    """Count in one pass; ``frequent`` is how many surface forms to name.

    Memory grows with the number of different surface forms, not of documents.

    >>> shazam = Document("Apple bought Shazam.", spans=(Span(0, 5, "ORG"), Span(13, 19, "ORG")))
    >>> statistics([shazam]).labels["ORG"].frequent
    {'Apple': 1, 'Shazam': 1}
    """
    segmenter = Segmenter()
    totals: Counter[str] = Counter()
    forms: dict[str, Counter[str]] = {}
    lengths: Counter[str] = Counter()
    for document in documents:
        totals["documents"] += 1
        totals["characters"] += len(document.text)
        totals["partial_documents"] += not document.complete
        totals["spans"] += len(document.spans)
        totals["nested"] += _overlapping(document.spans)
        starts = sorted(span.start for span in document.spans)
        tokens: list[int] = []
        for sentence in segmenter.sentences(document):
            start, end = sentence.original(0, len(sentence.text))
            totals["sentences"] += 1
            totals["empty_sentences"] += bisect_left(starts, start) == bisect_left(starts, end)
            tokens += [sentence.original(*token)[0] for token in sentence.tokens]
        totals["tokens"] += len(tokens)
        for span in document.spans:
            forms.setdefault(span.label, Counter())[span.text] += 1
            lengths[span.label] += bisect_left(tokens, span.end) - bisect_left(tokens, span.start)
    return Statistics(
        **{name: totals[name] for name in _TOTALS},
        labels={
            label: LabelStatistics(
                found.total(), len(found), lengths[label] / found.total(), dict(found.most_common(frequent))
            )
            for label, found in sorted(forms.items())
        },
        ambiguous=_ambiguous(forms, frequent),
    )


_TOTALS = (
    "documents",
    "sentences",
    "tokens",
    "characters",
    "spans",
    "empty_sentences",
    "nested",
    "partial_documents",
)


def _overlapping(spans: Iterable[Span]) -> int:
    """How many spans begin before an earlier one has ended."""
    count = reach = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        count += span.start < reach
        reach = max(reach, span.end)
    return count


def _ambiguous(forms: dict[str, Counter[str]], limit: int) -> dict[str, dict[str, int]]:
    labels_of: dict[str, dict[str, int]] = {}
    for label, found in forms.items():
        for form, count in found.items():
            labels_of.setdefault(form, {})[label] = count
    several = [(form, counts) for form, counts in labels_of.items() if len(counts) > 1]
    several.sort(key=lambda item: (-sum(item[1].values()), item[0]))
    return dict(several[:limit])

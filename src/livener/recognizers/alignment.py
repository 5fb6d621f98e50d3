"""Gold spans as spans over the tokens of sentences."""

import bisect
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.tagging.schemes import TokenSpan
from livener.text import Document, Range, Sentence, Span

Overlaps = Literal["error", "outermost", "innermost"]


@dataclass(frozen=True, slots=True)
class TokenGold:
    """What is known of a sentence: the token spans that are right, those that are wrong, and the tokens of which
    nothing is known.

    ``complete`` says that everything but ``unknown`` is known. ``unknown`` holds the tokens of spans that do not fall
    on token boundaries or that leave the sentence; ``lost`` counts those spans. ``open`` are labels that nobody
    looked for (those ``unasked`` of the document are among them): where nothing is said to be, there may be one.
    """

    spans: list[TokenSpan]
    negatives: list[TokenSpan]
    unknown: list[int]
    complete: bool
    lost: int = 0
    open: frozenset[str] = frozenset()


def align(sentences: Sequence[Sentence], *, overlaps: Overlaps = "error") -> list[TokenGold]:
    """The gold of each sentence from its document's spans, for flat tagging.

    ``overlaps`` says what to do with nested or crossing gold spans: refuse, or keep the outermost or innermost.

    Raises:
        InputError: gold spans overlap and ``overlaps`` is ``"error"``.

    >>> from livener.text import Document
    >>> document = Document("Ann Lee left.", spans=(Span(0, 7, "PER"),))
    >>> align([Sentence(document.text, [(0, 3), (4, 7), (8, 12), (12, 13)], document)])[0].spans
    [(0, 2, 'PER')]
    """
    golds = []
    document: Document | None = None
    starts: list[int] = []
    spans: list[Span] = []
    negatives: list[Span] = []
    negative_starts: list[int] = []
    for sentence in sentences:
        if sentence.document is not document:
            document = sentence.document
            spans = _flat(sorted(document.spans, key=lambda s: (s.start, -s.end)), overlaps, document.id)
            starts = [span.start for span in spans]
            negatives = sorted(document.negatives, key=lambda s: s.start)
            negative_starts = [span.start for span in negatives]
        if not sentence.tokens:
            golds.append(TokenGold([], [], [], True))
            continue
        ranges = [sentence.original(start, end) for start, end in sentence.tokens]
        begin, end = ranges[0][0], ranges[-1][1]
        inside = spans[max(0, bisect.bisect_left(starts, begin) - 1) : bisect.bisect_left(starts, end)]
        right, unknown, lost = _over_tokens([s for s in inside if s.end > begin], ranges)
        complete = document.complete
        if document.known and not complete:
            complete, unknown = True, sorted({*unknown, *_outside(document.known, right, ranges)})
        wrong: list[TokenSpan] = []
        if negatives:
            near = negatives[bisect.bisect_left(negative_starts, begin) : bisect.bisect_left(negative_starts, end)]
            wrong, _, _ = _over_tokens(near, ranges)
        golds.append(TokenGold(right, wrong, unknown, complete, lost, frozenset(document.unasked)))
    return golds


def _outside(known: Sequence[Range], right: Sequence[TokenSpan], ranges: Sequence[Range]) -> Iterator[int]:
    """The tokens that neither a known range nor a span holds."""
    spanned = {t for first, end, _ in right for t in range(first, end)}
    at = 0
    for t, (start, end) in enumerate(ranges):
        while at < len(known) and known[at][1] < end:
            at += 1
        if not (at < len(known) and known[at][0] <= start) and t not in spanned:
            yield t


def align_both(
    examples: Sequence[Sentence], replay: Sequence[Sentence], *, overlaps: Overlaps, open_replay: bool
) -> tuple[list[TokenGold], list[TokenGold]]:
    """The gold of new examples and of replayed ones; with ``open_replay`` the latter leave the new labels open."""
    golds, old = align(examples, overlaps=overlaps), align(replay, overlaps=overlaps)
    new = frozenset(labels_of(golds) - labels_of(old)) if open_replay else frozenset()
    return golds, [replace(gold, open=gold.open | new) for gold in old] if new else old


def labels_of(golds: Iterable[TokenGold]) -> set[str]:
    """The labels of the spans that are said to be right or wrong."""
    return {label for gold in golds for _, _, label in (*gold.spans, *gold.negatives)}


def sentence_weights(
    golds: Sequence[TokenGold],
    class_weights: Mapping[str, float] | Literal["balanced"],
    importance: Sequence[float] | None = None,
) -> npt.NDArray[np.float32]:
    """How much each sentence counts in training, (sentences,): the weight of its weightiest label × ``importance``.

    ``"balanced"`` gives a label the square root of how much rarer it is than the commonest.
    """
    if class_weights == "balanced":
        counts = Counter(label for gold in golds for _, _, label in gold.spans)
        class_weights = {label: math.sqrt(max(counts.values()) / count) for label, count in counts.items()}
    weights = [max((class_weights.get(span[2], 1.0) for span in gold.spans), default=1.0) for gold in golds]
    return np.array(weights, np.float32) * (1.0 if importance is None else np.asarray(importance, np.float32))


def _over_tokens(spans: list[Span], ranges: list[tuple[int, int]]) -> tuple[list[TokenSpan], list[int], int]:
    if not spans:
        return [], [], 0
    first = {start: i for i, (start, _) in enumerate(ranges)}
    last = {end: i for i, (_, end) in enumerate(ranges)}
    right: list[TokenSpan] = []
    unknown: list[int] = []
    lost = 0
    for span in spans:
        i, j = first.get(span.start), last.get(span.end)
        if i is not None and j is not None and i <= j:
            right.append((i, j + 1, span.label))
        else:
            lost += 1
            unknown += [t for t, (start, end) in enumerate(ranges) if start < span.end and span.start < end]
    return right, unknown, lost


def _flat(spans: list[Span], overlaps: Overlaps, document_id: str) -> list[Span]:
    """Without overlap; ``spans`` come sorted by start, the longest first."""
    kept: list[Span] = []
    for span in spans:
        if kept and kept[-1].overlaps(span):
            if overlaps == "error":
                raise InputError(
                    f"gold spans [{kept[-1].start}, {kept[-1].end}) {kept[-1].label} and "
                    f"[{span.start}, {span.end}) {span.label} overlap",
                    where=f"document {document_id!r}",
                    fix="flat spans, or the setting overlaps=outermost or overlaps=innermost",
                )
            if overlaps == "innermost" and span.end - span.start < kept[-1].end - kept[-1].start:
                kept[-1] = span
        else:
            kept.append(span)
    return kept

"""A window of documents with their predictions, measured once, for tests to compare."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from livener.text import Document, tokenize
from livener.text.language import language_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Window:
    """What is measured of n documents with s spans and t words in all.

    ``words`` (t,) are indices into ``vocabulary``, ``word_of`` (t,) the document of each; ``mass`` (t, labels) is how
    many spans of a label fall on a word: a span of three words puts a third on each. ``span_of`` (s,) is the document
    of each span, ``span_label`` (s,) an index into ``labels``, ``span_length`` (s,) in words, ``scores`` (s,) NaN
    where a span has none. ``languages`` (n,) are codes, empty where a text is too short to tell.

    >>> from livener.text import Span
    >>> window = measure([Document("Ada met Alan.", spans=(Span(0, 3, "PER", 0.9), Span(8, 12, "PER", 0.7)))])
    >>> window.counts.tolist(), window.scores.tolist()
    ([[2]], [0.9, 0.7])
    """

    documents: tuple[Document, ...]
    labels: tuple[str, ...]
    vocabulary: tuple[str, ...]
    words: Ints
    word_of: Ints
    mass: Floats
    span_of: Ints
    span_label: Ints
    span_length: Floats
    scores: Floats
    languages: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.documents)

    @property
    def counts(self) -> Ints:
        """Spans per document and label (n, labels)."""
        flat = np.bincount(self.span_of * len(self.labels) + self.span_label, minlength=len(self) * len(self.labels))
        return flat.reshape(len(self), len(self.labels))

    @property
    def lengths(self) -> Ints:
        """Words per document (n,)."""
        return np.bincount(self.word_of, minlength=len(self))

    @property
    def forms(self) -> list[str]:
        """The surface form of each span (s,), without regard to case."""
        return [span.text.casefold() for document in self.documents for span in document.spans]

    def meta(self, key: str) -> list[str]:
        """What the metadata of each document say under ``key`` (n,), empty where they say nothing."""
        return [str(document.meta.get(key, "")) for document in self.documents]

    def take(self, chosen: Sequence[int] | Ints) -> "Window":
        """The window of some of the documents, in that order; one may be there several times.

        >>> window = measure([Document("Ada left."), Document("Alan came back.")])
        >>> window.take([1, 1]).lengths.tolist()
        [4, 4]
        """
        index = np.asarray(chosen, np.int64)
        words, word_of = _taken(self.word_of, index, len(self))
        spans, span_of = _taken(self.span_of, index, len(self))
        return Window(
            tuple(self.documents[i] for i in index),
            self.labels,
            self.vocabulary,
            self.words[words],
            word_of,
            self.mass[words],
            span_of,
            self.span_label[spans],
            self.span_length[spans],
            self.scores[spans],
            tuple(self.languages[i] for i in index),
        )

    def where(self, keep: Callable[[Document], bool]) -> "Window":
        """The window of the documents that are to be kept."""
        return self.take([i for i, document in enumerate(self.documents) if keep(document)])


def measure(documents: Sequence[Document], *, labels: Sequence[str] | None = None) -> Window:
    """Measure documents; tokens that they bring are respected. ``labels``: those that count, all when not given."""
    found = {span.label for document in documents for span in document.spans}
    known = tuple(sorted(found if labels is None else set(labels)))
    place = {label: i for i, label in enumerate(known)}
    if any(span.label not in place for document in documents for span in document.spans):
        documents = [
            document.with_spans(tuple(span for span in document.spans if span.label in place))
            for document in documents
        ]
    index: dict[str, int] = {}
    words: list[int] = []
    word_of: list[int] = []
    rows: list[tuple[int, int, float]] = []
    spans: list[tuple[int, int, float, Any]] = []
    for i, document in enumerate(documents):
        tokens = document.tokens if document.tokens is not None else tokenize(document.text)
        starts = np.array([start for start, _ in tokens])
        ends = np.array([end for _, end in tokens])
        first = len(words)
        words += [index.setdefault(document.text[start:end], len(index)) for start, end in tokens]
        word_of += [i] * len(tokens)
        for span in document.spans:
            low, high = int(np.searchsorted(ends, span.start, "right")), int(np.searchsorted(starts, span.end))
            size = max(high - low, 1)
            spans.append((i, place[span.label], float(size), np.nan if span.score is None else span.score))
            rows += [(first + k, place[span.label], 1.0 / size) for k in range(low, high)]
    mass = np.zeros((len(words), len(known)))
    if rows:
        at, label, share = zip(*rows, strict=True)
        np.add.at(mass, (np.array(at), np.array(label)), np.array(share))
    table = np.array(spans, np.float64).reshape(-1, 4)
    return Window(
        tuple(documents),
        known,
        tuple(index),
        np.array(words, np.int64),
        np.array(word_of, np.int64),
        mass,
        table[:, 0].astype(np.int64),
        table[:, 1].astype(np.int64),
        table[:, 2],
        table[:, 3],
        tuple(language_of(document.text) for document in documents),
    )


def aligned(a: Window, b: Window) -> tuple[Ints, Ints, tuple[str, ...]]:
    """The words of both as indices into one vocabulary."""
    if a.vocabulary is b.vocabulary:
        return a.words, b.words, a.vocabulary
    index = {word: i for i, word in enumerate(a.vocabulary)}
    other = np.array([index.setdefault(word, len(index)) for word in b.vocabulary], np.int64)
    return a.words, other[b.words] if len(b.words) else b.words, tuple(index)


def _taken(own: Ints, index: Ints, documents: int) -> tuple[Ints, Ints]:
    """Which of the items (in order of their document) belong to the chosen documents, and the new number of each."""
    sizes = np.bincount(own, minlength=documents)
    begins = np.concatenate([[0], np.cumsum(sizes)])
    counts = sizes[index]
    new = np.repeat(np.arange(len(index)), counts)
    within = np.arange(len(new)) - np.repeat(np.cumsum(counts) - counts, counts)
    return begins[index][new] + within if len(new) else new, new

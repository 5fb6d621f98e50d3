"""From a document to the sentences that a recognizer reads: normalise, split, cut into tokens."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.text import sentences as splitter
from livener.text import tokens as tokenizer
from livener.text.document import Document, Range, Sentence
from livener.text.normalise import Normaliser
from livener.text.offsets import OffsetMap
from livener.text.sentences import split_sentences
from livener.text.tokens import tokenize

_VERSIONS = {"sentences": splitter.VERSION, "tokens": tokenizer.VERSION}


class Segmenter:
    """Turns a document into sentences; given tokens and sentences of the document are respected.

    A document whose given ranges do not survive normalisation exactly (a token of zero-width characters, a boundary
    inside a letter and its accent) is taken as it is.

    >>> [sentence.words for sentence in Segmenter().sentences(Document("It’s Acme Inc. They agreed."))]
    [['It', "'s", 'Acme', 'Inc.'], ['They', 'agreed', '.']]
    """

    def __init__(self, normaliser: Normaliser = Normaliser()) -> None:  # noqa: B008  (an immutable value)
        self.normaliser = normaliser

    def sentences(self, document: Document) -> list[Sentence]:
        """The sentences that hold at least one token, in order.

        Raises:
            InputError: a given token crosses the end of a given sentence.
        """
        text, offsets = self.normaliser(document.text)
        if document.tokens is None and document.sentences is None:
            found = [
                Sentence(piece := text[start:end], tokenize(piece), document, start, offsets)
                for start, end in split_sentences(text)
            ]
        else:
            tokens, sentences = document.tokens, document.sentences
            if offsets is not None:
                tokens, sentences = _normalised(tokens, offsets), _normalised(sentences, offsets)
                if (tokens is None) != (document.tokens is None) or (sentences is None) != (
                    document.sentences is None
                ):
                    text, offsets, tokens, sentences = document.text, None, document.tokens, document.sentences
            found = [
                Sentence(text[start:end], words, document, start, offsets)
                for start, end, words in _grouped(text, tokens, sentences, document.id)
            ]
        if offsets is not None and (offsets.starts[1:] == offsets.starts[:-1]).any():
            for sentence in found:
                _join_shared(sentence.tokens, offsets.starts[sentence.start :])
        return found

    def settings(self) -> dict[str, Any]:
        """What `from_settings` needs to build the same segmenter again, as JSON values."""
        return {"normaliser": asdict(self.normaliser), **_VERSIONS}

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """The segmenter of a saved model.

        Raises:
            InputError: a rule, or a version of the splitter or the tokenizer, is not known here.

        >>> Segmenter.from_settings({"normaliser": {"quotes": False}}).normaliser.quotes
        False
        """
        for name, value in settings.items():
            if name != "normaliser" and _VERSIONS.get(name) != value:
                raise InputError(f"unknown segmenter setting {name} = {value!r}", fix=f"normaliser and {_VERSIONS}")
        rules = dict(settings.get("normaliser", {}))
        known = asdict(Normaliser())
        for rule in rules.keys() - known.keys():
            raise InputError(f"unknown normalisation rule {rule!r}", fix=", ".join(known))
        return cls(Normaliser(**rules))


def _join_shared(tokens: list[Range], starts: npt.NDArray[np.int32]) -> None:
    """Make one token, in place, of neighbours that come from the same original character ("½" -> "1⁄2")."""
    joined = tokens[:1]
    for start, end in tokens[1:]:
        if starts[start] == starts[joined[-1][1] - 1]:
            start = joined.pop()[0]
        joined.append((start, end))
    tokens[:] = joined


def _normalised(ranges: tuple[Range, ...] | None, offsets: OffsetMap) -> tuple[Range, ...] | None:
    """Ranges of the original in the normalised text; ``None`` where there are none or one is not exactly kept."""
    if not ranges:
        return ranges
    original = np.array(ranges, np.int32)
    starts = np.searchsorted(offsets.starts, original[:, 0])
    ends = np.searchsorted(offsets.ends, original[:, 1], side="right")
    if (starts >= ends).any() or (starts[1:] < ends[:-1]).any():
        return None
    exact = (offsets.starts[starts] == original[:, 0]).all() and (offsets.ends[ends - 1] == original[:, 1]).all()
    return tuple(zip(starts.tolist(), ends.tolist(), strict=True)) if exact else None


def _grouped(
    text: str, tokens: tuple[Range, ...] | None, sentences: tuple[Range, ...] | None, document_id: str
) -> Iterator[tuple[int, int, list[Range]]]:
    """Each sentence with its tokens (ranges of the sentence), where it has any."""
    firsts = [start for start, _ in tokens or ()]
    if sentences is None:
        sentences = tuple(_uncut(split_sentences(text), tokens or (), firsts))
    for start, end in sentences:
        if tokens is None:
            words = tokenize(text[start:end])
        else:
            inside = tokens[bisect_left(firsts, start) : bisect_left(firsts, end)]
            words = [(first - start, last - start) for first, last in inside]
            if words and words[-1][1] > end - start:
                raise InputError(
                    f"token [{inside[-1][0]}, {inside[-1][1]}) crosses the end of its sentence at {end}",
                    where=f"document {document_id!r}" if document_id else None,
                    fix="tokens inside sentences",
                )
        if words:
            yield start, end, words


def _uncut(sentences: list[Range], tokens: tuple[Range, ...], firsts: list[int]) -> list[Range]:
    """The sentences without the boundaries that would cut a given token."""
    uncut: list[Range] = []
    for start, end in sentences:
        before, last = bisect_left(firsts, start) - 1, bisect_left(firsts, end) - 1
        if before >= 0 and tokens[before][1] > start:
            start = tokens[before][0]
        if last >= 0:
            end = max(end, tokens[last][1])
        if uncut and start < uncut[-1][1]:
            start = uncut.pop()[0]
        uncut.append((start, end))
    return uncut

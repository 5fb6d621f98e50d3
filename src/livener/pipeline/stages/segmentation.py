"""From a document to what a recognizer reads: normalise, split, tokenise."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Literal, Self

from livener.pipeline.batch import NOTHING, Batch
from livener.recognizers.settings import parse_settings
from livener.text import Document, Normaliser, OffsetMap, Range, Segmenter, Sentence, split_sentences, tokenize


@dataclass(frozen=True, slots=True)
class Normalise:
    """Make equal text look equal, with a map to the original; the settings are the rules of `Normaliser`.

    Idempotent: it reads the original text.

    >>> Normalise()(Batch([Document("Caf\\u00ad\\u00e9 &amp; Co.")])).texts[0][0]
    'Café & Co.'
    """

    name: ClassVar[str] = "normalise.v1"
    requires: ClassVar[frozenset[str]] = NOTHING
    assigns: ClassVar[frozenset[str]] = frozenset({"texts"})
    rules: Normaliser = Normaliser()  # noqa: RUF009  (an immutable value)

    @classmethod
    def create(cls, settings: Mapping[str, Any], *, where: str) -> Self:
        """From the rules themselves."""
        return cls(parse_settings(Normaliser, settings, where=where))

    def settings(self) -> dict[str, Any]:
        """What `create` takes."""
        return asdict(self.rules)

    def __call__(self, batch: Batch) -> Batch:
        return replace(batch, texts=[self.rules(document.text) for document in batch.documents])


@dataclass(frozen=True, slots=True)
class Split:
    """Find the sentences; those that a document brings with it are respected.

    ``by``: ``"rules"`` for running text, ``"lines"`` where every line is a unit of its own (logs, forms, lists),
    ``"nothing"`` where every document is one sentence. Idempotent: it reads the normalised text.

    >>> texts = [("Ms. Lee left. She\\nwaved.", None)]
    >>> [Split(by=by)(Batch([], texts)).ranges[0] for by in ("rules", "lines", "nothing")]
    [[(0, 13), (14, 24)], [(0, 17), (18, 24)], [(0, 24)]]
    """

    name: ClassVar[str] = "split.v1"
    requires: ClassVar[frozenset[str]] = frozenset({"texts"})
    assigns: ClassVar[frozenset[str]] = frozenset({"ranges"})
    by: Literal["rules", "lines", "nothing"] = "rules"

    def __call__(self, batch: Batch) -> Batch:
        cut = {"rules": split_sentences, "lines": _lines, "nothing": _whole}[self.by]
        return replace(batch, ranges=[cut(text) for text, _ in batch.texts])


@dataclass(frozen=True, slots=True)
class Tokenise:
    """Cut sentences into tokens; those that a document brings with it are respected.

    Idempotent: it reads the sentences.

    >>> batch = Batch([Document("It's 5kg.")], [("It's 5kg.", None)], [[(0, 9)]])
    >>> Tokenise()(batch).sentences[0][0].words
    ['It', "'s", '5', 'kg', '.']
    """

    name: ClassVar[str] = "tokenise.v1"
    requires: ClassVar[frozenset[str]] = frozenset({"texts", "ranges"})
    assigns: ClassVar[frozenset[str]] = frozenset({"sentences"})

    def __call__(self, batch: Batch) -> Batch:
        items = zip(batch.documents, batch.texts, batch.ranges, strict=True)
        return replace(batch, sentences=[_sentences(document, *text, ranges) for document, text, ranges in items])


def _lines(text: str) -> list[Range]:
    found = []
    start = 0
    for line in text.split("\n"):
        if line.strip():
            found.append((start, start + len(line)))
        start += len(line) + 1
    return found


def _whole(text: str) -> list[Range]:
    return [(0, len(text))] if text.strip() else []


class _Normalised(Normaliser):
    """What has been normalised already."""

    __slots__ = ("_done",)

    def __init__(self, text: str, offsets: OffsetMap | None) -> None:
        object.__setattr__(self, "_done", (text, offsets))

    def __call__(self, text: str) -> tuple[str, OffsetMap | None]:  # noqa: ARG002
        done: tuple[str, OffsetMap | None] = self._done  # type: ignore[attr-defined]
        return done


def _sentences(
    document: Document, text: str, offsets: OffsetMap | None, ranges: Sequence[Range]
) -> Sequence[Sentence]:
    if not text:
        return ()
    given = document.tokens is not None or document.sentences is not None
    if not given and (offsets is None or not (offsets.starts[1:] == offsets.starts[:-1]).any()):
        return [
            Sentence(piece := text[start:end], tokenize(piece), document, start, offsets) for start, end in ranges
        ]
    if not given and offsets is not None:  # one character became several: the segmenter knows what to do
        document = replace(document, sentences=tuple(offsets.original(*one) for one in ranges))
    return Segmenter(_Normalised(text, offsets)).sentences(document)

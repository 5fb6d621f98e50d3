"""How an encoder's tokenizer cuts words, by label: terms that fall apart are learned badly."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from livener.recognizers.alignment import align
from livener.recognizers.transformer import Transformer
from livener.text import Sentence


@dataclass(frozen=True, slots=True)
class Fertility:
    """The pieces of the words of one label; ``label`` is empty for the words outside of all entities.

    ``unknown`` words have a piece that the tokenizer does not know. ``terms`` are the entities that fall into the
    most pieces a word, each with its pieces.
    """

    label: str
    words: int
    pieces: int
    unknown: int
    terms: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def rate(self) -> float:
        """Pieces a word: 1 where nothing is cut."""
        return self.pieces / self.words if self.words else 0.0


def tokenisation(model: Transformer, sentences: Sequence[Sentence], *, terms: int = 10) -> list[Fertility]:
    """For each label of the gold spans, and for the rest, how its words are cut; the most cut label first.

    Source: Rust et al. 2021, "How Good is Your Tokenizer?".
    """
    pieces = model.pieces
    words: dict[str, int] = defaultdict(int)
    cut: dict[str, int] = defaultdict(int)
    unknown: dict[str, int] = defaultdict(int)
    found: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for sentence, gold in zip(sentences, align(sentences, overlaps="outermost"), strict=True):
        looked_up = pieces(sentence.words)
        labels = [""] * len(looked_up)
        for start, end, label in gold.spans:
            labels[start:end] = [label] * (end - start)
            text = " ".join(sentence.words[start:end])
            found[label][text] = tuple(piece for word in looked_up[start:end] for piece in pieces.texts(word))
        for label, word in zip(labels, looked_up, strict=True):
            words[label] += 1
            cut[label] += len(word.ids)
            unknown[label] += pieces.unknown in word.ids
    return sorted(
        (
            Fertility(label, words[label], cut[label], unknown[label], _worst(found[label], terms))
            for label in sorted(words)
        ),
        key=lambda one: -one.rate,
    )


def _worst(found: dict[str, tuple[str, ...]], count: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted(found.items(), key=lambda one: (-len(one[1]) / len(one[0].split()), one[0]))[:count])

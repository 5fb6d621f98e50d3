"""Tag schemes as data: what each prefix means, and encode, decode, detect and repair on top of it.

A tag is ``O`` or ``<prefix>-<label>``. A scheme is four roles for a prefix (begin, inside, end, single), of which
some schemes leave out the last two. The legal transitions follow from the roles, so that a decoder can make the
illegal ones impossible instead of repairing them.

Sources: Ramshaw and Marcus 1995 (IOB1), Tjong Kim Sang and Veenstra 1999 (IOB2, here BIO), Ratinov and Roth 2009
(BILOU); the repair rule is that of the conlleval script (CoNLL-2000).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from livener.errors import InputError

TokenSpan = tuple[int, int, str]
"""A half-open range of tokens and a label."""

_PREFIXES = frozenset("BIESLU")


@dataclass(frozen=True, slots=True)
class Scheme:
    """The prefixes of a tag scheme by role.

    ``begin`` opens a span, ``inside`` continues it, ``end`` closes a span of several tokens and ``single`` is a span
    of one token; where a scheme has no ``end`` or ``single``, ``inside`` and ``begin`` serve. ``lazy_begin`` is
    IOB1's rule: ``begin`` is used only between two adjacent spans of one label.
    """

    name: str
    begin: str = "B"
    inside: str = "I"
    end: str = "I"
    single: str = "B"
    lazy_begin: bool = False

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The distinct prefixes, begin first."""
        return tuple(dict.fromkeys((self.begin, self.inside, self.end, self.single)))

    @property
    def closes(self) -> bool:
        """Whether a tag tells that its span ends here."""
        return self.end != self.inside

    def follows(self, previous: str, tag: str) -> bool:
        """Whether ``tag`` may stand directly after ``previous``; ``""`` is the border of the sentence on either side.

        >>> SCHEMES["BIO"].follows("O", "I-PER"), SCHEMES["BIOES"].follows("B-PER", "O")
        (False, False)
        """
        before, label_before = _split(previous)
        after, label_after = _split(tag)
        if self.lazy_begin:
            return after != self.begin or label_before == label_after
        inside_before = before in (self.begin, self.inside) if self.closes else before != ""
        continues = after == self.inside or after == self.end
        if continues:
            return inside_before and label_before == label_after
        return not (self.closes and inside_before)


SCHEMES: dict[str, Scheme] = {
    "IOB1": Scheme("IOB1", single="I", lazy_begin=True),
    "BIO": Scheme("BIO"),
    "BIOES": Scheme("BIOES", end="E", single="S"),
    "BILOU": Scheme("BILOU", end="L", single="U"),
}


@dataclass(frozen=True, slots=True)
class Repair:
    """A tag that its scheme does not allow where it stands, and how it was read."""

    index: int
    tag: str
    reason: str


class TagSet:
    """The tags of a label set under a scheme, with the legal transitions as arrays.

    ``tags`` has ``O`` first; ``allowed[i, j]``, bool of shape (tags, tags), says that j may follow i;
    ``starts`` and ``stops`` are bool arrays of shape (tags,) for the first and the last token of a sentence.

    >>> tags = TagSet(["PER"], "BIO")
    >>> tags.tags, tags.starts.tolist()
    (('O', 'B-PER', 'I-PER'), [True, True, False])
    """

    def __init__(self, labels: Iterable[str], scheme: str) -> None:
        self.scheme = get(scheme)
        self.labels = tuple(sorted(set(labels)))
        prefixes = self.scheme.prefixes
        self.tags = ("O", *(f"{prefix}-{label}" for label in self.labels for prefix in prefixes))
        self.index = {tag: i for i, tag in enumerate(self.tags)}
        follows = self.scheme.follows
        self.allowed: npt.NDArray[np.bool_] = np.array([[follows(a, b) for b in self.tags] for a in self.tags])
        self.starts: npt.NDArray[np.bool_] = np.array([follows("", tag) for tag in self.tags])
        self.stops: npt.NDArray[np.bool_] = np.array([follows(tag, "") for tag in self.tags])

    def encode(self, spans: Iterable[TokenSpan], length: int) -> npt.NDArray[np.int32]:
        """The tag indices of a sentence of ``length`` tokens, shape (length,)."""
        index = self.index
        return np.array([index[tag] for tag in encode(spans, length, self.scheme.name)], np.int32)

    def roles(self, length: int, label: str) -> list[int]:
        """The tag indices of one span of ``length`` tokens with ``label``.

        >>> TagSet(["PER"], "BIOES").roles(3, "PER")
        [1, 2, 3]
        """
        return [self.index[tag] for tag in _span_tags(self.scheme, length, label)]


def get(name: str) -> Scheme:
    """The scheme with that name; IOB2 is BIO, IOBES is BIOES, BILUO is BILOU.

    >>> get("IOB2").name
    'BIO'
    """
    name = {"IOB2": "BIO", "IOBES": "BIOES", "BILUO": "BILOU"}.get(name.upper(), name.upper())
    if name not in SCHEMES:
        raise InputError(f"no tag scheme {name!r}", fix=" | ".join(SCHEMES))
    return SCHEMES[name]


def encode(spans: Iterable[TokenSpan], length: int, scheme: str) -> list[str]:
    """Tags for token spans that do not overlap.

    Raises:
        InputError: a span is empty or outside the sentence, or two overlap.

    >>> encode([(0, 2, "ORG"), (2, 3, "ORG")], 4, "IOB1")
    ['I-ORG', 'I-ORG', 'B-ORG', 'O']
    """
    rules = get(scheme)
    tags = ["O"] * length
    for start, end, label in sorted(spans):
        if not 0 <= start < end <= length:
            raise InputError(f"token span [{start}, {end}) {label} is not inside the sentence", fix=f"0..{length}")
        if any(tag != "O" for tag in tags[start:end]):
            raise InputError(f"token span [{start}, {end}) {label} overlaps another", fix="flat spans")
        touches = start > 0 and tags[start - 1] != "O" and _split(tags[start - 1])[1] == label
        tags[start:end] = _span_tags(rules, end - start, label, touches=touches)
    return tags


def decode(tags: Sequence[str], scheme: str, *, strict: bool = False) -> tuple[list[TokenSpan], list[Repair]]:
    """Token spans for tags, and what had to be repaired: an illegal continuation begins a span of its own.

    Raises:
        InputError: a tag cannot be parsed, or (with ``strict``) stands where the scheme does not allow it.

    >>> decode(["O", "I-PER", "B-PER", "I-ORG"], "BIO")[0]
    [(1, 2, 'PER'), (2, 3, 'PER'), (3, 4, 'ORG')]
    """
    rules = get(scheme)
    repairs = validate(tags, scheme)
    if repairs and strict:
        first = repairs[0]
        raise InputError(
            f"{first.tag!r} {first.reason}", where=f"token {first.index}", fix=f"legal {rules.name} tags"
        )
    closing = {rules.end, rules.single} if rules.closes else set()
    opening = {rules.begin, rules.single} if not rules.lazy_begin else {rules.begin}
    spans: list[TokenSpan] = []
    start, open_label = 0, ""
    for i, tag in enumerate(tags):
        prefix, label = _split(tag)
        if open_label and (label != open_label or prefix in opening):
            spans.append((start, i, open_label))
            open_label = ""
        if label and not open_label:
            start, open_label = i, label
        if open_label and prefix in closing:
            spans.append((start, i + 1, open_label))
            open_label = ""
    if open_label:
        spans.append((start, len(tags), open_label))
    return spans, repairs


def validate(tags: Sequence[str], scheme: str) -> list[Repair]:
    """The tags that may not stand where they do.

    >>> validate(["O", "I-PER"], "BIO")
    [Repair(index=1, tag='I-PER', reason="after 'O' is not legal in BIO")]
    """
    rules = get(scheme)
    repairs = []
    previous = ""
    for i, tag in enumerate(tags):
        if tag != "O" and _split(tag)[0] not in rules.prefixes:
            repairs.append(Repair(i, tag, f"is not a prefix of {rules.name}"))
        elif not rules.follows(previous, tag):
            place = f"after {previous!r}" if previous else "at the start of a sentence"
            repairs.append(Repair(i, tag, f"{place} is not legal in {rules.name}"))
        previous = tag
    if tags and not rules.follows(previous, ""):
        repairs.append(Repair(len(tags) - 1, previous, f"at the end of a sentence is not legal in {rules.name}"))
    return repairs


def repair(tags: Sequence[str], scheme: str) -> list[str]:
    """The nearest legal tags: those of the spans that `decode` reads.

    >>> repair(["O", "I-PER", "I-PER"], "BIO")
    ['O', 'B-PER', 'I-PER']
    """
    return encode(decode(tags, scheme)[0], len(tags), scheme)


def detect(sentences: Iterable[Sequence[str]]) -> str:
    """The scheme that a file's tags are written in; BIO where nothing tells.

    ``E-``/``S-`` mean BIOES and ``L-``/``U-`` BILOU. An ``I-`` that starts a span, together with ``B-`` only directly
    after a span of its own label, means IOB1.

    >>> detect([["I-PER", "O"], ["I-LOC", "B-LOC"]])
    'IOB1'
    """
    inside_starts = begin_elsewhere = False
    for tags in sentences:
        label_before = ""
        for tag in tags:
            prefix, label = _split(tag)
            if prefix in ("E", "S"):
                return "BIOES"
            if prefix in ("L", "U"):
                return "BILOU"
            inside_starts |= prefix == "I" and label != label_before
            begin_elsewhere |= prefix == "B" and label != label_before
            label_before = label
    return "IOB1" if inside_starts and not begin_elsewhere else "BIO"


def _split(tag: str) -> tuple[str, str]:
    if tag in ("O", ""):
        return "", ""
    prefix, separator, label = tag.partition("-")
    if prefix not in _PREFIXES or not separator or not label:
        raise InputError(f"{tag!r} is not a tag", fix="O or B-, I-, E-, S-, L-, U- and a label")
    return prefix, label


def _span_tags(scheme: Scheme, length: int, label: str, *, touches: bool = False) -> list[str]:
    if length == 1:
        prefixes = [scheme.begin if scheme.lazy_begin and touches else scheme.single]
    else:
        first = scheme.inside if scheme.lazy_begin and not touches else scheme.begin
        prefixes = [first, *[scheme.inside] * (length - 2), scheme.end]
    return [f"{prefix}-{label}" for prefix in prefixes]

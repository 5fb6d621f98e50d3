"""Normalisation that keeps an exact map to the original text."""

import html
import re
from dataclasses import dataclass
from functools import cache
from html.entities import html5
from typing import Literal
from unicodedata import combining, is_normalized, normalize

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.text.offsets import OffsetMap

Edit = tuple[int, int, str]

# Printable ASCII without "&" and without two spaces in a row is left alone by every rule.
_SUSPECT = re.compile(r"[^ -%'-~]")
_NON_ASCII = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_AMPERSANDS = re.compile(r"^&(?:(?:amp|AMP|#38|#x26);)+")
# Every pass is linear; more than a few are needed only by text made to need them (entities nested in entities).
_PASSES = 16

# A joiner matters between emoji and inside words of the scripts that use it (Arabic, Indic and South-East Asian).
_JOINING = (
    r"[\u0600-\u1CFF\uA800-\uABFF\u2190-\u2BFF\uFE0F\U0001F000-\U0001FAFF\U000E0061-\U000E007F\u3030\u303D\u20E3]"
)
_CONTROLS = (
    r"\x00-\x08\x0E-\x1B\x7F-\x84\x86-\x9F\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB"
)
_QUOTES = dict.fromkeys("“”„‟″〝〞«»", '"') | dict.fromkeys("‘’‚‛′‹›´", "'")
# The standard library sorts the marks of a cluster in quadratic time; no language needs more than 30 (UAX #15-D4).
_LONGEST_CLUSTER = 100
# The small letters of the scripts that divide words with a hyphen: Latin, Greek, Cyrillic, Armenian.
_SMALL = "".join(filter(str.islower, map(chr, (*range(0x61, 0x588), *range(0x1E00, 0x2000)))))
# For each rule the characters at which it may begin, and what must hold after such a character.
_RULES = {
    "whitespace": (r"\s", r"(?<=\s)(?:\s++|(?<![ \n]))"),
    "quotes": ("".join(_QUOTES), f"(?<=[{''.join(_QUOTES)}])"),
    # A long dash, or one with space after it, becomes two hyphens: at the end of a line it is no hyphenation.
    "dashes": ("—―–‒‐‑−", "(?<=[—―–‒‐‑−])"),
    "hyphenation": (r"\-\u00AD\u2010", rf"(?<=[{_SMALL}][-\u00AD\u2010])[ \t]*\r?\n[ \t]*(?=[{_SMALL}])"),
    "soft_hyphens": (r"\u00AD", r"(?<=\u00AD)"),
    "controls": (
        rf"{_CONTROLS}\u200C\u200D",
        rf"(?<=[{_CONTROLS}])|(?<=[\u200C\u200D])(?!{_JOINING})|(?<!{_JOINING}[\u200C\u200D])(?<=[\u200C\u200D])",
    ),
    "entities": (
        "&",
        r"(?<=&)(?:(?:(?:amp|AMP|#38|#x26);)*(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
        r"|(?:(?:amp|AMP|#38|#x26);)+)",
    ),
}


@dataclass(frozen=True, slots=True)
class Normaliser:
    """Rules that make equal text look equal; each can be switched off.

    ``unicode`` is a Unicode normalisation form (UAX #15). ``whitespace`` makes one space of a run, one line break of
    a run with a line break, and two of a run with a blank line. ``controls`` removes control and zero-width
    characters, but not the joiners inside emoji and inside Arabic or Indic words. ``quotes`` and ``dashes`` become
    ASCII, ``entities`` (HTML) are decoded, ``soft_hyphens`` removed, and with ``hyphenation`` a word that was divided
    at the end of a line is joined where small letters stand on both sides. Letters, digits and full stops are never
    dropped. Normalising twice changes nothing more.

    Raises:
        InputError: ``unicode`` is no form that is offered.

    >>> text, offsets = Normaliser()("Caf\\u00ad\\u00e9 &amp; Co.")
    >>> text, offsets.original(0, 4), offsets.original(5, 6)
    ('Café & Co.', (0, 5), (6, 11))
    """

    unicode: Literal["NFC", "NFKC"] | None = "NFC"
    whitespace: bool = True
    controls: bool = True
    quotes: bool = True
    dashes: bool = True
    entities: bool = True
    soft_hyphens: bool = True
    hyphenation: bool = True

    def __post_init__(self) -> None:
        if self.unicode not in ("NFC", "NFKC", None):
            raise InputError(f"unknown Unicode form {self.unicode!r}", fix="NFC, NFKC or none")

    def __call__(self, text: str) -> tuple[str, OffsetMap | None]:
        """The normalised text and its map to ``text``; ``None`` where every character kept its place."""
        offsets = None
        for _ in range(_PASSES):
            if "  " not in text and _SUSPECT.search(text) is None:
                break
            edits = self._rule_edits(text) or self._unicode_edits(text)
            if not edits:
                break
            if any(end - start != 1 or len(new) != 1 for start, end, new in edits):
                offsets = _compose(len(text), edits, offsets)
            text = _apply(text, edits)
        return text, offsets

    def _rule_edits(self, text: str) -> list[Edit]:
        edits: list[Edit] = []
        for match in _pattern(self).finditer(text):
            old = match.group()
            start, end = match.span()
            match match.lastgroup:
                case "quotes":
                    new = _QUOTES[old]
                case "whitespace":
                    new = _white(old)
                case "dashes":
                    new = "--" if old in "—―" or (old in "–‒" and text[end : end + 1].isspace()) else "-"
                case "entities":
                    new = _decode(old)
                case _:
                    new = ""
            if new != old:
                edits.append((start, end, new))
        return edits

    def _unicode_edits(self, text: str) -> list[Edit]:
        if self.unicode is None or is_normalized(self.unicode, text):
            return []
        return [
            edit
            for run in _NON_ASCII.finditer(text)
            if not is_normalized(self.unicode, run.group())
            for edit in _cluster_edits(run.group(), run.start(), self.unicode)
        ]


@cache
def _pattern(normaliser: Normaliser) -> re.Pattern[str]:
    rules = {name: rule for name, rule in _RULES.items() if getattr(normaliser, name)}
    if not rules:
        return re.compile(r"(?!)")
    # A pattern that begins with one set of characters is searched several times faster than a choice of patterns.
    firsts = "".join(first for first, _ in rules.values())
    return re.compile(f"[{firsts}](?:{'|'.join(f'(?P<{name}>{rest})' for name, (_, rest) in rules.items())})")


def _white(old: str) -> str:
    breaks = len(_BREAK.findall(old)) + old.count("\u2029")  # a paragraph separator counts twice
    return ("\n" * min(breaks, 2)) or " "


def _decode(old: str) -> str:
    entity = _AMPERSANDS.sub("&", old)
    return html.unescape(entity) if entity.startswith("&#") else html5.get(entity[1:], entity)


def _cluster_edits(run: str, offset: int, form: Literal["NFC", "NFKC"]) -> list[Edit]:
    """One edit for each cluster of ``run`` that changes: the least pieces that can be normalised by themselves."""
    edits = []
    begin = 0
    for i in range(1, len(run) + 1):
        if i == len(run) or _starts_cluster(run, begin, i, form):
            cluster = run[begin:i]
            new = normalize(form, cluster) if len(cluster) <= _LONGEST_CLUSTER else cluster
            if new != cluster:
                edits.append((offset + begin, offset + i, new))
            begin = i
    return edits


def _starts_cluster(run: str, begin: int, i: int, form: Literal["NFC", "NFKC"]) -> bool:
    char = run[i]
    if combining(normalize("NFKD", char)[0]):
        return False
    cluster = run[begin:i]
    return len(cluster) > _LONGEST_CLUSTER or normalize(form, cluster + char) == normalize(form, cluster) + normalize(
        form, char
    )


def _apply(text: str, edits: list[Edit]) -> str:
    pieces: list[str] = []
    done = 0
    for start, end, new in edits:
        pieces += (text[done:start], new)
        done = end
    pieces.append(text[done:])
    return "".join(pieces)


def _compose(length: int, edits: list[Edit], before: OffsetMap | None) -> OffsetMap:
    """The map of a text of ``length`` characters after ``edits``, on top of the map that it has already."""
    edit_starts, edit_ends, sizes = np.array([(s, e, len(new)) for s, e, new in edits], np.int32).T
    inside = np.zeros(length + 1, np.int32)
    np.add.at(inside, edit_starts, 1)
    np.add.at(inside, edit_ends, -1)
    copies = 1 - np.cumsum(inside[:-1])
    copies[edit_starts] = sizes
    ends = np.arange(1, length + 1, dtype=np.int32)
    ends[edit_starts] = edit_ends
    kept: npt.NDArray[np.int32] = np.repeat(np.arange(length, dtype=np.int32), copies)
    starts, ends = kept, ends[kept]
    return OffsetMap(starts, ends) if before is None else OffsetMap(before.starts[starts], before.ends[ends - 1])

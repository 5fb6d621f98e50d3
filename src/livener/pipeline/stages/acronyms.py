"""Acronyms: those of a domain, and those that a document defines itself."""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from livener.errors import InputError
from livener.pipeline.batch import SPANS, SPANS_IN_SENTENCES, Batch, Spans, overruled
from livener.pipeline.joined import beginnings, begun
from livener.recognizers.settings import parse_settings
from livener.text import Span, new_span

_WORD = re.compile(r"[^\W_]+(?:[&.-][^\W_]+)*")
_BRACKETED = re.compile(r"\([\"“]?([A-Z][A-Za-z0-9&.-]{1,9})[\"”]?\)")
_DEFINED = re.compile(rf"\s?{_BRACKETED.pattern}")


@dataclass(frozen=True, slots=True)
class Acronym:
    """One meaning of an acronym; ``context`` are words of which one must occur in the document, where given."""

    acronym: str
    label: str
    expansion: str = ""
    id: str | None = None
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Acronyms:
    """Give acronyms the meaning that they have here.

    ``tables``: TOML files with a table ``[[acronym]]`` for each meaning (fields of `Acronym`), one file for each
    domain. Of several meanings the one with most of its context words in the document wins, then the first;
    one whose context is missing is never taken. ``definitions``: an acronym in brackets behind a span whose letters
    it stands for, "Internal Revenue Service (IRS)", means that span in all of the document, with its label, score and
    id, whatever the tables say. An acronym that is a part of a longer span stays so. Idempotent.

    Source: Schwartz and Hearst 2003, "A simple algorithm for identifying abbreviation definitions".
    """

    name: ClassVar[str] = "acronyms.v1"
    requires: ClassVar[frozenset[str]] = SPANS_IN_SENTENCES
    assigns: ClassVar[frozenset[str]] = SPANS
    tables: tuple[Path, ...] = ()
    definitions: bool = True
    score: float = 0.9
    _meanings: dict[str, tuple[Acronym, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)
    _names: Any = field(init=False, repr=False, compare=False, default=None)
    _begin: tuple[int, int, int, int] = field(init=False, repr=False, compare=False, default=(0, 0, 0, 0))

    def __post_init__(self) -> None:
        for path in self.tables:
            for meaning in read_acronyms(path):
                self._meanings[meaning.acronym] = (*self._meanings.get(meaning.acronym, ()), meaning)
        object.__setattr__(self, "_names", _any_of(self._meanings))
        if self._meanings:
            object.__setattr__(self, "_begin", beginnings(self._meanings))

    @property
    def labels_given(self) -> set[str]:
        """The labels that the tables can give."""
        return {meaning.label for several in self._meanings.values() for meaning in several}

    def __call__(self, batch: Batch) -> Batch:
        hits: dict[int, dict[tuple[int, int], Span]] = {}
        words: dict[int, set[str]] = {}
        for hit in (
            batch.joined.matches(self._names, begun(batch.joined.ascii, self._begin)) if self._meanings else ()
        ):
            meanings, i = self._meanings[hit.what.group()], hit.document
            if i not in words and any(meaning.context for meaning in meanings):
                words[i] = {word.casefold() for word in _WORD.findall(batch.documents[i].text)}
            if meaning := _meant(meanings, words.get(i, set())):
                span = hit.span(meaning.label, self.score, "acronyms", meaning.id)
                hits.setdefault(i, {})[span.start, span.end] = span
        if self.definitions:
            for i, (document, spans) in enumerate(zip(batch.documents, batch.spans, strict=True)):
                if spans and "(" in document.text:
                    for span in _defined(document.text, spans):
                        hits.setdefault(i, {})[span.start, span.end] = span
        return overruled(batch, {i: list(found.values()) for i, found in hits.items()})


def read_acronyms(path: Path) -> list[Acronym]:
    """The tables ``[[acronym]]`` of a TOML file.

    Raises:
        InputError: no such file, not TOML, an unknown key or a wrong value, an acronym that is no word.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not TOML: {error}", where=str(path)) from None
    tables = content.get("acronym", [])
    if content.keys() - {"acronym"} or not isinstance(tables, list):
        raise InputError("not a table of acronyms", where=str(path), fix="tables [[acronym]] and nothing else")
    found = []
    for number, table in enumerate(tables, 1):
        where = f"{path}: acronym {number}"
        if not isinstance(table, Mapping) or not {"acronym", "label"} <= table.keys():
            raise InputError("not an acronym", where=where, fix="acronym and label")
        meaning = parse_settings(Acronym, table, where=where)
        if not _WORD.fullmatch(meaning.acronym) or not meaning.label:
            raise InputError(f"acronym {meaning.acronym!r} of label {meaning.label!r}", where=where, fix="a word")
        found.append(meaning)
    return found


def _meant(meanings: Sequence[Acronym], words: set[str]) -> Acronym | None:
    ranked = [(sum(word.casefold() in words for word in one.context), one) for one in meanings]
    possible = [(count, one) for count, one in ranked if count or not one.context]
    return max(possible, key=lambda item: item[0], default=(0, None))[1]


def _any_of(names: Collection[str]) -> re.Pattern[str]:
    """Whole words, by their first letter: a pattern that begins with one set of characters is searched fastest, and
    what their second letters can be tells most other words from them."""
    rests: dict[str, list[str]] = {}
    for name in sorted(names, key=len, reverse=True):
        rests.setdefault(name[0], []).append(re.escape(name[1:]))
    if not rests:
        return re.compile(r"(?!)")
    seconds = "".join(sorted({re.escape(name[1]) for name in names if len(name) > 1}))
    ahead = f"(?=[{seconds}])" if all(len(name) > 1 for name in names) else ""
    parts = [rf"(?<={first})(?:{'|'.join(rest)})" for first, rest in rests.items()]
    return re.compile(rf"[{''.join(rests)}]{ahead}(?<![^\W_].)(?:{'|'.join(parts)})(?![^\W_])")


def _defined(text: str, spans: Spans) -> Iterator[Span]:
    """A span for every occurrence of every acronym that the document defines."""
    meanings: dict[str, Span] = {}
    behind = {match.start() - before for match in _BRACKETED.finditer(text) for before in (0, 1)}
    for span in spans if behind else ():
        match = _DEFINED.match(text, span.end) if span.end in behind else None
        if match and _stands_for(match[1], text[span.start : span.end]):
            meanings.setdefault(match[1], span)
    for surface, meaning in meanings.items():
        start = text.find(surface)
        while start >= 0:
            end = start + len(surface)
            if _is_word(text, start, end):
                yield new_span(start, end, meaning.label, meaning.score, "acronyms", meaning.kb_id, surface)
            start = text.find(surface, start + 1)


def _is_word(text: str, start: int, end: int) -> bool:
    """Whether a range that begins with a letter is a word, or one with the sign behind it: "U.S." ends with a dot."""
    before = text[start - 2 : start] if start > 1 else text[:start]
    if before[-1:].isalnum() or (before[-1:] in ("&", ".", "-") and before[:-1].isalnum()):
        return False
    word = _WORD.match(text, start)
    return word is not None and end - word.end() in (0, 1)


def _stands_for(acronym: str, name: str) -> bool:
    """Whether the letters of the acronym occur in the name in their order, the first at the beginning of a word."""
    letters = [letter for letter in acronym.casefold() if letter.isalnum()]
    folded = name.casefold()
    if len(letters) < 2 or len(name) <= len(acronym):
        return False
    for place in range(len(folded) - 1, -1, -1):  # backwards, so that each letter is matched as late as it can be
        if folded[place] == letters[-1] and (len(letters) > 1 or place == 0 or not folded[place - 1].isalnum()):
            letters.pop()
            if not letters:
                return True
    return False

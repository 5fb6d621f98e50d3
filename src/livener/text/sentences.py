"""Sentences: a splitter by rules, linear in the text, that never loses an offset."""

import re

from livener.text.abbreviations import ENDINGS, INNER, NUMBERED, OPENERS, TITLES
from livener.text.document import Range

VERSION = "rules.v1"

# Begins with one set of characters, for speed; what a match is, is asked after that.
_CANDIDATE = re.compile(
    r"[.!?…؟۔।॥。！？｡．\n](?:"
    r"(?P<stop>(?<=[.!?…؟۔।॥])(?<![.!?…][.!?…])[.!?…؟۔।॥]*+)['\"”’»)\]}]*+(?=\s)"
    r"|(?P<wide>(?<=[。！？｡．])[。！？｡．]*+)['\"”’»)\]}」』】）]*+"
    r"|(?<=\n)\s*+)"
)
_NEXT = re.compile(r"\s*+([),.;\]]?)[\"'“‘«(\[{¿¡]*+(\w{0,20}+)")
_LIST_ITEM = re.compile(r"(?:[-*•–▪◦‣·]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,6}|[IVX]{1,6})[.)]|\(?[A-Z]\))(?=\s)")
_LIST_NUMBER = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[A-Za-z]|[ivxIVX]{1,6})")
_NUMERAL = re.compile(r"\d|(?:[A-Z]|[IVXLC]+)\b")
_LONGEST_HEADING = 50
_LONGEST_WORD = 40


def split_sentences(text: str) -> list[Range]:
    """The sentences of ``text`` as half-open ranges in order, without outer white space; nothing else is left out.

    A sentence ends at a full stop, question or exclamation mark (with the quotes and brackets that close after it)
    unless what stands before is an abbreviation, an initial or a list number, or what follows goes on in small
    letters; at a blank line; and at a line break after a heading or before a list item. Other line breaks are white
    space.

    >>> text = "Mr. J. R. Smith of Acme Inc. left the U.S. He paid 3.5 million."
    >>> [text[start:end] for start, end in split_sentences(text)]
    ['Mr. J. R. Smith of Acme Inc. left the U.S.', 'He paid 3.5 million.']
    """
    sentences: list[Range] = []
    start = 0
    for match in _CANDIDATE.finditer(text):
        if match.lastgroup == "stop":
            ends = _ends_at_stop(text, start, match)
        elif match.lastgroup == "wide":
            ends = True
        else:
            ends = _ends_at_break(text, start, match)
        if ends:
            _append_trimmed(sentences, text, start, match.end())
            start = match.end()
    _append_trimmed(sentences, text, start, len(text))
    return sentences


def _append_trimmed(sentences: list[Range], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    body = piece.strip()
    if body:
        start += len(piece) - len(piece.lstrip())
        sentences.append((start, start + len(body)))


def _ends_at_stop(text: str, start: int, match: re.Match[str]) -> bool:
    at, end = match.span()
    stop = text[at : match.end("stop")]
    inner, word = _following(text, end)
    closed = end > at + len(stop)
    if inner:
        return False
    if "?" in stop:
        return not (closed and word[:1].islower())
    if word[:1].islower():
        return False
    if stop != ".":
        return True
    before = text[max(start, at - _LONGEST_WORD) : at].rsplit(None, 1)
    last = before[-1].lstrip("\"'“‘«([{") if before else ""
    if last in TITLES or last in ("e.g", "i.e"):
        return False
    if last in NUMBERED:
        return _NUMERAL.match(word) is None
    if _LIST_NUMBER.fullmatch(last) and _opens_line(text, start, at - len(last)):
        return False
    if last in ENDINGS or (last[-1:].isalpha() and (len(last) == 1 or last[-2] == ".")):
        return word in OPENERS
    return True


def _opens_line(text: str, start: int, at: int) -> bool:
    head = text[max(start, at - 8) : at].strip(" \t\"'([")
    return not head or head[-1] == "\n"


def _ends_at_break(text: str, start: int, match: re.Match[str]) -> bool:
    end = match.end()
    if match.group().count("\n") > 1 or _LIST_ITEM.match(text, end):
        return True
    if match.start() - start > _LONGEST_HEADING:
        return False
    line = text[start : match.start()].strip()
    if not line:
        return True
    first = _following(text, end)[1][:1]
    goes_on = line[-1] in ".,;&-/" or "\n" in line or line.rsplit(None, 1)[-1] in INNER
    return not goes_on and (first.isupper() or first.isdigit())


def _following(text: str, end: int) -> tuple[str, str]:
    """What stands after white space: a sign that never opens a sentence, and the first word after opening signs."""
    match = _NEXT.match(text, end)
    return (match[1], match[2]) if match else ("", "")

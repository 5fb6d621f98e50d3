"""Tokens: words, numbers and signs, cut so that the boundaries of entities seldom fall inside one."""

import re
from itertools import groupby
from unicodedata import category

from livener.text.abbreviations import ENDINGS, NUMBERED, TITLES
from livener.text.document import Range

VERSION = "regex.v1"

# Blocks that can hold combining marks; the rest of the plane is ideographs, syllables and private use.
_MARK_BLOCKS = (range(0x300, 0x20FF), range(0x2CEF, 0x309B), range(0xA66F, 0xABEE), range(0xFB1E, 0xFE30))
# Scripts written without spaces between words: one token for each character and its marks.
_UNSPACED = (
    r"\u3005-\u3007\u3021-\u3029\u3040-\u30FF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\uFF66-\uFF9F"
    r"\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\U00016FE0-\U0001B2FF\U00020000-\U0003FFFF"
)
_DOMAINS = (
    "com|org|net|edu|gov|mil|int|info|biz|io|ai|eu|us|uk|ca|de|fr|nl|se|no|ch|at|be|it|es|pt|pl|ru|cn|jp|in|au|br"
)
_FILES = "pdf|docx?|xlsx?|pptx?|txt|csv|tsv|json|xml|html?|zip|gz|exe|jpe?g|png|gif|mp[34]|wav|py|js|url"
_UNITS = (
    "[kKmMbB]|bn|Bn|BN|mn|mm|tn|trn|km|kg|mg|cm|ml|lbs?|oz|ft|mi|mph|kph|hrs?|h|min|secs?|yrs?|[KMGT]B|k?Hz|MHz|GHz|"
    "[kMG]?W|kWh|MWh|[ap]m|[AP]M|Mbps|bps?|pp|pct|USD|EUR|GBP"
)


def _pattern() -> re.Pattern[str]:
    letter = rf"[^\W_{_UNSPACED}]"
    mark = "\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef" + _marks()
    # Groups repeat greedily, never possessively: `re` gets that wrong before Python 3.11.5 (gh-106052).
    word = rf"(?:{letter}++|(?=[{mark}]))(?:[{mark}]++{letter}*+)*"
    end = r"(?![^\W_])"
    clitic = rf"['’](?:[sSdDmM]|re|ve|ll|RE|VE|LL){end}"
    usual = r"[A-Za-z]++(?=[ ,\n;!?)])|[,()\[\]\"]|\.(?=\s|\Z)"  # most tokens of most texts, tried first for speed
    others = [
        r"(?:[Hh]ttps?|HTTPS?|ftp|mailto|file)://[^\s<>\"]*[^\s<>\".,;:!?')\]}]",
        r"www\.[^\s<>\"]*[^\s<>\".,;:!?')\]}]",
        r"[\w.+%-]{1,64}+@[A-Za-z0-9-]{1,63}+(?:\.[A-Za-z0-9-]{1,63}+)+",
        rf"[@#](?![0-9]++{end})[\w{mark}]++",
        # Dates, telephone numbers, other numbers and times, and what belongs to the number: 1980s, 20th, 3D, not 5bn.
        r"(?:\d{1,4}([-/.])\d{1,2}\1\d{1,4}|\d{1,3}(?:-\d{3}){1,3}-\d{4}|\d{3}-\d{4})(?![-/.,]?[^\W_])",
        rf"\d++(?:[.,:/]\d++)*(?:\ufe0f?\u20e3|(?!(?:{_UNITS}){end}|[ap]\.m){word})?",
        rf"[A-Za-z](?:\.[A-Za-z]){{1,15}}(?!\.[A-Za-z]){end}\.?",
        r"[A-Z]\.(?=\s*[^\s\"')\]])",
        rf"{_any_of(TITLES | ENDINGS)}\.",
        rf"{_any_of(NUMBERED)}\.(?=\s?[\dA-Z(])",
        rf"(?:[A-Za-z0-9-]{{1,63}}+\.){{1,8}}?(?:{_DOMAINS}|{_FILES})(?![\w-])",
        rf"[A-Z]{{1,4}}&[A-Z]{{1,4}}{end}|[Ee]-mail(?:s|ed|ing)?{end}",
        rf"(?=[A-Za-z]{{3,8}}+['’][tT]{end})[A-Za-z]{{1,7}}(?=[nN]['’])|[nN]['’][tT]{end}",
        clitic,
        rf"[ldcjmnstL]['’](?={letter}{{2}})",
        rf"{word}(?:(?!{clitic})['’]{word})*",
        rf"[{_UNSPACED}][{mark}]*+",
        r"[:;=]-?[)(DPp](?![^\W_])",
        r"[!?.…]{2,}+",
        r"[\U0001F1E6-\U0001F1FF]{2}",
        r"([#-/:-@\\^_`|~])\2+",
        rf"\S[{mark}]*+(?:(?<=\u200d)[^\w\s][{mark}]*+)*",
    ]
    return re.compile(rf"{usual}|(?=\S)(?:{'|'.join(others)})")  # a space would try the others in vain


def _marks() -> str:
    """The combining marks of the blocks that have any, as ranges of a character class."""
    marks = (char for block in _MARK_BLOCKS for char in map(chr, block) if category(char)[0] == "M")
    runs = groupby(enumerate(marks), key=lambda item: ord(item[1]) - item[0])
    members = [[char for _, char in run] for _, run in runs]
    return "".join(f"{chars[0]}-{chars[-1]}" for chars in members)


def _any_of(words: frozenset[str]) -> str:
    """A pattern for the words, by first letter: a branch that starts with a literal is rejected at once."""
    rests: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        rests.setdefault(word[0], []).append(word[1:])
    return "(?:" + "|".join(f"{first}(?:{'|'.join(rest)})" for first, rest in rests.items()) + ")"


_TOKEN = _pattern()


def tokenize(text: str) -> list[Range]:
    """The tokens of ``text`` as half-open ranges, in order; every non-space character is in exactly one.

    Whole: abbreviations with their dots, numbers, dates, URLs, e-mail addresses, @handles, #hashtags, emoji with what
    is joined to them. Apart: hyphenated parts, ``'s`` and ``n't``, currency signs and units, final full stops.
    Scripts that are written without spaces give one token for each character.

    >>> text = "U.S.-based Apple's CEO didn't pay $1.2bn."
    >>> [text[start:end] for start, end in tokenize(text)]
    ['U.S.', '-', 'based', 'Apple', "'s", 'CEO', 'did', "n't", 'pay', '$', '1.2', 'bn', '.']
    """
    return [match.span() for match in _TOKEN.finditer(text)]

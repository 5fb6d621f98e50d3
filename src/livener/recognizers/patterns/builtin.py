"""The built-in patterns: what each looks for, what it checks, and how often it is right.

Every expression takes time linear in the text, whatever the text: a match can begin only where no such character
stands before it, and what it may hold is bounded or possessive. A test runs them over megabytes of hostile text.
Dates, number words and statutes are English, with the German forms of a paragraph reference.
"""

import calendar
import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import phonenumbers

from livener.text import Range


@dataclass(frozen=True, slots=True)
class Pattern:
    """One named way to find ranges of a text; ``score`` is an estimate of its precision, not calibrated on data."""

    name: str
    score: float
    find: Callable[[str], Iterator[Range]]


def builtin_patterns(region: str) -> list[Pattern]:
    """All of them; several may share a name. ``region`` (ISO 3166) is for phone numbers without a country code.

    >>> [pattern] = [pattern for pattern in builtin_patterns("US") if pattern.name == "IBAN"]
    >>> list(pattern.find("to DE89 3704 0044 0532 0130 00 or DE88 3704 0044 0532 0130 00"))
    [(3, 30)]
    """
    return [
        *(Pattern(name, score, partial(_search, re.compile(regex), check)) for name, score, regex, check in _TABLE),
        Pattern("PHONE", 0.95, partial(_phone_numbers, region)),
    ]


def _search(regex: re.Pattern[str], check: Callable[[str], int], text: str) -> Iterator[Range]:
    position = 0
    while match := regex.search(text, position):
        start = match.start()
        length = check(match[0])
        if length:
            yield start, start + length
        # A short match that was refused may hide a right one; a long one is left, for time linear in the text.
        position = start + (length or (1 if len(match[0]) <= _SHORT_MATCH else len(match[0])))


def _phone_numbers(region: str, text: str) -> Iterator[Range]:
    """Source: libphonenumber, with valid numbers only; it sees short windows, for it is slow on long texts."""
    position = 0
    while window := _PHONE_WINDOW.search(text, position):
        position = window.end()
        for match in phonenumbers.PhoneNumberMatcher(window[0], region, max_tries=4):
            start, position = window.start() + match.start, window.start() + match.end
            unopened = text[start] == "(" and ")" not in match.raw_string
            yield start + unopened, position


def _url(text: str) -> int:
    """Without the punctuation of the sentence around it, and without a bracket that it does not open."""
    end = len(text)
    surplus = {")": text.count(")") - text.count("("), "]": text.count("]") - text.count("[")}
    while end and (text[end - 1] in ".,;:!?'’*_~-" or surplus.get(text[end - 1], 0) > 0):
        end -= 1
        if text[end] in surplus:
            surplus[text[end]] -= 1
    named = "." in text[:end] or "localhost" in text[:end]
    return end if named and end > text.find("/") + 2 else 0


def _ip(text: str) -> int:
    if text.endswith(":") and not text.endswith("::"):
        text = text[:-1]
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return 0
    return len(text) if any(map(str.isdecimal, text)) else 0


def _iban(text: str) -> int:
    """Source: ISO 13616; the length by country from the SWIFT registry."""
    wanted = int(_IBAN_LENGTHS.get(text[:2], 0))
    end = 0
    while wanted and end < len(text):
        wanted -= text[end].isalnum()
        end += 1
    if wanted or not end or text[end : end + 1].isalnum():
        return 0
    code = re.sub("[ -]", "", text[:end])
    return end if int("".join(str(int(sign, 36)) for sign in code[4:] + code[:4])) % 97 == 1 else 0


def _card(text: str) -> int:
    """Source: ISO/IEC 7812 (Luhn), and the prefixes and lengths of the larger issuers."""
    code = text.replace(" ", "").replace("-", "")
    if not (code.isascii() and _CARD_PREFIXES.fullmatch(code)):
        return 0
    digits = [int(digit) for digit in reversed(code)]
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[1::2]]
    return len(text) if (sum(digits[::2]) + sum(doubled)) % 10 == 0 else 0


def _iso_date(text: str) -> int:
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    return len(text) if 1 <= month <= 12 and 1 <= day <= calendar.monthrange(max(year, 1), month)[1] else 0


def _numeric_date(text: str) -> int:
    """Day first or month first."""
    first, second, year = map(int, re.split("[-./]", text))
    return len(text) if _is_day(first, second, year) or _is_day(second, first, year) else 0


def _is_day(day: int, month: int, year: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(max(year, 1), month)[1]


def _named_date(text: str) -> int:
    [name] = re.findall(_MONTH, text)
    month = "janfebmaraprmayjunjulaugsepoctnovdec".index(name[:3].lower()) // 3 + 1
    days = map(int, re.findall(r"(?<!\d)\d{1,2}(?!\d)", text))
    return len(text) if all(_is_day(day, month, 2000) for day in days) else 0


_LONG = "January|February|March|April|May|June|July|August|September|October|November|December"
_SHORT = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec"
_MONTH = rf"\b(?:(?:{_LONG}|{_LONG.upper()})\b|(?:{_SHORT}|{_SHORT.upper()})\b\.?)"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:1[5-9]|2[01])\d\d"
_WEEKDAY = r"(?:\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s)?"
_NOT_IN_NUMBER = r"(?<![\w.,])"
_NUMBER_ENDS = r"(?![\d%]|[.,-]\d)"

_AMOUNT = r"(?:\d{1,3}(?:[,.'’\u00a0\u202f]\d{3}){1,6}(?:[.,]\d{1,2})?|\d{1,15}(?:[.,]\d{1,6})?)(?!\d)"
_RANGE = rf"{_AMOUNT}(?:\s?[-–—]\s?{_AMOUNT})?"
_UNITS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|half"
)
_NUMERAL = rf"(?:{_UNITS}|hundred|thousand|million|billion|trillion)"
_IN_WORDS = (
    rf"(?i:\b(?:(?:{_UNITS})|an?\s(?:{_UNITS}|hundred|thousand|million|billion|trillion))\b"
    rf"(?:[\s-](?:and\s)?(?:a\s)?{_NUMERAL}\b){{0,6}})"
)
_MAGNITUDE = r"(?:\s?(?i:thousand|million|billion|trillion|mio|mrd|mln|mn|bn|tn|[kmb])\b)"
_SYMBOL = r"(?:(?:\b(?:US|AU|CA|NZ|HK|[ACSR]))?\$|[€£¥₹₩₽₺₴₦₫₪₱฿])"
_CODE = r"(?:USD|EUR|GBP|JPY|CHF|CNY|RMB|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|INR|BRL|MXN|ZAR|KRW|SGD|HKD|TRY|AED)"
_COINS = "dollars?|euros?|yen|yuan|renminbi|rupees?|roubles?|rubles?|francs?|pesos?|cents|pounds\\ssterling"
_COUNTRY = r"(?:(?i:U\.?S\.?|American|Canadian|Australian|Hong\sKong|New\sZealand|Singapore|Swiss)\s)?"
_CURRENCY = rf"(?:{_COUNTRY}\b(?i:{_COINS})\b|{_CODE}\b)"

_PER_CENT = r"(?i:per\s?cent\b|pct\b|percentage\spoints?\b|basis\spoints?\b|bps\b)"

_ITEM = r"(?:\d{1,4}[A-Za-z]{0,2}(?:\.\d{1,4}[a-z]?){0,5}(?:-\d{1,3})?\b|[IVXLC]{1,7}\b|[A-Z](?:-?\d{1,3})?\b)"
_NUMBERED = rf"{_ITEM}(?:\s?\([0-9A-Za-z]{{1,4}}\)){{0,6}}"
_SEVERAL = rf"{_NUMBERED}(?:(?:,\s|\s?[-–]\s?|\s(?:and|or|to|through|und)\s){_NUMBERED}){{0,5}}"
_PARTS = r"(?:\s(?:Abs\.?|Absatz|Satz|S\.|Nr\.?|lit\.)\s?[0-9a-z]{1,3}\b){0,4}"
_ACRONYM = r"(?:\s[A-Z][A-Za-z]{0,7}[A-Z]\b)?"
_ACT = rf"(?:\sof\sthe(?:\s[A-Z][\w'’&-]{{1,20}}){{1,6}}?\s(?:Act|Code)\b(?:\sof\s{_YEAR})?)?"
_DIVISION = r"(?:Sections?|Secs?\.|Articles?|Clauses?|Paragraph|Rule|Chapter|Exhibits?|Schedule|Annex|Appendix|Item)"
_LOWER = r"(?:sections?|clauses?|paragraphs?|articles?)\s(?=\d)"

_SHORT_MATCH = 64
_PHONE_WINDOW = re.compile(
    r"(?<![\w.,])(?=[+(]{0,2}\d[^\n]{5})(?=(?:[^\d\n]{0,3}\d){7})(?=.{0,6}?\d{2})"
    r"[+(]{0,2}\d[\d ()./\u00a0\u2010-\u2013-]{5,28}\d(?!\d)(?:\s?(?:ext\.?|x)\s?\d{1,5})?"
)
_CARD_PREFIXES = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"  # American Express, Diners Club
    r"|(?:6011|65\d\d|64[4-9]\d|35[2-8]\d|62\d\d)\d{12,15}"  # Discover, JCB, UnionPay
)
_IBAN_LENGTHS = dict(
    re.findall(
        "(..)(..)",
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18"
        "FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24"
        "ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23"
        "ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30",
    )
)

_TABLE: list[tuple[str, float, str, Callable[[str], int]]] = [
    (
        "EMAIL",
        0.99,
        r"(?<![\w.%+'-])[\w%+'-][\w.%+'-]{0,63}(?<!\.)@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}"
        r"(?:xn--[a-z0-9-]{1,59}|[^\W\d_]{2,24})(?![\w@])",
        len,
    ),
    ("URL", 0.98, r"""(?i:(?<![A-Za-z0-9])(?:https?://|ftp://|www\.))[^\s<>"«»“”„，。、）】》；：|\\^`{}]++""", _url),
    ("IP", 0.97, r"(?<![\w.:-])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?![\w:-]|\.\d)", _ip),
    ("IP", 0.99, r"(?<![\w.:])(?=[\dA-Fa-f]{0,4}:)[\dA-Fa-f:]{3,39}+(?:(?:\.\d{1,3}){3})?(?:/\d{1,3})?(?!\w)", _ip),
    ("IBAN", 0.99, r"(?<!\w)[A-Z]{2}\d\d(?:[ -]?[A-Z0-9]){11,30}", _iban),
    ("CARD", 0.99, r"(?<![\w.,-])\d(?:[ -]?\d){12,18}(?![\w-]|[.,]\d)", _card),
    ("MONEY", 0.97, rf"(?:(?<!\w){_SYMBOL}|\b(?:{_CODE}|Rs\.?|Fr\.)(?<=\w|\.))\s?{_RANGE}{_MAGNITUDE}?(?!\w)", len),
    ("MONEY", 0.97, rf"{_NOT_IN_NUMBER}{_RANGE}{_MAGNITUDE}?(?:\s?[€£¥₹₽₺]|[\s-]{_CURRENCY})", len),
    ("MONEY", 0.95, rf"{_NOT_IN_NUMBER}{_RANGE}{_MAGNITUDE}\spounds\b", len),
    ("MONEY", 0.95, rf"{_IN_WORDS}\s{_CURRENCY}", len),
    ("PERCENT", 0.98, rf"{_NOT_IN_NUMBER}[+−-]?{_RANGE}\s?(?:[%％‰]|{_PER_CENT})(?!\w)", len),
    ("PERCENT", 0.97, rf"{_IN_WORDS}\s(?:an?\s)?{_PER_CENT}", len),
    (
        "DATE",
        0.99,
        r"(?<![\w.-])\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])",
        _iso_date,
    ),
    ("DATE", 0.95, rf"(?<![\w./-])\d{{1,2}}([/.-])\d{{1,2}}\1{_YEAR}(?![\w/-])", _numeric_date),
    ("DATE", 0.9, r"(?<![\w./-])\d{1,2}/\d{1,2}/\d\d(?![\w/-])", _numeric_date),
    (
        "DATE",
        0.95,
        rf"{_WEEKDAY}{_NOT_IN_NUMBER}{_DAY}(?:\s?[-–]\s?{_DAY})?(?:\sday)?(?:\sof)?\s{_MONTH}(?:,?\s{_YEAR}\b)?(?!\w)",
        _named_date,
    ),
    (
        "DATE",
        0.95,
        rf"{_WEEKDAY}{_MONTH}\s(?:{_DAY}(?:\s?[-–]\s?{_DAY})?(?:,?\s{_YEAR})?|{_YEAR})(?!\w){_NUMBER_ENDS}",
        _named_date,
    ),
    ("DATE", 0.95, rf"{_MONTH},\s{_YEAR}(?!\w)", len),
    ("DATE", 0.95, rf"\b(?:[QH][1-4]|(?:FY|fiscal|fiscal\syear))\s?(?:of\s)?(?:{_YEAR}|['’]\d\d)(?!\w)", len),
    (
        "DATE",
        0.95,
        rf"\b(?i:(?:first|second|third|fourth)[\s-]quarter(?:\sof)?(?:\sfiscal)?(?:\syear)?)\s{_YEAR}(?!\w)",
        len,
    ),
    ("LAW_REF", 0.95, rf"§§?\s?{_SEVERAL}{_PARTS}{_ACRONYM}", len),
    ("LAW_REF", 0.95, rf"\bArt(?:\.|ikel)\s?{_SEVERAL}{_PARTS}{_ACRONYM}", len),
    ("LAW_REF", 0.95, rf"\b(?:{_DIVISION}\s|{_LOWER}){_SEVERAL}{_ACT}", len),
    (
        "LAW_REF",
        0.98,
        rf"(?<![\w.])\d{{1,3}}\s(?:U\.?\s?S\.?\s?C\.?|C\.?\s?F\.?\s?R\.?)\s(?:§§?\s?|Part\s)?{_SEVERAL}",
        len,
    ),
]

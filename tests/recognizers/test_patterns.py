"""The patterns: what each finds and leaves, hostile texts, and patterns of the user."""

import pickle
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.errors import InputError
from livener.recognizers.base import Recognizer
from livener.recognizers.patterns import Patterns, UserPattern, read_patterns
from livener.recognizers.patterns.builtin import builtin_patterns
from livener.text import Document, Sentence, Span

NAMES = sorted({pattern.name for pattern in builtin_patterns("US")})
BY_NAME = {name: Patterns([name]) for name in NAMES}


def found(patterns: Patterns, text: str) -> list[Span]:
    [spans] = patterns.predict([Sentence(text, [], Document(text, id="d1"))])
    assert all(span.text == text[span.start : span.end] for span in spans)
    return spans


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "EMAIL",
            "Mail jo.o'neil+x@mail.example.co.uk, or <bob@x.io>.",
            ["jo.o'neil+x@mail.example.co.uk", "bob@x.io"],
        ),
        ("EMAIL", "not a@b, @handle, a@b.c, a@@b.com, x.@y.com, a@-b.com", []),
        ("EMAIL", "mailto:müller@bücher.example", ["müller@bücher.example"]),
        ("URL", "See https://en.wikipedia.org/wiki/A_(b). (http://x.org/a?b=1&c=2)!", None),
        ("URL", "www.example.com, or ftp://files.x.net/a.txt; 访问https://例子.com。谢谢", None),
        ("URL", "http:// https://... www. www.. the www", []),
        ("IP", "from 10.0.0.1, 192.168.1.0/24 and 8.8.8.8.", ["10.0.0.1", "192.168.1.0/24", "8.8.8.8"]),
        ("IP", "256.1.1.1 1.2.3 1.2.3.4.5 v1.2.3.4 12:30 12:30:45 std::abs ::add", []),
        (
            "IP",
            "at 2001:db8::1: or ::1, fe80::1/64 ::ffff:10.0.0.1",
            ["2001:db8::1", "::1", "fe80::1/64", "::ffff:10.0.0.1"],
        ),
        ("IBAN", "DE89 3704 0044 0532 0130 00 THANKS", ["DE89 3704 0044 0532 0130 00"]),
        ("IBAN", "AB12 GB82WEST12345698765432, NO93 8601 1117 947", ["GB82WEST12345698765432", "NO93 8601 1117 947"]),
        ("IBAN", "DE88 3704 0044 0532 0130 00, GB82WEST1234569876543, XX82WEST12345698765432", []),
        ("CARD", "4111 1111 1111 1111, 378282246310005 5555-5555-5555-4444", None),
        ("CARD", "4111 1111 1111 1112, 1111 1111 1111 1117, 0000000000000000, 41111111111111111111", []),
        ("PHONE", "Call +49 30 901820 or (212) 555-0123 ext. 5.", ["+49 30 901820", "(212) 555-0123 ext. 5"]),
        ("PHONE", "Call 212-736-5000, 212 736 5001 / 212 736 5002", ["212-736-5000", "212 736 5001", "212 736 5002"]),
        ("PHONE", "office (713/345-7942)", ["713/345-7942"]),
        ("PHONE", "In 2023-2024, 1,234,567,890 of 123456789012 and 555-0123; 10.11.2023 12:30", []),
        (
            "MONEY",
            "$1.2 billion, EUR 5m; ¥3,000 US$5 Rs. 500",
            ["$1.2 billion", "EUR 5m", "¥3,000", "US$5", "Rs. 500"],
        ),
        ("MONEY", "5 million dollars, 3,50 €, 500 USD", ["5 million dollars", "3,50 €", "500 USD"]),
        (
            "MONEY",
            "five million dollars; a hundred and twenty euros",
            ["five million dollars", "a hundred and twenty euros"],
        ),
        (
            "MONEY",
            "$3-5 million, £1,234,567.89. 5 million pounds",
            ["$3-5 million", "£1,234,567.89", "5 million pounds"],
        ),
        ("MONEY", "3 million US dollars $1.5bn $20.", ["3 million US dollars", "$1.5bn", "$20"]),
        ("MONEY", "cost $4.5 billion. Or $5bn.", ["$4.5 billion", "$5bn"]),
        ("MONEY", "a million dollars for a billion dollar house", ["a million dollars", "a billion dollar"]),
        ("MONEY", "the billion dollar house, 200 pounds, $ and cents, 5 million people, EURO 2024, 12 cats", []),
        ("DATE", "2024-02-29, 2024-05-12T10:30:00Z", ["2024-02-29", "2024-05-12T10:30:00Z"]),
        ("DATE", "2023-02-29 2024-13-01 31/04/2024 13/13/2024 May 32 45 May 2024-05-1 1/2/345", []),
        ("DATE", "12 May 2024; May 12, 2024; 12/05/2024; 05/31/24", None),
        (
            "DATE",
            "12.05.2024 and Q3 2024 and 3rd of March and FY2023",
            ["12.05.2024", "Q3 2024", "3rd of March", "FY2023"],
        ),
        (
            "DATE",
            "in September 2024, Sept. 5, DECEMBER 31, 2020.",
            ["September 2024", "Sept. 5", "DECEMBER 31, 2020"],
        ),
        (
            "DATE",
            "Monday, May 12, 2024 / the 1st day of January, 2020",
            ["Monday, May 12, 2024", "1st day of January, 2020"],
        ),
        ("DATE", "the third quarter of 2024; 12-14 May 2024", ["third quarter of 2024", "12-14 May 2024"]),
        ("DATE", "you may 12 times; march 5; Marching 5; version 1.2.10; May 12.5; May 12%", []),
        (
            "PERCENT",
            "3.5 %, five per cent; -2% 3-5% 10 percentage points",
            ["3.5 %", "five per cent", "-2%", "3-5%", "10 percentage points"],
        ),
        (
            "PERCENT",
            "twenty-five percent, half a percent, 25 bps",
            ["twenty-five percent", "half a percent", "25 bps"],
        ),
        ("PERCENT", "per cent % 5 % of 5 percentile", ["5 %"]),
        (
            "LAW_REF",
            "Section 4.2(b), § 12 Abs. 3 BGB; Art. 6(1) GDPR",
            ["Section 4.2(b)", "§ 12 Abs. 3 BGB", "Art. 6(1) GDPR"],
        ),
        ("LAW_REF", "11 U.S.C. § 362(a) or Article IV", ["11 U.S.C. § 362(a)", "Article IV"]),
        (
            "LAW_REF",
            "Clause 7.1, Exhibit A. section 10 of this, 17 CFR 240.10b-5",
            ["Clause 7.1", "Exhibit A", "section 10", "17 CFR 240.10b-5"],
        ),
        (
            "LAW_REF",
            "Sections 4.2 and 4.3; Section 5 of the Securities Act of 1933",
            ["Sections 4.2 and 4.3", "Section 5 of the Securities Act of 1933"],
        ),
        ("LAW_REF", "this section about Article writing, Schedule an item", []),
    ],
)
def test_finds(name: str, text: str, expected: list[str] | None) -> None:
    texts = [span.text for span in found(BY_NAME[name], text)]
    if expected is None:
        expected = {
            "See": ["https://en.wikipedia.org/wiki/A_(b)", "http://x.org/a?b=1&c=2"],
            "www": ["www.example.com", "ftp://files.x.net/a.txt", "https://例子.com"],
            "411": ["4111 1111 1111 1111", "378282246310005", "5555-5555-5555-4444"],
            "12 ": ["12 May 2024", "May 12, 2024", "12/05/2024", "05/31/24"],
        }[text[:3]]
    assert texts == expected


UNITS = [
    "1",
    "a@",
    "a@a.",
    ".",
    " ",
    "$1,1",
    "$1,",
    "1 ",
    "1.",
    "1-",
    "+1",
    "(",
    "a:",
    "::",
    "http://",
    "www.!",
    "www.)",
]
UNITS += ["AA00 ", "1,111", "May 1 ", "one ", "a hundred ", "Section 1(", "Section 1, ", "§ 1(a)", "of the A "]
UNITS += ["5 million ", "12345678 ", "555-123-4567 ", "A", "A ", "\u00e9", "🙂", "a-", "€", "first quarter of "]


@pytest.mark.parametrize("unit", UNITS)
def test_hostile_texts_take_linear_time(unit: str) -> None:
    short, long = unit * (20_000 // len(unit)), unit * (80_000 // len(unit))
    patterns = builtin_patterns("US")
    for pattern in patterns:
        before = time.process_time()
        for _ in pattern.find(short):
            pass
        middle = time.process_time()
        for _ in pattern.find(long):
            pass
        after = time.process_time()
        assert after - middle < 0.2 + 8 * (middle - before), (pattern, unit)


@given(st.text(st.sampled_from("01259aA@.,:/-+$€%§() \u00a0May\n🙂é"), max_size=80))
def test_spans_are_in_order_apart_and_slices_of_the_text(text: str) -> None:
    spans = found(ALL, text)
    assert all(first.end <= second.start for first, second in pairwise(spans))
    assert all(span.score is not None and 0.5 <= span.score <= 1 for span in spans)


ALL = Patterns()


def test_the_longest_wins_and_then_the_first() -> None:
    text = "call https://x.org/2024-05-12 12/05/2024"
    assert [(span.text, span.label) for span in found(ALL, text)] == [
        ("https://x.org/2024-05-12", "URL"),
        ("12/05/2024", "DATE"),
    ]
    mine = UserPattern("MINE", r"\d\d/\d\d/\d{4}", score=0.5)
    [span] = found(Patterns(["DATE"], user=[mine, UserPattern("LATER", r"[\d/]+")]), "12/05/2024")
    assert span == Span(0, 10, "MINE", 0.5, "patterns")


def test_labels_are_renamed_and_the_region_tells_what_a_local_number_is() -> None:
    patterns = Patterns(["PHONE", "DATE"], labels={"PHONE": "TEL"}, region="GB")
    assert patterns.labels == ("DATE", "TEL")
    assert [(span.text, span.label) for span in found(patterns, "Ring 020 7946 0958 today")] == [
        ("020 7946 0958", "TEL")
    ]
    assert isinstance(patterns, Recognizer)


def test_spans_are_in_document_offsets() -> None:
    document = Document("Hello. Pay $5.")
    [spans] = Patterns().predict([Sentence("Pay $5.", [], document, start=7)])
    assert spans == [Span(11, 13, "MONEY", 0.97, "patterns")]
    assert Patterns().predict([]) == []
    assert found(ALL, "") == []


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("(a+)+$", "a" * 5000 + "b"),
        ("(a|aa)+$", "a" * 50 + "b"),
        ("a*b|a", "a" * 1_000_000),  # each match is found quickly, all of them are not
    ],
)
def test_a_catastrophic_pattern_is_stopped(expression: str, text: str) -> None:
    patterns = Patterns([], user=[UserPattern("X", expression, name="evil")], timeout=0.2)
    assert [span.text for span in found(patterns, "aaaa")][:1] in (["aaaa"], ["a"])
    before = time.process_time()
    with pytest.raises(InputError) as error:
        found(patterns, text)
    assert time.process_time() - before < 2
    assert str(error.value).startswith("document 'd1': pattern 'evil' did not finish within 0.2 s: " + expression)


def test_saved_loaded_and_pickled_it_finds_the_same(tmp_path: Path) -> None:
    user = [UserPattern("CASE", r"case (?P<number>\d+)", flags="i", group="number")]
    patterns = Patterns(["MONEY", "PHONE"], labels={"MONEY": "SUM"}, user=user, region="DE")
    text = "Case 77: $5 from 030 901820"
    patterns.save(tmp_path)
    for twin in (Patterns.load(tmp_path), pickle.loads(pickle.dumps(patterns))):
        assert found(twin, text) == found(patterns, text)
        assert twin.labels == ("CASE", "PHONE", "SUM")
    assert [span.text for span in found(patterns, text)] == ["77", "$5", "030 901820"]


def test_reads_user_patterns_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(
        "[[pattern]]\nlabel = 'T'\nregex = '#(\\d+)'\ngroup = 1\nscore = 1\n[[pattern]]\nlabel='U'\nregex='u'\n"
    )
    assert read_patterns(path) == [UserPattern("T", r"#(\d+)", group=1, score=1), UserPattern("U", "u")]
    patterns = Patterns.create({"user": str(path), "patterns": ["DATE"]})
    assert [(span.text, span.label) for span in found(patterns, "#12 u $5")] == [("12", "T"), ("u", "U")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[pattern]\n", "ours.toml: not TOML"),
        ("[pattern]\nlabel='a'\nregex='b'\n", "ours.toml: not a list of patterns"),
        ("[[pattern]]\nlabel='a'\n", "ours.toml: pattern 1: not a pattern"),
        ("[[pattern]]\nlabel='a'\nregex='b'\ncolour=3\n", "ours.toml: pattern 1: not a pattern"),
        ("[[pattern]]\nlabel='a'\nregex='b'\n[[pattern]]\nlabel='b'\nregex=3\n", "ours.toml: pattern 2: regex is 3"),
        ("[[pattern]]\nlabel='a'\nregex='(b'\n", "ours.toml: pattern 1 (a): '(b': missing )"),
        ("[[pattern]]\nlabel='a'\nregex='b'\ngroup=1\n", "ours.toml: pattern 1 (a): 'b' has no group 1"),
        ("[[pattern]]\nlabel='a'\nregex='b'\nflags='q'\n", "ours.toml: pattern 1 (a): a wrong value"),
        ("[[pattern]]\nlabel='a'\nregex='b'\nscore=7\n", "ours.toml: pattern 1 (a): a wrong value"),
        ("[[pattern]]\nlabel='a'\nregex='b'\nscore=true\n", "ours.toml: pattern 1: score is True"),
    ],
)
def test_wrong_user_patterns_are_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(content)
    with pytest.raises(InputError) as error:
        read_patterns(path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_wrong_settings_are_refused() -> None:
    for settings, message in (
        ({"pattern": []}, "no setting 'pattern' (expected patterns)"),
        ({"patterns": "DATE"}, "setting patterns is 'DATE'"),
        ({"patterns": ["DATES"]}, "no pattern 'DATES' (expected DATE)"),
        ({"labels": {"date": "WHEN"}}, "no pattern 'date' (expected DATE)"),
        ({"region": "USA"}, "region 'USA'"),
        ({"user": "nowhere.toml"}, "nowhere.toml: cannot be read"),
        ({"user": [3]}, "setting user: pattern 1: not a pattern"),
    ):
        with pytest.raises(InputError) as error:
            Patterns.create(settings)
        assert message in str(error.value)

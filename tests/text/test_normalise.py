import timeit
from dataclasses import fields
from time import process_time
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.text.strategies import texts

from livener.errors import InputError
from livener.text import Normaliser

RULES = [field.name for field in fields(Normaliser)]
OFF = dict.fromkeys(RULES, False) | {"unicode": None}
normalisers = st.builds(
    Normaliser, unicode=st.sampled_from(["NFC", "NFKC", None]), **{rule: st.booleans() for rule in RULES[1:]}
)


@given(texts, normalisers)
def test_every_range_maps_to_a_range_of_the_original(text: str, normaliser: Normaliser) -> None:
    normal, offsets = normaliser(text)
    if offsets is None:
        assert len(normal) == len(text)
        return
    starts, ends = offsets.starts.tolist(), offsets.ends.tolist()
    assert len(starts) == len(ends) == len(normal)
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(starts, ends, strict=True))


@given(texts, normalisers)
def test_characters_that_changed_nothing_map_to_themselves(text: str, normaliser: Normaliser) -> None:
    normal, offsets = normaliser(text)
    for i, char in enumerate(normal):
        start, end = (i, i + 1) if offsets is None else offsets.original(i, i + 1)
        if char.isascii() and char.isalnum() and end - start == 1:
            assert normalize("NFKC", text[start])[0] == char or char in normalize("NFKC", text[start])


@given(texts, normalisers)
def test_normalising_twice_changes_nothing_more(text: str, normaliser: Normaliser) -> None:
    once, _ = normaliser(text)
    assert normaliser(once) == (once, None)


@given(texts, st.sampled_from(["NFC", "NFKC"]))
def test_the_unicode_rule_alone_is_unicode_normalisation(text: str, form: str) -> None:
    assert Normaliser(**OFF | {"unicode": form})(text)[0] == normalize(form, text)


@given(texts)
def test_letters_digits_and_full_stops_stay(text: str) -> None:
    kept = Normaliser(entities=False, unicode=None)(text)[0]
    assert [c for c in kept if c.isalnum() or c == "."] == [c for c in text if c.isalnum() or c == "."]


@given(texts)
def test_with_every_rule_off_nothing_changes(text: str) -> None:
    assert Normaliser(**OFF)(text) == (text, None)


MIXED = "“ﬁve”\u00a0 &lt; so\u00adft\x00 – exam-\nple e\u0301"


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ("unicode", "NFC", "“ﬁve”\u00a0 &lt; so\u00adft\x00 – exam-\nple é"),
        ("unicode", "NFKC", "“five”  &lt; so\u00adft\x00 – exam-\nple é"),
        ("whitespace", True, "“ﬁve” &lt; so\u00adft\x00 – exam-\nple e\u0301"),
        ("controls", True, "“ﬁve”\u00a0 &lt; so\u00adft – exam-\nple e\u0301"),
        ("quotes", True, '"ﬁve"\u00a0 &lt; so\u00adft\x00 – exam-\nple e\u0301'),
        ("dashes", True, "“ﬁve”\u00a0 &lt; so\u00adft\x00 -- exam-\nple e\u0301"),
        ("entities", True, "“ﬁve”\u00a0 < so\u00adft\x00 – exam-\nple e\u0301"),
        ("soft_hyphens", True, "“ﬁve”\u00a0 &lt; soft\x00 – exam-\nple e\u0301"),
        ("hyphenation", True, "“ﬁve”\u00a0 &lt; so\u00adft\x00 – example e\u0301"),
    ],
)
def test_each_rule_alone_does_only_its_thing(rule: str, value: object, expected: str) -> None:
    assert Normaliser(**OFF | {rule: value})(MIXED)[0] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the U.S. and the U.K.", "the U.S. and the U.K."),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one \n \n\n two", "one\n\ntwo"),
        ("one\u2029two\u2028three", "one\n\ntwo\nthree"),
        ("Anglo-\nSaxon 12-\n13 USA-\nbased", "Anglo-\nSaxon 12-\n13 USA-\nbased"),
        ("exam\u00ad\r\n  ple Ab\u00ad\nCd", "example Ab\nCd"),
        ("well—\nso –\nit", "well--\nso --\nit"),
        ("1990–1995 twenty‑five", "1990-1995 twenty-five"),
        ("AT&amp;T &#8217;til &nbsp;5 &amp;lt; &amp;amp;amp; &bogus; R&D;", "AT&T 'til 5 < & &bogus; R&D;"),
        ("a&#8203;b&#1;c&shy;d&#xD800;", "abcd\ufffd"),
        ("&&#8203;amp;", "&"),
        ("\ufeffa\u200bb\x00c\u202e", "abc"),
        ("می\u200cخواهم क्\u200dष 👩\u200d👧 a\u200db", "می\u200cخواهم क्\u200dष 👩\u200d👧 ab"),
        ("«Oui», „nein‟ ‘no’", '"Oui", "nein" \'no\''),
    ],
)
def test_cases(text: str, expected: str) -> None:
    assert Normaliser()(text)[0] == expected


def test_composition_maps_to_the_whole_cluster() -> None:
    normal, offsets = Normaliser()("xA\u030a\u0323y")
    assert normal == "x\u1ea0\u030ay"
    assert offsets is not None
    assert [offsets.original(i, i + 1) for i in range(4)] == [(0, 1), (1, 4), (1, 4), (4, 5)]


def test_one_for_one_changes_need_no_map() -> None:
    assert Normaliser()("It’s\u00a0here") == ("It's here", None)


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(InputError, match="'NFD'"):
        Normaliser(unicode="NFD")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "piece",
    [
        " ",
        "-",
        "&amp;",
        "&",
        "amp;",
        "\u00ad\n",
        "e\u0301",
        "\u0301",
        "\u0301\u0323",
        "\u200d",
        "a-\n",
        "– ",
        "&&#8203;amp;",
        "\u11a8",
    ],
)
def test_time_is_linear_in_the_text(piece: str) -> None:
    normaliser = Normaliser()
    short, long = (piece * n for n in (1_000, 10_000))
    fast = min(timeit.repeat(lambda: normaliser(short), number=1, repeat=3, timer=process_time))
    slow = min(timeit.repeat(lambda: normaliser(long), number=1, repeat=2, timer=process_time))
    assert slow <= 40 * fast + 0.01  # a quadratic one needs 100 times as long

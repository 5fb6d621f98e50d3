import timeit
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from tests.text.strategies import texts

from livener.text import split_sentences


@given(texts)
def test_trimmed_in_order_and_nothing_left_out(text: str) -> None:
    sentences = split_sentences(text)
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in sentences)
    assert all(end <= start for (_, end), (start, _) in pairwise(sentences))
    inside = {i for start, end in sentences for i in range(start, end)}
    assert all(char.isspace() or i in inside for i, char in enumerate(text))


# "|" marks the boundaries that are expected.
@pytest.mark.parametrize(
    "marked",
    [
        "Hello world.| How are you?| Fine!| Good.",
        "Acme Corp. and Foo Inc. signed.| Bar Ltd. did not.",
        "Mr. and Mrs. Smith met Dr. No. 5 men saw it.",
        "See Fig. 3 and No. 12, Art. 5, Sec. IV of Vol. II.| The end.",
        "The answer is no.| The question was good.",
        "Smith v. Jones is a case.| It was won.",
        "The U.S. Government agreed.| It lives in the U.S.| The rest is elsewhere.",
        "At 5 p.m. Eastern time, e.g. Today, i.e. Now.| On Jan. 5 it ended.",
        "We met at 5 p.m.| The others left.",
        "It rose 3.5 percent to 1,234.56 in 2010.| Then it fell.",
        "J. R. Smith and John F. Kennedy came.| They left.",
        '"Stop." He left.'.replace('" He', '"| He'),
        'He said "Stop!"| Then he left.| (It was late.)| We slept.',
        '"What?" he asked.| Yahoo! is a company.',
        "Well... maybe not.| Wait...| Now go.",
        "1. The first item\n|2. The second item\n|(a) a sub-item\n|iv. another",
        "1. The parties agree.| 2. They sign.",
        "Introduction\n|The company was founded in\nBerlin by two men who had met\nin London.",
        "TERMS AND CONDITIONS\n\n|The Borrower shall pay.\n|The Lender shall wait.",
        "one paragraph\n\n|another paragraph\n \n|third",
        "This is wrapped prose that is longer than a heading would be, with Smith and\nJones on the next line.",
        "- first\n|- second",
        "今日は東京に行く。|明日は？|はい！|「行く。」|それだけ",
        "यह एक वाक्य है।| यह दूसरा है।",
        "هل أنت هنا؟| نعم.",
        "He works at Acme (formerly Foo Inc.) Berlin.| She left [sic].| He stayed.",
        "He left . The token was apart .".replace(". The", ".| The"),
        "We slept . ) They left.| Yes . . .| No.",
        "no full stop",
        "Version 2.0 of example.com is out.| Get it.",
        "Line one.\r\n|Line two.\r\n\r\n|Line three",
    ],
)
def test_cases(marked: str) -> None:
    text = marked.replace("|", "")
    expected = [piece.strip() for piece in marked.split("|")]
    assert [text[start:end] for start, end in split_sentences(text)] == expected


def test_empty_and_blank() -> None:
    assert split_sentences("") == split_sentences(" \n\n ") == []


PROSE = "Mr. Smith of Acme Corp. paid $3.5 million to the U.S. Government. It was too much.\nThe rest is history. "


@pytest.mark.parametrize(
    "piece",
    [PROSE, ".", "a.b.", "(", "\n", "a\n", ". ", ".)", ". A", ".\n", "a\n ", ".'", " ", "1. ", "A. B", "。", "!x"],
)
def test_time_is_linear_in_the_text(piece: str) -> None:
    short, long = (piece * (n // len(piece)) + "x" for n in (3_000, 30_000))
    fast = min(timeit.repeat(lambda: split_sentences(short), number=1, repeat=3, timer=process_time))
    slow = min(timeit.repeat(lambda: split_sentences(long), number=1, repeat=2, timer=process_time))
    assert slow <= 40 * fast + 0.005  # a quadratic one needs 100 times as long

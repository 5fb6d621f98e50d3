import timeit
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from tests.text.strategies import texts

from livener.text import tokenize


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in tokenize(text)]


@given(texts)
def test_every_non_space_character_is_in_exactly_one_token(text: str) -> None:
    inside = [i for start, end in tokenize(text) for i in range(start, end)]
    assert inside == [i for i, char in enumerate(text) if not char.isspace()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("U.S.-based state-of-the-art", "U.S. - based state - of - the - art"),
        ("Apple's don't can't it’s O'Brien l'Union", "Apple 's do n't ca n't it ’s O'Brien l' Union"),
        ("Elena 's motorcycle", "Elena 's motorcycle"),
        ("$1.2bn €5m 3.5% 1,234.56 10km", "$ 1.2 bn € 5 m 3.5 % 1,234.56 10 km"),
        ("on 2024-05-01, 12/05/2024 at 10:30.", "on 2024-05-01 , 12/05/2024 at 10:30 ."),
        ("10-12 713-853-3989 1980s 20th 3D", "10 - 12 713-853-3989 1980s 20th 3D"),
        ("see https://a.example/b?c=(1), now", "see https://a.example/b?c=(1 ) , now"),
        ("mail bob.smith+x@mail.example.org.", "mail bob.smith+x@mail.example.org ."),
        ("@handle #HashTag2 #1", "@handle #HashTag2 # 1"),
        ("Acme Inc. and J. R. Smith of Yahoo.com.", "Acme Inc. and J. R. Smith of Yahoo.com ."),
        ("No. 5. The answer is no.", "No. 5 . The answer is no ."),
        ("The Sun.", "The Sun ."),
        ("AT&T, R&D and e-mail", "AT&T , R&D and e-mail"),
        ("(a) Wait... what?! -- :-)", "( a ) Wait ... what ?! -- :-)"),
        ("____ ====", "____ ===="),
        ("東京タワーに行く。", "東 京 タ ワ ー に 行 く 。"),
        ("한국어 नमस्ते می\u200cخواهم שלום", "한국어 नमस्ते می\u200cخواهم שלום"),
        ("e\u0301te\u0301 naïve", "e\u0301te\u0301 naïve"),
        (
            "👩\u200d👩\u200d👧👍🏽🇩🇪🇫🇷 ❤\ufe0f\u200d🔥1\ufe0f\u20e3",
            "👩\u200d👩\u200d👧 👍🏽 🇩🇪 🇫🇷 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3",
        ),
    ],
)
def test_cases(text: str, expected: str) -> None:
    assert words(text) == expected.split()


PIECES = """
    a . a.b. ( 1 1. 1- 1/ A. - ' a' a- a@ www. http:// www.) % _ A& n't : 東 👩\u200d 🇩 \u0301
"""


@pytest.mark.parametrize("piece", [*PIECES.split(), "aA.  "])
@pytest.mark.parametrize("tail", ["", "\u0301", "@", "aa"])
def test_time_is_linear_in_the_text(piece: str, tail: str) -> None:
    short, long = (piece * n + tail for n in (1_000, 10_000))
    fast = min(timeit.repeat(lambda: tokenize(short), number=1, repeat=3, timer=process_time))
    slow = min(timeit.repeat(lambda: tokenize(long), number=1, repeat=2, timer=process_time))
    assert slow <= 40 * fast + 0.005  # a quadratic one needs 100 times as long


def test_agrees_with_universal_dependencies_where_that_is_span_friendly(shared_data: Path) -> None:
    same = ours = theirs = entity_boundaries = kept = 0
    for text, gold, entities in _ewt(shared_data / "uner-en-ewt" / "en_ewt-ud-dev.iob2"):
        found = tokenize(text)
        boundaries = {i for token in found for i in token}
        same += len(set(gold) & set(found))
        ours += len(found)
        theirs += len(gold)
        entity_boundaries += len(entities)
        kept += sum(i in boundaries for i in entities)
    assert 2 * same / (ours + theirs) > 0.985
    assert kept / entity_boundaries > 0.995


def _ewt(path: Path) -> list[tuple[str, list[tuple[int, int]], list[int]]]:
    """(text, token ranges, entity boundaries) of each sentence whose tokens are found in its text."""
    sentences = []
    for block in path.read_text(encoding="utf-8").strip().split("\n\n"):
        lines = block.split("\n")
        text = next(line.removeprefix("# text = ") for line in lines if line.startswith("# text = "))
        rows = [line.split("\t") for line in lines if not line.startswith(("# text", "# sent_id", "# newdoc"))]
        gold: list[tuple[int, int]] = []
        entities: list[int] = []
        inside = False
        for row in rows:
            start = text.index(row[1], gold[-1][1] if gold else 0)
            if inside and not row[2].startswith("I-"):
                entities.append(gold[-1][1])
            if row[2].startswith("B-"):
                entities.append(start)
            inside = row[2] != "O"
            gold.append((start, start + len(row[1])))
        if inside:
            entities.append(gold[-1][1])
        sentences.append((text, gold, entities))
    return sentences

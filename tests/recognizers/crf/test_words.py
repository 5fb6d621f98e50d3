"""Words, their features and their rows: bounded, and never stale."""

from functools import partial

import numpy as np
import pytest
from tests.recognizers.samples import marked, news, sentences

from livener.recognizers.crf import Crf, engine
from livener.recognizers.crf.words import WordTable
from livener.text import Document


def test_features_that_training_has_not_seen_are_left_out() -> None:
    table = WordTable([], None)
    table.growing = True
    table.numbers(sentences("Ann left"), 2)
    known = len(table.features)
    table.growing = False
    table.numbers(sentences("Ann slept"), 2)
    first, features, values = table.arrays()
    assert len(table) == len(first) - 1 == 5  # two borders, Ann, left, slept
    assert len(table.features) == known
    seen, unseen = first[3] - first[2], first[5] - first[4]
    assert 0 < unseen < seen
    assert features.max() < known
    assert (values == 1.0).all()


@pytest.mark.parametrize("size", [1, 3, 30])
def test_a_full_table_begins_anew_and_changes_nothing(size: int) -> None:
    crf = Crf.create({})
    crf.fit(news(40), [])
    texts = [*news(40, skip=11), *sentences(*(f"word{i} met Ann Lee in town{i} ." for i in range(40)))]
    whole = crf.predict(texts)
    crf.table.limit = 10
    parts = []
    for at in range(0, len(texts), size):
        parts += crf.predict(texts[at : at + size])
        assert len(crf.table) < crf.table.limit + 10 * size + 3
    assert parts == whole


def test_training_is_the_same_whatever_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = []
    for limit in (1_000_000, 5):
        monkeypatch.setattr(engine, "WordTable", partial(WordTable, limit=limit))
        crf = Crf.create({})
        crf.fit(news(30), news(20, skip=7))
        weights.append(crf.weights)
    assert np.array_equal(*weights)


def test_a_text_that_holds_the_mark_of_a_border_is_a_word() -> None:
    crf = Crf.create({})
    border = Document("\x02 Ann \x03", tokens=((0, 1), (2, 5), (6, 7)), spans=marked("xx[Ann](PER)").spans)
    crf.fit(sentences(border), [])
    assert "w=\x02" in crf.table.features
    assert crf.predict(sentences(border))[0][0].text == "Ann"

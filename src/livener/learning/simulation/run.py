"""Simulated annotation: a model is trained, asks, is answered, and is trained again."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any, cast

import numpy as np

from livener.datasets import fingerprint
from livener.errors import InputError
from livener.learning.acquisition import Cost, Predictions, answered, create, questions, select, sentences_of
from livener.learning.simulation.annotators import Annotator
from livener.learning.simulation.curves import Point
from livener.metrics import evaluate
from livener.pipeline import Pipeline
from livener.recognizers.base import Trainable
from livener.recognizers.registry import get
from livener.text import Document, Segmenter, Sentence

WORDS = "words"
"""The strategy that asks for the unsure words only; all others ask for whole documents of the pool."""
POINTS = "points.jsonl"
_PLAN = "plan.json"

Tell = Callable[[Point, int], None]
"""Called after each round with its point and the number of all rounds."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated.

    Every run begins with ``start`` tokens drawn at random, the same for all strategies of a seed, and goes on in
    ``rounds`` steps, each costing the same factor more, up to ``budget`` (both in ``cost``). ``budgets`` gives a
    strategy its own. ``error_rate`` is the annotators'. ``second`` is another engine that is trained on the answers
    that the first one asked for.
    """

    strategies: tuple[str, ...]
    seeds: int = 5
    start: float = 2000.0
    budget: float = 20000.0
    rounds: int = 8
    budgets: Mapping[str, float] = field(default_factory=dict)
    error_rate: float = 0.0
    random_share: float = 0.0
    recognizer: str = "crf"
    settings: Mapping[str, Any] = field(default_factory=dict)
    second: str | None = None
    second_settings: Mapping[str, Any] = field(default_factory=dict)
    by_sentence: bool = True
    cost: Cost = field(default_factory=Cost)
    vectors: str = "auto"

    def steps(self, strategy: str) -> list[float]:
        """How much may have been spent after each round, the first included."""
        end = self.budgets.get(strategy, self.budget)
        return [float(step) for step in np.geomspace(self.start, end, self.rounds + 1)]


def simulate(
    plan: Plan,
    pool: Sequence[Document],
    dev: Sequence[Document],
    test: Sequence[Document],
    *,
    out: Path,
    tell: Tell | None = None,
) -> list[Point]:
    """Play every strategy with every seed; the points, which ``out`` keeps as they come.

    What was done before is read from ``out`` and not done again: a run that was stopped goes on in the middle, and
    gives the same. ``dev`` stops the training; its cost is not counted.

    Raises:
        InputError: an unknown strategy or engine, no documents or no spans in them, a budget below the start, or an
            ``out`` that holds something else.
    """
    if WORDS in plan.strategies and plan.cost != Cost():
        raise InputError("questions about words are counted in tokens", where=WORDS, fix="no measured times")
    for strategy in plan.strategies:
        if strategy != WORDS:
            create(strategy)
        if not 0 < plan.start < plan.steps(strategy)[-1]:
            raise InputError(f"from {plan.start:g} to {plan.steps(strategy)[-1]:g}", fix="0 < start < budget")
    for name, documents in (("pool", pool), ("development", dev), ("test", test)):
        if not any(document.spans for document in documents):
            raise InputError(f"the {name} documents have no annotated spans")
    segmenter = Segmenter()
    units = list(
        sentences_of(pool, segmenter) if plan.by_sentence else (_cut_in_tokens(one, segmenter) for one in pool)
    )
    done = _open(out, plan, fingerprint([*pool, *dev, *test]))
    world = _World(plan, units, _cut(dev, segmenter), test, segmenter)
    total = plan.seeds * len(plan.strategies) * (plan.rounds + 1)
    found: list[Point] = []
    with (out / POINTS).open("a", encoding="utf-8") as file:
        for seed in range(plan.seeds):
            for strategy in plan.strategies:
                run = _Run(world, strategy, seed)
                for number in range(plan.rounds + 1):
                    record = done.get((strategy, seed, number))
                    if record is None:
                        record = run.advance(number)
                        file.write(json.dumps(record) + "\n")
                        file.flush()
                    else:
                        run.replay(record["asked"])
                    found.append(Point(**record["point"]))
                    if tell:
                        tell(found[-1], total)
    return found


@dataclass(frozen=True, slots=True)
class _World:
    """What all runs share: ``units`` are the documents that can be asked for, with their gold."""

    plan: Plan
    units: Sequence[Document]
    dev: Sequence[Sentence]
    test: Sequence[Document]
    segmenter: Segmenter

    def answer(self, number: int, seed: int) -> Document:
        """What the annotator says of a unit: the same whenever and in which ever part it is asked."""
        labels = (
            tuple(sorted({span.label for unit in self.units for span in unit.spans})) if self.plan.error_rate else ()
        )
        return Annotator(self.plan.error_rate, labels)(self.units[number], np.random.default_rng([seed, number]))

    def fit(self, name: str, settings: Mapping[str, Any], known: Sequence[Document], seed: int) -> Pipeline:
        """An engine trained on what is known."""
        engine = cast(type[Trainable], get(name)).create(settings)
        engine.fit(_cut(known, self.segmenter), self.dev, seed=seed)
        return Pipeline(engine, self.segmenter)

    def f1(self, nlp: Pipeline) -> float:
        """Strict F1 on the test documents."""
        found = [document.spans for document in nlp.pipe(self.test)]
        return evaluate([document.spans for document in self.test], found).strict.f1


class _Run:
    """One strategy with one seed. What was asked so far is all its state: answers and training follow from it."""

    def __init__(self, world: _World, strategy: str, seed: int) -> None:
        self.world, self.strategy, self.seed = world, strategy, seed
        self.known: dict[int, Document] = {}
        self.nlp: Pipeline | None = None
        self.tokens = self.spans = self.questions = 0
        self.cost = 0.0

    def advance(self, number: int) -> dict[str, Any]:
        """The next round: ask, be answered, learn, and be measured."""
        plan = self.world.plan
        if number and self.nlp is None:
            self._learn()
        asked = self._ask(plan.steps(self.strategy)[number] - self.cost, number)
        self.replay(asked)
        began = perf_counter()
        self._learn()
        seconds = perf_counter() - began
        f1 = self.world.f1(self.nlp) if self.nlp else 0.0
        other = None
        if plan.second and self.nlp:
            other = self.world.f1(
                self.world.fit(plan.second, plan.second_settings, [*self.known.values()], self.seed)
            )
        point = Point(
            self.strategy,
            self.seed,
            number,
            self.questions,
            self.tokens,
            self.spans,
            round(self.cost, 3),
            f1,
            round(seconds, 3),
            other,
        )
        return {"point": asdict(point), "asked": asked}

    def replay(self, asked: Sequence[Sequence[int]]) -> None:
        """Take the answers to these questions: the number of a unit, or that and a range in it."""
        for number, *part in asked:
            whole = self.world.answer(number, self.seed)
            before = self.known.get(number)
            if part:
                start, end = part
                spans = tuple(span for span in whole.spans if span.start < end and start < span.end)
                bare = before or replace(whole, spans=(), complete=False)
                self.known[number] = after = answered(bare, start, end, spans)
                tokens = _known_tokens(after) - (_known_tokens(before) if before else 0)
            else:
                self.known[number] = after = whole
                tokens = sum(len(sentence.tokens) for sentence in self.world.segmenter.sentences(whole))
            spans_said = len(after.spans) - (len(before.spans) if before else 0)
            self.tokens += tokens
            self.spans += spans_said
            self.cost += float(self.world.plan.cost(tokens, max(spans_said, 0)))
        self.questions += len(asked)
        self.nlp = None

    def _learn(self) -> None:
        plan, known = self.world.plan, [*self.known.values()]
        if any(document.spans for document in known):
            self.nlp = self.world.fit(plan.recognizer, plan.settings, known, self.seed)

    def _ask(self, budget: float, number: int) -> list[list[int]]:
        plan = self.world.plan
        rng = np.random.default_rng([self.seed, number, *self.strategy.encode()] if number else [self.seed])
        open_ = [i for i in range(len(self.world.units)) if i not in self.known or not self.known[i].complete]
        if self.strategy == WORDS and number and self.nlp:
            pool = [self.known.get(i) or _bare(self.world.units[i]) for i in open_]
            given = Predictions(self.nlp, pool, seed=self.seed)
            found = questions(given, rng=rng, budget=int(budget), random_share=plan.random_share)
            return [[open_[one.number], one.start, one.end] for one in found]
        nlp = self.nlp or Pipeline(get("patterns")(), self.world.segmenter)
        by_chance = not number or self.nlp is None or self.strategy == WORDS
        errors = self._errors(nlp) if self.strategy == "past_errors" and not by_chance else []
        committee = self._committee() if self.strategy == "disagreement" and not by_chance else []
        if (self.strategy == "past_errors" and not errors) or (self.strategy == "disagreement" and not committee):
            by_chance = True
        given = Predictions(
            nlp,
            [_bare(self.world.units[i]) for i in open_],
            known=[document for document in self.known.values() if document.complete],
            errors=errors,
            committee=committee,
            vectors=plan.vectors,
            seed=self.seed,
        )
        strategy = create("random" if by_chance else self.strategy)
        chosen = select(
            given, strategy, rng=rng, budget=max(budget, 0.0), cost=plan.cost, random_share=plan.random_share
        )
        return [[open_[choice.number]] for choice in chosen]

    def _errors(self, nlp: Pipeline) -> list[tuple[Document, int, int]]:
        """What the present model gets wrong in what it was trained on."""
        known = [*self.known.values()]
        found = evaluate([one.spans for one in known], [one.spans for one in nlp.pipe(known)]).errors
        spans = [(error.document, error.gold or error.predicted) for error in found]
        return [(known[number], span.start, span.end) for number, span in spans if span]

    def _committee(self) -> list[Pipeline]:
        """Two more models, each trained on a random half of what is known."""
        plan, known = self.world.plan, [*self.known.values()]
        rng = np.random.default_rng([self.seed, len(known)])
        order = rng.permutation(len(known)).tolist()
        halves = [[known[i] for i in order[at::2]] for at in (0, 1)]
        return [
            self.world.fit(plan.recognizer, plan.settings, half, self.seed)
            for half in halves
            if any(document.spans for document in half)
        ]


def _cut_in_tokens(document: Document, segmenter: Segmenter) -> Document:
    """With the ranges of its tokens and sentences, so that answers about a part of it can be counted."""
    tokens = [[sentence.original(*token) for token in sentence.tokens] for sentence in segmenter.sentences(document)]
    ranges = tuple((those[0][0], those[-1][1]) for those in tokens)
    return replace(document, tokens=tuple(token for those in tokens for token in those), sentences=ranges)


def _bare(unit: Document) -> Document:
    """Without the gold: nothing that chooses may see it."""
    return replace(unit, spans=(), negatives=(), complete=False, known=())


def _known_tokens(document: Document) -> int:
    tokens = document.tokens or ()
    return sum(any(a <= start and end <= b for a, b in document.known) for start, end in tokens)


def _cut(documents: Sequence[Document], segmenter: Segmenter) -> list[Sentence]:
    return [sentence for document in documents for sentence in segmenter.sentences(document)]


def _open(out: Path, plan: Plan, data: str) -> dict[tuple[str, int, int], dict[str, Any]]:
    """What ``out`` holds of the same simulation; a line that was cut short is dropped."""
    out.mkdir(parents=True, exist_ok=True)
    wanted = json.loads(json.dumps({"plan": asdict(plan), "data": data}))
    # More seeds or strategies go on with what there is: the runs do not depend on each other.
    same = hashlib.sha256(
        json.dumps({**wanted, "plan": {**wanted["plan"], "seeds": 0, "strategies": ()}}, sort_keys=True).encode()
    ).hexdigest()
    file = out / _PLAN
    if file.exists():
        if json.loads(file.read_text(encoding="utf-8")).get("same") != same:
            raise InputError(
                "holds another simulation", where=str(out), fix="the same options and data, or a new directory"
            )
    elif any(out.iterdir()):
        raise InputError("holds something other than a simulation", where=str(out), fix="a new directory")
    file.write_text(json.dumps({**wanted, "same": same}, indent=2), encoding="utf-8")
    records = list(_records(out / POINTS))
    return {(one["point"]["strategy"], one["point"]["seed"], one["point"]["round"]): one for one in records}


def _records(file: Path) -> Iterator[dict[str, Any]]:
    if not file.exists():
        return
    text = file.read_text(encoding="utf-8")
    if not text.endswith("\n"):  # killed in the middle of a line
        text = text[: text.rfind("\n") + 1]
        file.write_text(text, encoding="utf-8")
    for line in text.splitlines():
        yield json.loads(line)

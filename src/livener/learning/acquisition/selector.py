"""The choice of what to ask next: one place for all strategies, and one random generator."""

from dataclasses import dataclass

import numpy as np

from livener.errors import InputError
from livener.learning.acquisition.base import Acquisition
from livener.learning.acquisition.cost import Cost
from livener.learning.acquisition.duplicates import NearDuplicates
from livener.learning.acquisition.predictions import Predictions
from livener.text import Document


@dataclass(frozen=True, slots=True)
class Choice:
    """One document of the pool, by its ``number``: its score, its cost, and whether it was drawn at random."""

    number: int
    document: Document
    score: float
    cost: float
    random: bool


def select(
    predictions: Predictions,
    acquisition: Acquisition,
    *,
    rng: np.random.Generator,
    count: int | None = None,
    budget: float | None = None,
    cost: Cost = Cost(),  # noqa: B008  (an immutable value)
    random_share: float = 0.1,
    likeness: float = 0.8,
) -> list[Choice]:
    """The next documents to ask for: ``count`` of them, or as many as the ``budget`` (of ``cost``) pays for.

    A fixed ``random_share`` of them is drawn at random: what is learned of the model's errors from those alone holds
    for the pool. Documents nearly the same as one that is chosen or known, are left out (``likeness`` of their words;
    above 1, none are), and so are those without a token. Equal scores come in random order.

    Raises:
        InputError: neither or both of ``count`` and ``budget``, or a share that is none.

    >>> from livener.learning.acquisition.registry import create
    >>> from livener.pipeline import Pipeline
    >>> from livener.recognizers.registry import get
    >>> texts = "Pay $5.", "pay $7!", "No sum."
    >>> pool = Predictions(Pipeline(get("patterns")()), [Document(text) for text in texts])
    >>> chosen = select(pool, create("random"), rng=np.random.default_rng(0), count=3)
    >>> sorted(choice.document.text.lower()[:2] for choice in chosen)
    ['no', 'pa']
    """
    if (count is None) == (budget is None) or (count or 0) < 0 or (budget or 0) < 0:
        raise InputError("how many documents, or for how much?", fix="a count or a budget, and not negative")
    if not 0 <= random_share <= 1:
        raise InputError(f"the random share is {random_share}", fix="0 <= share <= 1")
    scores = acquisition.score(predictions)
    if scores.shape != (len(predictions),) or np.isnan(scores).any():
        raise InputError(f"{type(acquisition).__name__} gave scores of shape {scores.shape}", fix="one number each")
    tie = rng.permutation(len(predictions))
    ranked, drawn = np.lexsort((tie, -scores)), rng.permutation(len(predictions))
    spans = [len(found) for found in predictions.spans] if cost.per_span else np.zeros(len(predictions))
    costs = cost(predictions.tokens, spans)
    left = np.inf if budget is None else float(budget)
    chosen: list[Choice] = []
    # Each list is walked once: what does not fit now, or was seen, will not fit later.
    candidates = {at_random: iter(order.tolist()) for at_random, order in ((False, ranked), (True, drawn))}
    seen = NearDuplicates((document.text for document in predictions.documents), likeness=likeness)
    for document in predictions.known if likeness <= 1 else ():
        for text in {document.text, *(sentence.text for sentence in predictions.nlp.segmenter.sentences(document))}:
            seen.add(text)
    taken: set[int] = set()

    def usable(number: int) -> bool:
        return (
            number not in taken
            and bool(predictions.tokens[number])
            and costs[number] <= left
            and not (likeness <= 1 and seen.has(predictions.documents[number].text))
        )

    randoms = 0
    while count is None or len(chosen) < count:
        at_random = randoms < random_share * (len(chosen) + 1) - 1e-9
        number = next(filter(usable, candidates[at_random]), None)
        if number is None:
            break
        taken.add(number)
        randoms += at_random
        left -= costs[number]
        document = predictions.documents[number]
        seen.add(document.text)
        chosen.append(Choice(number, document, float(scores[number]), float(costs[number]), at_random))
    return chosen

"""Production that is made up: documents with predicted spans, whose rates are known."""

from collections.abc import Mapping, Sequence

import numpy as np

from livener.text import Document, Span

NAMES = {
    "PER": ["Ada", "Alan", "Grace", "Jean", "Kay", "Betty", "Edsger", "Barbara"],
    "ORG": ["Acme", "Globex", "Initech", "Umbrella", "Hooli", "Stark"],
    "LOC": ["Oslo", "Lima", "Cairo", "Quito", "Hanoi", "London"],
}
FILLER = ("the of and to that was for it", "with as his on be at by had but", "from they which you were her")
WORDS = tuple(word for part in FILLER for word in part.split())
RATES = {"PER": 0.8, "ORG": 0.5, "LOC": 0.3}


def production(
    n: int,
    rng: np.random.Generator,
    *,
    rates: Mapping[str, float] = RATES,
    filler: Sequence[str] = WORDS,
    score: float = 0.9,
    meta: Mapping[str, str] | None = None,
) -> list[Document]:
    """Documents of some twelve words with a Poisson number of spans of each label."""
    documents = []
    for i in range(n):
        words: list[tuple[str, str | None]] = [
            (str(w), None) for w in rng.choice(np.array(filler), rng.integers(5, 15))
        ]
        for label, rate in rates.items():
            for _ in range(rng.poisson(rate)):
                words.insert(int(rng.integers(len(words) + 1)), (str(rng.choice(NAMES[label])), label))
        text, spans = "", []
        for word, label in words:
            if label:
                sure = float(np.clip(rng.normal(score, 0.05), 0.01, 0.99))
                spans.append(Span(len(text), len(text) + len(word), label, sure))
            text += word + " "
        documents.append(Document(text, f"d{i}", dict(meta or {}), tuple(spans)))
    return documents

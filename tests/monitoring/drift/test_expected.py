"""What words lead to expect: by their neighbours where those were seen, by the word and its shape where not."""

import numpy as np

from livener.monitoring.drift import measure
from livener.monitoring.drift.expected import expectations, residuals
from livener.text import Document, Span

PEOPLE = [Document(f"Jordan said {word}.", spans=(Span(0, 6, "PER"),)) for word in ("so", "no", "yes", "hello")]
RIVERS = [Document(f"We swam in Jordan {word}.") for word in ("twice", "today", "again", "alone")]


def test_neighbours_tell_what_a_word_is() -> None:
    reference = measure([*PEOPLE, *RIVERS] * 25)
    asked = [Document("Jordan said goodbye."), Document("We swam in Jordan often."), Document("Maria said so.")]
    own, found = expectations(reference, measure(asked, labels=["PER"]))
    assert found[0, 0] > 0.9  # half of the Jordans were people
    assert found[1, 0] < 0.3
    assert 0.1 < found[2, 0] < 1.1  # nobody saw Maria, but a word of that shape before "said"
    assert abs(own.sum() - reference.counts.sum()) < 0.1 * reference.counts.sum()
    counts = reference.counts[:, 0].astype(np.float64)
    left, _ = residuals(counts, own[:, 0], counts, own[:, 0])
    assert left.var() < 0.05 * counts.var()
    assert abs(left.mean()) < 1e-9


def test_a_window_without_words_expects_nothing() -> None:
    reference, empty = measure(PEOPLE * 5), measure([Document("")] * 3, labels=["PER"])
    assert expectations(reference, empty)[1].tolist() == [[0.0]] * 3
    assert expectations(empty, reference)[1].shape == (20, 1)

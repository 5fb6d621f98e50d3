"""The costs against sums over all paths."""

from itertools import pairwise, product

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra neural")

from livener.recognizers.neural.losses import path_loss, token_loss  # noqa: E402
from livener.tagging.schemes import TagSet  # noqa: E402

TAGS = TagSet(["PER"], "BIO")


def brute_force(scores: np.ndarray, allowed: np.ndarray, steps: np.ndarray) -> float:
    """Minus the log of the share of legal paths that go through allowed tags only."""
    every, held = [], []
    for path in product(range(3), repeat=len(scores)):
        legal = TAGS.starts[path[0]] and TAGS.stops[path[-1]]
        legal = legal and all(TAGS.allowed[a, b] for a, b in pairwise(path))
        if legal:
            score = sum(scores[t, k] for t, k in enumerate(path))
            score += sum(steps[a, b] for a, b in pairwise(path))
            every.append(score)
            if all(allowed[t, k] for t, k in enumerate(path)):
                held.append(score)
    return float(np.logaddexp.reduce(every) - np.logaddexp.reduce(held))


@pytest.mark.parametrize("seed", range(5))
def test_the_cost_of_paths_is_that_of_all_paths_written_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(3, 3))
    scores = rng.normal(size=(3, 5, 3))
    lengths = np.array([5, 1, 3])
    allowed = rng.random((3, 5, 3)) < 0.5
    allowed[:, :, 0] = True
    for i, length in enumerate(lengths):
        allowed[i, length:] = True
    found = path_loss(
        torch.tensor(scores),
        torch.tensor(allowed),
        torch.tensor(steps, dtype=torch.float32),
        torch.tensor(TAGS.allowed),
        torch.tensor(np.stack([TAGS.starts, TAGS.stops])),
        torch.tensor(lengths),
    )
    wanted = [brute_force(scores[i, :n], allowed[i, :n], steps) for i, n in enumerate(lengths)]
    assert found.tolist() == pytest.approx(wanted, abs=1e-4)


def test_a_token_of_which_nothing_is_known_costs_nothing() -> None:
    scores = torch.randn(1, 2, 3)
    allowed = torch.tensor([[[True, True, True], [False, True, True]]])
    p = scores.softmax(-1)
    assert token_loss(scores, allowed).item() == pytest.approx(-torch.log(p[0, 1, 1:].sum()).item(), abs=1e-5)


def test_focal_loss_lets_sure_tokens_count_less() -> None:
    scores = torch.tensor([[[2.0, 0.0]]])
    known = torch.tensor([[[True, False]]])
    p = scores.softmax(-1)[0, 0, 0]
    assert token_loss(scores, known, focal=2.0).item() == pytest.approx((-((1 - p) ** 2) * p.log()).item())

"""Why numba: Viterbi and marginals by the compiled kernels against numpy over length-sorted, padded batches.

    python benchmarks/kernels.py

Emissions are random, lengths like those of web text (13 tokens on average). Both give the same answers, which is
checked; the marginals of the kernels come with the entropy of each sentence, those of numpy without. CPU seconds,
medians; the time of the import is shown beside the gain.
"""

import statistics
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter, process_time

import numpy as np

from livener.tagging import vectorised
from livener.tagging.chains import Chain
from livener.tagging.schemes import TagSet

SENTENCES = 5_000


def marginals(x: np.ndarray, bounds: np.ndarray, chain: Chain, batch: int = 256) -> np.ndarray:
    """Tag marginals (N, K), vectorised likewise, on scaled probabilities."""
    out = np.empty_like(x)
    lengths = np.diff(bounds)
    order = np.argsort(lengths, kind="stable")
    step = np.exp(chain.transitions)
    for begin in range(0, len(order), batch):
        chosen = order[begin : begin + batch]
        n, longest = lengths[chosen], lengths[chosen[-1]]
        inside = np.arange(longest) < n[:, None]
        place = bounds[chosen][:, None] + np.arange(longest)
        e = np.ones((len(chosen), longest, x.shape[1]))
        rows = x[place[inside]]
        e[inside] = np.exp(rows - rows.max(1, keepdims=True))
        e[:, 0] *= chain.tagset.starts
        e[np.arange(len(chosen)), n - 1] *= chain.tagset.stops
        a = np.empty_like(e)
        scale = np.ones((len(chosen), longest, 1))
        for t in range(longest):
            a[:, t] = e[:, t] if t == 0 else (a[:, t - 1] @ step) * e[:, t]
            scale[:, t] = a[:, t].sum(1, keepdims=True)
            a[:, t] /= scale[:, t]
        b = np.ones_like(e)
        for t in range(longest - 2, -1, -1):
            back = (e[:, t + 1] * b[:, t + 1] / scale[:, t + 1]) @ step.T
            b[:, t] = np.where((t < n - 1)[:, None], back, 1.0)
        out[place[inside]] = (a * b)[inside]
    return out


def cpu(work: Callable[[], object], times: int = 5) -> float:
    seconds = []
    for _ in range(times):
        began = process_time()
        work()
        seconds.append(process_time() - began)
    return statistics.median(seconds)


def start(code: str) -> float:
    seconds = []
    for _ in range(5):
        began = perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        seconds.append(perf_counter() - began)
    return statistics.median(seconds)


def main() -> None:
    rng = np.random.default_rng(0)
    for labels in (["A", "B", "C"], [f"L{i}" for i in range(12)]):
        chain = Chain.of(TagSet(labels, "BIO"), rng.normal(size=(2 * len(labels) + 1,) * 2))
        lengths = np.clip(rng.geometric(1 / 13, SENTENCES), 1, 100)
        bounds = np.concatenate([[0], np.cumsum(lengths)])
        x = rng.normal(size=(int(bounds[-1]), len(chain.tagset.tags)))
        assert (vectorised.decode(chain, x, bounds) == chain.decode(x, bounds)[0]).all()
        assert np.allclose(marginals(x, bounds, chain), chain.marginals(x, bounds)[0])
        for name, ours, theirs in (
            ("Viterbi", lambda: chain.decode(x, bounds), lambda: vectorised.decode(chain, x, bounds)),  # noqa: B023
            ("marginals", lambda: chain.marginals(x, bounds), lambda: marginals(x, bounds, chain)),  # noqa: B023
        ):
            fast, slow = cpu(ours), cpu(theirs)
            print(f"{len(chain.tagset.tags):3d} tags  {name:9s}  numba {SENTENCES / fast:10,.0f} sentences/s   "
                  f"numpy {SENTENCES / slow:9,.0f}   ×{slow / fast:.1f}")  # fmt: skip
    print(f"start: import numpy {start('import numpy'):.2f} s, import numba {start('import numba'):.2f} s")


if __name__ == "__main__":
    main()

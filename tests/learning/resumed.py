"""A transformer trained in a process of its own: ``python resumed.py OUT ENCODER`` resumes; with ``die`` it waits for
its end in the middle of training, once a state is kept. Prints how often the training was resumed."""

import json
import sys
import time
from pathlib import Path

from livener.learning import train
from livener.learning.training import unfinished

SETTINGS = {"epochs": 4, "rate": 5e-3, "batch": 128, "window": 64, "overlap": 16, "quantise": "no"}


def main(out: Path, encoder: str, *, die: bool) -> None:
    """Train."""
    from tests.learning.test_continuing import OLD  # which runs this one

    settings = {"encoder": encoder, **SETTINGS}

    def progress(done: int, total: int, _: object) -> None:
        if die and 1 < done < total and (unfinished(out) / "state.npz").exists():
            print("kill me", flush=True)
            time.sleep(120)

    report = train(
        "transformer",
        OLD,
        OLD[::5],
        out=out,
        settings=settings,
        seed=4,
        keep_every=0.0,
        resume=True,
        progress=progress,
    )
    print(json.dumps(report.cost["resumed"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], die=len(sys.argv) > 3)

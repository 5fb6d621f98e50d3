"""An engine trained in a process of its own: ``python resumed.py OUT NAME SETTINGS`` resumes; with ``die`` it waits
for its end in the middle of training, once a state is kept. Prints how often the training was resumed."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from livener.learning import train
from livener.learning.training import unfinished

TRANSFORMER = {"epochs": 4, "rate": 5e-3, "batch": 128, "window": 64, "overlap": 16, "quantise": "no"}


def main(out: Path, name: str, settings: Mapping[str, Any], *, die: bool) -> None:
    """Train."""
    from tests.learning.test_continuing import OLD  # which runs this one

    def progress(done: int, total: int, _: object) -> None:
        if die and 1 < done < total and (unfinished(out) / "state.npz").exists():
            print("kill me", flush=True)
            time.sleep(120)

    report = train(
        name,
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
    main(Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]), die=len(sys.argv) > 4)

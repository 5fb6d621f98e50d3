"""What livener costs before it does anything: the size of a core install, and the time to a first prediction.

    python benchmarks/install.py

Makes a virtual environment of its own with the core dependencies, trains a CRF on the sample, then starts processes
that load it and predict one sentence. The first start compiles and is shown apart. Beside it, what a process costs
that only imports one of the two heaviest dependencies.
"""

import statistics
import subprocess
import tempfile
import venv
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]
STARTS = 5
FIRST_PREDICTION = """
import livener
nlp = livener.load("model")
assert nlp("Jordan signs gas deal with Egypt for $2.6 billion.").spans
"""


def megabytes(folder: Path) -> float:
    return sum(file.lstat().st_blocks * 512 for file in folder.rglob("*")) / 1e6


def seconds(python: Path, code: str, work: Path) -> float:
    begin = perf_counter()
    subprocess.run([python, "-c", code], cwd=work, check=True)
    return perf_counter() - begin


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        venv.create(work / "venv", with_pip=True, symlinks=True)
        python = work / "venv/bin/python"
        site = next((work / "venv/lib").glob("python*/site-packages"))
        empty = megabytes(site)
        subprocess.run([python, "-m", "pip", "install", "-qq", "-c", ROOT / "constraints.txt", ROOT], check=True)
        print(f"core install: {megabytes(site) - empty:.0f} MB in site-packages, beside {empty:.0f} MB of pip")
        subprocess.run(
            [python.with_name("livener"), "demo", "--dir", work],
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )
        print(f"after a training run, with compiled kernels: {megabytes(site) - empty:.0f} MB")
        print(f"first start to first prediction: {seconds(python, FIRST_PREDICTION, work):.2f} s")
        for name, code in (
            ("start to first prediction", FIRST_PREDICTION),
            ("import numpy", "import numpy"),
            ("import numba", "import numba"),
        ):
            runs = sorted(seconds(python, code, work) for _ in range(STARTS))
            print(f"{name}: median {statistics.median(runs):.2f} s of {STARTS} ({runs[0]:.2f} to {runs[-1]:.2f})")


if __name__ == "__main__":
    main()

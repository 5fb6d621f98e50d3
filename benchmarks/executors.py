"""What several workers gain: livener predict --out in this process, in processes, and on Ray.

    python benchmarks/executors.py [--sentences 1_000_000] [--engines processes ray] [--workers 2]

A CRF trained on the sample reads lines, each a sentence of the sample with a number of its own. Seconds of the whole
command, start and loading included, and the most memory of any process of it. The outputs are compared byte for byte.
On a machine that is busy with other work seconds say little: beside them stand the processor seconds of all that the
command started and waited for (which the daemons of Ray are not), and how much faster that many free processors
would be.
Aims on two cores: processes 1.8 times as fast as one process, Ray 1.6 times, memory that does not grow.
"""

import argparse
import hashlib
import itertools
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from livener.cli.console import table
from livener.demo import outermost, sample
from livener.learning import train


def memory(pid: int) -> float:
    """Megabytes of the process and all that it started, each page counted once for each that has it."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in listed.splitlines()]
    mine, size = {pid}, 0
    while size < len(mine):
        size = len(mine)
        mine |= {process for process, parent, _ in rows if parent in mine}
    return max((kilobytes / 1e3 for process, _, kilobytes in rows if process in mine), default=0.0)


def timed(arguments: list[str]) -> tuple[float, float, float, float]:
    """Seconds; processor seconds; the most memory of one process over the first half of the run, and over all."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    seen: list[float] = []
    with subprocess.Popen(
        [sys.executable, "-m", "livener", *arguments], stderr=subprocess.PIPE, text=True
    ) as running:

        def watch() -> None:
            while running.poll() is None:
                seen.append(memory(running.pid))
                time.sleep(1.0)

        watcher = threading.Thread(target=watch)
        watcher.start()
        _, said = running.communicate()
        watcher.join()
    if running.returncode:
        sys.exit(said)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, processor, max(seen[: len(seen) // 2 + 1]), max(seen)


def digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(folder.glob("*.jsonl")):
        whole.update(path.read_bytes())
    return whole.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=1_000_000)
    parser.add_argument("--engines", nargs="*", default=["processes", "ray"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--partition", type=float, default=4.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        parts = {part: [outermost(document) for document in sample(part)] for part in ("train", "dev")}
        train("crf", parts["train"], parts["dev"], out=Path(work, "model"))
        sentences = [line for document in parts["train"] for line in document.text.splitlines() if line.strip()]
        with Path(work, "many.txt").open("w", encoding="utf-8") as file:
            for number, line in enumerate(itertools.islice(itertools.cycle(sentences), arguments.sentences)):
                file.write(f"{line} No. {number}\n")
        size = Path(work, "many.txt").stat().st_size / 1e6
        print(f"{arguments.sentences:,} lines, {size:,.0f} MB, partitions of {arguments.partition:g} MB")
        common = ["predict", f"{work}/model", f"{work}/many.txt", "--lines", "--partition", str(arguments.partition)]
        rows: list[list[Any]] = []
        digests: dict[str, str] = {}
        for engine in ("local", *arguments.engines):
            extra = [] if engine == "local" else ["--engine", engine, "--workers", str(arguments.workers)]
            seconds, processor, half, most = timed([*common, "--out", f"{work}/{engine}", *extra])
            digests[engine] = digest(Path(work, engine))
            first, spent = (rows[0][1], rows[0][3]) if rows else (seconds, processor)
            free = 1.0 if engine == "local" else arguments.workers * float(spent) / processor
            known = ["", ""] if engine == "ray" else [processor, free]  # its daemons are nobody's children
            rows.append([engine, seconds, float(first) / seconds, *known, half, most])
        header = ["", "seconds", "times as fast", "processor s", "on free processors", "MB, first half", "MB"]
        print(table(header, rows))
        print("outputs are the same" if len(set(digests.values())) == 1 else f"OUTPUTS DIFFER: {digests}")


if __name__ == "__main__":
    main()

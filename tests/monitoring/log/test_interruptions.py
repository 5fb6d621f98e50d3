"""Whatever ends the process: what was on the disk is read, and becomes segments when the next writer begins."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from livener.monitoring.log import Inferences, Log, LogWriter, Window, open_file
from livener.monitoring.log.open_file import OpenFile
from livener.monitoring.log.rows import rows
from livener.text import Document, Span

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
DAY = Window.last(until=datetime(2024, 5, 2, tzinfo=UTC), days=1)
PROGRAM = """
import os, sys, time
from datetime import UTC, datetime
from livener.monitoring.log import Inferences, LogWriter
from livener.text import Document, Span
if sys.argv[2] == "slow":  # a disk that takes a minute for a sync
    os.fsync = lambda _: time.sleep(60)
writer = LogWriter(sys.argv[1], strict=sys.argv[2] == "strict", segment_rows=40, sync_seconds=0.05)
number = 0
while True:
    document = Document("Acme left.", f"{number}", spans=(Span(0, 4, "ORG", 0.9),))
    done = writer.append(Inferences(datetime(2024, 5, 1, 12, tzinfo=UTC), 1, [document], 1, "crf.v1"))
    if done is not None:
        done.result()
        print(number, flush=True)
    else:
        print(number, time.monotonic(), flush=True)
        time.sleep(0.001)
    number += 1
"""


def some(number: int) -> list[Inferences]:
    return [Inferences(NOW, 1, [Document("Acme left.", f"{number}", spans=(Span(0, 4, "ORG"),))], 1, "crf.v1")]


def keys(folder: Path) -> list[int]:
    return sorted(map(int, Log(folder).documents(1, DAY)["key"].to_pylist()))


@pytest.mark.parametrize("mode", ["strict", "relaxed", "slow"])
def test_kill_9_loses_nothing_that_was_promised(tmp_path: Path, mode: str) -> None:
    """Of the seconds after start-up; `benchmarks/log.py` does it a hundred times."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path), mode], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(1.5)
        killed = time.monotonic()
        os.kill(process.pid, signal.SIGKILL)
        said = [line.split() for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    promised = [int(line[0]) for line in said if mode == "strict" or float(line[1]) < killed - 1]
    assert promised
    there = keys(tmp_path)
    assert set(promised) <= set(there)
    assert there == list(range(len(there)))  # once each, without a gap
    with LogWriter(tmp_path) as writer:
        writer.flush()
    assert not list(tmp_path.glob("open/*.open"))
    assert keys(tmp_path) == there


def test_a_file_that_is_cut_anywhere_gives_what_was_whole(tmp_path: Path) -> None:
    file = OpenFile(tmp_path, milliseconds=1)
    sizes = [file.bytes]
    for number in range(3):
        file.append([rows(some(number), first=number)])
        sizes.append(file.bytes)
    file.close()
    content = file.path.read_bytes()
    for cut in range(0, len(content) + 1, 7):
        file.path.write_bytes(content[:cut])
        whole = max(0, sum(size <= cut for size in sizes) - 1)
        assert len(list(open_file.read(file.path))) == whole
    for damaged in range(sizes[1] + 12, len(content), 101):  # a bit that flipped ends it before its frame
        file.path.write_bytes(content[:damaged] + bytes([content[damaged] ^ 1]) + content[damaged + 1 :])
        whole = sum(size <= damaged for size in sizes) - 1
        assert len(list(open_file.read(file.path))) == whole


def test_a_full_disk_keeps_what_waits_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = True
    really = os.fsync

    def fsync(descriptor: int) -> None:
        if full:
            raise OSError(28, "No space left on device")
        really(descriptor)

    with LogWriter(tmp_path, sync_seconds=0.01, most_waiting=3) as writer:
        writer.append(some(0)[0])
        writer.flush()
        monkeypatch.setattr(os, "fsync", fsync)
        for number in range(1, 5):
            writer.append(some(number)[0])
        time.sleep(0.1)
        assert writer.behind
        full = False
        for _ in range(500):
            if not writer.waiting:
                break
            time.sleep(0.01)
        assert not writer.behind
    assert keys(tmp_path) == [0, 1, 2, 3, 4]


def test_strict_says_that_it_could_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LogWriter(tmp_path, strict=True, sync_seconds=0.01) as writer:
        first = writer.append(some(0)[0])
        assert first is not None
        first.result(10)

        def fsync(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", fsync)
        second = writer.append(some(1)[0])
        assert second is not None
        with pytest.raises(OSError, match="No space"):
            second.result(10)
        monkeypatch.undo()
    assert keys(tmp_path) == [0]


def test_a_file_that_is_written_belongs_to_its_writer(tmp_path: Path) -> None:
    with LogWriter(tmp_path, sync_seconds=0.01) as first:
        first.append(some(0)[0])
        while first.waiting:
            time.sleep(0.01)
        with LogWriter(tmp_path) as second:
            second.append(some(1)[0])
            second.flush()
        assert len(list(tmp_path.glob("open/*.open"))) == 1
        assert keys(tmp_path) == [0, 1]
    assert not list(tmp_path.glob("open/*.open"))
    assert keys(tmp_path) == [0, 1]

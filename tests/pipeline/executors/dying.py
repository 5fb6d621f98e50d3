"""Writers that die at work; workers import them by this name."""

import os
import signal
from collections.abc import Iterable
from pathlib import Path

from livener.formats import Report, write
from livener.text import Document


def killed_once(documents: Iterable[Document], path: Path, report: Report, *, flag: Path) -> int:
    """Writes half an output and dies of it, the first time."""
    if path.name.startswith("notes-00002") and not flag.exists():
        flag.touch()
        path.write_text("half an out")
        os.kill(os.getpid(), signal.SIGKILL)
    return write(documents, path, format="jsonl", report=report)


def killed(_documents: Iterable[Document], _path: Path, _report: Report) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0

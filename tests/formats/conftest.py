"""Files from strings."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from livener import Document
from livener.formats import Report, read

Parse = Callable[..., list[Document]]


@pytest.fixture
def parse(tmp_path: Path) -> Parse:
    """``parse(content, "a.conll", **options)``: the documents of a file with that content."""

    def parsed(content: str | bytes, name: str, *, report: Report | None = None, **options: Any) -> list[Document]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return list(read(path, report=report, **options))

    return parsed

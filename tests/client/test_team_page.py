"""What docs/how-to/team.md shows of the client runs, against a server that runs."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.server.live import Live

from livener.review.intake import import_documents
from livener.text import Document

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "team.md"


def test_its_programs_run(live: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import_documents(live.store, 1, [Document("Ada joined Acme.", "d1")], now=datetime.now(UTC))
    monkeypatch.setenv("LIVENER_URL", live.url)
    monkeypatch.setenv("LIVENER_TOKEN", "lvn_ann")
    blocks = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in [blocks[0], *blocks]:
        exec(compile(block, PAGE.name, "exec"), {"__name__": PAGE.stem})
    printed = capsys.readouterr().out
    assert "1 not yet annotated → resolved" in printed
    assert "nothing to do: " in printed

"""A project on a server of its own process, for the benchmarks that speak to one."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from livener.review import projects
from livener.server import accounts
from livener.store import Store
from livener.store.models import Membership, Role

SCOPES = ("read", "annotate", "review", "manage", "recognize")
PROJECT = "benchmark"


def set_up(
    store: Store, roles: Mapping[str, Role], *, labels: Mapping[str, str], settings: Mapping[str, Any]
) -> dict[str, str]:
    """A project (with the id 1) and its people: the API token of each."""
    now = datetime.now(UTC)
    tokens = {}
    with store.writing() as session:
        owner = accounts.create(session, "owner", now=now, administrator=True)
        project = projects.create(session, PROJECT, by=owner.id, now=now, labels=labels, settings=settings)
        for name, role in roles.items():
            user = accounts.create(session, name, now=now)
            session.add(Membership(project_id=project.id, user_id=user.id, role=role, skills=[]))
            tokens[name] = accounts.create_token(session, user.id, "benchmark", SCOPES, days=1, now=now)[1]
    return tokens


class Server:
    """``livener serve`` over a store, always on the same port."""

    def __init__(self, store_url: str, *, workers: int = 1) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="livener-benchmark-")
        folder = Path(self._folder.name)
        (folder / "livener.toml").write_text(f'[store]\nurl = "{store_url}"\n', encoding="utf-8")
        self._log = folder / "server.log"  # "log" is the inference log
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._command = [sys.executable, "-m", "livener", "serve", str(folder), "--port", str(port)]
        self._command += ["--workers", str(workers)]

    def start(self) -> None:
        """Wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stderr=log, start_new_session=True)
        while not _is_up(self.url):
            if self._process.poll() is not None:
                raise SystemExit(self._log.read_text())
            time.sleep(0.05)

    def processor(self) -> float:
        """Seconds of processor that it has used."""
        return processor(self._process.pid)

    def end(self, how: signal.Signals) -> None:
        """Wait until it is gone."""
        os.killpg(self._process.pid, how)  # its workers too
        self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGTERM)
        self._folder.cleanup()


def processor(process: int) -> float:
    """Seconds of processor that a process has used (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health"):
            return True
    except OSError:
        return False

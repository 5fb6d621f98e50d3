"""The app as a process of its own: it stops when it is asked to, with streams open and answers under way."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
from tests.server.conftest import Place

from livener.store.models import Role

PROGRAM = """
import sys, uvicorn
from livener.server import Settings, create_app, logs
from livener.store import Artefacts, Store
logs.set_up()
app = create_app(Store(sys.argv[1]), Artefacts(sys.argv[2]), Settings())
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[3]), log_config=None, access_log=False)
"""


def test_it_stops_though_somebody_listens(place: Place) -> None:
    headers = place.token(place.user("ann", news=Role.ANNOTATOR), days=100_000)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = place.store._engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", PROGRAM, url, str(Path(place.folder) / "artefacts"), str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=os.environ) as server:
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30)
        for _ in range(600):
            try:
                assert client.get("/ready").json() == {"status": "ready"}
                break
            except httpx.ConnectError:
                time.sleep(0.1)
        with client.stream("GET", "/v1/projects/news/events") as stream:
            parts = stream.iter_raw()
            assert next(parts).startswith(b"retry:")
            began = time.monotonic()
            server.send_signal(signal.SIGTERM)
            list(parts)
            server.wait(30)
        assert time.monotonic() - began < 15  # and not the minutes that a stream lasts
        assert server.stderr is not None
        log = server.stderr.read().decode()
        client.close()
    assert "Traceback" not in log
    assert all(line.startswith("{") for line in log.splitlines())

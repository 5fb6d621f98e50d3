"""A network that is cut in the middle of requests: before the server has seen one, or before its answer is back."""

import random
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


@contextmanager
def cutting(url: str, *, share: float, seed: int) -> Iterator[tuple[str, list[str]]]:
    """The URL of a proxy before ``url`` that cuts a ``share`` of what is sent, and the list of its cuts."""
    target = urlsplit(url)
    chance = random.Random(seed)
    cuts: list[str] = []

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            client: socket.socket = self.request
            with suppress(OSError), socket.create_connection((target.hostname, target.port)) as server:
                answer_is_lost = False
                while True:
                    for ready in select.select([client, server], [], [])[0]:
                        data = ready.recv(1 << 16)
                        if not data:
                            return
                        if ready is server:
                            if answer_is_lost:  # the server has done what it was asked
                                cuts.append("answer")
                                return
                            client.sendall(data)
                            continue
                        drawn = chance.random() / share
                        if drawn < 0.5:
                            cuts.append("request")
                            return
                        answer_is_lost |= drawn < 1
                        server.sendall(data)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection) as proxy:
        proxy.daemon_threads = True
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}", cuts
        finally:
            proxy.shutdown()
            thread.join()

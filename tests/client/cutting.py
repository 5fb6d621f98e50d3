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

    with _serving(Connection) as found:
        yield found, cuts


@contextmanager
def breaking_off(url: str, *, after: int) -> Iterator[str]:
    """The URL of a proxy before ``url`` that ends a connection when the answers on it have so many bytes."""
    target = urlsplit(url)

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            client: socket.socket = self.request
            left = after
            with suppress(OSError), socket.create_connection((target.hostname, target.port)) as server:
                while left > 0:
                    for ready in select.select([client, server], [], [])[0]:
                        data = ready.recv(1 << 16)
                        if not data:
                            return
                        if ready is server:
                            data = data[:left]
                            left -= len(data)
                        (client if ready is server else server).sendall(data)

    with _serving(Connection) as found:
        yield found


@contextmanager
def _serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as proxy:
        proxy.daemon_threads = True
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}"
        finally:
            proxy.shutdown()
            thread.join()

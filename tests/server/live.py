"""A server that runs, with a project and its people, for tests that talk to it over the network."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn

from livener.client import Client, ProjectClient
from livener.loop.settings import WorkerSettings
from livener.review import projects
from livener.server import Settings, create_app
from livener.server.identity import digest
from livener.store import Artefacts, Store
from livener.store.models import Membership, Role, Token, User

PEOPLE = {
    **dict.fromkeys(("ann", "bob", "cy"), Role.ANNOTATOR),
    "rita": Role.REVIEWER,
    "eve": Role.EXPERT,
    "lea": Role.LEAD,
}
LABELS = {"PER": "People.", "ORG": "Organisations."}
PROJECT = "news"


@dataclass
class Live:
    """A running server. Everybody's API token is their name."""

    url: str
    store: Store
    clients: list[Client] = field(default_factory=list)

    def client(self, name: str, **options: float) -> Client:
        client = Client(self.url, token=f"lvn_{name}", **options)
        self.clients.append(client)
        return client

    def project(self, name: str) -> ProjectClient:
        """The project, as the person of this name sees it."""
        return self.client(name).project(PROJECT)


def people(store: Store) -> None:
    """The project, its people, and ``root``, who administrates the server and belongs to no project."""
    now = datetime.now(UTC)
    with store.writing() as session:
        for name in ("root", *PEOPLE):
            user = User(name=name, password_hash=None, created_at=now, administrator=name == "root")
            session.add(user)
            session.flush()
            scopes = ["read", "annotate", "review", "manage", "recognize"]
            token = {
                "user_id": user.id,
                "name": name,
                "hash": digest(f"lvn_{name}"),
                "scopes": scopes,
                "created_at": now,
            }
            session.add(Token(**token, expires_at=now + timedelta(days=1)))
            if name == "root":
                made = projects.create(session, PROJECT, by=user.id, now=now, labels=LABELS)
            else:
                session.add(Membership(project_id=made.id, user_id=user.id, role=PEOPLE[name], skills=[]))


@contextmanager
def running(
    store: Store, folder: Path, *, settings: Settings | None = None, work: WorkerSettings | None = None
) -> Iterator[Live]:
    """The app, served by uvicorn in a thread, on a free port; with ``work`` it does background jobs."""
    artefacts, where = Artefacts(str(folder / "artefacts")), folder if work else None
    app = create_app(store, artefacts, settings or Settings(), folder=where, work=work)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None)
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    thread = threading.Thread(target=server.run, args=([socket],))
    thread.start()
    live = Live(f"http://127.0.0.1:{socket.getsockname()[1]}", store)
    try:
        yield live
    finally:
        for client in live.clients:
            client.close()
        server.should_exit = True
        thread.join()
        socket.close()

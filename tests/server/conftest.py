"""A server over each database, and people who sign in to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from livener.server import Settings, create_app
from livener.server.identity import COOKIE, csrf_of, digest, new_secret
from livener.server.settings import PasswordSettings
from livener.store import Artefacts, Store
from livener.store.models import Membership, Project, Role, SignIn, Token, User

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
CHEAP = PasswordSettings(time_cost=1, memory_kib=8, parallelism=1)
SETTINGS = Settings(hosts=("testserver",), password=CHEAP, heartbeat_seconds=0.2, poll_seconds=0.05)
SCOPES = ("read", "annotate", "review", "manage", "recognize")


@dataclass
class Clock:
    """The time, as the test sets it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Place:
    """A server with its store and its clock."""

    store: Store
    folder: Path
    settings: Settings = SETTINGS
    clock: Clock = field(default_factory=Clock)

    def client(self, **headers: str) -> TestClient:
        """Somebody who speaks to the server and is nobody yet."""
        app = create_app(self.store, Artefacts(self.folder / "artefacts"), self.settings, clock=self.clock)
        return TestClient(app, headers=headers, raise_server_exceptions=False, follow_redirects=False)

    def user(self, name: str, *, administrator: bool = False, **roles: Role) -> int:
        """A person with a role in each of some projects, which are made when they are not there."""
        with self.store.writing() as session:
            user = User(name=name, password_hash=None, created_at=NOW, disabled_at=None, administrator=administrator)
            session.add(user)
            session.flush()
            for project_name, role in roles.items():
                project = session.query(Project).filter_by(name=project_name).one_or_none()
                if project is None:
                    project = Project(name=project_name, settings={}, created_at=NOW)
                    session.add(project)
                    session.flush()
                session.add(Membership(project_id=project.id, user_id=user.id, role=role))
            return user.id

    def token(self, user_id: int, *scopes: str, days: float = 1) -> dict[str, str]:
        """The header of a new token, with all scopes when none is named."""
        secret = f"lvn_{new_secret()}"
        with self.store.writing() as session:
            session.add(
                Token(
                    user_id=user_id,
                    hash=digest(secret),
                    scopes=list(scopes or SCOPES),
                    created_at=NOW,
                    expires_at=NOW + timedelta(days=days),
                    revoked_at=None,
                )
            )
        return {"Authorization": f"Bearer {secret}"}

    def session(self, user_id: int, *, csrf: bool = True) -> dict[str, str]:
        """The headers of a new session of the page."""
        secret = new_secret()
        with self.store.writing() as session:
            ends = NOW + timedelta(days=1)
            session.add(SignIn(hash=digest(secret), user_id=user_id, created_at=NOW, expires_at=ends, ended_at=None))
        return {"Cookie": f"{COOKIE}={secret}"} | ({"X-CSRF-Token": csrf_of(secret)} if csrf else {})


@pytest.fixture
def place(store: Store, tmp_path: Path) -> Place:
    """A server over an empty store, on each database."""
    return Place(store, tmp_path)


@pytest.fixture
def signed_in(place: Place) -> Callable[..., TestClient]:
    """Makes a client of a new person with a token of all scopes."""

    def make(name: str, **given: object) -> TestClient:
        return place.client(**place.token(place.user(name, **given)))  # type: ignore[arg-type]

    return make


@pytest.fixture
def client(place: Place) -> Iterator[TestClient]:
    """Somebody who is nobody yet, with the server running."""
    with place.client() as running:
        yield running

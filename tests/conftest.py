"""What every test may use: hypothesis profiles, the data sets that lie beside the repository, and real databases."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from livener.store import Store
from livener.store.models import Base

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # tests report nothing to anybody

# No deadline: the first example of a test may compile numba kernels.
settings.register_profile("default", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=10_000)
settings.load_profile(os.environ.get("LIVENER_HYPOTHESIS", "default"))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are no name of a test: packed ones hold the time, and workers must find the same names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets: $LIVENER_SHARED_DATA, else ../shared/data beside the repository."""
    given = os.environ.get("LIVENER_SHARED_DATA")
    folder = Path(given) if given else Path(__file__).parents[2] / "shared" / "data"
    if folder.is_dir():
        return folder
    if given:
        pytest.fail(f"LIVENER_SHARED_DATA={given} is not a folder")
    pytest.skip("needs the data sets of ../shared/data, or of $LIVENER_SHARED_DATA")


_DATABASES = count(1)


def _programs_of_postgresql() -> Path | None:
    """Debian keeps them off the path."""
    found = [Path(path).parent for path in [shutil.which("initdb")] if path]
    found += sorted((path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), reverse=True)
    return found[0].resolve() if found else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a throwaway PostgreSQL server, without the name of a database.

    It listens on a socket in its own temporary folder and on no port, so that any number can run side by side.
    """
    programs = _programs_of_postgresql()
    if programs is None:
        problem = "needs PostgreSQL: apt-get install postgresql"
        pytest.fail(problem) if os.environ.get("CI") else pytest.skip(problem)
    # It refuses to run as root; Debian's package brings an unprivileged user.
    user = "postgres" if os.geteuid() == 0 else None
    folder = tempfile.mkdtemp(prefix="livener-pg-")  # short and outside pytest's: a socket's path has 107 bytes
    if user:
        shutil.chown(folder, user)
    log, data = f"{folder}/log", f"{folder}/data"

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), *arguments]
        done = subprocess.run(
            command, user=user, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode:
            detail = Path(log).read_text() if Path(log).exists() else ""
            pytest.fail(f"{program}: {done.stdout}{detail}")

    try:
        run("initdb", "-D", data, "-U", "livener", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        run("pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options)
        try:
            yield f"postgresql+psycopg://livener@/{{}}?host={folder}"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
    finally:
        shutil.rmtree(folder)


def _new_database(server: str) -> str:
    name = f"test_{next(_DATABASES)}"
    engine = create_engine(server.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.format(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return _new_database(request.getfixturevalue("postgresql"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store without rows, to be copied."""
    path = tmp_path_factory.mktemp("store") / "store.db"
    with Store(f"sqlite:///{path}") as store:
        store.upgrade()
    return path


@pytest.fixture(scope="session")
def postgresql_store(postgresql: str) -> Iterator[Store]:
    """One store for many tests, each of which begins by emptying it."""
    with Store(_new_database(postgresql)) as store:
        store.upgrade()
        yield store


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store without rows, at the newest revision, on each database."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "store.db")
        with Store(f"sqlite:///{tmp_path / 'store.db'}") as opened:
            yield opened
        return
    kept: Store = request.getfixturevalue("postgresql_store")
    with kept.writing() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))  # else append-only is append-only
        tables = ", ".join(Base.metadata.tables)
        session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    yield kept


@contextmanager
def running_redis() -> Iterator[str]:
    """The URL of a throwaway server that listens on a socket and on no port, and ends with the block."""
    program = shutil.which("redis-server")
    if program is None:
        problem = "needs Redis: apt-get install redis-server"
        pytest.fail(problem) if os.environ.get("CI") else pytest.skip(problem)
    folder = tempfile.mkdtemp(prefix="livener-redis-")
    socket = f"{folder}/socket"
    options = ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        while not Path(socket).exists():
            time.sleep(0.01)
            assert server.poll() is None
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """That of one server for all tests."""
    with running_redis() as url:
        yield url

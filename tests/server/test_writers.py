"""Writers that share a commit: each is undone alone, all are told when the commit failed."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from livener.server.writers import Writers
from livener.store import Store
from livener.store.models import User

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
AT_ONCE = 12


def names(store: Store) -> set[str]:
    with store.reading() as session:
        return {user.name for user in session.query(User)}


def add(session: Session, name: str) -> None:
    session.add(User(name=name, password_hash=None, created_at=NOW))
    session.flush()
    time.sleep(0.005)  # so that the others come to wait


def all_at_once(store: Store, write: Callable[[Session, int], None]) -> list[str]:
    """What became of each of twelve writers that began together."""
    writers = Writers(store)

    def one(number: int) -> str:
        try:
            with writers.writing() as session:
                write(session, number)
        except Exception as error:
            return type(error).__name__
        assert str(number) in names(store), "it was answered before it was committed"
        return "done"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_all_are_there_when_they_are_answered(store: Store) -> None:
    said = all_at_once(store, lambda session, number: add(session, str(number)))
    assert said == ["done"] * AT_ONCE
    assert names(store) == {str(number) for number in range(AT_ONCE)}


def test_an_error_undoes_one_alone(store: Store) -> None:
    def write(session: Session, number: int) -> None:
        add(session, str(number))
        if number % 3 == 0:
            raise ZeroDivisionError

    said = all_at_once(store, write)
    assert said == ["ZeroDivisionError" if number % 3 == 0 else "done" for number in range(AT_ONCE)]
    assert names(store) == {str(number) for number in range(AT_ONCE) if number % 3}


def test_a_refusal_of_the_database_undoes_one_alone(store: Store) -> None:
    with store.writing() as session:
        add(session, "taken")
    said = all_at_once(store, lambda session, number: add(session, str(number) if number else "taken"))
    assert said == ["IntegrityError"] + ["done"] * (AT_ONCE - 1)
    assert len(names(store)) == AT_ONCE


BREAKS = {
    "the commit fails": "INSERT INTO memberships (project_id, user_id, role, skills) VALUES (9, 9, 'lead', '[]')",
    "the database undoes all": "INSERT OR ROLLBACK INTO users (name, created_at) VALUES ('0', '2024-05-01')",
}


@pytest.mark.parametrize("breaks", BREAKS)
def test_nobody_is_told_that_it_was_done_when_it_was_undone(store: Store, breaks: str) -> None:
    """As when the disk is full: who shares the commit shares its failure, and the next ones go on."""
    with store.reading() as session:
        if session.get_bind().dialect.name != "sqlite":
            pytest.skip("PostgreSQL shares no commit between transactions")

    def write(session: Session, number: int) -> None:
        if number == 5:
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
            session.add(User(name="0" if "undoes" in breaks else "x", password_hash=None, created_at=NOW))
            session.flush()
            session.execute(text(BREAKS[breaks]))
        else:
            add(session, f"{number}" if number else "zero")

    writers, said = Writers(store), {}

    def one(number: int) -> None:
        try:
            with writers.writing() as session:
                write(session, number)
            said[number] = True
        except Exception:
            said[number] = False

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, range(AT_ONCE)))
    assert not said[5]
    done = {str(number) if number else "zero" for number, fine in said.items() if fine}
    assert names(store) == done
    with writers.writing() as session:
        add(session, "after")
    assert "after" in names(store)

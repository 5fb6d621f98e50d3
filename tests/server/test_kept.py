"""Figures are computed once for all who ask at once, and again when they are old."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from livener.server.kept import Kept


def test_what_is_old_is_computed_again() -> None:
    now = [0.0]
    kept = Kept(60.0, clock=lambda: now[0])
    assert kept.get("a", lambda: "first") == "first"
    now[0] = 59.9
    assert kept.get("a", lambda: "second") == "first"
    assert kept.get("b", lambda: "other") == "other"
    now[0] = 60.0
    assert kept.get("a", lambda: "second") == "second"


def test_what_fails_is_not_kept() -> None:
    kept = Kept(60.0)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 / 0)
    assert kept.get("a", lambda: 1.0) == 1.0


def test_who_asks_meanwhile_waits_for_the_one_that_computes() -> None:
    kept = Kept(60.0)
    began, go_on, computed = threading.Event(), threading.Event(), []

    def compute() -> str:
        began.set()
        assert go_on.wait(10)
        computed.append(1)
        return "figures"

    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(kept.get, "a", compute) for _ in range(4)]
        assert began.wait(10)
        assert kept.get("b", lambda: "others do not wait") == "others do not wait"
        go_on.set()
        assert [answer.result() for answer in answers] == ["figures"] * 4
    assert computed == [1]

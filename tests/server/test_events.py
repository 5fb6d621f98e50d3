"""Live events: told after the commit, to those of the project, in other processes too, and never lost silently."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from tests.server.conftest import Place

from livener.server.events import Broker
from livener.store.models import Role, User


@asynccontextmanager
async def telling(place: Place, **changed: Any) -> AsyncIterator[Broker]:
    """The broker of one server process."""
    broker = Broker(place.store, place.settings.model_copy(update=changed))
    broker.start()
    try:
        yield broker
    finally:
        broker.close()
        await asyncio.to_thread(broker.wait)


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await test()

    asyncio.run(bounded())


async def read(stream: AsyncIterator[bytes]) -> tuple[str, str, Any]:
    """The next event: its id, kind and data."""
    async for frame in stream:
        fields = dict(line.partition(": ")[::2] for line in frame.decode().splitlines() if line)
        if "event" in fields:
            return fields["id"], fields["event"], json.loads(fields["data"])
    raise EOFError


async def listening(broker: Broker, project: int, last: str | None = None) -> AsyncIterator[bytes]:
    stream = broker.listen(project, last)
    assert await anext(stream) == b"retry: 2000\n\n"
    return stream


async def settled(broker: Broker) -> None:
    """On PostgreSQL: until it listens."""
    while broker._notifies and not broker.listens:
        await asyncio.sleep(0.01)


def test_events_reach_those_of_the_project(place: Place) -> None:
    async def test() -> None:
        async with telling(place) as broker:
            await settled(broker)
            one, two, other = [await listening(broker, project) for project in (1, 1, 2)]
            broker.publish(1, "task", {"id": 7, "text": "a\nb"})
            broker.publish(2, "model", {})
            assert (await read(one))[1:] == ("task", {"id": 7, "text": "a\nb"})
            assert (await read(two))[1:] == ("task", {"id": 7, "text": "a\nb"})
            assert (await read(other))[1:] == ("model", {})

    run(test)


def test_who_comes_back_is_told_what_they_missed(place: Place) -> None:
    async def test() -> None:
        async with telling(place) as broker:
            await settled(broker)
            stream = await listening(broker, 1)
            for number in range(3):
                broker.publish(1, "task", {"id": number})
            seen = (await read(stream))[0]
            await read(stream)
            assert (await read(stream))[2] == {"id": 2}
            again = await listening(broker, 1, seen)
            assert [(await read(again))[2] for _ in range(2)] == [{"id": 1}, {"id": 2}]
            for unknown in ("0000-1", "x", "", f"{seen}0", "é"):
                lost = await listening(broker, 1, unknown)
                assert (await read(lost))[1:] == ("queue", {"missed": True})

    run(test)


def test_a_slow_reader_is_told_that_it_missed_something(place: Place) -> None:
    async def test() -> None:
        async with telling(place) as broker:
            await settled(broker)
            slow = await listening(broker, 1)
            for number in range(250):
                broker.publish(1, "task", {"id": number})
            while (await read(slow))[2] != {"missed": True}:
                pass

    run(test)


def test_a_quiet_stream_beats_and_ends(place: Place) -> None:
    async def test() -> None:
        async with telling(place, heartbeat_seconds=0.05, stream_seconds=0.5) as broker:
            await settled(broker)
            frames = [frame async for frame in broker.listen(1, None)]
            assert frames[1:].count(b": still here\n\n") == len(frames) - 1 >= 3
            assert not broker._listeners

    run(test)


def test_streams_end_when_the_server_stops(place: Place) -> None:
    async def test() -> None:
        async with telling(place) as broker:
            await settled(broker)
            stream = await listening(broker, 1)
            waiting = asyncio.create_task(read(stream))
            await asyncio.sleep(0.05)
            broker.close()
            with pytest.raises(EOFError):
                await waiting

    run(test)


def test_what_another_program_does_is_noticed(place: Place) -> None:
    """On PostgreSQL it is told; on SQLite it is seen that something is new."""
    url = place.store._engine.url.render_as_string(hide_password=False)
    code = (
        "import sys; from livener.store import Store; from livener.server import Settings;"
        "from livener.server.events import Broker;"
        "from livener.store.models import User; from datetime import datetime, UTC\n"
        "with Store(sys.argv[1]) as store:\n"
        "    with store.writing() as session:\n"
        "        session.add(User(name='new', password_hash=None, created_at=datetime.now(UTC)))\n"
        "        Broker(store, Settings()).announce(session, 1, [('queue', {'missed': True})])\n"
    )

    async def test() -> None:
        async with telling(place) as broker:
            await settled(broker)
            stream = await listening(broker, 1)
            await asyncio.sleep(0.2)
            await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code, url], check=True)
            assert (await read(stream))[1:] == ("queue", {"missed": True})

    run(test)
    with place.store.reading() as session:
        assert session.query(User).one().name == "new"


def test_an_event_is_told_after_the_commit_and_only_then(place: Place) -> None:
    async def test() -> None:
        async with telling(place) as broker:
            await settled(broker)
            stream = await listening(broker, 1)
            with suppress(ZeroDivisionError), place.store.writing() as session:
                broker.announce(session, 1, [("task", {"id": "undone"})])
                raise ZeroDivisionError
            with place.store.writing() as session:
                broker.announce(session, 1, [("task", {"id": "done"})])
            broker.deliver(1, [("task", {"id": "done"})])
            assert (await read(stream))[2] == {"id": "done"}

    run(test)


def test_what_is_too_long_for_a_note_is_said_shortly(place: Place) -> None:
    async def test() -> None:
        async with telling(place) as broker:
            await settled(broker)
            stream = await listening(broker, 1)
            broker.publish(1, "task", {"text": "x" * 10_000})
            data = (await read(stream))[2]
            assert data in ({"missed": True}, {"text": "x" * 10_000})

    run(test)


def test_the_route_streams(place: Place) -> None:
    place.settings = place.settings.model_copy(update={"stream_seconds": 0.3, "heartbeat_seconds": 0.1})
    headers = place.token(place.user("ann", news=Role.ANNOTATOR))
    with place.client(**headers) as client:
        answer = client.get("/v1/projects/news/events", headers={"Last-Event-ID": "unknown-1"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert 'event: queue\ndata: {"missed":true}\n\n' in answer.text

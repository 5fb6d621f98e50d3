"""The one way from a request to a committed answer: transactions, idempotency, ETags, uploads, streams."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from tests.server.conftest import Place

from livener.errors import InputError
from livener.server.calls import Call
from livener.server.routes import Routes
from livener.server.writers import Turns
from livener.store.models import AuditEntry, IdempotencyKey, Role

URL = "/v1/projects/news"


class Given(BaseModel):
    n: int


def count(place: Place) -> int:
    with place.store.reading() as session:
        return session.query(AuditEntry).count()


def routes() -> Routes:
    made = Routes("tried", prefix="/v1/projects/{project}")

    @made.post("/things", allow=Role.ANNOTATOR, answer=Given, status=201)
    def add(call: Call, body: Given) -> object:
        call.audit("add", f"thing {body.n}")
        call.session.flush()
        time.sleep(0.02)
        if body.n < 0:
            raise InputError("negative", where="n")
        call.etag = str(body.n)
        return {"n": len(call.session.scalars(select(AuditEntry.id)).all())}

    @made.patch("/things/{thing}", allow=Role.ANNOTATOR)
    def change(call: Call, thing: int) -> None:
        call.match(str(thing))

    @made.post("/files", allow=Role.ANNOTATOR, answer=Given, upload=True)
    def upload(call: Call) -> object:
        assert call.upload is not None
        call.audit("upload", "file")
        return {"n": len(call.upload.read())}

    @made.get("/stream", allow=Role.ANNOTATOR, media="text/plain")
    def stream(call: Call) -> object:
        def lines(session: Session) -> Iterator[str]:
            for number in range(3):
                yield f"{number} {session.query(AuditEntry).count()}\n"

        return call.stream(lines, media="text/plain", name="lines.txt")

    @made.get("/write-anyway", allow=Role.ANNOTATOR)
    def write_anyway(call: Call) -> None:
        call.audit("write", "anyway")
        call.session.flush()

    @made.post("/big", allow=Role.ANNOTATOR)
    def big(call: Call) -> None:
        call.session.execute(select(AuditEntry).where(AuditEntry.id == 2**70)).all()

    @made.post("/secrets", allow=Role.ANNOTATOR, answer=Given, status=201, remembered=False)
    def secret(call: Call, body: Given) -> object:
        call.audit("secret", f"thing {body.n}")
        return {"n": 1234}

    @made.post("/long", allow=Role.ANNOTATOR, answer=Given, session=None, remembered=True)
    def long(call: Call, body: Given) -> object:
        if body.n < 0:
            raise InputError("negative", where="n")
        with call.server.writing() as call.transaction:
            call.audit("long", f"thing {body.n}")
        return {"n": count(Place(call.server.store, Path()))}

    return made


@pytest.fixture(autouse=True)
def _routes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livener.server.app.ROUTERS", (routes(),))


@pytest.fixture
def ann(place: Place) -> TestClient:
    return place.client(**place.token(place.user("ann", news=Role.ANNOTATOR)))


def add(client: TestClient, n: int, key: str | None = None) -> Any:
    return client.post(f"{URL}/things", json={"n": n}, headers={"Idempotency-Key": key} if key else {})


def test_a_write_that_is_sent_again_happens_once(place: Place, ann: TestClient) -> None:
    first, again = add(ann, 1, "k"), add(ann, 1, "k")
    assert (first.status_code, first.json(), first.headers["etag"]) == (201, {"n": 1}, '"1"')
    assert (again.status_code, again.content, again.headers["etag"]) == (201, first.content, '"1"')
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert count(place) == 1
    assert add(ann, 1).json() == {"n": 2}


def test_a_key_is_for_one_request_of_one_person(place: Place, ann: TestClient) -> None:
    add(ann, 1, "k")
    other = add(ann, 2, "k")
    assert other.status_code == 422
    assert "Idempotency-Key" in other.json()["where"]
    bob = place.client(**place.token(place.user("bob", law=Role.ANNOTATOR)))
    assert bob.post("/v1/projects/law/things", json={"n": 1}, headers={"Idempotency-Key": "k"}).status_code == 201
    assert count(place) == 2


@pytest.mark.parametrize("key", ["", " " * 3 + "\x7f", "k" * 201, "é"])
def test_a_key_that_cannot_be_one(ann: TestClient, key: str) -> None:
    answer = ann.post(f"{URL}/things", json={"n": 1}, headers={"Idempotency-Key": key.encode()})
    assert answer.status_code == 422


def test_what_was_refused_is_not_remembered_and_not_done(place: Place, ann: TestClient) -> None:
    assert add(ann, -1, "k").status_code == 422
    assert count(place) == 0
    assert add(ann, 1, "k").status_code == 201


def test_of_many_at_once_one_wins_and_the_others_get_its_answer(place: Place, ann: TestClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: add(ann, 1, "k"), range(8)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, b'{"n":1}')}
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 7
    assert count(place) == 1


def test_an_answer_with_a_secret_is_kept_nowhere_and_its_write_happens_once(place: Place, ann: TestClient) -> None:
    first, again, other = (
        ann.post(f"{URL}/secrets", json={"n": n}, headers={"Idempotency-Key": "k"}) for n in (1, 1, 2)
    )
    assert (first.status_code, first.json()) == (201, {"n": 1234})
    assert (again.status_code, other.status_code) == (409, 422)
    assert "kept nowhere" in again.json()["detail"]
    assert count(place) == 1
    with place.store.reading() as session:
        assert "1234" not in session.query(IdempotencyKey).one().body


def test_a_handler_with_transactions_of_its_own_answers_again_as_it_did(place: Place, ann: TestClient) -> None:
    def send(n: int) -> Any:
        return ann.post(f"{URL}/long", json={"n": n}, headers={"Idempotency-Key": "k"})

    assert send(-1).status_code == 422
    first, again = send(1), send(1)
    assert (first.json(), again.content) == ({"n": 1}, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert send(2).status_code == 422
    assert count(place) == 1


def test_writers_take_turns(place: Place, ann: TestClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: add(ann, n), range(24)))
    assert [answer.status_code for answer in answers] == [201] * 24
    assert count(place) == 24


def test_turns_are_given_in_the_order_of_asking() -> None:
    turns, order = Turns(), []

    def wait(number: int) -> None:
        with turns:
            order.append(number)

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(20)]
    with turns:
        for number, thread in enumerate(threads):
            thread.start()
            while len(turns._waiting) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(20))
    with turns:
        order.append(20)
    assert len(order) == 21


@pytest.mark.parametrize(
    ("given", "status"),
    [(None, 204), ('"7"', 204), ('W/"7"', 204), ('"6", "7"', 204), ("*", 204), ('"8"', 409), ("", 409), ("é", 409)],
)
def test_if_match_holds_to_what_was_seen(ann: TestClient, given: str | None, status: int) -> None:
    headers = {} if given is None else {"If-Match": given.encode()}
    answer = ann.patch(f"{URL}/things/7", headers=headers)
    assert answer.status_code == status
    if status == 409:
        assert answer.json()["type"] == "urn:livener:conflict"


def test_an_upload_is_read_from_a_file_and_remembered_by_its_content(place: Place, ann: TestClient) -> None:
    place.settings = place.settings.model_copy(update={"upload_bytes": 3_000_000})
    ann = TestClient(place.client().app, headers=dict(ann.headers))

    def send(content: bytes, **headers: str) -> Any:
        return ann.post(f"{URL}/files", content=content, headers=headers)

    assert send(b"x" * 2_000_000).json() == {"n": 2_000_000}
    assert send(b"x" * 3_000_001).status_code == 413
    assert send(iter([b"x"] * 3), **{"Idempotency-Key": "k"}).json() == {"n": 3}  # type: ignore[arg-type]
    assert send(b"xxx", **{"Idempotency-Key": "k"}).json() == {"n": 3}
    assert send(b"xxy", **{"Idempotency-Key": "k"}).status_code == 422
    assert count(place) == 2
    assert send(b"x", **{"Content-Encoding": "gzip"}).status_code == 415


def test_an_upload_of_who_may_not_is_not_read(place: Place) -> None:
    place.user("ann", news=Role.ANNOTATOR)
    app: Any = place.client().app
    headers = {"host": "testserver", **place.token(place.user("sam", other=Role.ADMIN))}
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("the body was read")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": f"{URL}/files", "raw_path": b"", "query_string": b""}
    scope |= {"scheme": "http", "server": ("testserver", 80), "client": ("::1", 1), "root_path": ""}
    scope |= {"headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()]}
    asyncio.run(app(scope | {"http_version": "1.1"}, receive, send))
    assert sent[0]["status"] == 404


def test_a_stream_sees_one_state_of_the_store(ann: TestClient) -> None:
    add(ann, 1)
    answer = ann.get(f"{URL}/stream")
    assert answer.text == "0 1\n1 1\n2 1\n"
    assert answer.headers["content-disposition"] == 'attachment; filename="lines.txt"'


def test_a_route_that_reads_cannot_write(place: Place, ann: TestClient) -> None:
    assert ann.get(f"{URL}/write-anyway").status_code == 500
    assert count(place) == 0


def test_a_number_that_no_column_takes_is_the_callers_fault(ann: TestClient) -> None:
    assert ann.post(f"{URL}/big").status_code in {204, 422}


def test_what_is_kept_is_what_was_answered(place: Place, ann: TestClient) -> None:
    add(ann, 1, "k")
    with place.store.reading() as session:
        kept = session.query(IdempotencyKey).one()
        assert (kept.status, kept.body, kept.etag) == (201, '{"n":1}', '"1"')
        assert session.execute(text("SELECT count(*) FROM idempotency_keys")).scalar() == 1

"""Bodies that are too long, too slow, too deep, not JSON, or hold what no store takes."""

import asyncio
import json
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.server.conftest import Place

from livener.store.models import Role

PATH = "/v1/projects/news/members/lea"


@pytest.fixture
def lead(place: Place) -> TestClient:
    place.settings = place.settings.model_copy(update={"body_bytes": 100_000, "body_seconds": 0.2})
    return place.client(**place.token(place.user("lea", news=Role.ADMIN)))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"{'role': 'lead'}", 400),
        (b'{"role": "lead"} x', 400),
        (b'{"role": NaN}', 400),
        (b'{"role": "\xff\xfe"}', 400),
        (b'{"role": "\\ud800"}', 400),
        (b"[" * 10_000 + b"]" * 10_000, 400),
        (b'{"skills":' * 5_000 + b"1" + b"}" * 5_000, 400),
        (b"[]", 422),
        (b"null", 422),
        (b'{"role": "owner"}', 422),
        (b'{"role": "lead", "extra": 1}', 422),
        (b'{"role": "lead", "skills": [""]}', 422),
        (b'{"role": "lead", "skills": ["\\u0000"]}', 422),
        (b'{"role": "lead", "skills": ["\\\\\\u0000"]}', 422),
        (b'{"role": "lead", "skills": ["\\\\u0000"]}', 204),
        (b'{"role": "lead", "skills": "law"}', 422),
        (json.dumps({"role": "lead", "skills": ["x" * 90_000]}).encode(), 422),
        (json.dumps({"role": "lead", "skills": ["x"] * 101}).encode(), 422),
        (json.dumps({"role": "x" * 200_000}).encode(), 413),
        (b'{"role": "admin"}', 204),
    ],
)
def test_bodies(lead: TestClient, body: bytes, status: int) -> None:
    answer = lead.put(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]
        assert len(answer.content) < 2000


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_read(lead: TestClient, media: str) -> None:
    answer = lead.put(PATH, content=b'{"role": "admin"}', headers={"Content-Type": media})
    assert answer.status_code == 415


def test_what_is_encoded_is_not_unpacked(lead: TestClient) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert lead.put(PATH, content=b"\x1f\x8b", headers=headers).status_code == 415


@pytest.mark.parametrize("length", ["200000", "-1", "x", "9" * 30])
def test_a_length_is_looked_at_before_the_body(lead: TestClient, length: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": length}
    assert lead.put(PATH, content=b"{}", headers=headers).status_code == 413


def test_a_body_without_a_length_is_cut_off(lead: TestClient) -> None:
    parts = (b" " * 10_000 for _ in range(20))
    assert lead.put(PATH, content=parts, headers={"Content-Type": "application/json"}).status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/v1/projects/%00/members",
        "/v1/projects/%ff%fe/members",
        "/v1/projects/%ed%a0%80/members",
        "/v1/projects/news/members/%00",
        "/v1/projects/news/members?limit=0",
        "/v1/projects/news/members?limit=201",
        "/v1/projects/news/members?limit=x",
        "/v1/projects/news/members?cursor=x",
        "/v1/projects/news/members?cursor=WyJcdTAwMDAiXQ",
        "/v1/projects/news/audit?cursor=Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5XQ",
        "/v1/projects/news/audit?cursor=W3RydWVd",
        f"/v1/projects/{'x' * 300}/members",
    ],
)
def test_hostile_addresses(lead: TestClient, path: str) -> None:
    method = "DELETE" if path.endswith("%00") else "GET"
    answer = lead.request(method, path)
    assert answer.status_code in {404, 422}, answer.text


@pytest.mark.parametrize("token", ["0", "-1", "99999999999999999999", "1e3", "%00"])
def test_ids_that_no_row_has(lead: TestClient, token: str) -> None:
    assert lead.delete(f"/v1/tokens/{token}").status_code == 422


def test_hostile_names_are_data(place: Place) -> None:
    client = place.client(**place.token(place.user("root", administrator=True)))
    for name in ("<script>alert(1)</script>"[:-9], "'; DROP TABLE users; --", "Robert\u202e", "😀", "a b"):
        answer = client.post("/v1/users", json={"name": name})
        assert answer.status_code in {201, 422}
    names = [user["name"] for user in client.get("/v1/users").json()["items"]]
    assert "'; DROP TABLE users; --" in names
    assert client.get("/v1/users").headers["content-type"] == "application/json"


def test_who_may_not_call_is_not_told_what_is_wrong_with_the_body(place: Place) -> None:
    annotator = place.client(**place.token(place.user("ann", news=Role.ANNOTATOR)))
    stranger = place.client(**place.token(place.user("sam", other=Role.ADMIN)))
    for body in (b"{", b"{}", b"x" * 10):
        headers = {"Content-Type": "application/json"}
        assert annotator.put(PATH, content=body, headers=headers).status_code == 403
        assert stranger.put(PATH, content=body, headers=headers).status_code == 404
        assert place.client().put(PATH, content=body, headers=headers).status_code == 401


def test_a_body_that_takes_too_long_is_given_up(lead: TestClient) -> None:
    """As ASGI messages, so that the client can wait in the middle."""

    async def slow() -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []
        parts = iter([{"type": "http.request", "body": b"{", "more_body": True}])

        async def receive() -> dict[str, Any]:
            for part in parts:
                return part
            await asyncio.sleep(60)
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"host", b"testserver"), (b"content-type", b"application/json")]
        headers.append((b"authorization", lead.headers["authorization"].encode()))
        scope = {"type": "http", "method": "PUT", "path": PATH, "raw_path": PATH.encode(), "query_string": b""}
        scope |= {"headers": headers, "scheme": "http", "server": ("testserver", 80), "client": ("::1", 1)}
        await lead.app(scope | {"root_path": "", "http_version": "1.1"}, receive, send)
        return sent

    assert asyncio.run(slow())[0]["status"] == 408

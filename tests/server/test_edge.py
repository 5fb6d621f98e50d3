"""What every answer has, what no request gets through, and what the log says."""

import json
import logging
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.server.conftest import Place

from livener.server.logs import JsonLines
from livener.server.policies import Allow
from livener.server.problems import Problem
from livener.server.routes import Routes
from livener.store.models import Role


@pytest.mark.parametrize("path", ["/health", "/v1/session", "/v1/nothing", "/nothing", "/openapi.json"])
def test_every_answer_is_hardened(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "camera=()" in headers["permissions-policy"]
    assert "access-control-allow-origin" not in headers
    assert headers["x-request-id"]
    if path.startswith("/v1"):
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example.org", "testserver.evil.example.org", "", "testserver@evil", "[::1"])
def test_only_its_own_names_are_answered(client: TestClient, host: str) -> None:
    refused = client.get("/health", headers={"Host": host})
    assert refused.status_code == 400
    assert "hosts" in refused.json()["detail"]


@pytest.mark.parametrize("host", ["testserver", "TESTSERVER:8765", "testserver:"])
def test_a_port_does_not_matter(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"Host": host}).status_code == 200


def test_the_public_name_is_its_own(place: Place) -> None:
    place.settings = place.settings.model_copy(update={"public_url": "https://NER.example.org:8443/"})
    assert place.client().get("/health", headers={"Host": "ner.example.org:8443"}).status_code == 200


def test_all_names_may_be_answered(place: Place) -> None:
    place.settings = place.settings.model_copy(update={"hosts": ("*",)})
    assert place.client().get("/health", headers={"Host": "anything"}).status_code == 200


@pytest.mark.parametrize("given", ["abc-123", "a" * 65, "a\tb", "é", ""])
def test_a_request_has_an_id(client: TestClient, given: str) -> None:
    answered = client.get("/health", headers={"X-Request-ID": given.encode()}).headers["x-request-id"]
    assert (answered == given) == (given == "abc-123")
    assert answered.isascii()


def test_one_line_per_request_says_who_and_where_and_nothing_of_the_content(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    client = place.client(**place.token(place.user("lea", news=Role.LEAD)))
    with caplog.at_level(logging.INFO, "livener.server"):
        client.put("/v1/projects/news/members/secret?x=secret", json={"role": "secret"})
    (record,) = caplog.records
    line = json.loads(JsonLines().format(record))
    assert line.pop("ms") > 0
    assert line.pop("at").endswith("+00:00")
    assert line.pop("request")
    assert line == {
        "level": "info",
        "event": "request",
        "method": "PUT",
        "route": "/v1/projects/{project}/members/{name}",
        "status": 422,
        "project": "news",
    } | ({"user": "lea"} if "user" in line else {})
    assert "secret" not in record.getMessage()


def test_a_fault_is_told_to_the_log_and_to_nobody_else(
    place: Place, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes = Routes("broken")

    @routes.get("/v1/broken", allow=Allow.ANYONE)
    def broken(_call: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr("livener.server.app.ROUTERS", (routes,))
    answer = place.client().get("/v1/broken")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    faults = [record for record in caplog.records if record.levelno == logging.ERROR]
    line = json.loads(JsonLines().format(faults[0]))
    assert line["request"] in answer.json()["detail"]
    assert "the secret of the house" in line["traceback"]


def test_problems_name_their_headers(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    routes = Routes("busy")

    @routes.get("/v1/busy", allow=Allow.ANYONE)
    def busy(_call: object) -> None:
        raise Problem(429, "busy", "later", headers={"Retry-After": "7"})

    monkeypatch.setattr("livener.server.app.ROUTERS", (routes,))
    answer = place.client().get("/v1/busy")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.json()["type"] == "urn:livener:busy"


def test_other_log_lines_are_json_too() -> None:
    record = logging.LogRecord("uvicorn.error", logging.INFO, "", 0, "Started %s", ("it",), None)
    line = json.loads(JsonLines().format(record))
    assert (line["logger"], line["message"]) == ("uvicorn.error", "Started it")


def test_the_page_is_served(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = tmp_path / "static"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<title>livener</title>")
    (built / "assets" / "app-1a2b.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr("livener.server.app.BUILT", built)
    client = place.client()
    for path in ("/", "/projects/news/review", "/invitation/abc"):
        answer = client.get(path)
        assert answer.text == "<title>livener</title>"
        assert answer.headers["cache-control"] == "no-cache"
    asset = client.get("/assets/app-1a2b.js")
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["x-content-type-options"] == "nosniff"
    for missing in ("/assets/app-old.js", "/favicon.ico", "/v1/nothing", "/v1"):
        answer = client.get(missing)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    for outside in ("/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/..%5csecret.txt"):
        assert "secret" not in client.get(outside).text
    assert client.post("/projects").status_code == 404


def test_a_page_that_was_not_built_says_so(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livener.server.app.BUILT", tmp_path / "nothing")
    answer = place.client().get("/")
    assert answer.status_code == 404
    assert "not built" in answer.json()["detail"]

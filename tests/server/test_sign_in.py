"""Passwords, throttling, links that set one, sessions and their CSRF token."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient
from tests.server.conftest import NOW, SETTINGS, Place

from livener.server.identity import COOKIE
from livener.server.sign_in import setup_link, sweep
from livener.store.models import IdempotencyKey, Identity, Invitation, Role, SignIn, SignInFailure, User

PASSWORD = "correct horse battery"


def set_up(place: Place) -> str:
    link = setup_link(place.store, place.settings, now=place.clock(), base="http://testserver/")
    assert link is not None
    return link


def secret_of(link: str) -> str:
    found = re.fullmatch(r"http://testserver/invitation/([\w-]{43})", link)
    assert found
    return found[1]


@pytest.fixture
def admin(place: Place, client: TestClient) -> TestClient:
    """The administrator of the first start, signed in to the page."""
    accepted = client.post(f"/v1/invitations/{secret_of(set_up(place))}", json={"password": PASSWORD})
    client.headers["X-CSRF-Token"] = accepted.json()["csrf"]
    return client


def sign_in(client: TestClient, password: str = PASSWORD, name: str = "admin") -> int:
    return client.post("/v1/session", json={"name": name, "password": password}).status_code


def test_the_first_start_gives_a_link_and_no_password(place: Place, client: TestClient) -> None:
    first, second = secret_of(set_up(place)), secret_of(set_up(place))
    assert client.get(f"/v1/invitations/{first}").status_code == 404  # the second ended it
    assert client.get(f"/v1/invitations/{second}").json() == {"name": "admin"}
    for guess in ("", "admin", "livener", "password", "1234"):
        assert sign_in(client, guess) == 401

    short = client.post(f"/v1/invitations/{second}", json={"password": "short"})
    assert short.status_code == 422
    assert "short" not in short.text.replace("too_short", "").replace("at least", "")
    accepted = client.post(f"/v1/invitations/{second}", json={"password": PASSWORD})
    assert accepted.status_code == 200
    assert accepted.json()["user"]["administrator"]
    again = client.post(f"/v1/invitations/{second}", json={"password": "another password"})
    assert again.status_code == 404
    assert setup_link(place.store, SETTINGS, now=NOW, base="") is None


def test_a_link_expires(place: Place, client: TestClient) -> None:
    secret = secret_of(set_up(place))
    place.clock.forward(days=8)
    assert client.post(f"/v1/invitations/{secret}", json={"password": PASSWORD}).status_code == 404


def test_nobody_is_left_outside_when_the_last_administrator_is_disabled(place: Place, admin: TestClient) -> None:
    with place.store.writing() as session:
        session.query(User).one().disabled_at = NOW
    assert sign_in(admin) == 401
    assert setup_link(place.store, SETTINGS, now=NOW, base="") is not None


def test_single_sign_on_is_a_way_in(place: Place) -> None:
    user_id = place.user("root", administrator=True)
    assert setup_link(place.store, SETTINGS, now=NOW, base="") is not None
    with place.store.writing() as session:
        session.add(Identity(issuer="https://login.example.org", subject="1", user_id=user_id))
    assert setup_link(place.store, SETTINGS, now=NOW, base="") is None


def test_a_session_begins_and_ends(place: Place, admin: TestClient) -> None:
    admin.cookies.clear()
    answer = admin.post("/v1/session", json={"name": "admin", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    body = admin.get("/v1/session").json()
    assert body == answer.json()
    assert body["user"]["name"] == "admin"
    assert body["projects"] == []

    kept = admin.cookies[COOKIE]
    with place.store.reading() as session:
        assert kept not in [row.hash for row in session.query(SignIn)]
    assert admin.delete("/v1/session", headers={"X-CSRF-Token": body["csrf"]}).status_code == 204
    assert admin.get("/v1/session", headers={"Cookie": f"{COOKIE}={kept}"}).status_code == 401


def test_a_cookie_is_secure_over_https(place: Place) -> None:
    secret = secret_of(set_up(place))
    client = TestClient(place.client().app, base_url="https://testserver")
    answer = client.post(f"/v1/invitations/{secret}", json={"password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"]


def test_a_session_expires(place: Place, admin: TestClient) -> None:
    place.clock.forward(days=6)
    assert admin.get("/v1/session").status_code == 200
    place.clock.forward(days=2)
    assert admin.get("/v1/session").status_code == 401


def test_a_new_password_ends_all_sessions(place: Place, admin: TestClient) -> None:
    link = admin.post("/v1/users/admin/invitation").json()["link"]
    other = place.client()
    assert other.post(f"/v1/invitations/{secret_of(link)}", json={"password": "another password"}).status_code == 200
    assert admin.get("/v1/session").status_code == 401
    assert sign_in(other) == 401
    assert sign_in(other, "another password") == 200


@pytest.mark.parametrize("given", ["", "0" * 64, "é"])
def test_what_changes_something_needs_the_csrf_token(admin: TestClient, given: str) -> None:
    refused = admin.post("/v1/users", json={"name": "eve"}, headers={"X-CSRF-Token": given.encode()})
    assert refused.status_code == 403
    assert "X-CSRF-Token" in refused.json()["detail"]
    assert admin.get("/v1/users").status_code == 200


@pytest.mark.parametrize("header", ["lvn_x", "Basic YTpi", "Bearer x", "Bearer lvn_x", "Bearer lvn_é", ""])
def test_a_wrong_token_is_refused_even_beside_a_session(admin: TestClient, header: str) -> None:
    refused = admin.get("/v1/session", headers={"Authorization": header.encode()})
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")


def test_wrong_passwords_are_counted_per_name(place: Place, admin: TestClient) -> None:
    for _ in range(10):
        assert sign_in(admin, "wrong") == 401
    refused = admin.post("/v1/session", json={"name": "admin", "password": PASSWORD})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) == 900
    assert sign_in(admin, "wrong", name="somebody else") == 401
    place.clock.forward(minutes=16)
    assert sign_in(admin) == 200


def test_wrong_passwords_are_counted_per_address(admin: TestClient) -> None:
    for number in range(30):
        assert sign_in(admin, "wrong", name=f"nobody {number}") == 401
    assert sign_in(admin) == 429


def test_the_right_password_forgives_the_wrong_ones(place: Place, admin: TestClient) -> None:
    for _ in range(9):
        sign_in(admin, "wrong")
    assert sign_in(admin) == 200
    with place.store.reading() as session:
        assert session.query(SignInFailure).count() == 0


def test_a_name_has_one_form(place: Place, admin: TestClient) -> None:
    made = admin.post("/v1/users", json={"name": "Zoe\u0308"})
    accepted = place.client().post(f"/v1/invitations/{secret_of(made.json()['link'])}", json={"password": PASSWORD})
    assert accepted.json()["user"]["name"] == "Zo\u00eb"
    assert sign_in(admin, name="Zo\u00eb") == 200
    assert sign_in(admin, name="Zoe\u0308") == 200


def test_what_is_old_is_swept_away(place: Place, admin: TestClient) -> None:
    sign_in(admin, "wrong")
    with place.store.writing() as session:
        user_id = session.query(User).one().id
        session.add(IdempotencyKey(user_id=user_id, key="k", request_hash="", status=200, body="", created_at=NOW))
    place.clock.forward(days=15)
    with place.store.writing() as session:
        sweep(session, now=place.clock())
    with place.store.reading() as session:
        for swept in (SignInFailure, IdempotencyKey, SignIn):
            assert session.query(swept).count() == 0
        assert session.query(Invitation).count() == 1


def test_the_roles_of_the_projects_are_told(place: Place) -> None:
    place.user("root", administrator=True)
    headers = place.session(place.user("ann", news=Role.ANNOTATOR, law=Role.LEAD))
    told = place.client(**headers).get("/v1/session").json()["projects"]
    assert [(one["name"], one["role"]) for one in told] == [("law", "lead"), ("news", "annotator")]


def test_a_link_that_two_use_at_once_works_for_one(place: Place) -> None:
    secret = secret_of(set_up(place))
    clients = [place.client() for _ in range(4)]

    def accept(number: int) -> int:
        given = {"password": f"{PASSWORD} {number}"}
        return clients[number].post(f"/v1/invitations/{secret}", json=given).status_code

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(accept, range(4)))
    assert sorted(said) == [200, 404, 404, 404]
    assert sign_in(clients[0], f"{PASSWORD} {said.index(200)}") == 200

"""Single sign-on, against a small provider that runs here as an HTTP server and signs its tokens."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.testclient import TestClient
from tests.server.conftest import CHEAP, NOW, Place

from livener.errors import InputError
from livener.server import Settings
from livener.server.settings import OidcSettings
from livener.store.models import Identity, Role, User

SECRET = "the client's secret"
KEY = RSAKey.generate_key(2048, parameters={"kid": "1"})


@dataclass
class Provider:
    """Answers the three addresses of the protocol, and remembers what it was asked."""

    port: int = 0
    key: RSAKey = field(default_factory=lambda: KEY)
    claims: dict[str, Any] = field(default_factory=dict)
    begun: dict[str, list[str]] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)
    signer: Any = None
    fails: bool = False

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def token(self, authorization: str) -> dict[str, Any] | None:
        """What the code is worth, when the one who brings it also began the sign-in (PKCE) and is the client."""
        basic = base64.b64encode(f"livener:{SECRET.replace(' ', '%20').replace(chr(39), '%27')}".encode()).decode()
        plain = base64.b64encode(f"livener:{SECRET}".encode()).decode()
        verifier = self.asked["code_verifier"][0]
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if authorization not in {f"Basic {basic}", f"Basic {plain}"} or [challenge] != self.begun["code_challenge"]:
            return None
        claims = {
            "iss": self.issuer,
            "aud": "livener",
            "sub": "42",
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            "nonce": self.begun["nonce"][0],
            "email": "ann@example.org",
            "email_verified": True,
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        signed = (self.signer or self.sign)(claims)
        return {"access_token": "a", "token_type": "Bearer", "id_token": signed}

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys = {"keys": [made.key.as_dict(private=False)]}
            self.answer(keys if self.path == "/keys" else made.metadata())

        def do_POST(self) -> None:
            made.asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.answer(None if made.fails else made.token(self.headers.get("Authorization", "")))

        def answer(self, value: dict[str, Any] | None) -> None:
            self.send_response(200 if value else 400)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(value or {"error": "invalid_grant"}).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def browser(place: Place, provider: Provider) -> TestClient:
    return TestClient(browser_of(place, provider).app, follow_redirects=False)


def browser_of(place: Place, provider: Provider, **given: Any) -> TestClient:
    oidc = OidcSettings(issuer=provider.issuer, client_id="livener", client_secret=SECRET, **given)
    place.settings = Settings(hosts=("testserver",), password=CHEAP, public_url="http://testserver", oidc=oidc)
    return place.client()


def begin(browser: TestClient, provider: Provider) -> str:
    """Go to the provider; the state that comes back."""
    answer = browser.get("/v1/oidc/login")
    assert answer.status_code == 303
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{provider.issuer}/authorize"
    provider.begun = parse_qs(address.query)
    assert provider.begun["redirect_uri"] == ["http://testserver/v1/oidc/callback"]
    assert provider.begun["response_type"] == ["code"]
    assert provider.begun["code_challenge_method"] == ["S256"]
    assert "openid" in provider.begun["scope"][0].split()
    return provider.begun["state"][0]


def come_back(browser: TestClient, provider: Provider, **given: str) -> Any:
    query = {"state": begin(browser, provider), "code": "c0de"} | given
    return browser.get("/v1/oidc/callback", params=query)


def test_who_was_invited_signs_in_and_comes_back(place: Place, browser: TestClient, provider: Provider) -> None:
    place.user("ann@example.org", news=Role.ANNOTATOR)
    assert browser.get("/v1/sign-in-methods").json() == {"password": True, "oidc": "Single sign-on"}
    for _ in range(2):
        browser.cookies.clear()
        answer = come_back(browser, provider)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert browser.get("/v1/session").json()["user"]["name"] == "ann@example.org"
    with place.store.reading() as session:
        assert [(one.issuer, one.subject) for one in session.query(Identity)] == [(provider.issuer, "42")]
    provider.claims = {"email": "new@example.org"}  # the identity counts, not the claim
    come_back(browser, provider)
    assert browser.get("/v1/session").json()["user"]["name"] == "ann@example.org"


def test_who_is_unknown_is_refused_unless_users_are_created(place: Place, provider: Provider) -> None:
    browser = browser_of(place, provider)
    assert come_back(browser, provider).status_code == 403
    assert browser.get("/v1/session").status_code == 401
    browser = browser_of(place, provider, create_users=True)
    assert come_back(browser, provider).status_code == 303
    assert browser.get("/v1/session").json()["projects"] == []


@pytest.mark.parametrize("way", ["password", "identity"])
def test_nobody_who_signs_in_already_is_taken_over(
    place: Place, browser: TestClient, provider: Provider, way: str
) -> None:
    user_id = place.user("ann@example.org")
    with place.store.writing() as session:
        if way == "password":
            session.get_one(User, user_id).password_hash = "$argon2id$"
        else:
            session.add(Identity(issuer="https://elsewhere.example.org", subject="42", user_id=user_id))
    assert come_back(browser, provider).status_code == 403


def test_who_is_disabled_stays_outside(place: Place, browser: TestClient, provider: Provider) -> None:
    user_id = place.user("ann@example.org")
    come_back(browser, provider)
    with place.store.writing() as session:
        session.get_one(User, user_id).disabled_at = NOW
    assert come_back(browser, provider).status_code == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example.org"},
        {"aud": "another client"},
        {"aud": ["another client", "yet another"]},
        {"azp": "another client"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 2**40},
        {"sub": None},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": None},
        {"email": ""},
        {"email": ["ann@example.org"]},
        {"email": "ann/../root"},
    ],
)
def test_wrong_claims_are_refused(
    place: Place, browser: TestClient, provider: Provider, claims: dict[str, Any]
) -> None:
    place.user("ann@example.org")
    provider.claims = claims
    answer = come_back(browser, provider)
    assert answer.status_code in {403, 422}, answer.text
    assert browser.get("/v1/session").status_code == 401


def test_an_audience_may_be_one_of_several(place: Place, browser: TestClient, provider: Provider) -> None:
    place.user("ann@example.org")
    provider.claims = {"aud": ["livener", "another client"], "azp": "livener"}
    assert come_back(browser, provider).status_code == 303


def test_wrong_signatures_are_refused(place: Place, browser: TestClient, provider: Provider) -> None:
    place.user("ann@example.org")
    other = RSAKey.generate_key(2048, parameters={"kid": "1"})
    public = provider.key.as_pem(private=False)
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    signers = {
        "another key": lambda claims: jwt.encode({"alg": "RS256", "kid": "1"}, claims, other),
        "a shared secret": lambda claims: jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET * 2)),
        "the public key as a secret": lambda claims: hs256(public, claims),
        "none": lambda claims: f"{unsigned}.{provider.sign(claims).split('.')[1]}.",
        "no token": lambda _: "x",
    }
    for name, signer in signers.items():
        provider.signer = signer
        assert come_back(browser, provider).status_code == 403, name


def hs256(key: bytes, claims: dict[str, Any]) -> str:
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    signed = f"{part(json.dumps({'alg': 'HS256', 'kid': '1'}).encode())}.{part(json.dumps(claims).encode())}"
    return f"{signed}.{part(hmac.digest(key, signed.encode(), hashlib.sha256))}"


def test_new_keys_of_the_provider_are_found(place: Place, browser: TestClient, provider: Provider) -> None:
    place.user("ann@example.org")
    assert come_back(browser, provider).status_code == 303
    provider.key = RSAKey.generate_key(2048, parameters={"kid": "2"})
    assert come_back(browser, provider).status_code == 303


def test_only_the_browser_that_began_may_end(place: Place, browser: TestClient, provider: Provider) -> None:
    place.user("ann@example.org")
    state = begin(browser, provider)
    other = TestClient(browser.app, follow_redirects=False)
    assert other.get("/v1/oidc/callback", params={"state": state, "code": "c"}).status_code == 403
    assert come_back(browser, provider, state="").status_code == 403
    assert come_back(browser, provider, state="é").status_code == 403
    assert come_back(browser, provider, code="").status_code == 403
    assert come_back(browser, provider, error="access_denied").status_code == 403


def test_a_provider_that_says_no_or_is_away(place: Place, browser: TestClient, provider: Provider) -> None:
    place.user("ann@example.org")
    provider.fails = True
    assert come_back(browser, provider).status_code == 403
    broken = OidcSettings(issuer="http://127.0.0.1:1", client_id="livener")
    place.settings = place.settings.model_copy(update={"oidc": broken})
    assert place.client().get("/v1/oidc/login").status_code == 502


def test_settings_are_checked_at_the_start(place: Place) -> None:
    unsafe = OidcSettings(issuer="http://login.example.org", client_id="livener")
    for given in ({"public_url": "https://ner.example.org", "oidc": unsafe}, {"oidc": unsafe}):
        place.settings = Settings(password=CHEAP, **given)
        with pytest.raises(InputError):
            place.client()


def test_there_may_be_none(client: TestClient) -> None:
    assert client.get("/v1/oidc/login").status_code == 404
    assert client.get("/v1/sign-in-methods").json() == {"password": True, "oidc": None}

"""Single sign-on: the authorisation code flow of OpenID Connect Core 1.0, with PKCE (RFC 7636, RFC 9700).

A sign-in that has begun is one random secret in a cookie. State, nonce and code verifier are derived from it, so that
nothing is kept on the server and an answer of the provider is good only in the browser that asked.
"""

import base64
import hashlib
import hmac
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from livener.errors import InputError
from livener.server.problems import Problem
from livener.server.settings import OidcSettings, Settings

COOKIE = "livener_sign_in"
COOKIE_SECONDS = 600
CALLBACK = "/v1/oidc/callback"
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
_SCOPE = "openid email profile"
_METADATA_SECONDS = 3600.0
_LEEWAY_SECONDS = 60
_TIMEOUT_SECONDS = 10.0
_LOCAL = {"localhost", "127.0.0.1", "::1"}


class Provider:
    """The provider of single sign-on that the settings name.

    Raises:
        InputError: the settings lack the public address, or an address is not https.
    """

    def __init__(self, settings: Settings, oidc: OidcSettings) -> None:
        if settings.public_url is None:
            raise InputError("single sign-on needs the address of this server", where="server.public_url")
        self.settings, self._redirect = oidc, settings.public_url.rstrip("/") + CALLBACK
        _check_address(oidc.issuer)
        self._guard = threading.Lock()
        self._known: dict[str, Any] = {}
        self._known_until = 0.0

    def begin(self, secret: str) -> str:
        """The address at the provider where the person of a browser with this secret signs in."""
        client = self._client()
        address, _ = client.create_authorization_url(
            self._metadata()["authorization_endpoint"],
            state=_derived(secret, "state"),
            nonce=_derived(secret, "nonce"),
            code_verifier=_derived(secret, "verifier"),
        )
        return str(address)

    def finish(self, secret: str, *, state: str, code: str) -> dict[str, Any]:
        """The claims of the ID token for the code that the browser with this secret came back with.

        Raises:
            Problem: 403, the browser did not begin this, or the provider's answer does not hold; 502, there is none.
        """
        if not hmac.compare_digest(state.encode(), _derived(secret, "state").encode()):
            raise _refused("this sign-in was not begun in this browser, or too long ago: begin again")
        known = self._metadata()
        try:
            with self._client() as client:
                token = client.fetch_token(
                    known["token_endpoint"], code=code, code_verifier=_derived(secret, "verifier")
                )
                claims = self._claims(str(token["id_token"]))
        except (AuthlibBaseError, JoseError, KeyError, ValueError) as error:
            raise _refused(f"the provider's answer does not hold: {type(error).__name__}") from error
        except httpx.HTTPError as error:
            raise Problem(502, "provider", "the provider of single sign-on cannot be reached") from error
        if not hmac.compare_digest(str(claims.get("nonce")).encode(), _derived(secret, "nonce").encode()):
            raise _refused("the provider's answer belongs to another sign-in")
        return claims

    def _claims(self, id_token: str) -> dict[str, Any]:
        """Checked as OpenID Connect Core 3.1.3.7 says."""
        try:
            token = jwt.decode(id_token, self._keys(), algorithms=_ALGORITHMS)
        except JoseError:  # the provider may have new keys
            token = jwt.decode(id_token, self._keys(anew=True), algorithms=_ALGORITHMS)
        jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(token.claims)
        if token.claims.get("azp", self.settings.client_id) != self.settings.client_id:
            raise ValueError("azp")
        return dict(token.claims)

    def _client(self) -> OAuth2Client:
        given = self.settings.client_secret
        return OAuth2Client(
            self.settings.client_id,
            given.get_secret_value() if given else None,
            token_endpoint_auth_method="client_secret_basic" if given else "none",
            scope=_SCOPE,
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            timeout=_TIMEOUT_SECONDS,
        )

    def _metadata(self) -> dict[str, Any]:
        """What the provider says of itself (OpenID Connect Discovery 1.0)."""
        with self._guard:
            if time.monotonic() > self._known_until:
                found = _fetched(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
                if found.get("issuer") != self.settings.issuer:
                    raise Problem(502, "provider", "the provider of single sign-on calls itself otherwise")
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    _check_address(str(found.get(name)))
                self._known = found | {"keys": _fetched(found["jwks_uri"])}
                self._known_until = time.monotonic() + _METADATA_SECONDS
            return self._known

    def _keys(self, *, anew: bool = False) -> KeySet:
        if anew:
            self._known_until = 0.0
        return KeySet.import_key_set(self._metadata()["keys"])


def _derived(secret: str, what: str) -> str:
    made = hmac.digest(secret.encode(), what.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _fetched(address: str) -> dict[str, Any]:
    try:
        answer = httpx.get(address, timeout=_TIMEOUT_SECONDS, follow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Problem(502, "provider", "the provider of single sign-on cannot be reached") from error
    if not isinstance(found, dict):
        raise Problem(502, "provider", "the provider of single sign-on does not say what it is")
    return found


def _check_address(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise InputError(f"not an https address: {address!r}", where="server.oidc", fix="https://…")


def _refused(detail: str) -> Problem:
    return Problem(403, "single-sign-on", detail)

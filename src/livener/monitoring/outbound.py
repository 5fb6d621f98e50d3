"""Requests to addresses that somebody typed: nowhere by default, and never to where a name was made to point.

A host has to be allowed by who runs the server. Its name is resolved once, every address has to be a public one, and
the connection goes to one of exactly these; a redirect is a new address, held to the same. What is refused or fails
says so without what the other side answered, which may be no business of who asks.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from livener.errors import InputError

_REDIRECTS = 3
_MOVED = {301, 302, 303, 307, 308}
Resolve = Callable[..., Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Outbound:
    """Where requests may go: ``allow`` names the hosts (``*.example.org`` for all below one, ``*`` for all).

    With ``private`` also addresses of the own network, and http beside https.

    >>> Outbound().post("https://example.org/hook", b"{}", seconds=1)
    Traceback (most recent call last):
    ...
    livener.errors.InputError: example.org: requests to it are not allowed (expected [alerts] allow in livener.toml)
    """

    allow: tuple[str, ...] = ()
    private: bool = False
    resolve: Resolve = socket.getaddrinfo

    def post(self, url: str, content: bytes, *, seconds: float, media: str = "application/json") -> int:
        """Send it, and give the status of the answer.

        Raises:
            InputError: the address is not allowed, cannot be reached, or answers with an error.
        """
        for _ in range(_REDIRECTS + 1):
            status, location = self._once(url, content, seconds, media)
            if status not in _MOVED:
                if status >= 400:
                    raise InputError(f"answered {status}", where=_host(url))
                return status
            if not location:
                raise InputError("is moved to nowhere", where=_host(url))
            url = urljoin(url, location)
        raise InputError("is moved again and again", where=_host(url))

    def addresses(self, url: str) -> tuple[str, int, list[str]]:
        """The host, the port and the addresses that a request goes to.

        Raises:
            InputError: none that is allowed.
        """
        parts = urlsplit(url)
        host = _host(url)
        if parts.scheme != "https" and not (self.private and parts.scheme == "http"):
            raise InputError(f"{parts.scheme or 'no'} scheme", where=host or url, fix="https")
        if not host or parts.username is not None:
            raise InputError("not the address of a host", where=host or url, fix="https://host/path")
        if not any(_allows(pattern, host) for pattern in self.allow):
            raise InputError("requests to it are not allowed", where=host, fix="[alerts] allow in livener.toml")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = {str(one[4][0]) for one in self.resolve(host, port, type=socket.SOCK_STREAM)}
        except OSError:
            raise InputError("no such host", where=host) from None
        if not self.private and any(not _is_public(address) for address in found):
            raise InputError("an address of a private network", where=host, fix="[alerts] private, if that is meant")
        return host, port, sorted(found)

    def _once(self, url: str, content: bytes, seconds: float, media: str) -> tuple[int, str | None]:
        host, port, addresses = self.addresses(url)
        parts = urlsplit(url)
        connection = _Pinned(host, port, addresses[0], secure=parts.scheme == "https", seconds=seconds)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request("POST", path, content, {"Content-Type": media, "User-Agent": "livener"})
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location")
        except (OSError, http.client.HTTPException) as error:
            raise InputError(f"cannot be reached: {type(error).__name__}", where=host) from None
        finally:
            connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, under the name of its host."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self._address, self._secure = address, secure
        self.default_port = 443 if secure else 80

    def connect(self) -> None:
        """Connect to the address that was checked, whatever the name says now."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def _allows(pattern: str, host: str) -> bool:
    pattern = pattern.lower()
    return pattern in ("*", host) or (pattern.startswith("*.") and host.endswith(pattern[1:]))


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found.sixtofour or found
    return found.is_global and not found.is_multicast

"""Requests go where who runs the server allows, to the address that was checked, and nowhere else."""

import socket
from typing import Any

import pytest
from tests.monitoring.listening import http_server

from livener.errors import InputError
from livener.monitoring.outbound import Outbound


def names(**known: str | list[str]) -> Any:
    """A resolver that knows these hosts, and counts how often it is asked."""

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        resolve.asked.append(host)  # type: ignore[attr-defined]
        found = known.get(host.replace(".", "_").replace("-", "_"))
        if found is None:
            raise socket.gaierror
        return [(0, 0, 0, "", (one, port)) for one in ([found] if isinstance(found, str) else found)]

    resolve.asked = []  # type: ignore[attr-defined]
    return resolve


PUBLIC = "93.184.215.14"


@pytest.mark.parametrize(
    ("url", "allow", "said"),
    [
        ("https://hooks.example.org/x", (), "not allowed"),
        ("https://hooks.example.org/x", ("example.org", "*.example.com"), "not allowed"),
        ("https://evil-example.org/x", ("*.example.org",), "not allowed"),
        ("http://hooks.example.org/x", ("*",), "http scheme"),
        ("ftp://hooks.example.org/x", ("*",), "ftp scheme"),
        ("https:///x", ("*",), "not the address of a host"),
        ("https://u:p@hooks.example.org/", ("*",), "not the address of a host"),
        ("https://nowhere.example.org/", ("*",), "no such host"),
        ("https://inside.example.org/", ("*",), "private network"),
        ("https://mixed.example.org/", ("*",), "private network"),
        ("https://mapped.example.org/", ("*",), "private network"),
        ("https://metadata.example.org/", ("*",), "private network"),
        ("https://six.example.org/", ("*",), "private network"),
    ],
)
def test_what_is_refused(url: str, allow: tuple[str, ...], said: str) -> None:
    resolve = names(
        hooks_example_org=PUBLIC,
        evil_example_org=PUBLIC,
        inside_example_org="10.0.0.7",
        mixed_example_org=[PUBLIC, "127.0.0.1"],
        mapped_example_org="::ffff:127.0.0.1",
        metadata_example_org="169.254.169.254",
        six_example_org="fe80::1%eth0",
    )
    with pytest.raises(InputError, match=said):
        Outbound(allow, resolve=resolve).post(url, b"{}", seconds=1)


@pytest.mark.parametrize("allow", ["hooks.example.org", "*.example.org", "HOOKS.example.org", "*"])
def test_what_is_allowed_has_its_checked_addresses(allow: str) -> None:
    outbound = Outbound((allow,), resolve=names(hooks_example_org=PUBLIC))
    assert outbound.addresses("https://Hooks.Example.org./x") == ("hooks.example.org", 443, [PUBLIC])


def test_it_goes_to_the_address_that_was_checked_under_the_name_of_the_host() -> None:
    with http_server() as heard:
        resolve = names(hooks_example_org="127.0.0.1")
        outbound = Outbound(("hooks.example.org",), private=True, resolve=resolve)
        url = f"http://hooks.example.org:{heard.port}/a?b=c"
        assert outbound.post(url, b'{"x": 1}', seconds=5) == 200
        assert heard.came == [(f"hooks.example.org:{heard.port}", "/a?b=c", b'{"x": 1}')]
        assert resolve.asked == ["hooks.example.org"]  # once: a second answer could be another
        heard.status = 500
        with pytest.raises(InputError, match="answered 500"):
            outbound.post(url, b"{}", seconds=5)
    with pytest.raises(InputError, match="cannot be reached"):
        outbound.post(url, b"{}", seconds=5)


def test_a_redirect_is_a_new_address() -> None:
    with http_server() as heard:
        resolve = names(hooks_example_org="127.0.0.1", other_example_org="127.0.0.1")
        outbound = Outbound(("hooks.example.org",), private=True, resolve=resolve)
        url = f"http://hooks.example.org:{heard.port}/moved"
        heard.moved_to = f"http://other.example.org:{heard.port}/secret"
        with pytest.raises(InputError, match=r"other\.example\.org: requests to it are not allowed"):
            outbound.post(url, b"{}", seconds=5)
        assert [path for _, path, _ in heard.came] == ["/moved"]
        heard.moved_to = "/there"
        assert outbound.post(url, b"{}", seconds=5) == 200
        assert heard.came[-1][1] == "/there"
        heard.moved_to = "/moved"
        with pytest.raises(InputError, match="again and again"):
            outbound.post(url, b"{}", seconds=5)

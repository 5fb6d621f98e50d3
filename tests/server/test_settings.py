"""What a server is told by its file and its environment."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from livener.errors import InputError
from livener.loop.settings import WorkerSettings
from livener.monitoring.channels import AlertSettings, MailSettings
from livener.server import Settings
from livener.server.settings import LogSettings, OidcSettings, PasswordSettings, RecognizeSettings, TraceSettings


def test_a_file_and_the_environment_over_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = LogSettings(url=str(tmp_path / "log"))
    assert Settings.read(tmp_path) == Settings(log=usual)
    (tmp_path / "livener.toml").write_text(
        '[server]\nbody_bytes = 10\nhosts = ["a"]\n[server.oidc]\nissuer = "https://i"\nclient_id = "c"\n'
    )
    monkeypatch.setenv("LIVENER_SERVER_HOSTS", "b, c")
    monkeypatch.setenv("LIVENER_SERVER_OIDC__CLIENT_SECRET", "hidden")
    read = Settings.read(tmp_path)
    assert (read.body_bytes, read.hosts) == (10, ("b", "c"))
    assert read.oidc is not None
    assert read.oidc.client_secret is not None
    assert read.oidc.client_secret.get_secret_value() == "hidden"
    assert "hidden" not in repr(read)


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ({"bodybytes": 1}, "server.bodybytes"),
        ({"body_bytes": 0}, "server.body_bytes"),
        ({"body_seconds": float("inf")}, "server.body_seconds"),
        ({"password": {"rounds": 3}}, "server.password.rounds"),
        ({"oidc": {"issuer": "https://i"}}, "server.oidc.client_id"),
    ],
)
def test_what_is_wrong_is_named(table: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as raised:
        Settings.of({"server": table}, environment={})
    assert raised.value.where == where


@pytest.mark.parametrize("text", ["server = 1", "[server", "[server]\nbody_bytes = 'x'"])
def test_a_file_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "livener.toml").write_text(text)
    with pytest.raises(InputError):
        Settings.read(tmp_path)


def test_a_name_in_the_environment_that_is_none() -> None:
    with pytest.raises(InputError):
        Settings.of({}, environment={"LIVENER_SERVER_HOST": "a"})


def test_every_setting_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "server.md").read_text(encoding="utf-8")
    tables: dict[str, type[BaseModel]] = {"server": Settings, "server.password": PasswordSettings}
    tables |= {
        "server.log": LogSettings,
        "server.recognize": RecognizeSettings,
        "server.oidc": OidcSettings,
        "server.traces": TraceSettings,
        "worker": WorkerSettings,
    }
    tables |= {"alerts": AlertSettings, "alerts.mail": MailSettings}
    apart = {name.removeprefix("server.") for name in tables}
    for name, table in tables.items():
        section = re.search(rf"^## `\[{re.escape(name)}\]`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
        assert section, name
        documented = set(re.findall(r"^\| `(\w+)`", section[1], re.MULTILINE))
        assert documented == table.model_fields.keys() - {*apart, "alerts", "mail"}, name

"""Alerts are told by webhook, chat and e-mail, over real connections."""

import json
from pathlib import Path

import pytest
from tests.monitoring.listening import http_server, mail_server

from livener.errors import InputError
from livener.monitoring.channels import AlertSettings, Channel, MailSettings, Message, channels_of, tell

MESSAGE = Message(
    "contracts", "drift", "ORG", "ORG: 0.5 → 0.1\r\nBcc: all@example.org", 7, "https://ner.example.org/7"
)


def test_a_webhook_and_a_chat() -> None:
    settings = AlertSettings(allow=("127.0.0.1",), private=True)
    with http_server() as heard:
        for kind in ("webhook", "slack"):
            tell(Channel(kind=kind, url=f"http://127.0.0.1:{heard.port}/{kind}"), MESSAGE, settings)  # type: ignore[arg-type]
    webhook, slack = (json.loads(body) for _, _, body in heard.came)
    assert webhook == {
        "project": "contracts",
        "kind": "drift",
        "subject": "ORG",
        "summary": MESSAGE.summary,
        "alert": 7,
        "link": "https://ner.example.org/7",
    }
    assert slack == {"text": "[contracts] drift: ORG: 0.5 → 0.1 Bcc: all@example.org\nhttps://ner.example.org/7"}


def test_an_e_mail_whose_text_begins_no_header() -> None:
    with mail_server() as heard:
        mail = MailSettings(host="127.0.0.1", port=heard.port, sender="livener@example.org", tls="none")
        channel = Channel(kind="email", to=("lea@example.org", "bob@example.org"))
        tell(channel, MESSAGE, AlertSettings(mail=mail))
    (letter,) = [body.decode() for _, _, body in heard.came]
    head, _, text = letter.partition("\r\n\r\n")
    assert "To: lea@example.org, bob@example.org" in head
    assert "\r\nBcc" not in head
    assert "https://ner.example.org/7" in text
    with pytest.raises(InputError, match="no server that sends e-mail"):
        tell(channel, MESSAGE, AlertSettings())
    with pytest.raises(InputError, match="could not be sent"):
        tell(channel, MESSAGE, AlertSettings(mail=mail))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "webhook"}, "has a `url`"),
        ({"kind": "email", "to": ["a@b"], "url": "https://x"}, "has `to` and no `url`"),
        ({"kind": "email", "to": ["a@b\nBcc: c@d"]}, "pattern"),
        ({"kind": "pigeon"}, "webhook"),
        ({"kind": "slack", "url": "https://x", "token": "t"}, "Extra"),
    ],
)
def test_a_channel_that_is_none(given: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        channels_of({"channels": {"a": given}})
    assert str(raised.value.where).startswith("channels.a")


def test_settings_come_from_the_folder_and_the_password_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "livener.toml").write_text(
        '[alerts]\nallow = ["a"]\n[alerts.mail]\nhost = "m"\nsender = "a@b"\n', encoding="utf-8"
    )
    read = AlertSettings.read(tmp_path, environment={"LIVENER_ALERTS_MAIL_PASSWORD": "hidden"})
    assert (read.allow, read.mail and read.mail.port) == (("a",), 587)
    assert read.password
    assert read.password.get_secret_value() == "hidden"
    assert "hidden" not in repr(read)
    (tmp_path / "livener.toml").write_text("[alerts]\nallowed = 1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"alerts\.allowed"):
        AlertSettings.read(tmp_path, environment={})

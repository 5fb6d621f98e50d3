"""Where alerts are told: a webhook, a chat like Slack, e-mail. Set by a project, allowed by who runs the server."""

import json
import os
import smtplib
import ssl
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from livener.errors import InputError
from livener.monitoring.outbound import Outbound
from livener.store.folder import FILE

_SECRET = "LIVENER_ALERTS_MAIL_PASSWORD"
Address = Annotated[str, Field(pattern=r"^[^\s@<>,;]+@[^\s@<>,;]+$", max_length=320)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MailSettings(_Strict):
    """The server that sends e-mail; the password comes from ``LIVENER_ALERTS_MAIL_PASSWORD`` in the environment."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    sender: Address
    user: str | None = None
    tls: Literal["starttls", "tls", "none"] = "starttls"


class AlertSettings(_Strict):
    """The table ``[alerts]`` of ``livener.toml``: where alerts may be sent at all, which is nowhere by default."""

    allow: tuple[str, ...] = ()
    """The hosts that webhooks may be at; ``"*.example.org"`` for all below one."""
    private: bool = False
    """Whether they may be in a private network, and speak http."""
    seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    mail: MailSettings | None = None
    password: SecretStr | None = Field(default=None, exclude=True)

    @classmethod
    def read(cls, folder: str | Path, *, environment: Mapping[str, str] = os.environ) -> Self:
        """Those of a project folder.

        Raises:
            InputError: an unknown key or a value that is not allowed.
        """
        path = Path(folder) / FILE
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8")).get("alerts", {}) if path.exists() else {}
            return cls.model_validate({**table, "password": environment.get(_SECRET)})
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"not TOML: {error}", where=str(path)) from None
        except (ValidationError, TypeError) as error:
            first = (
                error.errors(include_url=False, include_input=False)[0]
                if isinstance(error, ValidationError)
                else None
            )
            where = ".".join(map(str, ("alerts", *(first["loc"] if first else ()))))
            raise InputError(first["msg"] if first else "not a table", where=where) from None


class Channel(_Strict):
    """Where the alerts of a project are told (``Project.settings["channels"][name]``).

    ``kinds`` are the kinds of alerts that are told, all when it is empty.
    """

    kind: Literal["webhook", "slack", "email"]
    url: str | None = None
    to: Annotated[tuple[Address, ...], Field(max_length=50)] = ()
    kinds: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "email" and (not self.to or self.url is not None):
            raise ValueError("an e-mail has `to` and no `url`")
        if self.kind != "email" and (not self.url or self.to):
            raise ValueError(f"a {self.kind} has a `url` and no `to`")
        return self


@dataclass(frozen=True, slots=True)
class Message:
    """What is told: of which project and alert, in one line, and where to look."""

    project: str
    kind: str
    subject: str
    summary: str
    alert: int | None = None
    link: str | None = None

    @property
    def line(self) -> str:
        """It in one line, without line breaks that would begin another header.

        >>> Message("contracts", "drift", "ORG", "ORG: spans per document 0.5 → 0.1").line
        '[contracts] drift: ORG: spans per document 0.5 → 0.1'
        """
        return " ".join(f"[{self.project}] {self.kind}: {self.summary}".split())


def channels_of(settings: Mapping[str, Any]) -> dict[str, Channel]:
    """Those of a project's settings, by name.

    Raises:
        InputError: one of them is none.
    """
    found = {}
    table = settings.get("channels", {})
    if not isinstance(table, Mapping):
        raise InputError("not a table", where="channels")
    for name, given in table.items():
        try:
            found[name] = Channel.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise InputError(first["msg"], where=".".join(map(str, ("channels", name, *first["loc"])))) from None
    return found


def tell(channel: Channel, message: Message, settings: AlertSettings) -> None:
    """Send a message over a channel.

    Raises:
        InputError: it is not allowed, or it could not be sent.
    """
    if channel.kind == "email":
        _mail(channel, message, settings)
        return
    assert channel.url is not None
    content = json.dumps(payload(channel, message), ensure_ascii=False).encode()
    Outbound(settings.allow, settings.private).post(channel.url, content, seconds=settings.seconds)


def payload(channel: Channel, message: Message) -> dict[str, Any]:
    """What is posted: every field for a webhook; text for Slack, in which nothing that people wrote is mark-up.

    >>> payload(Channel(kind="slack", url="https://hooks.slack.com/x"), Message("a", "drift", "x", "<!all> & co"))
    {'text': '[a] drift: &lt;!all&gt; &amp; co'}
    """
    if channel.kind == "slack":
        text = message.line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return {"text": f"{text}\n{message.link}" if message.link else text}
    return {
        "project": message.project,
        "kind": message.kind,
        "subject": message.subject,
        "summary": message.summary,
        "alert": message.alert,
        "link": message.link,
    }


def _mail(channel: Channel, message: Message, settings: AlertSettings) -> None:
    mail = settings.mail
    if mail is None:
        raise InputError("no server that sends e-mail is named", fix="[alerts.mail] in livener.toml")
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = mail.sender, ", ".join(channel.to), message.line[:200]
    letter.set_content("\n\n".join([message.line, *([message.link] if message.link else [])]) + "\n")
    context = ssl.create_default_context()
    try:
        if mail.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=settings.seconds, context=context)
        else:
            server = smtplib.SMTP(mail.host, mail.port, timeout=settings.seconds)
        with server:
            if mail.tls == "starttls":
                server.starttls(context=context)
            if mail.user is not None:
                server.login(mail.user, settings.password.get_secret_value() if settings.password else "")
            server.send_message(letter)
    except (OSError, smtplib.SMTPException) as error:
        raise InputError(f"the e-mail could not be sent: {type(error).__name__}", where=mail.host) from None

"""What the person who runs a server decides: ``livener.toml`` and the environment."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from livener.errors import InputError
from livener.monitoring.channels import AlertSettings

FILE = "livener.toml"
_PREFIX = "LIVENER_SERVER_"

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PasswordSettings(_Strict):
    """The cost of argon2id (RFC 9106, second recommended choice), and how often a wrong password is borne.

    Failures are counted over ``window_seconds``, per name and per address.
    """

    time_cost: Count = 3
    memory_kib: Annotated[int, Field(ge=8)] = 65536
    parallelism: Count = 4
    failures_per_name: Count = 10
    failures_per_address: Count = 30
    window_seconds: Seconds = 900.0


class OidcSettings(_Strict):
    """Single sign-on by OpenID Connect.

    ``user_claim`` becomes the name of the user; an e-mail address counts only when the provider verified it. Whoever
    is unknown is refused, or made a user without any project when ``create_users``.
    """

    issuer: str
    client_id: str
    client_secret: SecretStr | None = None
    label: str = "Single sign-on"
    user_claim: str = "email"
    create_users: bool = False


class RecognizeSettings(_Strict):
    """The limits of a request for entities: ``texts``, ``characters`` of each, and ``seconds``.

    When what waits would take more than ``wait_seconds``, more is refused with 429.
    """

    texts: Count = 1000
    characters: Count = 1_000_000
    seconds: Seconds = 30.0
    wait_seconds: Seconds = 2.0


class LogSettings(_Strict):
    """The inference log: a folder of the project, or what fsspec understands; then ``spool`` is a folder here.

    ``text`` is what is kept of texts. With ``strict`` nothing is answered before it is on the disk; else it is so
    within ``sync_seconds``.
    """

    url: str = "log"
    spool: str | None = None
    on: bool = True
    text: Literal["text", "redacted", "hash"] = "text"
    strict: bool = False
    sync_seconds: Annotated[float, Field(gt=0, le=1)] = 0.5
    segment_seconds: Seconds = 300.0
    segment_rows: Count = 500_000
    retain_days: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


class TraceSettings(_Strict):
    """Traces by OpenTelemetry: ``endpoint`` is the URL of a collector that takes OTLP over HTTP (``…/v1/traces``).

    ``sample`` is the share of the requests that is traced, where their sender does not say it.
    """

    endpoint: Annotated[str, Field(pattern=r"^https?://")]
    service: Annotated[str, Field(min_length=1)] = "livener"
    sample: Annotated[float, Field(ge=0, le=1)] = 1.0


class Settings(_Strict):
    """The table ``[server]`` of ``livener.toml``; ``LIVENER_SERVER_NAME`` in the environment is read over it.

    In the environment ``__`` leads into a table (``LIVENER_SERVER_OIDC__CLIENT_SECRET``) and lists have commas.

    >>> Settings.of({"server": {"body_bytes": 1000}}, environment={"LIVENER_SERVER_HOSTS": "ner.example.org"}).hosts
    ('ner.example.org',)
    """

    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    """The names that the server answers to, and that of ``public_url``; ``"*"`` for all."""
    public_url: str | None = None
    """How people reach the server; single sign-on needs it."""
    body_bytes: Count = 4 << 20
    upload_bytes: Count = 4 << 30
    body_seconds: Seconds = 60.0
    session_days: Annotated[float, Field(gt=0, le=366)] = 7.0
    invitation_days: Annotated[float, Field(gt=0, le=366)] = 7.0
    token_days: Count = 366
    """The longest that a token may live."""
    heartbeat_seconds: Seconds = 15.0
    poll_seconds: Seconds = 1.0
    """How often the store is asked for what other server processes did."""
    stream_seconds: Seconds = 300.0
    """How long a stream of events lasts before its reader has to come back and show its rights again."""
    recognize: RecognizeSettings = RecognizeSettings()
    log: LogSettings | None = None
    """Without it nothing is noted; ``read`` takes the folder ``log`` of the project."""
    traces: TraceSettings | None = None
    """Without it nothing is traced."""
    alerts: Annotated[AlertSettings, Field(exclude=True)] = AlertSettings()
    """The table ``[alerts]``, which the worker reads too."""
    password: PasswordSettings = PasswordSettings()
    oidc: OidcSettings | None = None

    @classmethod
    def of(cls, file: Mapping[str, Any], *, environment: Mapping[str, str]) -> Self:
        """Those of a parsed ``livener.toml`` and an environment.

        Raises:
            InputError: an unknown key or a value that is not allowed.
        """
        given = _merged(file.get("server", {}), environment)
        if "alerts" in given:
            raise InputError("no key of this table", where="server.alerts", fix="[alerts]")
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, ("server", *first["loc"])))
            raise InputError(first["msg"], where=where, fix=f"keys: {', '.join(cls.model_fields)}") from None

    @classmethod
    def read(cls, folder: str | Path) -> Self:
        """Those of a project folder and this process's environment.

        Raises:
            InputError: as `of`; or the file is not TOML.
        """
        path = Path(folder) / FILE
        try:
            file = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"not TOML: {error}", where=str(path)) from None
        settings = cls.of(file, environment=os.environ)
        log = settings.log or LogSettings()
        here = {name: str(Path(folder).absolute() / place) for name, place in _places(log) if "://" not in place}
        update = {"log": log.model_copy(update=here), "alerts": AlertSettings.read(folder)}
        return settings.model_copy(update=update)


def _places(log: LogSettings) -> list[tuple[str, str]]:
    return [(name, place) for name in ("url", "spool") if (place := getattr(log, name)) is not None]


def _merged(table: Any, environment: Mapping[str, str]) -> Any:
    if not isinstance(table, Mapping):
        raise InputError("not a table", where="server", fix="[server]")
    merged = dict(table)
    for name, value in environment.items():
        if not name.startswith(_PREFIX):
            continue
        *tables, key = name.removeprefix(_PREFIX).lower().split("__")
        inner = merged
        for step in tables:
            inner[step] = dict(inner.get(step, {}))
            inner = inner[step]
        inner[key] = tuple(part.strip() for part in value.split(",")) if key == "hosts" else value
    return merged

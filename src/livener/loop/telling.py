"""From a new alert to the channels of its project."""

import os
import tomllib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.monitoring import alerts
from livener.monitoring.channels import AlertSettings, Message, channels_of, tell
from livener.store.folder import FILE
from livener.store.models import Project

Writing = Callable[[], AbstractContextManager[Session]]


def tell_from(writing: Writing, project: int, ids: Iterable[int], folder: Path, *, now: datetime) -> dict[str, str]:
    """`tell_alerts` with the settings of a project folder, and the address of its server as that has it."""
    if not (ids := list(ids)):
        return {}
    settings, path = AlertSettings.read(folder), folder / FILE
    table = tomllib.loads(path.read_text(encoding="utf-8")).get("server", {}) if path.exists() else {}
    link = os.environ.get("LIVENER_SERVER_PUBLIC_URL") or table.get("public_url")
    return tell_alerts(writing, project, ids, settings, now=now, link=link)


def tell_alerts(
    writing: Writing,
    project: int,
    ids: Iterable[int],
    settings: AlertSettings,
    *,
    now: datetime,
    link: str | None = None,
) -> dict[str, str]:
    """Tell new alerts over every channel of the project that is for their kind; what failed, by channel and alert.

    No transaction is open while something is sent. Whether it was is in the life of the alert. ``link`` is the
    address of the server's page.
    """
    with writing() as session:
        row = session.get_one(Project, project)
        name, channels = row.name, channels_of(row.settings)
        found = [alerts.get(session, project, one) for one in ids]
    failed: dict[str, str] = {}
    for alert in found:
        place = f"{link.rstrip('/')}/p/{quote(name, safe='')}/monitor?alert={alert.id}" if link else None
        message = Message(name, alert.kind, alert.subject, alert.summary, alert.id, place)
        told = []
        for key, channel in channels.items():
            if channel.kinds and alert.kind not in channel.kinds:
                continue
            try:
                tell(channel, message, settings)
                told.append(key)
            except InputError as error:
                failed[f"{key}/{alert.id}"] = str(error)
        with writing() as session:
            if told:
                alerts.note(session, project, alert.id, "told", note=", ".join(told), now=now)
            for key, problem in failed.items():
                if key.endswith(f"/{alert.id}"):
                    alerts.note(session, project, alert.id, "not told", note=f"{key}: {problem}", now=now)
    return failed

"""What the server answers about what moved in production."""

from datetime import datetime
from typing import Any, Literal

from livener.client.answers import Answer

AlertStateName = Literal["open", "acknowledged", "closed"]


class AlertEvent(Answer):
    """Something that happened to an alert: ``opened``, ``seen again``, ``acknowledged``, ``sent to review``,
    ``closed``; by nobody where the server did it."""

    what: str
    note: str
    detail: dict[str, Any]
    user: str | None
    at: datetime


class Alert(Answer):
    """Something that moved. ``found``, ``documents`` and ``events`` are there when one alert is asked for.

    ``found`` holds the ``findings`` with their sizes and how sure they are, since when and where, and the ``verdict``
    whether text or model changed; ``documents`` are those that moved most, each with ``why``.
    """

    id: int
    kind: str
    subject: str
    state: AlertStateName
    summary: str
    opened_at: datetime
    seen_at: datetime
    found: dict[str, Any] | None
    documents: tuple[dict[str, Any], ...] | None
    events: tuple[AlertEvent, ...] | None


class ReviewBatch(Answer):
    """The batch of tasks that an alert became: its name, the tasks that are new, the documents of the alert."""

    batch: str
    tasks: int
    documents: int

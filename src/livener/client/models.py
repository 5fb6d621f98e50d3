"""What the server answers about models: versions, gates, moves of aliases, examples that must pass."""

from datetime import datetime
from typing import Any

from livener.client.answers import Answer, SpanAnswer


class LastGate(Answer):
    """What the last gate of a model said, beside the one that served then."""

    id: int
    passed: bool
    against: int | None
    at: datetime


class Model(Answer):
    """A model version, what made it, the aliases that point at it, and its last gate."""

    number: int
    address: str
    pipeline: str
    dataset: str | None
    guideline: int | None
    lineage: dict[str, Any]
    metrics: dict[str, Any]
    aliases: tuple[str, ...]
    created_at: datetime
    gate: LastGate | None


class Gate(Answer):
    """A gate: ``reasons`` are the checks that failed. ``report`` is there when one gate is asked for."""

    id: int
    number: int
    against: int | None
    passed: bool
    reasons: tuple[str, ...]
    user: str | None
    at: datetime
    report: dict[str, Any] | None


class Move(Answer):
    """An alias that was moved from the model ``before`` to the model ``number``."""

    id: int
    alias: str
    number: int
    before: int | None
    rollback: bool
    reason: str
    user: str | None
    at: datetime


class ShadowedText(Answer):
    """A text as the candidate read it, and what serves."""

    text: str
    candidate: tuple[SpanAnswer, ...]
    against: tuple[SpanAnswer, ...]
    same: bool


class Shadowed(Answer):
    """Texts as two models read them, and how many they read the same."""

    candidate: int
    against: int
    same: int
    documents: tuple[ShadowedText, ...]


class Regression(Answer):
    """A text in which every model must find ``spans`` and must not find ``negatives``."""

    id: int
    text: str
    spans: tuple[SpanAnswer, ...]
    negatives: tuple[SpanAnswer, ...]
    note: str
    user: str | None
    created_at: datetime

"""What a trigger may wait for: conditions on what happened in a project since the trigger last went off."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar

from huey import crontab
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.loop.rolling import rolling
from livener.store.models import Alert, Annotation, Correction, GuidelineVersion, LabelSet

_SHOWN = 10
_FURTHEST = timedelta(days=35)  # that a schedule looks back: a server that was off longer misses what was due before
_Count = Annotated[int, Field(ge=1, lt=2**31)]
_S = TypeVar("_S", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a condition holds, in a sentence, and the figures."""

    holds: bool
    detail: str
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Condition(Generic[_S]):
    """What is asked, the model of its settings, and how it is found out: of a project since a moment, now."""

    about: str
    settings: type[_S]
    find: Callable[[Session, int, _S, datetime, datetime], Finding]


class Corrections(_Strict):
    """So many corrections, or so much severity of them, added up."""

    count: _Count | None = None
    severity: _Count | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Corrections":
        if self.count is None and self.severity is None:
            raise ValueError("neither count nor severity is given")
        return self


class ErrorCluster(_Strict):
    """The same error (surface form, kind, label) so many times."""

    times: _Count = 3


class Raised(_Strict):
    """An alert of one of the kinds: ``drift``, or ``audit``, a threshold that audits broke."""

    kinds: tuple[str, ...] = ("drift",)


class RollingF1(_Strict):
    """Strict F1 of what people were shown, over the latest ``window`` documents; judged from ``least`` of them on."""

    limit: Annotated[float, Field(gt=0, le=1)]
    label: str | None = None
    window: _Count = 200
    least: _Count = 50


class Schedule(_Strict):
    """A moment, or the minutes of a crontab: minute, hour, day, month, weekday (0 is Sunday), in UTC."""

    at: AwareDatetime | None = None
    cron: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Schedule":
        if (self.at is None) == (self.cron is None):
            raise ValueError("a schedule is either at a moment or a cron")
        if self.cron is not None:
            _due(self.cron)
        return self


class Guidelines(_Strict):
    """A new version of the guidelines, or with ``labels`` only one that brings a new label."""

    labels: bool = False


def check(condition: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a condition as they are stored.

    Raises:
        InputError: no such condition, or settings that it does not take.
    """
    if condition not in CONDITIONS:
        raise InputError(f"no condition is called {condition!r}", fix=" | ".join(sorted(CONDITIONS)))
    model: type[BaseModel] = CONDITIONS[condition].settings
    try:
        return model.model_validate(settings).model_dump(mode="json", exclude_defaults=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, ("settings", *first["loc"])))
        raise InputError(first["msg"], where=where, fix=f"keys: {', '.join(model.model_fields)}") from None


def find(
    session: Session, project_id: int, condition: str, settings: Mapping[str, Any], *, since: datetime, now: datetime
) -> Finding:
    """Whether the condition holds now, of what happened since."""
    known: Condition[Any] = CONDITIONS[condition]
    return known.find(session, project_id, known.settings.model_validate(settings), since, now)


def _corrections(session: Session, project_id: int, asked: Corrections, since: datetime, now: datetime) -> Finding:
    columns = func.count(), func.coalesce(func.sum(Correction.severity), 0)
    found = select(*columns).join(Annotation, Annotation.id == Correction.annotation_id)
    found = found.where(Annotation.project_id == project_id, Correction.created_at > since)
    count, severity = session.execute(found.where(Correction.created_at <= now)).one()
    enough = asked.count is not None and count >= asked.count
    grave = asked.severity is not None and severity >= asked.severity
    said = f"{count} corrections of severity {severity}"
    return Finding(enough or grave, said, {"count": count, "severity": severity})


def _error_cluster(session: Session, project_id: int, asked: ErrorCluster, since: datetime, now: datetime) -> Finding:
    label = func.coalesce(Correction.final_label, Correction.predicted_label)
    found = select(Correction.surface, Correction.kind, label.label("label"))
    found = found.join(Annotation, Annotation.id == Correction.annotation_id)
    found = found.where(Annotation.project_id == project_id, Correction.created_at > since)
    clusters = Counter(
        (row.surface.casefold(), row.kind.value, row.label)
        for row in session.execute(found.where(Correction.created_at <= now))
    )
    grave = [(key, times) for key, times in clusters.most_common() if times >= asked.times]
    shown = [{"surface": s, "kind": k, "label": label, "times": n} for (s, k, label), n in grave[:_SHOWN]]
    if not grave:
        return Finding(False, f"no error came {asked.times} times", {"clusters": []})
    (surface, kind, label_of), times = grave[0]
    said = f"{kind.replace('_', ' ')} of {label_of} at {surface!r} came {times} times"
    return Finding(True, said, {"clusters": shown})


def _alert(session: Session, project_id: int, asked: Raised, since: datetime, now: datetime) -> Finding:
    found = select(Alert.id, Alert.subject, Alert.summary).where(Alert.project_id == project_id)
    found = found.where(Alert.kind.in_(asked.kinds), Alert.opened_at > since, Alert.opened_at <= now)
    rows = session.execute(found.order_by(Alert.id)).all()
    said = rows[0].summary if rows else f"no alert of {', '.join(asked.kinds)}"
    return Finding(bool(rows), said, {"alerts": [row.id for row in rows]})


def _rolling_f1(session: Session, project_id: int, asked: RollingF1, since: datetime, now: datetime) -> Finding:
    found = rolling(session, project_id, since=since, until=now, documents=asked.window, label=asked.label)
    figures = {"f1": found.f1, "documents": found.documents}
    if found.f1 is None or found.documents < asked.least:
        return Finding(False, f"{found.documents} documents, too few to judge", figures)
    about = f" of {asked.label}" if asked.label else ""
    said = f"F1{about} over the latest {found.documents} documents is {found.f1:.3f}, the limit {asked.limit:g}"
    return Finding(found.f1 < asked.limit, said, figures)


def _schedule(_session: Session, _project: int, asked: Schedule, since: datetime, now: datetime) -> Finding:
    if asked.at is not None:
        return Finding(since < asked.at <= now, f"due at {asked.at.isoformat()}", {})
    due, minute = _due(asked.cron or ""), now.replace(second=0, microsecond=0)
    while minute > max(since, now - _FURTHEST):
        if due(minute):
            return Finding(True, f"{asked.cron} was due at {minute.isoformat()}", {})
        minute -= timedelta(minutes=1)
    return Finding(False, f"{asked.cron} was not due", {})


def _guidelines(session: Session, project_id: int, asked: Guidelines, since: datetime, now: datetime) -> Finding:
    version = GuidelineVersion
    mine = select(version.number, LabelSet.labels, version.created_at)
    mine = mine.join(LabelSet, LabelSet.id == version.label_set_id).where(version.project_id == project_id)
    rows = session.execute(mine.where(version.created_at <= now).order_by(version.number)).all()
    before: set[str] = set()
    for row in rows:
        if row.created_at <= since:
            before = set(row.labels)
    newer = [row for row in rows if row.created_at > since]
    if not newer:
        return Finding(False, "no new version of the guidelines", {"labels": []})
    labels = sorted(set(newer[-1].labels) - before)
    said = f"version {newer[-1].number} of the guidelines" + (f" with {', '.join(labels)}" if labels else "")
    return Finding(bool(labels) or not asked.labels, said, {"number": newer[-1].number, "labels": labels})


def _due(cron: str) -> Callable[[datetime], bool]:
    """Whether a crontab names a minute."""
    fields = cron.split()
    names = ("minute", "hour", "day", "month", "day_of_week")
    if len(fields) != len(names):
        raise ValueError(f"not a crontab of five fields: {cron!r}")
    due: Callable[[datetime], bool] = crontab(**dict(zip(names, fields, strict=True)), strict=True)
    return due


CONDITIONS: Mapping[str, Condition[Any]] = {
    "corrections": Condition("a number of corrections, or their severity", Corrections, _corrections),
    "error_cluster": Condition("the same error again and again", ErrorCluster, _error_cluster),
    "alert": Condition("an alert, such as of drift", Raised, _alert),
    "rolling_f1": Condition("F1 of what people were shown is under a limit", RollingF1, _rolling_f1),
    "schedule": Condition("a moment, or a crontab", Schedule, _schedule),
    "guidelines": Condition("a new version of the guidelines, or a new label", Guidelines, _guidelines),
}

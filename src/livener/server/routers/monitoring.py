"""What production did: the three tiers of the dashboard, the documents behind a bar, the line of time, a look now."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from livener.client.monitoring import BehindBar, LabelDays, NewLabel, Quality, Rolling, Timeline, Watched
from livener.errors import InputError
from livener.loop import estimates, held_out, newcomers, reliability, watch
from livener.loop.rules import Days as Compared
from livener.loop.rules import LoopRules, WatchArguments
from livener.loop.telling import tell_alerts
from livener.loop.timeline import timeline
from livener.monitoring import production
from livener.monitoring.log import Log, Window
from livener.server.bodies import Body, Line
from livener.server.calls import Call
from livener.server.routes import Routes
from livener.store.models import GateReport, ModelVersion, Role

routes = Routes("monitoring", prefix="/v1/projects/{project}/monitoring")
Days = Annotated[int, Query(ge=1, le=400, description="So many days until now.")]


class WatchGiven(Body):
    """Which days are compared."""

    reference: Compared = 28.0
    current: Compared = 1.0
    same_weekday: bool = False


@routes.get("/quality", allow=Role.REVIEWER, answer=Quality)
def read_quality(call: Call, days: Days = 90) -> object:
    """Precision, recall and F1: of gates and of what served on the golden set, and by day of what people settled,
    with intervals."""
    since = call.now - timedelta(days=days)
    asked = select(GateReport, ModelVersion.number).join(ModelVersion, ModelVersion.id == GateReport.model_version_id)
    asked = asked.where(GateReport.project_id == call.project.id, GateReport.at >= since).order_by(GateReport.id)
    golden = [
        {"id": one.id, "at": one.at, "number": number, "passed": one.passed, "scores": one.report.get("scores", {})}
        for one, number in call.session.execute(asked)
    ]
    return {
        "golden": golden,
        "served": list(held_out.served(call.session, call.project.id, since=since, until=call.now)),
        "rolling": reliability.by_day(call.session, call.project.id, since=since, until=call.now),
    }


@routes.get("/rolling", allow=Role.REVIEWER, answer=Rolling)
def read_rolling(call: Call, days: Days = 30, label: Line | None = None, domain: Line | None = None) -> object:
    """Precision, recall and F1 of production with intervals, from the random sample of it that people settled: by
    domain and label, and by day for one of them or all."""
    until = call.now.date()
    asked = ("rolling", call.project.id, days, label, domain)

    def found() -> dict[str, object]:
        since = until - timedelta(days=days)
        judged = estimates.judged(call.session, call.project.id, since=since, until=until)
        by_day = list(estimates.days(judged, domain=domain, label=label))
        return {"whole": list(estimates.table(judged)), "days": by_day}

    return call.server.figures.get(asked, found)


@routes.get("/new-labels", allow=Role.REVIEWER, answer=list[NewLabel])
def read_new_labels(call: Call) -> object:
    """Each label that guidelines have had for less than thirty days: how often it is found, and how well."""
    return _newcomers(call, call.session)


@routes.get("/labels", allow=Role.REVIEWER, answer=LabelDays, session=None)
def read_labels(call: Call, days: Days = 90) -> object:
    """Each label by day: spans, documents, mean score and entropy, share of low scores; and all scores in tenths."""
    log, window = _log(call), Window(call.now - timedelta(days=days), call.now)
    found = production.label_days(log, call.project.id, window)
    return {"days": found, "scores": production.histogram(log, call.project.id, window)}


@routes.get("/documents", allow=Role.REVIEWER, answer=BehindBar, session=None)
def read_documents(
    call: Call,
    day: Line,
    days: Annotated[int, Query(ge=1, le=100, description="So many from it on.")] = 1,
    label: Line | None = None,
    low: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> object:
    """The documents behind a bar: of some days, with a label, or with a low score; the least sure first."""
    try:
        began = datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:
        raise InputError(f"no day {day!r}", where="day", fix="2024-05-01") from None
    window = Window(began, began + timedelta(days=days))
    found = production.behind(_log(call), call.project.id, window, label=label, low=low, limit=limit)
    return {
        "documents": [
            {
                "id": one.id,
                "text": one.text,
                "meta": dict(one.meta),
                "spans": [
                    {"start": span.start, "end": span.end, "label": span.label, "score": span.score}
                    for span in one.spans
                ],
            }
            for one in found
        ]
    }


@routes.get("/timeline", allow=Role.REVIEWER, answer=Timeline)
def read_timeline(call: Call, days: Days = 90) -> object:
    """Alerts, promotions, rollbacks, gates and new guidelines, in one line of time."""
    since = call.now - timedelta(days=days)
    return {"events": timeline(call.session, call.project.id, since=since, until=call.now)}


@routes.post("/watch", allow=Role.LEAD, answer=Watched, session=None, remembered=True)
def watch_now(call: Call, body: WatchGiven) -> object:
    """Compare the last days with those before: what drifted, sure predictions that people corrected and new labels
    that do badly become alerts, with whether text or model changed; those of what has become calm are closed."""
    server, project = call.server, call.project.id
    rules = LoopRules.of(call.project.settings).watch
    asked = WatchArguments(**body.model_dump(), level=rules.level, tests=rules.tests)
    found = watch.compared(
        _log(call), project, asked, now=call.now, read=lambda version: server.models(project, version)[1]
    )
    with server.reading() as session:
        new = _newcomers(call, session)
    with server.writing() as call.transaction:
        kept = watch.keep(call.session, project, found, now=call.now, ece=rules.ece, new=new)
        call.audit("watch", "production", **kept)
        events = [("alert", {"id": alert}) for alert in (*kept["raised"], *kept["closed"])]
        server.events.announce(call.session, project, events)
    server.events.deliver(project, events)
    settings = server.settings
    untold = tell_alerts(
        server.writing, project, kept["raised"], settings.alerts, now=call.now, link=settings.public_url
    )
    return kept | {"untold": untold}


def _newcomers(call: Call, session: Session) -> list[newcomers.Newcomer]:
    server, project, settings = call.server, call.project.id, call.server.settings.log
    return newcomers.newcomers(
        session,
        project,
        Log(settings.url, spool=settings.spool) if settings and settings.on else None,
        labels_of=lambda number: server.models(project, number)[1].labels,
        now=call.now,
    )


def _log(call: Call) -> Log:
    settings = call.server.settings.log
    if settings is None:
        raise InputError("the server keeps no inference log", fix="[log] in livener.toml")
    return Log(settings.url, spool=settings.spool)

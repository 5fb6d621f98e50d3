"""What runs by itself: the live model, and what is accepted unseen."""

from pydantic import AwareDatetime

from livener.client.jobs import LiveModel, Thresholds
from livener.loop import indicators, live, routing
from livener.server.calls import Call
from livener.server.routes import Routes
from livener.store.models import Role

routes = Routes("loop", prefix="/v1/projects/{project}")


@routes.get("/live", allow=Role.ANNOTATOR, answer=LiveModel)
def read_live(call: Call) -> object:
    """The model that learns between two tasks: what it went on from, its steps, and what it last did."""
    return live.known(call.session, call.project.id) or live.Known()


@routes.get("/routing", allow=Role.ANNOTATOR, answer=Thresholds)
def read_routing(call: Call) -> object:
    """From which scores on predictions of what serves are accepted unseen, what that rests on, and its audits."""
    found = routing.production(call.session, call.project.id)
    if found is None:
        return {"model": None, "reason": "", "at": None, "limit": None, "confidence": None, "groups": []}
    about = {"model": found.number, "reason": found.reason, "at": found.at}
    groups = [("", found.routing.sentences), *found.routing.labels.items()]
    return about | {
        "limit": found.routing.limit,
        "confidence": found.routing.confidence,
        "groups": [
            {
                "label": label,
                "threshold": group.acceptance.threshold,
                "share": group.acceptance.share,
                "bound": group.acceptance.bound,
                "judged": group.acceptance.judged,
                "why": group.acceptance.why,
                "audited": len(group.audited.right),
                "wrong": group.audited.errors,
            }
            for label, group in groups
        ],
    }


@routes.get("/loop/indicators", allow=Role.REVIEWER, answer=dict[str, object])
def read_indicators(call: Call, since: AwareDatetime, until: AwareDatetime) -> object:
    """Whether things get better: F1 by label and week, errors that come back, edits saved, the cost of F1."""
    return indicators.indicators(call.session, call.project.id, since=since, until=until).as_dict()

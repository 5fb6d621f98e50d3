"""What people do with a task: each step is one transition of its life."""

from collections.abc import Callable

from livener.client.answers import State, Submitted
from livener.review import agreement, annotations, decisions, guideline_examples, listing, queue
from livener.review.annotations import SpanGiven, Submission
from livener.review.rules import Rules
from livener.server import bodies
from livener.server.calls import Call
from livener.server.paging import Id
from livener.server.routes import Routes
from livener.store.models import Role, Tier

routes = Routes("work", prefix="/v1/projects/{project}/tasks/{task}")


@routes.post("/lease", allow=Role.ANNOTATOR, answer=State)
def lease(call: Call, task: Id) -> object:
    """Take this task, keep it for longer, or take one's own annotation again to amend it."""
    return _step(call, task, queue.lease, Rules.of(call.project.settings))


@routes.post("/release", allow=Role.ANNOTATOR, answer=State)
def release(call: Call, task: Id, body: bodies.MaybeReasonGiven) -> object:
    """Give the task back without an answer."""
    return _step(call, task, queue.release, reason=body.reason)


@routes.post("/skip", allow=Role.ANNOTATOR, answer=State)
def skip(call: Call, task: Id, body: bodies.ReasonGiven) -> object:
    """Leave the task to somebody else, for good."""
    return _step(call, task, decisions.skip, reason=body.reason)


@routes.post("/escalate", allow=Role.ANNOTATOR, answer=State)
def escalate(call: Call, task: Id, body: bodies.ReasonGiven) -> object:
    """Send the task to the next tier."""
    return _step(call, task, decisions.escalate, reason=body.reason)


@routes.post("/send-back", allow=Role.REVIEWER, answer=State)
def send_back(call: Call, task: Id, body: bodies.SendBackGiven) -> object:
    """Send the task back to one of its annotators, with a comment."""
    to = None if body.to is None else listing.user_id(call.session, body.to)
    return _step(call, task, decisions.send_back, comment=body.comment, to=to)


@routes.post("/reject", allow=Role.REVIEWER, answer=State)
def reject(call: Call, task: Id, body: bodies.ReasonGiven) -> object:
    """End the task without an answer: the text is of no use."""
    return _step(call, task, decisions.reject, reason=body.reason)


@routes.post("/reopen", allow=Role.LEAD, answer=State)
def reopen(call: Call, task: Id, body: bodies.ReasonGiven) -> object:
    """Begin an ended task anew; what was said is kept."""
    return _step(call, task, decisions.reopen, reason=body.reason)


@routes.post("/annotation", allow=Role.ANNOTATOR, answer=Submitted)
def submit(call: Call, task: Id, body: bodies.AnnotationGiven) -> object:
    """Say what is in the text of a task that one holds."""
    _match(call, task)
    rules = Rules.of(call.project.settings)
    kappas = _kappas(call) if rules.up.label_kappa_below is not None else None
    done = annotations.submit(
        call.session, call.project.id, task, call.person, _said(body), rules, now=call.now, label_kappas=kappas
    )
    return _submitted(call, task, done)


@routes.post("/resolve", allow=Role.REVIEWER, answer=Submitted)
def resolve(call: Call, task: Id, body: bodies.DecisionGiven) -> object:
    """Say what is final of a task that one holds; what an expert decides is an example in the guidelines."""
    _match(call, task)
    rules = Rules.of(call.project.settings)
    done = annotations.resolve(call.session, call.project.id, task, call.person, _said(body), rules, now=call.now)
    return _decided(call, task, done, body.note)


@routes.post("/restore", allow=Role.ANNOTATOR, answer=Submitted)
def restore(call: Call, task: Id, body: bodies.RestoreGiven) -> object:
    """Say again what an earlier revision said; nothing is lost by it."""
    _match(call, task)
    rules = Rules.of(call.project.settings)
    done = annotations.restore(call.session, call.project.id, task, call.person, body.revision, rules, now=call.now)
    return _decided(call, task, done, "")


def _kappas(call: Call) -> dict[str, float]:
    session, project = call.session, call.project.id
    return call.server.figures.get(("kappas", project), lambda: agreement.label_kappas(session, project))


def _step(call: Call, task: int, step: Callable[..., object], *arguments: object, **options: object) -> object:
    _match(call, task)
    step(call.session, call.project.id, task, call.person, *arguments, now=call.now, **options)
    return _after(call, task)


def _match(call: Call, task: int) -> None:
    """Hold the request to the state of the task that its sender saw, when it says so."""
    if "if-match" in call.request.headers:
        call.match(str(listing.where(call.session, call.project.id, task)[1]))


def _after(call: Call, task: int) -> dict[str, object]:
    state, events = listing.where(call.session, call.project.id, task)
    call.etag = str(events)
    call.publish("task", {"id": task, "state": state})
    return {"state": state, "etag": call.etag}


def _submitted(call: Call, task: int, done: annotations.Submitted) -> dict[str, object]:
    call.learn(done.annotation_id)
    return _after(call, task) | {"revision": done.revision, "reason": done.reason}


def _decided(call: Call, task: int, done: annotations.Submitted, note: str) -> dict[str, object]:
    if call.person.works_at(Tier.EXPERT):  # of nobody else's decision it makes examples
        guideline_examples.add(call.session, done.annotation_id, note=note, now=call.now)
    return _submitted(call, task, done)


def _said(body: bodies.AnnotationGiven) -> Submission:
    spans, negatives, ignored = (
        [SpanGiven(one.start, one.end, one.label, one.kb_id, one.text) for one in each]
        for each in (body.spans, body.negatives, body.ignored)
    )
    return Submission(spans, body.guideline, negatives, ignored, body.complete, body.flag, body.active_seconds)

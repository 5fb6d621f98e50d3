"""A project with something of everything in it."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from livener.store import models

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
TEXT = "Zoë 🚀 joined Acme."  # two characters that are longer in UTF-8 and one that is longer in UTF-16


def fill_project(session: Session) -> None:
    """A project with people, a document and versions, all with the id 1."""
    add = session.add
    add(models.Project(name="contracts", settings={"z": 1, "a": 1.0}, created_at=NOW))
    add(models.User(name="ada", password_hash=None, created_at=NOW, disabled_at=None))
    session.flush()
    add(models.Membership(project_id=1, user_id=1, role=models.Role.LEAD))
    add(models.Token(user_id=1, hash="h", scopes=["read"], created_at=NOW, expires_at=NOW, revoked_at=None))
    add(models.AuditEntry(at=NOW, user_id=1, project_id=1, action="create", subject="project 1", detail={}))
    add(models.Document(project_id=1, key="d1", text=TEXT, meta={"b": 2, "a": "é"}, created_at=NOW))
    labels = {"PER": "people", "ORG": "organisations"}
    add(models.LabelSet(project_id=1, number=1, labels=labels, created_at=NOW))
    session.flush()
    add(
        models.GuidelineVersion(project_id=1, number=1, label_set_id=1, markdown="# PER", author_id=1, created_at=NOW)
    )
    add(
        models.DatasetVersion(
            project_id=1, name="first", address="sha256-1", golden=False, lineage={}, splits={}, created_at=NOW
        )
    )
    add(models.DatasetText(project_id=1, text_key="k", golden=False))
    session.flush()
    add(
        models.DatasetDocument(
            version_id=1, key="d1", project_id=1, split="train", text_key="k", content="c", golden=False
        )
    )
    add(
        models.ModelVersion(
            project_id=1,
            number=1,
            address="tree-1",
            pipeline="p1",
            dataset_version_id=1,
            guideline_version_id=1,
            metrics={"f1": 0.5},
            created_at=NOW,
        )
    )
    session.flush()
    add(models.Alias(project_id=1, name="production", model_version_id=1, moved_at=NOW))
    session.flush()


def fill_review(session: Session) -> None:
    """A task that was submitted, with a prediction, an annotation, a correction, a lease and a comment."""
    add = session.add
    spans = [{"start": 0, "end": 3, "label": "ORG", "score": 0.5}]
    add(
        models.Prediction(project_id=1, document_id=1, model_version_id=1, pipeline="p1", spans=spans, created_at=NOW)
    )
    session.flush()
    add(task(prediction_id=1))
    session.flush()
    add(models.Lease(task_id=1, user_id=1, created_at=NOW, expires_at=NOW))
    add(event(1, "open", "leased"))
    session.flush()
    add(event(2, "leased", "submitted"))
    add(annotation(1, spans=2))
    add(models.Comment(task_id=1, author_id=1, body="sure?", created_at=NOW))
    session.flush()
    add(span(0, 0, 3, "PER", "Zoë"))
    add(span(1, 13, 17, "ORG", "Acme"))
    add(correction())
    session.flush()


def fill_rest(session: Session) -> None:
    """How somebody got in, and what is kept beside a task."""
    add = session.add
    add(models.SignIn(hash="s", user_id=1, created_at=NOW, expires_at=NOW))
    add(models.SignInFailure(name="ada", address="127.0.0.1", at=NOW))
    add(models.Identity(issuer="https://id.example.org", subject="7", user_id=1))
    add(models.Invitation(hash="i", user_id=1, created_at=NOW, expires_at=NOW))
    add(models.IdempotencyKey(user_id=1, key="k", request_hash="r", status=200, body="{}", created_at=NOW))
    add(models.GuidelineRead(project_id=1, user_id=1, guideline_version_id=1, at=NOW))
    add(models.Skip(task_id=1, user_id=1, reason="no German", at=NOW))
    add(
        models.GuidelineExample(
            project_id=1,
            guideline_version_id=1,
            annotation_id=1,
            label="ORG",
            counter=False,
            text=TEXT,
            start=13,
            end=17,
            note="a company",
            author_id=1,
            created_at=NOW,
        )
    )
    versions = {"project_id": 1, "model_version_id": 1}
    add(models.GateReport(**versions, dataset_version_id=1, passed=True, report={}, user_id=1, at=NOW))
    add(models.AliasMove(**versions, alias="production", rollback=False, reason="the first", user_id=1, at=NOW))
    found = {"start": 0, "end": 3, "label": "PER"}
    add(models.Regression(project_id=1, text=TEXT, spans=[found], negatives=[], note="", author_id=1, created_at=NOW))
    session.flush()
    fill_loop(session)
    fill_alerts(session)


def fill_loop(session: Session) -> None:
    """A job that a trigger began, thresholds with an audit, and a live model."""
    add = session.add
    add(job())
    session.flush()
    add(models.JobNote(job_id=1, at=NOW, message="begun"))
    about = {"project_id": 1, "author_id": 1, "created_at": NOW}
    drift = {"condition": "drift", "settings": {}, "job": "learn", "arguments": {}, "mode": models.TriggerMode.ON}
    add(models.Trigger(name="drift", **about, **drift))
    add(models.RoutingVersion(project_id=1, model_version_id=1, routing={}, reason="the first", created_at=NOW))
    session.flush()
    add(models.TriggerEvent(project_id=1, trigger_id=1, at=NOW, dry=False, detail="it is", figures={}, job_id=1))
    add(models.Audit(project_id=1, task_id=1, routing_version_id=1, start=0, end=3, label="PER", score=0.9))
    counts = {"steps": 1, "annotation_id": 1, "sentences": 1, "refreshed": 1, "seconds": 0.1}
    add(models.LiveModel(project_id=1, base=1, updated_at=NOW, **counts))
    session.flush()


def job(**given: object) -> models.Job:
    """A job that waits."""
    columns: dict[str, object] = {"kind": "learn", "key": "learn", "state": models.JobState.QUEUED, "attempts": 0}
    columns |= {"arguments": {}, "steps": {}, "progress": {}, "reason": "", "seconds": 0.0}
    return models.Job(project_id=1, created_at=NOW, **columns | given)


def task(**given: object) -> models.Task:
    """An open task for the document."""
    columns = {"prediction_id": None, "tier": models.Tier.ANNOTATOR, "priority": 0.5, "reason": "unsure"}
    return models.Task(project_id=1, document_id=1, created_at=NOW, **columns | given)


def event(number: int, before: str, after: str) -> models.TaskEvent:
    """A transition of the task by its user."""
    states = {"before": models.TaskState(before), "after": models.TaskState(after)}
    return models.TaskEvent(task_id=1, number=number, user_id=1, reason="", at=NOW, **states)


def fill_alerts(session: Session) -> None:
    """An alert, and what happened to it."""
    add = session.add
    add(
        models.Alert(
            project_id=1,
            kind="drift",
            subject="PER",
            state=models.AlertState.OPEN,
            summary="fewer PER",
            found={"verdict": None},
            documents=[{"key": "d1", "text": TEXT}],
            opened_at=NOW,
            seen_at=NOW,
        )
    )
    session.flush()
    add(models.AlertEvent(project_id=1, alert_id=1, what="opened", note="", detail={}, user_id=1, at=NOW))
    drawn = {"day": "2024-05-01", "domain": "news", "weight": 2.5, "model": 1, "spans": []}
    add(models.Drawn(project_id=1, job_id=1, document_id=1, **drawn))
    session.flush()


def annotation(revision: int, *, spans: int) -> models.Annotation:
    """A revision of the task by its user."""
    return models.Annotation(
        project_id=1,
        task_id=1,
        revision=revision,
        author_id=1,
        guideline_version_id=1,
        complete=True,
        spans=spans,
        active_seconds=1.5,
        created_at=NOW,
    )


def span(number: int, start: int, end: int, label: str, surface: str) -> models.AnnotationSpan:
    """A span of the first annotation."""
    return models.AnnotationSpan(
        annotation_id=1, number=number, start=start, end=end, label=label, surface=surface, negative=False, kb_id=None
    )


def correction(**given: object) -> models.Correction:
    """The label of the first span was wrong."""
    columns: dict[str, object] = {"kind": models.ErrorType.LABEL, "surface": "Zoë"}
    columns |= {"predicted_start": 0, "predicted_end": 3, "predicted_label": "ORG"}
    columns |= {"final_start": 0, "final_end": 3, "final_label": "PER"}
    return models.Correction(annotation_id=1, prediction_id=1, severity=1, created_at=NOW, **columns | given)

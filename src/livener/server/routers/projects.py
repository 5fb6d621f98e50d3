"""Projects: their settings, labels and figures."""

import hashlib
import json
from collections.abc import Mapping

from livener.client.answers import LabelSet, Page, Project, Statistics
from livener.learning.judging import GateRules
from livener.learning.routing import RoutingRules
from livener.loop.rules import LoopRules
from livener.monitoring.channels import channels_of
from livener.review import projects
from livener.server import paging
from livener.server.bodies import LabelsGiven, ProjectGiven, SettingsGiven
from livener.server.calls import Call
from livener.server.paging import Cursor, Limit
from livener.server.policies import Allow
from livener.server.routes import Routes
from livener.store import models
from livener.store.models import Role

routes = Routes("projects", prefix="/v1/projects")


@routes.get("", allow=Allow.SIGNED_IN, answer=Page[Project])
def list_projects(call: Call, limit: Limit = 50, cursor: Cursor = None) -> object:
    """The projects that one works on; an administrator sees all."""
    after = paging.after(cursor, of=(int,)) or (0,)
    everything = call.user.administrator
    found = projects.listed(call.session, call.user.id, everything=everything, after=after[0], limit=limit + 1)
    return paging.page(found, limit=limit, key=lambda row: [row[0].id], answer=lambda row: _project(*row))


@routes.post("", allow=Allow.ADMINISTRATOR, answer=Project, status=201)
def create_project(call: Call, body: ProjectGiven) -> object:
    """A new project; its labels begin its guidelines."""
    GateRules.of(body.settings)
    LoopRules.of(body.settings)
    RoutingRules.of(body.settings)
    channels_of(body.settings)
    made = projects.create(
        call.session, body.name, by=call.user.id, now=call.now, settings=body.settings, labels=body.labels
    )
    call.audit("project.create", f"project {body.name}")
    return _project(made, Role.ADMIN)


@routes.get("/{project}", allow=Role.ANNOTATOR, answer=Project)
def read_project(call: Call) -> object:
    """A project and its settings."""
    found = projects.get(call.session, call.project.id)
    call.etag = _etag(found)
    return _project(found, call.person.role)


@routes.patch("/{project}", allow=Role.LEAD, answer=Project)
def change_project(call: Call, body: SettingsGiven) -> object:
    """Other settings in the place of the present ones."""
    call.match(_etag(projects.get(call.session, call.project.id)))
    GateRules.of(body.settings)
    LoopRules.of(body.settings)
    RoutingRules.of(body.settings)
    channels_of(body.settings)
    changed = projects.change_settings(call.session, call.project.id, body.settings)
    call.audit("project.settings", f"project {changed.name}", settings=body.settings)
    call.etag = _etag(changed)
    return _project(changed, call.person.role)


@routes.get("/{project}/labels", allow=Role.ANNOTATOR, answer=Page[LabelSet])
def list_labels(call: Call, limit: Limit = 50, cursor: Cursor = None) -> object:
    """The label sets, the present one first."""
    (before,) = paging.after(cursor, of=(int,)) or (None,)
    found = projects.label_sets(call.session, call.project.id, before=before, limit=limit + 1)
    looks = projects.get(call.session, call.project.id).settings.get("looks", {})
    return paging.page(found, limit=limit, key=lambda row: [row.number], answer=lambda row: _labels(row, looks))


@routes.post("/{project}/labels", allow=Role.LEAD, answer=LabelSet, status=201)
def change_labels(call: Call, body: LabelsGiven) -> object:
    """A new label set, and with it a new version of the guidelines; colours and keys alone make none."""
    version = projects.change_labels(
        call.session, call.project.id, body.labels, looks=body.looks, by=call.user.id, now=call.now
    )
    call.audit("labels.change", f"guidelines {version.number}")
    call.publish("guidelines", {"number": version.number})
    return _labels(projects.label_sets(call.session, call.project.id, limit=1)[0], version.looks)


@routes.get("/{project}/statistics", allow=Role.ANNOTATOR, answer=Statistics)
def read_statistics(call: Call) -> object:
    """How many documents, annotations and corrections there are, and the tasks by state and tier."""
    return projects.statistics(call.session, call.project.id)


def _etag(project: models.Project) -> str:
    return hashlib.sha256(json.dumps(project.settings, sort_keys=True).encode()).hexdigest()[:16]


def _project(project: models.Project, role: Role) -> dict[str, object]:
    settings = project.settings
    if role not in (Role.LEAD, Role.ADMIN):  # the addresses of channels are secrets
        settings = {key: value for key, value in settings.items() if key != "channels"}
    about = {"name": project.name, "settings": settings, "created_at": project.created_at}
    return about | {"role": role, "etag": _etag(project)}


def _labels(found: models.LabelSet, looks: Mapping[str, Mapping[str, str]]) -> dict[str, object]:
    mine = {label: look for label, look in looks.items() if label in found.labels}
    return {"number": found.number, "labels": found.labels, "created_at": found.created_at, "looks": mine}

"""One file per resource; `ROUTERS` is what the app is made of."""

from livener.server.routers import (
    agreement,
    alerts,
    datasets,
    documents,
    events,
    examining,
    figures,
    guidelines,
    jobs,
    loop,
    models,
    people,
    projects,
    recognize,
    session,
    system,
    tasks,
    transfer,
    triggers,
    work,
)
from livener.server.routes import Routes

ROUTERS: tuple[Routes, ...] = (
    recognize.routes,  # first, as it is what is asked for most
    system.routes,
    session.routes,
    people.routes,
    people.members,
    events.routes,
    projects.routes,
    documents.routes,
    transfer.routes,
    tasks.routes,
    work.routes,
    guidelines.routes,
    agreement.routes,
    datasets.routes,
    models.routes,
    examining.routes,
    jobs.routes,
    loop.routes,
    alerts.routes,
    triggers.routes,
    figures.routes,
)

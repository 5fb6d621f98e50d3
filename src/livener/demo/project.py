"""The sample as a project: learned documents as gold, and a queue of documents that a model has read before."""

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from livener.pipeline import Pipeline
from livener.review import guideline_versions as versions
from livener.review import guidelines, intake, projects
from livener.store import Store
from livener.store.folder import create, places
from livener.store.models import User
from livener.text import Document


def build(
    folder: Path, pipeline: Pipeline, gold: Sequence[Document], unread: Sequence[Document], *, now: datetime
) -> None:
    """Make a project folder: ``gold`` is final, ``unread`` waits in the queue with what the pipeline found in it.

    The least sure comes first. The user ``admin`` has no password: the server's first start prints a link.

    Raises:
        InputError: the folder is not empty.
    """
    create(folder)
    markdown = (files("livener.demo") / "sample" / "guidelines.md").read_text(encoding="utf-8")
    labels = {section.label: section.definition for section in guidelines.parse(markdown).sections}
    predicted = pipeline.pipe(document.with_spans(()) for document in unread)
    with Store(places(folder).url) as store:
        store.upgrade()
        with store.writing() as session:
            admin = User(name="admin", created_at=now, administrator=True)
            session.add(admin)
            session.flush()
            project = projects.create(session, "sample", by=admin.id, now=now)
            versions.publish(session, project.id, markdown, author=admin.id, now=now, labels=labels)
            project_id, user_id = project.id, admin.id
        intake.import_documents(store, project_id, gold, now=now, user_id=user_id, gold=True)
        intake.import_documents(
            store, project_id, predicted, now=now, pipeline=pipeline.version or pipeline.recognizer.name
        )

"""From an answer to pre-annotations that know it: live learning beside a running server.

    python benchmarks/live.py [--answers 100] [--sentences 10000] [--data DIR]

The project's model has learned from the first sentences of the train split of UNER-EWT; the ones after it wait in the
queue. A person takes one, gives its gold spans, and the next: from the moment that the request leaves them to the one
at which the live model has learned the answer and the tasks next in line are stored anew. Beside it the usual way,
training anew on all that is known. Server, worker, client and database share the machine.
"""

import argparse
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
from sqlalchemy import select

from livener.client import Client
from livener.datasets.versions import DatasetVersions
from livener.formats import read
from livener.learning import models, training
from livener.review import projects
from livener.review.intake import import_documents
from livener.server.identity import digest
from livener.store import Artefacts, Store
from livener.store.folder import create, places
from livener.store.models import LiveModel, Membership, Role, Token, User
from livener.text import Document, Span

NOW = datetime.now(UTC)
FILES = ("en_ewt-ud-train.derived.iob2", "en_ewt-ud-dev.iob2")


def main() -> None:
    """Fill a project, serve it, answer, and time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=100)
    parser.add_argument("--sentences", type=int, default=10_000)
    shared = os.environ.get("LIVENER_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(shared))
    given = parser.parse_args()
    train, dev = ([*read(given.data / "uner-en-ewt" / name)] for name in FILES)
    sentences = one_by_one(train)
    known, unread = sentences[: given.sentences], sentences[given.sentences :]
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "project"
        secret, seconds = fill(folder, known, unread, dev)
        print(f"{len(known):,} sentences known, {len(unread):,} wait; trained anew in {seconds:.1f} s", flush=True)
        times, steps = answered(folder, secret, {one.id: one for one in unread}, given.answers)
    quantiles = np.quantile(np.array(times) * 1000, [0.5, 0.95, 1.0])
    print("from answer to refreshed tasks: median {:.0f} ms, p95 {:.0f} ms, most {:.0f} ms".format(*quantiles))
    print(f"of it the step itself (median): {np.median(steps) * 1000:.0f} ms")
    print(f"training anew takes {seconds / np.quantile(times, 0.95):.0f} times the p95")


def one_by_one(documents: list[Document]) -> list[Document]:
    """Each sentence as a document of its own."""
    found = []
    for document in documents:
        for number, (start, end) in enumerate(document.sentences or [(0, len(document.text))]):
            spans = [one for one in document.spans if start <= one.start and one.end <= end]
            moved = [Span(one.start - start, one.end - start, one.label) for one in spans]
            tokens = [(a - start, b - start) for a, b in document.tokens or () if start <= a and b <= end]
            key = f"{document.id}-{number}-{len(found)}"
            found.append(Document(document.text[start:end], key, {}, tuple(moved), tuple(tokens) or None))
    return found


def fill(folder: Path, known: list[Document], unread: list[Document], dev: list[Document]) -> tuple[str, float]:
    """The project; the token of its annotator, and the seconds that training its model took."""
    create(folder)
    secret = f"lvn_{secrets.token_urlsafe()}"
    artefacts = Artefacts(places(folder).artefacts or "")
    with Store(places(folder).url) as store:
        store.upgrade()
        with store.writing() as session:
            for name in ("lea", "ann"):
                session.add(User(name=name, created_at=NOW))
            session.flush()
            labels = dict.fromkeys(
                sorted({span.label for one in known for span in one.spans}), "As the data set has it."
            )
            projects.create(session, "ewt", by=1, now=NOW, labels=labels)
            session.add(Membership(project_id=1, user_id=2, role=Role.ANNOTATOR, skills=[]))
            expires = NOW + timedelta(days=1)
            scopes = ["read", "annotate"]
            token = {"user_id": 2, "name": "t", "hash": digest(secret), "scopes": scopes, "created_at": NOW}
            session.add(Token(**token, expires_at=expires))
        import_documents(store, 1, known, now=NOW, user_id=1, gold=True)
        import_documents(store, 1, [one.with_spans(()) for one in unread], now=NOW)
        data = DatasetVersions(store, artefacts, project=1).create("known", {"train": unique(known)}, created=NOW)
        report = training.train("crf", known, dev, out=folder / "model")
        later = NOW + timedelta(seconds=1)
        models.add(store, artefacts, 1, report.path, now=later, dataset=data.address)
    return secret, report.seconds


def unique(documents: list[Document]) -> list[Document]:
    """Each text once, as a dataset version wants it."""
    return list({" ".join(one.text.casefold().split()): one for one in documents}.values())


def answered(folder: Path, secret: str, gold: dict[str, Document], answers: int) -> tuple[list[float], list[float]]:
    """The seconds from each answer to its effect, and those of the step alone."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "livener", "serve", str(folder), "--port", str(port)]
    with (folder / "served").open("ab") as log:  # "log" is the inference log's
        server = subprocess.Popen(command, stderr=log)
    url = f"http://127.0.0.1:{port}"
    while True:
        try:
            httpx.get(f"{url}/health").raise_for_status()
            break
        except httpx.HTTPError:
            if server.poll() is not None:
                raise SystemExit((folder / "served").read_text()) from None
            time.sleep(0.1)
    times, steps = [], []
    try:
        with Client(url, token=secret) as client, Store(places(folder).url) as store:
            project = client.project("ewt")
            for number in range(-5, answers):  # the first ones load the model and compile the kernels
                (task,) = project.next().tasks
                spans = gold[task.document.id].spans
                before = learned(store)[0]
                began = time.perf_counter()
                project.submit(task, spans, guideline=1)
                while (after := learned(store))[0] == before:
                    time.sleep(0.002)
                if number >= 0:
                    times.append(time.perf_counter() - began)
                    steps.append(after[1])
    finally:
        server.terminate()
        server.wait()
    return times, steps


def learned(store: Store) -> tuple[int, float]:
    """The last annotation that the live model knows, and the seconds of its last step."""
    with store.reading() as session:
        asked = select(LiveModel.annotation_id, LiveModel.seconds)
        return tuple(session.execute(asked).one_or_none() or (0, 0.0))  # type: ignore[return-value]


if __name__ == "__main__":
    main()

"""A real server for the browser tests: `python server.py PORT FOLDER`; an empty store each time, then these projects.

Nobody can sign in yet but by the link in ``FOLDER/setup-link.txt``, as on a first start.
"""

import random
import shutil
import sys
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import looking
import simulated
import uvicorn
import worked
from sqlalchemy import select

from livener.loop.worker import Worker
from livener.monitoring.channels import AlertSettings
from livener.review import listing, projects, tasks
from livener.review.intake import import_documents
from livener.server import Settings, accounts, create_app, sign_in
from livener.server.passwords import Passwords
from livener.server.settings import LogSettings, PasswordSettings
from livener.store import Artefacts, Store
from livener.store.models import Job, JobState, Membership, Role, TaskKind
from livener.text import Document, Span

PASSWORD = "correct horse battery staple"
HERE = AlertSettings(allow=("127.0.0.1",), private=True)
CHEAP = PasswordSettings(time_cost=1, memory_kib=8, parallelism=1)
LABELS = {
    "PERSON": "A person by name, without titles.",
    "ORG": "A company, an agency, a club.",
    "GPE": "A country, a region, a town.",
    "DATE": "A day, a month, a year.",
}
SCRIPTS = [
    ("hebrew", "מאיה כהן עובדת בגוגל בתל אביב מאז 2019.", [("מאיה כהן", "PERSON"), ("תל אביב", "GPE")]),
    ("arabic", "محمد صلاح يلعب في ليفربول منذ عام 2017.", [("محمد صلاح", "PERSON"), ("ليفربول", "ORG")]),
    ("japanese", "東京大学の山田太郎教授は京都で講演した。", [("東京大学", "ORG"), ("京都", "GPE")]),
    ("emoji", "👩‍👩‍👧 Zoe\u0308 Mu\u0308ller 🎉 joined Cafe\u0301 Zürich 🇨🇭 in São Paulo.", [("São Paulo", "GPE")]),
]


def main(port: int, folder: Path) -> None:
    """Fill a new store and serve it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings = Settings(password=CHEAP, log=LogSettings(url=str(folder / "log")), alerts=HERE)
    with Store(f"sqlite:///{folder}/store.db") as store:
        store.upgrade()
        link = sign_in.setup_link(store, settings, now=datetime.now(UTC), base=f"http://localhost:{port}")
        (folder / "setup-link.txt").write_text(str(link))
        fill(store)
        worked.add(
            store, Artefacts(folder / "artefacts"), folder / "log", password_hash=Passwords(CHEAP).hash(PASSWORD)
        )
        looking.add(store, Artefacts(folder / "artefacts"))
        simulated.add(store, Artefacts(folder / "artefacts"), folder / "log", now=datetime.now(UTC))
        worker = Worker(store, Artefacts(folder / "artefacts"), folder)
        threading.Thread(target=diagnose, args=(store, worker), daemon=True).start()
        app = create_app(store, Artefacts(folder / "artefacts"), settings)
        uvicorn.run(app, port=port, log_level="warning")


def diagnose(store: Store, worker: Worker) -> None:
    """Do the jobs of this kind; others wait, so that tests see them wait."""
    waiting = select(Job.id).where(Job.kind == "diagnose", Job.state == JobState.QUEUED)
    while True:
        with store.reading() as session:
            ids = list(session.scalars(waiting))
        for id in ids:
            worker.run(id)
        time.sleep(0.5)


def fill(store: Store) -> None:
    """People and projects."""
    with store.writing() as session:
        for name in ("ann", "bob"):
            user = accounts.create(session, name, now=datetime.now(UTC))
            user.password_hash = Passwords(CHEAP).hash(PASSWORD)
    short = [sentence(number) for number in range(24)]
    add(store, "keyboard", short)
    add(store, "offline", short[:8])
    add(store, "quick", short[:10])
    add(store, "reading", [long("reading", words=600, spans=80, seed=n) for n in range(2)])
    add(store, "two", short[:1], lease_minutes=0.05)
    add(store, "scripts", [found(key, text, spans) for key, text, spans in SCRIPTS])
    add(store, "nested", [found("court", "The Supreme Court of Delaware sat in Wilmington on 12 March 2021.", [
        ("Supreme Court of Delaware", "ORG"), ("Delaware", "GPE"), ("Wilmington", "GPE"), ("12 March 2021", "DATE"),
    ])])  # fmt: skip
    add(store, "words", [long("words-5000", words=5_000, spans=500, seed=n) for n in range(3)])
    add(store, "huge", [long("huge", words=29_000, spans=5_000, seed=9)])
    add(store, "forty", short[:14], labels={f"VERY_LONG_LABEL_{n:02}": f"The definition of {n}" for n in range(40)})
    add(store, "empty", [])
    add(store, "questions", short[:3], ask=True)
    add(store, "swipe", short[:3], ask=True)
    add(store, "settled", SETTLED, gold=True)
    add(store, "looks", short[:2])
    add(store, "parts", [found("part", "Yesterday Ann Lee of Acme Holdings 🎉 came to Delft.", [
        ("Ann Lee", "PERSON"), ("Acme", "ORG"), ("Delft", "GPE"),
    ])], part="of Acme")  # fmt: skip


def add(
    store: Store,
    name: str,
    documents: Iterable[Document],
    *,
    labels: dict[str, str] = LABELS,
    lease_minutes: float = 30,
    ask: bool = False,
    gold: bool = False,
    part: str = "",
) -> None:
    """A project with ann and bob as annotators and a task for each document, or about its spans or a part of it; with
    ``gold`` all is settled."""
    now = datetime.now(UTC)
    documents = [one if labels is LABELS else one.with_spans(()) for one in documents]
    with store.writing() as session:
        admin = accounts.find(session, "admin")
        rules = {"review": {"lease_minutes": lease_minutes}}
        project = projects.create(session, name, by=admin.id, now=now, settings=rules, labels=labels)
        for user in ("ann", "bob"):
            member = accounts.find(session, user)
            session.add(Membership(project_id=project.id, user_id=member.id, role=Role.ANNOTATOR, skills=[]))
        project_id, admin_id = project.id, admin.id
    by = admin_id if gold else None
    import_documents(
        store, project_id, documents, now=now, gold=gold, user_id=by, tasks=not (ask or part), priority=0.0
    )
    if part:
        with store.writing() as session:
            (id,) = listing.ids_of(session, project_id, [one.id for one in documents])
            at = documents[0].text.index(part)
            parts = {id: [(at, at + len(part))]}
            tasks.open_tasks(session, project_id, [id], now=now, reason="words in doubt", parts=parts)
    if ask:
        with store.writing() as session:
            for one in documents:
                asked = [{"start": span.start, "end": span.end, "label": span.label} for span in one.spans]
                ids = listing.ids_of(session, project_id, [one.id])
                tasks.open_tasks(
                    session, project_id, ids, now=now, reason="least sure", kind=TaskKind.QUESTION, question=asked
                )


def told(key: str, text: str, *spans: tuple[int, int, str]) -> Document:
    """A document as people settled it."""
    return Document(text, key, spans=tuple(Span(*span) for span in spans))


def found(key: str, text: str, spans: list[tuple[str, str]], score: float = 0.6) -> Document:
    """A document with predicted spans, at the first place of their words."""
    made = [Span(text.index(words), text.index(words) + len(words), label, score=score) for words, label in spans]
    return Document(text, key, spans=tuple(sorted(made, key=lambda span: (span.start, -span.end))))


def sentence(number: int) -> Document:
    """A short one with two spans that nobody is sure of."""
    name, town = f"Person{number} Novak", f"Town{number}"
    return found(
        f"short-{number:02}",
        f"Yesterday {name} of Acme Holdings Ltd came to {town}.",
        [(name, "PERSON"), (town, "GPE")],
    )


def long(key: str, *, words: int, spans: int, seed: int) -> Document:
    """Paragraphs of made-up words, with spans over one to three of them, some nested."""
    chance = random.Random(seed)
    text, places = [], []
    at = 0
    for number in range(words):
        word = "".join(chance.choices("aeioustrnlmdk", k=chance.randint(2, 10)))
        places.append((at, at + len(word)))
        end = "\n" if number % 80 == 79 else ". " if number % 16 == 15 else " "
        text.append(word + end)
        at += len(word) + len(end)
    made = set()
    while len(made) < spans:
        first = chance.randrange(words - 3)
        last = first + chance.randrange(3)
        made.add((places[first][0], places[last][1], chance.choice(list(LABELS))))
    scored = [Span(start, end, label, score=round(chance.uniform(0.3, 1), 2)) for start, end, label in sorted(made)]
    return Document("".join(text).rstrip(), f"{key}-{seed}", spans=tuple(scored))


# Said of Acme: 20 times that it is an ORG, twice that it is a GPE, and once nothing; and boundaries that are wrong.
SETTLED = [
    *(
        told(f"said-{n:02}", f"🎉 On day {n} Acme sold a mill.", (11 + (n > 9), 15 + (n > 9), "ORG"))
        for n in range(20)
    ),
    told("odd-1", "He works for Acme in Oslo.", (13, 17, "GPE")),
    told("odd-2", "She left Acme for good.", (9, 13, "GPE")),
    told("free", "Acme is growing."),
    told("wide", "Mrs Ann Lee  met nobody.", (4, 12, "PERSON")),
    told("inner", "The town of Wilmington votes.", (12, 20, "GPE")),
]

if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))

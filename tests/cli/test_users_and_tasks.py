"""The people and the tasks of a project, on the command line."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from livener.review.annotations import SpanGiven, Submission, submit
from livener.review.people import Person
from livener.review.queue import lease, next_tasks
from livener.review.rules import Rules
from livener.store import Store
from livener.store.models import AuditEntry, Role, Task

Command = Callable[..., Any]


@pytest.fixture
def project(livener: Command, tmp_path: Path) -> Path:
    """A project with two documents."""
    folder = tmp_path / "news"
    assert livener("init", folder, "--labels", "PER,ORG").exit_code == 0
    lines = "".join(f'{{"id": "d{number}", "text": "Ada joined Acme."}}\n' for number in (1, 2))
    (tmp_path / "in.jsonl").write_text(lines, encoding="utf-8")
    assert livener("import", folder, tmp_path / "in.jsonl", "--overlap", 2).exit_code == 0
    return folder


def store_of(project: Path) -> Store:
    return Store(f"sqlite:///{project / 'store.db'}")


def test_a_user_is_added_given_a_role_and_listed(livener: Command, project: Path) -> None:
    added = livener("users", "add", project, "zoë", "--url", "https://ner.example.org")
    assert added.stdout.startswith("https://ner.example.org/invitation/")
    assert livener("users", "link", project, "zoë").stdout.startswith("http://localhost:8765/invitation/")
    assert livener("users", "role", project, "zoë", "reviewer", "--skill", "de").exit_code == 0
    assert livener("users", "disable", project, "zoë").exit_code == 0
    listed = {one["name"]: one for one in json.loads(livener("users", "list", project, "--json").stdout)}
    assert listed["zoë"] == {
        "name": "zoë",
        "administrator": False,
        "disabled": True,
        "signs_in": False,
        "roles": {"news": "reviewer"},
    }
    assert livener("users", "enable", project, "zoë").exit_code == 0
    assert livener("users", "role", project, "zoë", "none").exit_code == 0
    table = livener("users", "list", project).stdout
    assert "administrator" in table
    assert "reviewer" not in table
    with store_of(project) as store, store.reading() as session:
        actions = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    done = ["user.create", "user.invite", "member.set", "user.disable", "user.enable", "member.set"]
    assert actions[-6:] == done


def test_a_token_is_printed_alone(livener: Command, project: Path) -> None:
    printed = livener("users", "token", project, "admin", "--scope", "read", "--days", 1).stdout
    assert printed.startswith("lvn_")
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("users", "role", "{}", "admin", "chief"),
        ("users", "role", "{}", "nobody", "lead"),
        ("users", "add", "{}", "admin"),
        ("users", "add", "{}", "a/b"),
        ("users", "token", "{}", "admin", "--scope", "all"),
        ("users", "list", "{}/nowhere"),
        ("tasks", "list", "{}", "--state", "done"),
        ("tasks", "show", "{}", 99),
        ("tasks", "open", "{}", "d9", "--reason", "new"),
        ("tasks", "reopen", "{}", 1, "--reason", "again"),
        ("agree", "{}"),
    ],
)
def test_what_cannot_be_is_one_line(livener: Command, project: Path, arguments: tuple[object, ...]) -> None:
    done = livener(*(str(argument).format(project) for argument in arguments))
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1


def test_tasks_are_listed_shown_and_opened(livener: Command, project: Path) -> None:
    opened = livener("tasks", "open", project, "d1", "--reason", "look again", "--batch", "b", "--overlap", 3)
    assert "1 task" in opened.stderr
    listed = json.loads(livener("tasks", "list", project, "--batch", "b", "--json").stdout)
    assert listed == [
        {
            "id": 3,
            "state": "open",
            "tier": "annotator",
            "given": 0,
            "overlap": 3,
            "reason": "look again",
            "document": "d1",
        }
    ]
    asked = livener("tasks", "open", project, "d1", "--reason", "unsure", "--questions", "--below", 0.5)
    assert "opened 0 tasks" in asked.stderr, "nothing is predicted"
    assert livener("tasks", "list", project, "--state", "open", "--tier", "annotator").stdout.count("\n") == 4
    assert json.loads(livener("tasks", "show", project, 3).stdout)["document"]["text"] == "Ada joined Acme."


def test_agreement_of_a_project_and_a_task_that_is_opened_again(livener: Command, project: Path) -> None:
    for name in ("ann", "bob"):
        livener("users", "add", project, name)
    now = datetime.now(UTC)
    with store_of(project) as store, store.writing() as session:
        for user, spans in ((2, [SpanGiven(0, 3, "PER")]), (3, [SpanGiven(0, 3, "PER")])):
            person = Person(user, Role.ANNOTATOR)
            lease(session, 1, 1, person, Rules(), now=now)
            submit(session, 1, 1, person, Submission(spans, 1), Rules(), now=now)
    found = json.loads(livener("agree", project, "--json").stdout)
    assert (found["annotators"], found["documents"], found["strict"]) == (["ann", "bob"], 1, 1.0)
    assert "2 annotators, 1 documents" in livener("agree", project).stdout
    assert livener("tasks", "reopen", project, 1, "--reason", "new rules").exit_code == 0
    states = {one["id"]: one["state"] for one in json.loads(livener("tasks", "list", project, "--json").stdout)}
    assert states == {1: "open", 2: "open"}


def test_what_is_changed_is_in_the_audit_log(livener: Command, project: Path) -> None:
    livener("tasks", "open", project, "d1", "--reason", "look again")
    with store_of(project) as store, store.reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [(one.action, one.subject, one.project_id) for one in entries] == [
            ("import", "in.jsonl", 1),
            ("tasks.open", "look again", 1),
        ]
        assert entries[0].detail == {"gold": False, "added": 2, "tasks": 2}


def test_a_calibration_session_is_begun_and_compared(livener: Command, project: Path) -> None:
    for name in ("ann", "bob"):
        livener("users", "add", project, name)
        livener("users", "role", project, name, "annotator")
    who = ("--person", "ann", "--person", "bob")
    assert "2 documents for everybody" in livener("tasks", "calibrate", project, "may", "--documents", 5, *who).stderr
    with store_of(project) as store, store.writing() as session:
        for user, spans in ((2, [SpanGiven(0, 3, "PER")]), (3, [])):
            person = Person(user, Role.ANNOTATOR)
            (first,) = next_tasks(session, 1, person, Rules(), now=datetime.now(UTC))
            submit(session, 1, first.task_id, person, Submission(spans, 1), Rules(), now=datetime.now(UTC))
    seen = livener("tasks", "calibrate", project, "may")
    assert "ann 1/2, bob 1/2" in seen.stderr
    assert seen.stdout.splitlines()[-3].split()[-3:] == ["only_some", "PER", "–"]
    assert seen.stdout.splitlines()[-1].startswith("strict F1 0.000, Fleiss κ ")
    shown = json.loads(livener("tasks", "calibrate", project, "may", "--json").stdout)
    assert shown["results"][0]["states"]["only_some"] == 1
    assert "closed may" in livener("tasks", "calibrate", project, "may", "--close").stderr
    with store_of(project) as store, store.reading() as session:
        states = session.scalars(select(Task.state).where(Task.batch == "calibration:may")).all()
        assert sorted(states) == ["rejected", "rejected", "resolved", "resolved"]
    assert livener("tasks", "calibrate", project, "june").exit_code == 2
    assert livener("tasks", "calibrate", project, "june", "--close").exit_code == 2


def test_words_that_select_chose_are_asked_and_come_back(livener: Command, project: Path, tmp_path: Path) -> None:
    lines = [
        {"id": "d1", "text": "Ada joined Acme.", "spans": [], "complete": False, "known": [[11, 15]]},
        {"id": "d1", "text": "Ada joined Acme.", "spans": [], "complete": False, "known": [[0, 3]]},
    ]
    asked = tmp_path / "asked.jsonl"
    asked.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    done = livener("tasks", "open", project, "--asked", asked, "--reason", "in doubt", "--overlap", 1)
    assert "opened 1 task" in done.stderr
    with store_of(project) as store, store.writing() as session:
        task = session.scalars(select(Task).order_by(Task.id.desc())).first()
        assert task is not None
        assert task.parts == [[0, 3], [11, 15]]
        rules, ann, now = Rules(), Person(1, Role.ANNOTATOR), datetime.now(UTC)
        lease(session, 1, task.id, ann, rules, now=now)
        submit(session, 1, task.id, ann, Submission([SpanGiven(11, 15, "ORG")], 1), rules, now=now)
    out = tmp_path / "out.jsonl"
    assert livener("export", project, "--out", out).exit_code == 0
    (line,) = out.read_text(encoding="utf-8").splitlines()
    assert (json.loads(line)["known"], json.loads(line)["complete"]) == ([[0, 3], [11, 15]], False)
    # And into another project, as what a person said.
    other = tmp_path / "other"
    assert livener("init", other, "--labels", "PER,ORG").exit_code == 0
    assert livener("import", other, out, "--gold").exit_code == 0
    assert livener("export", other, "--out", tmp_path / "again.jsonl").exit_code == 0
    assert (tmp_path / "again.jsonl").read_text(encoding="utf-8") == out.read_text(encoding="utf-8")


def test_words_of_another_text_and_documents_about_which_nothing_is_asked(
    livener: Command, project: Path, tmp_path: Path
) -> None:
    asked = tmp_path / "asked.jsonl"
    for line, problem in (
        ({"id": "d1", "text": "Ada left.", "known": [[0, 3]], "complete": False}, "another text has this id"),
        ({"id": "d1", "text": "Ada joined Acme."}, "nothing of it is asked"),
        ({"id": "d9", "text": "Ada joined Acme.", "known": [[0, 3]], "complete": False}, "no document 'd9'"),
    ):
        asked.write_text(json.dumps(line) + "\n", encoding="utf-8")
        refused = livener("tasks", "open", project, "--asked", asked, "--reason", "in doubt")
        assert (refused.exit_code, problem in refused.stderr) == (2, True)
    for which in ([], ["d1", "--asked", asked]):
        refused = livener("tasks", "open", project, *which, "--reason", "in doubt")
        assert (refused.exit_code, "which documents?" in refused.stderr) == (2, True)

"""Numbered guidelines in the store, and who has not read them: on SQLite and PostgreSQL."""

import threading

import pytest
from sqlalchemy import select
from tests.review.worked import LABELS, MARKDOWN, NOW, Worked

from livener.errors import InputError
from livener.review import guideline_versions as versions
from livener.review.errors import Conflict, NotFound
from livener.store import models
from livener.store.models import Role


def test_versions_are_numbered_and_keep_what_they_were(worked: Worked) -> None:
    assert worked.publish(MARKDOWN + "\nMore.") == 2
    assert worked.publish(MARKDOWN + "\nMore.") == 2  # nothing new
    more = {"LAW": "acts", **LABELS}
    assert worked.publish(MARKDOWN + "\nMore.", labels=more) == 3
    assert worked.publish(MARKDOWN + "\nMore.", labels=dict(reversed(more.items()))) == 4  # another order of keys
    assert worked.publish(MARKDOWN) == 5
    with worked.store.reading() as session:
        first, newest = versions.get(session, worked.project, 1), versions.latest(session, worked.project)
        assert (first.markdown, first.labels, first.missing, first.author) == (MARKDOWN, LABELS, (), "lea")
        assert (newest.number, list(newest.labels), newest.missing) == (5, ["ORG", "PER", "LAW"], ("LAW",))
        assert [one.number for one in versions.versions(session, worked.project, limit=2)] == [5, 4]
        assert [one.number for one in versions.versions(session, worked.project, before=3)] == [2, 1]
        assert len(session.scalars(select(models.LabelSet)).all()) == 3
        changed = versions.compare(session, worked.project, old=1, new=2)
        assert {part.label: part.status for part in changed} == {"": "same", "PER": "same", "ORG": "changed"}
        assert newest.as_dict()["created_at"] == NOW


def test_what_is_not_there(worked: Worked) -> None:
    with worked.store.writing() as session:
        for ask in (
            lambda: versions.get(session, worked.project, 2),
            lambda: versions.get(session, worked.project + 1, 1),
            lambda: versions.latest(session, worked.project + 1),
            lambda: versions.mark_read(session, worked.project, 2, user=1, now=NOW),
            lambda: versions.compare(session, worked.project, old=1, new=2),
            lambda: versions.publish(session, worked.project + 1, "", author=1, now=NOW),
        ):
            with pytest.raises(NotFound):
                ask()
        assert versions.unread(session, worked.project + 1) == []


@pytest.mark.parametrize(
    ("markdown", "labels", "problem"),
    [
        ("## NOPE", None, "'NOPE' is of no label"),
        ("a\0b", None, r"guidelines: the character U\+0000 at 1"),
        ("\ud800", None, r"U\+D800"),
        ("x" * 500_001, None, "500,001 characters .expected at most 500,000"),
        ("", {"": "x"}, "'' cannot be a label"),
        ("", {" A": "x"}, "cannot be a label"),
        ("", {"A\nB": "x"}, "cannot be a label"),
        ("", {"A #": "x"}, "cannot be a label"),
        ("", {"A\0": "x"}, r"U\+0000"),
        ("", {"A": "\0"}, "labels: A"),
        ("", {"A" * 10_000_000: "x"}, "10,000,000 characters"),
        ("", {str(n): "x" for n in range(1001)}, "1,001 labels"),
    ],
)
def test_what_is_not_published(worked: Worked, markdown: str, labels: dict[str, str] | None, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        worked.publish(markdown, labels=labels)
    with worked.store.reading() as session:
        assert len(session.scalars(select(models.LabelSet)).all()) == 1


def test_labels_may_be_what_a_heading_can_be(worked: Worked) -> None:
    labels = {"C#": "", "#tag": "", "legal entity": "", "سازمان‌ها": "", "地名": "", "🚀": ""}
    text = "\n".join(f"## {label}\n\nThis." for label in labels)
    number = worked.publish(text, labels=labels)
    with worked.store.reading() as session:
        assert versions.get(session, worked.project, number).missing == ()


def test_of_two_editors_one_is_told(worked: Worked) -> None:
    worked.publish(MARKDOWN + "One.", expected=1)
    with pytest.raises(Conflict, match=r"version 2 .* the edit began from 1"):
        worked.publish(MARKDOWN + "Two.", expected=1)


def test_many_publish_at_once_and_no_number_is_lost(worked: Worked) -> None:
    numbers: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: numbers.append(worked.publish(f"{MARKDOWN}{n}"))) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(2, 10))


def test_who_must_read(worked: Worked) -> None:
    def unread() -> dict[str, tuple[int | None, tuple[str, ...]]]:
        with worked.store.reading() as session:
            return {one.user: (one.read, one.labels) for one in versions.unread(session, worked.project)}

    def read(name: str, number: int) -> None:
        with worked.store.writing() as session:
            versions.mark_read(session, worked.project, number, user=worked.ids[name], now=NOW)

    everything = ("", "ORG", "PER")
    assert unread() == dict.fromkeys(("ann", "bob", "eve", "lea", "rea"), (None, everything))
    for name in ("ann", "bob", "eve", "rea"):
        read(name, 1)
        read(name, 1)
    assert unread() == {"lea": (None, everything)}
    worked.publish(MARKDOWN.replace("People.", "People  \n\nwith names."))
    read("ann", 2)
    worked.publish(MARKDOWN.replace("People.", "People with names.").replace("Mark names.", "Mark all names."))
    read("bob", 3)
    read("bob", 1)
    with worked.store.writing() as session:
        session.add(models.User(name="eva", created_at=NOW))
        session.get_one(models.User, worked.ids["eve"]).disabled_at = NOW
        session.add(models.Project(name="other", settings={}, created_at=NOW))
        session.flush()
        session.add(models.Membership(project_id=worked.project + 1, user_id=worked.ids["bob"], role=Role.LEAD))
    assert unread() == {"ann": (2, ("",)), "rea": (1, ("", "PER")), "lea": (None, everything)}

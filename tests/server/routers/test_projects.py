"""Projects, their settings and labels."""

import pytest
from tests.server.live import LABELS, PROJECT, Live

from livener.client import Refused
from livener.errors import InputError


def test_an_administrator_makes_a_project_with_labels_that_begin_its_guidelines(live: Live) -> None:
    made = live.client("root").create_project(
        "law", labels={"ACT": "A statute."}, settings={"review": {"overlap": 2}}
    )
    assert made.get("guidelines")["labels"] == {"ACT": "A statute."}
    assert made.get("")["settings"] == {"review": {"overlap": 2}}
    assert [one.name for one in live.client("root").projects()] == [PROJECT, "law"]
    assert [(one.name, one.role) for one in live.client("ann").projects()] == [(PROJECT, "annotator")]
    with pytest.raises(Refused) as refused:
        live.client("root").create_project("law")
    assert refused.value.status == 409
    with pytest.raises(Refused) as refused:
        live.client("lea").create_project("mine")
    assert refused.value.status == 403


@pytest.mark.parametrize("name", ["", "a/b", "a b", "x" * 201, "a\0b"])
def test_a_name_that_cannot_stand_in_a_url_is_refused(live: Live, name: str) -> None:
    with pytest.raises(InputError):
        live.client("root").create_project(name)


def test_settings_are_checked_and_nobody_overwrites_what_they_did_not_see(live: Live) -> None:
    lead = live.project("lea")
    before = lead.get("")["etag"]
    changed = lead.send("PATCH", "", {"settings": {"review": {"overlap": 3}}})
    assert changed["settings"] == {"review": {"overlap": 3}}
    assert changed["etag"] != before
    with pytest.raises(Refused) as refused:
        lead.send("PATCH", "", {"settings": {}}, match=before)
    assert refused.value.status == 409
    lead.send("PATCH", "", {"settings": {}}, match=changed["etag"])
    with pytest.raises(InputError) as wrong:
        lead.send("PATCH", "", {"settings": {"review": {"overlap": 0}}})
    assert wrong.value.where == "review.overlap"
    with pytest.raises(InputError) as wrong:
        lead.send("PATCH", "", {"settings": {"routing": {"limit": 1}}})
    assert wrong.value.where == "routing.limit"
    with pytest.raises(InputError) as wrong:
        lead.send("PATCH", "", {"settings": {"channels": {"chat": {"kind": "slack"}}}})
    assert wrong.value.where == "channels.chat"


def test_new_labels_are_a_new_version_of_the_guidelines(live: Live) -> None:
    lead = live.project("lea")
    made = lead.send("POST", "labels", {"labels": LABELS | {"LOC": "Places."}})
    assert (made["number"], list(made["labels"])) == (2, ["PER", "ORG", "LOC"])
    assert lead.get("guidelines")["number"] == 2
    assert [one["number"] for one in lead.items("labels", limit=1)] == [2, 1]


def test_statistics_count_what_is_there(live: Live) -> None:
    assert live.project("ann").get("statistics") == {"documents": 0, "annotations": 0, "tasks": [], "corrections": {}}


def test_colours_and_keys_are_chosen_and_make_no_new_version(live: Live) -> None:
    lead = live.project("lea")
    looks = {"PER": {"colour": "#123abc", "key": "p"}, "ORG": {"key": "2"}, "GONE": {"key": "z"}}
    made = lead.send("POST", "labels", {"labels": LABELS, "looks": looks})
    assert (made["number"], lead.get("guidelines")["number"]) == (1, 1)
    shown = {"PER": {"colour": "#123abc", "key": "p"}, "ORG": {"key": "2"}}
    assert made["looks"] == shown  # of a label that there is not nothing is kept
    assert live.project("ann").get("guidelines")["looks"] == shown
    more = lead.send(
        "POST", "labels", {"labels": LABELS | {"LOC": "Places."}}
    )  # who does not speak of looks keeps them
    assert (more["number"], more["looks"]) == (2, shown)
    assert [one["looks"] for one in lead.items("labels")] == [shown, shown]
    assert lead.get("guidelines/1")["looks"] == shown


@pytest.mark.parametrize(
    ("looks", "where"),
    [
        ({"PER": {"key": "p"}, "ORG": {"key": "p"}}, "looks.ORG"),
        ({"PER": {"key": "a"}}, "looks.PER.key"),  # it accepts
        ({"PER": {"key": "12"}}, "looks.PER.key"),
        ({"PER": {"colour": "mauve"}}, "looks.PER.colour"),
        ({"PER": {"colour": "#12345"}}, "looks.PER.colour"),
        ({"PER": {"size": "1"}}, "looks.PER.size"),
    ],
)
def test_looks_that_cannot_be_are_refused(live: Live, looks: dict[str, dict[str, str]], where: str) -> None:
    lead = live.project("lea")
    with pytest.raises(InputError) as wrong:
        lead.send("POST", "labels", {"labels": LABELS, "looks": looks})
    assert wrong.value.where == where
    with pytest.raises(InputError) as wrong:
        lead.send("PATCH", "", {"settings": {"looks": looks}})
    assert wrong.value.where == where
    assert lead.get("guidelines")["looks"] == {}

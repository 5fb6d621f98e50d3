"""Triggers over HTTP: added, tried, switched."""

import pytest
from tests.server.live import Live

from livener.errors import InputError


def test_added_tried_and_switched(live: Live) -> None:
    lead = live.project("lea")
    given = {"name": "enough", "condition": "corrections", "settings": {"count": 3}, "arguments": {"seed": 1}}
    made = lead.send("POST", "triggers", given)
    assert (made["mode"], made["job"], made["user"], made["last"]) == ("on", "learn", "lea", None)
    tried = live.project("rita").get(f"triggers/{made['id']}/check")
    assert tried == {"holds": False, "detail": "0 corrections of severity 0", "figures": {"count": 0, "severity": 0}}
    changed = lead.send("PATCH", f"triggers/{made['id']}", {"mode": "dry", "settings": {"severity": 1}})
    assert (changed["mode"], changed["settings"], changed["arguments"]) == ("dry", {"severity": 1}, {"seed": 1})
    assert live.project("ann").get("triggers") == [changed]
    assert list(lead.items("triggers/log")) == []
    with pytest.raises(InputError, match="no condition is called 'moon'"):
        lead.send("POST", "triggers", given | {"name": "other", "condition": "moon"})
    assert live.project("ann").get("live")["steps"] == 0
    assert live.project("ann").get("routing")["groups"] == []

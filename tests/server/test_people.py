"""Users, tokens, members, and what the audit log says of them."""

from typing import Any

from starlette.testclient import TestClient
from tests.server.conftest import Place

from livener.store.models import IdempotencyKey, Role, Token


def root(place: Place) -> TestClient:
    return place.client(**place.session(place.user("root", administrator=True)))


def everything(client: TestClient, path: str, **query: Any) -> list[Any]:
    """All parts of a list, two by two."""
    items, cursor = [], None
    while True:
        part = client.get(path, params={"limit": 2, **query} | ({"cursor": cursor} if cursor else {})).json()
        items += part["items"]
        cursor = part["next"]
        if cursor is None:
            return items


def test_users_are_made_listed_and_disabled(place: Place) -> None:
    client = root(place)
    for name in ("eve", "bob", "ann"):
        assert client.post("/v1/users", json={"name": name}).json()["user"]["signs_in"] is False
    assert client.post("/v1/users", json={"name": "ann"}).status_code == 409
    assert [user["name"] for user in everything(client, "/v1/users")] == ["ann", "bob", "eve", "root"]
    assert client.patch("/v1/users/ann", json={"disabled": True}).status_code == 204
    assert client.patch("/v1/users/nobody", json={"disabled": True}).status_code == 404
    assert client.patch("/v1/users/root", json={"disabled": True}).status_code == 403
    assert client.patch("/v1/users/root", json={"administrator": False}).status_code == 403
    assert client.patch("/v1/users/bob", json={"administrator": True}).status_code == 204
    users = {user["name"]: user for user in everything(client, "/v1/users")}
    assert (users["ann"]["disabled"], users["bob"]["administrator"]) == (True, True)


def test_what_a_disabled_user_had_does_not_come_back(place: Place) -> None:
    client = root(place)
    ann_id = place.user("ann", news=Role.LEAD)
    page, token = place.client(**place.session(ann_id)), place.client(**place.token(ann_id))
    for disabled in (True, False):
        client.patch("/v1/users/ann", json={"disabled": disabled})
        assert page.get("/v1/session").status_code == 401
        assert token.get("/v1/session").status_code == 401


def test_tokens_are_shown_once_and_kept_as_hashes(place: Place) -> None:
    ann_id = place.user("ann", news=Role.LEAD)
    page = place.client(**place.session(ann_id))
    given = {"name": "script", "scopes": ["read", "read"], "days": 30}
    made = page.post("/v1/tokens", json=given, headers={"Idempotency-Key": "k"}).json()
    assert made["token"].startswith("lvn_")
    assert made["scopes"] == ["read"]
    with place.store.reading() as session:
        kept = session.query(Token).one()
        assert made["token"] not in kept.hash
        assert made["token"] not in session.query(IdempotencyKey).one().body  # else the secret would lie in it
    script = place.client(Authorization=f"Bearer {made['token']}")
    assert script.get("/v1/projects/news/members").status_code == 200
    assert script.post("/v1/tokens", json=given).status_code == 403
    (listed,) = everything(page, "/v1/tokens")
    assert "token" not in listed
    bob = place.client(**place.session(place.user("bob")))
    assert bob.delete(f"/v1/tokens/{made['id']}").status_code == 404
    assert page.delete(f"/v1/tokens/{made['id']}").status_code == 204
    assert script.get("/v1/projects/news/members").status_code == 401


def test_a_token_makes_no_tokens_and_lives_no_longer_than_allowed(place: Place) -> None:
    ann_id = place.user("ann")
    script, page = place.client(**place.token(ann_id)), place.client(**place.session(ann_id))
    given = {"name": "x", "scopes": ["manage"], "days": 1}
    assert script.post("/v1/tokens", json=given).status_code == 403
    assert page.post("/v1/tokens", json=given | {"days": 367}).status_code == 422
    assert page.post("/v1/tokens", json=given | {"scopes": []}).status_code == 422
    assert page.post("/v1/tokens", json=given | {"scopes": ["everything"]}).status_code == 422
    made = page.post("/v1/tokens", json=given).json()
    place.clock.forward(hours=25)
    assert place.client(Authorization=f"Bearer {made['token']}").get("/v1/session").status_code == 401


def test_members_get_no_role_above_that_of_who_gives_it(place: Place) -> None:
    lead = place.client(**place.token(place.user("lea", news=Role.LEAD)))
    place.user("boss", news=Role.ADMIN)
    place.user("ann", other=Role.LEAD)
    members = "/v1/projects/news/members"
    assert lead.put(f"{members}/ann", json={"role": "reviewer", "skills": ["law", "de", "law"]}).status_code == 204
    assert lead.put(f"{members}/ann", json={"role": "admin"}).status_code == 403
    assert lead.put(f"{members}/lea", json={"role": "admin"}).status_code == 403
    assert lead.put(f"{members}/boss", json={"role": "annotator"}).status_code == 403
    assert lead.delete(f"{members}/boss").status_code == 403
    assert lead.put(f"{members}/nobody", json={"role": "annotator"}).status_code == 404
    listed = {one["name"]: one for one in everything(lead, members)}
    assert {name: one["role"] for name, one in listed.items()} == {"ann": "reviewer", "boss": "admin", "lea": "lead"}
    assert listed["ann"]["skills"] == ["de", "law"]
    assert lead.delete(f"{members}/ann").status_code == 204
    assert lead.delete(f"{members}/ann").status_code == 404
    assert [one["name"] for one in everything(lead, members)] == ["boss", "lea"]


def test_the_audit_log_says_who_did_what(place: Place) -> None:
    client = root(place)
    lead = place.client(**place.token(place.user("lea", news=Role.LEAD)))
    place.user("ann", other=Role.LEAD)
    lead.put("/v1/projects/news/members/ann", json={"role": "annotator"})
    lead.put("/v1/projects/news/members/ann", json={"role": "admin"})  # refused: nothing was done
    lead.delete("/v1/projects/news/members/ann")
    client.post("/v1/users", json={"name": "eve"})
    own = everything(lead, "/v1/projects/news/audit")
    assert [(one["user"], one["action"], one["subject"]) for one in own] == [
        ("lea", "member.remove", "user ann"),
        ("lea", "member.set", "user ann"),
    ]
    assert own[1]["detail"] == {"role": "annotator", "skills": []}
    whole = everything(client, "/v1/audit")
    assert (whole[0]["user"], whole[0]["project"], whole[0]["action"]) == ("root", None, "user.create")
    assert whole[1:] == own

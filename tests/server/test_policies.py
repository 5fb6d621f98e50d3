"""Who may do what: every route that the app has, called by everybody, against what it declares."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter
from sqlalchemy import select
from starlette.testclient import TestClient
from tests.server.conftest import NOW, Place
from tests.store.examples import fill_project, fill_review

from livener.server import create_app
from livener.server.policies import Allow, Policy
from livener.server.routers import ROUTERS
from livener.server.routes import Routes
from livener.store import Artefacts, Store
from livener.store.models import Base, Lease, Role, Task, Token, User

ROUTES = [route for routes in ROUTERS for route in routes.router.routes]
POLICY_SAYS_NO = re.compile("this needs the role|the token lacks the scope|X-CSRF-Token|this needs an administrator")


def calls() -> Iterator[tuple[str, str, Policy]]:
    """Method, path and policy of every route."""
    for route in ROUTES:
        for method in route.methods:  # type: ignore[attr-defined]
            yield method, route.path, route.endpoint.policy  # type: ignore[attr-defined]


def send(client: TestClient, method: str, path: str, headers: dict[str, str], project: str = "contracts") -> Any:
    """The route, with something in each place of its path and with an empty body."""
    path = re.sub(r"\{\w+\}", "999999", path.replace("{project}", project))
    json = {} if method in {"POST", "PUT", "PATCH"} else None
    return client.request(method, path, headers=headers, json=json)


def verdict(answer: Any, project: str = "contracts") -> str:
    """What the policy said; anything else than a refusal of its own is a yes."""
    assert answer.status_code < 500, answer.text
    if answer.status_code == 401:
        return "401"
    if answer.status_code == 403 and POLICY_SAYS_NO.search(answer.json()["detail"]):
        return "403"
    if answer.status_code == 404 and f"no project '{project}'" in answer.text:
        return "404"
    return "yes"


def expire(store: Store, user_id: int) -> None:
    with store.writing() as session:
        session.query(Token).filter_by(user_id=user_id).one().expires_at = NOW


def disable(store: Store, user_id: int) -> None:
    with store.writing() as session:
        session.get_one(User, user_id).disabled_at = NOW


def in_project(place: Place) -> dict[str, dict[str, str]]:
    """The headers of everybody who may come to a project, by who they are."""
    everybody = {role.value: place.token(place.user(role.value, contracts=role)) for role in Role}
    everybody["administrator"] = place.token(place.user("root", administrator=True))
    everybody["session of an admin"] = place.session(place.user("web", contracts=Role.ADMIN))
    everybody["session without CSRF"] = place.session(place.user("csrf", contracts=Role.ADMIN), csrf=False)
    everybody["foreign admin"] = place.token(place.user("stranger", other=Role.ADMIN))
    everybody["nobody"] = {}
    for name, broken in (("expired", expire), ("disabled", disable)):
        user_id = place.user(name, contracts=Role.ADMIN)
        everybody[name] = place.token(user_id)
        broken(place.store, user_id)
    gone = place.user("gone", contracts=Role.ADMIN)
    everybody["disabled in the page"] = place.session(gone)
    disable(place.store, gone)
    for scope in ("read", "annotate", "review", "manage", "recognize"):
        everybody[f"token to {scope}"] = place.token(place.user(scope, contracts=Role.ADMIN), scope)
    return everybody


def expected(who: str, method: str, policy: Policy) -> str:
    if who in {"nobody", "expired", "disabled", "disabled in the page"}:
        return "401"
    if who == "foreign admin":
        return "404"
    if who == "session without CSRF":
        return "yes" if method == "GET" else "403"
    if who.startswith("token to "):
        return "yes" if who == f"token to {policy.scope.value}" else "403"
    if who in {"administrator", "session of an admin"}:
        return "yes"
    assert isinstance(policy.allow, Role)
    ranks = list(Role)
    return "yes" if ranks.index(Role(who)) >= ranks.index(policy.allow) else "403"


def test_every_route_of_a_project_lets_in_whom_it_declares(place: Place) -> None:
    place.settings = place.settings.model_copy(update={"stream_seconds": 0.01})
    everybody, wrong = in_project(place), []
    client = place.client()
    routes = [call for call in calls() if "{project}" in call[1]]
    assert len(routes) >= 5
    for method, path, policy in routes:
        for who, headers in everybody.items():
            said = verdict(send(client, method, path, headers))
            if said != expected(who, method, policy):
                wrong.append(f"{method} {path}: {who} got {said} and not {expected(who, method, policy)}")
    assert not wrong, "\n".join(wrong)


def test_a_project_that_is_not_there_looks_like_a_foreign_one(place: Place) -> None:
    headers = place.token(place.user("stranger", other=Role.ADMIN))
    place.user("ann", contracts=Role.ANNOTATOR)
    client = place.client()
    for method, path, _ in calls():
        if "{project}" in path:
            foreign = send(client, method, path, headers)
            missing = send(client, method, path, headers, project="nothing")
            assert foreign.status_code == missing.status_code == 404
            assert foreign.text.replace("contracts", "nothing") == missing.text


def test_every_other_route_lets_in_whom_it_declares(place: Place) -> None:
    someone = place.token(place.user("ann", contracts=Role.ADMIN))
    narrow = place.token(place.user("bob", contracts=Role.ADMIN), "annotate")
    root_id = place.user("root", administrator=True)
    root, page = place.token(root_id), place.session(root_id, csrf=False)
    client = place.client()
    for method, path, policy in calls():
        if "{project}" in path:
            continue
        anyone = policy.allow is Allow.ANYONE
        said = {
            "nobody": verdict(send(client, method, path, {})),
            "someone": verdict(send(client, method, path, someone)),
            "narrow": verdict(send(client, method, path, narrow)),
            "page": verdict(send(client, method, path, page)),
            "root": verdict(send(client, method, path, root)),
        }
        if anyone:
            # A wrong password is answered 401 too; it is no refusal of the policy.
            assert said["root"] == "yes", (method, path)
            continue
        assert said == {
            "nobody": "401",
            "someone": "yes" if policy.allow is Allow.SIGNED_IN else "403",
            "narrow": "403",
            "page": "yes" if method == "GET" else "403",
            "root": "yes",
        }, (method, path)


def test_few_routes_are_open_to_anyone() -> None:
    """A new one belongs on this list only when it gives nothing away."""
    assert {(method, path) for method, path, policy in calls() if policy.allow is Allow.ANYONE} == {
        ("GET", "/health"),
        ("GET", "/ready"),
        ("GET", "/v1/sign-in-methods"),
        ("POST", "/v1/session"),
        ("GET", "/v1/oidc/login"),
        ("GET", "/v1/oidc/callback"),
        ("GET", "/v1/invitations/{secret}"),
        ("POST", "/v1/invitations/{secret}"),
    }


def smallest(schema: dict[str, Any], described: dict[str, Any]) -> Any:
    """The smallest value that a schema allows: only what must be there, and 1 or "x" in each place."""
    if "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            made = {name: smallest(schema["properties"][name], described) for name in schema.get("required", ())}
            return made | ({"x": "x"} if schema.get("minProperties") else {})
        case "array":
            return [smallest(schema["items"], described)] * schema.get("minItems", 0)
        case "string":
            return "x"
        case "boolean":
            return True
        case _:
            return 1


def test_ids_of_another_project_are_not_found(place: Place) -> None:
    """An admin of one project names what belongs to another, under their own project's address: nothing is told or
    changed, by whatever method."""
    with place.store.writing() as session:
        fill_project(session)
        fill_review(session)
        session.query(Lease).delete()  # which is over, and would be taken back by whoever asks next
    client = place.client(**place.token(place.user("lea", mine=Role.ADMIN)))
    named = {"task": "1", "key": "d1", "number": "1", "address": "sha256-1", "name": "ada", "split": "train"}
    described, tried = client.get("/openapi.json").json(), 0
    before = rows_of(place.store, project=1)
    for method, path, _ in calls():
        within = path.removeprefix("/v1/projects/{project}")
        if within == path or "{" not in within or (method, within) == ("PUT", "/members/{name}"):  # people are of all
            continue
        operation = described["paths"][re.sub(r":\w+}", "}", path)][method.lower()]
        filled = re.sub(r"\{(\w+)(:\w+)?\}", lambda found: named.get(found[1], "1"), within)
        query = {one["name"]: 1 for one in operation["parameters"] if one["in"] == "query" and one["required"]}
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        json = content and smallest(content["schema"], described)
        answer = client.request(method, f"/v1/projects/mine{filled}", params=query, json=json)
        assert answer.status_code in {404, 422}, (method, path, answer.text)
        if answer.status_code == 422:
            assert not str(answer.json().get("where")).startswith(("body", "query")), (method, path, answer.text)
        tried += method != "GET"
    assert tried > 10
    assert rows_of(place.store, project=1) == before


def rows_of(store: Store, *, project: int) -> dict[str, list[Any]]:
    """Everything that hangs on a project, by table."""
    with store.reading() as session:
        tasks = session.scalars(select(Task.id).where(Task.project_id == project)).all()
        return {
            name: sorted(
                repr(tuple(row))
                for row in session.execute(
                    select(table).where(table.c.project_id == project)
                    if "project_id" in table.c
                    else select(table).where(table.c.task_id.in_(tasks))
                )
            )
            for name, table in Base.metadata.tables.items()
            if "project_id" in table.c or "task_id" in table.c
        }


def test_what_is_written_twice_under_one_key_happens_once_wherever_somebody_is_known() -> None:
    """Those that are open to anyone have nobody to keep a key for; the others change nothing."""
    assert {
        (method, route.path)  # type: ignore[attr-defined]
        for route in ROUTES
        for method in route.methods  # type: ignore[attr-defined]
        if method != "GET" and not route.endpoint.keyed  # type: ignore[attr-defined]
    } == {
        ("POST", "/v1/session"),
        ("POST", "/v1/invitations/{secret}"),
        ("POST", "/v1/projects/{project}/models/{number}/shadow"),
        ("POST", "/v1/projects/{project}/explain"),
        ("POST", "/v1/projects/{project}/what-if"),
        ("POST", "/v1/projects/{project}/attention"),
        ("POST", "/v1/projects/{project}/label-studio/setup"),
        ("POST", "/v1/projects/{project}/label-studio/predict"),
        ("POST", "/v1/projects/{project}/label-studio/webhook"),
        ("POST", "/v1/projects/{project}/label-studio/train"),
        ("POST", "/v1/projects/{project}/recognize"),
        ("POST", "/v1/projects/{project}/recognize/lines"),
        ("POST", "/v1/recognize"),
    }


def test_an_undeclared_route_stops_the_app(store: Store, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    routes = Routes("hidden")
    routes.router.add_api_route("/v1/hidden", lambda: None, methods=["GET"])
    monkeypatch.setattr("livener.server.app.ROUTERS", (*ROUTERS, routes))
    with pytest.raises(RuntimeError, match="/v1/hidden declares no policy"):
        create_app(store, Artefacts(tmp_path))


@pytest.mark.parametrize(("path", "allow"), [("/v1/projects/{project}/x", Allow.ANYONE), ("/v1/x", Role.LEAD)])
def test_a_policy_fits_its_path(
    store: Store, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, path: str, allow: Allow | Role
) -> None:
    routes = Routes("odd")
    routes.get(path, allow=allow)(lambda _call: None)
    monkeypatch.setattr("livener.server.app.ROUTERS", (routes,))
    with pytest.raises(RuntimeError, match="does not fit its path"):
        create_app(store, Artefacts(tmp_path))


def test_the_router_of_the_app_is_what_is_tested(place: Place) -> None:
    app: Any = place.client().app
    undeclared = [route.path for route in app.routes if route not in ROUTES]
    assert undeclared == ["/openapi.json"]
    assert isinstance(ROUTERS[0].router, APIRouter)

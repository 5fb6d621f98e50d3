"""The description of the interface, and requests made from it by schemathesis: none is answered with a fault."""

from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from tests.server.conftest import Place
from tests.store.examples import fill_project, fill_review

from livener.server.routers import ROUTERS
from livener.store.models import Role

# Of what lies in the store; a name that was made up would be looked up once and prove little.
KEYED = {
    (method, route.path): route.endpoint.keyed and method != "GET"
    for routes in ROUTERS
    for route in routes.router.routes
    for method in route.methods  # type: ignore[attr-defined]
}
KNOWN = {"project": "contracts", "task": 1, "key": "d1", "number": 1, "address": "sha256-1", "name": "ada"}


@pytest.fixture
def schema(place: Place) -> tuple[Any, dict[str, str]]:
    with place.store.writing() as session:
        fill_project(session)
        fill_review(session)
    place.settings = place.settings.model_copy(update={"stream_seconds": 0.01})
    app = place.client().app
    headers = place.token(place.user("root", administrator=True, other=Role.ADMIN))
    return schemathesis.openapi.from_asgi("/openapi.json", app), headers


@pytest.mark.filterwarnings("ignore")  # of the tools that make up the requests
def test_no_request_is_answered_with_a_fault(schema: tuple[Any, dict[str, str]]) -> None:
    described, headers = schema
    seen, said = 0, Counter[int]()
    for result in described.get_all_operations():
        operation = result.ok()
        seen += 1

        @given(case=operation.as_strategy())
        @settings(
            max_examples=12,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def answered(case: Any) -> None:
            for name in KNOWN.keys() & (case.path_parameters or {}).keys():
                case.path_parameters[name] = KNOWN[name]
            answer = case.call(headers=headers)
            said[answer.status_code] += 1
            assert answer.status_code < 500, (case.as_curl_command(), answer.text)
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == ["application/problem+json"]

        answered()
    assert seen > 30
    assert said[200] > seen, said  # else it was not what is described that was tried


def test_the_description_is_whole(schema: tuple[Any, dict[str, str]]) -> None:
    described = schema[0].raw_schema
    names = []
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            names.append(operation["operationId"])
            assert operation["description"], (method, path)
            succeeds = [status for status in operation["responses"] if status[0] in "23"]
            assert succeeds, (method, path)
            given = {(parameter["in"], parameter["name"]) for parameter in operation.get("parameters", ())}
            assert ("{project}" in path) == (("path", "project") in given)
            assert KEYED.get((method.upper(), path), False) == (("header", "Idempotency-Key") in given), (
                method,
                path,
            )
    assert len(set(names)) == len(names)

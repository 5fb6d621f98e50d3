"""Who may do what: one declaration per route, and no route without one."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum

from starlette.routing import BaseRoute, Mount

from livener.store.models import Role


class Allow(Enum):
    """Who may call a route that belongs to no project; in a project a `Role` says it."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"
    ADMINISTRATOR = "administrator"


class Scope(StrEnum):
    """What a token may be used for, within the rights of its owner."""

    READ = "read"
    ANNOTATE = "annotate"
    REVIEW = "review"
    MANAGE = "manage"
    RECOGNIZE = "recognize"


_WRITES: dict[Allow | Role, Scope] = {
    Role.ANNOTATOR: Scope.ANNOTATE,
    Role.REVIEWER: Scope.REVIEW,
    Role.EXPERT: Scope.REVIEW,
}


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may call a route, and the scope that a token needs for it.

    >>> Policy.of(Role.REVIEWER, method="POST").scope, Policy.of(Role.REVIEWER, method="GET").scope
    (<Scope.REVIEW: 'review'>, <Scope.READ: 'read'>)
    """

    allow: Allow | Role
    scope: Scope

    @classmethod
    def of(cls, allow: Allow | Role, *, method: str, scope: Scope | None = None) -> "Policy":
        """The policy with the scope that goes with the method and the role, unless another is named."""
        usual = Scope.READ if method == "GET" else _WRITES.get(allow, Scope.MANAGE)
        return cls(allow, scope or usual)


def check_routes(routes: Iterable[BaseRoute], *, known: frozenset[str]) -> None:
    """Refuse an app with a route that declares no policy, or one that does not fit its path.

    ``known`` are the paths of what is not ours: the description of the interface and the page.

    Raises:
        RuntimeError: naming the route.
    """
    for route in routes:
        path = getattr(route, "path", "")
        if path in known and not isinstance(route, Mount):
            continue
        policy = getattr(getattr(route, "endpoint", None), "policy", None)
        if not isinstance(policy, Policy):
            raise RuntimeError(f"the route {path} declares no policy")
        if ("{project}" in path) != isinstance(policy.allow, Role):
            raise RuntimeError(f"the route {path} allows {policy.allow}, which does not fit its path")

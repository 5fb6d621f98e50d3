"""The life of a task, as one table. The database holds that every event begins where the last one ended."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from livener.review import statements
from livener.review.errors import Conflict
from livener.store.models import TaskState


class Action(StrEnum):
    """What can happen to a task."""

    LEASE = "lease"
    RELEASE = "release"
    SUBMIT = "submit"
    ROUTE = "route"
    AMEND = "amend"
    SEND_BACK = "send back"
    ESCALATE = "escalate"
    RESOLVE = "resolve"
    REJECT = "reject"
    REOPEN = "reopen"
    FIX = "fix"


_OPEN, _LEASED, _SUBMITTED = TaskState.OPEN, TaskState.LEASED, TaskState.SUBMITTED
_IN_REVIEW, _DISPUTED, _ESCALATED = TaskState.IN_REVIEW, TaskState.DISPUTED, TaskState.ESCALATED
_RESOLVED, _REJECTED = TaskState.RESOLVED, TaskState.REJECTED

TRANSITIONS: dict[Action, dict[TaskState, tuple[TaskState, ...]]] = {
    Action.LEASE: {_OPEN: (_LEASED,), _SUBMITTED: (_IN_REVIEW,), _DISPUTED: (_IN_REVIEW,), _ESCALATED: (_IN_REVIEW,)},
    Action.RELEASE: {
        _LEASED: (_OPEN, _SUBMITTED, _DISPUTED, _RESOLVED),
        _IN_REVIEW: (_SUBMITTED, _DISPUTED, _ESCALATED),
    },
    Action.SUBMIT: {_LEASED: (_OPEN, _SUBMITTED)},
    # Before anybody annotated it: what always goes to a reviewer or an expert.
    Action.ROUTE: {_SUBMITTED: (_DISPUTED, _RESOLVED), _OPEN: (_SUBMITTED, _ESCALATED)},
    Action.AMEND: dict.fromkeys((_OPEN, _SUBMITTED, _DISPUTED, _RESOLVED), (_LEASED,)),
    Action.SEND_BACK: {_IN_REVIEW: (_OPEN,)},
    Action.ESCALATE: {_LEASED: (_DISPUTED,), _IN_REVIEW: (_ESCALATED,)},
    Action.RESOLVE: {_IN_REVIEW: (_RESOLVED,), _SUBMITTED: (_RESOLVED,)},
    Action.REJECT: dict.fromkeys((_OPEN, _LEASED, _SUBMITTED, _IN_REVIEW, _DISPUTED, _ESCALATED), (_REJECTED,)),
    Action.REOPEN: {_RESOLVED: (_OPEN,), _REJECTED: (_OPEN,)},
    Action.FIX: {_RESOLVED: (_RESOLVED,)},
}
"""Action → state before → the states that it may lead to."""


def check(action: Action, before: TaskState, after: TaskState) -> None:
    """Raise `Conflict` where the table does not have the transition.

    >>> check(Action.REOPEN, TaskState.OPEN, TaskState.OPEN)
    Traceback (most recent call last):
    ...
    livener.review.errors.Conflict: a task that is open cannot reopen
    """
    if after not in TRANSITIONS[action].get(before, ()):
        raise Conflict(f"a task that is {before.value.replace('_', ' ')} cannot {action}")


class Move:
    """The next events of one task, in order."""

    def __init__(self, session: Session, task_id: int, state: TaskState, events: int, *, now: datetime) -> None:
        self._session, self._task_id, self._now = session, task_id, now
        self.state, self.events = state, events

    def __call__(
        self,
        action: Action,
        after: TaskState,
        *,
        by: int | None,
        reason: str = "",
        annotation_id: int | None = None,
    ) -> None:
        """Insert the event.

        Raises:
            Conflict: the task's state does not allow it.
        """
        check(action, self.state, after)
        event: dict[str, Any] = {
            "task_id": self._task_id,
            "number": self.events + 1,
            "before": self.state,
            "after": after,
            "user_id": by,
            "reason": reason,
            "at": self._now,
            "annotation_id": annotation_id,
        }
        self._session.execute(statements.ADD_EVENT, event)
        self.state, self.events = after, self.events + 1

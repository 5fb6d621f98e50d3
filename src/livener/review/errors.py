"""Why a step of the review was refused; `InputError` says what is wrong with its input."""

from livener.errors import LivenerError


class NotFound(LivenerError):  # noqa: N818 - what it says, not that it is an error
    """There is no such thing in this project."""


class Conflict(LivenerError):  # noqa: N818
    """Somebody else was faster, or the task is not in a state that allows it."""


class Forbidden(LivenerError):  # noqa: N818
    """The person's role does not allow it."""

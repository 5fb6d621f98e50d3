"""The errors of livener.

    LivenerError
    ├── InputError              what was given is wrong: the message says what, where, and what would be right
    └── MissingDependencyError  an optional package is not installed: the message names the extra

A command line prints the message of a ``LivenerError`` on one line and exits with 2.
"""


class LivenerError(Exception):
    """Base of every error that livener raises on purpose."""


class InputError(LivenerError):
    """Input that cannot be used: a file, a document, a span, a setting.

    >>> raise InputError("span [3, 9) ends after the text", where="notes.jsonl:12", fix="0 <= start < end <= 7")
    Traceback (most recent call last):
    ...
    livener.errors.InputError: notes.jsonl:12: span [3, 9) ends after the text (expected 0 <= start < end <= 7)
    """

    def __init__(self, problem: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.problem = problem
        self.where = where
        self.fix = fix
        message = f"{where}: {problem}" if where else problem
        super().__init__(f"{message} (expected {fix})" if fix else message)


class MissingDependencyError(LivenerError):
    """An optional package is needed and not installed."""

    def __init__(self, package: str, *, extra: str, need: str) -> None:
        super().__init__(f"{need} needs the package {package!r}: pip install 'livener[{extra}]'")

"""What the server answers about the inference log."""

from datetime import datetime

from livener.client.answers import Answer


class Logged(Answer):
    """What a row of the log says of how it came about.

    ``document`` is the id that the caller gave the text, ``version`` the number of the model, ``asked`` the alias or
    profile, ``caller`` the user, ``request`` the ``X-Request-ID`` of the answer.
    """

    time: datetime
    document: str | None
    version: int | None
    pipeline: str | None
    guideline: int | None
    asked: str | None
    domain: str | None
    caller: str | None
    request: str | None


class FoundSpan(Answer):
    """A span as it was predicted; ``surface`` is hashed where texts are, and null where they are redacted."""

    label: str
    surface: str | None
    start: int
    end: int
    score: float | None
    entropy: float | None
    recognizer: str | None
    kb_id: str | None


class LoggedSpan(Logged, FoundSpan):
    """A span that was predicted, and in which text, by what, for whom."""


class LoggedDocument(Logged):
    """A text that was read, with the spans that were found in it; ``ms`` is how long its request took."""

    text: str | None
    text_hash: str | None
    length: int
    source: str | None
    language: str | None
    person: str | None
    ms: float | None
    spans: tuple[FoundSpan, ...]


class Erased(Answer):
    """How many rows of the log are gone: texts, and spans in them; or would be, where ``dry_run``."""

    documents: int
    spans: int
    dry_run: bool

"""A write that is sent twice happens once: the header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header)."""

import hashlib
from datetime import datetime
from typing import Any

from fastapi import Response
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.review.errors import Conflict
from livener.server.receiving import BoundedRequest, Upload
from livener.store.models import IdempotencyKey

HEADER = "idempotency-key"
_SECRET = 0  # no status of HTTP: the row of a write that is done, and whose answer is not kept
_FIX = "1 to 200 printable ASCII characters, new ones for every change"


def key_of(request: BoundedRequest) -> str | None:
    """The key that the request brings.

    Raises:
        InputError: it cannot be one.
    """
    key = request.headers.get(HEADER)
    if key is not None and not (0 < len(key) <= 200 and key.isascii() and key.isprintable()):
        raise InputError("not a key", where="header Idempotency-Key", fix=_FIX)
    return key


def first_answer(
    session: Session, user_id: int, key: str, request: BoundedRequest, upload: Upload | None, *, now: datetime
) -> Response | None:
    """The answer that this write got before, or None: it is the first, and the key is now taken.

    Whoever sends the same key at the same time waits here until the first is committed or undone.

    Raises:
        InputError: the key was used for something else.
        Conflict: the answer held a secret, and is not kept.
    """
    return (
        None
        if take(session, user_id, key, request, upload, now=now)
        else answered(session, user_id, key, request, upload)
    )


def take(
    session: Session, user_id: int, key: str, request: BoundedRequest, upload: Upload | None, *, now: datetime
) -> bool:
    """Whether the key was free; it is now taken."""
    connection = session.connection()
    mine = {"user": user_id, "of_key": key, "hash": _hash(request, upload), "now": now}
    return connection.execute(_TAKE[connection.dialect.name], mine).one_or_none() is not None


def answered(
    session: Session, user_id: int, key: str, request: BoundedRequest, upload: Upload | None
) -> Response | None:
    """The answer that is kept under the key, if any.

    Raises:
        InputError, Conflict: as `first_answer`.
    """
    kept = session.connection().execute(_KEPT, {"user": user_id, "of_key": key}).one_or_none()
    if kept is None:
        return None
    if kept.request_hash != _hash(request, upload):
        raise InputError("the key was used for another request", where="header Idempotency-Key", fix=_FIX)
    if kept.status == _SECRET:
        raise Conflict("this was done before; its answer held a secret, which is kept nowhere")
    headers = {"Idempotency-Replayed": "true"} | ({"ETag": kept.etag} if kept.etag else {})
    return Response(kept.body, kept.status, headers, "application/json" if kept.body else None)


def remember(session: Session, user_id: int, key: str, answer: Response | None) -> None:
    """Keep the answer, in the transaction of what it answers; None: only that there was one."""
    said: dict[str, Any] = {"said": _SECRET, "text": "", "tag": None}
    if answer is not None:
        said = {"said": answer.status_code, "text": bytes(answer.body).decode(), "tag": answer.headers.get("etag")}
    session.connection().execute(_REMEMBER, {"user": user_id, "of_key": key} | said)


def _hash(request: BoundedRequest, upload: Upload | None) -> str:
    """What the request asks for, in short."""
    asked = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    asked.update(upload.digest.encode() if upload else request.content or b"")
    return asked.hexdigest()


# Built once: every write needs them, and building one takes as long as running it.
_KEYS: Any = IdempotencyKey.__table__
_IS_MINE = (_KEYS.c.user_id == bindparam("user")) & (_KEYS.c.key == bindparam("of_key"))
_TAKE = {
    name: insert(_KEYS)
    .values(
        user_id=bindparam("user"),
        key=bindparam("of_key"),
        request_hash=bindparam("hash"),
        status=0,
        body="",
        created_at=bindparam("now"),
    )
    .on_conflict_do_nothing()
    .returning(_KEYS.c.user_id)
    for name, insert in (("sqlite", insert_sqlite), ("postgresql", insert_postgresql))
}
_KEPT = select(_KEYS).where(_IS_MINE)
_REMEMBER = (
    update(_KEYS).where(_IS_MINE).values(status=bindparam("said"), body=bindparam("text"), etag=bindparam("tag"))
)

"""A write that is sent twice happens once: the header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header)."""

import hashlib
from datetime import datetime

from fastapi import Response
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from livener.errors import InputError
from livener.server.receiving import BoundedRequest, Upload
from livener.store.models import IdempotencyKey

HEADER = "idempotency-key"
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
    """
    asked = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    asked.update(upload.digest.encode() if upload else request.content or b"")
    insert = insert_sqlite if session.get_bind().dialect.name == "sqlite" else insert_postgresql
    row = {
        "user_id": user_id,
        "key": key,
        "request_hash": asked.hexdigest(),
        "status": 0,
        "body": "",
        "created_at": now,
    }
    taken = session.execute(
        insert(IdempotencyKey).values(row).on_conflict_do_nothing().returning(IdempotencyKey.user_id)
    ).one_or_none()
    if taken:
        return None
    kept = session.execute(
        select(IdempotencyKey).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
    ).scalar_one()
    if kept.request_hash != asked.hexdigest():
        raise InputError("the key was used for another request", where="header Idempotency-Key", fix=_FIX)
    headers = {"Idempotency-Replayed": "true"} | ({"ETag": kept.etag} if kept.etag else {})
    return Response(kept.body, kept.status, headers, "application/json" if kept.body else None)


def remember(session: Session, user_id: int, key: str, answer: Response) -> None:
    """Keep the answer, in the transaction of what it answers."""
    session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
        .values(status=answer.status_code, body=bytes(answer.body).decode(), etag=answer.headers.get("etag"))
        .execution_options(synchronize_session=False)
    )

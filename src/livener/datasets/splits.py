"""Dividing documents into parts by their content, so that the same text is always on the same side."""

import hashlib
from collections.abc import Iterable, Sequence

from livener.errors import InputError
from livener.text import Document


def hold_out(documents: Sequence[Document], *, share: float = 0.1) -> tuple[list[Document], list[Document]]:
    """The documents without, and with, about ``share`` of them (at least one), chosen by a hash of the text.

    Neither the order nor the names matter, and copies of one text stay together.

    Raises:
        InputError: fewer than two different texts.

    >>> rest, held = hold_out([Document(f"Report number {n}.") for n in range(20)])
    >>> len(rest), len(held)
    (18, 2)
    """
    hashes = [hashlib.sha256(document.text.encode()).digest() for document in documents]
    ordered = sorted(set(hashes))
    if len(ordered) < 2:
        raise InputError(
            "nothing can be held out: fewer than two different documents", fix="documents of its own for development"
        )
    held = set(ordered[: max(1, round(share * len(ordered)))])
    parts: tuple[list[Document], list[Document]] = ([], [])
    for document, digest in zip(documents, hashes, strict=True):
        parts[digest in held].append(document)
    return parts


def fingerprint(documents: Iterable[Document]) -> str:
    """SHA-256 over the texts and spans in order, as hexadecimal digits: two equal ones were the same data.

    >>> fingerprint([Document("Hello.")])[:12]
    'fb4f18492c8f'
    """
    digest = hashlib.sha256()
    for document in documents:
        spans = sorted((span.start, span.end, span.label) for span in document.spans)
        digest.update(repr((document.text, spans)).encode())
    return digest.hexdigest()

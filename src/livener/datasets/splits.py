"""Dividing documents into parts by their content, so that the same text is always on the same side."""

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate

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


def text_key(text: str) -> str:
    """The same for texts that differ only in case, spacing and compatible characters: SHA-256, hexadecimal.

    >>> text_key("Apple  ROSE.\\n") == text_key("apple rose.") != text_key("Apple rose!")
    True
    """
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return hashlib.sha256(folded.encode()).hexdigest()


def split(
    documents: Iterable[Document],
    shares: Mapping[str, float],
    *,
    group: Callable[[Document], str] = lambda document: text_key(document.text),
) -> dict[str, list[Document]]:
    """The documents in parts of about the given shares, by a hash of their ``group``: by default of the text.

    A group is never divided, and stays in its part when other documents come or go.

    Raises:
        InputError: the shares are not positive numbers that add up to 1.

    >>> parts = split([Document(f"Report number {n}.") for n in range(100)], {"train": 0.8, "dev": 0.2})
    >>> {name: len(part) for name, part in parts.items()}
    {'train': 78, 'dev': 22}
    """
    if not shares or min(shares.values()) <= 0 or abs(sum(shares.values()) - 1) > 1e-9:
        raise InputError(f"the shares are {dict(shares)}", fix="positive numbers that add up to 1")
    parts: dict[str, list[Document]] = {name: [] for name in shares}
    ends = list(accumulate(shares.values()))[:-1]
    for document in documents:
        place = int.from_bytes(hashlib.sha256(group(document).encode()).digest()[:8]) / 2**64
        parts[list(shares)[sum(place >= end for end in ends)]].append(document)
    return parts

"""Which documents are read at all: the language and the domain that the pipeline was made for."""

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from livener.errors import InputError
from livener.pipeline.batch import Batch
from livener.text.language import LANGUAGES, language_of

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Gate:
    """Let only documents of the language and domain through; the others get no spans, and ``gate`` in their metadata.

    ``languages`` (out of de, en, es, fr, it, nl, pl, pt, sv): refused is a text whose function words say that it is
    in another one, or whose letters are mostly of a script that none of the nine uses. ``words``: the domain; at
    least ``least`` different ones of them must occur. A text too short to tell its language passes. Idempotent.

    Source: function words as in Grefenstette 1995, "Comparing two language identification schemes".

    >>> from livener.text import Document
    >>> batch = Batch([Document("Der Vertrag ist von den Parteien nicht zu kündigen.")], [("", None)])
    >>> Gate(languages=("en",))(batch).notes
    {0: {'gate': 'language de'}}
    """

    name: ClassVar[str] = "gate.v1"
    requires: ClassVar[frozenset[str]] = frozenset({"texts"})
    assigns: ClassVar[frozenset[str]] = frozenset({"texts"})
    languages: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    least: int = 1

    def __post_init__(self) -> None:
        if unknown := set(self.languages) - set(LANGUAGES):
            raise InputError(f"gate: unknown language {min(unknown)!r}", fix=" | ".join(LANGUAGES))

    def __call__(self, batch: Batch) -> Batch:
        texts, notes = list(batch.texts), dict(batch.notes)
        wanted = frozenset(word.casefold() for word in self.words)
        for i, document in enumerate(batch.documents):
            if reason := self._refused(document.text, wanted):
                texts[i] = ("", None)  # nothing left to read, so no later stage finds anything
                notes[i] = {**notes.get(i, {}), "gate": reason}
        return replace(batch, texts=texts, notes=notes)

    def _refused(self, text: str, wanted: frozenset[str]) -> str:
        if self.languages:
            language = language_of(text)
            if language not in (*self.languages, ""):
                return f"language {language}"
        if wanted:
            found = wanted & set(_WORD.findall(text.casefold()))
            if len(found) < self.least:
                return f"domain: {len(found)} of its words"
        return ""

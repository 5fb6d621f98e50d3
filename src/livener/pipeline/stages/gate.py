"""Which documents are read at all: the language and the domain that the pipeline was made for."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar

from livener.errors import InputError
from livener.pipeline.batch import Batch

_WORD = re.compile(r"[^\W\d_]+")
_LEAST = 4  # function words before a language is believed
_CHARACTERS = 4000  # of a document that are looked at: enough to tell

# The commonest words of each language that are not words of the others.
_WORDS = {
    "en": "the of and to that is was for it with as his on be at by had are but from or have an they which you were "
    "her she there would their we him been has when who will more no if out so what up its about into than them can "
    "only other shall this not any such may all",
    "de": "der die und das ist von nicht zu den dem mit sich auf für ein eine einer eines im auch werden aus bei "
    "nach wird sind einen oder wie zum haben nur über wurde zur durch sein kann sie ich wir ihr vom aber",
    "fr": "le les des et est dans qui une du pour que sur avec ce il au par pas plus ne aux sont cette ses mais ou "
    "leur été nous vous elle je son ont être fait où sans sous même après",
    "es": "el los las del y que una por con para como más pero sus le ya este sí porque esta entre cuando muy sin "
    "sobre también hasta hay donde desde todo nos durante fue son lo ser era ha",
    "it": "il lo gli di che è una per sono della con non del alla più anche dei nel delle si ha come ma ed dal al "
    "questo nella suo sua loro essere stato era fra degli",
    "pt": "os as do da em um uma não com para ao dos na nos pelo pela mais foi são como mas seu sua ou quando muito "
    "já também só pelos até isso ela entre depois sem mesmo aos ser era",
    "nl": "de het een van en dat niet zijn te op aan met voor er om dan zou wat mijn heeft hij die ook als bij nog "
    "naar uit wordt deze door maar werd haar hun geen wij ze",
    "sv": "och att det som en på är av för med till den har inte om ett han men var jag från vi så kan när nu skulle "
    "sig efter vid mot hon eller sin där varit blev",
    "pl": "i w na z do się nie że jest to o jak ale po co tak za od przez był są dla jego przy może tylko jej oraz "
    "które który która ich było",
}


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
        if unknown := set(self.languages) - _WORDS.keys():
            raise InputError(f"gate: unknown language {min(unknown)!r}", fix=" | ".join(sorted(_WORDS)))

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
            language = _language(text)
            if language not in (*self.languages, ""):
                return f"language {language}"
        if wanted:
            found = wanted & set(_WORD.findall(text.casefold()))
            if len(found) < self.least:
                return f"domain: {len(found)} of its words"
        return ""


def _language(text: str) -> str:
    """The code of the language; ``"other"`` for a foreign script, ``""`` where it cannot be told."""
    text = text[:_CHARACTERS]
    if not text.isascii():
        letters = [character for character in text if character.isalpha()]
        foreign = sum(character > "\u024f" and not "\u1e00" <= character <= "\u1eff" for character in letters)
        if letters and 2 * foreign > len(letters):
            return "other"
    counts: Counter[str] = Counter()
    for word in _WORD.findall(text.lower()):
        counts.update(_LANGUAGES.get(word, ()))
    ranked = counts.most_common(2)
    if not ranked or ranked[0][1] < _LEAST or (len(ranked) > 1 and ranked[1][1] == ranked[0][1]):
        return ""
    return ranked[0][0]


def _by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language, words in _WORDS.items():
        for word in words.split():
            found[word] = (*found.get(word, ()), language)
    return found


_LANGUAGES = _by_word()

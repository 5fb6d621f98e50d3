"""The recognizer of patterns."""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from phonenumbers import SUPPORTED_REGIONS

from livener.errors import InputError
from livener.recognizers.patterns.builtin import Pattern, builtin_patterns
from livener.recognizers.patterns.user import UserPattern, pattern_from, read_patterns
from livener.text import Sentence, Span

_KINDS: dict[str, type | tuple[type, ...]] = {
    "patterns": (list, tuple),
    "labels": Mapping,
    "user": (str, list, tuple),
    "region": str,
    "timeout": (float, int),
}


class Patterns:
    """Finds what can be told by its form: e-mail addresses, IBANs, amounts of money, dates, references to law …

    ``patterns``: which of the built-in ones, by default all: CARD, DATE, EMAIL, IBAN, IP, LAW_REF, MONEY, PERCENT,
    PHONE, URL. ``labels`` renames them, as in ``{"LAW_REF": "CITATION"}``. ``user``: patterns of your own. ``region``
    is the country of phone numbers without a country code.

    Of ranges that overlap the longest wins, then the pattern that comes first: yours in their order, then the
    built-in ones in the order of ``patterns``. Scores are estimates of the precision of each pattern, not calibrated.

    The built-in patterns take time linear in the text. One of yours that takes more than ``timeout`` seconds of
    processor time on one sentence is stopped.

    Raises:
        InputError: an unknown pattern or region; from `predict`: a pattern of yours that was stopped.

    >>> from livener.text import Document
    >>> document = Document("Pay $1.2 billion by May 12, 2024 under Section 4.2(b).")
    >>> [spans] = Patterns().predict([Sentence(document.text, [], document)])
    >>> [(span.text, span.label) for span in spans]
    [('$1.2 billion', 'MONEY'), ('May 12, 2024', 'DATE'), ('Section 4.2(b)', 'LAW_REF')]
    """

    name: ClassVar[str] = "patterns.v1"

    def __init__(
        self,
        patterns: Sequence[str] | None = None,
        *,
        labels: Mapping[str, str] | None = None,
        user: Iterable[UserPattern] = (),
        region: str = "US",
        timeout: float = 1.0,
    ) -> None:
        if region not in SUPPORTED_REGIONS:
            raise InputError(f"region {region!r}", fix="a country of ISO 3166 in two capitals, such as US")
        available: dict[str, list[Pattern]] = {}
        for pattern in builtin_patterns(region):
            available.setdefault(pattern.name, []).append(pattern)
        chosen = list(available if patterns is None else patterns)
        for name in [*chosen, *(labels or {})]:
            if name not in available:
                near = difflib.get_close_matches(str(name).upper(), available, n=1) or sorted(available)
                raise InputError(f"no pattern {name!r}", fix=" or ".join(near))
        self._chosen, self._renamed = chosen, dict(labels or {})
        self._builtin = [pattern for name in chosen for pattern in available[name]]
        self._user, self._region, self._timeout = list(user), region, timeout

    @classmethod
    def create(cls, settings: Mapping[str, Any]) -> Self:
        """From settings named like the options of the class; ``user`` is a TOML file or a list of tables.

        Raises:
            InputError: an unknown or wrong setting.
        """
        for key, value in settings.items():
            if key not in _KINDS:
                near = difflib.get_close_matches(key, _KINDS, n=1) or sorted(_KINDS)
                raise InputError(f"patterns has no setting {key!r}", fix=" or ".join(near))
            if not isinstance(value, _KINDS[key]):
                raise InputError(f"setting {key} is {value!r}")
        user = settings.get("user", [])
        if isinstance(user, str):
            mine = read_patterns(user)
        else:
            mine = [pattern_from(table, where=f"setting user: pattern {n}") for n, table in enumerate(user, 1)]
        return cls(**{**settings, "user": mine})

    @property
    def labels(self) -> tuple[str, ...]:
        mine = {pattern.label for pattern in self._user}
        return tuple(sorted(mine | {self._renamed.get(name, name) for name in self._chosen}))

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Span]]:
        """For each sentence its spans in document offsets, in order, without overlaps."""
        return [self._predict(sentence) for sentence in sentences]

    def _predict(self, sentence: Sentence) -> list[Span]:
        found: list[tuple[int, int, int, str, float]] = []  # minus the length, rank, start, label, score
        text = sentence.text
        for rank, pattern in enumerate(self._user):
            try:
                for start, end in pattern.find(text, timeout=self._timeout):
                    found.append((start - end, rank, start, pattern.label, pattern.score))
            except TimeoutError:
                raise InputError(
                    f"pattern {pattern.name or pattern.label!r} did not finish within {self._timeout} s: "
                    f"{pattern.regex}",
                    where=f"document {sentence.document.id!r}",
                    fix="an expression without nested repetitions such as (a+)+",
                ) from None
        for rank, builtin in enumerate(self._builtin, len(self._user)):
            for start, end in builtin.find(text):
                label = self._renamed.get(builtin.name, builtin.name)
                found.append((start - end, rank, start, label, builtin.score))
        if not found:
            return []
        kept = []
        taken = bytearray(len(text))
        for length, _, start, label, score in sorted(found):
            end = start - length
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * -length
                kept.append((start, end, label, score))
        return [sentence.span(start, end, label, score, "patterns") for start, end, label, score in sorted(kept)]

    def save(self, path: Path) -> None:
        """Write ``settings.json`` into the directory ``path``."""
        settings = {
            "patterns": self._chosen,
            "labels": self._renamed,
            "user": [pattern.settings() for pattern in self._user],
            "region": self._region,
            "timeout": self._timeout,
        }
        (path / "settings.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        return cls.create(json.loads((path / "settings.json").read_text(encoding="utf-8")))

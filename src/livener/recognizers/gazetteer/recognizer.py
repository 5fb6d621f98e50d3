"""The recognizer of known names."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from sys import intern
from typing import Any, ClassVar, Self

import numpy as np

from livener.errors import InputError
from livener.recognizers.gazetteer.folding import Folded, fold
from livener.recognizers.gazetteer.index import SEPARATOR, Index
from livener.recognizers.gazetteer.terms import Term, read_terms
from livener.text import Sentence, Span

_BATCH = 1 << 20  # characters that are searched at once
_LONGEST = 300  # characters of a term: bounds what a text made of one term's beginnings can cost
_OPTIONS: dict[str, type] = {"ignore_case": bool, "ignore_accents": bool, "exact_short": bool, "score": float}


class Gazetteer:
    """Finds the names of a term list: the leftmost longest, whole words only, whatever their case and accents.

    Words end where letters and digits do; scripts without spaces (Han, kana, Thai …) match anywhere. Of several
    terms with the same form the first wins. A span's ``kb_id`` is the term's id.

    ``exact_short``: terms of up to three characters, and those in capitals only, match only as they are written, so
    that the ticker IT leaves "it" alone. ``score`` is what every span gets: an estimate of how often a hit is right,
    to be replaced by yours.

    Raises:
        InputError: a term that is empty, holds a NUL character or is longer than 300 characters.

    >>> from livener.text import Document
    >>> gazetteer = Gazetteer([Term("New York", "GPE"), Term("New York City", "GPE", "Q60"), Term("IT", "ORG")])
    >>> document = Document("NEW YORK CITY, New York Cityscape, it")
    >>> [spans] = gazetteer.predict([Sentence(document.text, [], document)])
    >>> [(span.text, span.kb_id) for span in spans]
    [('NEW YORK CITY', 'Q60'), ('New York', None)]
    """

    name: ClassVar[str] = "gazetteer.v1"

    def __init__(
        self,
        terms: Iterable[Term],
        *,
        ignore_case: bool = True,
        ignore_accents: bool = True,
        exact_short: bool = True,
        score: float = 0.9,
    ) -> None:
        texts, self._labels, self._ids = [], [], []
        for text, label, identifier in terms:
            if not text or SEPARATOR in text or len(text) > _LONGEST:
                raise InputError(f"term {text[:40]!r}", fix=f"1 to {_LONGEST} characters, none of them NUL")
            texts.append(text)
            self._labels.append(intern(label))
            self._ids.append(identifier)
        self._ignore_case, self._ignore_accents = ignore_case, ignore_accents
        self._exact_short, self._score = exact_short, score
        exact = np.fromiter((exact_short and (len(text) <= 3 or text.isupper()) for text in texts), np.bool_)
        self._texts = SEPARATOR.join([*texts, ""])
        self._index = Index.build(self.fold(self._texts), exact)

    @classmethod
    def create(cls, settings: Mapping[str, Any]) -> Self:
        """From settings: ``files`` (a path or a list), ``label`` for files without one, and the options of the class.

        Raises:
            InputError: an unknown or wrong setting, or a wrong term list.
        """
        known = ["files", "label", *_OPTIONS]
        for key in settings.keys() - set(known):
            near = difflib.get_close_matches(key, known, n=1) or known
            raise InputError(f"gazetteer has no setting {key!r}", fix=" or ".join(near))
        for key, kind in _OPTIONS.items():
            if key in settings and type(settings[key]) not in (kind, int if kind is float else kind):
                raise InputError(f"setting {key} is {settings[key]!r}", fix=f"a {kind.__name__}")
        files = settings.get("files", [])
        paths = [files] if isinstance(files, str | Path) else list(files)
        if not paths:
            raise InputError("gazetteer has no term list", fix="the setting files: a .csv, .tsv or .jsonl file")
        terms = (term for path in paths for term in read_terms(path, label=settings.get("label")))
        return cls(terms, **{key: settings[key] for key in _OPTIONS if key in settings})

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(sorted(set(self._labels)))

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Span]]:
        """For each sentence its spans in document offsets, in order."""
        predicted: list[list[Span]] = [[] for _ in sentences]
        first = 0
        while first < len(sentences):
            beginnings, length, last = [], 0, first
            while last < len(sentences) and (length < _BATCH or last == first):
                beginnings.append(length)
                length += len(sentences[last].text) + 1
                last += 1
            self._search(sentences[first:last], beginnings, predicted[first:last])
            first = last
        return predicted

    @property
    def folds(self) -> tuple[bool, bool]:
        """Whether case and accents are ignored: what has been folded so for one gazetteer is so for another."""
        return self._ignore_case, self._ignore_accents

    def fold(self, text: str) -> Folded:
        """A text as `find` wants it."""
        return fold(text, ignore_case=self._ignore_case, ignore_accents=self._ignore_accents)

    def find(self, text: Folded) -> Iterator[tuple[int, int, tuple[str, str | None]]]:
        """Where in a folded text its terms are: start, end, and label and id, in order."""
        labels, ids = self._labels, self._ids
        for start, end, term in zip(*(found.tolist() for found in self._index.search(text)), strict=True):
            yield start, end, (labels[term], ids[term])

    def _search(self, sentences: Sequence[Sentence], beginnings: list[int], predicted: list[list[Span]]) -> None:
        joined = SEPARATOR.join([sentence.text for sentence in sentences])
        starts, ends, found = self._index.search(self.fold(joined))
        owners = np.searchsorted(beginnings, starts, side="right") - 1
        shifts = np.array(beginnings)[owners]
        labels, ids, score = self._labels, self._ids, self._score
        hits = zip(owners.tolist(), (starts - shifts).tolist(), (ends - shifts).tolist(), found.tolist(), strict=True)
        for owner, start, end, term in hits:
            span = sentences[owner].span(start, end, labels[term], score, "gazetteer", ids[term])
            predicted[owner].append(span)

    def save(self, path: Path) -> None:
        """Write ``terms.tsv``, itself a term list, and ``settings.json`` into the directory ``path``."""
        rows = zip(self._texts.split(SEPARATOR)[:-1], self._labels, self._ids, strict=True)
        lines = ["term\tlabel\tid", *["\t".join((text, label, key or "")) for text, label, key in rows], ""]
        (path / "terms.tsv").write_text("\n".join(lines), encoding="utf-8", newline="")
        options = {
            "ignore_case": self._ignore_case,
            "ignore_accents": self._ignore_accents,
            "exact_short": self._exact_short,
            "score": self._score,
        }
        (path / "settings.json").write_text(json.dumps(options, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        options = json.loads((path / "settings.json").read_text(encoding="utf-8"))
        return cls(read_terms(path / "terms.tsv"), **options)

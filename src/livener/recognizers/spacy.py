"""spaCy as a recognizer: any of its pipelines, or its named-entity recognition trained on our documents."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from livener.errors import InputError, MissingDependencyError
from livener.recognizers.alignment import Overlaps, TokenGold, align, sentence_weights
from livener.recognizers.base import Progress
from livener.recognizers.checkpoints import Checkpoints
from livener.recognizers.settings import parse_settings
from livener.tagging.schemes import encode
from livener.text import Document, Sentence, Span
from livener.text.segment import Segmenter

_FILE, _FOLDER = "spacy.json", "pipeline"


@dataclass(frozen=True, slots=True)
class SpacySettings:
    """Settings of the spaCy recognizer.

    ``pipeline``: an installed pipeline (``"en_core_web_sm"``), a folder, or ``"blank:en"`` for a language and nothing
    else. It predicts as it is; trained on documents, its entity recognizer is replaced by a new one.
    ``epochs`` and ``patience`` as for the other engines; ``batch`` sentences a step. ``overlaps``: what to do with
    nested gold spans.
    """

    pipeline: str = "blank:en"
    epochs: int = 30
    patience: int = 5
    batch: int = 16
    dropout: float = 0.2
    overlaps: Overlaps = "error"


class Spacy:
    """A pipeline of spaCy, over livener's tokens.

    spaCy gives no probabilities: a span's score is how often its label was right on dev, where it was trained, and
    there is none otherwise.

    >>> Spacy.create({"pipline": "en_core_web_sm"})
    Traceback (most recent call last):
    ...
    livener.errors.InputError: spacy: no setting 'pipline' (expected 'pipeline')
    """

    name: ClassVar[str] = "spacy.v1"

    def __init__(self, settings: SpacySettings, nlp: Any, precision: Mapping[str, float] | None = None) -> None:
        self.settings = settings
        self.nlp = nlp
        self.precision = dict(precision or {})

    @classmethod
    def create(cls, settings: Mapping[str, Any]) -> Self:
        """The pipeline that the settings name, or one to be trained.

        Raises:
            InputError: an unknown or wrong setting, or there is no such pipeline.
            MissingDependencyError: spaCy is not installed.
        """
        parsed = parse_settings(SpacySettings, settings, where="spacy")
        if min(parsed.epochs, parsed.patience, parsed.batch) < 1 or not 0 <= parsed.dropout < 1:
            raise InputError(
                "a setting is out of range", where="spacy", fix="epochs, patience, batch >= 1; 0 <= dropout < 1"
            )
        return cls(parsed, _pipeline(parsed.pipeline))

    @property
    def labels(self) -> tuple[str, ...]:
        found: set[str] = set()
        for name in self.nlp.pipe_names:
            if "doc.ents" in self.nlp.get_pipe_meta(name).assigns:
                found |= set(getattr(self.nlp.get_pipe(name), "labels", ()))
        return tuple(sorted(found))

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Span]]:
        """For each sentence the entities of its words, in document offsets."""
        found: list[list[Span]] = [[] for _ in sentences]
        full = [i for i, sentence in enumerate(sentences) if sentence.tokens]
        docs = (_doc(self.nlp, sentences[i]) for i in full)
        for i, doc in zip(full, self.nlp.pipe(docs), strict=True):
            sentence = sentences[i]
            for entity in doc.ents:
                start, end = sentence.tokens[entity.start][0], sentence.tokens[entity.end - 1][1]
                label, score = entity.label_, self.precision.get(entity.label_)
                found[i].append(sentence.span(start, end, label, score, "spacy", entity.kb_id_ or None))
        return found

    def fit(
        self,
        train: Sequence[Sentence],
        dev: Sequence[Sentence],
        *,
        seed: int = 0,
        progress: Progress | None = None,
        importance: Sequence[float] | None = None,
        checkpoints: Checkpoints | None = None,  # noqa: ARG002  (an epoch is seconds)
    ) -> None:
        """Train a new entity recognizer; the epoch with the best strict F1 on ``dev`` is kept.

        Of partial labels what is not known is left open. A sentence is drawn as often as ``importance`` says.

        Raises:
            InputError: there is no sentence with tokens, or gold spans overlap.
        """
        from spacy.training import Example
        from thinc.util import fix_random_seed

        full = [i for i, sentence in enumerate(train) if sentence.tokens]
        if not full:
            raise InputError("there is no sentence with tokens to learn from", where="spacy")
        golds = align([train[i] for i in full], overlaps=self.settings.overlaps)
        fix_random_seed(seed)
        for name in [name for name in self.nlp.pipe_names if "doc.ents" in self.nlp.get_pipe_meta(name).assigns]:
            self.nlp.remove_pipe(name)
        self.nlp.add_pipe("ner")
        examples = [
            Example(_doc(self.nlp, train[i]), _doc(self.nlp, train[i], gold))
            for i, gold in zip(full, golds, strict=True)
        ]
        weights = sentence_weights(golds, {}, None if importance is None else [importance[i] for i in full])
        others = [name for name in self.nlp.pipe_names if name != "ner"]
        rng = np.random.default_rng(seed)
        self.precision = {}
        held_out = align(dev, overlaps=self.settings.overlaps)
        best, since, kept = -1.0, 0, b""
        with self.nlp.select_pipes(disable=others):
            optimizer = self.nlp.initialize(lambda: examples)
            for epoch in range(self.settings.epochs):
                order = rng.permutation(len(examples))
                if importance is not None:
                    order = rng.choice(len(examples), len(examples), p=weights / weights.sum())
                losses: dict[str, float] = {}
                for at in range(0, len(order), self.settings.batch):
                    batch = [examples[i] for i in order[at : at + self.settings.batch].tolist()]
                    self.nlp.update(batch, drop=self.settings.dropout, sgd=optimizer, losses=losses)
                figures = {"loss": losses.get("ner", 0.0) / len(examples)}
                if dev:
                    with self.nlp.use_params(optimizer.averages):
                        figures["dev_f1"] = f1 = self._f1(dev, held_out)
                        since += best > 0  # one that finds nothing yet has only begun
                        if f1 > best:
                            best, since, kept = f1, 0, self.nlp.get_pipe("ner").to_bytes()
                if progress:
                    progress(epoch + 1, self.settings.epochs, figures)
                if since >= self.settings.patience:
                    break
        if kept:
            self.nlp.get_pipe("ner").from_bytes(kept)
            self.precision = self._precision(dev, held_out)

    def save(self, path: Path) -> None:
        """Write ``spacy.json`` and the pipeline as spaCy writes it: ``spacy.load`` reads ``pipeline/``."""
        description = {"name": self.name, "settings": asdict(self.settings), "precision": self.precision}
        (path / _FILE).write_text(json.dumps(description, indent=1, ensure_ascii=False), encoding="utf-8")
        self.nlp.to_disk(path / _FOLDER)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            InputError: a file is missing.
            MissingDependencyError: spaCy is not installed.
        """
        if not (path / _FILE).is_file():
            raise InputError(f"there is no file {_FILE}", where=str(path), fix="the folder of a saved spacy.v1")
        description = json.loads((path / _FILE).read_text(encoding="utf-8"))
        nlp = _pipeline(str(path / _FOLDER))
        return cls(SpacySettings(**description["settings"]), nlp, description["precision"])

    def __getstate__(self) -> dict[str, Any]:
        return {
            "settings": self.settings,
            "precision": self.precision,
            "config": self.nlp.config.to_str(),
            "bytes": self.nlp.to_bytes(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        import spacy
        from spacy.util import load_config_from_str

        self.settings, self.precision = state["settings"], state["precision"]
        config = load_config_from_str(state["config"])
        self.nlp = spacy.blank(config["nlp"]["lang"]).from_config(config).from_bytes(state["bytes"])

    def _places(self, sentences: Sequence[Sentence]) -> list[tuple[int, int, int, str]]:
        """The predicted entities: sentence, first token, end, label."""
        found = []
        for i, (sentence, spans) in enumerate(zip(sentences, self.predict(sentences), strict=True)):
            ranges = [sentence.original(*token) for token in sentence.tokens]
            starts = {start: t for t, (start, _) in enumerate(ranges)}
            ends = {end: t for t, (_, end) in enumerate(ranges)}
            found += [(i, starts[span.start], ends[span.end] + 1, span.label) for span in spans]
        return found

    def _right(self, sentences: Sequence[Sentence], golds: Sequence[TokenGold]) -> list[tuple[str, bool]]:
        gold = {(i, *span) for i, one in enumerate(golds) for span in one.spans}
        return [(place[3], place in gold) for place in self._places(sentences)]

    def _f1(self, sentences: Sequence[Sentence], golds: Sequence[TokenGold]) -> float:
        found = self._right(sentences, golds)
        support = sum(len(one.spans) + one.lost for one in golds)
        return 2.0 * sum(right for _, right in found) / max(len(found) + support, 1)

    def _precision(self, sentences: Sequence[Sentence], golds: Sequence[TokenGold]) -> dict[str, float]:
        """How often each label is right, drawn a little towards a half where there is little to go by."""
        found = self._right(sentences, golds)
        total, right = Counter(label for label, _ in found), Counter(label for label, hit in found if hit)
        return {label: (right[label] + 1.0) / (total[label] + 2.0) for label in self.labels}


def doc_bin(documents: Iterable[Document], *, language: str = "en") -> bytes:
    """The documents as spaCy's training format: what ``spacy train`` reads as a ``.spacy`` file.

    Tokens are livener's. Of spans that nest, the outermost are written.

    Raises:
        MissingDependencyError: spaCy is not installed.
    """
    _need()
    import spacy
    from spacy.tokens import DocBin

    nlp = spacy.blank(language)
    segmenter = Segmenter()

    def docs() -> Iterator[Any]:
        for document in documents:
            sentences = [one for one in segmenter.sentences(document) if one.tokens]
            for sentence, gold in zip(sentences, align(sentences, overlaps="outermost"), strict=True):
                yield _doc(nlp, sentence, gold)

    packed: bytes = DocBin(docs=docs(), attrs=["ENT_IOB", "ENT_TYPE", "SPACY"]).to_bytes()
    return packed


def _doc(nlp: Any, sentence: Sentence, gold: TokenGold | None = None) -> Any:
    """The words of a sentence as a ``Doc``, with its entities where there is gold; unknown tokens are left open."""
    from spacy.tokens import Doc

    tokens = sentence.tokens
    nexts = [start for start, _ in tokens[1:]] + [len(sentence.text)]
    spaces = [following > end for (_, end), following in zip(tokens, nexts, strict=True)]
    tags: list[str] | None = None
    if gold is not None:
        tags = encode(gold.spans, len(tokens), "BIO")
        known = {t for start, end, _ in gold.spans for t in range(start, end)}
        unknown = set(gold.unknown) if gold.complete else set(range(len(tokens))) - known
        tags = ["" if t in unknown else tag for t, tag in enumerate(tags)]
    return Doc(nlp.vocab, words=sentence.words, spaces=spaces, ents=tags)


def _pipeline(name: str) -> Any:
    _need()
    import spacy

    try:
        return spacy.blank(name.removeprefix("blank:")) if name.startswith("blank:") else spacy.load(name)
    except (OSError, ImportError, ValueError) as error:
        reason = str(error).split(". ")[0]
        raise InputError(
            f"no pipeline {name!r}: {reason}", where="spacy", fix="an installed one, a folder, or blank:LANGUAGE"
        ) from None


def _need() -> None:
    from importlib.util import find_spec

    if find_spec("spacy") is None:
        raise MissingDependencyError("spacy", extra="spacy", need="a pipeline of spaCy")

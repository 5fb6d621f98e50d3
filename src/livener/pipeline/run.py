"""The pipeline: text in, documents with spans out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, Self

from livener.errors import InputError
from livener.pipeline.batch import Batch, Stage, position_of
from livener.pipeline.config import Config, LoadEngine
from livener.pipeline.registry import BUILT_IN
from livener.pipeline.stages.recognise import Recognise
from livener.pipeline.stages.segmentation import Normalise, Split, Tokenise
from livener.pipeline.trace import Trace, traced
from livener.recognizers.base import Recognizer
from livener.text import Document
from livener.text.segment import Segmenter

_SENTENCE = 100  # characters of a usual one


class Pipeline:
    """Normalise, split, tokenise and recognise, and what a ``pipeline.toml`` adds; one text at a time or as a stream.

    ``info`` is what is known about the model: the dictionary of its ``model.json``. Tokens and sentences that a
    document brings with it are respected; spans that it brings are replaced by the predicted ones. With a
    ``pipeline.toml`` the documents carry its ``version`` as ``pipeline`` in their metadata.

    >>> from livener.recognizers.registry import get
    >>> nlp = Pipeline(get("patterns")())
    >>> [(span.text, span.label) for span in nlp("Write to ada@example.org by 12 May 2024.").spans]
    [('ada@example.org', 'EMAIL'), ('12 May 2024', 'DATE')]
    """

    def __init__(
        self, recognizer: Recognizer, segmenter: Segmenter | None = None, *, info: Mapping[str, Any] | None = None
    ) -> None:
        self.recognizer = recognizer
        self.segmenter = segmenter or Segmenter()
        self.info = dict(info or {})
        self.config: Config | None = None
        self.version: str | None = None
        self.stages: tuple[Stage, ...] = (
            Normalise(self.segmenter.normaliser),
            Split(),
            Tokenise(),
            Recognise().with_engines([recognizer]),
        )

    @classmethod
    def configured(
        cls, config: Config, load_engine: LoadEngine, *, info: Mapping[str, Any] | None = None, own: str = ""
    ) -> Self:
        """The pipeline of a ``pipeline.toml``; ``own`` stands for the content of the model that it is used with.

        Raises:
            InputError: a setting is wrong, or what it names cannot be read.
        """
        stages = config.build(load_engine)
        engines = [engine for stage in stages if isinstance(stage, Recognise) for engine in stage.recognizers]
        if not engines:
            raise InputError("there is no engine", where=config.where, fix="a stage recognise.v1 with engines")
        rules = [stage.rules for stage in stages if isinstance(stage, Normalise)]
        pipeline = cls(engines[0], Segmenter(*rules[:1]), info=info)
        pipeline.stages = tuple(stages)
        pipeline.config = config
        pipeline.version = config.version(own)
        return pipeline

    @property
    def called(self) -> str:
        """What a prediction says it is from: the version, or without a ``pipeline.toml`` the name of the engine."""
        return self.version or self.recognizer.name

    @property
    def recognizers(self) -> tuple[Recognizer, ...]:
        """Every engine, in the order of the stages."""
        return tuple(engine for stage in self.stages if isinstance(stage, Recognise) for engine in stage.recognizers)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that a span can have, sorted."""
        return tuple(sorted({label for stage in self.stages for label in getattr(stage, "labels_given", ())}))

    def to(self, device: str) -> None:
        """Let neural engines run on ``device``: ``auto`` is a GPU where there is one, ``cpu``, ``cuda``, ``cuda:1`` …

        Raises:
            InputError: there is no such device.
        """
        for stage in self.stages:
            for engine in getattr(stage, "recognizers", ()):
                if hasattr(engine, "to"):
                    engine.to(device)

    def __call__(self, text: str | Document) -> Document:
        """The document with its predicted spans, sorted by position."""
        return next(self.pipe((text,)))

    def pipe(self, texts: Iterable[str | Document], *, batch_size: int = 256) -> Iterator[Document]:
        """Predict a stream in its order; never more than a batch of about ``batch_size`` sentences is held."""
        documents = (Document(text) if isinstance(text, str) else text for text in texts)
        for batch in batched(documents, batch_size):
            yield from self.run(batch)

    def run(self, documents: Sequence[Document]) -> list[Document]:
        """Predict documents as one batch."""
        batch = Batch(documents)
        for stage in self.stages:
            batch = self._step(stage, batch)
        return [self._finished(batch, i, document) for i, document in enumerate(documents)]

    def timed(self, documents: Sequence[Document]) -> tuple[list[Document], dict[str, float]]:
        """Predict a few documents, and say how many seconds each stage took, by its name.

        >>> from livener.recognizers.registry import get
        >>> list(Pipeline(get("patterns")()).timed([Document("Pay $5.")])[1])
        ['normalise.v1', 'split.v1', 'tokenise.v1', 'recognise.v1']
        """
        batch, seconds = Batch(documents), dict[str, float]()
        for stage in self.stages if documents else ():
            began = perf_counter()
            batch = self._step(stage, batch)
            seconds[stage.name] = seconds.get(stage.name, 0.0) + perf_counter() - began
        return [self._finished(batch, i, document) for i, document in enumerate(documents)], seconds

    def trace(self, text: str | Document) -> Trace:
        """Predict one document and keep what every stage made of it.

        >>> from livener.recognizers.registry import get
        >>> print(Pipeline(get("patterns")()).trace("Pay $5."))
        normalise.v1
        split.v1
        tokenise.v1
        recognise.v1
          born [4, 6) '$5' MONEY 0.97
        """
        document = Document(text) if isinstance(text, str) else text
        return traced(self.stages, document, self._finished, self._step)

    def _step(self, stage: Stage, batch: Batch) -> Batch:
        after = stage(batch)
        if stage.name.partition(".")[0] not in BUILT_IN:
            _check(stage, batch, after)
        return after

    def _finished(self, batch: Batch, i: int, given: Document) -> Document:
        document, spans = batch.documents[i], batch.spans[i]
        if len(spans) > 1:
            spans = tuple(sorted(spans, key=position_of))
        if self.version is not None:
            return document.predicted(spans, {**document.meta, "pipeline": self.version, **batch.notes.get(i, {})})
        if not spans and not given.spans and given.complete:
            return document
        return document.predicted(spans, document.meta)


def batched(documents: Iterable[Document], batch_size: int = 256) -> Iterator[list[Document]]:
    """The same documents in lists of about ``batch_size`` sentences.

    >>> [len(batch) for batch in batched([Document("Ada left.")] * 5, 2)]
    [2, 2, 1]
    """
    batch: list[Document] = []
    length = 0
    for document in documents:
        batch.append(document)
        length += len(document.text)
        if len(batch) >= batch_size or length >= batch_size * _SENTENCE:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch


def _check(stage: Stage, before: Batch, after: Batch) -> None:
    """Hold a stage of somebody else to what later ones rely on.

    Raises:
        InputError: it lost a document, or made a span that is not one.
    """
    counts = [len(after.documents), *([len(after.spans)] if "spans" in stage.assigns else ())]
    for count in counts:
        if count != len(before.documents):
            raise InputError(
                f"gave {count} documents back", where=f"stage {stage.name}", fix=f"{len(before.documents)}"
            )
    if "spans" in stage.assigns:
        for document, spans in zip(after.documents, after.spans, strict=True):
            try:
                replace(document, spans=tuple(spans))
            except InputError as error:
                raise InputError(str(error), where=f"stage {stage.name}") from None

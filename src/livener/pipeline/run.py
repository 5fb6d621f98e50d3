"""The pipeline: text in, documents with spans out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any

from livener.recognizers.base import Recognizer
from livener.text import Document, Sentence, Span
from livener.text.segment import Segmenter

_by_position = attrgetter("start", "end", "label")


class Pipeline:
    """Normalise, split, tokenise and recognise, one text at a time or as a stream.

    ``info`` is what is known about the model: the dictionary of its ``model.json``. Tokens and sentences that a
    document brings with it are respected; spans that it brings are replaced by the predicted ones.

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

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that a span can have, sorted."""
        return self.recognizer.labels

    def __call__(self, text: str | Document) -> Document:
        """The document with its predicted spans, sorted by position."""
        return next(self.pipe((text,)))

    def pipe(self, texts: Iterable[str | Document], *, batch_size: int = 256) -> Iterator[Document]:
        """Predict a stream in its order; never more than a batch of about ``batch_size`` sentences is held."""
        segment = self.segmenter.sentences
        documents: list[Document] = []
        counts: list[int] = []
        sentences: list[Sentence] = []
        for text in texts:
            document = Document(text) if isinstance(text, str) else text
            found = segment(document)
            documents.append(document)
            counts.append(len(found))
            sentences += found
            if len(sentences) >= batch_size or len(documents) >= batch_size:
                yield from self._recognize(documents, counts, sentences, batch_size)
                documents, counts, sentences = [], [], []
        yield from self._recognize(documents, counts, sentences, batch_size)

    def _recognize(
        self, documents: list[Document], counts: list[int], sentences: list[Sentence], batch_size: int
    ) -> Iterator[Document]:
        predicted = self._predict(sentences, 4 * batch_size)
        for document, count in zip(documents, counts, strict=True):
            spans = [span for found in islice(predicted, count) for span in found]
            if len(spans) > 1:
                spans.sort(key=_by_position)
            if spans or document.spans or not document.complete:
                yield Document(
                    document.text, document.id, document.meta, tuple(spans), document.tokens, document.sentences
                )
            else:
                yield document

    def _predict(self, sentences: Sequence[Sentence], limit: int) -> Iterator[list[Span]]:
        """Slices, so that one long document does not make one huge batch."""
        for start in range(0, len(sentences), limit):
            yield from self.recognizer.predict(sentences[start : start + limit])

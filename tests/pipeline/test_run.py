"""The pipeline over streams of documents."""

from collections.abc import Iterator, Sequence
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.errors import InputError
from livener.pipeline import Pipeline
from livener.text import Document, Sentence, Span


class Capitals:
    """Every token that begins with a capital; the last one first, so that the order is the pipeline's doing."""

    name = "capitals.v1"
    labels = ("CAPITAL",)
    largest = 0

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Span]]:
        self.largest = max(self.largest, len(sentences))
        return [self._spans(sentence) for sentence in sentences]

    def _spans(self, sentence: Sentence) -> list[Span]:
        capitals = [token for token in sentence.tokens if sentence.text[token[0]].isupper()]
        return [sentence.span(*token, "CAPITAL", 0.5) for token in reversed(capitals)]


nlp = Pipeline(Capitals())
alphabet = st.text(st.sampled_from("Ab é.\n\u200b🎉中"), max_size=30)


@given(st.lists(alphabet, max_size=12), st.integers(1, 5))
def test_a_stream_is_the_same_as_one_by_one(texts: list[str], batch_size: int) -> None:
    streamed = list(nlp.pipe(texts, batch_size=batch_size))
    assert streamed == [nlp(text) for text in texts]
    for text, document in zip(texts, streamed, strict=True):
        assert document.text == text
        assert [span.start for span in document.spans] == sorted(span.start for span in document.spans)
        assert all(span.text == text[span.start : span.end] for span in document.spans)


def test_a_document_keeps_everything_but_its_spans() -> None:
    document = Document(
        "Ada left",
        "a",
        {"k": 1},
        (Span(4, 8, "OLD"),),
        tokens=((0, 3), (4, 8)),
        sentences=((0, 8),),
        complete=False,
        negatives=(Span(0, 3, "OLD"),),
    )
    found = nlp(document)
    assert [span.label for span in found.spans] == ["CAPITAL"]
    assert (found.text, found.id, found.meta, found.tokens, found.sentences) == (
        *("Ada left", "a", {"k": 1}),
        *(document.tokens, document.sentences),
    )
    assert found.complete
    assert nlp.called == nlp.recognizer.name
    assert found.negatives == ()
    assert nlp(Document("left", spans=(Span(0, 4, "OLD"),))).spans == ()


def test_it_reads_no_further_ahead_than_a_batch() -> None:
    taken = 0

    def texts() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield "" if taken % 3 else "Ada left."

    assert len(list(islice(nlp.pipe(texts(), batch_size=50), 120))) == 120
    assert taken == 150


def test_a_long_document_is_not_one_batch() -> None:
    recognizer = Capitals()
    (found,) = Pipeline(recognizer).pipe(["Ada left.\n\n" * 3000], batch_size=10)
    assert len(found.spans) == 3000
    assert recognizer.largest <= 1024


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(InputError, match="surrogate"):
        nlp("a\ud800b")

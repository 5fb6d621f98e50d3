"""Everything that is known of one sentence: its tokens, the spans found in it, and what speaks for each."""

from dataclasses import asdict
from importlib.util import find_spec
from typing import Any

from livener.explain.crf import explain_spans
from livener.explain.gradients import attributions
from livener.recognizers.base import Recognizer
from livener.recognizers.crf import Crf
from livener.recognizers.transformer import Transformer
from livener.text import Sentence


def explained(recognizer: Recognizer, sentence: Sentence, *, top: int = 8) -> dict[str, Any]:
    """The sentence as JSON values: ``tokens``, ``spans``, and ``pieces`` of its tokens where an encoder cuts them.

    Each span has its ``top`` weightiest reasons: ``contributions`` of features for a CRF, ``words`` for an encoder
    where torch is installed, nothing for other engines.

    >>> from livener.recognizers.registry import get
    >>> from livener.text import Document
    >>> from livener.text.segment import Segmenter
    >>> (sentence,) = Segmenter().sentences(Document("Pay $5."))
    >>> found = explained(get("patterns")(), sentence)
    >>> found["tokens"], [(span["text"], span["label"]) for span in found["spans"]]
    (['Pay', '$', '5', '.'], [('$5', 'MONEY')])
    """
    found: dict[str, Any] = {"tokens": sentence.words}
    if isinstance(recognizer, Transformer):
        pieces = recognizer.pieces
        return found | {
            "pieces": [pieces.texts(word) for word in pieces(sentence.words)],
            "spans": _with_words(recognizer, sentence, top),
        }
    if isinstance(recognizer, Crf):
        return found | {
            "spans": [
                asdict(one.span) | {"contributions": [asdict(part) for part in one.contributions[:top]]}
                for one in explain_spans(recognizer, sentence)
            ]
        }
    return found | {"spans": [asdict(span) for span in recognizer.predict([sentence])[0]]}


def _with_words(model: Transformer, sentence: Sentence, top: int) -> list[dict[str, Any]]:
    """The spans with the words that speak most for or against them, where torch is there to ask."""
    spans = [asdict(span) for span in model.predict([sentence])[0]]
    for one, span in zip(attributions(model, sentence) if find_spec("torch") else (), spans, strict=False):
        words = sorted(zip(one.weights, sentence.words, strict=True), key=lambda part: -abs(part[0]))
        span["words"] = [{"weight": weight, "word": word} for weight, word in words[:top]]
    return spans

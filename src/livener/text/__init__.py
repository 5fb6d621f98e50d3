"""Documents, spans, normalisation, sentences, tokens: everything about text before anything is recognised."""

from livener.text.document import Document, Range, Sentence, Span, new_span
from livener.text.normalise import Normaliser
from livener.text.offsets import OffsetMap
from livener.text.segment import Segmenter
from livener.text.sentences import split_sentences
from livener.text.tokens import tokenize

__all__ = [
    "Document",
    "Normaliser",
    "OffsetMap",
    "Range",
    "Segmenter",
    "Sentence",
    "Span",
    "new_span",
    "split_sentences",
    "tokenize",
]

"""Documents, spans, normalisation, sentences, tokens: everything about text before anything is recognised."""

from livener.text.document import Document, Range, Sentence, Span
from livener.text.offsets import OffsetMap

__all__ = ["Document", "OffsetMap", "Range", "Sentence", "Span"]

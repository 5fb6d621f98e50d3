"""livener keeps named-entity recognition alive in production."""

from livener.text import Document, Span

__all__ = ["Document", "Span"]

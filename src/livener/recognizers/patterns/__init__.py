"""Spans from regular expressions whose matches are checked."""

from livener.recognizers.patterns.recognizer import Patterns
from livener.recognizers.patterns.user import UserPattern, read_patterns

__all__ = ["Patterns", "UserPattern", "read_patterns"]

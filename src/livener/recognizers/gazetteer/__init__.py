"""The gazetteer: spans from lists of a million known names."""

from livener.recognizers.gazetteer.recognizer import Gazetteer
from livener.recognizers.gazetteer.terms import Term, read_terms

__all__ = ["Gazetteer", "Term", "read_terms"]

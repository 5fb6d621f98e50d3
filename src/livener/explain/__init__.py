"""Why a recognizer says what it says."""

from livener.explain.crf import Contribution, SpanExplanation, Transitions, explain_spans, transitions
from livener.explain.gradients import Attribution, attributions
from livener.explain.sentence import explained
from livener.explain.tokenisation import Fertility, tokenisation

__all__ = [
    "Attribution",
    "Contribution",
    "Fertility",
    "SpanExplanation",
    "Transitions",
    "attributions",
    "explain_spans",
    "explained",
    "tokenisation",
    "transitions",
]

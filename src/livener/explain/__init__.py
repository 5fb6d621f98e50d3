"""Why a recognizer says what it says."""

from livener.explain.alternatives import Moved, what_if, what_if_text
from livener.explain.attention import Attention, attention
from livener.explain.crf import Contribution, SpanExplanation, Transitions, explain_spans, transitions
from livener.explain.gradients import Attribution, attributions
from livener.explain.sentence import explained
from livener.explain.tokenisation import Fertility, tokenisation

__all__ = [
    "Attention",
    "Attribution",
    "Contribution",
    "Fertility",
    "Moved",
    "SpanExplanation",
    "Transitions",
    "attention",
    "attributions",
    "explain_spans",
    "explained",
    "tokenisation",
    "transitions",
    "what_if",
    "what_if_text",
]

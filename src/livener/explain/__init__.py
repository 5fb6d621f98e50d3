"""Why a recognizer says what it says."""

from livener.explain.crf import Contribution, SpanExplanation, Transitions, explain_spans, transitions

__all__ = ["Contribution", "SpanExplanation", "Transitions", "explain_spans", "transitions"]

"""What of a routed document people are asked: all of it, the words in doubt, or yes or no to the spans in doubt.

Whatever is asked, the answer is a partial label: what nobody was asked stays unknown.
"""

from dataclasses import dataclass

from livener.learning.acquisition import Predictions
from livener.learning.acquisition.questions import unsure
from livener.learning.acquisition.readings import candidates
from livener.learning.routing import RoutingRules
from livener.loop.routing import Routed
from livener.pipeline import Pipeline
from livener.pipeline.batch import position_of
from livener.store.models import Tier
from livener.text import Document, Range, Span
from livener.text.ranges import merged


@dataclass(frozen=True, slots=True)
class Asked:
    """Yes or no to the spans of a ``question``, or what is in the ``parts``; with neither, all of the text."""

    question: tuple[Span, ...] = ()
    parts: tuple[Range, ...] = ()


def asked(nlp: Pipeline, document: Document, routed: Routed, rules: RoutingRules) -> Asked:
    """What to ask of a document with predicted spans that goes to people.

    The whole of what goes to a reviewer or an expert, or goes to people because of its domain, and of what an engine
    read that scores no tags. An audit is asked as the part that it is about: its answer counts as far as that.
    """
    engine = nlp.recognizer
    may = rules.words or rules.questions
    if not may or routed.whole or routed.tier is not Tier.ANNOTATOR or not hasattr(engine, "emissions"):
        return Asked()
    predictions = Predictions(nlp, [document])
    audits = [(one.start, one.end) for one in routed.audits]
    if rules.questions and not audits:
        spans = _doubted(routed, predictions)
        if 0 < len(spans) <= rules.questions:
            return Asked(question=spans)
    if rules.words:
        doubted = [(span.start, span.end) for span in routed.doubted]
        return Asked(parts=merged([*audits, *doubted, *((one.start, one.end) for one in unsure(predictions))]))
    return Asked()


def _doubted(routed: Routed, predictions: Predictions) -> tuple[Span, ...]:
    """The spans that are not accepted, and those of other likely readings, most likely first."""
    found = {position_of(one.span): one.span for one in candidates(predictions)}
    found |= {position_of(span): span for span in routed.doubted}
    return tuple(sorted(found.values(), key=lambda span: -(span.score or 0.0)))

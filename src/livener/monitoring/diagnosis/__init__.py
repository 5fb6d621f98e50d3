"""What is wrong with a model: symptoms are looked for, the cause is named with its evidence, the fix is proposed."""

from livener.monitoring.diagnosis import boundaries, labels, silence, trust
from livener.monitoring.diagnosis.case import Case, Cause, Look

__all__ = ["LOOKS", "Case", "Cause", "diagnose"]

LOOKS: tuple[Look, ...] = (
    silence.silent,
    labels.exchanged,
    labels.never,
    labels.common_words,
    boundaries.pieces,
    boundaries.edges,
    boundaries.seams,
    trust.retraining,
    trust.overlap,
    trust.overconfidence,
    trust.slow,
)


def diagnose(case: Case) -> list[Cause]:
    """The causes that are found, the weightiest first; none of a healthy model.

    >>> from livener.pipeline import Pipeline
    >>> from livener.recognizers.gazetteer import Gazetteer, Term
    >>> from livener.text import Document, Span
    >>> gold = [Document(f"Dr. Ada Byron met us {i} times.", f"{i}", spans=(Span(4, 13, "PER"),)) for i in range(20)]
    >>> found = diagnose(Case.of(Pipeline(Gazetteer([Term("Ada", "PER"), Term("Byron", "PER")])), gold))
    >>> found[0].name, found[0].evidence
    ('split_entities', ("20 of 20 gold spans, such as 'Ada | Byron' (20)",))
    """
    return sorted((cause for look in LOOKS for cause in look(case)), key=lambda one: -one.weight)

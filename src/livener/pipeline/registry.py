"""The stages that are there, by name: those of livener, and those of other packages by entry point."""

from typing import cast

from livener.extensions import added, found
from livener.pipeline.batch import Stage

GROUP = "livener.stages"
# In the order in which they usually stand.
BUILT_IN = {
    "normalise": "livener.pipeline.stages.segmentation:Normalise",
    "gate": "livener.pipeline.stages.gate:Gate",
    "domain": "livener.pipeline.stages.domain:DomainGate",
    "split": "livener.pipeline.stages.segmentation:Split",
    "tokenise": "livener.pipeline.stages.segmentation:Tokenise",
    "recognise": "livener.pipeline.stages.recognise:Recognise",
    "valid": "livener.pipeline.stages.boundaries:Valid",
    "thresholds": "livener.pipeline.stages.selection:Thresholds",
    "join": "livener.pipeline.stages.boundaries:Join",
    "trim": "livener.pipeline.stages.boundaries:Trim",
    "override": "livener.pipeline.stages.terms:Override",
    "listed": "livener.pipeline.stages.terms:Listed",
    "acronyms": "livener.pipeline.stages.acronyms:Acronyms",
    "numbers": "livener.pipeline.stages.numbers:Numbers",
    "consistency": "livener.pipeline.stages.consistency:Consistency",
    "overlaps": "livener.pipeline.stages.selection:Overlaps",
    "link": "livener.pipeline.stages.link:Link",
    "redact": "livener.pipeline.stages.redact:Redact",
}


def names() -> list[str]:
    """Every name that `get` takes, without versions.

    >>> names()[:3]
    ['normalise', 'gate', 'domain']
    """
    return [*BUILT_IN, *sorted(added(GROUP) - BUILT_IN.keys())]


def get(name: str) -> type[Stage]:
    """The class of a stage, by its name with or without a version, which must then be the one that is there.

    Raises:
        InputError: no such stage, or another version of it.

    >>> get("trim.v1").name
    'trim.v1'
    """
    kind = found(name, group=GROUP, built_in=BUILT_IN, what="stage", fix="use = {!r}".format)
    return cast("type[Stage]", kind)

"""Entities in several pieces or run together, cut at punctuation, suffixes, possessives; and lost at seams."""

import re

from livener.monitoring.diagnosis.case import FEWEST, Case, Cause, examples
from livener.text import Document, Span

_EDGE = re.compile(r"[\s\W_]*\Z")
_POSSESSIVE = re.compile(r"\s*['’]s?\Z|\s*s['’]\Z")
_SUFFIX = re.compile(r"[\s,]*(?:inc|corp|ltd|llc|plc|gmbh|ag|co|kg|sa|bv|nv|oy|ab|jr|sr|ii|iii)\.?\Z", re.IGNORECASE)
_LEAST = 0.05  # of the gold spans
_LONG, _AROUND = 30, 60  # tokens of a long sentence; characters on either side of what is read alone
_TRIED = 60


def pieces(case: Case) -> list[Cause]:
    """One entity split into several, or several merged."""
    pairs = case.pairs()
    split = [
        (span, found)
        for _, span, found in pairs
        if len([one for one in found if span.start <= one.start and one.end <= span.end]) > 1
    ]
    causes = []
    if len(split) >= max(FEWEST, _LEAST * len(pairs)):
        seen = examples([" | ".join(one.text for one in found) for _, found in split])
        causes.append(
            Cause(
                "split_entities",
                "one entity is found as several",
                (f"{len(split)} of {len(pairs)} gold spans, such as {seen}",),
                'a stage in pipeline.toml: use = "join.v1"',
                len(split) / len(pairs),
            )
        )
    merged = [
        (one, inside)
        for document, found in zip(case.gold, case.predicted, strict=True)
        for one in found.spans
        if len(inside := [span for span in document.spans if one.start <= span.start and span.end <= one.end]) > 1
    ]
    lost = sum(len(inside) for _, inside in merged)
    if len(merged) >= FEWEST and lost >= _LEAST * len(pairs):
        causes.append(
            Cause(
                "merged_entities",
                "several entities are found as one",
                (f"{lost} of {len(pairs)} gold spans, in {examples([one.text for one, _ in merged])}",),
                "training with a scheme that begins each entity: livener train … --set scheme=BIOES",
                lost / len(pairs),
            )
        )
    return causes


def edges(case: Case) -> list[Cause]:
    """Boundaries off at punctuation, suffixes, possessives."""
    kinds: dict[str, list[str]] = {"punctuation": [], "suffix": [], "possessive": []}
    wrong = 0
    pairs = case.pairs()
    for document, span, found in pairs:
        same = [one for one in found if one.label == span.label]
        if len(same) != 1 or (same[0].start, same[0].end) == (span.start, span.end):
            continue
        wrong += 1
        kind = _off(document.text, span, same[0])
        if kind:
            kinds[kind].append(f"{same[0].text} for {span.text}")
    fixes = {
        "punctuation": 'a stage in pipeline.toml: use = "trim.v1"',
        "suffix": 'a stage in pipeline.toml: use = "trim.v1", with suffixes as the guidelines have them',
        "possessive": 'a stage in pipeline.toml: use = "trim.v1", with possessives as the guidelines have them',
    }
    return [
        Cause(
            f"boundary_{kind}",
            f"boundaries are off at {kind}",
            (f"{len(seen)} of {wrong} wrong boundaries, such as {examples(seen)}",),
            fixes[kind],
            len(seen) / len(pairs),
        )
        for kind, seen in kinds.items()
        if len(seen) >= max(FEWEST, _LEAST * len(pairs))
    ]


def seams(case: Case) -> list[Cause]:
    """Entities of long sentences that are found when they are read with a little context only."""
    missed: list[tuple[Document, Span]] = []
    long = 0
    for document, found in zip(case.gold, case.predicted, strict=True):
        keys = {(one.start, one.end, one.label) for one in found.spans}
        for sentence in case.nlp.segmenter.sentences(document):
            if len(sentence.tokens) < _LONG:
                continue
            low, high = sentence.original(0, len(sentence.text))
            inside = [span for span in document.spans if low <= span.start and span.end <= high]
            long += len(inside)
            missed += [(document, span) for span in inside if (span.start, span.end, span.label) not in keys]
    tried = missed[:_TRIED]
    if len(tried) < FEWEST or len(missed) < _LEAST * long:
        return []
    alone = []
    for document, span in tried:
        start, end = max(0, span.start - _AROUND), min(len(document.text), span.end + _AROUND)
        start = document.text.find(" ", start, span.start) + 1 if start else 0
        stop = document.text.rfind(" ", span.end, end)
        text = document.text[start : stop if stop > 0 and end < len(document.text) else end]
        found_alone = {(one.start + start, one.end + start, one.label) for one in case.nlp(text).spans}
        if (span.start, span.end, span.label) in found_alone:
            alone.append(span.text)
    if len(alone) < max(FEWEST, len(tried) / 2):
        return []
    return [
        Cause(
            "window_seams",
            "entities of long sentences are lost",
            (
                f"{len(missed)} of {long} gold spans in sentences of {_LONG} tokens or more are missed",
                f"{len(alone)} of {len(tried)} of them are found when read with {_AROUND} characters on either side: "
                f"{examples(alone)}",
            ),
            "windows that overlap by more than the longest entity: --set stride=…, or shorter sentences",
            len(missed) / max(len(case.pairs()), 1),
        )
    ]


def _off(text: str, gold: Span, found: Span) -> str:
    """What stands between the two right boundaries, where the left ones agree; or between the left ones."""
    if gold.start == found.start:
        between = text[min(gold.end, found.end) : max(gold.end, found.end)]
        if _POSSESSIVE.fullmatch(between):
            return "possessive"
        if _SUFFIX.fullmatch(between):
            return "suffix"
    elif gold.end == found.end:
        between = text[min(gold.start, found.start) : max(gold.start, found.start)]
    else:
        return ""
    return "punctuation" if _EDGE.fullmatch(between) else ""

"""A search of a whole batch at once finds what a search of every sentence by itself finds."""

import re
from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.pipeline.spans import LABELS, batch_of, documents

from livener.pipeline.batch import Spans, overrule, position_of
from livener.pipeline.joined import Joined, beginnings, begun
from livener.pipeline.stages import acronyms
from livener.pipeline.stages.acronyms import _any_of, _defined
from livener.pipeline.stages.numbers import RULES, Numbers, _number_begins
from livener.recognizers.gazetteer import Gazetteer, Term
from livener.text import Document, Sentence, Span

_NAMES = (
    "IRS",
    "U.S",
    "R&D",
    "PER",
    "5",
    "§",
    "ÖBB",
    "A",
    "Corp",
    "kg",
    "Mr",
    "Acme Corp",
    "中国",
    "e\u0301",
    "IRSA",
)
Found = list[tuple[int, int, int, str]]


def sentences() -> st.SearchStrategy[list[list[Sentence]]]:
    return st.lists(documents(), min_size=1, max_size=4).map(lambda given_: list(batch_of(*given_).sentences))


def alone(found: list[list[Sentence]], pattern: re.Pattern[str]) -> Found:
    """What the pattern finds in every sentence."""
    return [
        (i, sentence.start + match.start(), sentence.start + match.end(), match.lastgroup or match.group())
        for i, several in enumerate(found)
        for sentence in several
        for match in pattern.finditer(sentence.text)
    ]


def together(joined: Joined, pattern: re.Pattern[str], places: list[int]) -> Found:
    return [
        (hit.document, hit.sentence.start + hit.start, hit.sentence.start + hit.end, what.lastgroup or what.group())
        for hit in joined.matches(pattern, places)
        if (what := hit.what)
    ]


@given(sentences(), st.sets(st.sampled_from([name for name in _NAMES if " " not in name]), min_size=1))
def test_names_by_how_they_begin(found: list[list[Sentence]], names: set[str]) -> None:
    joined, pattern = Joined(found), _any_of(names)
    assert together(joined, pattern, begun(joined.ascii, beginnings(names))) == alone(found, pattern)


@given(sentences(), st.text("a1 5,.-§½٣kg\0", max_size=30))
def test_numbers_by_their_first_digit(found: list[list[Sentence]], odd: str) -> None:
    found.append([Sentence(odd, [], Document(odd))])
    joined, pattern = Joined(found), Numbers(rules=RULES)._pattern
    assert together(joined, pattern, _number_begins(joined.ascii)) == alone(found, pattern)


@given(sentences(), st.sets(st.sampled_from(_NAMES), min_size=1), st.booleans())
def test_terms_of_a_list(found: list[list[Sentence]], names: set[str], exact: bool) -> None:
    gazetteer = Gazetteer([Term(name, "X", name) for name in sorted(names)], exact_short=exact)
    joined = Joined(found)
    expected = [
        (i, span.start, span.end, span.kb_id)
        for i, several in enumerate(found)
        for sentence in several
        for span in gazetteer.predict([sentence])[0]
    ]
    for _ in range(2):  # the second time what was folded is there
        hits = [(hit.document, hit.span("X", None, "t", hit.what[1])) for hit in joined.names(gazetteer)]
        assert [(i, span.start, span.end, span.kb_id) for i, span in hits] == expected


def test_a_batch_makes_its_text_once_and_anew_for_other_sentences() -> None:
    batch = batch_of(Document("Ada left. Bob stayed."), Document("He left."))
    changed = batch.with_spans([(), ()])
    assert changed.joined is batch.joined
    assert batch.joined.text == "Ada left.\0Bob stayed.\0He left.\0"
    other = batch_of(Document("Other."))
    object.__setattr__(other, "_joined", batch._joined)
    assert other.joined.text == "Other.\0"


@given(documents(), st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.sampled_from(LABELS)), max_size=3))
def test_one_hit_overrules_as_several_do(document: Document, given_: list[tuple[int, int, str]]) -> None:
    """As defined, one hit at a time: they do not overlap each other."""
    hits = [Span(start, start + length, label, 0.9, "hit") for start, length, label in sorted(given_)]
    hits = [hit for i, hit in enumerate(hits) if all(hit.start >= other.end for other in hits[:i])]
    spans = document.spans
    for group in [hits[:1], hits] if hits else [hits]:
        within = {s for s in spans if any(_inside(h, s) for h in group)}
        kept = [s for s in spans if s in within or not any(s.overlaps(h) for h in group)]
        taken = [h for h in group if not any(h.overlaps(s) for s in within)]
        assert sorted(overrule(spans, group), key=_whole) == sorted([*kept, *taken], key=_whole)
    flat = all(a.end <= b.start for a, b in pairwise(spans))
    if hits and flat:
        after = overrule(spans, hits[:1])
        assert list(after) == sorted(after, key=position_of)


def _inside(hit: Span, span: Span) -> bool:
    return span.start <= hit.start and hit.end <= span.end and (hit.start, hit.end) != (span.start, span.end)


def _whole(span: Span) -> tuple[int, int, str, str]:
    return span.start, span.end, span.label, repr(span)


_TEXTS = st.lists(
    st.sampled_from(
        [*("Internal Revenue Service", " (IRS)", "IRS", "IRS.", ".", " ", "&", "-", "(“U.S.”)", "U.S.", "U.S"),
         *("United States", "A", "_", "e\u0301", "(R&D) ", "Research and Development")]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(_TEXTS)
def test_definitions_are_looked_for_as_in_a_list_of_words(text: str) -> None:
    names = re.finditer("Internal Revenue Service|United States|Research and Development", text)
    spans = tuple(Span(match.start(), match.end(), "ORG", 0.9) for match in names)
    found = {(span.start, span.end, span.text) for span in _defined(text, spans)}
    assert found == set(_among_words(text, spans))


def _among_words(text: str, spans: Spans) -> Iterator[tuple[int, int, str]]:
    known = set()
    for span in spans:
        match = acronyms._DEFINED.match(text, span.end)
        if match and acronyms._stands_for(match[1], text[span.start : span.end]):
            known.add(match[1])
    for word in acronyms._WORD.finditer(text):
        for surface in {word.group(), word.group() + text[word.end() : word.end() + 1]} & known:
            yield word.start(), word.start() + len(surface), surface

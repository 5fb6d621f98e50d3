"""Tag schemes: encode, decode, validate, repair and detect, over all small inputs."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.errors import InputError
from livener.tagging.schemes import SCHEMES, TagSet, decode, detect, encode, repair, validate

LABELS = ("PER", "ORG-x")


@st.composite
def flat_spans(draw: st.DrawFn) -> tuple[int, list[tuple[int, int, str]]]:
    """A sentence length and spans in it that do not overlap, adjacent ones of one label among them."""
    spans, position = [], 0
    for gap, size, label in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(LABELS)), max_size=8)
    ):
        spans.append((position + gap, position + gap + size, label))
        position += gap + size
    return position + draw(st.integers(0, 2)), spans


@pytest.mark.parametrize("scheme", SCHEMES)
@given(sentence=flat_spans())
def test_decode_undoes_encode(scheme: str, sentence: tuple[int, list[tuple[int, int, str]]]) -> None:
    length, spans = sentence
    assert decode(encode(spans, length, scheme), scheme) == (spans, [])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_encode_undoes_decode_for_every_legal_tag_sequence(scheme: str) -> None:
    tagset = TagSet(["A", "B"], scheme)
    legal = [tags for tags in product(tagset.tags, repeat=3) if not validate(tags, scheme)]
    assert legal
    for tags in legal:
        spans, _ = decode(tags, scheme, strict=True)
        assert encode(spans, len(tags), scheme) == list(tags)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_repair_gives_legal_tags_and_leaves_legal_ones_alone(scheme: str) -> None:
    tagset = TagSet(["A", "B"], scheme)
    for tags in product(tagset.tags, repeat=3):
        repaired = repair(tags, scheme)
        assert validate(repaired, scheme) == []
        if not validate(tags, scheme):
            assert repaired == list(tags)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_transition_arrays_say_what_validate_says(scheme: str) -> None:
    tagset = TagSet(["A", "B"], scheme)
    for tags in product(range(len(tagset.tags)), repeat=3):
        by_arrays = (
            tagset.starts[tags[0]]
            and tagset.allowed[tags[0], tags[1]]
            and tagset.allowed[tags[1], tags[2]]
            and tagset.stops[tags[2]]
        )
        assert by_arrays == (not validate([tagset.tags[i] for i in tags], scheme))


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        (["I-PER", "I-PER"], [(0, 2, "PER")]),
        (["B-PER", "B-PER"], [(0, 1, "PER"), (1, 2, "PER")]),
        (["O", "I-PER", "I-ORG"], [(1, 2, "PER"), (2, 3, "ORG")]),
        (["E-PER", "S-PER"], [(0, 1, "PER"), (1, 2, "PER")]),
    ],
)
def test_illegal_continuations_begin_a_span(tags: list[str], spans: list[tuple[int, int, str]]) -> None:
    scheme = detect([tags])
    assert decode(tags, scheme if scheme != "IOB1" else "BIO")[0] == spans


def test_strict_names_the_first_offence() -> None:
    with pytest.raises(InputError, match=r"token 1: 'I-PER' after 'O' is not legal in BIO"):
        decode(["O", "I-PER"], "BIO", strict=True)


@pytest.mark.parametrize("tag", ["PER", "X-PER", "B-", "-PER", "BPER", "o"])
def test_what_is_no_tag_is_refused(tag: str) -> None:
    with pytest.raises(InputError, match="is not a tag"):
        decode([tag], "BIO")


@pytest.mark.parametrize("spans", [[(0, 2, "A"), (1, 3, "A")], [(0, 0, "A")], [(2, 1, "A")], [(0, 9, "A")]])
def test_encode_refuses_what_it_cannot_hold(spans: list[tuple[int, int, str]]) -> None:
    with pytest.raises(InputError, match="token span"):
        encode(spans, 4, "BIO")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_detect_finds_the_scheme_of_a_file_that_shows_it(scheme: str) -> None:
    spans = [(0, 1, "A"), (1, 3, "A"), (4, 7, "B")]
    assert detect([encode(spans, 8, scheme)]) == scheme


def test_unknown_scheme_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"IOB1 \| BIO"):
        TagSet(["A"], "BIX")

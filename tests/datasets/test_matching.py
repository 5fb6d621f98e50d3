"""Which documents of several files are the same text."""

import pytest

from livener.datasets import match
from livener.errors import InputError
from livener.text import Document


def ids(found: list[dict[str, Document]]) -> list[dict[str, str]]:
    return [{name: document.id for name, document in one.items()} for one in found]


def test_by_id_then_by_text_then_alone() -> None:
    ann = [Document("Same.", "1"), Document("Same.", "2"), Document("Only Ann.", "3")]
    bob = [Document("Only Bob."), Document("Same.", "2"), Document("Same.", "other")]
    assert ids(match({"Ann": ann, "Bob": bob})) == [
        {"Ann": "1", "Bob": "other"},
        {"Ann": "2", "Bob": "2"},
        {"Ann": "3"},
        {"Bob": ""},
    ]


def test_the_second_of_two_equal_texts_belongs_to_the_second() -> None:
    ann, bob = [Document("Same."), Document("Same.")], [Document("Same.")] * 3
    found = match({"Ann": ann, "Bob": bob})
    assert [sorted(one) for one in found] == [["Ann", "Bob"], ["Ann", "Bob"], ["Bob"]]


def test_a_third_file_finds_the_id_that_only_the_second_brought() -> None:
    found = match({"Ann": [Document("One.")], "Bob": [Document("One.", "b1")], "Cy": [Document("One.", "b1")]})
    assert ids(found) == [{"Ann": "", "Bob": "b1", "Cy": "b1"}]


def test_one_id_for_two_texts_or_twice_in_a_file_is_refused() -> None:
    with pytest.raises(InputError, match=r"Bob: document '1' has another text than that of Ann"):
        match({"Ann": [Document("One.", "1")], "Bob": [Document("Two.", "1")]})
    with pytest.raises(InputError, match=r"Ann: document '1' occurs twice"):
        match({"Ann": [Document("One.", "1"), Document("Two.", "1")]})

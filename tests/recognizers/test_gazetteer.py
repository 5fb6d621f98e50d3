"""The gazetteer: what it finds, what it refuses, and that it equals the definition on random texts."""

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.errors import InputError
from livener.recognizers.base import Recognizer
from livener.recognizers.gazetteer import Gazetteer, Term, read_terms
from livener.recognizers.gazetteer.folding import fold
from livener.text import Document, Sentence, Span


def found(gazetteer: Gazetteer, text: str) -> list[Span]:
    [spans] = gazetteer.predict([Sentence(text, [], Document(text))])
    assert all(span.text == text[span.start : span.end] for span in spans)
    return spans


def names(*terms: str, **options: bool) -> Gazetteer:
    return Gazetteer([Term(term, "NAME", term) for term in terms], **options)


@pytest.mark.parametrize(
    ("terms", "text", "expected"),
    [
        (["New York", "New York City"], "New York City and New York Cityscape", ["New York City", "New York"]),
        (["New York City", "York City Council"], "New York City Council", ["New York City"]),
        (["York", "a b c d"], "a b c York", ["York"]),
        (["Straße"], "STRASSE, Strasse, straße, strass, straßen", ["STRASSE", "Strasse", "straße"]),
        (["Strasse"], "eine Straße!", ["Straße"]),
        (["stras"], "eine Straße", []),
        (["İstanbul"], "istanbul İSTANBUL I\u0307stanbul", ["istanbul", "İSTANBUL", "I\u0307stanbul"]),
        (["Café Noir"], "CAFE NOIR, cafe\u0301 noir", ["CAFE NOIR", "cafe\u0301 noir"]),
        (["Lodz", "Aeroskobing"], "Łódź und Ærøskøbing", ["Łódź", "Ærøskøbing"]),
        (["O'Brien", "Coca-Cola"], "O’Brien drank Coca‑Cola", ["O’Brien", "Coca‑Cola"]),
        (["Yahoo!", "AT&T", ".NET", "C++"], "Yahoo! AT&T, (.NET) c++; C++", ["Yahoo!", "AT&T", ".NET", "C++"]),
        (["東京", "東京都"], "私は東京都と東京に行く", ["東京都", "東京"]),
        (["Acme Corp"], "Acme\u00a0Corp, Acme\nCorp, Acme Corps", ["Acme\u00a0Corp", "Acme\nCorp"]),
        (["Acme"], "Acme™ 🙂Acme🙂 Acme_ xAcme Acme1", ["Acme", "Acme", "Acme"]),
        (["नमस्ते"], "नमस्ते नमस्तेा", ["नमस्ते"]),
    ],
)
def test_finds_whole_words_leftmost_longest_whatever_the_case(
    terms: list[str], text: str, expected: list[str]
) -> None:
    assert [span.text for span in found(names(*terms), text)] == expected


def test_short_terms_and_capitals_match_only_as_written() -> None:
    text = "IT it It, nasa NASA, Nasa nato NATO"
    assert [span.text for span in found(names("IT", "NASA", "Nato"), text)] == ["IT", "NASA", "nato", "NATO"]
    assert len(found(names("IT", "NASA", "Nato", exact_short=False), text)) == 8


def test_an_exact_term_leaves_room_for_another_with_the_same_letters_and_for_a_shorter_one() -> None:
    gazetteer = Gazetteer([Term("US", "GPE", "1"), Term("Us", "FILM", "2"), Term("about US", "X", "3")])
    assert [span.kb_id for span in found(gazetteer, "US, Us, us, About us")] == ["1", "2", "3"]
    assert [span.text for span in found(names("New", "NEW YORK", exact_short=True), "New York, NEW YORK")] == [
        "New",
        "NEW YORK",
    ]


def test_the_first_of_equal_terms_wins() -> None:
    [span] = found(Gazetteer([Term("Jordan", "GPE", "Q810"), Term("jordan", "PERSON")]), "Jordan")
    assert span == Span(0, 6, "GPE", 0.9, "gazetteer", "Q810")


def test_case_and_accents_can_count() -> None:
    text = "Zoe zoe Zoé Zoe\u0301"
    assert [s.text for s in found(names("Zoe", exact_short=False, ignore_case=False), text)] == [
        "Zoe",
        "Zoé",
        "Zoe\u0301",
    ]
    assert [s.text for s in found(names("Zoe", exact_short=False, ignore_accents=False), text)] == ["Zoe", "zoe"]


def test_sentences_are_searched_apart_and_spans_are_in_document_offsets() -> None:
    document = Document("New York. York New. New\nYork")
    sentences = [Sentence("New York.", [], document), Sentence("York New.", [], document, start=10)]
    sentences += [Sentence("New", [], document, start=20), Sentence("York", [], document, start=24)]
    spans = names("New York").predict(sentences)
    assert [[(span.start, span.end) for span in some] for some in spans] == [[(0, 8)], [], [], []]
    many = [Sentence("in New York", [], document := Document("in New York"))] * 100_000  # more than one batch
    assert [len(some) for some in names("New York").predict(many)] == [1] * 100_000


def test_a_long_text_of_one_terms_beginnings_takes_linear_time() -> None:
    assert found(names("a " * 140 + "b"), "a " * 100_000) == []
    assert found(names("a" * 300), "a" * 1_000_000) == []


LETTERS = st.text(st.sampled_from("aAbßsé\u0301 İi'’東x.\0🙂"), max_size=12)


@given(st.lists(LETTERS.map(lambda text: " ".join(text.replace("\0", "").split())).filter(bool), max_size=6), LETTERS)
def test_equals_the_definition(terms: list[str], text: str) -> None:
    spans = found(names(*terms, exact_short=False), text)
    assert [(span.start, span.end) for span in spans] == by_definition(terms, text)


def by_definition(terms: list[str], text: str) -> list[tuple[int, int]]:
    def folded(part: str) -> str:
        return "".join(map(chr, fold(part).folded))

    def boundary(place: int) -> bool:
        before, after = text[:place].rstrip("\u0301")[-1:], text[place : place + 1]
        return after != "\u0301" and not (before.isalnum() and after.isalnum() and "東" not in before + after)

    known = {folded(term) for term in terms} - {""}
    known = {term for term in known if term == term.strip()}
    result, start = [], 0
    while start < len(text):
        ends = [
            end
            for end in range(len(text), start, -1)
            if boundary(start) and boundary(end) and folded(text[start:end]) in known
        ]
        if ends:
            result.append((start, ends[0]))
        start = ends[0] if ends else start + 1
    return result


def test_saved_loaded_and_pickled_it_finds_the_same(tmp_path: Path) -> None:
    gazetteer = Gazetteer([Term('The "Quoted', "X"), Term("Łódź", "GPE", "Q1"), Term("US", "GPE")], score=0.7)
    text = 'the "quoted LODZ us US'
    gazetteer.save(tmp_path)
    for twin in (Gazetteer.load(tmp_path), pickle.loads(pickle.dumps(gazetteer))):
        assert found(twin, text) == found(gazetteer, text)
        assert twin.labels == ("GPE", "X")
    assert isinstance(gazetteer, Recognizer)
    assert len(found(gazetteer, text)) == 3


def test_nothing_in_nothing_out() -> None:
    assert names("a").predict([]) == []
    assert found(names("a"), "") == []
    assert found(names(), "some text") == []


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        ("csv", 'aliases,term,id,label\n"IBM|Big Blue","International, Business",Q37,ORG\n\nParis|,Paris,,GPE\n'),
        ("tsv", "term\tlabel\tid\taliases\nInternational, Business\tORG\tQ37\tIBM|Big  Blue\nParis\tGPE\t\tParis\n"),
        (
            "jsonl",
            '{"term": "International, Business", "label": "ORG", "id": "Q37", "aliases": ["IBM", "Big Blue"]}\n\n'
            '{"term": "Paris", "label": "GPE", "aliases": ["Paris"]}\n',
        ),
    ],
)
def test_reads_term_lists(tmp_path: Path, ending: str, content: str) -> None:
    path = tmp_path / f"terms.{ending}"
    path.write_text("\ufeff" + content, encoding="utf-8")
    assert list(read_terms(path)) == [
        Term("International, Business", "ORG", "Q37"),
        Term("IBM", "ORG", "Q37"),
        Term("Big Blue", "ORG", "Q37"),
        Term("Paris", "GPE"),
        Term("Paris", "GPE"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "a.csv:1: no column 'term'"),
        ("a.csv", b"term,lable\nx,y\n", "a.csv:1: unknown column 'lable'"),
        ("a.csv", b"term,label\nx,Y\nz\n", "a.csv:3: 1 columns"),
        ("a.csv", b"term,label\nx,Y\n ,Y\n", "a.csv:3: an empty term"),
        ("a.csv", b"term,label\nx,Y\nz,\n", "a.csv:3: term 'z' has no label"),
        ("a.csv", b'term,label\nx,Y\n"z,Y\n', "a.csv:3: not a table"),
        ("a.tsv", b"term\tlabel\n\xff\tY\n", "a.tsv: after line 0: not UTF-8"),
        ("a.tsv", b"term\tlabel\na\0b\tY\n", "a.tsv:2: a NUL character"),
        ("a.jsonl", b'{"term": "x", "label": "Y"}\n{"term"\n', "a.jsonl:2: not JSON"),
        ("a.jsonl", b'{"term": 3}\n', "a.jsonl:1: a value of the wrong type"),
        ("a.jsonl", b"[]\n", "a.jsonl:1: not a term"),
        ("a.txt", b"x\n", "a.txt: not a term list"),
    ],
)
def test_wrong_term_lists_are_refused_with_file_and_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as error:
        list(read_terms(tmp_path / name))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_settings(tmp_path: Path) -> None:
    path = tmp_path / "firms.csv"
    path.write_text("term\nAcme\nIT\n")
    gazetteer = Gazetteer.create({"files": str(path), "label": "ORG", "exact_short": False, "score": 1})
    assert [(span.label, span.score) for span in found(gazetteer, "acme it")] == [("ORG", 1), ("ORG", 1)]
    for settings, message in (
        ({"file": str(path)}, "no setting 'file' (expected files)"),
        ({}, "no term list"),
        ({"files": str(path), "label": "X", "score": "high"}, "setting score is 'high' (expected a float)"),
        ({"files": [str(tmp_path / "none.csv")]}, "none.csv: cannot be read"),
    ):
        with pytest.raises(InputError) as error:
            Gazetteer.create(settings)
        assert message in str(error.value)
    with pytest.raises(InputError, match="1 to 300 characters"):
        names("x" * 301)

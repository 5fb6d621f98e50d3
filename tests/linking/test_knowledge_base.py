"""Building a knowledge base, and finding what a name may mean."""

import bz2
import json
import pickle
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.errors import InputError
from livener.linking import Entity, KnowledgeBase, Linker, Mention, read_entities
from livener.linking.names import clipped, fold_name, fuzzy_keys
from livener.recognizers.crf.vectors import WordVectors
from livener.text import Span


@pytest.mark.parametrize(
    ("name", "identity", "kind"),
    [
        ("Paris", "Q90", "exact"),
        ("PARIS", "Q90", "folded"),
        ("the city of light", "Q90", "folded"),
        ("#CityOfLight", "Q90", "folded"),
        ("Zurich", "Q72", "folded"),
        ("中国", "Q148", "exact"),
        ("NYC", "Q60", "acronym"),
        ("U.S.N.", "Q11220", "acronym"),
        ("Obama", "Q76", "part"),
        ("United States", "Q11220", "part"),
        ("Barack Obama the President", "Q76", "part"),
        ("Züri.", "Q72", "part"),
        ("BarOb", "Q76", "part"),
        ("Barack", "Q76", "part"),
        ("Hilty", "Q47899", "part"),
        ("Barak Obama", "Q76", "fuzzy"),
        ("Barack Obamas", "Q76", "fuzzy"),
        ("Unitde States Navy", "Q11220", "fuzzy"),
    ],
)
def test_names_are_found(kb: KnowledgeBase, name: str, identity: str, kind: str) -> None:
    first = kb.candidates(name)[0]
    assert (first.id, first.kind) == (identity, kind)


@given(st.lists(st.text("abcd", min_size=1, max_size=6), min_size=1, max_size=4), st.text("abcdyies", max_size=9))
def test_clipped_names_by_brute_force(words: list[str], short: str) -> None:
    endings = ("", *(letter + ending for letter in ("", *"abcdyies") for ending in ("y", "ie", "ey", "s", "o", "er")))
    if len(words) == 1:
        beginnings = [words[0][:n] for n in range(4, len(words[0]) + 1)]
        expected = len(short) <= len(words[0]) and any(b + e == short for b in beginnings for e in endings)
    else:
        pieces = [[word[:n] for n in range(3 if i == 0 else 1, len(word) + 1)] for i, word in enumerate(words)]
        expected = short in map("".join, product(*pieces))
    assert clipped(short, " ".join(words)) == expected


@pytest.mark.parametrize("name", ["", "!!!", "Xyzzyx", "\0", "a" * 100_000, "a " * 100_000])
def test_what_is_not_there_is_not_found(kb: KnowledgeBase, name: str) -> None:
    assert kb.candidates(name) == []


def test_the_commonest_comes_first_and_each_once(kb: KnowledgeBase) -> None:
    assert [one.id for one in kb.candidates("Paris")] == ["Q90", "Q830149"]
    assert [one.id for one in kb.candidates("Paris", limit=1)] == ["Q90"]
    names = ["Paris", "paris", "nothing", "Paris"]
    many = kb.candidates_of(names)
    assert [len(found) for found in many] == [2, 2, 0, 2]
    assert many == [kb.candidates(name) for name in names]


def test_mentions_add_names_counts_and_context(tmp_path: Path) -> None:
    entities = [Entity("a", "Ada"), Entity("b", "Bo", ("Ada",))]
    mentions = [Mention("Ada", "b", ("sings",)), Mention("Ada", "b", ("sings", "loud")), Mention("Bobo", "b")]
    kb = KnowledgeBase.build(tmp_path / "kb", entities, mentions=mentions)
    first, second = kb.candidates("Ada")
    assert (first.id, first.uses, first.context) == ("b", 2.0, {"sings": 2, "loud": 1})
    assert (second.id, second.uses, second.context) == ("a", 0.0, {})
    assert kb.candidates("Bobo")[0].id == "b"
    kb.close()


def test_a_knowledge_base_goes_to_another_process(kb: KnowledgeBase) -> None:
    again = pickle.loads(pickle.dumps(kb))
    assert again.candidates("Paris") == kb.candidates("Paris")
    again.close()


def test_an_empty_one(tmp_path: Path) -> None:
    kb = KnowledgeBase.build(tmp_path / "kb", [])
    assert kb.candidates("Paris") == []
    kb.close()


def test_what_cannot_be_built_leaves_nothing(tmp_path: Path) -> None:
    ada = Entity("a", "Ada")
    with pytest.raises(InputError, match="occurs twice, such as 'a'"):
        KnowledgeBase.build(tmp_path / "kb", [ada, Entity("b", "Bo"), ada])
    with pytest.raises(InputError, match="means 'x', which is no entity"):
        KnowledgeBase.build(tmp_path / "kb", [ada], mentions=[Mention("X", "x")])
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "kb").mkdir()
    with pytest.raises(InputError, match="exists already"):
        KnowledgeBase.build(tmp_path / "kb", [ada])
    with pytest.raises(InputError, match="no knowledge base"):
        KnowledgeBase(tmp_path / "kb")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_folding_twice_changes_nothing(name: str) -> None:
    folded = fold_name(name)
    assert folded == fold_name(folded) or folded.startswith("the ")


@given(st.text("abc ", min_size=2, max_size=24), st.data())
def test_names_one_edit_apart_share_a_key(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from("abcd"))
    edited = data.draw(
        st.sampled_from([name[:place] + letter + name[place + 1 :], name[:place] + letter + name[place:]])
    )
    keys, owners = fuzzy_keys([name, edited])
    first, second = ({int(key) for key, owner in zip(keys, owners, strict=True) if owner == i} for i in (0, 1))
    assert first & second


def test_readers(tmp_path: Path) -> None:
    wanted = [Entity("Q1", "Ada", ("Countess", "A."), "PER", "a “writer”", 7.0), Entity("Q2", "Bo")]
    table = "id,name,aliases,type,description,popularity\nQ1,Ada,Countess|A.,PER,a “writer”,7\nQ2,Bo,,,,\n"
    (tmp_path / "a.csv").write_text(table)
    (tmp_path / "a.tsv").write_text(table.replace(",", "\t"))
    ada = {"id": "Q1", "name": "Ada", "aliases": ["Countess", "A."], "type": "PER"}
    rows = [ada | {"description": "a “writer”", "popularity": 7}, {"id": "Q2", "name": "Bo"}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    for name in ("a.csv", "a.tsv", "a.jsonl"):
        assert list(read_entities(tmp_path / name)) == wanted


def test_a_wikidata_dump(tmp_path: Path) -> None:
    paris = {
        "type": "item",
        "id": "Q90",
        "labels": {"en": {"value": "Paris"}, "de": {"value": "Paris (de)"}},
        "aliases": {"en": [{"value": "City of Light"}]},
        "descriptions": {"en": {"value": "capital of France"}},
        "claims": {"P31": [{"mainsnak": {"datavalue": {"value": {"id": "Q515"}}}}]},
        "sitelinks": {"enwiki": {}, "dewiki": {}},
    }
    other = [{"type": "property", "id": "P31"}, {"type": "item", "id": "Q1", "labels": {}}]
    lines = ",\n".join(map(json.dumps, [paris, *other]))
    with bz2.open(tmp_path / "dump.json.bz2", "wt") as file:
        file.write(f"[\n{lines}\n]\n")
    assert list(read_entities(tmp_path / "dump.json.bz2")) == [
        Entity("Q90", "Paris", ("City of Light",), "Q515", "capital of France", 2.0)
    ]
    assert next(read_entities(tmp_path / "dump.json.bz2", language="de")).name == "Paris (de)"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "", "not a knowledge base"),
        ("a.csv", "name\nAda\n", "a.csv:1: wrong columns"),
        ("a.csv", "id,name\nQ1\n", "a.csv:2: 1 columns"),
        ("a.csv", "id,name\nQ1,\n", "a.csv:2: an entity without id or name"),
        ("a.csv", 'id,name\nQ1,"x\n', "not a table"),
        ("a.csv", "id,name,popularity\nQ1,x,-3\n", "popularity '-3'"),
        ("a.csv", "id,name,popularity\nQ1,x,many\n", "popularity 'many'"),
        ("a.jsonl", "{", "a.jsonl:1: not JSON"),
        ("a.jsonl", "[]", "not an entity"),
        ("a.jsonl", '{"id": 1, "name": "x"}', "wrong type"),
        ("a.jsonl", '{"id": "1", "name": "x", "aliases": "y"}', "wrong type"),
        ("a.jsonl", '{"id": "1", "name": "x", "kind": "y"}', "unknown key 'kind'"),
        ("a.json.gz", "[", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        list(read_entities(tmp_path / name))
    with pytest.raises(InputError, match="cannot be read"):
        list(read_entities(tmp_path / f"no-{name}" if name != "a.txt" else tmp_path / "no.csv"))


def test_a_name_like_no_other_is_looked_up_by_its_meaning(tmp_path: Path) -> None:
    pieces = ["city", "light", "glow", "town", "rodeo", "navy", "fleet", "paris", "capital"]
    table = np.eye(len(pieces), 6)[[0, 1, 1, 0, 2, 3, 3, 4, 5]] + 0.01
    words = WordVectors.from_table(pieces, table, dimensions=6)
    entities = [Entity("Q90", "Paris", description="city light"), Entity("Q9", "Navy"), Entity("Q7", "Xyz")]
    kb = KnowledgeBase.build(tmp_path / "kb", entities, vectors=words)
    try:
        for name, identity in (("town glow", "Q90"), ("Fleet", "Q9")):
            (found, *_) = kb.candidates(name)
            assert (found.id, found.kind) == (identity, "meaning")
            assert 0.6 <= found.similarity <= 1.0
        assert kb.candidates("Paris")[0].kind == "exact"
        assert kb.candidates("qqq") == []
        again = pickle.loads(pickle.dumps(kb))
        assert again.candidates("Fleet") == kb.candidates("Fleet")
        again.close()
        [[link]] = Linker(kb).link(["The Navy left."], [[Span(4, 8, "ORG")]])
        assert link
        assert link.id == "Q9"
    finally:
        kb.close()

"""The classifier of domains, the stage that uses it, and engines of domains."""

from pathlib import Path

import numpy as np
import pytest

from livener.demo import sample
from livener.errors import InputError
from livener.pipeline import Batch, load
from livener.pipeline.domains import UNKNOWN, Domains, train
from livener.pipeline.stages.domain import DomainGate
from livener.text import Document

FIRMS = ("Acme", "Globex", "Initech", "Hooli", "Umbrella")
PLACES = ("Oslo", "Lima", "Cairo", "Quito")


def news(n: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [
        f"Shares of {rng.choice(FIRMS)} rose {rng.integers(1, 9)} percent on Monday after the company in "
        f"{rng.choice(PLACES)} reported a higher profit, {rng.choice(['analysts', 'officials', 'traders'])} said."
        for _ in range(n)
    ]


def law(n: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [
        f"The {rng.choice(['Lessee', 'Borrower', 'Licensee'])} shall indemnify {rng.choice(FIRMS)} against any "
        f"liability arising under Section {rng.integers(1, 40)} hereof, {rng.choice(['whereas', 'provided that'])} ."
        for _ in range(n)
    ]


def recipes(n: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [
        f"Whisk {rng.integers(2, 6)} eggs with {rng.choice(['sugar', 'flour', 'butter'])}, fold in cream and bake "
        f"until {rng.choice(['golden', 'firm', 'crisp'])}."
        for _ in range(n)
    ]


def test_known_domains_are_told_apart_and_others_are_unknown() -> None:
    domains = train({"news": news(100), "law": law(100)})
    for texts, name in ((news(40, 1), "news"), (law(40, 1), "law"), (recipes(40), UNKNOWN)):
        assert sum(one.name == name for one in domains(texts)) >= 36, name


def test_other_text_is_a_class_of_its_own() -> None:
    alone, taught = train({"news": news(100)}), train({"news": news(100)}, other=law(100))
    unknown = [np.mean([one.unknown for one in gate(law(40, 1))]) for gate in (alone, taught)]
    assert unknown[1] > 0.9
    assert np.mean([one.unknown for one in taught(news(40, 1))]) < 0.1


def test_saved_and_loaded_it_says_the_same_and_holds_no_pickle(tmp_path: Path) -> None:
    domains = train({"news": news(60), "law": law(60)}, other=recipes(60))
    domains.save(tmp_path / "d")
    texts = [*news(5, 2), *law(5, 2), *recipes(5, 2), "", "🎉"]
    assert Domains.load(tmp_path / "d")(texts) == domains(texts)
    assert {path.name for path in (tmp_path / "d").iterdir()} == {"domains.json", "domains.npz"}
    (tmp_path / "d" / "domains.npz").write_bytes(b"PK")
    with pytest.raises(InputError, match="no classifier of domains"):
        Domains.load(tmp_path / "d")


def test_what_cannot_be_learned_is_refused() -> None:
    for known, problem in (({}, "no domain"), ({"news": news(3)}, "3 texts"), ({"unknown": news(30)}, "called")):
        with pytest.raises(InputError, match=problem):
            train(known)


def test_the_stage_marks_and_refuses(tmp_path: Path) -> None:
    train({"news": news(100), "law": law(100)}).save(tmp_path / "d")
    documents = [
        Document(news(1, 3)[0]),
        Document(law(1, 3)[0]),
        Document(recipes(1)[0]),
        Document("?", meta={"domain": "law"}),
    ]
    batch = Batch(documents, [(document.text, None) for document in documents])
    marked = DomainGate(tmp_path / "d")(batch)
    assert [marked.notes[i]["domain"] for i in range(4)] == ["news", "law", UNKNOWN, "law"]
    assert list(marked.texts) == list(batch.texts)
    refused = DomainGate(tmp_path / "d", refuse=(UNKNOWN, "law"))(batch)
    assert [bool(text) for text, _ in refused.texts] == [True, False, False, False]
    assert [refused.notes[i].get("gate") for i in range(3)] == [None, "domain law", "domain unknown"]
    with pytest.raises(InputError, match="no domain 'laws'"):
        DomainGate(tmp_path / "d", refuse=("laws",))


def test_each_domain_goes_to_an_engine_of_its_own(tmp_path: Path) -> None:
    price = " It costs $5."
    known = {"news": [text + price for text in news(100)], "law": [text + price for text in law(100)]}
    train(known).save(tmp_path / "domains")
    segment = "".join(f'[[stage]]\nuse = "{name}"\n\n' for name in ("normalise", "split", "tokenise"))
    (tmp_path / "pipeline.toml").write_text(
        segment
        + '[[stage]]\nuse = "domain"\nclassifier = "domains"\n\n'
        + '[[stage]]\nuse = "recognise"\nengines = ["patterns"]\ndomains = ["news", "unknown"]\n\n'
        + '[[stage]]\nuse = "recognise"\nengines = ["patterns"]\ndomains = []\n',
        encoding="utf-8",
    )
    version = load(tmp_path / "pipeline.toml").version
    text = (tmp_path / "pipeline.toml").read_text(encoding="utf-8").rpartition("[[stage]]")[0]
    (tmp_path / "pipeline.toml").write_text(text, encoding="utf-8")
    nlp = load(tmp_path / "pipeline.toml")
    assert nlp.version != version
    found = list(nlp.pipe([news(1, 3)[0] + price, law(1, 3)[0] + price]))
    assert [document.meta["domain"] for document in found] == ["news", "law"]
    assert [any(span.label == "MONEY" for span in document.spans) for document in found] == [True, False]


def test_forty_short_texts_tell_what_is_usual() -> None:
    """News and contracts that were written for livener, with the same names in both."""
    texts = {
        (kind, split): [one.text for one in sample(split) if one.meta["kind"] == kind]
        for kind in ("news", "contract")
        for split in ("train", "dev", "test")
    }
    domains = train({"news": texts["news", "train"]})

    def flagged(kind: str, *splits: str) -> float:
        found = domains([text for split in splits for text in texts[kind, split]])
        return sum(one.name == UNKNOWN for one in found) / len(found)

    assert flagged("news", "dev", "test") < 0.1
    assert flagged("contract", "train", "dev", "test") > 0.35

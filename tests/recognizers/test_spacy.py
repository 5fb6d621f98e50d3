"""spaCy's pipelines as recognizers, its entity recognizer trained here, and livener inside spaCy."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from tests.recognizers.samples import marked, news, sentences

from livener.errors import InputError
from livener.learning import train
from livener.recognizers.spacy import Spacy, doc_bin
from livener.text import Document, Span

spacy = pytest.importorskip("spacy", reason="needs the extra spacy")

DEV = news(20, skip=7)


@pytest.fixture(scope="module")
def model() -> Spacy:
    model = Spacy.create({"epochs": 15, "batch": 4})
    model.fit(news(60), DEV, seed=3)
    return model


def test_it_learns_the_samples_and_says_how_often_a_label_is_right(model: Spacy) -> None:
    wanted = [[(s.start, s.end, s.label) for s in one.document.spans] for one in DEV]
    found = [[(s.start, s.end, s.label) for s in spans] for spans in model.predict(DEV)]
    assert sum(map(list.__eq__, wanted, found)) / len(DEV) > 0.7
    assert model.labels == ("LOC", "ORG", "PER")
    assert all(0.5 < model.precision[label] < 1.0 for label in model.labels)


def test_any_pipeline_is_a_recognizer_over_our_tokens(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "ORG", "pattern": "Acme Corp.", "id": "Q1"}])
    nlp.to_disk(tmp_path / "rules")
    model = Spacy.create({"pipeline": str(tmp_path / "rules")})
    assert model.labels == ("ORG",)
    [sentence] = sentences("Ann joined Acme Corp. today")
    [[span]] = model.predict([sentence])
    assert (span.text, span.label, span.score, span.source) == ("Acme Corp.", "ORG", None, "spacy")


def test_what_is_not_known_is_left_open() -> None:
    model = Spacy.create({"epochs": 8, "batch": 4})
    partial = [marked("[Ann](PER) met Kay in Oslo .", complete=False)] * 3
    model.fit([*news(40), *sentences(*partial)], [], seed=1)
    assert model.predict(sentences("Ann Lee joined Shell in Oslo ."))[0]


def test_spacy_trains_on_what_is_written(tmp_path: Path) -> None:
    from spacy.tokens import DocBin

    documents = [Document("Ann Lee left Oslo .", spans=(Span(0, 7, "PER"), Span(13, 17, "LOC")))]
    (tmp_path / "train.spacy").write_bytes(doc_bin(documents))
    [doc] = DocBin().from_disk(tmp_path / "train.spacy").get_docs(spacy.blank("en").vocab)
    assert [(entity.text, entity.label_) for entity in doc.ents] == [("Ann Lee", "PER"), ("Oslo", "LOC")]
    assert doc.text == "Ann Lee left Oslo ."


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match="no pipeline 'xx_none'"):
        Spacy.create({"pipeline": "xx_none"})
    with pytest.raises(InputError, match="out of range"):
        Spacy.create({"epochs": 0})
    with pytest.raises(InputError, match="no sentence with tokens"):
        Spacy.create({}).fit([], [])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    learn = [one.document for one in news(60)]
    return train("crf", learn, learn[::5], out=tmp_path_factory.mktemp("crf") / "m").path


def test_livener_is_a_component_of_spacy(folder: Path) -> None:
    entry = EntryPoint("livener", "livener.pipeline.spacy_component:make", "spacy_factories")
    assert callable(entry.load())
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "DAY", "pattern": "Monday"}])
    nlp.add_pipe("livener", config={"model": str(folder)})
    doc = nlp("Ann Lee  joined Acme Corp.\nin Oslo on Monday.")
    assert [(entity.text, entity.label_) for entity in doc.ents] == [
        ("Ann Lee", "PER"),
        ("Acme Corp.", "ORG"),
        ("Oslo", "LOC"),
        ("Monday", "DAY"),
    ]
    assert len(doc.spans["livener"].attrs["scores"]) == 3
    texts = [f"Ann Lee joined Shell in Oslo on day {i} ." for i in range(40)]
    assert [len(doc.ents) for doc in nlp.pipe(texts)] == [3] * 40
    assert nlp("").ents == ()


def test_the_component_needs_a_model() -> None:
    import livener.pipeline.spacy_component  # noqa: F401

    with pytest.raises(InputError, match="no model is given"):
        spacy.blank("en").add_pipe("livener")


def test_the_entry_point_is_declared() -> None:
    import tomllib

    declared = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert declared["project"]["entry-points"]["spacy_factories"] == {
        "livener": "livener.pipeline.spacy_component:make"
    }

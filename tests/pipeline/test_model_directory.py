"""Saving and loading whole models."""

import json
from pathlib import Path

import pytest

from livener.errors import InputError
from livener.learning import train
from livener.pipeline import Pipeline, load, save
from livener.recognizers.registry import get
from livener.text import Document, Span
from livener.text.normalise import Normaliser
from livener.text.segment import Segmenter

TEXT = "Write to ada@example.org — by 12 May 2024."


@pytest.fixture
def nlp() -> Pipeline:
    return Pipeline(get("patterns")(), info={"seed": 7})


def test_a_saved_pipeline_says_the_same(nlp: Pipeline, tmp_path: Path) -> None:
    save(nlp, tmp_path / "deep" / "m")
    again = load(tmp_path / "deep" / "m")
    assert again(TEXT) == nlp(TEXT)
    assert again(TEXT).spans
    assert again.labels == nlp.labels
    assert again.info["seed"] == 7
    assert again.segmenter.settings() == nlp.segmenter.settings()


def test_the_segmentation_is_part_of_the_model(tmp_path: Path) -> None:
    switched = Segmenter(Normaliser(unicode=None))
    save(Pipeline(get("patterns")(), switched), tmp_path / "m")
    assert load(tmp_path / "m").segmenter.settings() == switched.settings()


def test_an_earlier_model_is_replaced_whole(nlp: Pipeline, tmp_path: Path) -> None:
    save(nlp, tmp_path / "m")
    (tmp_path / "m" / "left-over").touch()
    nlp.info["seed"] = 8
    save(nlp, tmp_path / "m")
    assert load(tmp_path / "m").info["seed"] == 8
    assert not (tmp_path / "m" / "left-over").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_failure_leaves_the_earlier_model(nlp: Pipeline, tmp_path: Path) -> None:
    save(nlp, tmp_path / "m")
    nlp.info["broken"] = object()  # is not JSON
    with pytest.raises(TypeError):
        save(nlp, tmp_path / "m")
    assert load(tmp_path / "m")(TEXT) == nlp(TEXT)
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_other_directories_are_not_touched(nlp: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="other than a model"):
        save(nlp, tmp_path)
    with pytest.raises(InputError, match="is a file"):
        save(nlp, tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "broken"),
        ("[]", "says nothing of"),
        ('{"format": 1}', "recognizer, segmenter"),
        ('{"format": 2, "recognizer": "crf.v1", "segmenter": {}}', "update livener"),
    ],
)
def test_a_broken_model_json(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "model.json").write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        load(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_newer_key_is_kept_and_harmless(nlp: Pipeline, tmp_path: Path) -> None:
    save(nlp, tmp_path / "m")
    file = tmp_path / "m" / "model.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"from the future": [1]}))
    assert load(tmp_path / "m").info["from the future"] == [1]
    assert load(tmp_path / "m")(Document("nothing")).spans == ()


# numpy leaves the file of a broken archive to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_damaged_recognizer_is_input_that_cannot_be_used(tmp_path: Path) -> None:
    ada = Document("Ada left .", spans=(Span(0, 3, "PERSON"),))
    train("crf", [ada], [ada], out=tmp_path / "m")
    for file in (tmp_path / "m" / "recognizer").iterdir():
        whole = file.read_bytes()
        for damage in (b"", b"something else", whole[: len(whole) // 2], whole[:-1] + bytes([whole[-1] ^ 1])):
            file.write_bytes(damage)
            with pytest.raises(InputError, match=f"{file.name}: the recognizer's file is not as it was saved"):
                load(tmp_path / "m")
        file.unlink()
        with pytest.raises(InputError, match=f"{file.name}: the recognizer's file is missing"):
            load(tmp_path / "m")
        file.write_bytes(whole)
    assert load(tmp_path / "m").labels == ("PERSON",)


@pytest.mark.parametrize("change", [{"recognizer": 5}, {"segmenter": 5}, {"files": 5}, {"recognizer": "crf.v1"}])
def test_a_model_json_with_other_values(nlp: Pipeline, tmp_path: Path, change: dict[str, object]) -> None:
    save(nlp, tmp_path / "m")
    file = tmp_path / "m" / "model.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(InputError):
        load(tmp_path / "m")

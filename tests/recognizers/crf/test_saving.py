"""What is written comes back the same, holds no pickle, and is refused in one line where it is damaged."""

import json
from collections.abc import Callable
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pytest
from tests.recognizers.samples import found, news, sentences

import livener
from livener.errors import InputError
from livener.pipeline import Pipeline, save
from livener.recognizers.crf import Crf, WordVectors
from livener.recognizers.registry import get
from livener.text import Document, Span

# numpy leaves the file of a broken archive to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def crf() -> Crf:
    model = Crf.create({"scheme": "BIOES", "class_weights": {"PER": 2.0}, "l1": 0.2})
    model.fit(news(40), news(20, skip=7))
    return model


def again(model: Crf, folder: Path) -> Crf:
    folder.mkdir()
    model.save(folder)
    return Crf.load(folder)


def test_all_that_was_learned_comes_back(crf: Crf, tmp_path: Path) -> None:
    loaded = again(crf, tmp_path / "m")
    texts = [*news(40, skip=3), *sentences("Nobody Unknown met Zoë .")]
    assert loaded.predict(texts) == crf.predict(texts)
    assert loaded.settings == crf.settings
    assert (loaded.labels, loaded.bias, loaded.calibrator) == (crf.labels, crf.bias, crf.calibrator)
    assert (loaded.step_counts == crf.step_counts).all()
    assert 0 < len(loaded.weights) < len(crf.weights)  # features without weight are not written
    assert again(loaded, tmp_path / "again").predict(texts) == crf.predict(texts)


@pytest.mark.parametrize("word", ["Ann\nLee", "Ann\r", "Ann\r\nLee", "Ann\x85", "Ann\u2028Lee", "\x00Ann", '"\\n'])
def test_words_of_any_characters_come_back(word: str, tmp_path: Path) -> None:
    text = f"then {word} left"
    tokens = ((0, 4), (5, 5 + len(word)), (6 + len(word), len(text)))
    examples = sentences(Document(text, spans=(Span(*tokens[1], "PER"),), tokens=tokens))
    model = Crf.create({})
    model.fit(examples * 4, [])
    loaded = again(model, tmp_path / "m")
    assert len(loaded.table.features) == len(loaded.weights)
    assert found(loaded.predict(examples)) == [[(word, "PER")]]
    assert loaded.predict(examples) == model.predict(examples)


def test_nothing_is_pickled(crf: Crf, tmp_path: Path) -> None:
    again(crf, tmp_path / "m")
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == ["crf.json", "features.json", "weights.npz"]
    with np.load(tmp_path / "m" / "weights.npz", allow_pickle=False) as arrays:
        assert {arrays[name].dtype.kind for name in arrays.files} == {"f", "i"}


# What `livener.load` turns into one line.
UNREADABLE = (InputError, ValueError, TypeError, LookupError, EOFError, BadZipFile)
Damage = Callable[[Path], object]
DAMAGES: dict[str, Damage] = {
    "no file": lambda file: file.unlink(),
    "empty": lambda file: file.write_bytes(b""),
    "half": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "one byte short": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "noise": lambda file: file.write_bytes(np.random.default_rng(0).bytes(1000)),
    "a list": lambda file: file.write_text("[1, 2]"),
    "a number": lambda file: file.write_text("7"),
    "a pickle": lambda file: np.save(file.open("wb"), np.array([{}]), allow_pickle=True),
    "a folder": lambda file: (file.unlink(), file.mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["crf.json", "features.json", "weights.npz"])
def test_a_damaged_file_is_one_clear_line(crf: Crf, tmp_path: Path, name: str, damage: str) -> None:
    save(Pipeline(crf), tmp_path / "m")
    DAMAGES[damage](tmp_path / "m" / "recognizer" / name)
    refused(tmp_path / "m")


@pytest.mark.parametrize("name", ["pieces.json", "vectors.npz"])
@pytest.mark.parametrize("damage", ["no file", "half", "a list", "noise"])
def test_damaged_vectors_are_one_clear_line(tmp_path: Path, name: str, damage: str) -> None:
    model = Crf.create({})
    model.fit(news(4), [])
    table = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)
    model.table.vectors = WordVectors.from_table([f"piece{i}" for i in range(300)], table, dimensions=4)
    save(Pipeline(model), tmp_path / "m")
    DAMAGES[damage](tmp_path / "m" / "recognizer" / "vectors" / name)
    refused(tmp_path / "m")


@pytest.mark.parametrize("name", ["features.json", "weights.npz", "crf.json"])
def test_the_file_of_another_model_is_refused(crf: Crf, tmp_path: Path, name: str) -> None:
    """Sizes that do not fit would be read beyond their end by the kernels, which check nothing."""
    other = Crf.create({"scheme": "BIO"})
    other.fit(sentences("[Ann](A) and [Bob](B) met [Eve](C) and [Dan](D) ."), [])
    save(Pipeline(crf), tmp_path / "m")
    save(Pipeline(other), tmp_path / "other")
    (tmp_path / "m" / "recognizer" / name).write_bytes((tmp_path / "other" / "recognizer" / name).read_bytes())
    refused(tmp_path / "m")


@pytest.mark.parametrize("name", ["features.json", "weights.npz", "crf.json"])
def test_a_missing_file_is_named(crf: Crf, tmp_path: Path, name: str) -> None:
    crf.save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=f"{tmp_path}: there is no file {name}"):
        Crf.load(tmp_path)


def test_the_folder_of_another_recognizer_is_refused(crf: Crf, tmp_path: Path) -> None:
    save(Pipeline(get("patterns")()), tmp_path / "m")
    info = json.loads((tmp_path / "m" / "model.json").read_text())
    (tmp_path / "m" / "model.json").write_text(json.dumps(info | {"recognizer": crf.name}))
    refused(tmp_path / "m")


def refused(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        livener.load(folder)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)
    with pytest.raises(UNREADABLE):  # the checksums of a model folder are not all that there is
        Crf.load(folder / "recognizer")

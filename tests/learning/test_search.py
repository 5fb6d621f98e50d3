"""Settings by search, and a student of a teacher."""

import pytest
from tests.learning.test_continuing import DEV, NEW, OLD

from livener.errors import InputError
from livener.learning import taught, train
from livener.text import Document

pytest.importorskip("optuna", reason="needs the extra search")

from livener.learning.search import SPACES, search
from livener.recognizers.registry import get


def test_the_best_of_some_trials_the_defaults_first() -> None:
    found = search("crf", OLD[:12], OLD[12:16], trials=3, fixed={"epochs": 3}, seed=5)
    assert found.trials[0][0] == {"epochs": 3}
    assert found.f1 == max(f1 for _, f1 in found.trials)
    assert found.settings["epochs"] == 3
    again = search("crf", OLD[:12], OLD[12:16], trials=3, fixed={"epochs": 3}, seed=5)
    assert again == found


def test_what_is_tried_are_settings() -> None:
    for name, space in SPACES.items():
        for setting, (kind, values) in space.items():
            value = values[0] if kind == "one of" else sum(values) / 2
            get(name).create({setting: value})  # type: ignore[attr-defined]


def test_what_cannot_be_searched_is_refused() -> None:
    with pytest.raises(InputError, match="nothing is known"):
        search("patterns", OLD, DEV, trials=2)
    with pytest.raises(InputError, match="0 trials"):
        search("crf", OLD, DEV, trials=0)


def test_a_student_learns_what_its_teacher_finds(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("m")
    teacher = train("crf", OLD, OLD[::5], out=folder / "teacher").pipeline
    texts = [Document(one.text) for one in OLD]
    silver = list(taught(teacher, texts))
    assert sum(len(one.spans) for one in silver) > len(OLD)
    assert all(span.score is None for one in silver for span in one.spans)
    student = train("crf", [*OLD[:2], *silver], OLD[::5], out=folder / "student").pipeline
    assert [s.label for s in student(OLD[7]).spans] == ["PER", "LOC"]
    assert len(list(taught(teacher, NEW, least=1.01))) < len(NEW)

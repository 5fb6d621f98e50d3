"""The recognizers by name."""

from importlib import metadata

import pytest

from livener import extensions
from livener.errors import InputError
from livener.recognizers import registry
from livener.recognizers.base import Recognizer, Trainable
from livener.recognizers.crf import Crf
from livener.recognizers.patterns import Patterns

BUILT_IN = ["bilstm_crf", "cascade", "crf", "gazetteer", "llm", "patterns", "spacy", "transformer", "zero_shot"]


def test_every_built_in_name_gives_a_recognizer_of_that_name() -> None:
    assert registry.names() == BUILT_IN
    for name in registry.names():
        found = registry.get(name)
        assert found.name.partition(".")[0] == name
        assert registry.get(found.name) is found
    assert issubclass(registry.get("crf"), Crf)


def test_the_protocols_hold() -> None:
    assert isinstance(Crf.create({}), Trainable)
    assert isinstance(Patterns(), Recognizer)
    assert not isinstance(Patterns(), Trainable)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("crff", r"no recognizer 'crff' \(expected 'crf'\)"),
        ("zzz", r"crf \| gazetteer \| llm \| patterns"),
        ("crf.v9", r"has crf.v1, not crf.v9"),
        ("crf.", r"has crf.v1, not crf\."),
        ("", "no recognizer ''"),
    ],
)
def test_what_is_not_there_is_refused(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        registry.get(name)


def test_another_package_adds_one_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = metadata.EntryPoint("mine", "livener.recognizers.patterns:Patterns", registry.GROUP)
    points = metadata.EntryPoints([point])
    monkeypatch.setattr(extensions, "entry_points", lambda group: points.select(group=group))
    assert registry.names() == sorted([*BUILT_IN, "mine"])
    assert registry.get("mine") is Patterns

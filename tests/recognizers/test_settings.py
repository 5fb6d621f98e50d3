"""Settings from untrusted keys and values."""

from typing import Any

import pytest

from livener.errors import InputError
from livener.recognizers.crf import Crf, CrfSettings
from livener.recognizers.settings import parse_settings


def parse(**values: Any) -> CrfSettings:
    return parse_settings(CrfSettings, values, where="crf")


def test_values_are_those_of_the_fields() -> None:
    assert parse() == CrfSettings()
    parsed = parse(l1=1, gazetteers=["a.csv"], class_weights={"PER": 2}, dropout=None, scheme="BIOES")
    assert parsed == CrfSettings(
        l1=1.0, gazetteers=("a.csv",), class_weights={"PER": 2.0}, dropout=None, scheme="BIOES"
    )
    assert parse(class_weights="balanced").class_weights == "balanced"


@pytest.mark.parametrize(("key", "near"), [("epoch", "'epochs'"), ("gazeteers", "'gazetteers'"), ("zzz", "rate")])
def test_an_unknown_key_names_the_nearest(key: str, near: str) -> None:
    with pytest.raises(InputError, match=rf"^crf: no setting '{key}' \(expected .*{near}"):
        parse(**{key: 1})


@pytest.mark.parametrize(
    "values",
    [
        {"epochs": "many"},
        {"scheme": "IOB3"},
        {"epochs": 1.5},
        {"class_weights": "heavy"},
        {"class_weights": {"PER": "x"}},
        {"gazetteers": "a.csv"},
        {"overlaps": "both"},
        {"rate": None},
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_setting(values: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=rf"^crf: setting {next(iter(values))}") as caught:
        parse(**values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        {"reach": 6},
        {"l1": float("inf")},
        {"reach": -1},
        {"epochs": 0},
        {"rate": 0.0},
        {"rate": float("nan")},
        {"smooth": 0.0},
        {"dropout": 1.0},
        {"l1": -0.1},
        {"l2": -0.1},
        {"class_weights": {"PER": 0.0}},
    ],
)
def test_a_value_out_of_range_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="crf: a setting is out of range"):
        Crf.create(values)

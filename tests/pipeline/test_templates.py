"""What every template holds to."""

import tomllib
from pathlib import Path

import pytest

from livener.errors import InputError
from livener.formats import read
from livener.learning.routing import RoutingRules
from livener.pipeline import default_config, load, registry
from livener.pipeline.stages.acronyms import Acronyms
from livener.pipeline.templates import NAMES, configured, template
from livener.recognizers.gazetteer import read_terms
from livener.recognizers.patterns.user import read_patterns
from livener.review import guidelines
from livener.review.rules import Rules


@pytest.fixture(params=NAMES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (path := tmp_path / request.param).mkdir()
    template(request.param).write(path)
    return path


def labels(folder: Path) -> list[str]:
    parsed = guidelines.parse((folder / "guidelines.md").read_text(encoding="utf-8"))
    return [section.label for section in parsed.sections]


def test_guidelines_define_every_label_with_an_example(folder: Path) -> None:
    parsed = guidelines.parse((folder / "guidelines.md").read_text(encoding="utf-8"))
    guidelines.check(parsed, {section.label for section in parsed.sections})
    assert len(parsed.sections) >= 6
    assert "doubt" in parsed.general.markdown
    for section in parsed.sections:
        assert section.definition
        assert any(span.label == section.label for one in section.examples for span in one.spans), section.label


def test_the_five_worked_examples_show_every_label(folder: Path) -> None:
    documents = list(read(folder / "examples.inline"))
    assert len(documents) == 5
    assert {span.label for document in documents for span in document.spans} == set(labels(folder))


def test_lists_and_rules_have_only_its_labels(folder: Path) -> None:
    known = set(labels(folder))
    assert {one.label for one in read_patterns(folder / "patterns.toml")} <= known
    assert {term.label for term in read_terms(folder / "terms.csv")} <= known
    assert len(list(read_terms(folder / "terms.csv"))) >= 14
    assert Acronyms(tables=(folder / "acronyms.toml",)).labels_given <= known
    nlp = load(folder / "pipeline.toml")
    assert set(nlp.labels) <= known


def test_the_pipeline_finds_most_of_what_rules_can(folder: Path) -> None:
    """Without a model: names of people and companies need one. What is found is right."""
    nlp = load(folder / "pipeline.toml")
    hits = missed = wrong = 0
    for document in read(folder / "examples.inline"):
        gold = {(s.start, s.end, s.label) for s in document.spans}
        found = {(s.start, s.end, s.label) for s in nlp(document.with_spans(())).spans}
        hits, missed, wrong = hits + len(gold & found), missed + len(gold - found), wrong + len(found - gold)
        assert not found - gold, [nlp(document.with_spans(())).spans, gold]
    assert hits >= missed


def test_settings_are_those_of_a_project(folder: Path) -> None:
    settings = template(folder.name).settings
    rules, routing = Rules.of(settings), RoutingRules.of(settings)
    known = set(labels(folder))
    assert settings.keys() == {"routing", "review"}
    assert rules.up.labels | routing.expert | routing.reviewer <= known
    assert set(rules.severity) <= known
    assert 0 < routing.limit <= 0.05


def test_every_stage_is_shown_whatever_is_in_use(folder: Path) -> None:
    text = (folder / "pipeline.toml").read_text(encoding="utf-8")
    for name in registry.BUILT_IN:
        assert f'use = "{name}.v1"' in text
    used = [table["use"] for table in tomllib.loads(text)["stage"]]
    assert "acronyms.v1" in used
    assert "consistency.v1" in used
    assert len(text.splitlines()) == len(default_config().splitlines())


def test_a_stage_that_is_not_there_or_a_wrong_name() -> None:
    with pytest.raises(InputError, match="legal"):
        template("law")
    assert configured(default_config(), {}) == default_config().rstrip("\n")

"""Nothing of a project's golden set comes out of selection or augmentation, however it got into their files."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select as sql_select
from typer.testing import CliRunner

from livener.cli import app
from livener.cli.project import opened
from livener.datasets.golden import GoldenSets
from livener.datasets.splits import text_key
from livener.pipeline import Pipeline, save
from livener.recognizers.gazetteer import Gazetteer, Term
from livener.store import models
from livener.text import Document

NAMES = ("Ada", "Bob", "Zoë")
TEXTS = [f"{name} {verb}." for name in NAMES for verb in ("left", "came back")]
VARIANTS: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    lambda text: f" {text.replace(' ', '  ')}\n",
    str.casefold,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that knows the names, and a project that nothing is held out of yet."""
    folder = tmp_path_factory.mktemp("held")
    save(Pipeline(Gazetteer([Term(name, "PER") for name in NAMES])), folder / "model")
    result = CliRunner().invoke(app, ["init", str(folder / "project")])
    assert result.exit_code == 0, result.stderr
    return folder


def run(*arguments: object) -> list[str]:
    """The texts that a command writes, or none where it says that nothing is left."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exit_code:
        assert any(why in result.stderr for why in ("left out", "nothing could be made", "no names for"))
        return []
    return [json.loads(line)["text"] for line in result.stdout.splitlines()]


def inside(texts: list[str], held: set[str]) -> list[str]:
    return [text for text in texts if text_key(text) in held]


# One project for all examples, whose golden set only grows, as it does in life: shrinking would not mean anything.
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
)
@given(
    held=st.sets(st.sampled_from(TEXTS), max_size=3),
    pool=st.lists(st.tuples(st.sampled_from(TEXTS), st.integers(0, len(VARIANTS) - 1)), min_size=1, max_size=6),
)
def test_no_path_from_files_leads_to_it(folder: Path, held: set[str], pool: list[tuple[str, int]]) -> None:
    project = folder / "project"
    with opened(str(project)) as (store, artefacts):
        assert artefacts is not None
        with store.reading() as session:
            number = session.scalars(sql_select(models.Project.id)).one()
        golden = GoldenSets(store, artefacts, project=number)
        if held:
            golden.create(
                "held", {"test": [Document(text, text) for text in sorted(held)]}, created=datetime.now(UTC)
            )
        keys = {text_key(d.text) for version in golden.all() for d in golden.documents(version.address, "test")}
    lines = []
    for i, (text, variant) in enumerate(pool):
        changed = VARIANTS[variant](text)
        name = next(name for name in NAMES if text.startswith(name))
        at = changed.casefold().index(name.casefold())
        lines.append(
            {"id": f"p{i}", "text": changed, "spans": [{"start": at, "end": at + len(name), "label": "PER"}]}
        )
    given_file, templates = folder / "pool.jsonl", folder / "templates.txt"
    given_file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    templates.write_text("{PER} left.\n{PER} came back.\n", "utf-8")
    for unit in ("document", "sentence"):
        chosen = run(
            *("select", folder / "model", "--pool", given_file, "-n", 9, "--strategy", "random"),
            *("--unit", unit, "--project", project),
        )
        assert not inside(chosen, keys)
    more = ("augment", given_file, "--project", project, "--copies", 4, "--share", 1)
    assert not inside(run(*more), keys)
    assert not inside(run(*more, "--templates", templates), keys)


def test_without_the_project_it_would_come_out(folder: Path) -> None:
    """The test above could not fail if nothing ever came out."""
    given_file = folder / "all.jsonl"
    lines = [{"text": text, "spans": [{"start": 0, "end": 3, "label": "PER"}]} for text in TEXTS]
    given_file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    chosen = run("select", folder / "model", "--pool", given_file, "-n", 9, "--strategy", "random")
    assert {text_key(text) for text in chosen} == {text_key(text) for text in TEXTS}

"""``livener init``, ``import``, ``export``, ``backup`` and ``restore``: a project from nothing, out, and back."""

import gzip
import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from livener.formats import read
from livener.pipeline import registry
from livener.store import Artefacts, Store, models
from livener.store.folder import places

LINE = '{"id": "d1", "text": "Acme rose.", "spans": [{"start": 0, "end": 4, "label": "ORG"}]}\n'


@pytest.fixture
def project(livener: Callable, tmp_path: Path) -> Path:
    """A project with the labels PER and ORG."""
    assert livener("init", tmp_path / "contracts", "--labels", "PER, ORG").exit_code == 0
    return tmp_path / "contracts"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    (path := tmp_path / "notes.jsonl").write_text(LINE)
    return path


def test_init_makes_a_project_once(livener: Callable, project: Path) -> None:
    again = livener("init", project)
    assert again.exit_code == 0
    assert "there is the project 'contracts'" in again.stderr
    assert "livener serve" in again.stderr
    with Store(places(project).url) as store, store.reading() as session:
        assert session.scalars(select(models.Project.name)).all() == ["contracts"]
        assert session.scalars(select(models.GuidelineVersion.number)).all() == [1]
        user = session.scalars(select(models.User)).one()
        assert (user.name, user.administrator, user.password_hash) == ("admin", True, None)
    refused = livener("init", project, "--store", "sqlite:///other.db")
    assert refused.exit_code == 2
    assert "has a store already" in refused.stderr


def test_init_writes_a_pipeline_that_shows_every_stage(livener: Callable, project: Path) -> None:
    text = (project / "pipeline.toml").read_text()
    assert all(f'use = "{name}.v1"' in text for name in registry.BUILT_IN)
    (project / "pipeline.toml").write_text(text.replace('engines = ["model"]', 'engines = ["patterns"]'))
    assert '"label": "MONEY"' in livener("predict", project / "pipeline.toml", input="Pay $5.").stdout
    assert livener("init", project).exit_code == 0
    assert 'engines = ["patterns"]' in (project / "pipeline.toml").read_text(), "what is there is not written over"


def test_init_from_a_template(livener: Callable, tmp_path: Path) -> None:
    result = livener("init", tmp_path / "law", "--template", "legal")
    assert result.exit_code == 0, result.stderr
    assert "worked examples" in result.stderr
    names = {"pipeline.toml", "guidelines.md", "patterns.toml", "acronyms.toml", "terms.csv", "examples.inline"}
    assert names <= {path.name for path in (tmp_path / "law").iterdir()}
    with Store(places(tmp_path / "law").url) as store, store.reading() as session:
        project = session.scalars(select(models.Project)).one()
        assert project.settings["routing"]["limit"] == 0.01
        labels = session.scalars(select(models.LabelSet)).one().labels
        assert list(labels)[:2] == ["PARTY", "PERSON"]
        assert labels["COURT"] == "A court, tribunal or arbitral body by its name."
        guideline = session.scalars(select(models.GuidelineVersion)).one()
        assert guideline.markdown == (tmp_path / "law" / "guidelines.md").read_text()
    assert livener("import", tmp_path / "law", tmp_path / "law" / "examples.inline", "--gold").exit_code == 0
    found = livener("predict", tmp_path / "law" / "pipeline.toml", input="Fees of $5 under § 7 BGB, GDPR.")
    assert [span["label"] for span in json.loads(found.stdout)["spans"]] == ["MONEY", "STATUTE", "STATUTE"]
    for options, message in (
        (("new", "--template", "law"), "legal"),
        (("law", "--template", "legal"), "there is a project already"),
        (("new", "--template", "legal", "--labels", "A"), "--template or --labels"),
    ):
        refused = livener("init", tmp_path / options[0], *options[1:])
        assert refused.exit_code == 2
        assert message in refused.stderr
        assert not (tmp_path / "new").exists()


def test_init_refuses_what_is_no_project(livener: Callable, notes: Path, tmp_path: Path) -> None:
    for path, options, problem in (
        (tmp_path, [], "something other than a project"),
        (notes, [], "something other than a project"),
        (tmp_path / "new", ["--store", "nonsense"], "not the URL of a database"),
        (tmp_path / "new", ["--store", "postgresql://me:secret@/db?host=nowhere"], "cannot be opened"),
    ):
        result = livener("init", path, *options)
        assert result.exit_code == 2
        assert problem in result.stderr
        assert "secret" not in result.stderr
    assert list(tmp_path.iterdir()) == [notes]


def test_import_and_export(livener: Callable, project: Path, notes: Path, tmp_path: Path) -> None:
    result = livener("import", project, notes, "--gold")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "imported 1 document, 1 new task\n" in result.stderr
    assert "1 were there before" in livener("import", project, notes).stderr
    assert livener("export", project).stdout == LINE
    annotation = json.loads(livener("export", project, "--what", "annotations").stdout)["annotations"][0]
    assert (annotation["author"], annotation["guideline"]) == ("admin", 1)
    result = livener("export", project, "--to", "brat", "--out", tmp_path / "gold.zip")
    assert "wrote" in result.stderr
    assert zipfile.is_zipfile(tmp_path / "gold.zip")


def test_packed_files_and_standard_input(livener: Callable, project: Path, tmp_path: Path) -> None:
    (packed := tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(LINE.replace("d1", "d2").encode()))
    assert "1 document," in livener("import", project, packed, "--no-tasks").stderr
    assert "imported 1 document" in livener("import", project, "-", "--format", "jsonl", input=LINE).stderr
    (other := tmp_path / "other.jsonl").write_text(LINE.replace("rose", "fell"))
    result = livener("import", project, other, "--skip-conflicts")
    assert "left out: document 'd1': another text has this id" in result.stderr
    assert "1 left out" in result.stderr
    livener("export", project, "--what", "predictions", "--out", tmp_path / "out.jsonl")
    assert [one.id for one in read(tmp_path / "out.jsonl")] == ["d2", "d1"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["import", "nowhere", "x"], "nowhere: no project here"),
        (["import", "{project}", "nowhere.jsonl"], "nowhere.jsonl"),
        (["import", "{project}", "nowhere.zip"], "nowhere.zip"),
        (["import", "{project}", "{notes}", "--project", "other"], "no project 'other'"),
        (["import", "{project}", "{notes}", "--gold", "--user", "nobody"], "no user 'nobody'"),
        (["export", "{project}", "--what", "nothing"], "nothing is called 'nothing'"),
        (["export", "sqlite:///{project}/none.db"], "the store is empty"),
        (["backup", "nowhere", "--out", "x.tar"], "no project here"),
        (["backup", "{project}", "--out", "{notes}"], "something is there already"),
        (["restore", "{notes}", "{project}-2"], "the backup is damaged"),
        (["restore", "nowhere.tar", "{project}-2"], "nowhere.tar: no such file"),
        (["restore", "{notes}", "{project}", "--store", "sqlite:///x.db"], "there is a store already"),
    ],
)
def test_what_is_wrong_is_one_line(
    livener: Callable, project: Path, notes: Path, arguments: list[str], problem: str
) -> None:
    result = livener(*[argument.format(project=project, notes=notes) for argument in arguments])
    assert result.exit_code == 2
    assert problem in result.stderr
    assert len([line for line in result.stderr.splitlines() if line]) == 1


def test_a_store_with_several_projects(livener: Callable, project: Path, notes: Path) -> None:
    assert livener("init", project, "--name", "news").exit_code == 0
    assert "several projects (expected --project contracts | news)" in livener("import", project, notes).stderr
    assert "imported 1" in livener("import", project, notes, "--project", "news").stderr
    assert livener("export", project, "--project", "news", "--what", "predictions").stdout == LINE


def test_backup_and_restore(livener: Callable, project: Path, notes: Path, tmp_path: Path) -> None:
    livener("import", project, notes, "--gold")
    address = Artefacts(places(project).artefacts or "").put(notes)
    with Store(places(project).url) as store, store.writing() as session:
        row = models.DatasetVersion(
            project_id=1,
            name="v",
            address=address,
            golden=False,
            lineage={},
            splits={},
            created_at=session.get(models.Project, 1).created_at,  # type: ignore[union-attr]
        )
        session.add(row)
    result = livener("backup", project, "--out", tmp_path / "b.tar")
    assert result.exit_code == 0
    assert "1 artefact" in result.stderr
    assert livener("restore", tmp_path / "b.tar", tmp_path / "again").exit_code == 0
    assert livener("export", tmp_path / "again").stdout == LINE
    assert address in Artefacts(places(tmp_path / "again").artefacts or "")
    full = livener("restore", tmp_path / "b.tar", tmp_path / "again")
    assert (full.exit_code, "not empty" in full.stderr) == (2, True)
    url = f"sqlite:///{tmp_path / 'alone.db'}"
    assert "artefacts" in livener("restore", tmp_path / "b.tar", url).stderr
    assert "note: only the store" in livener("backup", places(project).url, "--out", tmp_path / "c.tar").stderr


def test_the_environment_says_where_the_store_is(
    livener: Callable, project: Path, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVENER_STORE_URL", f"sqlite:///{tmp_path / 'else.db'}")
    assert livener("init", project).exit_code == 0
    livener("import", project, notes)
    monkeypatch.delenv("LIVENER_STORE_URL")
    assert livener("export", project, "--what", "predictions").stdout == ""


def test_ctrl_c_leaves_whole_batches(project: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "livener",
        "import",
        str(project),
        "-",
        "--format",
        "text",
        "--option",
        "lines=true",
    ]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdin
    running.stdin.write("".join(f"line {n}\n" for n in range(5000)))
    running.stdin.flush()
    with Store(places(project).url) as store:
        for _ in range(600):
            with store.reading() as session:
                if session.scalars(select(models.Document.id).limit(1)).first():
                    break
            try:
                running.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        running.send_signal(signal.SIGINT)
        _, said = running.communicate()
        with store.reading() as session:
            kept = len(session.scalars(select(models.Document.id)).all())
    assert (running.returncode, said) == (130, "livener: stopped\n")
    assert kept in {2000, 4000}

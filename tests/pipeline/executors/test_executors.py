"""The same results wherever the work is done, and whatever happens to the workers."""

import json
import os
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.errors import InputError
from livener.formats import Report, read
from livener.pipeline import Pipeline, save
from livener.pipeline.executors import Executor, Here, Processes, RayActors, Reading, predict_files
from livener.pipeline.executors.partitions import planned
from livener.pipeline.executors.reading import Failure, documents_of
from livener.recognizers.registry import get

SMALL = 0.002  # megabytes


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "patterns"
    save(Pipeline(get("patterns")()), folder)
    return folder


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Five partitions and a bit, with an emoji, a line that is no JSON, and one without a text."""
    lines = [
        json.dumps({"text": f"🎉 Pay ${n} to ada{n}@example.org.", "n": n}, ensure_ascii=False) for n in range(200)
    ]
    lines[50:50] = ["no JSON", '{"txt": "none"}']
    (path := tmp_path / "notes.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return path


def outputs(out: Path) -> dict[str, str]:
    return {str(path.relative_to(out)): path.read_text() for path in out.rglob("*.jsonl")}


def everything(out: Path) -> list[str]:
    return [
        json.loads(line)["text"]
        for path in sorted(out.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").split("\n")
        if line
    ]


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module dying.py, which workers find too."""
    folder = str(Path(__file__).parent)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")]))
    return import_module("dying")


# Ray warns of itself: of options that it has, and of files that it leaves to the end of the process.
RAY = pytest.param(RayActors(2), id="ray", marks=pytest.mark.filterwarnings("ignore"))


@pytest.mark.parametrize("executor", [pytest.param(Processes(2), id="processes"), RAY])
def test_a_killed_worker_changes_nothing(
    executor: Executor, dying: ModuleType, model: Path, notes: Path, tmp_path: Path
) -> None:
    done = list(predict_files(model, [notes], tmp_path / "here", partition=SMALL))
    assert len(done) == 6
    assert sum(one.outcome.documents for one in done if one.outcome) == 200
    flag = tmp_path / "flag"
    arguments = {"partition": SMALL, "executor": executor, "writer": partial(dying.killed_once, flag=flag)}
    assert len(list(predict_files(model, [notes], tmp_path / "there", **arguments))) == 6
    assert flag.exists()
    assert outputs(tmp_path / "there") == outputs(tmp_path / "here")
    assert everything(tmp_path / "there") == [f"🎉 Pay ${n} to ada{n}@example.org." for n in range(200)]


def test_what_kills_every_worker_is_named(dying: ModuleType, model: Path, notes: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"notes\.jsonl.*3 workers died"):
        list(predict_files(model, [notes], tmp_path / "out", executor=Processes(1), writer=dying.killed))
    assert outputs(tmp_path / "out") == {}


def test_a_model_that_workers_cannot_load(notes: Path, tmp_path: Path) -> None:
    nlp = Pipeline(get("patterns")())
    (gone := tmp_path / "gone").mkdir()
    (gone / "model.json").write_text("{")
    with pytest.raises(InputError, match="broken"):
        list(predict_files(gone, [notes], tmp_path / "out", executor=Processes(1), nlp=nlp))


def test_each_document_is_once_in_the_results(model: Path, notes: Path, tmp_path: Path) -> None:
    done = list(predict_files(model, [notes], tmp_path / "out"))
    assert [(one.outcome.documents, one.outcome.failed) for one in done if one.outcome] == [(200, 2)]
    failed = [json.loads(line) for line in (tmp_path / "out/failed/notes.jsonl.jsonl").read_text().splitlines()]
    assert [one["given"] for one in failed] == ["no JSON", '{"txt": "none"}']
    assert [one["where"] for one in failed] == [f"{notes}:51", f"{notes}:52"]
    assert '"text" is missing' in failed[1]["error"]
    notes.write_text('{"text": "Pay $5."}\n')
    list(predict_files(model, [notes], tmp_path / "out"))
    assert not list((tmp_path / "out" / "failed").iterdir()), "what is mended is not told any more"


class Refusing:
    """An engine that fails on one document."""

    name = "refusing.v1"
    labels = ("X",)

    def predict(self, sentences: list) -> list:
        if any("$7 " in sentence.text for sentence in sentences):
            raise ZeroDivisionError("seven")
        return [[] for _ in sentences]


def test_a_document_that_an_engine_fails_on_costs_no_other(model: Path, notes: Path, tmp_path: Path) -> None:
    list(predict_files(model, [notes], tmp_path / "out", nlp=Pipeline(Refusing())))
    assert len(everything(tmp_path / "out")) == 199
    last = (tmp_path / "out/failed/notes.jsonl.jsonl").read_text().splitlines()[-1]
    assert json.loads(last)["error"] == "ZeroDivisionError: seven"
    assert json.loads(last)["given"]["text"] == "🎉 Pay $7 to ada7@example.org."


def test_a_run_goes_on_with_what_is_missing(model: Path, notes: Path, tmp_path: Path) -> None:
    run = partial(predict_files, model, [notes], out := tmp_path / "out", partition=SMALL)
    targets = [one.target for one in run()]
    before = outputs(out)
    Path(targets[1]).unlink()
    (out / ".predicted" / f"{Path(targets[3]).name}.json").write_text("{ torn")
    assert [one.target for one in run() if not one.finished] == [targets[1], targets[3]]
    assert outputs(out) == before
    stopped = run()
    Path(targets[0]).unlink()
    next(stopped)
    stopped.close()
    list(run())
    assert outputs(out) == before


def test_parts_that_are_no_longer_go(model: Path, notes: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    list(predict_files(model, [notes], out, partition=SMALL))
    list(predict_files(model, [notes], out))
    assert sorted(path.name for path in out.glob("*.jsonl")) == ["notes.jsonl"]
    (out / "mine.jsonl").write_text("")
    list(predict_files(model, [notes], out, partition=SMALL))
    assert len(everything(out)) == 200
    assert (out / "mine.jsonl").exists()


def test_any_store_and_parquet(model: Path, notes: Path, tmp_path: Path) -> None:
    store = fsspec.filesystem("memory")
    store.pipe("/in/a.jsonl", notes.read_bytes())
    store.pipe("/in/b.jsonl", b'{"id": "x", "text": "Pay $5.", "meta": {"k": [1]}, "tokens": [[0, 3], [4, 6]]}\n')
    try:
        found = list(predict_files(model, ["memory://in/*.jsonl"], "memory://out", to="parquet", partition=SMALL))
        assert len(found) == 7
        again = predict_files(model, ["memory://in/*.jsonl"], "memory://out", to="parquet", partition=SMALL)
        assert all(one.finished for one in again)
        done = list(predict_files(model, ["memory://out/*.parquet"], tmp_path / "out"))
        assert sum(one.outcome.documents for one in done if one.outcome) == 201
        assert len(everything(tmp_path / "out")) == 201
        list(predict_files(model, ["memory://in/b.jsonl"], tmp_path / "plain"))
        assert (tmp_path / "plain/b.jsonl").read_text() == (tmp_path / "out/b.jsonl").read_text()
        assert store.cat("/out/failed/a-00001.parquet.jsonl").count(b"\n") == 2
        with pytest.raises(InputError, match="no such file"):
            list(predict_files(model, ["memory://in/*.txt"], tmp_path / "none"))
    finally:
        store.rm("/in", recursive=True)
        store.rm("/out", recursive=True)


def test_parquet_is_cut_by_row_groups_and_a_bad_row_is_set_aside(model: Path, tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    texts = [f"Pay ${n}." for n in range(100)]
    texts[70] = None
    table = pyarrow.table({"text": texts, "day": [None] * 99 + [pyarrow.scalar(0, pyarrow.date32())]})
    parquet.write_table(table, tmp_path / "rows.parquet", row_group_size=20)
    done = list(predict_files(model, [tmp_path / "rows.parquet"], tmp_path / "out", partition=1e-6))
    assert [one.outcome.documents for one in done if one.outcome] == [20, 20, 20, 19, 20]
    assert everything(tmp_path / "out") == [text for text in texts if text]
    ids = [document.id for path in sorted((tmp_path / "out").glob("*.jsonl")) for document in read(path)]
    assert ids == [f"rows:{n}" for n in range(1, 101) if n != 71]
    (failed,) = (tmp_path / "out" / "failed").iterdir()
    assert "row 71" in failed.read_text()
    assert '"day": "1970-01-01"' in (tmp_path / "out" / "rows-00004.jsonl").read_text()
    (tmp_path / "bad.parquet").write_text("PAR")
    with pytest.raises(InputError, match="not Parquet"):
        list(predict_files(model, [tmp_path / "bad.parquet"], tmp_path / "out"))


@given(
    st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\n\0"), max_size=20)),
    st.integers(1, 60),
)
def test_partitions_hold_what_the_file_holds(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], size: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.txt"
    path.write_bytes("\n".join(["first", *lines]).encode())
    reading = Reading("text", options={"lines": True})
    plan = planned([str(path)], str(path.parent), reading=reading, suffix="jsonl", size=size)[str(path)]
    assert [one.end for one in plan[:-1]] == [one.start for one in plan[1:]]
    cut = [one for part in plan for one in documents_of(part, reading, Report())]
    assert not any(isinstance(one, Failure) for one in cut)
    assert cut == list(read(path, format="text", lines=True))


def test_numbers_of_workers() -> None:
    for kind in (Processes, RayActors):
        with pytest.raises(InputError, match="0 workers"):
            kind(0)
    assert Processes().workers >= 1
    assert Here()

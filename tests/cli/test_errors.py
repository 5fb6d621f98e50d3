"""What a user can repair is one clear line on stderr and exit code 2, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

BAD_FILES = {
    "empty.conll": (b"", "empty"),
    "empty.jsonl": (b"", "empty"),
    "empty.txt": (b"", "empty"),
    "binary.conll": (bytes(range(256)) * 8, ""),
    "binary.txt": (b"\x7fELF\x00\x00\x00", "binary"),
    "latin.conll": ("Müller\tB-PER\n".encode("latin-1"), "byte 0xfc"),
    "columns.conll": (b"one\ntwo\nthree\n", "tag"),
    "ragged.conll": (b"Ada\tB-PER\nflew\n", ":2"),
    "tags.conll": (b"Ada\tB-PER\nflew\tX-PER\n", ""),
    "json.jsonl": (b'{"text": "a"}\n{"text": \n', ":2"),
    "array.jsonl": (b"[1, 2]\n", ""),
    "span.jsonl": (b'{"text": "ab", "spans": [{"start": 0, "end": 9, "label": "X"}]}\n', ""),
    "surrogate.jsonl": (b'{"text": "\\ud800"}\n', "surrogate"),
    "bracket.inline": (b"[Ada](PERSON\n", ""),
}


def assert_one_line(stderr: str) -> None:
    assert stderr.startswith("livener: "), stderr
    assert stderr.count("\n") == 1, stderr
    assert "Traceback" not in stderr


@pytest.fixture(params=sorted(BAD_FILES))
def bad(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    content, message = BAD_FILES[request.param]
    (path := tmp_path / request.param).write_bytes(content)
    return path, message


def test_training_on_a_bad_file(livener: Callable, bad: tuple[Path, str], data: Path) -> None:
    path, message = bad
    out = path.parent / "model"
    result = livener("train", "--train", data / "train.inline", "--train", path, "--out", out)
    assert result.exit_code == 2, result.stderr
    assert_one_line(result.stderr)
    assert path.name in result.stderr
    assert message in result.stderr
    assert list(path.parent.iterdir()) == [path]


def test_converting_a_bad_file_writes_nothing(livener: Callable, bad: tuple[Path, str]) -> None:
    path, _ = bad
    result = livener("convert", path, path.parent / "out.jsonl")
    assert result.exit_code == 2, result.stderr
    assert_one_line(result.stderr)
    assert list(path.parent.iterdir()) == [path]


def test_predicting_bad_files_writes_no_output_file(
    livener: Callable, bad: tuple[Path, str], model: Path, tmp_path: Path
) -> None:
    path, _ = bad
    result = livener("predict", model, path, "--out", tmp_path / "out")
    if path.suffix == ".jsonl" and path.stat().st_size:  # of lines, each of which is good or bad by itself
        assert result.exit_code == 1, result.stderr
        assert "set aside" in result.stderr
        assert path.name in (tmp_path / "out" / "failed" / f"{path.name}.jsonl").read_text()
        return
    assert result.exit_code == 2, result.stderr
    assert_one_line(result.stderr)
    assert not list((tmp_path / "out").glob("[!.]*"))


def test_a_file_of_a_hundred_megabytes_on_one_line(process: Callable, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"word " * 200_000)
    done = process("predict", model, path)
    assert done.returncode == 2
    assert_one_line(done.stderr.decode())
    assert "longer than" in done.stderr.decode()
    assert done.stdout == b""


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing.conll", "No such file"), (".", "the folder has no file with documents")],
)
def test_files_that_cannot_be_read(livener: Callable, model: Path, tmp_path: Path, name: str, message: str) -> None:
    path = tmp_path / name
    for arguments in (("stats", path), ("evaluate", model, "--data", path), ("predict", model, path)):
        result = livener(*arguments)
        assert result.exit_code == 2
        assert_one_line(result.stderr)
        assert message in result.stderr


def test_things_that_are_not_models(livener: Callable, data: Path, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.json").write_text("{")
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / "model.json").write_text('{"format": 99, "recognizer": "x.v1", "segmenter": {}}')
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "model.json").write_text('{"format": 1, "recognizer": "x.v1", "segmenter": {}}')
    for path in (data, tmp_path / "nowhere", data / "notes.txt", *tmp_path.iterdir()):
        result = livener("predict", path, data / "notes.txt")
        assert result.exit_code == 2
        assert_one_line(result.stderr)


def test_an_output_that_must_not_be_overwritten(livener: Callable, data: Path, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("keep me")
    for out in (tmp_path, tmp_path / "precious.txt", tmp_path / "precious.txt" / "deeper"):
        result = livener("train", "--train", data / "train.inline", "--out", out)
        assert result.exit_code == 2
        assert_one_line(result.stderr.splitlines(keepends=True)[-1])
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("help", [False, True])
def test_a_full_disk(model: Path, data: Path, help: bool) -> None:
    arguments = ["--help"] if help else ["predict", str(model), str(data / "notes.txt")]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "livener", *arguments], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert_one_line(done.stderr.decode())
    assert "No space left" in done.stderr.decode()


def test_settings_and_names_that_do_not_exist(livener: Callable, data: Path, tmp_path: Path) -> None:
    learn = ("train", "--train", data / "train.inline", "--out", tmp_path / "m")
    for arguments, message in (
        ((*learn, "--recognizer", "crff"), "crf"),
        ((*learn, "--recognizer", "patterns"), "patterns"),
        ((*learn, "--set", "no_such_setting=1"), "no_such_setting"),
        ((*learn, "--set", "nothing"), "name=value"),
        (("stats", data / "train.inline", "--format", "nonsense"), "nonsense"),
        (("stats", data / "train.inline", "--option", "nonsense=1"), "nonsense"),
        (("stats", data / "train.inline", "--encoding", "nonsense"), "nonsense"),
        (("stats", data / "train.inline", "--encoding", "undefined"), "undefined"),
        (("stats", data / "train.inline", "--option", "encoding=latin-1"), "encoding"),
        (("stats", data / "train.inline", "--option", "longest_line=many"), "longest_line"),
        (("stats", data / "notes.txt", "--option", "lines=maybe"), "lines"),
        (("convert", data / "train.inline", "-", "--out-option", "report=1"), "report"),
        ((*learn, "--seed", "99999999999999999999"), "seed"),
        ((*learn, "--set", "epochs=many"), "a valid integer"),
    ):
        result = livener(*arguments)
        assert result.exit_code == 2, arguments
        assert_one_line(result.stderr.splitlines(keepends=True)[-1])
        assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_wrong_usage(livener: Callable) -> None:
    for arguments in (("train",), ("no-such-command",), ("predict", "m", "--to", "pdf")):
        assert livener(*arguments).exit_code == 2


def test_a_reader_that_stops_reading_is_no_error(model: Path, tmp_path: Path) -> None:
    (path := tmp_path / "many.txt").write_text("Ada Byron flew to Oslo .\n" * 20_000)
    command = f'"{sys.executable}" -m livener predict "{model}" "{path}" --lines | head -1'
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stderr == b""
    assert done.stdout.count(b"\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_ctrl_c_says_so_in_one_line(model: Path, name: str) -> None:
    command = [sys.executable, "-m", "livener", "predict", str(model), "--lines"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # a shell starts its background jobs, these tests perhaps among them, with SIGINT ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        assert running.stdin
        assert running.stdout
        running.stdin.write(b"Ada Byron flew to Oslo .\n" * 1000)
        running.stdin.flush()
        assert running.stdout.readline()  # it is at work
        running.send_signal(signal.Signals[name])
        _, stderr = running.communicate(timeout=20)
    assert running.returncode == 130
    assert stderr == b"livener: stopped\n"


@pytest.mark.skipif(os.name == "nt", reason="a shell that closes streams")
def test_streams_that_the_caller_closed(model: Path, data: Path) -> None:
    command = f'"{sys.executable}" -m livener'
    for arguments, code in ((f'stats "{data / "train.inline"}" >&-', 0), (f'predict "{model}" <&-', 2)):
        done = subprocess.run(["bash", "-c", f"{command} {arguments}"], capture_output=True, check=False)
        assert done.returncode == code
        assert b"Traceback" not in done.stderr


def test_ctrl_c_inside_a_kernel_is_ctrl_c(livener: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise SystemError("returned a result with an exception set") from error  # what numba makes of it

    monkeypatch.setattr("platform.python_version", interrupted)
    result = livener("doctor")
    assert (result.exit_code, result.stderr) == (130, "livener: stopped\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_messages_that_cannot_be_written_cost_no_results(data: Path) -> None:
    command = [sys.executable, "-m", "livener", "convert", str(data / "train.inline"), "-", "--to", "conll"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=full, check=False)
    assert done.returncode == 0
    assert b"Byron" in done.stdout

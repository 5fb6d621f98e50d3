"""Files and folders by the address of their content, in a folder and in a store that is not one."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import fsspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from livener.errors import InputError
from livener.store import Artefacts


@pytest.fixture(params=["folder", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "artefacts") if request.param == "folder" else f"memory://{uuid4().hex}/artefacts"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "recognizer").mkdir(parents=True)
    (folder / "model.json").write_text('{"é": 1}', encoding="utf-8")
    (folder / "recognizer" / "weights.npz").write_bytes(bytes(range(256)) * 9000)
    (folder / "recognizer" / "a: b").write_bytes(b"")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def objects(url: str) -> list[str]:
    where, root = fsspec.core.url_to_fs(url)
    return sorted(where.find(root))


def test_what_went_in_comes_out(url: str, model: Path, tmp_path: Path) -> None:
    artefacts = Artefacts(url)
    address = artefacts.put(model)
    assert address in artefacts
    artefacts.get(address, tmp_path / "deep" / "copy")
    assert files(tmp_path / "deep" / "copy") == files(model)
    assert list((tmp_path / "deep").iterdir()) == [tmp_path / "deep" / "copy"]
    one = artefacts.put(model / "model.json")
    artefacts.get(one, tmp_path / "one.json")
    assert (tmp_path / "one.json").read_bytes() == (model / "model.json").read_bytes()


def test_the_same_content_is_kept_once(url: str, model: Path, tmp_path: Path) -> None:
    artefacts = Artefacts(url)
    address = artefacts.put(model)
    before = objects(url)
    assert len(before) == 4  # three files and their list
    shutil.copytree(model, tmp_path / "other")
    assert Artefacts(url).put(tmp_path / "other") == address
    (tmp_path / "other" / "model.json").rename(tmp_path / "other" / "renamed.json")
    assert artefacts.put(tmp_path / "other") != address
    assert len(objects(url)) == len(before) + 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 2**20), bit=st.integers(0, 7))
def test_a_bit_that_flipped_is_found_and_mended(tmp_path: Path, at: int, bit: int) -> None:
    source, kept = tmp_path / "source.bin", tmp_path / "artefacts"
    source.write_bytes(bytes(range(256)) * 5)
    artefacts = Artefacts(kept)
    address = artefacts.put(source)
    place = next(path for path in kept.rglob("*") if path.is_file())
    content = bytearray(place.read_bytes())
    content[at % len(content)] ^= 1 << bit
    place.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        artefacts.get(address, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    artefacts.put(source)
    artefacts.get(address, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()
    (tmp_path / "copy").unlink()


def test_a_lost_file_is_told(url: str, model: Path, tmp_path: Path) -> None:
    artefacts = Artefacts(url)
    address = artefacts.put(model)
    where, _ = fsspec.core.url_to_fs(url)
    lost = next(path for path in objects(url) if not path.endswith(address.removeprefix("tree-")))
    where.rm(lost)
    with pytest.raises(InputError, match="no such artefact"):
        artefacts.get(address, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("address", ["", "tree-", "file-XYZ", f"blob-{'0' * 64}", f"file-{'../' * 21}a", "f" * 64])
def test_what_is_no_address(tmp_path: Path, address: str) -> None:
    with pytest.raises(InputError, match="not the address"):
        Artefacts(tmp_path).get(address, tmp_path / "copy")


@pytest.mark.parametrize("name", ["../escaped", "/tmp/escaped-of-livener", "a/../../escaped"])
def test_a_list_cannot_lead_out_of_its_folder(tmp_path: Path, name: str) -> None:
    artefacts = Artefacts(tmp_path / "artefacts")
    (tmp_path / "payload").write_text("payload")
    payload = artefacts.put(tmp_path / "payload").removeprefix("file-")
    (tmp_path / "list").write_text(json.dumps({name: payload}))
    address = artefacts.put(tmp_path / "list").replace("file-", "tree-")
    with pytest.raises(InputError, match="outside of itself"):
        artefacts.get(address, tmp_path / "target" / "copy")
    assert list((tmp_path / "target").iterdir()) == []


def test_what_cannot_be_stored_or_written(tmp_path: Path, model: Path) -> None:
    artefacts = Artefacts(tmp_path / "artefacts")
    with pytest.raises(InputError, match="no such file or folder"):
        artefacts.put(tmp_path / "missing")
    address = artefacts.put(model)
    with pytest.raises(InputError, match="something is there already"):
        artefacts.get(address, model)
    (model / "dangling").symlink_to("nowhere")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        artefacts.put(model)
    with pytest.raises(InputError, match="cannot be reached"):
        Artefacts("nonsense://x")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"the artefacts cannot be written: .*file"):
        Artefacts(tmp_path / "file").put(tmp_path / "file")


def test_a_killed_put_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(os.urandom(1 << 20) * 64)
    code = (
        f"from livener.store import Artefacts; Artefacts({str(tmp_path / 'kept')!r}).put({str(tmp_path / 'big')!r})"
    )
    writer = subprocess.Popen([sys.executable, "-c", code])
    until = time.monotonic() + 60
    while not list((tmp_path / "kept").rglob(".*")) and writer.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    for place in (tmp_path / "kept").glob("*/[!.]*"):
        assert place.stat().st_size == 64 << 20  # it was killed too late, and that is right too
    artefacts = Artefacts(tmp_path / "kept")
    artefacts.get(artefacts.put(tmp_path / "big"), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "big").read_bytes()

"""The engine on the real GLiNER, which wants another transformers than the other engines: in packages of its own."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.recognizers.neural.encoders import encoder

from livener.errors import InputError, MissingDependencyError
from livener.recognizers.registry import get

_PACKAGES = ("gliner==0.2.29", "sentencepiece==0.2.3")


@pytest.fixture(scope="module")
def gliner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with gliner and without what it would bring along: torch and the rest are here already."""
    folder = tmp_path_factory.mktemp("gliner")
    command = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--disable-pip-version-check"]
    done = subprocess.run([*command, "--target", folder, *_PACKAGES], capture_output=True, text=True, check=False)
    if done.returncode:
        problem = f"gliner cannot be installed: {done.stderr.strip()[-200:]}"
        pytest.fail(problem) if os.environ.get("CI") else pytest.skip(problem)
    return folder


def test_a_checkpoint_finds_saves_and_loads(gliner: Path, tmp_path: Path) -> None:
    folder = encoder(tmp_path / "encoder")
    names = {f"{one}_token": f"[{one.upper()}]" for one in ("unk", "pad", "cls", "sep")}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", **names}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    script = Path(__file__).with_name("in_its_own_environment.py")
    root = Path(__file__).parents[3]
    path = os.pathsep.join([str(root / "src"), str(root), str(gliner)])
    (tmp_path / "work").mkdir()
    done = subprocess.run(
        [sys.executable, script, folder, tmp_path / "work"],
        env=os.environ | {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["spans"] > 2


@pytest.mark.skipif(find_spec("gliner") is not None, reason="gliner is installed")
def test_without_gliner_the_extra_is_named() -> None:
    with pytest.raises(MissingDependencyError, match=r"livener\[zero-shot\]"):
        get("zero_shot").create({"checkpoint": "x", "labels": ["ORG"]})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"checkpoint": "x"}, "labels is missing"),
        ({"labels": ["ORG"]}, "checkpoint is missing"),
        ({"checkpoint": "x", "labels": ["ORG"], "treshold": 1}, "'threshold'"),
    ],
)
def test_wrong_settings(settings: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        get("zero_shot").create(settings)

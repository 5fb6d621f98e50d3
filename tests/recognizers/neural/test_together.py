"""Several processes train one model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.recognizers.neural.encoders import encoder
from tests.recognizers.samples import news

from livener import learning
from livener.formats import write

safetensors = pytest.importorskip("safetensors.numpy", reason="needs the extra neural")
pytest.importorskip("torch", reason="needs the extra neural")


def test_two_processes_learn_what_one_learns_with_steps_twice_as_large(tmp_path: Path) -> None:
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    settings = {
        "encoder": str(encoder(tmp_path / "encoder", **still)),
        **{"epochs": 2, "rate": 1e-3, "batch": 128, "window": 64, "overlap": 16, "dropout": 0.0, "quantise": "no"},
    }
    documents = [one.document for one in news(45)]
    alone = learning.train(
        "transformer", documents, documents[:10], out=tmp_path / "alone", settings=settings | {"accumulate": 2}
    )
    write(documents, tmp_path / "train.jsonl")
    write(documents[:10], tmp_path / "dev.jsonl")
    chosen = [part for name, value in settings.items() for part in ("--set", f"{name}={json.dumps(value)}")]
    files = ["--train", tmp_path / "train.jsonl", "--dev", tmp_path / "dev.jsonl", "--out", tmp_path / "together"]
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        "-m",
        "livener",
    ]
    done = subprocess.run(
        [*command, "train", *files, "--recognizer", "transformer", *chosen],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("wrote ") == 1
    one, two = (
        safetensors.load_file(tmp_path / name / "recognizer" / "model.safetensors") for name in ("alone", "together")
    )
    assert max(float(np.abs(one[name] - two[name]).max()) for name in one) < 1e-4
    both = json.loads((tmp_path / "together" / "model.json").read_text())["metrics"]["strict"]["f1"]
    assert both == pytest.approx(alone.metrics["strict"]["f1"], abs=1e-6)

"""The BiLSTM-CRF: learning, export, long sentences."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.recognizers.neural.encoders import encoder
from tests.recognizers.samples import news, sentences

from livener.errors import InputError
from livener.recognizers.bilstm_crf import BilstmCrf
from livener.recognizers.neural.uncertainty import disagreement

pytest.importorskip("torch", reason="needs the extra neural")

DEV = news(20, skip=7)
SMALL = {"words": 20, "characters": 10, "hidden": 20, "epochs": 12, "rate": 2e-2, "dropout": 0.1, "batch": 256}


def trained(**settings: Any) -> BilstmCrf:
    model = BilstmCrf.create({**SMALL, "vectors": None, **settings})
    model.fit(news(60), DEV, seed=3)
    return model


@pytest.fixture(scope="module")
def model() -> BilstmCrf:
    return trained()


def test_it_learns_the_samples(model: BilstmCrf) -> None:
    predicted = model.predict(DEV)
    wanted = [[(s.start, s.end, s.label) for s in one.document.spans] for one in DEV]
    same = [[(s.start, s.end, s.label) for s in spans] == gold for spans, gold in zip(predicted, wanted, strict=True)]
    assert sum(same) / len(same) > 0.8
    assert np.abs(model.steps).max() > 0.01


def test_padding_is_not_seen(model: BilstmCrf) -> None:
    short, long = sentences("Ann Lee left .", "In Oslo , Mr. Ada King sued Shell and nothing happened last week .")
    alone, _ = model.emissions([short])
    together, _ = model.emissions([short, long])
    assert np.abs(together[: len(alone)] - alone).max() < 1e-5


def test_the_exported_network_says_what_torch_says(model: BilstmCrf, tmp_path: Path) -> None:
    model.save(tmp_path)
    exported, _ = BilstmCrf.load(tmp_path).emissions(DEV)
    in_torch, _ = model.scores(DEV, model._torch("cpu"))
    in_torch[:, 0] += model.bias
    assert np.abs(in_torch - exported).max() < 1e-4


def test_runs_with_dropout_disagree(model: BilstmCrf) -> None:
    assert (disagreement(model, DEV, samples=3) > 1e-6).all()


def test_static_vectors_are_saved(tmp_path: Path) -> None:
    model = trained(vectors=str(encoder(tmp_path / "encoder")), epochs=2)
    (tmp_path / "saved").mkdir()
    model.save(tmp_path / "saved")
    again = BilstmCrf.load(tmp_path / "saved")
    assert np.array_equal(model.emissions(DEV)[0], again.emissions(DEV)[0])


def test_settings_out_of_range_are_refused() -> None:
    for wrong in ({"hidden": 0}, {"window": 3}, {"overlap": 300}, {"dropout": 1.0}):
        with pytest.raises(InputError, match="out of range"):
            BilstmCrf.create(wrong)

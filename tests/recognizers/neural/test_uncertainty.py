"""What dropout changes is what the network is unsure of."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.recognizers.neural.encoders import encoder, tiny
from tests.recognizers.samples import news, sentences

from livener.recognizers.neural.uncertainty import disagreement
from livener.recognizers.transformer import Transformer
from livener.text import Document, Sentence

pytest.importorskip("torch", reason="needs the extra neural")


def trained(folder: Path, **changes: Any) -> Transformer:
    settings = tiny(folder, quantise="no", epochs=2, **changes)
    if changes:
        encoder(folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    model = Transformer.create(settings)
    model.fit(news(30), [], seed=3)
    return model


def test_runs_with_dropout_disagree_and_a_seed_repeats_them(tmp_path: Path) -> None:
    model = trained(tmp_path)
    both = [*news(20), Sentence("", [], Document("")), *sentences("Zola met May in Lima .")]
    found = disagreement(model, both, samples=4)
    assert found.shape == (22,)
    assert found[20] == 0.0
    assert (np.delete(found, 20) > 0.0).all()
    assert np.array_equal(found, disagreement(model, both, samples=4))
    assert not np.array_equal(found, disagreement(model, both, samples=4, seed=1))
    x, bounds = model.emissions(both)
    assert (found <= np.log(x.shape[1]) * np.diff(bounds)).all()
    assert disagreement(model, []).tolist() == []


def test_without_dropout_there_is_nothing_to_disagree_on(tmp_path: Path) -> None:
    assert disagreement(trained(tmp_path, dropout=0.0), news(5), samples=3) == pytest.approx(0.0, abs=1e-6)

"""A batch that does not fit is run in halves."""

import logging

import numpy as np
import pytest

from livener.recognizers.neural.runtime import run
from livener.recognizers.neural.windows import Arrays


class Small:
    """Room for two rows."""

    def __call__(self, arrays: Arrays) -> np.ndarray:
        if len(arrays["ids"]) > 2:
            raise RuntimeError("CUDA out of memory. Tried to allocate 20 MiB")
        return arrays["ids"][:, :, None].astype(np.float32)


def test_what_does_not_fit_is_run_in_halves_and_noted(caplog: pytest.LogCaptureFixture) -> None:
    ids = np.arange(14).reshape(7, 2)
    with caplog.at_level(logging.WARNING, "livener"):
        scores = run(Small(), {"ids": ids, "mask": np.ones_like(ids)})
    assert np.array_equal(scores[:, :, 0], ids)
    assert "7 rows" in caplog.text


def test_other_faults_are_not_hidden() -> None:
    def broken(_: Arrays) -> np.ndarray:
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        run(broken, {"mask": np.ones((4, 2))})

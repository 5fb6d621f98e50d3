"""The files of a CRF: ``crf.json``, ``features.json`` and ``weights.npz``."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from livener.errors import InputError


def write(path: Path, description: Mapping[str, Any], features: Sequence[str], arrays: Mapping[str, Any]) -> None:
    """Write the description, the names of the features and the arrays into the folder ``path``."""
    (path / "crf.json").write_text(json.dumps(description, indent=1, ensure_ascii=False), encoding="utf-8")
    (path / "features.json").write_text(json.dumps(features, ensure_ascii=False), encoding="utf-8")
    np.savez(path / "weights.npz", **arrays)


def read(path: Path) -> tuple[dict[str, Any], list[str], dict[str, npt.NDArray[Any]]]:
    """Read what `write` wrote.

    Raises:
        InputError: a file is missing, or the files do not belong together: the kernels trust the sizes of arrays.
    """
    for name in ("crf.json", "features.json", "weights.npz"):
        if not (path / name).is_file():
            raise InputError(f"there is no file {name}", where=str(path), fix="the folder of a saved CRF")
    description = json.loads((path / "crf.json").read_text(encoding="utf-8"))
    settings = description["settings"]
    settings |= {key: tuple(value) for key, value in settings.items() if isinstance(value, list)}
    features = json.loads((path / "features.json").read_text(encoding="utf-8"))
    with np.load(path / "weights.npz", allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    width = (2 * settings["reach"] + 1) * math.isqrt(arrays["steps"].size)
    if any(arrays[name].shape != (len(set(features)), width) for name in ("weights", "roots")):
        raise InputError("its files do not belong together", where=str(path))
    return description, features, arrays

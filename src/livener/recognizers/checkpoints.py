"""The state of a training on disk, so that it goes on after it was killed."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from livener.errors import InputError
from livener.recognizers.team import Team

Arrays = Mapping[str, npt.NDArray[Any]]
_FILE, _STATE = "state.npz", "state"


class Checkpoints:
    """A folder with the last state of one training: arrays and JSON values in one file that is replaced whole.

    ``key`` says which training it is: recognizer, settings, data, seed. A state is kept every ``every`` seconds of
    ``clock``, so that a short training writes nothing, and less often where writing takes long: it costs no more than
    a twentieth of the time. With 0 every state is kept. ``seconds`` is the time that training took so far, what was
    done before it was killed (``seconds_before``) included; ``resumed`` how often it went on.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Checkpoints(Path(folder, "c"), key="a").save({"w": np.arange(3)}, {"epoch": 2})
    ...     Checkpoints(Path(folder, "c"), key="a").load()
    ({'w': array([0, 1, 2])}, {'epoch': 2})
    """

    def __init__(
        self, folder: Path, *, key: str = "", every: float = 30.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self.folder = folder
        self.resumed = 0
        self._key = key
        self._every = every
        self._clock = clock
        self._began = self._last = clock()
        self.seconds_before = self._cost = 0.0

    @property
    def seconds(self) -> float:
        """How long training took so far."""
        return self.seconds_before + self._clock() - self._began

    @property
    def due(self) -> bool:
        """Whether it is time to keep the state, and this process is the one that does."""
        return Team.of().leads and self._clock() - self._last >= (self._every and max(self._every, 20.0 * self._cost))

    def save(self, arrays: Arrays, state: Mapping[str, Any]) -> None:
        """Keep this state in place of the last one; a kill at any moment leaves one of the two."""
        began = self._clock()
        about = {"key": self._key, "seconds": self.seconds, "resumed": self.resumed, "values": dict(state)}
        self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / f".{_FILE}"
        with new.open("wb") as file:
            packed: dict[str, Any] = {f"a.{name}": array for name, array in arrays.items()}
            np.savez(file, **packed, state=np.frombuffer(json.dumps(about).encode(), np.uint8))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.folder / _FILE)
        self._last = self._clock()
        self._cost = self._last - began

    def load(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]] | None:
        """The last state, or ``None`` where there is none.

        Raises:
            InputError: it is of another training, or damaged.
        """
        file = self.folder / _FILE
        if not file.is_file():
            return None
        try:
            with file.open("rb") as opened, np.load(opened, allow_pickle=False) as archive:
                about = json.loads(archive[_STATE].tobytes())
                arrays = {name[2:]: archive[name] for name in archive.files if name != _STATE}
        except (OSError, ValueError, LookupError, EOFError, BadZipFile) as error:
            raise InputError(f"cannot be read: {error!r}", where=str(file), fix="to train without --resume") from None
        if about["key"] != self._key:
            raise InputError(
                "the unfinished training there has other data, settings, or another seed",
                where=str(self.folder),
                fix="the same arguments, or to train without --resume",
            )
        self.seconds_before, self._began = about["seconds"], self._clock()
        self.resumed = about["resumed"] + 1
        return arrays, about["values"]

    def clear(self) -> None:
        """Remove what was kept."""
        for name in (_FILE, f".{_FILE}"):
            (self.folder / name).unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

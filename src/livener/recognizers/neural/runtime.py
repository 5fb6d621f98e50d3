"""Where a network runs: ONNX Runtime, or torch."""

import logging
import os
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from livener.errors import MissingDependencyError
from livener.recognizers.neural.windows import Arrays

_LOG = logging.getLogger("livener")
CPU_BUDGET, GPU_BUDGET = 1 << 9, 1 << 15
"""What fits into a processor's caches, and what keeps a GPU busy."""
_SLOWER_ON_CPU = ["SkipLayerNormFusion"]
"""The fused operator takes four times as long on a CPU as an addition and a normalisation, a fifth of the whole."""


class Runtime(Protocol):
    """From the arrays of a batch, each (rows, positions, …), to scores (rows, positions, tags).

    ``budget`` is how many positions, padding included, a batch should have at most.
    """

    @property
    def budget(self) -> int: ...

    def __call__(self, arrays: Arrays) -> npt.NDArray[np.float32]: ...


class OnnxRuntime:
    """An exported network, run by ONNX Runtime on the GPU where it finds one, else on the CPU.

    Raises:
        MissingDependencyError: onnxruntime is not installed.
    """

    def __init__(self, model: bytes) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise MissingDependencyError("onnxruntime", extra="onnx", need="an exported model") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads()
        options.log_severity_level = 3
        wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
        there = onnxruntime.get_available_providers()
        on_gpu = wanted[0] in there
        self._session: Any = onnxruntime.InferenceSession(
            model,
            options,
            providers=[name for name in wanted if name in there],
            disabled_optimizers=None if on_gpu else _SLOWER_ON_CPU,
        )
        self.budget = GPU_BUDGET if on_gpu else CPU_BUDGET
        self._inputs = [one.name for one in self._session.get_inputs()]

    @staticmethod
    def on_gpu() -> bool:
        """Whether the installed ONNX Runtime knows GPUs."""
        try:
            import onnxruntime
        except ImportError:
            return False
        return "CUDAExecutionProvider" in onnxruntime.get_available_providers()

    def __call__(self, arrays: Arrays) -> npt.NDArray[np.float32]:
        scores: npt.NDArray[np.float32] = self._session.run(None, {name: arrays[name] for name in self._inputs})[0]
        return scores


def has_torch() -> bool:
    """Whether torch is installed; it is not imported."""
    from importlib.util import find_spec

    return find_spec("torch") is not None


def gpu_present() -> bool:
    """Whether there is a GPU of NVIDIA with its driver, asked without importing torch."""
    import ctypes

    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0


def threads() -> int:
    """The processors that this process may use: more threads than these only wait for each other.

    ``OMP_NUM_THREADS`` in the environment says so to one of several workers on a machine.
    """
    if (given := os.environ.get("OMP_NUM_THREADS", "")).isdecimal() and int(given) > 0:
        return int(given)
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, 16)


def run(runtime: Runtime, arrays: Arrays) -> npt.NDArray[np.float32]:
    """The scores of a batch; what does not fit into memory is run in halves, with a note in the log.

    Raises:
        RuntimeError: not even a single row fits.
    """
    rows = len(arrays["mask"])
    try:
        return runtime(arrays)
    except (RuntimeError, MemoryError) as error:
        if rows == 1 or not is_memory(error):
            raise
    _LOG.warning("a batch of %d rows does not fit into memory: run in halves", rows)
    half = rows // 2
    parts = [run(runtime, part) for part in (_slice(arrays, 0, half), _slice(arrays, half, rows))]
    return np.concatenate(parts)


def is_memory(error: Exception) -> bool:
    """Whether it says that memory did not suffice, of the machine or of its GPU."""
    return type(error).__name__ in ("MemoryError", "OutOfMemoryError") or any(
        phrase in str(error).lower() for phrase in ("out of memory", "allocate memory", "bad_alloc", "alloc_failed")
    )


def _slice(arrays: Mapping[str, npt.NDArray[Any]], start: int, end: int) -> Arrays:
    return {name: array[start:end] for name, array in arrays.items()}

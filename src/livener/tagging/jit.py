"""Compilation of the kernels: once per machine, kept beside the source (or in the user's cache directory)."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def jit(function: Callable[P, R]) -> Callable[P, R]:
    """Compile to machine code on first use, without the interpreter lock and with no check of bounds.

    Sums keep their order: reordered ones (``reassoc``) are no faster here, and their last bit depends on where the
    arrays happen to lie in memory. Infinities keep their meaning, since illegal transitions are minus infinity.
    """
    flags = {"nsz", "contract", "arcp"}
    compiled = numba.njit(cache=True, nogil=True, fastmath=flags, error_model="numpy")(function)
    return cast("Callable[P, R]", compiled)

"""The inference log: every prediction, in columnar segments that survive whatever ends the process.

Predictions are appended to a file of checked frames, which is synced within a bounded time; such files become Parquet
segments by day and project; DuckDB reads both. Needs the extra ``server``.
"""

from livener.errors import MissingDependencyError

try:  # before any other module of this package is read
    import duckdb  # noqa: F401
    import pyarrow  # noqa: F401
except ModuleNotFoundError as error:
    raise MissingDependencyError(error.name or "pyarrow", extra="server", need="the inference log") from None

from livener.monitoring.log.reading import Log, Window
from livener.monitoring.log.rows import Inferences
from livener.monitoring.log.writing import LogWriter

__all__ = ["Inferences", "Log", "LogWriter", "Window"]

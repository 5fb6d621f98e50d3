"""What a project must never lose: a database (SQLite or PostgreSQL), and the artefacts beside it.

Needs the extra ``server``.
"""

from livener.errors import MissingDependencyError

try:  # before any other module of this package is read
    import alembic  # noqa: F401
    import fsspec  # noqa: F401
    import sqlalchemy  # noqa: F401
except ModuleNotFoundError as error:
    raise MissingDependencyError(error.name or "sqlalchemy", extra="server", need="a project's store") from None

from livener.store.artefacts import Artefacts
from livener.store.database import Store

__all__ = ["Artefacts", "Store"]

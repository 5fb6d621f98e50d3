"""livener keeps named-entity recognition alive in production.

>>> import livener
>>> livener.Document("Apple bought Shazam.", spans=(livener.Span(0, 5, "ORG"),)).spans[0].text
'Apple'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livener.client import Client
    from livener.errors import InputError, LivenerError, MissingDependencyError
    from livener.pipeline import Pipeline, load
    from livener.text import Document, Span

    __version__: str

__all__ = ["Client", "Document", "InputError", "LivenerError", "MissingDependencyError", "Pipeline", "Span", "load"]

# Looked up on first use: `import livener` and `livener --help` need neither numpy nor numba.
_HOMES = {
    "Client": "livener.client",
    "Document": "livener.text",
    "InputError": "livener.errors",
    "LivenerError": "livener.errors",
    "MissingDependencyError": "livener.errors",
    "Pipeline": "livener.pipeline",
    "Span": "livener.text",
    "load": "livener.pipeline",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version("livener")
    if name not in _HOMES:
        raise AttributeError(f"module 'livener' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

"""A component for Haystack."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from livener.adapters.entities import entities_of
from livener.errors import MissingDependencyError
from livener.pipeline import Pipeline, load

try:
    from haystack import Document, component, default_from_dict, default_to_dict
except ImportError:
    raise MissingDependencyError("haystack-ai", extra="adapters", need="livener.adapters.haystack") from None


@component
class EntityAnnotator:
    """Puts the entities of each document into its ``meta``, under ``key``; the documents given stay as they are.

    ``model`` is a path, so that a pipeline of Haystack can be written to a file; it is loaded by `warm_up`, which
    Haystack calls.
    """

    def __init__(self, model: str | Path, key: str = "entities") -> None:
        self.model, self.key = str(model), key
        self._nlp: Pipeline | None = None

    def warm_up(self) -> None:
        """Load the model."""
        self._nlp = self._nlp or load(self.model)

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, list[Document]]:
        """The documents with their entities."""
        self.warm_up()
        assert self._nlp is not None
        found = entities_of(self._nlp, (document.content for document in documents))
        return {
            "documents": [
                replace(document, meta={**document.meta, self.key: spans})
                for document, spans in zip(documents, found, strict=True)
            ]
        }

    def to_dict(self) -> dict[str, Any]:
        """For Haystack's own files."""
        made: dict[str, Any] = default_to_dict(self, model=self.model, key=self.key)
        return made

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "EntityAnnotator":
        """From Haystack's own files."""
        made: EntityAnnotator = default_from_dict(cls, data)
        return made

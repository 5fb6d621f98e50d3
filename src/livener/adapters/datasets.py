"""A function for ``datasets.Dataset.map``: ``data.map(EntityMapper("model/"), batched=True)``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from livener.adapters.entities import Entity, entities_of
from livener.pipeline import Pipeline, load


class EntityMapper:
    """Adds a column of entities to a dataset of texts; with ``batched=True``, in as many processes as you like.

    ``model`` is a path, so that every process loads its own, and so that the cache of ``datasets`` knows whether
    anything changed: the version of the model is part of it.

    >>> import tempfile
    >>> from livener.pipeline import save
    >>> from livener.recognizers.registry import get
    >>> folder = Path(tempfile.mkdtemp(), "model")
    >>> save(Pipeline(get("patterns")()), folder)
    >>> EntityMapper(folder)({"text": ["Pay $5."]})["entities"][0][0]["text"]
    '$5'
    """

    def __init__(self, model: str | Path, *, text: str = "text", entities: str = "entities") -> None:
        self.model, self.text, self.entities = str(model), text, entities
        file = Path(model)
        self.version = (file if file.is_file() else file / "model.json").read_text(encoding="utf-8")
        self._nlp: Pipeline | None = None

    def __call__(self, batch: Mapping[str, list[Any]]) -> dict[str, list[list[Entity]]]:
        """The new column for a batch of rows."""
        self._nlp = self._nlp or load(self.model)
        return {self.entities: list(entities_of(self._nlp, batch[self.text]))}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_nlp": None}

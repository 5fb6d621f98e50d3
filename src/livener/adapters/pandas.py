"""An accessor for columns of pandas: ``frame["text"].livener.entities(nlp)``. Import this module to have it."""

from typing import Any

from livener.adapters.entities import Model, entities_of, pipeline_of
from livener.errors import MissingDependencyError

try:
    import pandas as pd
except ImportError:
    raise MissingDependencyError("pandas", extra="adapters", need="livener.adapters.pandas") from None


@pd.api.extensions.register_series_accessor("livener")
class Accessor:
    """What livener finds in a column of texts.

    >>> from livener import Pipeline
    >>> from livener.recognizers.registry import get
    >>> texts = pd.Series(["Pay $5.", None], index=["a", "b"])
    >>> [[one["text"] for one in row] for row in texts.livener.entities(Pipeline(get("patterns")()))]
    [['$5'], []]
    """

    def __init__(self, series: Any) -> None:
        self._series = series

    def entities(self, model: Model) -> "pd.Series[Any]":
        """A list of entities for each row, under the same index."""
        found = list(entities_of(pipeline_of(model), self._series))
        return pd.Series(found, index=self._series.index, name="entities", dtype=object)

    def table(self, model: Model) -> pd.DataFrame:
        """A row for each entity, under the index of its text, which can be joined to the texts again."""
        found = self.entities(model)
        columns = ["start", "end", "text", "label", "score", "kb_id"]
        index = [place for place, row in zip(found.index, found, strict=True) for _ in row]
        return pd.DataFrame([one for row in found for one in row], index=index, columns=columns)

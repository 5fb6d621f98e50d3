"""A namespace for columns of polars: ``frame["text"].livener.entities(nlp)``. Import this module to have it."""

from livener.adapters.entities import Model, entities_of, pipeline_of
from livener.errors import MissingDependencyError

try:
    import polars as pl
except ImportError:
    raise MissingDependencyError("polars", extra="adapters", need="livener.adapters.polars") from None

ENTITIES = pl.List(
    pl.Struct(
        {
            "start": pl.Int64,
            "end": pl.Int64,
            "text": pl.String,
            "label": pl.String,
            "score": pl.Float64,
            "kb_id": pl.String,
        }
    )
)


@pl.api.register_series_namespace("livener")
class Namespace:
    """What livener finds in a column of texts.

    >>> from livener import Pipeline
    >>> from livener.recognizers.registry import get
    >>> texts = pl.Series("note", ["Pay $5.", None])
    >>> texts.livener.entities(Pipeline(get("patterns")())).list.len().to_list()
    [1, 0]
    """

    def __init__(self, series: pl.Series) -> None:
        self._series = series

    def entities(self, model: Model) -> pl.Series:
        """A list of structs for each row."""
        return pl.Series("entities", list(entities_of(pipeline_of(model), self._series)), dtype=ENTITIES)

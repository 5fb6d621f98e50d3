"""A pandas UDF for Spark."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from livener.adapters.entities import entities_of
from livener.errors import MissingDependencyError
from livener.pipeline import load

SCHEMA = "array<struct<start:int,end:int,text:string,label:string,score:double,kb_id:string>>"


def entities_udf(model: str | Path) -> Any:
    """A function of a column of texts: ``frame.withColumn("entities", entities_udf("model/")("text"))``.

    Every Python worker of Spark loads the model once for a partition. livener is installed on all nodes, and the
    model is at the same place for all, such as a shared folder.

    Raises:
        MissingDependencyError: pyspark, or pandas, which it needs, is not installed.
    """
    try:
        import pandas as pd
        from pyspark.sql.functions import pandas_udf
    except ImportError:
        raise MissingDependencyError("pyspark", extra="spark", need="livener.adapters.spark") from None
    place = str(model)

    def found(parts: Iterator[pd.Series]) -> Iterator[pd.Series]:
        nlp = load(place)
        for texts in parts:
            yield pd.Series(list(entities_of(nlp, texts)), dtype=object)

    return pandas_udf(found, SCHEMA)

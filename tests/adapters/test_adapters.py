"""Each adapter on the real library."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from livener.pipeline import Pipeline, load, save
from livener.recognizers.registry import get

TEXTS = ["🎉 Pay $5 to ada@example.org.", "Nothing.", "", "On 12 May 2024."]
FOUND = [["$5", "ada@example.org"], [], [], ["12 May 2024"]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "patterns"
    save(Pipeline(get("patterns")()), folder)
    return folder


def names(rows: list) -> list[list[str]]:
    """The surface forms; each is its slice of its text."""
    for text, row in zip(TEXTS, rows, strict=True):
        for one in row:
            assert text[one["start"] : one["end"]] == one["text"]
            assert isinstance(one["score"], float)
            assert one["kb_id"] is None
    return [[one["text"] for one in row] for row in rows]


def test_pandas(model: Path) -> None:
    import pandas as pd

    import livener.adapters.pandas  # noqa: F401

    frame = pd.DataFrame({"text": [*TEXTS, None]}, index=list("abcde"))
    found = frame["text"].livener.entities(model)
    assert list(found.index) == list("abcde")
    assert found["e"] == []
    assert names(list(found)[:-1]) == FOUND
    table = frame["text"].livener.table(load(model))
    assert list(table.index) == ["a", "a", "d"]
    assert list(table["label"]) == ["MONEY", "EMAIL", "DATE"]
    assert frame.join(table.add_prefix("entity_")).loc["d", "entity_text"] == "12 May 2024"


def test_polars(model: Path) -> None:
    import polars as pl

    from livener.adapters.polars import ENTITIES

    frame = pl.DataFrame({"text": [*TEXTS, None]})
    with_entities = frame.with_columns(frame["text"].livener.entities(model))
    assert with_entities.schema["entities"] == ENTITIES
    assert names(with_entities["entities"].to_list()[:-1]) == FOUND
    labels = with_entities.explode("entities").unnest("entities", separator="_")["entities_label"]
    assert labels.drop_nulls().to_list() == ["MONEY", "EMAIL", "DATE"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_datasets(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path))
    from datasets import Dataset
    from livener.adapters.datasets import EntityMapper

    data = Dataset.from_dict({"text": TEXTS})
    mapped = data.map(EntityMapper(model), batched=True, batch_size=3, new_fingerprint="x")
    assert names(mapped["entities"]) == FOUND
    assert mapped["text"] == data["text"]
    other = data.rename_column("text", "note").map(EntityMapper(model, text="note", entities="found"), batched=True)
    assert other.column_names == ["note", "found"]


def test_langchain(model: Path) -> None:
    from langchain_core.documents import Document

    from livener.adapters.langchain import EntityTransformer

    given = [Document(page_content=text, metadata={"n": n}) for n, text in enumerate(TEXTS)]
    found = EntityTransformer(model).transform_documents(given)
    assert names([document.metadata["entities"] for document in found]) == FOUND
    assert [document.metadata["n"] for document in found] == [0, 1, 2, 3]
    assert "entities" not in given[0].metadata


@pytest.mark.filterwarnings("ignore")  # Haystack's own
def test_haystack(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAYSTACK_TELEMETRY_ENABLED", "False")
    from haystack import Document
    from haystack import Pipeline as Haystack

    from livener.adapters.haystack import EntityAnnotator

    first = Haystack()
    first.add_component("entities", EntityAnnotator(model=str(model)))
    again = Haystack.loads(first.dumps(), allowed_modules=["livener.adapters.haystack"])
    given = [Document(content=text, meta={"n": n}) for n, text in enumerate(TEXTS)]
    found = again.run({"entities": {"documents": given}})["entities"]["documents"]
    assert names([document.meta["entities"] for document in found]) == FOUND
    assert [document.meta["n"] for document in found] == [0, 1, 2, 3]
    assert "entities" not in given[0].meta


@pytest.fixture
def spark(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """The client of Spark on a server that speaks its protocol and needs no Java."""
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    monkeypatch.setenv("SPARK_HOME", "/")  # of a Spark of Java, which the client looks for and does not use

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    session = SparkSession.builder.remote(f"sc://127.0.0.1:{server.listening_address[1]}").getOrCreate()
    try:
        yield session
    finally:
        session.stop()
        server.stop()


@pytest.mark.filterwarnings("ignore")  # the client's own
def test_spark(model: Path, spark: object) -> None:
    from livener.adapters.spark import entities_udf

    frame = spark.createDataFrame([(n, text) for n, text in enumerate(TEXTS)], ["n", "text"])
    rows = frame.withColumn("entities", entities_udf(model)("text")).orderBy("n").collect()
    assert names([[one.asDict() for one in row.entities] for row in rows]) == FOUND

"""Domains by an encoder: known ones, text of none, in a pipeline, and what cannot be read."""

from pathlib import Path

import pytest
from tests.pipeline.test_domains import law, news, recipes

from livener.errors import InputError
from livener.pipeline.batch import Batch
from livener.pipeline.encoded_domains import read, train
from livener.pipeline.stages.domain import DomainGate
from livener.text import Document

pytest.importorskip("transformers")


def names(found: object) -> set[str]:
    return {one.name for one in found}  # type: ignore[attr-defined]


@pytest.mark.parametrize("other", [[], recipes(20)])
def test_known_domains_and_text_of_none(tmp_path: Path, other: list[str]) -> None:
    train({"news": news(20), "law": law(20)}, other=other).save(tmp_path / "d")
    domains = read(tmp_path / "d")
    assert domains.names == ("law", "news")
    assert names(domains(news(23)[20:])) == {"news"}
    assert names(domains(law(23)[20:])) == {"law"}
    strange = domains(["Whisk two eggs and bake for ten minutes.", "Fry the onions in butter until soft."])
    assert names(strange) == {"unknown"}
    assert min(one.unknown for one in strange) > 0.5
    assert domains([]) == []
    gate = DomainGate(tmp_path / "d", refuse=("unknown",))
    batch = gate(Batch([Document("Whisk two eggs and bake for ten minutes.")], texts=[("Whisk two eggs.", None)]))
    assert batch.texts == [("", None)]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no classifier of domains"):
        read(tmp_path)
    (tmp_path / "domains.json").write_text('{"version": "domains.encoder.v1", "names": ["a"]}')
    with pytest.raises(InputError, match="no classifier of domains"):
        read(tmp_path)

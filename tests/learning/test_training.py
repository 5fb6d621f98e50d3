"""Training from Python."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import livener
from livener.errors import InputError
from livener.learning import train
from livener.text import Document, Span

CREATED = datetime(2024, 5, 1, tzinfo=UTC)


def documents(*names: str) -> list[Document]:
    return [Document(f"{name} arrived today .", spans=(Span(0, len(name), "PERSON"),)) for name in names]


def test_the_report_and_the_directory_agree(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    report = train(
        "crf",
        documents("Ada", "Alan", "Grace", "Kay"),
        documents("Ada"),
        out=tmp_path / "m",
        seed=3,
        created=CREATED,
        progress=lambda done, total, _: steps.append((done, total)),
    )
    nlp = livener.load(tmp_path / "m")
    assert nlp.info["metrics"] == report.metrics
    assert nlp.info["created"] == "2024-05-01T00:00:00+00:00"
    assert nlp.info["seed"] == 3
    assert nlp.info["data"]["dev"]["spans"] == 1
    assert nlp("Ada arrived today .") == report.pipeline("Ada arrived today .")
    assert [span.text for span in nlp("Ada arrived today .").spans] == ["Ada"]
    assert steps


@pytest.mark.parametrize(
    ("learn", "stop", "message"),
    [([], ["Ada"], "no training documents"), (["Ada"], [], "no development documents")],
)
def test_no_documents(learn: list[str], stop: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        train("crf", documents(*learn), documents(*stop), out=tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("learn", "stop", "message"),
    [
        (Document("Ada"), Document("Ada", spans=(Span(0, 3, "A"),)), "training .* no annotated spans"),
        (Document("Ada", spans=(Span(0, 3, "A"),)), Document("Ada"), "development .* no annotated spans"),
        (Document("Ada", spans=(Span(0, 3, "A"),)), Document("Ada", spans=(Span(0, 3, "B"),)), "none of the labels"),
        (Document("Ada", spans=(Span(1, 3, "A"),)), Document("Ada", spans=(Span(0, 3, "A"),)), "begins and ends"),
    ],
)
def test_annotations_that_nothing_can_be_learned_from(
    learn: Document, stop: Document, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        train("crf", [learn], [stop], out=tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seed", [-1, 1 << 32])
def test_a_seed_out_of_range(seed: int, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="seed"):
        train("crf", documents("Ada"), documents("Ada"), out=tmp_path / "m", seed=seed)


def test_a_target_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(InputError, match="other than a model"):
        train("crf", documents("Ada"), documents("Ada"), out=tmp_path, progress=lambda *_: pytest.fail("it trained"))

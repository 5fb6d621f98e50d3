"""A small CRF, and documents of which it knows some."""

import pytest
from tests.recognizers.samples import marked, news

from livener.pipeline import Pipeline
from livener.recognizers.crf import Crf
from livener.text import Document

TEXTS = (
    "Ann Lee joined Acme Corp. in Oslo last week .",
    "Quillon moved from Brünn to Zenith Robotics . The weather was fine .",
    "Nothing happened .",
    "May Brown said that Jordan left .",
    "🎉",
    "",
)


@pytest.fixture(scope="session")
def nlp() -> Pipeline:
    crf = Crf.create({"epochs": 4})
    crf.fit(news(20), [])
    return Pipeline(crf)


@pytest.fixture
def pool() -> list[Document]:
    return [Document(text, f"p{number}") for number, text in enumerate(TEXTS)]


@pytest.fixture
def known() -> list[Document]:
    return [marked("[Ann Lee](PER) joined [Shell](ORG) in [Lima](LOC) last week ."), marked("Nothing was said .")]

"""Encoders of every family: trained, exported, and the same in a new process."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.recognizers.neural.architectures import ARCHITECTURES, architecture
from tests.recognizers.samples import news, sentences

from livener.recognizers.neural import outliers
from livener.recognizers.neural.export import CannotExportError, export, quantised
from livener.recognizers.neural.runtime import OnnxRuntime
from livener.recognizers.neural.windows import collate
from livener.recognizers.transformer import Transformer
from livener.text import Span

torch = pytest.importorskip("torch", reason="needs the extra neural")

TEXTS = (
    "Ann Lee joined Acme Corp. in Oslo last week.",
    "In  Łódź ,\tMr. Émile Zola 🙂 sued Delta Ltd!",
    "“Jordan Hale” left (Lima); nothing happened in 東京.",
)
UNEXPORTED = {"longformer"}
"""What torch's exporter does not know: it predicts in torch."""
AGAIN = """
import json, sys
from livener.recognizers.transformer import Transformer
from livener.text import Document, Segmenter

found = {}
for folder in sys.argv[2:]:
    model = Transformer.load(__import__("pathlib").Path(folder))
    spans = model.predict([one for text in json.loads(sys.argv[1]) for one in Segmenter().sentences(Document(text))])
    found[folder] = [[[s.start, s.end, s.label, round(s.score, 4)] for s in one] for one in spans]
print(json.dumps([found, [name for name in ("numba", "torch") if name in sys.modules]]))
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Transformer, Path]]:
    """One of each architecture, trained on the samples and saved."""
    made = {}
    for name in ARCHITECTURES:
        folder = tmp_path_factory.mktemp(name)
        settings = {"epochs": 12, "rate": 5e-3, "batch": 256, "window": 64, "overlap": 16, "quantise": "no"}
        model = Transformer.create({"encoder": str(architecture(name, folder / "encoder")), **settings})
        model.fit(news(60), [], seed=3)
        (folder / "model").mkdir()
        model.save(folder / "model")
        made[name] = (model, folder / "model")
    return made


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_it_learns_and_its_spans_are_words(models: dict[str, tuple[Transformer, Path]], name: str) -> None:
    model, _ = models[name]
    spans = [span for one in model.predict(sentences(*TEXTS)) for span in one]
    assert spans
    assert all(isinstance(span, Span) and span.text == span.text.strip() for span in spans)
    gold = news(20, skip=7)
    right = sum(
        {(s.start, s.end, s.label) for s in one.document.spans} == {(s.start, s.end, s.label) for s in found}
        for one, found in zip(gold, model.predict(gold), strict=True)
    )
    assert right >= 12


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name not in UNEXPORTED])
def test_what_is_taken_apart_says_the_same(
    models: dict[str, tuple[Transformer, Path]], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outliers, "_FAR", 0.0)  # as if some inputs of every product were
    model, _ = models[name]
    sample = collate(model.rows(sentences(*TEXTS)), model.padding)
    plain = bytes(model.files["model.onnx"])
    divided = outliers.apart(plain, [sample])
    assert divided.count(outliers.SUFFIX.encode()) >= 8
    seen = sample["mask"] > 0
    assert np.abs(OnnxRuntime(divided)(sample) - OnnxRuntime(plain)(sample))[seen].max() < 1e-3
    assert np.isfinite(OnnxRuntime(quantised(divided, "all"))(sample)[seen]).all()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_what_is_exported_says_the_same_as_torch(models: dict[str, tuple[Transformer, Path]], name: str) -> None:
    model, folder = models[name]
    assert (folder / "model.onnx").is_file() == (name not in UNEXPORTED)
    if name in UNEXPORTED:
        sample = collate(model.rows(sentences(*TEXTS)), model.padding)
        with pytest.raises(CannotExportError):
            export(model.network(), sample)
        return
    long = sentences(" ".join([TEXTS[0][:-1]] * 30))
    exact = model._torch("cpu")
    for batch in (sentences(*TEXTS), long):
        theirs, _ = model.scores(batch, exact)
        assert model.scores(batch, model.runtime)[0] == pytest.approx(theirs, abs=1e-3)


def test_a_new_process_finds_the_same_spans(models: dict[str, tuple[Transformer, Path]]) -> None:
    exported = {str(folder): model for name, (model, folder) in models.items() if name not in UNEXPORTED}
    others = {str(folder): model for name, (model, folder) in models.items() if name in UNEXPORTED}
    for some, needed in ((exported, []), (others, ["torch"])):
        if not some:
            continue
        command = [sys.executable, "-c", AGAIN, json.dumps(TEXTS), *some]
        found, imported = json.loads(subprocess.check_output(command, text=True))
        assert imported == needed
        for folder, model in some.items():
            own = [
                [[s.start, s.end, s.label, round(s.score or 0.0, 4)] for s in one]
                for one in model.predict(sentences(*TEXTS))
            ]
            assert found[folder] == own

"""What `test_zero_shot` runs where gliner is installed: on a tiny checkpoint of untrained weights."""

import json
import pickle
import sys
from pathlib import Path

import pytest
import torch

from livener.errors import InputError
from livener.pipeline import Pipeline, load, save
from livener.recognizers.zero_shot import ZeroShot
from livener.text import Document, Segmenter, Sentence


def main(encoder: Path, work: Path) -> None:
    from gliner import GLiNER

    torch.manual_seed(0)
    sizes = {"max_width": 6, "hidden_size": 32, "dropout": 0.0, "max_len": 64, "max_types": 10}
    config = {
        "model_name": str(encoder),
        "name": "tiny",
        "span_mode": "markerV0",
        "words_splitter_type": "whitespace",
    }
    GLiNER.from_config({**config, **sizes}).save_pretrained(str(work / "tiny"), safe_serialization=True)
    labels = {"PERSON": "person", "GPE": "city or country"}
    engine = ZeroShot.create({"checkpoint": str(work / "tiny"), "labels": labels, "threshold": 0.01})
    assert engine.labels == ("GPE", "PERSON")
    text = "👩\u200d🚀 Ada Byron\u00a0joined Acme &amp; Co. in Oslo. She left."
    sentences = Segmenter().sentences(Document(text))
    spans = engine.predict(sentences)
    assert sum(map(len, spans)) > 2
    for sentence, found in zip(sentences, spans, strict=True):
        first, last = sentence.original(0, len(sentence.text))
        for span in found:
            assert first <= span.start < span.end <= last
            assert span.text == text[span.start : span.end]
            assert span.label in engine.labels
            assert 0 < (span.score or 0) <= 1
            assert span.source == "zero_shot"
    assert engine.predict([]) == []
    assert engine.predict([Sentence("", [], Document(""))]) == [[]]
    assert pickle.loads(pickle.dumps(engine)).predict(sentences) == spans
    save(Pipeline(engine), work / "model")
    assert not [file for file in (work / "model").rglob("*") if file.suffix in (".bin", ".pkl", ".pt")]
    again = load(work / "model")
    assert again.recognizer.predict(sentences) == spans
    assert ZeroShot.create({"checkpoint": str(work / "tiny"), "labels": ["WORK_OF_ART"]}).settings.labels == {
        "WORK_OF_ART": "work of art"
    }
    with pytest.raises(InputError, match=r"not a checkpoint of GLiNER"):
        ZeroShot.create({"checkpoint": str(work), "labels": ["ORG"]})
    print(json.dumps({"spans": sum(map(len, spans))}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

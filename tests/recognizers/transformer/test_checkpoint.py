"""Checkpoints of Hugging Face, in and out."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.recognizers.neural.encoders import encoder, tiny
from tests.recognizers.samples import news, sentences

import livener
from livener.errors import InputError
from livener.recognizers.transformer import Transformer

torch = pytest.importorskip("torch", reason="needs the extra neural")
transformers = pytest.importorskip("transformers", reason="needs the extra neural")

ODD = ["I-PER", "O", "E-PER", "S-LOC", "B-PER", "S-PER", "E-LOC", "I-LOC", "B-LOC"]
TEXT = "Ann Lee joined Acme Corp. in Oslo ."


def numbered(names: list[str]) -> dict[int, str]:
    return dict(enumerate(names))


def test_tags_in_any_order_of_bioes_keep_their_scores(tmp_path: Path) -> None:
    folder = encoder(tmp_path / "odd", tags=numbered(ODD))
    model = Transformer.from_checkpoint(folder)
    assert model.tagset.scheme.name == "BIOES"
    assert model.labels == ("LOC", "PER")
    [sentence] = sentences(TEXT)
    x, _ = model.emissions([sentence])
    theirs = transformers.AutoModelForTokenClassification.from_pretrained(folder).eval()
    words = model.pieces(sentence.words)
    ids = [2, *(number for word in words for number in word.ids), 3]
    firsts = 1 + np.cumsum([0, *(len(word.ids) for word in words)])[:-1]
    with torch.no_grad():
        wanted = theirs(torch.tensor([ids])).logits[0].numpy()[firsts]
    for k, tag in enumerate(model.tagset.tags):
        assert x[:, k] == pytest.approx(wanted[:, ODD.index(tag)], abs=1e-5)


def test_a_loaded_checkpoint_is_saved_and_read_again(tmp_path: Path) -> None:
    model = Transformer.from_checkpoint(encoder(tmp_path / "odd", tags=numbered(ODD)))
    expected, _ = model.emissions(sentences(TEXT))
    (tmp_path / "saved").mkdir()
    model.save(tmp_path / "saved")
    again, _ = Transformer.load(tmp_path / "saved").emissions(sentences(TEXT))
    assert np.abs(again - expected).max() < 1e-4


def test_iob1_begins_an_entity_with_i(tmp_path: Path) -> None:
    model = Transformer.from_checkpoint(encoder(tmp_path, tags=numbered(["I-PER", "O", "I-LOC"])))
    assert model.tagset.tags == ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
    x, _ = model.emissions(sentences(TEXT))
    assert (x[:, 1] < x[:, 2]).all()


@pytest.mark.parametrize("names", [["LABEL_0", "LABEL_1"], ["O", "PER"], ["B-PER", "I-PER"], ["O"]], ids=str)
def test_names_that_are_no_tags_are_refused(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(InputError, match="are no tags"):
        Transformer.from_checkpoint(encoder(tmp_path, tags=numbered(names)))


def test_a_bare_encoder_is_refused(tmp_path: Path) -> None:
    folder = encoder(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config["id2label"] = {"0": "O", "1": "B-PER", "2": "I-PER"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="BertModel"):
        Transformer.from_checkpoint(folder)


def test_without_a_fast_tokenizer_it_is_refused(tmp_path: Path) -> None:
    folder = encoder(tmp_path, tags=numbered(ODD))
    (folder / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=r"tokenizer\.json"):
        Transformer.from_checkpoint(folder)


def test_hugging_face_reads_what_is_saved(tmp_path: Path) -> None:
    model = Transformer.create(tiny(tmp_path / "encoder", word_case=False, quantise="no"))
    model.fit(news(60), [], seed=3)
    (tmp_path / "saved").mkdir()
    model.save(tmp_path / "saved")
    theirs = transformers.AutoModelForTokenClassification.from_pretrained(tmp_path / "saved").eval()
    assert theirs.config.id2label == dict(enumerate(model.tagset.tags))
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "saved")
    tagger = transformers.pipeline("token-classification", model=theirs, tokenizer=tokenizer)
    text = "He said that Ann Lee left ."
    assert [(one["word"], one["entity"]) for one in tagger(text)] == [("ann", "B-PER"), ("lee", "I-PER")]
    assert [(span.text, span.label) for span in model.predict(sentences(text))[0]] == [("Ann Lee", "PER")]


def test_livener_loads_a_checkpoint_as_it_is(tmp_path: Path) -> None:
    nlp = livener.load(encoder(tmp_path / "odd", tags=numbered(ODD)))
    assert nlp.labels == ("LOC", "PER")
    assert nlp(TEXT).text == TEXT


def test_classes_without_names_can_be_named(tmp_path: Path) -> None:
    folder = encoder(tmp_path, tags=numbered(["LABEL_0", "LABEL_1", "LABEL_2"]))
    assert Transformer.from_checkpoint(folder, tags=["O", "B-PER", "I-PER"]).labels == ("PER",)
    with pytest.raises(InputError, match="has 3 classes, not 1"):
        Transformer.from_checkpoint(folder, tags=["O"])


def test_the_files_of_a_slow_tokenizer_are_enough(tmp_path: Path) -> None:
    folder = encoder(tmp_path, tags=numbered(ODD))
    wanted = Transformer.from_checkpoint(folder)
    vocabulary = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    (folder / "vocab.txt").write_text("\n".join(sorted(vocabulary, key=vocabulary.__getitem__)) + "\n")
    about = {"do_lower_case": True, "tokenizer_class": "BertTokenizer", "mask_token": "[UNK]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(about))
    (folder / "tokenizer.json").unlink()
    made = Transformer.from_checkpoint(folder)
    assert made.pieces(["Oslo", "Qz"]) == wanted.pieces(["Oslo", "Qz"])
    assert (made.pieces.prefix, made.pieces.suffix) == (wanted.pieces.prefix, wanted.pieces.suffix)


@pytest.mark.parametrize(
    ("changes", "message"), [({"vocab_size": 900}, "the encoder 900"), ({"pad_token_id": 1}, "pads with piece 0")]
)
def test_a_tokenizer_of_another_encoder_is_refused(tmp_path: Path, changes: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Transformer.from_checkpoint(encoder(tmp_path, tags=numbered(ODD), **changes))


def test_another_tokenizer_of_the_same_size_is_refused(tmp_path: Path) -> None:
    model = Transformer.from_checkpoint(encoder(tmp_path / "odd", tags=numbered(ODD)))
    (tmp_path / "saved").mkdir()
    model.save(tmp_path / "saved")
    theirs = transformers.AutoModelForTokenClassification.from_pretrained(tmp_path / "saved")
    theirs.save_pretrained(tmp_path / "theirs")  # as who fine-tunes it with Hugging Face does
    tokenizer = json.loads((tmp_path / "saved" / "tokenizer.json").read_text())
    (tmp_path / "theirs" / "tokenizer.json").write_text(json.dumps(tokenizer))
    assert Transformer.from_checkpoint(tmp_path / "theirs").labels == model.labels
    numbers = tokenizer["model"]["vocab"]
    numbers["oslo"], numbers["acme"] = numbers["acme"], numbers["oslo"]
    (tmp_path / "theirs" / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(InputError, match="numbers other pieces"):
        Transformer.from_checkpoint(tmp_path / "theirs")
    with pytest.raises(InputError, match="numbers other pieces"):
        Transformer.create({"encoder": str(tmp_path / "theirs")}).fit(sentences(TEXT), [])


def test_a_pickle_is_refused(tmp_path: Path) -> None:
    folder = encoder(tmp_path, tags=numbered(ODD))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="a pickle"):
        Transformer.from_checkpoint(folder)

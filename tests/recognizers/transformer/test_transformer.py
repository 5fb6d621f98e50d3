"""The transformer: learning, long sentences, export, update."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.recognizers.neural.encoders import encoder, tiny
from tests.recognizers.samples import found, marked, news, sentences

from livener.errors import InputError
from livener.recognizers.transformer import Transformer
from livener.text import Document, Sentence, Span

pytest.importorskip("torch", reason="needs the extra neural")

from livener.recognizers.neural import fitting

DEV = news(20, skip=7)


@pytest.fixture
def in_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is trained stays in torch: an export takes longer than training something so small."""
    monkeypatch.setattr(fitting, "export_best", lambda *_: None)


def trained(folder: Path, **settings: Any) -> Transformer:
    model = Transformer.create(tiny(folder, **settings))
    model.fit(news(60), DEV, seed=3)
    return model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Transformer:
    """Exported and, as tiny as it is, quantised."""
    return trained(tmp_path_factory.mktemp("encoder"))


def right(model: Transformer, among: list[Sentence] = DEV) -> float:
    """The share of sentences in which exactly the gold is found."""
    predicted = model.predict(among)
    wanted = [{(s.start, s.end, s.label) for s in one.document.spans} for one in among]
    same = [{(s.start, s.end, s.label) for s in spans} == gold for spans, gold in zip(predicted, wanted, strict=True)]
    return sum(same) / len(same)


def test_it_learns_the_samples(model: Transformer) -> None:
    assert model.labels == ("LOC", "ORG", "PER")
    assert right(model) > 0.8


@pytest.mark.parametrize(
    "settings",
    [
        {"head": "crf", "scheme": "BIOES"},
        {"focal": 1.0, "class_weights": "balanced", "sampling": "weighted", "accumulate": 2},
        {"precision": "bfloat16", "layer_decay": 0.9, "head_rate": 2.0, "masking": 0.1, "context": 3},
        {"lora_rank": 8, "rate": 2e-2, "epochs": 12},
    ],
    ids=str,
)
@pytest.mark.usefixtures("in_torch")
def test_every_way_to_train_learns(tmp_path: Path, settings: dict[str, Any]) -> None:
    assert right(trained(tmp_path, quantise="no", **settings)) > 0.6


@pytest.mark.usefixtures("in_torch")
def test_frozen_layers_do_not_change(tmp_path: Path) -> None:
    import safetensors.numpy

    model = trained(tmp_path, quantise="no", frozen_layers=1, epochs=1)
    before = safetensors.numpy.load((tmp_path / "model.safetensors").read_bytes())
    after = safetensors.numpy.load(bytes(model.files["model.safetensors"]))
    same = {name for name, value in before.items() if np.array_equal(value, after.get("bert." + name))}
    assert "encoder.layer.0.output.dense.weight" in same
    assert "embeddings.word_embeddings.weight" in same
    assert "encoder.layer.1.output.dense.weight" not in same


def test_the_exported_network_says_what_torch_says(tmp_path: Path) -> None:
    model = trained(tmp_path, quantise="no", epochs=1)
    in_torch, _ = model.emissions(DEV)
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    exported, _ = Transformer.load(folder).emissions(DEV)
    assert np.abs(in_torch - exported).max() < 1e-4
    again = Transformer.load(folder)
    again.to("cpu")
    assert np.array_equal(again.emissions(DEV)[0], exported)


def test_a_quantised_network_stays_near(model: Transformer) -> None:
    assert model.plan == "all"
    assert b"MatMulInteger" in bytes(model.files["model.onnx"])
    quantised, _ = model.emissions(DEV)
    plain, bounds = model.scores(DEV, model._torch("cpu"))
    agree = model.chain.decode(plain, bounds)[0] == model.chain.decode(quantised, bounds)[0]
    assert agree.mean() > 0.9


@given(words=st.lists(st.sampled_from(["Oslo", "x", "anything", "Ann", "Acme", "in"]), min_size=1, max_size=300))
def test_windows_say_what_one_big_window_says(model: Transformer, words: list[str]) -> None:
    """With a network that sees a piece's left neighbour: no entity is lost, doubled or cut at a seam."""
    text = " ".join(words)
    ends = np.cumsum([len(word) + 1 for word in words])
    tokens = [(end - len(word) - 1, end - 1) for word, end in zip(words, ends.tolist(), strict=True)]
    sentence = Sentence(text, tokens, Document(text))
    table = np.random.default_rng(len(words)).normal(size=(model.pieces.size, 7)).astype(np.float32)

    def network(arrays: Any) -> Any:
        scores = table[arrays["ids"]]
        scores[:, 1:] += 0.5 * table[arrays["ids"][:, :-1]]
        return scores

    network.budget = 1024
    windowed, _ = model.scores([sentence], network)
    pieces = [number for word in model.pieces(words) for number in word.ids]
    whole = network({"ids": np.array([[*model.pieces.prefix, *pieces, *model.pieces.suffix]])})[0]
    firsts = 1 + np.cumsum([0, *(len(word.ids) for word in model.pieces(words))])[:-1]
    assert np.array_equal(windowed, whole[firsts])


def test_a_correction_is_learned_and_saved(model: Transformer, tmp_path: Path) -> None:
    import pickle

    model = pickle.loads(pickle.dumps(model))
    text = "Lima joined Paris ."
    new = sentences(Document(text, spans=(Span(0, 4, "PER"), Span(12, 17, "ORG"))))
    assert found(model.predict(new)) != [[("Lima", "PER"), ("Paris", "ORG")]]
    model.update(new, epochs=12)
    assert found(model.predict(new)) == [[("Lima", "PER"), ("Paris", "ORG")]]
    model.save(tmp_path)
    assert found(Transformer.load(tmp_path).predict(new)) == [[("Lima", "PER"), ("Paris", "ORG")]]


def test_of_a_partial_answer_the_rest_is_left_open(model: Transformer) -> None:
    import pickle

    text = "[Lima](PER) met Ann Lee in Oslo ."
    after = {}
    for complete in (False, True):
        learner = pickle.loads(pickle.dumps(model))
        learner.update(sentences(marked(text, complete=complete)), epochs=8)
        after[complete] = {surface for surface, _ in found(learner.predict(sentences(text)))[0]}
    assert after[True] == {"Lima"}
    assert "Oslo" in after[False]


def test_a_new_label_is_refused(model: Transformer) -> None:
    with pytest.raises(InputError, match="no label 'DRUG'"):
        model.update(sentences("[aspirin](DRUG) helps ."))


@pytest.mark.usefixtures("in_torch")
def test_new_pieces_are_learned_and_begin_as_the_mean_of_what_they_were_cut_into(tmp_path: Path) -> None:
    import safetensors.numpy

    model = trained(tmp_path, quantise="no", epochs=1, rate=1e-6, new_pieces=["Qzx", "oslo"])
    assert model.pieces.texts(model.pieces(["Qzx"])[0]) == ["qzx"]
    old = safetensors.numpy.load((tmp_path / "model.safetensors").read_bytes())["embeddings.word_embeddings.weight"]
    new = safetensors.numpy.load(bytes(model.files["model.safetensors"]))["bert.embeddings.word_embeddings.weight"]
    assert len(new) == len(old) + 1
    vocabulary = json.loads((tmp_path / "tokenizer.json").read_text())["model"]["vocab"]
    wanted = old[[vocabulary["q"], vocabulary["##z"], vocabulary["##x"]]].mean(0)
    assert np.abs(new[-1] - wanted).max() < 1e-3
    with pytest.raises(InputError, match="white space"):
        trained(tmp_path, new_pieces=["two words"])


@pytest.mark.usefixtures("in_torch")
def test_a_new_label_is_added_by_adapting(tmp_path: Path) -> None:
    model = trained(tmp_path, quantise="no", epochs=12, patience=12)
    before = right(model)
    new = [*news(12), *sentences(*["[Ann Lee](PER) took [aqt](DRUG) last week ."] * 30)]
    model.adapt(new, news(40), [*DEV, *new[-8:]], seed=2)
    assert model.labels == ("DRUG", "LOC", "ORG", "PER")
    assert found(model.predict(new[-1:])) == [[("Ann Lee", "PER"), ("aqt", "DRUG")]]
    assert right(model) >= before - 0.1
    assert model.config["id2label"] == {str(i): tag for i, tag in enumerate(model.tagset.tags)}


@pytest.mark.usefixtures("in_torch")
def test_what_does_not_fit_into_memory_is_learned_in_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import torch
    import transformers

    forward = transformers.BertModel.forward

    def hungry(self: Any, *given: Any, **named: Any) -> Any:
        if self.training and len(named["inputs_embeds"]) > 4:
            torch.empty(1 << 55, dtype=torch.uint8)  # which no machine has
        return forward(self, *given, **named)

    monkeypatch.setattr(transformers.BertModel, "forward", hungry)
    assert right(trained(tmp_path, quantise="no")) > 0.3
    assert "learned in halves" in caplog.text


@pytest.mark.usefixtures("in_torch")
def test_context_is_seen_and_not_read(tmp_path: Path) -> None:
    model = trained(tmp_path, quantise="no", context=4, epochs=1)
    document = Document("Ann Lee left. He went to Oslo. It was fine.")
    [_, middle, _] = sentences(document)
    [row] = model.rows([middle])
    assert len(row.reads) == len(middle.tokens)
    alone = Sentence(middle.text, middle.tokens, Document(middle.text))
    assert row.length > model.rows([alone])[0].length


def test_settings_out_of_range_are_refused() -> None:
    for wrong in (
        {"overlap": 300},
        {"rate": 0},
        {"epochs": 0},
        {"layer_decay": 0},
        {"masking": 1},
        {"dropout": 1},
        {"window": 4},
    ):
        with pytest.raises(InputError, match="out of range"):
            Transformer.create(wrong)


def test_a_changed_tokenizer_is_refused(model: Transformer, tmp_path: Path) -> None:
    model.save(tmp_path)
    file = tmp_path / "tokenizer.json"
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(InputError, match="not the one that the model was trained with"):
        Transformer.load(tmp_path)


def test_a_tokenizer_of_another_encoder_is_refused(tmp_path: Path) -> None:
    settings = tiny(tmp_path)
    encoder(tmp_path, vocab_size=40)
    with pytest.raises(InputError, match="the encoder only 40"):
        Transformer.create(settings).fit(news(5), [])


def test_an_encoder_without_a_fast_tokenizer_is_refused(tmp_path: Path) -> None:
    settings = tiny(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=r"tokenizer\.json"):
        Transformer.create(settings).fit(news(5), [])


def test_an_untrained_one_says_so() -> None:
    with pytest.raises(InputError, match="not trained"):
        Transformer.create({}).predict(news(1))


def test_a_device_that_is_not_there_is_refused(model: Transformer) -> None:
    with pytest.raises(InputError, match="no device 'cuda:99'"):
        model.to("cuda:99")
    with pytest.raises(InputError, match="no device 'nowhere'"):
        model.to("nowhere")
    model.to("auto")
    assert right(model) > 0.8

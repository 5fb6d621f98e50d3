"""The transformer explained: attributions that add up, and how words are cut."""

import numpy as np
import pytest
from tests.recognizers.neural.encoders import tiny
from tests.recognizers.samples import news, sentences

from livener.explain import attention, attributions, tokenisation, what_if, what_if_text
from livener.recognizers.transformer import Transformer

pytest.importorskip("torch", reason="needs the extra neural")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Transformer:
    model = Transformer.create(tiny(tmp_path_factory.mktemp("encoder"), quantise="no"))
    model.fit(news(60), [], seed=3)
    return model


def test_the_weights_of_words_add_up_to_the_score(model: Transformer) -> None:
    [sentence] = sentences("[Ann Lee](PER) joined [Acme Corp.](ORG) in [Oslo](LOC) last week .")
    found = attributions(model, sentence, steps=200)
    assert [one.span.text for one in found] == ["Ann Lee", "Acme Corp.", "Oslo"]
    for one in found:
        assert len(one.weights) == len(sentence.tokens)
        assert sum(one.weights) + one.rest == pytest.approx(one.score, rel=0.05, abs=0.05)
        assert one.rest == pytest.approx(0.0, abs=1e-4)
    assert attributions(model, sentences("nothing happened .")[0]) == []


def test_the_weights_of_words_are_those_of_captum(model: Transformer) -> None:
    captum = pytest.importorskip("captum.attr", reason="the peer is not installed")
    torch = pytest.importorskip("torch", reason="needs the extra neural")
    [sentence] = sentences("[Ann Lee](PER) joined [Acme Corp.](ORG) in [Oslox](LOC) last week .")
    network, [row] = model.network(), model.rows([sentence])
    ids, case = (torch.from_numpy(row.arrays[name])[None] for name in ("ids", "case"))
    real = network.embed(ids, case).detach()
    frame = torch.tensor([0, row.length - 1])
    blank = network.embed(torch.full_like(ids, model.pieces.padding), torch.zeros_like(case)).detach()
    blank[:, frame] = real[:, frame]
    tags = [model.tagset.index[tag] for tag in ("B-PER", "I-PER")]

    def margin(embedded: object) -> object:
        scores = network.score(embedded, torch.ones(embedded.shape[:2], dtype=torch.long))
        places = row.reads[:2].tolist()
        return sum(scores[:, place, tag] - scores[:, place, 0] for place, tag in zip(places, tags, strict=True))

    theirs = captum.IntegratedGradients(margin).attribute(real, blank, n_steps=48, method="riemann_middle")
    pieces = theirs.sum(-1)[0].numpy()
    wanted = np.add.reduceat(pieces[:-1], row.reads)
    own = attributions(model, sentence)[0]
    assert own.span.text == "Ann Lee"
    assert own.weights == pytest.approx(wanted.tolist(), abs=1e-4)


def test_how_words_are_cut_is_told_by_label(model: Transformer) -> None:
    found = tokenisation(model, sentences("[Oslox Qz](LOC) is near [Oslo](LOC) ; [Ann](PER) left 🙂 ."))
    assert (found[0].label, found[0].words, found[0].pieces, found[0].unknown) == ("LOC", 3, 5, 0)
    by_label = {one.label: one for one in found}
    assert by_label["PER"].rate == 1.0
    assert by_label[""].unknown == 1
    assert by_label["LOC"].terms[0] == ("Oslox Qz", ("oslo", "##x", "q", "##z"))


def test_attention_is_of_words(model: Transformer) -> None:
    [sentence] = sentences("Ann Lee joined Qzx in Oslo .")
    found = attention(model, sentence)
    assert found.weights.shape == (2, 4, 7, 7)
    rows = found.weights.sum(-1)
    assert ((rows > 0) & (rows < 1.0 + 1e-5)).all()
    strongest = found.strongest(0)
    assert len(strongest) == 3
    assert strongest[0][1] == pytest.approx(found.weights[-1, :, 0].mean(0).max())


def test_what_if_the_text_were_another(model: Transformer) -> None:
    [before], [after] = sentences("Ann Lee joined Shell in Oslo ."), sentences("Ann Lee joined Shell in weather .")
    moves = {one.label: one for one in what_if(model, before, after)}
    assert (moves["PER"].before, moves["PER"].after, moves["PER"].predicted) == ("Ann Lee", "Ann Lee", (True, True))
    assert (moves["LOC"].before, moves["LOC"].after, moves["LOC"].predicted[0]) == ("Oslo", "weather", True)
    assert moves["LOC"].score_after < moves["LOC"].score_before
    predicted = {span.label: span.score for span in model.predict([before])[0]}
    assert moves["LOC"].score_before == pytest.approx(predicted["LOC"], abs=1e-6)


def test_sentences_answer_those_with_the_same_words(model: Transformer) -> None:
    before = sentences("Ann Lee left .", "He said that Jordan Hale joined Shell .", "Nothing happened in Oslo .")
    after = [sentences("The weather was fine .")[0], before[0], before[2]]
    moved = [one for pair in what_if_text(model, before, after) for one in pair]
    kept = {one.before: one for one in moved if one.after is not None}
    assert set(kept) >= {"Ann Lee", "Oslo"}
    assert all(one.before == one.after and one.score_before == one.score_after for one in kept.values())
    assert {one.before for one in moved if one.after is None} >= {"Jordan Hale", "Shell"}

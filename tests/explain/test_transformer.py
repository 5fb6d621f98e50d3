"""The transformer explained: attributions that add up, and how words are cut."""

import pytest
from tests.recognizers.neural.encoders import tiny
from tests.recognizers.samples import news, sentences

from livener.explain import attention, attributions, tokenisation, what_if
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

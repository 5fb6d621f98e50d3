"""The dialects of CoNLL, one by one, and what is wrong with a file."""

from collections.abc import Callable

import pytest

from livener import Document
from livener.errors import InputError
from livener.formats import Report

Parse = Callable[..., list[Document]]


def spans(document: Document) -> list[tuple[str, str]]:
    return [(span.text, span.label) for span in document.spans]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("Ada\tB-PER\nByron\tI-PER\nleft\tO\n", id="tab"),
        pytest.param("Ada B-PER\nByron I-PER\nleft O\n", id="space"),
        pytest.param("Ada     B-PER\nByron   I-PER\nleft    O\n", id="aligned spaces"),
        pytest.param("Ada NNP B-NP B-PER\nByron NNP I-NP I-PER\nleft VBD B-VP O\n", id="CoNLL-2003"),
        pytest.param("Ada NNP B-NP I-PER\nByron NNP I-NP I-PER\nleft VBD B-VP O\n", id="IOB1"),
        pytest.param("Ada\tB-PER\nByron\tE-PER\nleft\tO\n", id="BIOES"),
        pytest.param("Ada\tB-PER\nByron\tL-PER\nleft\tO\n", id="BILOU"),
        pytest.param("1\tAda\tB-PER\t-\tann\n2\tByron\tI-PER\t-\tann\n3\tleft\tO\t-\t-\n", id="UNER"),
        pytest.param("1\tAda\tB-PER\t-\tann\n2\tByron\tI-PER\t-\tann\n3\tleft\tO\n", id="UNER, short rows"),
        pytest.param("1-2\tAdaByron\t_\n1\tAda\tB-PER\n2\tByron\tI-PER\n3\tleft\tO\n", id="multiword range"),
        pytest.param("Ada\tB-PER\t\nByron\tI-PER\t\nleft\tO\t\n", id="empty last column"),
        pytest.param("Ada\tB-PER\r\nByron\tI-PER\r\nleft\tO\r\n\r\n", id="CRLF"),
        pytest.param("\ufeffAda\tB-PER\nByron\tI-PER\nleft\tO", id="BOM, no line end"),
        pytest.param("\n\n \t\nAda\tB-PER\nByron\tI-PER\nleft\tO\n\t\n\n", id="blank lines with white space"),
        pytest.param("Ada \tB-PER\nByron\tI-PER\nleft\t O\n", id="spaces around values"),
    ],
)
def test_dialects(parse: Parse, content: str) -> None:
    report = Report()
    (document,) = parse(content, "a.conll", report=report)
    assert document.id == "a:1"
    assert document.text == "Ada Byron left"
    assert document.tokens == ((0, 3), (4, 9), (10, 14))
    assert document.sentences == ((0, 14),)
    assert spans(document) == [("Ada Byron", "PER")]
    assert report.counts["tags repaired"] == 0


def test_without_marks_every_sentence_is_a_document(parse: Parse) -> None:
    documents = parse("Ada\tB-PER\n\nOslo\tB-LOC\n", "a.conll")
    assert [(document.id, document.text) for document in documents] == [("a:1", "Ada"), ("a:2", "Oslo")]


@pytest.mark.parametrize(
    "content",
    [
        "-DOCSTART- -X- O\n\nAda NN B-PER\n\nleft VB O\n\n-DOCSTART- -X- O\n\nOslo NN B-LOC\n",
        "Ada\tB-PER\n\nleft\tO\n\n-DOCSTART-\tO\n\nOslo\tB-LOC\n\n-DOCSTART-\tO\n\n",
        "# newdoc\nAda\tB-PER\n\nleft\tO\n\n# newdoc\nOslo\tB-LOC\n",
        "-DOCSTART- O\n# newdoc\nAda B-PER\n\nleft O\n\n-DOCSTART- O\n# newdoc\nOslo B-LOC\n",
    ],
    ids=["before", "after", "newdoc", "both"],
)
def test_documents_are_marked_before_or_after(parse: Parse, content: str) -> None:
    first, second = parse(content, "a.conll")
    assert (first.id, first.text, first.sentences) == ("a:1", "Ada\nleft", ((0, 3), (4, 8)))
    assert (second.id, spans(second)) == ("a:2", [("Oslo", "LOC")])


def test_a_document_may_be_empty(parse: Parse) -> None:
    documents = parse("-DOCSTART- O\n\n-DOCSTART- O\n\nAda B-PER\n", "a.conll")
    assert [document.text for document in documents] == ["", "Ada"]


def test_ids_and_texts_of_comments(parse: Parse) -> None:
    content = (
        "# newdoc id = n1\n# sent_id = n1-1\n# text = Ada's here.\n1\tAda\tB-PER\n2\t's\tO\n3\there\tO\n4\t.\tO\n\n"
        "# text = #1 \u00a0 fan\n1\t#\tO\n2\t1\tO\n3\tfan\tO\n"
    )
    report = Report()
    (document,) = parse(content, "a.conll", report=report)
    assert document.id == "n1"
    assert document.text == "Ada's here.\n#1 \u00a0 fan"
    assert document.tokens == ((0, 3), (3, 5), (6, 10), (10, 11), (12, 13), (13, 14), (17, 20))
    assert report.counts["texts joined from tokens"] == report.counts["texts not aligned"] == 0


def test_a_text_of_other_tokens_is_noted(parse: Parse) -> None:
    report = Report()
    (document,) = parse("# text = Ada leaves.\nAda\tB-PER\nleft\tO\n", "a.conll", report=report)
    assert document.text == "Ada left"
    assert report.counts["texts not aligned"] == 1
    assert report.notes[0].where.endswith("a.conll:2")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("# # - O\nnews NN - B-MISC\n", "# news"),
        ("# O\nAda B-PER\n", "# Ada"),
        ("#OSLO\tB-LOC\n#\tO\n", "#OSLO #"),
        ("# global.columns = FORM NE\n# a remark\nAda\tB-PER\n", "Ada"),
        ("#\thttp://example.org [2009]\n1\tAda\tB-PER\tO\n", "Ada"),
        ("# remark = yes\nAda B-PER\nleft O\n", "Ada left"),
    ],
)
def test_a_token_may_begin_with_a_hash(parse: Parse, content: str, text: str) -> None:
    (document,) = parse(content, "a.conll")
    assert document.text == text


def test_separators_of_unicode_stay_inside_tokens(parse: Parse) -> None:
    for separator in ("\t", " "):
        odd = ["a\u0085b", "c\u2028d", "e\u00a0f", "g\x0bh", "\u3000"]
        (document,) = parse("".join(f"{form}{separator}B-X\n" for form in odd), "a.conll")
        assert [span.text for span in document.spans] == odd


def test_rows_without_a_token_are_left_out_and_noted(parse: Parse) -> None:
    report = Report()
    (document,) = parse("Ada\tB-PER\n\tI-PER\n \tO\nleft\tO\n\n\tO\n", "a.conll", report=report)
    assert document.text == "Ada left"
    assert report.counts["rows without a token"] == 3
    assert report.notes[-3].where.endswith("a.conll:2")


def test_illegal_tags_are_repaired_and_counted(parse: Parse) -> None:
    report = Report()
    content = "Ada\tB-PER\nleft\tO\nOslo\tI-LOC\n\n" * 5
    documents = parse(content, "a.conll", report=report)
    assert spans(documents[0]) == [("Ada", "PER"), ("Oslo", "LOC")]
    assert report.counts["tags repaired"] == 5
    notes = [note for note in report.notes if "I-LOC" in note.message]
    assert [note.where.rpartition(":")[2] for note in notes] == ["3", "7", "11"]


def test_one_stray_prefix_does_not_change_the_scheme(parse: Parse) -> None:
    report = Report()
    documents = parse("Ada\tB-PER\n\n" * 4 + "@ada\tU-PER\n", "a.conll", report=report)
    assert all(spans(document) for document in documents)
    assert report.counts["tags repaired"] == 1


def test_the_scheme_may_be_given(parse: Parse) -> None:
    (document,) = parse("Ada\tI-PER\nOslo\tI-PER\n", "a.conll", scheme="IOB2")
    assert spans(document) == [("Ada Oslo", "PER")]


def test_explicit_b_o_is_outside(parse: Parse) -> None:
    report = Report()
    (document,) = parse("From\tB-O\nAda\tB-PER\n", "a.conll", report=report)
    assert spans(document) == [("Ada", "PER")]
    assert report.counts["labels O"] == 1


def test_layers_of_nested_spans(parse: Parse) -> None:
    content = "Court\tO\tB-ORG\t\nof\tO\tI-ORG\t\nDelaware\tB-GPE\tI-ORG\t\n"
    (nested,) = parse(content, "a.conll", tags=(1, 2))
    assert spans(nested) == [("Court of Delaware", "ORG"), ("Delaware", "GPE")]
    report = Report()
    (flat,) = parse(content, "a.conll", report=report)
    assert spans(flat) == [("Court of Delaware", "ORG")]
    assert "tags=[1, 2]" in report.notes[0].message


def test_columns_may_be_given(parse: Parse) -> None:
    content = "B-PER Ada x\nO left x\n"
    (document,) = parse(content, "a.conll", form=1, tags=0)
    assert spans(document) == [("Ada", "PER")]


def test_links_become_identifiers(parse: Parse) -> None:
    content = "1\tAda\tB-PER\tAda Byron|Q7259 \n2\tByron\tI-PER\tAda Byron|Q7259 \n3\tBob\tB-PER\t-\n"
    (document,) = parse(content, "a.conll", link=3)
    assert [span.kb_id for span in document.spans] == ["Q7259", None]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("Ada\tNNP\nleft\tVBD\n", {}, r"a.conll: the file has 2 columns and no tags"),
        ("Ada\nleft\n", {}, r"a.conll: the file has 1 column and no tags"),
        ("Ada\tB-PER\nleft\n", {}, r"a.conll:2: the row has 1 column"),
        ("New York\tB-LOC\nSan Jose B-LOC\n", {}, r"a.conll:2: the row has 1 column"),
        ("Ada B-PER\nin O\nNew York B-LOC\n", {}, r"a.conll:3: 'York' is not a tag .*3 columns, most have 2"),
        ("Ada\tB-PER\nleft\tX-PER\nnow\tO\n", {}, r"a.conll:2: 'X-PER' is not a tag"),
        ("Ada\tB-PER\nleft\tB-\nnow\tO\n", {}, r"a.conll:2: 'B-' is not a tag"),
        ("Ada\tB-PER\nleft\tO\n", {"tags": 2}, r"a.conll:1: the row has 2 columns, column 2 \(from 0\) is missing"),
        ("Ada\tB-PER\nleft\tO\n", {"tags": 0}, r"a.conll:1: 'Ada' is not a tag"),
        ("Ada\tB-PER\nleft\tO\n", {"link": 7}, r"a.conll:1: the row has 2 columns"),
        ("Ada\tB-PER\nleft\tO\n", {"scheme": "BIX"}, r"no tag scheme 'BIX'"),
        ("", {}, r"a.conll: the file is empty"),
        ("\n\n", {}, r"a.conll: the file has no tokens"),
        ("# just = this\n", {}, r"a.conll: the file has no tokens"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(parse: Parse, content: str, options: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        parse(content, "a.conll", **options)
    assert "\n" not in str(raised.value)

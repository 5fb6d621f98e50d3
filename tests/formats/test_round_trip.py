"""Out and in again: every format gives back what it can hold."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener import Document, Span
from livener.formats import Report, read, write
from livener.text import Range

# What breaks offsets and line formats: astral and joined emoji, combining marks, both directions, every line end.
FRAGMENTS = [
    "Ada", "Acme Corp.", "São Paulo", "São", "ﬁ", "👩\u200d👩\u200d👧", "🚀", "🇩🇪", "שלום", "مرحبا", "東京",
    " ", "  ", "\t", "\n", "\n\n", "\r\n", "\r", "\u0085", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\u00a0",
    "\u3000", "\ufeff", "\u200b", "#", "# id = x", "# text = y", "# newdoc", "-DOCSTART-x", "[", "]", "](", "(", ")",
    "\\", "\\n", "O", "B-X", "1\tx\tO", '"', "{",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(FRAGMENTS) | st.characters(exclude_categories=["Cs"]), max_size=12).map("".join)
LABELS = st.sampled_from(["ORG", "PER", "a-b", "Ü", "O-O"])


@st.composite
def documents(draw: st.DrawFn, texts: st.SearchStrategy[str] = TEXTS) -> Document:
    text = draw(texts)
    ranges = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted).filter(lambda r: r[0] < r[1])
    spans = draw(st.lists(st.tuples(ranges, LABELS), max_size=5)) if text else []
    return Document(
        text, draw(st.sampled_from(["", "n1", "é 🚀"])), spans=tuple(Span(*r, label) for r, label in spans)
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("round")


def through(
    path: Path, *given: Document, report: Report | None = None, format: str | None = None, **options: str
) -> list[Document]:
    format = format or path.suffix[1:]
    assert write(given, path, report=report, format=format, **options) == len(given)
    return list(read(path, format=format, report=report))


@st.composite
def full_documents(draw: st.DrawFn) -> Document:
    """Documents with everything that one can hold."""
    document = draw(documents())

    def ranges() -> tuple[Range, ...] | None:
        edges = sorted(draw(st.sets(st.integers(0, len(document.text)), max_size=6)))
        return draw(st.sampled_from([None, tuple(zip(edges[::2], edges[1::2], strict=False))]))

    score = st.none() | st.floats(0, 1)
    name = st.sampled_from([None, "", "crf", "é\u2028\n🚀"])
    spans = [Span(s.start, s.end, s.label, draw(score), draw(name), draw(name)) for s in document.spans]
    meta = draw(st.dictionaries(st.text(max_size=3), st.none() | st.booleans() | TEXTS | st.lists(TEXTS), max_size=2))
    kept, negatives = tuple(spans[::2]), tuple(spans[1::2])
    complete, known = draw(st.booleans()), ranges() or ()
    return Document(document.text, document.id, meta, kept, ranges(), ranges(), complete, negatives, known)


@given(full_documents())
def test_jsonl_holds_everything(folder: Path, given: Document) -> None:
    assert through(folder / "a.jsonl", given, given) == [given, given]


@given(TEXTS.filter(lambda text: "\0" not in text and text))
def test_text_holds_every_character(folder: Path, text: str) -> None:
    assert through(folder / "a.text", Document(text))[0].text == text


def nested(spans: tuple[Span, ...]) -> bool:
    return not any(a.start < b.start < a.end < b.end for a in spans for b in spans)


@given(
    st.lists(
        documents(TEXTS.filter(lambda text: "\0" not in text and (not text or text.strip(" \t")))),
        min_size=1,
        max_size=3,
    )
)
def test_inline_holds_nested_spans(folder: Path, given: list[Document]) -> None:
    report = Report()
    found = through(folder / "a.inline", *given, report=report)
    assert [(document.text, document.id) for document in found] == [
        (document.text, document.id) for document in given
    ]
    for before, after in zip(given, found, strict=True):
        expected = sorted(before.spans, key=lambda span: (span.start, -span.end))
        if nested(before.spans):
            assert list(after.spans) == expected
        else:
            assert set(after.spans) < set(expected)
            assert report.counts["crossing spans left out"]


@pytest.mark.parametrize("scheme", ["BIO", "BIOES", "BILOU", "IOB1"])
@given(given=st.lists(documents(TEXTS.filter(lambda text: "\0" not in text)), min_size=1, max_size=3))
def test_conll_holds_flat_spans(folder: Path, scheme: str, given: list[Document]) -> None:
    report = Report()
    found = through(folder / "a.conll", *given, report=report, scheme=scheme)
    assert len(found) == len(given)
    assert report.counts["texts not aligned"] == report.counts["tags repaired"] == 0
    assert sum(len(document.spans) for document in found) + sum(
        report.counts[f"{kind} spans left out"] for kind in ("nested", "blank")
    ) == sum(len(document.spans) for document in given)
    for before, after in zip(given, found, strict=True):
        plain = [(re.sub(r"[\t\n\r]", " ", span.text).strip(" "), span.label) for span in before.spans]
        assert all((span.text, span.label) in plain for span in after.spans)
        if not report.counts["nested spans left out"]:
            in_order = sorted(
                zip([s.start + len(s.text) - len(s.text.lstrip(" \t\n\r")) for s in before.spans], plain, strict=True)
            )
            assert [(span.text, span.label) for span in after.spans] == [pair for _, pair in in_order if pair[0]]


def keys(document: Document) -> list[tuple[int, int, str]]:
    return [(span.start, span.end, span.label) for span in document.spans]


@pytest.mark.parametrize("format", ["label_studio", "doccano", "argilla", "spacy", "prodigy"])
@given(given=st.lists(documents(), min_size=1, max_size=3))
def test_json_of_other_tools_holds_every_text_and_span(folder: Path, format: str, given: list[Document]) -> None:
    found = through(folder / "a.json", *given, format=format)
    assert [document.text for document in found] == [document.text for document in given]
    for number, (before, after) in enumerate(zip(given, found, strict=True), 1):
        assert keys(after) == (list(dict.fromkeys(keys(before))) if format == "spacy" else keys(before))
        assert after.id == (before.id if before.id and format != "spacy" else f"a:{number}")


@pytest.mark.parametrize("format", ["label_studio", "doccano"])
@given(given=documents())
def test_code_points_are_written_where_they_are_wanted(folder: Path, format: str, given: Document) -> None:
    write([given], folder / "a.json", format=format, unit="codepoint")
    options = {"unit": "codepoint"} if format == "doccano" else {}
    (found,) = read(folder / "a.json", format=format, **options)
    assert len(found.spans) == len(given.spans)
    if options:
        assert keys(found) == keys(given)


@given(full_documents().filter(lambda one: one.complete or one.spans or one.negatives))
def test_prodigy_holds_partial_answers_and_tokens(folder: Path, given: Document) -> None:
    found = through(folder / "a.jsonl", given, format="prodigy")
    if given.complete:
        assert [(one.complete, one.tokens, keys(one)) for one in found] == [(True, given.tokens, keys(given))]
    else:
        (after,) = found
        right, wrong = set(keys(given)), {(span.start, span.end, span.label) for span in given.negatives}
        assert (after.complete, after.tokens) == (False, given.tokens)
        assert set(keys(after)) == right - wrong
        assert {(span.start, span.end, span.label) for span in after.negatives} == wrong


@given(given=documents(TEXTS.filter(lambda text: "\0" not in text)))
def test_brat_holds_every_span_that_is_not_a_line_break(
    tmp_path_factory: pytest.TempPathFactory, given: Document
) -> None:
    folder = tmp_path_factory.mktemp("brat") / "new"
    report = Report()
    (found,) = through(folder, given, format="brat", report=report)
    expected = []
    for span in given.spans:
        inner = span.text.strip("\r\n")
        start = span.start + len(span.text) - len(span.text.lstrip("\r\n"))
        expected += [(start, start + len(inner), span.label)] if inner else []
    assert (found.text, keys(found)) == (given.text, expected)
    assert report.counts["spans left out"] == report.counts["spans found nearby"] == 0
    assert bool(report.counts["spans trimmed"] + report.counts["blank spans left out"]) == (expected != keys(given))


@given(given=documents(TEXTS.filter(lambda text: "\0" not in text)))
def test_webanno_holds_nested_and_crossing_spans(folder: Path, given: Document) -> None:
    report = Report()
    (found,) = through(folder / "a.tsv", given, format="webanno", report=report)
    blanks = " \t\r\n"
    expected = []
    for span in given.spans:
        start = span.start + len(span.text) - len(span.text.lstrip(blanks))
        expected += [(start, start + len(span.text.strip(blanks)), span.label)] if span.text.strip(blanks) else []
    assert sorted(keys(found)) == sorted(expected)
    assert [char for char in found.text if char not in blanks] == [char for char in given.text if char not in blanks]
    assert all(given.text[start:end] == found.text[start:end] for start, end, _ in expected)
    assert bool(report.counts["spans trimmed"] + report.counts["blank spans left out"]) == (
        sorted(expected) != sorted(keys(given))
    )

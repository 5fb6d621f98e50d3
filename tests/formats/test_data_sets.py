"""Every data set beside the repository is read without an edit and counts as its README says."""

from pathlib import Path
from typing import Any

import pytest

from livener.errors import InputError
from livener.formats import Report, read

# file: documents (None: one a sentence), sentences, tokens, spans
COUNTS: dict[str, tuple[int | None, int, int, int]] = {
    "uner-en-ewt/en_ewt-ud-train.derived.iob2": (540, 12_543, 204_579, 7_005),
    "uner-en-ewt/en_ewt-ud-dev.iob2": (318, 2_001, 25_149, 966),
    "uner-en-ewt/en_ewt-ud-test.iob2": (316, 2_077, 25_097, 1_088),
    "wnut17/wnut17train.conll": (None, 3_394, 62_730, 1_975),
    "wnut17/emerging.dev.conll": (None, 1_009, 15_733, 836),
    "wnut17/emerging.test.annotated": (None, 1_287, 23_394, 1_079),
    "bc5cdr/train.tsv": (None, 4_560, 118_170, 9_385),
    "bc5cdr/devel.tsv": (None, 4_581, 117_453, 9_593),
    "bc5cdr/test.tsv": (None, 4_797, 124_750, 9_809),
    "broad-twitter/btc.train": (None, 6_338, 99_933, 8_779),
    "broad-twitter/btc.dev": (None, 1_000, 15_023, 1_730),
    "broad-twitter/btc.test": (None, 2_001, 35_425, 4_376),
    "broad-twitter/sections/a.conll": (None, 1_000, 16_612, 521),
    "broad-twitter/sections/b.conll": (None, 2_000, 30_825, 1_610),
    "broad-twitter/sections/e.conll": (None, 200, 3_981, 325),
    "broad-twitter/sections/f.conll": (None, 2_001, 35_425, 4_376),
    "broad-twitter/sections/g.conll": (None, 2_138, 34_062, 4_685),
    "broad-twitter/sections/h.conll": (None, 2_000, 29_476, 3_368),
    "wikigold/wikigold.conll.txt": (145, 1_696, 39_007, 3_558),
    "crossner/politics/train.txt": (None, 200, 8_384, 1_304),
    "crossner/politics/dev.txt": (None, 541, 24_624, 3_482),
    "crossner/politics/test.txt": (None, 651, 27_585, 4_209),
    "crossner/science/train.txt": (None, 200, 7_100, 1_075),
    "crossner/science/dev.txt": (None, 450, 16_139, 2_538),
    "crossner/science/test.txt": (None, 543, 19_487, 3_089),
    "crossner/music/train.txt": (None, 100, 3_909, 648),
    "crossner/music/dev.txt": (None, 380, 15_591, 2_679),
    "crossner/music/test.txt": (None, 465, 19_605, 3_336),
    "crossner/literature/train.txt": (None, 100, 3_782, 541),
    "crossner/literature/dev.txt": (None, 400, 14_503, 2_130),
    "crossner/literature/test.txt": (None, 416, 16_157, 2_266),
    "crossner/ai/train.txt": (None, 100, 3_782, 532),
    "crossner/ai/dev.txt": (None, 350, 10_919, 1_549),
    "crossner/ai/test.txt": (None, 431, 12_991, 1_809),
    "ncbi-disease/train.tsv": (None, 5_424, 135_701, 5_134),
    "ncbi-disease/devel.tsv": (None, 923, 23_969, 787),
    "ncbi-disease/test.tsv": (None, 940, 24_497, 960),
    "sec-filings/train/FIN5.txt": (5, 1_164, 41_010, 1_168),
    "sec-filings/test/FIN3.txt": (3, 303, 13_246, 318),
    "tweeki-linking/Tweeki_gold": (None, 500, 8_155, 959),
}


def counts(path: Path, **options: Any) -> Report:
    report = Report()
    for document in read(path, report=report, **options):
        assert all(span.text == document.text[span.start : span.end] for span in document.spans)
    return report


@pytest.mark.parametrize("name", COUNTS)
def test_counts(shared_data: Path, name: str) -> None:
    found = counts(shared_data / name).counts
    documents, sentences, tokens, spans = COUNTS[name]
    assert (found["documents"], found["sentences"]) == (documents or sentences, sentences)
    assert (found["tokens"], found["spans"]) == (tokens, spans)
    assert found["texts not aligned"] == 0
    assert found["tags repaired"] == (2 if "Tweeki" in name else 0)


def test_the_first_pass_of_uner_is_read_with_a_report(shared_data: Path) -> None:
    report = counts(shared_data / "uner-en-ewt" / "en_ewt-ud-train.v2022-12-02.iob2")
    assert report.counts["tokens"] == 204_579
    assert report.counts["spans"] == 7_005 + 888  # and those of OTH
    assert report.counts["labels O"] == 540
    assert any("rows have [3, 5] columns" in note.message for note in report.notes)


def test_litbank_is_nested(shared_data: Path) -> None:
    total = Report()
    for path in sorted((shared_data / "litbank-nested" / "tsv").iterdir()):
        total.counts += counts(path, tags=(1, 2, 3, 4)).counts
    assert (total.counts["sentences"], total.counts["tokens"], total.counts["spans"]) == (8_562, 210_532, 13_912)


def test_links_of_tweeki(shared_data: Path) -> None:
    documents = list(read(shared_data / "tweeki-linking" / "Tweeki_gold", link=3))
    linked = [span.kb_id for document in documents for span in document.spans if span.kb_id]
    assert len(linked) == 853
    assert all(link.startswith("Q") for link in linked)


@pytest.mark.parametrize("name", ["tweeki-linking/Tweeki_gold.jsonl", "broad-twitter/crowd/a.loc.jsonl"])
def test_other_json_is_refused_with_its_line(shared_data: Path, name: str) -> None:
    with pytest.raises(InputError, match=r'jsonl:1: "text" is missing'):
        counts(shared_data / name)

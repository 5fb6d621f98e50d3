"""Next to nothing is found: weights, case, language, encoding, normalisation."""

import re
from collections import Counter
from collections.abc import Sequence
from unicodedata import normalize

import numpy as np

from livener.metrics import evaluate
from livener.monitoring.diagnosis.case import Case, Cause
from livener.text import Document
from livener.text.language import language_of

_SILENT = 0.3  # of the gold spans are found, or fewer
_MOJIBAKE = re.compile(r"\ufffd|Ã[\x80-\xbf¡-ÿ]|â€|Â[\xa0-\xbf]|Ð[\x80-\xbf°-ÿ]")
_TRIED = 100
_USUAL_CAPITALS = 0.06


def silent(case: Case) -> list[Cause]:
    """Why next to nothing is found, where that is so."""
    if case.evaluation.strict.recall > _SILENT:
        return []
    found = sum(len(document.spans) for document in case.predicted)
    gold = sum(len(document.spans) for document in case.gold)
    said = f"{found} spans predicted where there are {gold}, recall {case.evaluation.strict.recall:.2f}"
    weight = 1.0 - case.evaluation.strict.recall
    causes = []
    for look in (_weights, _encoding, _case, _language, _normalisation):
        evidence = look(case)
        if evidence:
            name, symptom, fix = _NAMES[look.__name__]
            causes.append(Cause(name, symptom, (said, evidence), fix, weight))
    if not causes and case.train:
        parts = list(case.train)[:_TRIED]
        known = evaluate([d.spans for d in parts], [d.spans for d in case.nlp.pipe(parts)]).strict.f1
        if known < 0.2:
            evidence = f"on its own training documents its F1 is {known:.2f}"
            causes.append(Cause("untrained_weights", "nothing is found", (said, evidence), _TRAIN, weight))
    return causes


_TRAIN = "livener train again, or the directory that it wrote, whole"
_NAMES = {
    "_weights": ("untrained_weights", "nothing is found", _TRAIN),
    "_encoding": ("wrong_encoding", "nothing is found in text that was decoded wrongly", "--encoding of the source"),
    "_case": (
        "other_case",
        "nothing is found in text of another case",
        "livener augment --what case, and training on both; or true-casing before",
    ),
    "_language": (
        "other_language",
        "nothing is found in another language",
        'a stage in pipeline.toml: use = "gate.v1", languages = […]; and a model of that language',
    ),
    "_normalisation": (
        "other_normalisation",
        "nothing is found in text that is written otherwise than in training",
        'a stage in pipeline.toml: use = "normalise.v1", with the rules of training',
    ),
}


def _weights(case: Case) -> str:
    """Stored arrays of which every one is nothing but zeros, or that are not numbers."""
    if case.folder is None:
        return ""
    zero = seen = 0
    for path in sorted((case.folder / "recognizer").rglob("*.npz")):
        with np.load(path, allow_pickle=False) as arrays:
            for name in arrays.files:
                if arrays[name].dtype.kind != "f" or not arrays[name].size:
                    continue
                seen += 1
                if not np.isfinite(arrays[name]).all():
                    return f"{path.name}: {name} holds values that are not numbers"
                zero += not arrays[name].any()
    return f"all {seen} arrays of weights hold nothing but zeros" if seen and zero == seen else ""


def _encoding(case: Case) -> str:
    bad = sum(bool(_MOJIBAKE.search(document.text)) for document in case.gold)
    return f"{bad} of {len(case.gold)} documents hold what wrong decoding leaves, such as 'Ã©' or '�'" * (
        bad >= 0.2 * len(case.gold)
    )


def _case(case: Case) -> str:
    """Hardly a capital, or hardly anything else; and with capitals where entities are, more is found."""
    share = _capitals(case.gold)
    usual = _capitals(case.train) if case.train else _USUAL_CAPITALS
    if not (share > 0.8 or share < 0.3 * usual):
        return ""
    parts = [document for document in case.gold if len(document.text.lower()) == len(document.text)][:_TRIED]
    retold = [_recased(document) for document in parts]
    recall = evaluate([d.spans for d in parts], [d.spans for d in case.nlp.pipe(retold)]).strict.recall
    if recall < case.evaluation.strict.recall + 0.2:
        return ""
    seen = f"{share:.0%} of the letters are capitals, {usual:.0%} are usual"
    return f"{seen}; with capitals as usual recall is {recall:.2f}"


def _language(case: Case) -> str:
    told = [Counter(filter(None, (language_of(d.text) for d in part))) for part in (case.train, case.gold)]
    names = [counter.most_common(1)[0][0] if counter else "" for counter in told]
    usual = names[0] or "en"
    if not names[1] or names[1] == usual or told[1][usual] >= 0.3 * told[1].total():
        return ""
    return f"the documents are {names[1]}, training was {usual}" + ("" if case.train else " (taken for granted)")


def _normalisation(case: Case) -> str:
    """The same text in canonical form, with plain quotes and spaces, is read better."""
    parts = list(case.gold)[:_TRIED]
    changed = [(document, _plain(document.text)) for document in parts]
    odd = [(document, text) for document, text in changed if text != document.text]
    if len(odd) < 0.5 * len(parts):
        return ""
    found = [Counter(span.text.casefold() for span in case.nlp(text).spans) for _, text in odd]
    wanted = [Counter(_plain(span.text).casefold() for span in document.spans) for document, _ in odd]
    right = sum((a & b).total() for a, b in zip(found, wanted, strict=True))
    recall = right / max(sum(one.total() for one in wanted), 1)
    if recall < case.evaluation.exact.recall + 0.2:
        return ""
    return f"{len(odd)} of {len(parts)} documents are not in plain form; in that form recall is {recall:.2f}"


def _capitals(documents: Sequence[Document]) -> float:
    letters = upper = 0
    for document in documents:
        letters += sum(map(str.isalpha, document.text))
        upper += sum(map(str.isupper, document.text))
    return upper / max(letters, 1)


def _recased(document: Document) -> Document:
    """Capitals at the beginning, and on the words of the annotated spans."""
    text = document.text[:1].upper() + document.text[1:].lower()
    for span in document.spans:
        words = re.sub(r"[^\W\d_]+", lambda found: found[0][:1].upper() + found[0][1:], text[span.start : span.end])
        text = text[: span.start] + words + text[span.end :]
    return Document(text, document.id)


def _plain(text: str) -> str:
    text = normalize("NFKC", text)
    text = re.sub("[\u200b-\u200d\u2060\ufeff\u00ad]", "", text)
    return text.translate(str.maketrans("’‘“”–—\u00a0", "''\"\"-- "))

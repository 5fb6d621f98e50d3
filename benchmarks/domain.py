"""The domain gate: text from outside the training domains, against text from inside them that training never saw.

    python benchmarks/domain.py [--data DIR] [--encoder 600]

Known are the web (UNER-EWT) and tweets (Broad Twitter), from their training splits: documents, and single sentences
of them. "Outside" are the sentences of CrossNER's five domains, which no training ever sees; inside are the test
splits of the known two. The area under the curve of the probability that a text is unknown:

* alone: nothing but the known domains to learn from
* with other text: as examples of what is neither, abstracts, novels, loan agreements
* with an encyclopedia too: and WikiGold, which is of the kind that CrossNER is (both are from Wikipedia)

Beside livener: scikit-learn's TfidfVectorizer and LogisticRegression with the same texts, where it has a class for
other text, and the probability of its best class where not. With ``--encoder N`` instead: words and the encoder
(extra ``neural``) on the same texts, at most N of each kind, as the encoder reads some 200 a second.
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from livener.formats import read
from livener.pipeline.domains import train
from livener.pipeline.encoded_domains import train as by_encoder
from livener.text import split_sentences


def texts(*paths: Path) -> list[str]:
    return [document.text for path in paths for document in read(path, format="conll")]


def sentences(documents: list[str], most: int) -> list[str]:
    found = [text[a:b] for text in documents for a, b in split_sentences(text)]
    return (
        found if len(found) <= most else [found[i] for i in np.random.default_rng(0).permutation(len(found))[:most]]
    )


def sklearn_scores(known: dict[str, list[str]], other: list[str], judged: list[str]) -> np.ndarray:
    names = [name for name, own in known.items() for _ in own] + ["other"] * len(other)
    vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2))
    table = vectorizer.fit_transform([text for own in known.values() for text in own] + other)
    model = LogisticRegression(C=10, max_iter=300, class_weight="balanced").fit(table, names)
    chances = model.predict_proba(vectorizer.transform(judged))
    if other:
        return chances[:, list(model.classes_).index("other")]
    return 1 - chances.max(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LIVENER_SHARED_DATA", "../shared/data")))
    parser.add_argument("--encoder", type=int, metavar="N", help="compare with the encoder, on N texts of each kind")
    arguments = parser.parse_args()
    data = arguments.data
    web = texts(data / "uner-en-ewt" / "en_ewt-ud-train.derived.iob2")
    known = {"web": web + sentences(web, 6000), "tweets": texts(data / "broad-twitter" / "btc.train")}
    inside = {
        "web": texts(data / "uner-en-ewt" / "en_ewt-ud-test.iob2"),
        "tweets": texts(data / "broad-twitter" / "btc.test"),
    }
    outside = {
        name: texts(data / "crossner" / name / "test.txt")
        for name in ("politics", "science", "music", "literature", "ai")
    }
    novels = [text for path in sorted((data / "litbank-nested" / "tsv").rglob("*.tsv"))[:40] for text in texts(path)]
    other = sentences(texts(data / "bc5cdr" / "train.tsv"), 4000) + sentences(novels, 4000)
    other += sentences(texts(*sorted((data / "sec-filings" / "train").iterdir())), 1500)
    wiki = sentences(texts(data / "wikigold" / "wikigold.conll.txt"), 4000)
    judged = [text for part in (*inside.values(), *outside.values()) for text in part]
    truth = np.array([0] * sum(map(len, inside.values())) + [1] * sum(map(len, outside.values())))
    print(f"{(truth == 0).sum():,} texts inside, {(truth == 1).sum():,} outside\n")
    kinds = (("alone", []), ("with other text", other), ("with an encyclopedia too", other + wiki))
    if arguments.encoder:
        beside(known, kinds, judged, truth, arguments.encoder)
        return
    for title, extra in kinds:
        gate = train(known, other=extra)
        found = gate(judged)
        scores = np.array([one.unknown for one in found])
        peer = sklearn_scores(known, extra, judged)
        flagged = np.array([one.name == "unknown" for one in found])
        print(
            f"{title}: AUROC livener {roc_auc_score(truth, scores):.4f}, "
            f"scikit-learn {roc_auc_score(truth, peer):.4f}; "
            f"flagged {flagged[truth == 1].mean():.1%} outside, {flagged[truth == 0].mean():.1%} inside"
        )
        place = (truth == 0).sum()
        for name, part in outside.items():
            one = scores[place : place + len(part)]
            place += len(part)
            area = roc_auc_score([0] * (truth == 0).sum() + [1] * len(one), np.r_[scores[truth == 0], one])
            print(f"  {name}: {area:.4f}")


def beside(
    known: dict[str, list[str]],
    kinds: Sequence[tuple[str, list[str]]],
    judged: list[str],
    truth: np.ndarray,
    most: int,
) -> None:
    rng = np.random.default_rng(0)

    def some(given: list[str]) -> list[str]:
        return [given[i] for i in rng.permutation(len(given))[:most]]

    part = np.concatenate([rng.permutation(np.flatnonzero(truth == side))[:most] for side in (0, 1)])
    few = {name: some(own) for name, own in known.items()}
    for title, extra in kinds:
        given = some(extra)
        for name, learn in (("words", train), ("encoder", by_encoder)):
            found = learn(few, other=given)([judged[i] for i in part])
            area = roc_auc_score(truth[part], [one.unknown for one in found])
            flagged = np.array([one.name == "unknown" for one in found])
            shares = [flagged[truth[part] == side].mean() for side in (1, 0)]
            print(
                f"{title}, {name}: AUROC {area:.4f}; flagged {shares[0]:.1%} outside, {shares[1]:.1%} inside",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""How many edits does a model save that learns after every sentence?

    python benchmarks/preannotation.py [--seeds 5] [--first 0] [--sentences 1000] [--data DIR]

The first 1,000 sentences of the train split of BC5CDR are annotated one by one, with seed 0 in their order, with the
others shuffled. What a person has to do to each is counted: spans added, removed, moved (other boundaries) and
relabelled; one that is moved and relabelled counts twice. "none" starts from the bare text; "live" from what the live
model of a project says, a CRF that begins with nothing and takes a step after every sentence (`livener.loop.draft`,
default rules); "every 200" from a CRF that is trained anew on everything after every 200 sentences. No other data are
used.

Reads ../shared/data, or that of $LIVENER_SHARED_DATA.
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from livener.formats import read
from livener.learning.acquisition import sentences_of
from livener.loop.draft import Draft
from livener.loop.rules import LiveRules
from livener.metrics import evaluate
from livener.pipeline import Pipeline
from livener.recognizers.crf import Crf
from livener.text import Document, Segmenter, Span

EVERY = 200


def edits(document: Document, shown: Sequence[Span]) -> int:
    """What it takes to make the gold of what is shown."""
    errors = evaluate([document.spans], [shown]).errors
    return sum(2 if error.kind == "boundary_and_label" else 1 for error in errors)


def live(documents: Sequence[Document]) -> list[int]:
    """The edits of each document with a model that learns after every one."""
    rules = LiveRules()
    draft = Draft(Pipeline(Crf.create({})), None, 0)
    waiting: list[Document] = []
    found = []
    for document in documents:
        shown = draft.pipeline(document.with_spans(())).spans if draft.steps else ()
        found.append(edits(document, shown))
        waiting.append(document)
        if draft.steps or sum(bool(one.spans) for one in waiting) >= rules.least:
            draft.learn(waiting, rules)
            waiting = []
    return found


def now_and_then(documents: Sequence[Document], seed: int) -> list[int]:
    """The same with one that is trained anew every 200 documents."""
    segmenter, nlp, found = Segmenter(), None, []
    for number, document in enumerate(documents):
        if number and number % EVERY == 0:
            crf = Crf.create({})
            crf.fit([s for one in documents[:number] for s in segmenter.sentences(one)], [], seed=seed)
            nlp = Pipeline(crf, segmenter)
        found.append(edits(document, nlp(document.with_spans(())).spans if nlp else ()))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--sentences", type=int, default=1000)
    beside = Path(__file__).parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LIVENER_SHARED_DATA", beside)))
    arguments = parser.parse_args()
    every = list(sentences_of(read(arguments.data / "bc5cdr" / "train.tsv", format="conll")))[: arguments.sentences]
    saved = []
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        order = np.random.default_rng(seed).permutation(len(every)) if seed else np.arange(len(every))
        documents = [every[number] for number in order.tolist()]
        none = sum(len(document.spans) for document in documents)
        learned, retrained = live(documents), now_and_then(documents, seed)
        saved.append((1 - sum(learned) / none, 1 - sum(learned) / sum(retrained)))
        print(
            f"seed {seed}: {none:,} edits without, {sum(learned):,} live, {sum(retrained):,} every {EVERY}: "
            f"{saved[-1][0]:.1%} and {saved[-1][1]:.1%} saved; by {EVERY}: "
            + " ".join(
                f"{sum(learned[at : at + EVERY])}/{sum(retrained[at : at + EVERY])}"
                for at in range(0, len(every), EVERY)
            ),
            flush=True,
        )
    none_saved, some_saved = np.mean(saved, axis=0)
    print(f"mean: {none_saved:.1%} against none, {some_saved:.1%} against every {EVERY}")


if __name__ == "__main__":
    main()

"""A scripted team annotates 2,000 tweets through the API: is what they settle better than a vote, and than the best?

    python benchmarks/team.py [--documents 2000] [--database sqlite|postgresql]

Eight annotators with error rates of 5 to 60 % of the spans (as in crowd.py: half of the errors are missed spans, a
quarter a wrong label, a quarter a wrong boundary; and some spans that are nothing). Each tweet is for three of them.
Where they disagree it goes to one of two reviewers, who look at what everybody said, position by position, as the
server shows it. A reviewer knows the right answer where people disagree, but for one time in twenty, when they take
one of the variants (or nothing) at random; they also read the tweet, and find half of what everybody missed in it;
what all agree on they leave. One time in twenty they send the tweet to the expert, who works like them with one error
in fifty. What nobody disagrees on is nobody's to review: what three people missed or got wrong alike stays wrong.

These are simulated people: that the outcome is better than a vote says that the workflow uses what they know, not how
well people do.

Reads ../shared/data/broad-twitter, or that of $LIVENER_SHARED_DATA. An '@' and the name after it are one span here.
"""

import argparse
import random
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from crowd import CORPUS, RATES, TYPES, spoilt, strict
from serving import PROJECT, Server, set_up

from livener.client import Client, ProjectClient
from livener.client.answers import Task
from livener.datasets import majority
from livener.formats import read, write
from livener.store import Store
from livener.store.models import Role
from livener.text import Document, Span
from store import database

ANNOTATORS = {f"annotator{number}": rate for number, rate in enumerate(RATES)}
REVIEWERS = {"reviewer0": 0.05, "reviewer1": 0.05}
EXPERT = {"expert": 0.02}
ROLES = (
    dict.fromkeys(ANNOTATORS, Role.ANNOTATOR)
    | dict.fromkeys(REVIEWERS, Role.REVIEWER)
    | dict.fromkeys(EXPERT, Role.EXPERT)
    | {"lead": Role.LEAD}
)
OVERLAP = 3
SENT_UP = 0.05


def corpus(count: int) -> list[Document]:
    """Tweets with entities and without, each '@' joined to the name that follows."""
    documents = list(read(CORPUS / "btc.train", format="conll"))
    chosen = random.Random(0).sample(documents, count)
    return [
        replace(one, id=f"tweet{number}", spans=tuple(_joined(one)), meta={}) for number, one in enumerate(chosen)
    ]


def _joined(document: Document) -> list[Span]:
    spans: list[Span] = []
    for span in document.spans:
        last = spans[-1] if spans else None
        if last and last.text == "@" and last.label == span.label and span.start <= last.end + 1:
            spans[-1] = Span(last.start, span.end, span.label)
        else:
            spans.append(span)
    return spans


def annotate(project: ProjectClient, name: str, gold: dict[str, Document]) -> int:
    done = 0
    chance = random.Random(name)
    while tasks := project.next(count=5).tasks:
        for task in tasks:
            said = spoilt(gold[task.document.id], ANNOTATORS[name], chance)
            project.submit(task, said.spans, guideline=1)
            done += 1
    return done


def review(project: ProjectClient, name: str, gold: dict[str, Document]) -> int:
    done = 0
    error = (REVIEWERS | EXPERT)[name]
    chance = random.Random(name)
    while tasks := project.next().tasks:
        for task in tasks:
            if name not in EXPERT and chance.random() < SENT_UP:
                project.escalate(task, reason="not sure")
            else:
                project.resolve(task, decided(project, task, gold[task.document.id], error, chance), guideline=1)
            done += 1
    return done


def decided(project: ProjectClient, task: Task, gold: Document, error: float, chance: random.Random) -> list[Span]:
    """What somebody says who sees everybody's spans: see above."""
    spans: dict[tuple[int, int, str], Span] = {}
    left = {(span.start, span.end, span.label): span for span in gold.spans}
    for position in project.adjudication(task).positions:
        variants = [Span(one["start"], one["end"], one["label"]) for one in position.variants]
        right = [span for span in left.values() if span.start < position.end and position.start < span.end]
        for span in right:
            del left[span.start, span.end, span.label]
        if position.state == "agreed":
            taken = variants
        elif chance.random() < error:
            one = chance.choice([None, *variants])
            taken = [one] if one else []
        else:
            taken = right
        spans |= {(span.start, span.end, span.label): span for span in taken}
    spans |= {key: span for key, span in left.items() if chance.random() < 0.5}
    return list(spans.values())


def main(count: int, kind: str) -> None:
    gold = {document.id: document for document in corpus(count)}
    began = perf_counter()
    with database(kind) as url, tempfile.TemporaryDirectory() as folder:
        with Store(url) as store:
            store.upgrade()
            labels = dict.fromkeys(TYPES.values(), "")
            tokens = set_up(store, ROLES, labels=labels, settings={"review": {"overlap": OVERLAP}})
        with Server(url) as server:

            def work(name: str) -> int:
                with Client(server.url, token=tokens[name]) as client:
                    step = annotate if name in ANNOTATORS else review
                    return step(client.project(PROJECT), name, gold)

            with Client(server.url, token=tokens["lead"]) as client:
                lead = client.project(PROJECT)
                bare = [document.with_spans(()) for document in gold.values()]
                write(bare, Path(folder, "in.jsonl"))
                lead.load(Path(folder, "in.jsonl"), pipeline="none")
                for people in (ANNOTATORS, REVIEWERS, EXPERT):
                    with ThreadPoolExecutor(len(people)) as pool:
                        done = dict(zip(people, pool.map(work, people), strict=True))
                    print(", ".join(f"{name} {number:,}" for name, number in done.items()))
                made = lead.send("POST", "datasets", {"name": "team"})
                resolved = {}
                for split in made["splits"]:
                    path = Path(folder, f"{split}.jsonl")
                    path.write_bytes(
                        b"".join(client.stream(f"projects/{PROJECT}/datasets/{made['address']}/export/{split}"))
                    )
                    resolved |= {document.id: document for document in read(path)}
                said = said_by_everybody(lead, gold)
                reliabilities = {one["user"]: one["reliability"] for one in lead.get("reliabilities")}
    print(f"{perf_counter() - began:.0f} s; dataset {made['address'][:20]}… {made['splits']}")
    report(gold, resolved, said, reliabilities)


def said_by_everybody(lead: ProjectClient, gold: dict[str, Document]) -> dict[str, dict[str, Document]]:
    """What each annotator said of each document."""
    said: dict[str, dict[str, Document]] = {}
    for task in lead.tasks(limit=200):
        document = gold[task.document.id]
        said[document.id] = {
            one.author: document.with_spans(tuple(Span(span.start, span.end, span.label) for span in one.spans))
            for one in task.annotations
            if one.tier == "annotator"
        }
    return said


def report(
    gold: dict[str, Document],
    resolved: dict[str, Document],
    said: dict[str, dict[str, Document]],
    reliabilities: dict[str, float],
) -> None:
    everything = list(gold.values())
    vote = majority(said.values()).documents
    true = {
        name: strict(
            [gold[key] for key in said if name in said[key]], [said[key][name] for key in said if name in said[key]]
        )
        for name in ANNOTATORS
    }
    print(f"strict F1 against gold: resolved {strict(everything, [resolved[key] for key in gold]):.3f}")
    print(f"                        majority {strict([gold[key] for key in said], vote):.3f}")
    print(f"                        best one {max(true.values()):.3f}")
    print("person        error rate  true F1  estimated")
    for name, rate in ANNOTATORS.items():
        print(f"{name:12}{rate:12.2f}{true[name]:9.3f}{reliabilities[name]:11.3f}")
    ranked = sorted(true, key=true.__getitem__) == sorted(ANNOTATORS, key=reliabilities.__getitem__)
    print(f"ranked as they are: {'yes' if ranked else 'no'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    given = parser.parse_args()
    main(given.documents, given.database)

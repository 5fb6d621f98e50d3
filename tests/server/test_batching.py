"""Batches are made of what waits; nobody waits for what another sent, or fails for it."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar, Self

import pytest

from livener.errors import InputError
from livener.linking import Entity, KnowledgeBase
from livener.pipeline import Pipeline, load
from livener.server.batching import Batcher
from livener.text import Document, Sentence, Span


class Slow:
    """Finds the first word of each sentence, and takes its time; refuses the word "bad"."""

    name: ClassVar[str] = "slow.v1"
    labels = ("FIRST",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.batches: list[int] = []

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Span]]:
        self.batches.append(len(sentences))
        time.sleep(self.seconds)
        if any("bad" in sentence.words for sentence in sentences):
            raise InputError("bad")
        return [[sentence.span(*sentence.tokens[0], "FIRST")] for sentence in sentences]

    def save(self, path: Path) -> None: ...

    @classmethod
    def load(cls, path: Path) -> Self:
        raise NotImplementedError


def batcher(slow: Slow) -> Batcher:
    return Batcher(Pipeline(slow), ThreadPoolExecutor(1))


def test_what_waits_is_one_batch_and_each_gets_its_own() -> None:
    slow = Slow(0.05)

    async def main() -> list[list[str]]:
        batch = batcher(slow)
        first = asyncio.create_task(batch.read([Document("A one.")]))
        await asyncio.sleep(0.02)
        others = [batch.read([Document(f"{word} x."), Document(f"{word}2 y.")]) for word in "BCD"]
        return [[one.spans[0].text for one in read.documents] for read in await asyncio.gather(first, *others)]

    assert asyncio.run(main()) == [["A"], ["B", "B2"], ["C", "C2"], ["D", "D2"]]
    assert slow.batches == [1, 6]


def test_nobody_fails_for_what_another_sent() -> None:
    async def main() -> list[object]:
        batch = batcher(Slow(0.01))
        reads = (batch.read([Document(text)]) for text in ("A.", "B.", "bad.", "C."))
        return [
            type(one).__name__ if isinstance(one, Exception) else one.documents[0].spans[0].text  # type: ignore[attr-defined]
            for one in await asyncio.gather(*reads, return_exceptions=True)
        ]

    assert asyncio.run(main()) == ["A", "B", "InputError", "C"]


def test_a_long_request_lets_others_in_between() -> None:
    slow = Slow(0.03)

    async def main() -> tuple[float, float]:
        batch = batcher(slow)
        began = time.perf_counter()

        async def finished(documents: list[Document]) -> float:
            await batch.read(documents)
            return time.perf_counter() - began

        async def soon() -> float:
            await asyncio.sleep(0.01)
            return await finished([Document("A.")])

        return await asyncio.gather(soon(), finished([Document("word " * 2000) for _ in range(20)]))

    short, long = asyncio.run(main())
    assert len(slow.batches) > 5
    assert short < long / 2


def test_what_nobody_waits_for_any_more_is_not_read() -> None:
    slow = Slow(0.05)

    async def main() -> float:
        batch = batcher(slow)
        first = asyncio.create_task(batch.read([Document("A.")]))
        await asyncio.sleep(0.01)
        given_up = asyncio.create_task(batch.read([Document("B.")]))
        await asyncio.sleep(0.01)
        given_up.cancel()
        await first
        await batch.read([Document("C.")])
        return batch.seconds

    assert asyncio.run(main()) == 0.0
    assert slow.batches == [1, 1]


def test_how_long_it_will_take_is_known_from_before() -> None:
    async def main() -> tuple[float, float]:
        batch = batcher(Slow(0.05))
        unknown = batch.seconds
        await batch.read([Document("A.")])
        tasks = [asyncio.create_task(batch.read([Document("A.")])) for _ in range(10)]
        await asyncio.sleep(0)
        known = batch.seconds
        await asyncio.gather(*tasks)
        return unknown, known

    unknown, known = asyncio.run(main())
    assert unknown == 0.0
    assert known > 0.1


def test_stages_are_timed_on_request() -> None:
    async def main() -> dict[str, float]:
        return (await batcher(Slow(0.02)).read([Document("A."), Document("B.")], timed=True)).stages

    stages = asyncio.run(main())
    assert list(stages) == ["normalise.v1", "split.v1", "tokenise.v1", "recognise.v1"]
    assert stages["recognise.v1"] == pytest.approx(0.02, abs=0.02)
    assert stages["recognise.v1"] > stages["split.v1"]


def test_how_often_the_cache_of_linking_knew_a_name(tmp_path: Path) -> None:
    KnowledgeBase.build(tmp_path / "kb", [Entity("Q1", "ada@example.org")]).close()
    stages = ["normalise", "split", "tokenise", 'recognise"\nengines = ["patterns', 'link"\nkb = "kb']
    ends = ["", "", "", "]", ""]
    text = "".join(f'[[stage]]\nuse = "{stage}"{end}\n' for stage, end in zip(stages, ends, strict=True))
    (tmp_path / "pipeline.toml").write_text(text)
    nlp = load(tmp_path / "pipeline.toml")

    async def twice() -> tuple[float | None, float | None]:
        with ThreadPoolExecutor(1) as threads:
            batcher = Batcher(nlp, threads)
            before = batcher.cache_hit_rate
            for _ in range(4):
                [document] = (await batcher.read([Document("Write to ada@example.org.")])).documents
                assert document.spans[0].kb_id == "Q1"
            return before, batcher.cache_hit_rate

    assert asyncio.run(twice()) == (None, 0.75)

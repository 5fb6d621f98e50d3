"""From spans to entries: ranking, NIL, caches, and the stage of a pipeline."""

import pickle
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import running_redis
from tests.pipeline.spans import batch_of, documents, marked

from livener.errors import InputError
from livener.linking import Candidate, Entity, KnowledgeBase, Linker, Ranker, fit_ranker, mentions_of
from livener.linking.caches import Cache, DiskCache, MemoryCache, RedisCache, cache_of
from livener.linking.ranking import Asked, words_of
from livener.pipeline import Batch
from livener.pipeline.stages.link import Link
from livener.text import Document, Span

PARIS = [Candidate("Q90", "Paris", "LOC", "capital", 9.0, {"seine": 2.0}, "exact", 1.0, 9.0)]


def ids(linker: Linker, text: str, **options: float) -> list[str | None]:
    document = marked(text)
    return [link and link.id for link in linker.link([document.text], [document.spans], **options)[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Paris](LOC) is nice", ["Q90"]),
        ("the rodeo of [Paris](LOC), a town in Texas", ["Q830149"]),
        ("[Xyzzy](LOC) and [New York](LOC)", [None, "Q60"]),
        ("nothing", []),
    ],
)
def test_the_best_candidate_wins(kb: KnowledgeBase, text: str, expected: list[str | None]) -> None:
    assert ids(Linker(kb), text) == expected


def test_what_is_not_sure_enough_is_not_linked(kb: KnowledgeBase) -> None:
    linker = Linker(kb)
    (link,) = linker.link(["Paris"], [[Span(0, 5, "LOC")]])[0]
    assert link is not None
    assert 0.5 < link.score < 1.0
    assert ids(linker, "[Paris](LOC)", threshold=link.score) == ["Q90"]
    assert ids(linker, "[Paris](LOC)", threshold=link.score + 1e-6) == [None]


def test_a_ranker_learns_and_is_kept(tmp_path: Path) -> None:
    entities = [Entity(f"{kind}{n}", f"Name{n}", (), kind, "", n) for n in range(8) for kind in ("PER", "LOC")]
    kb = KnowledgeBase.build(tmp_path / "kb", entities)
    learn = [
        Document(f"x Name{n}", spans=(Span(2, 7, kind, kb_id=f"{kind}{n}"),))
        for n in range(8)
        for kind in ("PER", "LOC")
    ]
    learn += [Document(f"Nama{n}", spans=(Span(0, 5, "PER"),)) for n in range(8)]  # alike, and no entry
    ranker = fit_ranker([(kb, learn)])
    ranker.save(tmp_path / "kb" / "ranker.json")
    linker = Linker.load(tmp_path / "kb")
    assert linker.ranker == ranker
    assert ids(linker, "[Name3](PER) [Name3](LOC) [Nama3](PER)") == ["PER3", "LOC3", None]
    (tmp_path / "kb" / "ranker.json").write_text('{"features": [], "weights": [], "sureness": []}')
    with pytest.raises(InputError, match="other features"):
        Linker.load(tmp_path / "kb")
    with pytest.raises(InputError, match="no span's meaning"):
        fit_ranker([(kb, learn[-8:])])


@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1), st.floats(0, 1e9)), min_size=1, max_size=5))
def test_a_score_is_a_probability(numbers: list[tuple[float, float, float]]) -> None:
    candidates = [
        Candidate(str(i), "x", "LOC", "", popularity, {}, "fuzzy", similarity, uses)
        for i, (popularity, similarity, uses) in enumerate(numbers)
    ]
    place, score = Ranker().best(Asked("LOC", words_of("some text"), frozenset(), candidates))
    assert 0 <= place < len(candidates)
    assert 0.0 <= score <= 1.0


def test_mentions_come_from_documents() -> None:
    document = Document("Paris lies on the Seine", spans=(Span(0, 5, "LOC", kb_id="Q90"), Span(18, 23, "LOC")))
    (mention,) = mentions_of([document])
    assert (mention.name, mention.id, mention.context) == ("Paris", "Q90", ("lies", "seine"))


@pytest.fixture(params=["memory", "disk", "redis"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Cache:
    if request.param == "redis":
        return RedisCache(request.getfixturevalue("redis_url"), ttl=0.2, prefix=f"{tmp_path}:")
    return MemoryCache(ttl=0.2) if request.param == "memory" else DiskCache(tmp_path / "cache.db", ttl=0.2)


def test_every_cache_keeps_for_a_while_and_forgets(cache: Cache) -> None:
    assert cache.get(["Paris"]) == {}
    cache.put({"Paris": PARIS, "Xyzzy": []})
    assert cache.get(["Xyzzy", "Oslo", "Paris"]) == {"Paris": PARIS, "Xyzzy": []}
    assert cache.get([]) == {}
    again = pickle.loads(pickle.dumps(cache))
    assert type(again) is type(cache)
    if not isinstance(cache, MemoryCache):
        assert again.get(["Paris"]) == {"Paris": PARIS}
        again.close()
    time.sleep(0.25)
    assert cache.get(["Paris"]) == {}
    if not isinstance(cache, MemoryCache):
        cache.close()  # type: ignore[attr-defined]


def test_memory_is_bounded() -> None:
    cache = MemoryCache(size=2)
    cache.put({"a": [], "b": []})
    cache.get(["a"])
    cache.put({"c": []})
    assert cache.get(["a", "b", "c"]).keys() == {"a", "c"}


def test_caches_by_name(tmp_path: Path, redis_url: str) -> None:
    disk = cache_of(str(tmp_path / "c.db"))
    assert isinstance(disk, DiskCache)
    disk.close()
    assert isinstance(cache_of(redis_url), RedisCache)
    with pytest.raises(InputError, match="no cache"):
        cache_of(str(tmp_path))


@pytest.mark.parametrize("shared", ["disk", "redis"])
def test_knowledge_bases_share_a_cache_and_no_entries(
    shared: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    where = str(tmp_path / "c.db") if shared == "disk" else request.getfixturevalue("redis_url")
    found = []
    for identity in ("Q90", "P1"):
        KnowledgeBase.build(tmp_path / identity, [Entity(identity, "Paris", (), "LOC", "city", 9.0)]).close()
        for known in (0, 1):  # the second stage finds what the first one kept
            stage = Link(tmp_path / identity, cache=where)
            (span,) = stage(Batch([Document("Paris")], spans=[(Span(0, 5, "LOC", 0.9),)])).spans[0]
            found.append(span.kb_id)
            assert (stage.known, stage.asked) == (known, 1)
    assert found == ["Q90", "Q90", "P1", "P1"]


def test_what_others_wrote_into_a_cache_is_not_there(tmp_path: Path, redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    with closing(DiskCache(tmp_path / "c.db")) as disk, closing(RedisCache(redis_url, prefix="odd:")) as far:
        for odd in ("[[1, 2]]", "{", "7"):
            client.set("odd:Paris", odd)
            assert far.get(["Paris", "Oslo"]) == {}
            with closing(sqlite3.connect(tmp_path / "c.db")) as database, database:
                database.execute("INSERT OR REPLACE INTO kept VALUES ('Paris', 9e9, ?)", (odd,))
            assert disk.get(["Paris"]) == {}
    client.close()


def test_a_cache_that_goes_away_costs_time_and_no_link(kb: KnowledgeBase, tmp_path: Path) -> None:
    with running_redis() as url:
        cache = RedisCache(url)
    linker = Linker(kb, cache=cache)
    assert ids(linker, "[Paris](LOC)") == ids(Linker(kb), "[Paris](LOC)")
    began = time.process_time()
    assert ids(linker, "[Paris](LOC) [Oslo](LOC)") == ids(Linker(kb), "[Paris](LOC) [Oslo](LOC)")
    assert time.process_time() - began < 5
    assert (linker.hits, linker.misses) == (0, 3)
    cache.close()
    disk = DiskCache(tmp_path / "c.db")
    with closing(sqlite3.connect(tmp_path / "c.db")) as database, database:
        database.execute("DROP TABLE kept")
    disk.put({"Paris": PARIS})
    assert disk.get(["Paris"]) == {}
    disk.close()


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1", "redis://127.0.0.1:port", "unix:///nowhere/socket"])
def test_no_redis_is_one_line(url: str) -> None:
    with pytest.raises(InputError, match=r"no cache: .* \(expected the URL of a running Redis\)"):
        cache_of(url)


def test_the_hit_rate(kb: KnowledgeBase) -> None:
    linker = Linker(kb)
    assert linker.hit_rate == 0.0
    linker.precompute(["Paris"])
    ids(linker, "[Paris](LOC) [Paris](LOC) [Oslo](LOC)")
    assert (linker.hits, linker.misses, linker.hit_rate) == (1, 2, 1 / 3)


def test_the_stage(kb: KnowledgeBase) -> None:
    kept = Span(0, 5, "LOC", 0.9, "override", "mine")
    batch = batch_of(Document("Paris or New York or Obama", spans=(kept, Span(9, 17, "LOC"), Span(21, 26, "PER"))))
    stage = Link(kb=kb.path, labels=("LOC",))
    assert [span.kb_id for span in stage(batch).spans[0]] == ["mine", "Q60", None]
    assert [span.kb_id for span in Link(kb=kb.path)(batch).spans[0]] == ["mine", "Q60", "Q76"]
    assert [span.kb_id for span in Link(kb=kb.path, threshold=1.0)(batch).spans[0]] == ["mine", None, None]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Link:
    entities = [
        Entity("Q1", "Acme"),
        Entity("Q2", "Ada Byron", ("Byron",), "PER"),
        Entity("Q3", "5"),
        Entity("Q4", "Acme", (), "PER"),
    ]
    path = tmp_path_factory.mktemp("linking") / "kb"
    KnowledgeBase.build(path, entities).close()
    return Link(kb=path, threshold=0.2)


@given(st.lists(documents(), min_size=1, max_size=2))
def test_the_stage_moves_no_span_and_is_idempotent(stage: Link, given_: list[Document]) -> None:
    batch = batch_of(*given_)
    once = stage(batch)
    for before, after in zip(batch.spans, once.spans, strict=True):
        assert [(s.start, s.end, s.label, s.score) for s in before] == [
            (s.start, s.end, s.label, s.score) for s in after
        ]
    assert stage(once).spans == once.spans

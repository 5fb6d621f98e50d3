"""The watch over production: a real inference log, drift as an alert, calm as its end; sure and wrong."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.loop.annotated import NOW, documents, unread
from tests.loop.conftest import Place
from tests.monitoring.drift.simulated import RATES, production
from tests.monitoring.listening import http_server, mail_server

from livener.errors import InputError
from livener.learning import models, train
from livener.loop import daily, jobs, kinds, watch
from livener.loop.reliability import look
from livener.loop.rolling import Pair
from livener.loop.rules import LoopRules, WatchArguments
from livener.loop.watch import compared
from livener.monitoring import alerts
from livener.monitoring import production as seen
from livener.monitoring.log import Log, LogWriter, Window
from livener.monitoring.log.rows import Inferences, TextKept
from livener.pipeline import load
from livener.store.models import JobState, Project
from livener.text import Document, Span


def logged(folder: Path, *, lost: bool) -> Log:
    """Ten days of production; on the last one PER is found less often where ``lost``."""
    rng = np.random.default_rng(0)
    with LogWriter(folder) as writer:
        for day in range(10, 0, -1):
            rates = {**RATES, "PER": 0.2} if lost and day == 1 else RATES
            at = NOW - timedelta(days=day) + timedelta(hours=1)
            found = production(120, rng, rates=rates, meta={"domain": "news"})
            writer.append(Inferences(at, project=1, documents=found, model=1, pipeline="crf.v1"))
    return Log(folder)


def test_what_moved_in_the_log_is_found(tmp_path: Path) -> None:
    log = logged(tmp_path / "log", lost=True)
    found = compared(log, 1, WatchArguments(reference=9, current=1), now=NOW)
    assert found
    assert found[0].subject == "PER"
    assert "since 2024-04-30" in found[0].summary
    assert found[0].documents[0]["text"]
    assert compared(log, 2, WatchArguments(), now=NOW) is None  # another project has nothing

    days = seen.label_days(log, 1, Window(NOW - timedelta(days=30), NOW))
    assert len({row["day"] for row in days}) == 10
    assert all(row["documents"] == 120 for row in days)
    last = next(row for row in days if row["day"] == "2024-04-30" and row["label"] == "PER")
    assert last["spans"] < 60
    day = Window(NOW - timedelta(days=1), NOW)
    behind = seen.behind(log, 1, day, label="PER", limit=5)
    assert len(behind) == 5
    assert all(any(span.label == "PER" for span in one.spans) for one in behind)
    assert sum(row["spans"] for row in seen.histogram(log, 1, day)) > 0


def test_the_tests_are_those_that_the_rules_name(tmp_path: Path) -> None:
    log = logged(tmp_path / "log", lost=True)
    asked = WatchArguments(reference=9, current=1, tests=("label_rates", "text_distance"))
    found = compared(log, 1, asked, now=NOW)
    assert found
    assert {one["test"] for alert in found for one in alert.detail["findings"]} == {"label_rates.v1"}
    assert compared(log, 1, asked.model_copy(update={"tests": ("text_distance.v1",)}), now=NOW) == []  # same words
    with pytest.raises(InputError, match=r"loop\.watch\.tests\.0: .*no drift test 'text_distanc'.*'text_distance'"):
        LoopRules.of({"loop": {"watch": {"tests": ["text_distanc"]}}})


def test_a_calm_log_raises_nothing(tmp_path: Path) -> None:
    assert compared(logged(tmp_path / "log", lost=False), 1, WatchArguments(reference=9, current=1), now=NOW) == []


def test_the_job_raises_what_moved_and_closes_what_is_calm_again(place: Place) -> None:
    logged(place.folder / "log", lost=True)
    lost, calm = ({"reference": 9, "current": 1, "level": level} for level in (0.01, 1e-100))
    results = []
    for arguments in (lost, lost, calm):
        with place.store.writing() as session:
            id = kinds.start(session, 1, "watch", arguments, now=NOW, reason="asked")
        place.worker().run(id)
        assert place.job(id).state == JobState.DONE, place.job(id).problem
        results.append(place.job(id).result or {})
    assert results[0]["raised"]
    assert "PER" in results[0]["drifted"]
    assert results[1]["raised"] == []  # it is open already
    assert results[2]["closed"] == results[0]["raised"]
    told = [what for _, kind, what in place.told if kind == "alert"]
    assert told == [{"id": id} for id in results[0]["raised"]] * 2


def test_the_job_tells_what_is_new_over_every_channel_once(place: Place) -> None:
    logged(place.folder / "log", lost=True)
    with http_server() as heard, mail_server() as post:
        (place.folder / "livener.toml").write_text(
            '[server]\npublic_url = "https://ner.example.org"\n[alerts]\nallow = ["127.0.0.1"]\nprivate = true\n'
            f'[alerts.mail]\nhost = "127.0.0.1"\nport = {post.port}\nsender = "ner@example.org"\ntls = "none"\n',
            encoding="utf-8",
        )
        channels = {
            "chat": {"kind": "slack", "url": f"http://127.0.0.1:{heard.port}/chat"},
            "hook": {"kind": "webhook", "url": f"http://127.0.0.1:{heard.port}/hook"},
            "leads": {"kind": "email", "to": ["lea@example.org"]},
        }
        with place.store.writing() as session:
            session.get_one(Project, 1).settings = {"channels": channels}
        for _ in range(2):  # what is seen again is not told again
            with place.store.writing() as session:
                id = kinds.start(session, 1, "watch", {"reference": 9, "current": 1}, now=NOW, reason="asked")
            place.worker().run(id)
    with place.store.reading() as session:
        raised = [alerts.get(session, 1, one.id) for one in alerts.listed(session, 1)]
    assert raised
    assert sorted(path for _, path, _ in heard.came) == sorted(["/chat", "/hook"] * len(raised))
    assert len(post.came) == len(raised)
    letter = next(body.decode() for _, _, body in post.came if b"PER" in body)
    assert "To: lea@example.org" in letter
    assert "https://ner.example.org/p/news/monitor?alert=" in letter
    assert all([event.what for event in one.events or ()] == ["opened", "told", "seen again"] for one in raised)


def test_the_watch_begins_by_itself_once_a_day_where_there_is_a_log(place: Place) -> None:
    def began() -> list[str]:
        place.worker().tick()
        with place.store.reading() as session:
            return [one.reason for one in jobs.listed(session, 1)]

    place.clock.now = NOW + timedelta(days=1)
    assert began() == []  # without a log there is nothing to watch
    logged(place.folder / "log", lost=False)
    assert began() == ["30 3 * * * was due at 2024-05-02T03:30:00+00:00"]
    place.worker().run(1)
    assert len(began()) == 1
    place.clock.now += timedelta(days=1)
    assert len(began()) == 2
    place.worker().run(2)
    with place.store.writing() as session:
        session.get_one(Project, 1).settings = {"loop": {"watch": {"enabled": False}}}
    place.clock.now += timedelta(days=1)
    assert len(began()) == 2
    with place.store.writing() as session:
        assert daily.begin(session, 1, "watch", now=place.clock.now, folder=place.folder) is None


def test_a_crontab_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="not a crontab"):
        LoopRules.of({"loop": {"watch": {"cron": "daily"}}})


def judged(right: int, wrong: int) -> list[Pair]:
    """So many sure spans that people kept and that they took away."""
    shown = (Span(0, 3, "PER", 0.98),)
    return [Pair(NOW, "Ada left.", shown, shown if i < right else (), 1, "crf.v1", i) for i in range(right + wrong)]


def test_scores_that_do_not_hold_are_alerts_until_they_hold_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds_of = {
        kind: ([one.subject for one in found], known) for kind, (found, known) in look(judged(150, 60)).items()
    }
    assert kinds_of == {"overconfidence": (["PER"], {"PER"}), "reliability": (["all labels"], {"all labels"})}
    kept = []
    for settled in (
        judged(150, 60),
        judged(20, 0),
        judged(300, 3),
    ):  # twenty spans are too few to say that it is over
        monkeypatch.setattr(watch, "pairs", lambda *_, settled=settled, **__: settled)
        with place.store.writing() as session:
            kept.append(watch.keep(session, 1, None, now=NOW))
    assert [(len(one["raised"]), len(one["closed"])) for one in kept] == [(2, 0), (0, 0), (0, 2)]
    with place.store.reading() as session:
        assert {one.state for one in alerts.listed(session, 1)} == {"closed"}


@pytest.mark.parametrize("changed", ["model", "text"])
def test_an_alert_says_whether_text_or_model_changed(place: Place, changed: str) -> None:
    learned = documents(0, 80)
    forgot = [one.with_spans([span for span in one.spans if span.label != "PER"]) for one in learned]
    for name, gold in (("first", learned), ("second", forgot)):
        train("crf", gold, documents(80, 100), out=place.folder / name)
        models.add(place.store, place.artefacts, 1, place.folder / name, now=NOW)
    first, second = (load(place.folder / name) for name in ("first", "second"))
    no_people = [Document(f"Nobody at fair {n} was paid .", f"n{n}") for n in range(150)]
    now = second.pipe(unread(documents(300, 450))) if changed == "model" else first.pipe(no_people)
    with LogWriter(place.folder / "log") as writer:
        for days, found, model in ((3, first.pipe(unread(documents(100, 300))), 1), (0.5, now, 2)):
            number = model if changed == "model" else 1
            at = NOW - timedelta(days=days)
            writer.append(Inferences(at, project=1, documents=list(found), model=number, pipeline="crf.v1"))
    with place.store.writing() as session:
        id = kinds.start(session, 1, "watch", {}, now=NOW, reason="asked")
    place.worker().run(id)
    result = place.job(id).result
    assert result, place.job(id).problem
    assert "PER" in result["drifted"]
    with place.store.reading() as session:
        found = [alerts.get(session, 1, alert).found or {} for alert in result["raised"]]
    assert {one["verdict"]["what"] for one in found} == {changed}
    assert found[0]["verdict"]["labels"] == (["PER"] if changed == "model" else [])


@pytest.mark.parametrize("kept", ["redacted", "text"])
def test_texts_that_are_not_those_that_were_read_give_no_verdict(place: Place, kept: TextKept) -> None:
    train("crf", documents(0, 80), documents(80, 100), out=place.folder / "first")
    nlp = load(place.folder / "first")
    with LogWriter(place.folder / "log") as writer:
        for days, texts, model in ((3, documents(100, 300), 1), (0.5, [documents(101, 102)[0]] * 100, 2)):
            found = list(nlp.pipe(unread(texts)))
            at = NOW - timedelta(days=days)
            writer.append(Inferences(at, project=1, documents=found, model=model, pipeline="crf.v1", text=kept))
    found = compared(Log(place.folder / "log"), 1, WatchArguments(), now=NOW, read={1: nlp, 2: nlp}.__getitem__)
    assert found
    verdict = found[0].detail["verdict"]
    assert verdict is None if kept == "redacted" else verdict["what"] == "text"

"""A trained model learns on: nothing forgotten, labels added, killed and resumed."""

import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.learning.resumed import TRANSFORMER
from tests.recognizers.neural.encoders import encoder

import livener
from livener.errors import InputError
from livener.learning import continue_, emphasis, train
from livener.learning.training import unfinished
from livener.metrics import evaluate
from livener.pipeline import Pipeline
from livener.recognizers.base import Adaptable, Trainable
from livener.recognizers.checkpoints import Checkpoints
from livener.recognizers.registry import get
from livener.text import Document, Segmenter, Span

PEOPLE = ("Ada", "Kay", "Grace", "Alan", "Edsger", "Barbara")
TOWNS = ("Oslo", "Cairo", "Lodz", "Lima", "Quito", "Turin")
DRUGS = ("aspirin", "codeine", "heparin", "insulin", "digoxin", "lithium")


def document(name: str, text: str, **marked: str) -> Document:
    """The document with each of ``marked`` (label: surface) as a span."""
    spans = [
        Span(text.index(surface), text.index(surface) + len(surface), label) for label, surface in marked.items()
    ]
    return Document(text, id=name, spans=tuple(sorted(spans, key=lambda span: span.start)))


OLD = [
    document(f"o{i}{j}", f"{p} flew to {t} last week .", PER=p, LOC=t)
    for i, p in enumerate(PEOPLE)
    for j, t in enumerate(TOWNS)
]
# of these only the drugs were marked
NEW = [
    document(f"n{i}", f"{p} took {d} in {t} every day .", DRUG=d)
    for i, (p, d, t) in enumerate(zip(PEOPLE * 2, DRUGS * 2, TOWNS[1:] * 3, strict=False))
]
DEV = [
    document("d0", "Kay flew to Lima last week .", PER="Kay", LOC="Lima"),
    document("d1", "Ada took insulin in Oslo every day .", PER="Ada", DRUG="insulin", LOC="Oslo"),
    document("d2", "Alan took heparin in Turin every day .", PER="Alan", DRUG="heparin", LOC="Turin"),
]
SMALL = {
    "crf": {},
    "bilstm_crf": {
        "words": 20,
        "characters": 10,
        "hidden": 20,
        "epochs": 12,
        "rate": 2e-2,
        "dropout": 0.1,
        "batch": 128,
        "vectors": None,
    },
}


def f1(pipeline: Pipeline, documents: Sequence[Document], *labels: str) -> float:
    found = evaluate([one.spans for one in documents], [one.spans for one in pipeline.pipe(documents)])
    return sum(found.per_label[label].f1 for label in labels) / len(labels)


@pytest.fixture(scope="module", params=sorted(SMALL))
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param != "crf":
        pytest.importorskip("torch", reason="needs the extra neural")
    return train(
        request.param, OLD, OLD[::5], out=tmp_path_factory.mktemp("m") / "m", settings=SMALL[request.param]
    ).path


def test_a_new_label_is_added_and_the_old_ones_stay(old: Path, tmp_path: Path) -> None:
    report = continue_(old, NEW, DEV, out=tmp_path / "new", replay=OLD, annotated=["DRUG"])
    learned = livener.load(tmp_path / "new")
    assert learned.labels == ("DRUG", "LOC", "PER")
    assert f1(learned, DEV, "DRUG") > 0.9
    assert f1(learned, OLD, "PER", "LOC") > 0.99
    assert [span.label for span in learned(DEV[1]).spans][:2] == ["PER", "DRUG"]
    assert livener.load(old).labels == ("LOC", "PER")
    info = json.loads((tmp_path / "new" / "model.json").read_text())
    assert info["continued_from"] == json.loads((old / "model.json").read_text())["files"]
    assert info["data"]["replay"]["documents"] == len(OLD)
    assert info["data"]["corrections"]["spans"] > len(NEW)  # what nobody marked was taken from the model
    assert report.cost["resumed"] == 0
    assert report.cost["seconds"] > 0


def test_what_is_replayed_leaves_a_new_label_possible(tmp_path: Path) -> None:
    """The old documents hold drugs that nobody marked: read as "no drug" they would teach the contrary."""
    unmarked = [
        document(f"u{i}", f"{p} took {d} .", PER=p) for i, (p, d) in enumerate(zip(PEOPLE, DRUGS, strict=True))
    ]
    old = train("crf", unmarked * 6, unmarked, out=tmp_path / "old").path
    marked = [
        document(f"m{i}", f"{person} took aspirin .", PER=person, DRUG="aspirin") for i, person in enumerate(PEOPLE)
    ]
    scores = {}
    for relabelled in (False, True):
        continue_(old, marked, marked, out=tmp_path / "new", replay=unmarked * 6, relabelled=relabelled)
        scores[relabelled] = len(
            [s for s in livener.load(tmp_path / "new")("Kay took codeine .").spans if s.label == "DRUG"]
        )
    assert scores == {False: 1, True: 0}


def test_what_knows_nothing_of_a_new_label_is_not_kept_however_good_it_is(tmp_path: Path) -> None:
    """The corrections mark no people: on dev the model as it was is the best there is."""
    old = train("crf", OLD, OLD[::5], out=tmp_path / "old").path
    unmarked = [one.with_spans(tuple(span for span in one.spans if span.label != "PER")) for one in OLD]
    continue_(old, [*NEW, *unmarked], [*OLD[::5], DEV[1]], out=tmp_path / "new")
    assert f1(livener.load(tmp_path / "new"), DEV, "DRUG") > 0.9


def test_a_pipeline_in_memory_is_not_touched(old: Path, tmp_path: Path) -> None:
    nlp = livener.load(old)
    before = nlp(OLD[0])
    continue_(nlp, NEW, DEV, out=tmp_path / "new", replay=OLD)
    assert nlp.labels == ("LOC", "PER")
    assert nlp(OLD[0]) == before


def test_only_some_is_replayed_and_the_same_with_a_seed(tmp_path: Path) -> None:
    old = train("crf", OLD, OLD[::5], out=tmp_path / "old").path
    shas = set()
    for seed in (1, 1, 2):
        continue_(old, NEW, DEV, out=tmp_path / "new", replay=OLD, most_replayed=5, seed=seed)
        data = json.loads((tmp_path / "new" / "model.json").read_text())["data"]
        assert data["replay"]["documents"] == 5
        shas.add(data["replay"]["sha256"])
    assert len(shas) == 2


def test_what_is_refused(tmp_path: Path) -> None:
    patterns = Pipeline(get("patterns")())
    with pytest.raises(InputError, match=r"patterns\.v1 does not learn on"):
        continue_(patterns, NEW, DEV, out=tmp_path / "new")
    old = train("crf", OLD[:4], OLD[:4], out=tmp_path / "old").path
    with pytest.raises(InputError, match="no corrected documents"):
        continue_(old, [], DEV, out=tmp_path / "new")
    with pytest.raises(InputError, match="nothing to stop on"):
        continue_(old, NEW, [Document("Nothing .")], out=tmp_path / "new")
    with pytest.raises(InputError, match="importance -1"):
        continue_(old, NEW, DEV, out=tmp_path / "new", importance={"n1": -1.0})


def test_what_counts_for_more_is_learned_first(tmp_path: Path) -> None:
    """Two answers that contradict each other: the weightier one wins."""
    text = "Jordan rose ."
    sides = [document("per", text, PER="Jordan"), document("loc", text, LOC="Jordan")]
    old = train("crf", OLD, OLD[::5], out=tmp_path / "old").path
    won = {}
    for winner in ("per", "loc"):
        continue_(old, sides, OLD[::6], out=tmp_path / "new", replay=OLD, importance={winner: 8.0})
        won[winner] = [span.label for span in livener.load(tmp_path / "new")(text).spans]
    assert won == {"per": ["PER"], "loc": ["LOC"]}


def test_errors_weigh_by_kind_and_severity() -> None:
    documents = [document("a", "Ada met Kay .", PER="Ada"), document("b", "Oslo .", LOC="Oslo")]
    said = [[Span(0, 3, "ORG"), Span(8, 11, "PER")], []]
    weights = emphasis(
        documents, said, by_kind={"false_positive": 0.0}, severity=lambda label, _: 9.0 if label == "LOC" else 1.0
    )
    assert weights == {"a": 2.0, "b": 4.0}
    with pytest.raises(InputError, match="no kind of error 'typo'"):
        emphasis(documents, said, by_kind={"typo": 1.0})


class KilledError(Exception):
    pass


def learner(name: str) -> Callable[[Checkpoints | None, bool], bytes]:
    """A training from the beginning that may be killed after its second checkpoint, and its weights in the end."""
    sentences = [one for each in OLD for one in Segmenter().sentences(each)]

    def run(checkpoints: Checkpoints | None, kill: bool) -> bytes:
        model = get(name).create({**SMALL[name], "epochs": 6})  # type: ignore[attr-defined]
        assert isinstance(model, Trainable)
        model.fit(sentences, sentences[::5], seed=2, checkpoints=_Killing(checkpoints) if kill else checkpoints)  # type: ignore[arg-type]
        return state(model)

    return run


class _Killing:
    """Checkpoints after which the process dies."""

    def __init__(self, inner: Checkpoints | None) -> None:
        assert inner is not None
        self._inner, self._left = inner, 3

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def save(self, *arguments: object) -> None:
        self._inner.save(*arguments)  # type: ignore[arg-type]
        self._left -= 1
        if not self._left:
            raise KilledError


def state(model: object) -> bytes:
    if hasattr(model, "parameters"):
        return pickle.dumps([model.weights, model.parameters.steps, model.bias])  # type: ignore[attr-defined]
    return pickle.dumps([bytes(model.files["model.safetensors"]), model.steps, model.bias])  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(SMALL))
def test_what_was_killed_goes_on_to_the_very_same_model(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name != "crf":
        pytest.importorskip("torch", reason="needs the extra neural")
        from livener.recognizers.neural import fitting

        monkeypatch.setattr(fitting, "export_best", lambda *_: None)  # exporting takes longer than training
    run = learner(name)
    wanted = run(None, False)
    with pytest.raises(KilledError):
        run(Checkpoints(tmp_path / "c", every=0.0), True)
    again = Checkpoints(tmp_path / "c", every=0.0)
    assert run(again, False) == wanted
    assert again.resumed == 1


TRAINING = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.learning.test_continuing import DEV, OLD
from livener.learning import train
from livener.learning.training import unfinished
out = Path(sys.argv[1])
def progress(done, total, figures):
    if (unfinished(out) / "state.npz").exists() and len(sys.argv) > 3:
        print("kill me", flush=True)
        import time
        time.sleep(60)
report = train("crf", OLD, OLD[::5], out=out, seed=4, keep_every=0.0, resume=True, progress=progress)
print(report.cost["resumed"])
"""


def test_kill_9_and_resume(tmp_path: Path) -> None:
    out, root = tmp_path / "m", str(Path(__file__).parents[2])
    command = [sys.executable, "-c", TRAINING, str(out), root]
    process = subprocess.Popen([*command, "die"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "kill me\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not out.exists()
    assert unfinished(out).is_dir()
    with pytest.raises(InputError, match="other data, settings, or another seed"):
        train("crf", OLD, OLD[::5], out=out, seed=5, resume=True)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    assert not unfinished(out).exists()
    whole = train("crf", OLD, OLD[::5], out=tmp_path / "whole", seed=4).pipeline.recognizer
    resumed = livener.load(out).recognizer
    used = np.abs(whole.weights).max(1) > 0  # type: ignore[attr-defined]
    used[:2] = True
    assert np.array_equal(whole.weights[used], resumed.weights)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["bilstm_crf", "transformer"])
def test_a_network_is_killed_in_mid_training_and_resumed(name: str, tmp_path: Path) -> None:
    """Dropout, the optimizer and the order of batches go on as they would have: the weights are the same bytes."""
    pytest.importorskip("torch", reason="needs the extra neural")
    root = Path(__file__).parents[2]
    settings = SMALL[name] if name in SMALL else {"encoder": str(encoder(tmp_path / "encoder")), **TRANSFORMER}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])}
    out = tmp_path / "m"
    script = [sys.executable, str(Path(__file__).parent / "resumed.py"), str(out), name, json.dumps(settings)]
    process = subprocess.Popen([*script, "die"], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "kill me\n"
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    assert not out.exists()
    done = subprocess.run(script, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "1\n"
    again = livener.load(out).recognizer
    whole = train(name, OLD, OLD[::5], out=tmp_path / "whole", settings=settings, seed=4).pipeline.recognizer
    assert state(again) == state(whole)
    sentences = [one for each in OLD for one in Segmenter().sentences(each)]
    assert again.predict(sentences) == whole.predict(sentences)


def test_a_damaged_checkpoint_is_refused_and_a_new_training_removes_it(tmp_path: Path) -> None:
    folder = unfinished(tmp_path / "m")
    folder.mkdir()
    (folder / "state.npz").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(InputError, match="cannot be read"):
        train("crf", OLD[:4], OLD[:4], out=tmp_path / "m", resume=True)
    train("crf", OLD[:4], OLD[:4], out=tmp_path / "m")
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_state_is_kept_now_and_then(tmp_path: Path) -> None:
    now = [0.0]
    checkpoints = Checkpoints(tmp_path / "c", every=30.0, clock=lambda: now[0])
    assert not checkpoints.due
    now[0] = 31.0
    assert checkpoints.due
    checkpoints.save({}, {})
    assert not checkpoints.due
    now[0] = 40.0
    later = Checkpoints(tmp_path / "c", clock=lambda: now[0])
    later.load()
    now[0] = 50.0
    assert later.seconds == 41.0
    assert isinstance(get("crf").create({}), Adaptable)  # type: ignore[attr-defined]


def test_the_hour_has_a_price(tmp_path: Path) -> None:
    report = train("crf", OLD[:4], OLD[:4], out=tmp_path / "m", hourly_cost=3600.0)
    assert report.cost["cost"] == pytest.approx(report.cost["seconds"], abs=1e-3)
    assert livener.load(tmp_path / "m").info["training"] == report.cost

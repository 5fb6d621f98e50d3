"""``pipeline.toml``: what it takes, what it refuses, what its version hangs on."""

import re
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

from livener import extensions
from livener.errors import InputError
from livener.pipeline import Batch, Pipeline, default_config, load, registry, save
from livener.pipeline.stages.segmentation import Normalise
from livener.recognizers.registry import get
from livener.text import Document, Normaliser, Span

SEGMENT = '[[stage]]\nuse = "normalise"\n[[stage]]\nuse = "split"\n[[stage]]\nuse = "tokenise"\n'
ENGINE = '[[stage]]\nuse = "recognise.v1"\nengines = ["patterns"]\n'
TEXT = "Write to ada@example.org, ada@example.org, by 12 May 2024."

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "pipeline.toml") -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def test_a_pipeline_file_runs(write: Write) -> None:
    nlp = load(write(SEGMENT + ENGINE + '[[stage]]\nuse = "thresholds"\nlabels = {EMAIL = 1.0}\n'))
    document = nlp(TEXT)
    assert [span.text for span in document.spans] == ["12 May 2024"]
    assert document.meta == {"pipeline": nlp.version}
    assert nlp.called == nlp.version
    assert nlp.labels == load(write(SEGMENT + ENGINE)).labels


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("use = 1 x", "not TOML"),
        ("", "not a pipeline"),
        ("[[stages]]\n", "not a pipeline"),
        ("[[stage]]\n", "stage 1: does not say what it is"),
        ('[[stage]]\nuse = "normalize"\n', r"stage 1: no stage 'normalize' \(expected 'normalise'\)"),
        ('[[stage]]\nuse = "normalise.v9"\n', "this livener has normalise.v1, not normalise.v9"),
        (ENGINE, r"stage 1 \(recognise.v1\) requires sentences, which no earlier .* before it: tokenise.v1"),
        (SEGMENT, "no stage assigns spans"),
        (
            SEGMENT + ENGINE + '[[stage]]\nuse = "trim"\nquote = false\n',
            r"5 \(trim.v1\): no setting 'quote' .*'quotes'",
        ),
        (SEGMENT + ENGINE + '[[stage]]\nuse = "trim"\nquotes = 3\n', r"5 \(trim.v1\): setting quotes = 3"),
        (SEGMENT + ENGINE + '[[stage]]\nuse = "trim"\ntitles = "maybe"\n', "'keep', 'exclude' or 'include'"),
        (SEGMENT + ENGINE + '[[stage]]\nuse = "override"\n', r"5 \(override.v1\): setting 'terms' is missing"),
        (SEGMENT + ENGINE + '[[stage]]\nuse = "override"\nterms = "no.csv"\n', "setting terms"),
        (SEGMENT + ENGINE + '[[stage]]\nuse = "override"\nterms = ["no.csv"]\n', "no.csv: cannot be read"),
        (SEGMENT + ENGINE + '[[stage]]\nuse = "numbers"\nrules = ["AGES"]\n', "no rule 'AGES'"),
        (SEGMENT + ENGINE + '[[stage]]\nuse = "acronyms"\n_meanings = {}\n', "no setting '_meanings'"),
        (SEGMENT + ENGINE + '[[stage]]\nuse = "overlaps"\npriority = ["ORG"]\n', "policy and priority"),
        (SEGMENT + ENGINE + '[[stage]]\nuse = "redact"\nby = "pseudonym"\n', "secret key"),
        (SEGMENT + '[[stage]]\nuse = "recognise"\n', "there is no 'model'"),
        (SEGMENT + '[[stage]]\nuse = "recognise"\nengines = []\n', "there is no engine"),
        (SEGMENT + '[[stage]]\nuse = "recognise"\nengines = ["pattern"]\n', "no recognizer 'pattern'"),
        (
            '[[stage]]\nuse = "normalise"\nquote = false\n' + SEGMENT + ENGINE,
            r"1 \(normalise.v1\): no setting 'quote'",
        ),
        (
            SEGMENT + ENGINE + '[[stage]]\nuse = "redact"\n[[stage]]\nuse = "valid"\n',
            r"stage 6 \(valid.v1\) requires sentences",
        ),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(write: Write, text: str, message: str) -> None:
    path = write(text)
    with pytest.raises(InputError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path / "pipeline.toml")


def test_the_version_hangs_on_settings_and_artefacts_and_on_nothing_else(write: Write) -> None:
    write("term,label\nAcme,ORG\n", "a.csv")
    text = SEGMENT + ENGINE + '[[stage]]\nuse = "override"\nterms = ["a.csv"]\n'
    first = load(write(text)).version
    assert first is not None
    assert re.fullmatch("[0-9a-f]{16}", first)
    assert load(write("# a comment\n" + text.replace("override", "override.v1"))).version == first
    assert load(write(text + "score = 0.9\n")).version != first
    write("term,label\nAcme,GPE\n", "a.csv")
    assert load(write(text)).version != first


def test_the_version_hangs_on_the_model(write: Write, tmp_path: Path) -> None:
    own = write(SEGMENT + '[[stage]]\nuse = "recognise"\n')
    for name, patterns in (("a", ["EMAIL"]), ("b", ["DATE"])):
        save(Pipeline(cast(Any, get("patterns")).create({"patterns": patterns})), tmp_path / name)
    a, b = (load(tmp_path / name, pipeline=own) for name in ("a", "b"))
    assert a.version != b.version
    assert [{span.label for span in nlp(TEXT).spans} for nlp in (a, b)] == [{"EMAIL"}, {"DATE"}]
    both = write(SEGMENT + '[[stage]]\nuse = "recognise"\nengines = ["model", "b"]\n')
    nlp = load(tmp_path / "a", pipeline=both)
    assert {span.label for span in nlp(TEXT).spans} == {"DATE", "EMAIL"} == set(nlp.labels)
    assert load(tmp_path / "a", pipeline=both).version == nlp.version
    shutil.rmtree(tmp_path / "b")
    save(Pipeline(cast(Any, get("patterns")).create({"patterns": ["MONEY"]})), tmp_path / "b")
    assert load(tmp_path / "a", pipeline=both).version != nlp.version


def test_a_model_directory_holds_its_pipeline_and_what_it_names(write: Write, tmp_path: Path) -> None:
    save(Pipeline(get("patterns")()), tmp_path / "plain")
    (tmp_path / "lists").mkdir()
    write("term,label,id\nAda,PERSON,Q7259\n", "lists/people.csv")
    path = write(
        SEGMENT + '[[stage]]\nuse = "recognise"\n[[stage]]\nuse = "override"\nterms = ["lists/people.csv"]\n'
    )
    nlp = load(tmp_path / "plain", pipeline=path)
    assert "PERSON" in nlp.labels
    save(nlp, tmp_path / "elsewhere" / "whole")
    moved = (tmp_path / "elsewhere").rename(tmp_path / "moved")
    path.unlink()
    again = load(moved / "whole")
    text = "Ada has 5 mails."
    assert [span.kb_id for span in again(text).spans] == ["Q7259"]
    assert again(text) == nlp(text)
    assert again.version == nlp.version
    save(again, moved / "whole")  # over itself
    assert load(moved / "whole").version == nlp.version


def test_a_model_directory_holds_nothing_from_outside(write: Write, tmp_path: Path) -> None:
    write("term,label\nAda,PERSON\n", "people.csv")
    (tmp_path / "in").mkdir()
    path = write(SEGMENT + ENGINE + '[[stage]]\nuse = "override"\nterms = ["../people.csv"]\n', "in/pipeline.toml")
    with pytest.raises(InputError, match="cannot hold"):
        save(load(path), tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_a_pipeline_takes_no_second_one(write: Write) -> None:
    path = write(SEGMENT + ENGINE)
    with pytest.raises(InputError, match="is a pipeline already"):
        load(path, pipeline=path)


def test_the_default_shows_every_stage_with_every_setting_and_its_default(write: Write, tmp_path: Path) -> None:
    text = default_config()
    assert re.findall(r'^(?:# )?use = "([\w.]+)"', text, re.MULTILINE) == [
        registry.get(name).name for name in registry.names()
    ]
    save(Pipeline(get("patterns")()), tmp_path / "m")
    assert load(tmp_path / "m", pipeline=write(text))(TEXT).spans == load(tmp_path / "m")(TEXT).spans
    # Commented out or not: what is written is the default.
    shown = tomllib.loads(re.sub(r"^# (?=\[\[stage\]\]|\w+ = )", "", text, flags=re.MULTILINE))["stage"]
    for table in shown:
        kind = registry.get(table.pop("use"))
        kind_fields = fields(cast(Any, Normaliser if kind is Normalise else kind))
        settings = {field.name: field for field in kind_fields if field.init}
        assert table.keys() == settings.keys() - {"threshold"}, kind.name
        if kind.name in ("gate.v1", "domain.v1", "override.v1", "listed.v1", "acronyms.v1", "numbers.v1", "link.v1"):
            continue  # these show examples
        default = cast(Any, kind if kind is not Normalise else Normaliser)()
        for name, value in table.items():
            wanted = getattr(default, name)
            assert value == (list(wanted) if isinstance(wanted, tuple) else wanted), (kind.name, name)


@dataclass(frozen=True)
class Shout:
    """A stage of another package."""

    name: ClassVar[str] = "shout.v2"
    requires: ClassVar[frozenset[str]] = frozenset({"spans"})
    assigns: ClassVar[frozenset[str]] = frozenset({"spans"})
    by: str = "nothing"

    def __call__(self, batch: Batch) -> Batch:
        spans: dict[str, list[tuple[Span, ...]]] = {
            "nothing": [tuple(reversed(found)) for found in batch.spans],
            "span": [(Span(0, 10_000, "LOUD"),) for _ in batch.spans],
            "text": [(Span(0, 1, "LOUD", text="?"),) for _ in batch.spans],
            "documents": [],
        }
        return batch.with_spans(spans[self.by])


@pytest.fixture
def _entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("shout", f"{__name__}:Shout", registry.GROUP)
    monkeypatch.setattr(extensions, "entry_points", lambda *, group: [point] if group == registry.GROUP else [])
    monkeypatch.setattr(EntryPoint, "load", lambda _: Shout)


@pytest.mark.usefixtures("_entry_point")
def test_a_stage_of_another_package(write: Write) -> None:
    nlp = load(write(SEGMENT + ENGINE + '[[stage]]\nuse = "shout.v2"\n'))
    assert [span.text for span in nlp(TEXT).spans] == ["ada@example.org", "ada@example.org", "12 May 2024"]
    with pytest.raises(InputError, match=r"no stage 'shoot' .*'shout'"):
        registry.get("shoot")


@pytest.mark.usefixtures("_entry_point")
@pytest.mark.parametrize(
    ("by", "message"), [("span", "not inside the text"), ("text", "the text says"), ("documents", "gave 0 documents")]
)
def test_a_stage_of_another_package_that_does_harm_is_named(write: Write, by: str, message: str) -> None:
    nlp = load(write(SEGMENT + ENGINE + f'[[stage]]\nuse = "shout"\nby = "{by}"\n'))
    with pytest.raises(InputError, match=rf"stage shout\.v2: .*{message}"):
        nlp(TEXT)


def test_a_refused_document_says_why(write: Write) -> None:
    gate = '[[stage]]\nuse = "gate"\nlanguages = ["en"]\n'
    nlp = load(write(SEGMENT.replace('[[stage]]\nuse = "split"', gate + '[[stage]]\nuse = "split"') + ENGINE))
    german = Document(
        "Die Parteien sind am 12.05.2024 nicht erschienen und werden von der Kanzlei ada@example.org vertreten.",
        meta={"k": 1},
        tokens=((0, 3),),
    )
    english = "The parties are not here and will write to ada@example.org of it."
    refused, read = nlp.pipe([german, english])
    assert refused.spans == ()
    assert refused.meta == {"k": 1, "pipeline": nlp.version, "gate": "language de"}
    assert [span.text for span in read.spans] == ["ada@example.org"]
    assert "gate" not in read.meta

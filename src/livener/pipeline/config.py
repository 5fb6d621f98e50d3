"""``pipeline.toml``: the stages of a pipeline with their settings, checked before anything runs."""

import difflib
import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any, cast, get_args, get_type_hints

from livener.errors import InputError
from livener.pipeline import registry
from livener.pipeline.batch import Stage
from livener.pipeline.stages.recognise import Recognise
from livener.pipeline.stages.segmentation import Normalise
from livener.recognizers.base import Recognizer
from livener.recognizers.settings import parse_settings

OWN = "model"
LoadEngine = Callable[[str], Recognizer]
_AFTER_TEXT = frozenset({"spans"})


@dataclass(frozen=True, slots=True)
class Config:
    """A ``pipeline.toml`` that was read: for each stage its name with version and its settings.

    ``text`` is the file as it stands, ``base`` the folder that its paths are relative to. The class of every stage is
    known, and each has what it requires; whether the settings are right, `build` says.
    """

    stages: tuple[tuple[str, Mapping[str, Any]], ...]
    text: str
    base: Path
    where: str

    def build(self, load_engine: LoadEngine) -> list[Stage]:
        """The stages. ``load_engine`` makes a recognizer of an item of ``engines``.

        Raises:
            InputError: a setting is unknown or wrong, or a file that one names cannot be read; with the stage.
        """
        stages = []
        for number, (name, settings) in enumerate(self.stages, 1):
            where = f"{self.where}: stage {number} ({name})"
            kind = registry.get(name)
            try:
                stages.append(_built(kind, settings, self.base, where, load_engine))
            except InputError as error:
                if where in str(error):
                    raise
                raise InputError(str(error), where=where) from None
        return stages

    def artefacts(self) -> Iterator[Path]:
        """The files and folders that settings name, as they are written there."""
        for name, settings in self.stages:
            for key, value in settings.items():
                if key in _path_settings(registry.get(name)):
                    yield from map(Path, [value] if isinstance(value, str) else value)
            for engine in settings.get("engines", ()):
                if engine != OWN and (self.base / engine / "model.json").is_file():
                    yield Path(engine)

    def version(self, own: str) -> str:
        """A hash of the stages, their settings, what they name, and of ``own``, which stands for the model.

        Comments and layout do not count.
        """
        digest = hashlib.sha256(json.dumps([self.stages, own], sort_keys=True).encode())
        for path in self.artefacts():
            digest.update(_digest(self.base / path))
        return digest.hexdigest()[:16]


def read_config(path: str | Path) -> Config:
    """Read and check a ``pipeline.toml``: tables ``[[stage]]``, each with ``use`` and the settings of that stage.

    Raises:
        InputError: no such file, not TOML, another key, an unknown stage or version, a stage that requires what no
            earlier one assigns.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "pipeline.toml")
    ...     _ = path.write_text('[[stage]]\\nuse = "normalise"\\n\\n[[stage]]\\nuse = "tokenise"\\n')
    ...     read_config(path)
    Traceback (most recent call last):
    ...
    livener.errors.InputError: ...pipeline.toml: stage 2 (tokenise.v1) requires ranges, which no earlier stage assigns
    (expected before it: split.v1)
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not TOML: {error}", where=str(path)) from None
    tables = content.get("stage")
    if content.keys() != {"stage"} or not isinstance(tables, list):
        raise InputError("not a pipeline", where=str(path), fix="tables [[stage]] and nothing else")
    stages = []
    for number, table in enumerate(tables, 1):
        where = f"{path}: stage {number}"
        if not isinstance(table, dict) or not isinstance(table.get("use"), str):
            raise InputError("does not say what it is", where=where, fix='use = "the name of a stage"')
        try:
            kind = registry.get(table["use"])
        except InputError as error:
            raise InputError(error.problem, where=where, fix=error.fix) from None
        stages.append((kind.name, {key: value for key, value in table.items() if key != "use"}))
    _check_order([name for name, _ in stages], str(path))
    return Config(tuple(stages), text, path.parent, str(path))


def default_config() -> str:
    """The text of a ``pipeline.toml`` with comments that shows every stage; those that need files are commented out.

    >>> "[[stage]]" in default_config()
    True
    """
    return (files("livener.pipeline") / "default.toml").read_text(encoding="utf-8")


def _check_order(names: Sequence[str], where: str) -> None:
    there: set[str] = {"documents"}
    for number, name in enumerate(names, 1):
        kind = registry.get(name)
        if missing := sorted(kind.requires - there):
            makers = [one for one in map(registry.get, registry.BUILT_IN) if missing[0] in one.assigns]
            raise InputError(
                f"stage {number} ({name}) requires {missing[0]}, which no earlier stage assigns",
                where=where,
                fix=f"before it: {makers[0].name}" if makers else None,
            )
        # Another text has other sentences.
        there = (there & _AFTER_TEXT if "documents" in kind.assigns else there) | kind.assigns
    if "spans" not in there:
        raise InputError("no stage assigns spans", where=where, fix="recognise.v1")


def _built(kind: type[Stage], settings: Mapping[str, Any], base: Path, where: str, load_engine: LoadEngine) -> Stage:
    if issubclass(kind, Normalise):
        return kind.create(settings, where=where)
    known = [field for field in fields(cast(Any, kind)) if field.init]
    for key in settings:
        if key not in (names := [field.name for field in known]):
            near = difflib.get_close_matches(key, names, n=1)
            raise InputError(
                f"no setting {key!r}", where=where, fix=repr(near[0]) if near else " | ".join(names) or "none"
            )
    for field in known:
        if field.default is MISSING and field.default_factory is MISSING and field.name not in settings:
            raise InputError(f"setting {field.name!r} is missing", where=where)
    resolved = dict(settings)
    for key in _path_settings(kind) & settings.keys():
        value = settings[key]
        if isinstance(value, str):
            resolved[key] = base / value
        elif isinstance(value, list) and all(isinstance(one, str) for one in value):
            resolved[key] = tuple(base / one for one in value)
    stage = parse_settings(kind, resolved, where=where)
    if not isinstance(stage, Recognise):
        return stage
    return stage.with_engines([stage.of_files(name) or load_engine(name) for name in stage.engines])


def _path_settings(kind: type[Stage]) -> set[str]:
    return {name for name, hint in get_type_hints(kind).items() if hint is Path or get_args(hint) == (Path, ...)}


def _digest(path: Path) -> bytes:
    """Of a file's content, or of a folder's files with their names."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            digest.update(file.relative_to(path).as_posix().encode() + b"\0")
            with file.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
    return digest.digest()

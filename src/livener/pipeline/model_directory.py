"""A model on disk: one directory that holds everything a prediction needs, and what is known about it.

model/
  model.json    format version, recognizer, labels, segmentation, settings, data, metrics; hashes of the other files
  recognizer/   what `Recognizer.save` wrote
  README.md     the model card, for people
  pipeline.toml where there is one: the stages, and beside it the files that it names
"""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import livener
from livener.errors import InputError
from livener.pipeline.config import OWN, Config, read_config
from livener.pipeline.model_card import model_card
from livener.pipeline.run import Pipeline
from livener.recognizers.base import Recognizer
from livener.recognizers.registry import get
from livener.text.segment import Segmenter

FORMAT = 1
_FIX = "a directory that `livener train` wrote"


def save(pipeline: Pipeline, path: str | Path) -> None:
    """Write the pipeline and its ``info`` to the directory ``path``, whole or not at all.

    An earlier model at ``path`` is replaced; anything else that is there is not touched.

    Raises:
        InputError: ``path`` is a file, or a directory that holds something other than a model.
    """
    path = Path(path)
    check_target(path)
    info = {
        "format": FORMAT,
        "livener": livener.__version__,
        "recognizer": pipeline.recognizer.name,
        "labels": list(pipeline.labels),
        "segmenter": pipeline.segmenter.settings(),
    }
    info |= {key: value for key, value in pipeline.info.items() if key not in info}
    path.parent.mkdir(parents=True, exist_ok=True)
    # A sibling, as a rename is atomic only within one file system.
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as work:
        new = Path(work) / "new"
        new.mkdir()
        (new / "recognizer").mkdir()
        pipeline.recognizer.save(new / "recognizer")
        info["files"] = _hashes(new)
        (new / "model.json").write_text(json.dumps(info, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        (new / "README.md").write_text(model_card(info), encoding="utf-8")
        if pipeline.config is not None:
            _copy_config(pipeline.config, new)
        if path.exists():
            path.rename(Path(work) / "old")
        new.rename(path)


def check_target(path: Path) -> None:
    """Refuse a path that `save` would not write to; asked before a long training too."""
    if path.is_dir():
        if any(path.iterdir()) and not (path / "model.json").is_file():
            raise InputError(
                "the directory holds something other than a model",
                where=str(path),
                fix="a new or empty directory, or a model",
            )
    elif path.exists():
        raise InputError("is a file", where=str(path), fix="a directory for the model")


def load(path: str | Path, *, pipeline: str | Path | None = None) -> Pipeline:
    """Read a model directory, a token-classification checkpoint of Hugging Face, or a ``pipeline.toml``.

    ``pipeline``: a ``pipeline.toml`` to use with the model, instead of the one that may be in its directory.

    Raises:
        InputError: the directory is missing, is no model, is damaged, or needs a newer livener; or the
            ``pipeline.toml`` is wrong, or is needed by two (a model's engine is asked for, and there is no model).
    """
    path = Path(path)
    if path.suffix == ".toml":
        if pipeline is not None:
            raise InputError("is a pipeline already", where=str(path), fix="a model directory")
        return _configured(path, None, {})
    recognizer, segmenter, info = _read(path)
    if pipeline is None and (path / "pipeline.toml").is_file():
        pipeline = path / "pipeline.toml"
    if pipeline is None:
        return Pipeline(recognizer, segmenter, info=info)
    return _configured(Path(pipeline), recognizer, info)


def _configured(path: Path, own: Recognizer | None, info: dict[str, Any]) -> Pipeline:
    config = read_config(path)

    def engine(name: str) -> Recognizer:
        if name == OWN:
            if own is None:
                raise InputError(f"there is no {OWN!r}", fix="a model directory, or the name of a recognizer")
            return own
        if (folder := config.base / name).is_dir():
            return _read(folder)[0]
        kind = get(name)
        return kind()

    named = {key: info[key] for key in ("recognizer", "files") if key in info}
    return Pipeline.configured(config, engine, info=info, own=json.dumps(named, sort_keys=True))


def _read(path: Path) -> tuple[Recognizer, Segmenter, dict[str, Any]]:
    if not (path / "model.json").exists() and (path / "config.json").is_file():
        from livener.recognizers.transformer import Transformer  # a checkpoint of Hugging Face as it is

        return Transformer.from_checkpoint(path), Segmenter(), {}
    info = _read_info(path)
    try:
        _check_files(path, info["files"])
        recognizer = get(info["recognizer"]).load(path / "recognizer")
        segmenter = Segmenter.from_settings(info["segmenter"])
    except (OSError, ValueError, TypeError, LookupError, AttributeError, EOFError, BadZipFile) as error:
        # What a damaged file gives: data that are cut short, or of another shape than the recognizer wrote.
        raise InputError(f"the recognizer cannot be read: {error!r}", where=str(path), fix=_FIX) from error
    return recognizer, segmenter, info


def _copy_config(config: Config, target: Path) -> None:
    (target / "pipeline.toml").write_text(config.text, encoding="utf-8")
    for artefact in config.artefacts():
        source, place = config.base / artefact, target / artefact
        if artefact.is_absolute() or ".." in artefact.parts:
            raise InputError(
                f"names {str(artefact)!r}, which a model directory cannot hold",
                where=config.where,
                fix="a file beside or below the pipeline.toml",
            )
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, place) if source.is_dir() else shutil.copy2(source, place)


def _hashes(path: Path) -> dict[str, str]:
    """The SHA-256 of every file of the recognizer, by its name within the model."""
    files = sorted(file for file in (path / "recognizer").rglob("*") if file.is_file())
    return {file.relative_to(path).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _check_files(path: Path, wanted: dict[str, str]) -> None:
    """Refuse a model that lost a file or a bit on its way: it might load and find something else."""
    found = _hashes(path)
    for name, digest in wanted.items():
        if found.get(name) != digest:
            problem = "is not as it was saved" if name in found else "is missing"
            raise InputError(
                f"the recognizer's file {problem}", where=str(path / name), fix="an intact copy of the model"
            )


def _read_info(path: Path) -> dict[str, Any]:
    file = path / "model.json"
    if not file.is_file():
        problem = "no such model" if not path.exists() else "not a model: it has no model.json"
        raise InputError(problem, where=str(path), fix=_FIX)
    try:
        info = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"broken: {error}", where=str(file), fix=_FIX) from None
    known = info if isinstance(info, dict) else {}
    if (version := known.get("format", FORMAT)) != FORMAT:
        raise InputError(
            f"written in format {version!r} by livener {known.get('livener', 'unknown')}",
            where=str(file),
            fix=f"format {FORMAT}: update livener",
        )
    if missing := {"format", "recognizer", "segmenter", "files"} - known.keys():
        raise InputError(f"says nothing of {', '.join(sorted(missing))}", where=str(file), fix=_FIX)
    return known

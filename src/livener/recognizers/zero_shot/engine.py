"""The engine: GLiNER reads a sentence and the names of the labels, and says which spans they fit."""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

from livener.errors import InputError, MissingDependencyError
from livener.recognizers.settings import parse_settings
from livener.text import Sentence, Span

_SOURCE = "zero_shot"


@dataclass(frozen=True, slots=True)
class ZeroShotSettings:
    """``checkpoint``: a folder, or the name of one on the Hugging Face hub, such as ``urchade/gliner_small-v2.1``.

    ``labels``: a list of labels, or a table of each label and the words in which GLiNER is asked for it:
    ``{"GPE": "city or country"}``. ``threshold``: the score that a span must have.
    """

    checkpoint: str
    labels: Mapping[str, str] = field(default_factory=dict)
    threshold: float = 0.5
    batch: int = 16


class ZeroShot:
    """Finds spans of labels that it was never trained on. Scores are those of GLiNER, which are not calibrated.

    Source: Zaratiana et al. 2023, "GLiNER: Generalist Model for Named Entity Recognition using Bidirectional
    Transformer".

    Raises:
        MissingDependencyError: ``gliner`` is not installed.
        InputError: the checkpoint cannot be read.
    """

    name: ClassVar[str] = "zero_shot.v1"

    def __init__(self, settings: ZeroShotSettings, model: Any = None) -> None:
        self.settings = settings
        self._model = _loaded(settings.checkpoint) if model is None else model
        self._words = {words: label for label, words in settings.labels.items()}

    @classmethod
    def create(cls, settings: Mapping[str, Any]) -> Self:
        """From settings, see `ZeroShotSettings`.

        Raises:
            InputError: one is missing, unknown or wrong.

        >>> ZeroShot.create({"checkpoint": "gliner"})
        Traceback (most recent call last):
        ...
        livener.errors.InputError: zero_shot: labels is missing (expected labels=["ORG", …] and checkpoint=…)
        """
        for key in ("labels", "checkpoint"):
            if not settings.get(key):
                fix = 'labels=["ORG", …] and checkpoint=…'
                raise InputError(f"{key} is missing", where=_SOURCE, fix=fix)
        labels = settings["labels"]
        if isinstance(labels, Sequence) and not isinstance(labels, str):
            labels = {label: str(label).replace("_", " ").lower() for label in labels}
        return cls(parse_settings(ZeroShotSettings, {**settings, "labels": labels}, where=_SOURCE))

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(sorted(self.settings.labels))

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Span]]:
        """For each sentence its spans in document offsets, in order."""
        found: list[list[Span]] = [[] for _ in sentences]
        asked = [i for i, sentence in enumerate(sentences) if sentence.text.strip()]
        if not asked:
            return found
        answers = self._model.inference(
            [sentences[i].text for i in asked],
            list(self._words),
            flat_ner=True,
            threshold=self.settings.threshold,
            batch_size=self.settings.batch,
        )
        for i, entities in zip(asked, answers, strict=True):
            spans = [
                sentences[i].span(one["start"], one["end"], self._words[one["label"]], float(one["score"]), _SOURCE)
                for one in entities
                if one["start"] < one["end"]
            ]
            found[i] = sorted(spans, key=lambda span: (span.start, span.end, span.label))
        return found

    def save(self, path: Path) -> None:
        """Write ``zero_shot.json`` and ``checkpoint/`` (safetensors) into the directory ``path``."""
        self._model.save_pretrained(str(path / "checkpoint"), safe_serialization=True)
        record = {**asdict(self.settings), "checkpoint": "checkpoint", "from": self.settings.checkpoint}
        (path / "zero_shot.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        record = json.loads((path / "zero_shot.json").read_text(encoding="utf-8"))
        record.pop("from")
        return cls.create({**record, "checkpoint": str(path / "checkpoint")})

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.settings,)


def _loaded(checkpoint: str) -> Any:
    try:
        from gliner import GLiNER
    except ImportError:
        raise MissingDependencyError("gliner", extra="zero-shot", need="the engine zero_shot") from None
    here = Path(checkpoint).is_dir()
    if here and not (Path(checkpoint) / "gliner_config.json").is_file():
        raise InputError("not a checkpoint of GLiNER", where=checkpoint, fix="a folder with gliner_config.json")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return GLiNER.from_pretrained(checkpoint, local_files_only=here)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        problem = " ".join(str(error).split())[:200]
        raise InputError(
            f"cannot be loaded: {problem}", where=checkpoint, fix="a folder, or a name on the hub"
        ) from None

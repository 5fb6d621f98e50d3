"""What every recognizer offers."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from livener.recognizers.checkpoints import Checkpoints
from livener.text import Document, Sentence, Span

Progress = Callable[[int, int, Mapping[str, float]], None]
"""Called with (steps done, steps in all, figures such as {"loss": 0.3, "dev_f1": 0.7})."""


@runtime_checkable
class Recognizer(Protocol):
    """An engine that turns sentences into spans.

    ``name`` carries a version (``"crf.v1"``) that a saved model keeps. ``labels`` are those it can give, sorted.
    """

    name: ClassVar[str]

    @property
    def labels(self) -> tuple[str, ...]: ...

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Span]]:
        """For each sentence its spans in document offsets, in order; scores are calibrated probabilities."""
        ...

    def save(self, path: Path) -> None:
        """Write what `load` needs into the existing, empty directory ``path``; no pickle."""
        ...

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        ...


@runtime_checkable
class Trainable(Recognizer, Protocol):
    """A recognizer that learns from documents with spans."""

    @classmethod
    def create(cls, settings: Mapping[str, Any]) -> Self:
        """A new, untrained one; an unknown or wrong setting is an `InputError` that names the nearest right one."""
        ...

    def fit(
        self,
        train: Sequence[Sentence],
        dev: Sequence[Sentence],
        *,
        seed: int = 0,
        progress: Progress | None = None,
        importance: Sequence[float] | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        """Train from the beginning on the spans of the sentences' documents; stop early on strict F1 over ``dev``.

        ``importance`` (sentences,) is how much each one counts, 1 by default. With ``checkpoints`` the state is kept
        there now and then, and training goes on from what is there already.
        """
        ...

    def update(self, examples: Sequence[Sentence], *, seed: int = 0) -> None:
        """Continue from the present weights; sentences of documents with ``complete=False`` are partial labels."""
        ...


@runtime_checkable
class Adaptable(Trainable, Protocol):
    """A recognizer that goes on learning for good: new sentences and labels, without losing what it knows."""

    def adapt(
        self,
        examples: Sequence[Sentence],
        replay: Sequence[Sentence],
        dev: Sequence[Sentence],
        *,
        open_replay: bool = False,
        seed: int = 0,
        progress: Progress | None = None,
        importance: Sequence[float] | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        """Go on from the present weights with new ``examples`` and, so that nothing is forgotten, with ``replay``.

        Labels that the examples have and the recognizer has not are added. ``open_replay`` says that nobody looked
        for those in ``replay``: its ``O`` then leaves them possible. ``importance`` (examples,) is how much each of
        the examples counts. The best epoch on ``dev`` is kept, of equals the last, or the present
        state where that is better and no label is new; it is calibrated there.
        """
        ...


Gold = Callable[[Document], Sequence[Span]]

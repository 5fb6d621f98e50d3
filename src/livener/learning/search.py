"""Settings found by search (extra ``search``): the best strict F1 on dev over some trials."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livener.errors import InputError, MissingDependencyError
from livener.learning.training import train
from livener.recognizers.base import Progress
from livener.text import Document

Space = Mapping[str, tuple[str, Sequence[Any]]]
SPACES: dict[str, Space] = {
    "crf": {
        "rate": ("log", (0.03, 0.3)),
        "l1": ("log", (0.005, 0.3)),
        "l2": ("log", (0.001, 0.1)),
        "dropout": ("even", (0.0, 0.5)),
        "scheme": ("one of", ("BIO", "BIOES")),
    },
    "bilstm_crf": {
        "rate": ("log", (5e-4, 5e-3)),
        "dropout": ("even", (0.2, 0.6)),
        "hidden": ("one of", (100, 200, 300)),
        "batch": ("one of", (256, 512, 1024)),
    },
    "transformer": {
        "rate": ("log", (3e-5, 3e-4)),
        "head_rate": ("one of", (1.0, 5.0)),
        "layer_decay": ("even", (0.8, 1.0)),
        "masking": ("even", (0.0, 0.2)),
        "head": ("one of", ("softmax", "crf")),
        "batch": ("one of", (256, 512, 1024)),
    },
    "spacy": {"dropout": ("even", (0.1, 0.5)), "batch": ("one of", (8, 16, 32))},
}
"""What is tried of each recognizer: from … to …, evenly or by powers, or one of some values."""


@dataclass(frozen=True, slots=True)
class Found:
    """The best settings, those that were fixed included, with their strict F1 on dev, and every trial in its order.

    The F1 is the best of many on the same documents, and so a little too good.
    """

    settings: dict[str, Any]
    f1: float
    trials: list[tuple[dict[str, Any], float]]


def search(
    recognizer: str,
    learn: Sequence[Document],
    dev: Sequence[Document],
    *,
    trials: int,
    fixed: Mapping[str, Any] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Found:
    """Try settings of a recognizer, guided by what came of the trials before; the defaults are the first one.

    A trial is given up when its dev F1 is below the median of those before it at the same epoch. What is ``fixed`` is
    not tried.

    Raises:
        InputError: nothing is known to try of this recognizer, or what `train` refuses.
        MissingDependencyError: optuna is not installed.
    """
    try:
        import optuna
    except ImportError:
        raise MissingDependencyError("optuna", extra="search", need="a search of settings") from None
    fixed = dict(fixed or {})
    if recognizer not in SPACES:
        raise InputError(f"nothing is known to try of {recognizer!r}", fix=" | ".join(SPACES))
    if trials < 1:
        raise InputError(f"{trials} trials", fix="1 or more")
    space = {name: one for name, one in SPACES[recognizer].items() if name not in fixed}
    done: list[tuple[dict[str, Any], float]] = []

    def objective(trial: Any) -> float:
        chosen = {} if trial.number == 0 else {name: _suggested(trial, name, *one) for name, one in space.items()}
        epochs = 0

        def report(step: int, total: int, figures: Mapping[str, float]) -> None:
            nonlocal epochs
            if (f1 := figures.get("dev_f1")) is not None:
                trial.report(f1, epochs)
                epochs += 1
                if trial.should_prune():
                    raise optuna.TrialPruned
            if progress:
                progress(trial.number * 1000 + 1000 * step // max(total, 1), trials * 1000, {**figures})

        with tempfile.TemporaryDirectory() as folder:
            settings = fixed | chosen
            out = Path(folder, "m")
            result = train(recognizer, learn, dev, out=out, settings=settings, seed=seed, progress=report)
        f1 = float(result.metrics["strict"]["f1"])
        done.append((settings, f1))
        return f1

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = optuna.create_study(
            direction="maximize",
            sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=5),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=2),
        )
        study.optimize(objective, n_trials=trials)
    finally:
        optuna.logging.set_verbosity(level)
    best = max(range(len(done)), key=lambda i: done[i][1])
    return Found(*done[best], done)


def _suggested(trial: Any, name: str, kind: str, values: Sequence[Any]) -> Any:
    if kind == "one of":
        return trial.suggest_categorical(name, list(values))
    return trial.suggest_float(name, *values, log=kind == "log")

"""The model card: what a person should know before trusting a model (Mitchell et al. 2019, "Model Cards")."""

from collections.abc import Mapping
from typing import Any


def model_card(info: Mapping[str, Any]) -> str:
    """A Markdown page made from the dictionary of ``model.json``.

    >>> print(model_card({"recognizer": "crf.v1", "livener": "0.1.0", "labels": ["GPE", "ORG"]}))
    # Named-entity recognition model
    <BLANKLINE>
    A `crf.v1` model written by livener 0.1.0. It finds: GPE, ORG.
    <BLANKLINE>
    ## Use
    ...
    """
    parts = [
        "# Named-entity recognition model",
        f"A `{info['recognizer']}` model written by livener {info['livener']}. "
        f"It finds: {', '.join(info['labels'])}.",
        "## Use",
        '```python\nimport livener\n\nnlp = livener.load("this directory")\n'
        'for span in nlp("Some text.").spans:\n    print(span.text, span.label, span.score)\n```',
    ]
    if data := info.get("data"):
        rows = [
            f"| {part} | {n['documents']:,} | {n['sentences']:,} | {n['spans']:,} | `{n['sha256'][:12]}` |"
            for part, n in data.items()
        ]
        head = "| part | documents | sentences | spans | sha256 of text and spans |\n|---|---:|---:|---:|---|"
        parts += ["## Data", "\n".join([head, *rows])]
    if metrics := info.get("metrics"):
        rows = [_row("all", metrics["strict"]), *(_row(*item) for item in metrics["per_label"].items())]
        head = "| label | precision | recall | F1 | spans |\n|---|---:|---:|---:|---:|"
        parts += [
            "## Quality",
            "Strict scores (boundaries and label right) on the development part. Training stopped on these "
            "documents, so expect a little less on others.",
            "\n".join([head, *rows]),
        ]
    if "created" in info:
        settings = ", ".join(f"{key} = {value}" for key, value in info["settings"].items()) or "defaults"
        parts += ["## Training", f"Made {info['created']} with seed {info['seed']}; settings: {settings}."]
    return "\n\n".join(parts) + "\n"


def _row(label: str, scores: Mapping[str, Any]) -> str:
    figures = " | ".join(f"{scores[name]:.3f}" for name in ("precision", "recall", "f1"))
    return f"| {label} | {figures} | {scores['support']:,} |"

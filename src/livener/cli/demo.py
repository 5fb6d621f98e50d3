"""``livener demo``: the sample project from text to report and page, in seconds."""

import os
import sys
import tempfile
import webbrowser
from datetime import UTC, datetime
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livener.cli.console import progress, say, table

if TYPE_CHECKING:
    from livener.text import Document

_SHOWN = 2  # documents of each kind


def demo(
    dir: Annotated[
        Path | None, typer.Option("--dir", help="Keep the documents, the model, the report and the project here.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="Serve the page here; at a terminal 8765, else not at all."),
    ] = None,
) -> None:
    """Train on the sample of livener, show what it finds, and serve a project with the rest of it to review.

    Writes an HTML report, too. The page is served until Ctrl-C, where the extra ``server`` is installed.
    """
    if port is None and sys.stdin.isatty() and sys.stdout.isatty() and util.find_spec("fastapi"):
        port = 8765
    if dir:
        dir.mkdir(parents=True, exist_ok=True)
        _run(dir, port)
        typer.echo(_NEXT.format(dir=dir))
        return
    with tempfile.TemporaryDirectory(prefix="livener-demo-") as work:
        _run(Path(work), port)
    typer.echo(_KEEP + _NEXT.format(dir="demo"))


def _run(directory: Path, port: int | None) -> None:
    from livener import learning, metrics
    from livener.cli.evaluate import timed
    from livener.cli.highlight import Colours, as_ansi
    from livener.cli.report import report_page
    from livener.demo import outermost, sample
    from livener.formats import write
    from livener.formats.target import write_text

    parts = {part: [outermost(one) for one in sample(part)] for part in ("train", "dev", "test")}
    for part, found in parts.items():
        write(found, directory / f"{part}.inline")
    learn, stop, test = parts.values()
    say(f"training on {len(learn)} documents of news and contracts, {len(stop)} more to stop on")
    with progress("train") as report:
        result = learning.train("crf", learn, stop, out=directory / "model", progress=report)
    say(f"trained in {result.seconds:.1f} s")
    predicted, speed = timed(result.pipeline, test)
    evaluation = metrics.evaluate([one.spans for one in test], [one.spans for one in predicted])
    scores = evaluation.as_dict() | {"sentences_per_second": speed}
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    colours = Colours(result.pipeline.labels) if coloured else None
    for document in _some(predicted):
        typer.echo(f"{document.id}\n{as_ansi(document.text, document.spans, colours)}\n", color=coloured)
    rows = [
        [label, one["precision"], one["recall"], one["f1"], one["support"]]
        for label, one in [("all", scores["strict"]), *scores["per_label"].items()]
    ]
    typer.echo(table([f"{len(test)} unseen documents", "precision", "recall", "f1", "spans"], rows))
    page = directory / "report.html"
    write_text(report_page("The sample", scores, evaluation.errors, test, result.pipeline.recognizer.name), page)
    typer.echo(f"\n{speed:,.0f} sentences a second. Report: {page.resolve()}")
    if port is not None:
        _serve(directory, parts, port)


def _serve(directory: Path, parts: "dict[str, list[Document]]", port: int) -> None:
    """A project with the learned documents as gold, two versions of the model, a queue, and its page."""
    from livener import learning
    from livener.cli.serve import run
    from livener.demo.project import build

    folder = directory / "project"
    if not folder.exists():
        earlier = learning.train("crf", parts["train"][::2], parts["dev"], out=directory / "earlier").path
        build(folder, [earlier, directory / "model"], parts, now=datetime.now(UTC))
    run(str(folder), host="127.0.0.1", port=port, ready=_open)


def _open(link: str) -> None:
    """Open the page, where there is a screen for it."""
    if sys.stdout.isatty() and (sys.platform in {"darwin", "win32"} or os.environ.get("DISPLAY")):
        webbrowser.open(link)


def _some(documents: "list[Document]") -> "list[Document]":
    """The first few of every kind."""
    kinds = dict.fromkeys(document.meta["kind"] for document in documents)
    return [one for kind in kinds for one in [one for one in documents if one.meta["kind"] == kind][:_SHOWN]]


_KEEP = """
Nothing was kept. To keep the documents, the model and the report:
  livener demo --dir demo
"""
_NEXT = """
Next, find entities in a text of yours, learn from annotations (these or yours), see how good that is:
  livener predict {dir}/model notes.txt --to ansi
  livener train --train {dir}/train.inline --dev {dir}/dev.inline --out model
  livener evaluate model --data {dir}/test.inline --report page.html
And a project of yours, with people who review: livener init mine --labels ORG,PERSON
"""

"""What a command says to the person who runs it: messages and progress on stderr, tables on stdout."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from livener.recognizers.base import Progress

_Item = TypeVar("_Item")
_PLAIN_SECONDS = 5.0  # between two progress lines where there is no terminal to redraw


def say(message: str) -> None:
    """One line on stderr."""
    with suppress(OSError):  # that nobody listens there must not cost the results
        typer.echo(f"livener: {' '.join(message.splitlines())}", err=True)


def number_of(count: int, noun: str) -> str:
    """
    >>> number_of(1, "span"), number_of(2000, "span")
    ('1 span', '2,000 spans')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@contextmanager
def progress(title: str) -> Iterator["Progress"]:
    """A callback ``(done, total, figures)``: a bar on a terminal, now and then a line elsewhere."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[figures]}"),
        )
        console = Console(stderr=True)
        with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
            task = bar.add_task(title, total=None, figures="")
            yield lambda done, total, figures: bar.update(
                task, completed=done, total=total or None, figures=_figures(figures)
            )
        return
    last = monotonic()

    def line(done: int, total: int, figures: Mapping[str, float]) -> None:
        nonlocal last
        if done == total or monotonic() - last >= _PLAIN_SECONDS:
            last = monotonic()
            say(" ".join(f"{title} {done:,}{f'/{total:,}' if total else ''} {_figures(figures)}".split()))

    yield line


def counted(items: Iterable[_Item], title: str) -> Iterator[_Item]:
    """The same items, with their number shown as they pass."""
    with progress(title) as report:
        for number, item in enumerate(items, start=1):
            yield item
            if number % 256 == 0:
                report(number, 0, {})


def _figures(figures: Mapping[str, float]) -> str:
    return " ".join(f"{name} {value:.4g}" for name, value in figures.items())


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Aligned plain text: columns of numbers to the right, others to the left.

    >>> print(table(["label", "f1"], [["ORG", 0.5], ["PERSON", 1.0]]))
    label      f1
    ORG     0.500
    PERSON  1.000
    """
    columns = []
    for name, *cells in zip(header, *rows, strict=True):
        shown = [name, *map(_cell, cells)]
        width = max(map(len, shown))
        numbers = all(isinstance(cell, int | float) for cell in cells)
        columns.append([cell.rjust(width) if numbers else cell.ljust(width) for cell in shown])
    return "\n".join("  ".join(line).rstrip() for line in zip(*columns, strict=True))


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)

"""The command line: one file per command.

Results go to stdout, progress and messages to stderr. Exit codes: 0 done, 1 a check said no, 2 bad input. A command
imports what it works with when it runs, so that ``livener --help`` needs neither numba nor rich.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from livener.cli.aggregate import aggregate
from livener.cli.agree import agree
from livener.cli.alerts import alerts
from livener.cli.augment import augment
from livener.cli.backup import backup
from livener.cli.calibrate import calibrate
from livener.cli.check import check
from livener.cli.compare import compare
from livener.cli.console import say
from livener.cli.convert import convert
from livener.cli.demo import demo
from livener.cli.diagnose import diagnose
from livener.cli.doctor import doctor
from livener.cli.domains import domains
from livener.cli.drift import drift
from livener.cli.evaluate import evaluate
from livener.cli.explain import explain
from livener.cli.export import export
from livener.cli.import_ import import_
from livener.cli.init import init
from livener.cli.jobs import jobs
from livener.cli.log import log
from livener.cli.models import models
from livener.cli.predict import predict
from livener.cli.restore import restore
from livener.cli.select import select
from livener.cli.serve import serve
from livener.cli.simulate import simulate
from livener.cli.stats import stats
from livener.cli.tasks import tasks
from livener.cli.train import train
from livener.cli.triggers import triggers
from livener.cli.users import users
from livener.cli.worker import worker
from livener.errors import LivenerError

INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it


class _Commands(TyperGroup):
    """Turns what a user can repair into one line on stderr and exit code 2."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _told():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        with _told():
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        _drop_output()  # the reader has seen enough: `livener predict … | head`
        raise typer.Exit(0) from None
    except (KeyboardInterrupt, SystemError) as error:
        if not _interrupted(error):
            raise
        say("stopped")
        raise typer.Exit(INTERRUPTED) from None
    except OSError as error:
        if error.filename is None:  # a stream, such as a stdout that leads to a full disk
            _drop_output()
        where = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        say(f"{where}{error.strerror or error}")
        raise typer.Exit(2) from None
    except LivenerError as error:
        say(str(error))
        raise typer.Exit(2) from None


def _interrupted(error: BaseException | None) -> bool:
    """Whether it was Ctrl-C: one that comes while a kernel is loaded arrives as a SystemError that it caused."""
    return isinstance(error, KeyboardInterrupt) or (error is not None and _interrupted(error.__cause__))


def _drop_output() -> None:
    """What is left of stdout goes nowhere, so that the interpreter's own last flush cannot fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    # A traceback of a fault in livener must not print the local variables: they hold people's texts.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Keeps named-entity recognition alive in production.",
)
_files: tuple[Callable[..., None], ...] = (
    train,
    evaluate,
    compare,
    calibrate,
    predict,
    explain,
    stats,
    convert,
    check,
    augment,
    select,
    simulate,
    drift,
    domains,
    diagnose,
)
_others: tuple[Callable[..., None], ...] = (
    agree,
    aggregate,
    doctor,
    demo,
    serve,
    worker,
    init,
    export,
    backup,
    restore,
)
for _command in (*_files, *_others):
    app.command()(_command)
app.command("import")(import_)
for _group in (users, tasks, models, jobs, triggers, alerts, log):
    app.add_typer(_group)


def _version(value: bool) -> None:
    if value:
        import livener

        typer.echo(f"livener {livener.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    pass


def main() -> None:
    """The ``livener`` command."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller, as a daemon's are
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, "r" if name == "stdin" else "w", encoding="utf-8"))
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")  # whatever the locale: results are UTF-8
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it leaves nothing half-written either
    app()

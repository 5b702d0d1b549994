"""The `notifier` command: which commands there are, and how a failure is said."""

import gc
import importlib
import io
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click

# The help lists commands without importing them: importing them all takes twenty times as long.
COMMANDS = {
    "check": "Find every mistake in the schedule files.",
    "plan": "Show every text that the files ask for, and when it goes out.",
    "changes": "Show what the files would change in the ledger, or accept what waits.",
    "patient": "Add a patient, or move, cancel or change one, in the file itself.",
    "import": "Take a scheduling system's export into a patients file of its own.",
    "simulate": "Play a patient's weeks in seconds, as a phone conversation.",
    "run": "Send what is due, until told to stop: the service itself.",
    "status": "Show how things stand, and what needs a person.",
    "calls": "List the patients whom somebody has to telephone, and why.",
    "optout": "List the phones that get no texts, add one, or remove one.",
    "show": "Tell a patient's whole story.",
    "report": "Show a day's texts: expected, sent, delivered.",
    "pause": "Keep all texts back until “notifier resume”.",
    "resume": "Let texts go out again after a pause.",
    "doctor": "Examine this host: what would keep the service from doing its work.",
    "db": "Upgrade, back up, restore or purge the ledger.",
    "init": "Write a folder of schedule files to start from.",
    "schema": "Tell editors what a schedule file may hold, as JSON Schemas.",
    "demo": "Play four invented patients on the real path, in seconds.",
}
# Of what a start makes hardly anything is garbage, and with Python's usual 700 it is looked for some hundreds of times:
# a tenth of the start, and about as much of reading and planning thousands of patients.
GARBAGE_LOOKED_FOR_AFTER = 50_000  # things made and not thrown away
_MODULES = {"import": "import_export"}  # of a command whose name no module can have


class _LazyGroup(click.Group):
    """Imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"notifier.cli.{_MODULES.get(cmd_name, cmd_name)}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib  # noqa: PLC0415 - only for a mistyped command

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            raise click.UsageError(f"{error.message} Did you mean {near[0]}?" if near else error.message, ctx) from None

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the command; whatever is ours to say is said in one sentence, with exit code 2."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 - no traceback ever reaches a user
            raise _failure(error) from None


def _failure(error: Exception) -> click.ClickException:
    """Return the error as click prints it; of an unforeseen one only kind and spot: its words may be a patient's."""
    from notifier.ledger.errors import LedgerError, LedgerOutOfOrderError  # noqa: PLC0415 - the ledger's room is slow to import
    from notifier.settings import SettingsError  # noqa: PLC0415 - pydantic is slow to import

    if isinstance(error, SettingsError | LedgerError):
        said = str(error)
    elif isinstance(error, OSError):
        said = f"The output, or a file, cannot be used: {error.strerror}."
    else:
        last = traceback.extract_tb(error.__traceback__)[-1]
        spot = f"{Path(last.filename).name}:{last.lineno}"
        said = f"Something went wrong inside notifier ({type(error).__name__} at {spot}); please report it."
    return (_PassingFailure if isinstance(error, LedgerOutOfOrderError) else _Failure)(said)


class _Failure(click.ClickException):
    """Says its sentence, with the exit code for wrong settings."""

    exit_code = 2


class _PassingFailure(_Failure):
    """Says its sentence, with the exit code for problems: the same may work later, and systemd tries it again."""

    exit_code = 1


@click.command(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: notifier plan --schedules schedules --now 2026-12-01T09:00:00-07:00",
)
@click.option("--schedules", type=click.Path(path_type=Path), help="The folder of the schedule files.")
@click.option("--config", type=click.Path(path_type=Path), help="The settings file.  [default: config/notifier.toml]")
@click.version_option(package_name="notifier")
@click.pass_context
def cli(ctx: click.Context, schedules: Path | None, config: Path | None) -> None:
    """Text patients what to do before and after a procedure, at the right minute, and prove it."""
    ctx.obj = {"schedules": schedules, "config": config}


def main() -> None:
    """Run the command line; exits 0 when fine, 1 when problems were found, 2 for wrong usage or settings."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without UTF-8 shows what it can
    gc.set_threshold(GARBAGE_LOOKED_FOR_AFTER)
    try:
        cli.main(prog_name="notifier", standalone_mode=True)
    except SystemExit as end:
        code = _flush() or end.code
        gc.freeze()  # at its end Python would look through all that was imported: a fifth of a short command's time
        sys.exit(code)


def _flush() -> int:
    """Write what was only buffered until now; return 2, after a sentence, where that cannot be."""
    if not isinstance(sys.stdout, io.TextIOWrapper):
        return 0
    try:
        sys.stdout.flush()
    except OSError as error:
        # At its own end Python would try again, and say so in its own way.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo(f"Error: {_failure(error)}", err=True)
        return 2
    return 0

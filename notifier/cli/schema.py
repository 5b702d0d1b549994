"""`notifier schema`: what editors are told of the schedule files."""

from pathlib import Path

import click

from notifier.actions.write_schemas import write_schemas
from notifier.cli.console import print_json, say
from notifier.intake.schema import KINDS, schema_of


@click.command("schema", epilog="Example: notifier schema --out schedules/.schema")
@click.argument("kind", type=click.Choice(KINDS), required=False)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write files into this folder.")
def command(kind: str | None, out: Path | None) -> None:
    """Print the JSON Schema (draft 2020-12) of one KIND of YAML file, or write them all into a folder.

    Editors with YAML support complete and check a file by it whose first line names it, such as
    “# yaml-language-server: $schema=.schema/clinic.json”. “notifier check” finds more.
    """
    if out is not None:
        for file in write_schemas(out, [kind] if kind else KINDS):
            say(f"wrote {file}")
    elif kind is not None:
        print_json(schema_of(kind))
    else:
        raise click.UsageError("Name one of clinic, protocol and patients, or a folder with --out.")

"""Write what editors are told of the schedule files: the JSON Schemas that the shipped files point at."""

import json
from collections.abc import Iterable
from pathlib import Path

from notifier.intake.schema import KINDS, schema_of


def write_schemas(folder: Path, kinds: Iterable[str] = KINDS) -> list[Path]:
    """Write `clinic.json` and its like into `folder`, over what is there; return the files.

    Raises OSError where that cannot be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for kind in kinds:
        file = folder / f"{kind}.json"
        file.write_text(as_json(kind), encoding="utf-8")
        files.append(file)
    return files


def as_json(kind: str) -> str:
    """Return a schema as its file has it."""
    return json.dumps(schema_of(kind), ensure_ascii=False, indent=2) + "\n"

"""Another version of a schedules folder: a folder beside it, or what git has kept of it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from notifier.intake.files import is_folder

_PATIENCE = 60  # seconds; git has nothing to wait for


class VersionError(Exception):
    """There is no such version; says so in one sentence."""


@contextmanager
def open_version(folder: Path, version: str) -> Iterator[Path]:
    """Give another version of a schedules folder, as a folder to read.

    `version` is the path of a folder, or else a git revision such as `HEAD~1` or `main` of the
    repository that holds `folder`; its files are put into a temporary folder, and neither the
    repository nor the files in it are touched. Raises VersionError where it is neither.
    """
    if version and is_folder(Path(version)):
        yield Path(version)
        return
    with TemporaryDirectory(prefix="notifier-") as place:
        yield _check_out(folder, version, Path(place))


def _check_out(folder: Path, revision: str, place: Path) -> Path:
    """Write the folder as it was at a revision; return where."""
    if not is_folder(folder):
        raise VersionError(f"There is no folder {folder}, so that “{revision}” cannot be looked up for it.")
    prefix = _git(folder, "rev-parse", "--show-prefix")
    if prefix is None:
        raise VersionError(f"“{revision}” is no folder, and {folder} is in no git repository that could know it.")
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise VersionError(f"“{revision}” is neither a folder nor a git revision of {folder}.")
    # An index of its own: the one in the repository holds what the admin is about to commit.
    index, files = {"GIT_INDEX_FILE": str(place / "index")}, place / "files"
    top = Path(_git(folder, "rev-parse", "--show-toplevel") or folder)
    if _git(top, "read-tree", f"{commit}:{prefix}", **index) is None:
        raise VersionError(f"The git revision “{revision}” has no {folder}.")
    files.mkdir()
    if _git(top, "checkout-index", "--all", f"--prefix={files}/", **index) is None:
        raise VersionError(f"git cannot give the files of the revision “{revision}”.")
    return files


def _git(folder: Path, *arguments: str, **environment: str) -> str | None:
    """Return what git says in `folder`; None where it cannot do what is asked."""
    program = shutil.which("git")
    if program is None:
        raise VersionError("Looking up a git revision needs git, which is not installed here.")
    # In a hook, git has set variables of its own that point elsewhere.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    run = subprocess.run(  # noqa: S603 (no shell, and a revision cannot be taken for an option)
        [program, "-C", str(folder), *arguments],
        env={**inherited, **environment},
        capture_output=True,
        check=False,
        timeout=_PATIENCE,
    )
    return None if run.returncode else os.fsdecode(run.stdout).removesuffix("\n")

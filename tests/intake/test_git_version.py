"""Another version of the schedules: a folder, or what git has kept."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from notifier.intake.git_version import VersionError, open_version

CLINIC = "clinic.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A schedules folder below the top of a repository, with two commits and a change since."""
    folder = tmp_path / "repository" / "clinic" / "schedules"
    (folder / "patients").mkdir(parents=True)
    git(tmp_path / "repository", "init", "--quiet")
    (tmp_path / "repository" / "notes.txt").write_text("not a schedule")
    for words in ("first", "second"):
        (folder / CLINIC).write_text(words)
        (folder / "patients" / "2026-12 büro.yaml").write_text(words)
        git(folder, "add", "--all", "..", "../../notes.txt")
        git(folder, "commit", "--quiet", "--message", words)
    (folder / CLINIC).write_text("third")
    return folder


def git(folder: Path, *arguments: str) -> str:
    program = shutil.which("git")
    assert program is not None
    who = {f"GIT_{role}_{what}": "x@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    alone = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run(
        [program, "-C", folder, *arguments], env=alone, check=True, capture_output=True, text=True
    ).stdout


def test_a_folder_is_itself(tmp_path: Path) -> None:
    with open_version(tmp_path, str(tmp_path)) as found:
        assert found == tmp_path


@pytest.mark.parametrize(("revision", "words"), [("HEAD", "second"), ("HEAD~1", "first")])
def test_a_revision_gives_the_files_as_they_were(folder: Path, revision: str, words: str) -> None:
    with open_version(folder, revision) as found:
        files = {str(path.relative_to(found)): path.read_text() for path in found.rglob("*.yaml")}
    assert files == {CLINIC: words, "patients/2026-12 büro.yaml": words}
    assert not found.exists()


def test_neither_the_files_nor_what_is_about_to_be_committed_are_touched(folder: Path) -> None:
    git(folder, "add", CLINIC)
    before = git(folder, "status", "--porcelain=v2")
    with open_version(folder, "HEAD~1"):
        pass
    assert git(folder, "status", "--porcelain=v2") == before
    assert (folder / CLINIC).read_text() == "third"


def test_a_hook_of_git_may_ask_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    with open_version(folder, "HEAD") as found:
        assert (found / CLINIC).read_text() == "second"


@pytest.mark.parametrize("revision", ["HED", "--all", "", "HEAD:clinic"])
def test_what_is_neither_a_folder_nor_a_revision_is_said(folder: Path, revision: str) -> None:
    with (
        pytest.raises(VersionError, match=f"“{revision}” is neither a folder nor a git revision of "),
        open_version(folder, revision),
    ):
        pass


def test_a_revision_from_before_the_schedules_were_there_is_said(folder: Path) -> None:
    newer = folder.parent / "newer"
    newer.mkdir()
    with pytest.raises(VersionError, match="has no "), open_version(newer, "HEAD"):
        pass


def test_a_folder_outside_of_any_repository_has_no_revisions(tmp_path: Path) -> None:
    with pytest.raises(VersionError, match="is in no git repository"), open_version(tmp_path, "HEAD"):
        pass


def test_a_folder_that_is_not_there_has_no_revisions(tmp_path: Path) -> None:
    with pytest.raises(VersionError, match="There is no folder"), open_version(tmp_path / "none", "HEAD"):
        pass


def test_where_git_is_not_installed_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(VersionError, match="needs git, which is not installed"), open_version(tmp_path, "HEAD"):
        pass


def test_files_that_git_has_lost_are_said(folder: Path) -> None:
    blob = git(folder, "rev-parse", f"HEAD:./{CLINIC}").strip()
    top = folder.parents[1]
    (top / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with (
        pytest.raises(VersionError, match="cannot give the files of the revision “HEAD”"),
        open_version(folder, "HEAD"),
    ):
        pass

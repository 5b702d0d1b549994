"""A new version of a file is put in place whole, or not at all."""

import stat
from pathlib import Path

import pytest

from notifier.intake.replacing import replace_file
from notifier.intake.splices import EditError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that others have been given leave to write."""
    path = tmp_path / "patients.yaml"
    path.write_bytes(b"old")
    path.chmod(0o664)
    return path


def test_a_file_is_replaced_with_its_mode_and_nothing_is_left_beside_it(path: Path) -> None:
    inode = path.stat().st_ino
    replace_file(path, b"old", b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o664
    assert path.stat().st_ino != inode
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_somebody_else_has_saved_stays_as_they_saved_it(path: Path) -> None:
    path.write_bytes(b"theirs")
    with pytest.raises(EditError, match=r"patients.yaml has changed since it was read: somebody else is editing it."):
        replace_file(path, b"old", b"new")
    assert path.read_bytes() == b"theirs"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_was_deleted_meanwhile_is_not_brought_back(path: Path) -> None:
    path.unlink()
    with pytest.raises(EditError, match="has changed since it was read"):
        replace_file(path, b"old", b"new")
    assert not path.exists()


def test_a_new_file_is_written_only_where_there_is_none(path: Path) -> None:
    with pytest.raises(EditError, match="has changed since it was read"):
        replace_file(path, None, b"new")
    other = path.parent / "below" / "other.yaml"
    replace_file(other, None, b"new")
    assert other.read_bytes() == b"new"


def test_a_new_file_may_be_read_by_whom_its_folder_may(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    replace_file(tmp_path / "a.yaml", None, b"new")
    assert stat.S_IMODE((tmp_path / "a.yaml").stat().st_mode) == 0o640


def test_a_link_stays_a_link(path: Path) -> None:
    link = path.parent / "link.yaml"
    link.symlink_to(path)
    replace_file(link, b"old", b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("mark", [".patients.yaml.swp", ".~lock.patients.yaml#", ".#patients.yaml"])
def test_a_file_that_is_open_in_another_program_is_left_alone(path: Path, mark: str) -> None:
    (path.parent / mark).symlink_to("ann@desk.4711")  # Emacs' mark is a link to nowhere
    with pytest.raises(EditError, match=rf"patients.yaml is open in another program, which has left {mark} beside it."):
        replace_file(path, b"old", b"new")
    assert path.read_bytes() == b"old"


def test_what_the_disk_refuses_is_said_in_a_sentence(path: Path) -> None:
    with pytest.raises(EditError, match=r"patients.yaml/b.yaml cannot be written: .*\. Close it where else it is open"):
        replace_file(path / "b.yaml", None, b"new")

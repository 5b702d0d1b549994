"""What holds for the tools around the code: locks, the Makefile and the program that CI runs."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
# Spelled in two halves, so that this file passes its own test.
REGISTRY_HOSTS = tuple(
    f"{name}.{domain}".encode()
    for name, domain in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("deb.debian", "org"),
    )
)


def pinned(lock: str) -> dict[str, str]:
    """Return the version of each package that a lock file pins."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE))


def wanted(*extras: str) -> set[str]:
    """Return the names, as a lock writes them, of what pyproject.toml asks for with these extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    return {re.split(r"[^A-Za-z0-9._-]", line)[0].lower().replace("_", "-").replace(".", "-") for line in lines}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return every file here that is not ignored, by a git that knows nothing of it: so in a checkout as elsewhere."""
    git, empty = shutil.which("git"), tmp_path_factory.mktemp("empty")
    assert git is not None
    subprocess.run([git, "init", "--quiet", empty], check=True)
    look = (f"--git-dir={empty / '.git'}", "--work-tree=.", "ls-files", "-z", "--others", "--exclude-standard")
    listing = subprocess.run([git, *look], cwd=ROOT, capture_output=True, check=True).stdout
    return [path for name in listing.decode().split("\0") if (path := ROOT / name).is_file()]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    assert "//" not in (ROOT / lock).read_text("utf-8")


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_in_a_lock_has_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text("utf-8"))
    assert [entry for entry in entries if not entry.startswith("#") and "--hash=sha256:" not in entry] == []


def test_everything_that_the_project_needs_is_locked_and_all_that_a_user_may_want() -> None:
    assert wanted("build", "png", "postgres", "xlsx") <= pinned("requirements.lock").keys()
    assert wanted("build", "dev") <= pinned("requirements-dev.lock").keys()


def test_developers_have_the_versions_that_users_have() -> None:
    assert pinned("requirements.lock").items() <= pinned("requirements-dev.lock").items()


def test_no_file_names_a_registry_host(files: list[Path]) -> None:
    named = [(path, host) for path in files for host in REGISTRY_HOSTS if host in path.read_bytes()]
    assert named == []


def test_make_alone_says_what_can_be_made() -> None:
    make = shutil.which("make")
    assert make is not None
    shown = subprocess.run([make, "-C", ROOT], capture_output=True, text=True, check=True).stdout
    assert "make demo " in shown
    assert "make test " in shown


def test_every_make_command_of_a_readme_exists(files: list[Path]) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    readmes = [path for path in files if path.name == "README.md"]
    code = [part for path in readmes for part in re.findall(r"```.*?```|`[^`]+`", path.read_text("utf-8"), re.DOTALL)]
    assert {"demo", "test"} <= {target for part in code for target in re.findall(r"\bmake ([a-z]+)", part)} <= targets


def test_the_readme_of_the_tests_says_what_each_folder_holds(files: list[Path]) -> None:
    tests = ROOT / "tests"
    folders = {path.relative_to(tests).parts[0] for path in files if tests in path.parents[1:]}
    readme = (tests / "README.md").read_text("utf-8")
    assert {folder for folder in folders if f"| `{folder}/` |" not in readme} == set()


def test_ci_runs_make_test_and_passes_on_only_what_an_installation_needs(tmp_path: Path) -> None:
    make = tmp_path / "make"
    make.write_text('#!/bin/sh\necho "$@"\nexec env\n', encoding="utf-8")
    make.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    passed = {"PATH": path, "HOME": "/h", "CI": "true", "PIP_CERT": "/c", "SSL_CERT_FILE": "/c", "https_proxy": "p"}

    given = {**passed, "PYTHONPATH": "/x", "NOTIFIER_TRANSPORT": "twilio", "MAKEFLAGS": "-n", "SECRET": "1"}
    done = subprocess.run([ROOT / ".ci/run"], env=given, capture_output=True, text=True, check=True)

    command, *environment = done.stdout.splitlines()
    assert command == "test"
    own_of_a_shell = ("PWD=", "OLDPWD=", "SHLVL=", "_=")
    received = {line for line in environment if not line.startswith(own_of_a_shell)}
    assert received == {f"{name}={value}" for name, value in passed.items()}

"""Prometheus's own checker of rules: found on this machine, or taken out of Debian's package without installing it.

`python -m tests.ops.promtool .venv/promtool` puts it there; `make test` does so once. It is in no
Python package, and Debian's is signed.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BESIDE_PYTHON = Path(sys.prefix) / "promtool"
SORRY = (
    "promtool is needed to check the alerts, is not on the PATH, and cannot be had from apt here: "
    "install Prometheus (Debian and Ubuntu: apt install prometheus)."
)


def find_promtool() -> str | None:
    """Return the program's path; None where it is neither on the PATH nor fetched."""
    return shutil.which("promtool") or (str(BESIDE_PYTHON) if BESIDE_PYTHON.exists() else None)


def fetch(target: Path) -> None:
    """Put the program at `target`; raises OSError or CalledProcessError where apt and the network do not give it."""
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder)
        lists = own / "lists"
        (lists / "partial").mkdir(parents=True)
        apt = [
            "apt-get",
            "-qq",
            "-o",
            f"Dir::State::lists={lists}",
            "-o",
            f"Dir::Cache={own}",
            "-o",
            "Debug::NoLocking=1",
        ]
        for step in ([*apt, "update"], [*apt, "download", "prometheus"]):  # lists of its own: no root, and never stale
            subprocess.run(step, cwd=own, check=True)
        [package] = own.glob("prometheus_*.deb")
        extract = ["dpkg-deb", "--extract", str(package), str(own / "out")]
        subprocess.run(extract, check=True)
        shutil.move(own / "out" / "usr" / "bin" / "promtool", target)


def main() -> None:
    """Make sure that there is a promtool at the path given, or say what to do."""
    target = Path(sys.argv[1])
    known = shutil.which("promtool")
    try:
        if known is not None:
            target.unlink(missing_ok=True)
            target.symlink_to(known)
        else:
            fetch(target)
    except (OSError, subprocess.CalledProcessError):
        sys.exit(SORRY)


if __name__ == "__main__":
    main()

"""What the program brings along."""

from pathlib import Path


def find_shipped() -> Path:
    """Return the folder with the shipped `schedules/`: inside the installed package, or the checkout."""
    package = Path(__file__).parents[1]
    installed = package / "shipped"
    return installed if installed.is_dir() else package.parent

"""What the README says of speed was measured."""

from pathlib import Path

from tests.bench.results import RESULTS

ROOT = Path(__file__).parents[2]


def test_every_line_of_a_table_that_the_readme_quotes_stands_in_the_results() -> None:
    _, _, after = (ROOT / "README.md").read_text(encoding="utf-8").partition("## How fast\n")
    section, _, _ = after.partition("\n## ")
    quoted = [line for line in section.splitlines() if line.startswith("|")]
    assert len(quoted) > 2
    assert set(quoted) <= set(RESULTS.read_text(encoding="utf-8").splitlines())

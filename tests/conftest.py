"""What holds for all tests.

How hard hypothesis looks: `dev` by default, `ci` where CI is set, `nightly` when asked for by
HYPOTHESIS_PROFILE. And tables that tests record are shown at the end, also of those that pass.
"""

import os

import pytest
from hypothesis import settings

settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.register_profile("nightly", deadline=None, max_examples=5_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the tables that tests have recorded, in whichever process they ran."""
    reports = [report for how in ("passed", "failed") for report in terminalreporter.getreports(how)]
    for name, table in (each for report in reports for each in report.user_properties):
        if name == "table":
            terminalreporter.write_line(f"\n{table}")

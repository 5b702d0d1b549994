"""What the package for Debian leaves uncompiled: nothing that the service loads, which could not keep it itself."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_LOADED = """
import sys
import notifier.cli.run
from notifier.gateway.messages_resource import messages_of
from twilio.rest import Client
messages_of(Client("AC1", "token"))
print(*(module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)), sep="\\n")
"""


@pytest.fixture
def left_out() -> re.Pattern[str]:
    [pattern] = re.findall(r"-x '(.+)'", (ROOT / "systemd" / "deb" / "postinst").read_text("utf-8"))
    return re.compile(pattern)


@pytest.mark.untraced
def test_all_that_the_service_loads_is_compiled_when_it_is_installed(left_out: re.Pattern[str]) -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()
    assert any("/twilio/rest/api/" in file for file in loaded)
    assert [file for file in loaded if left_out.search(file)] == []


def test_of_an_accounts_resources_at_twilio_only_the_messages_are_compiled(left_out: re.Pattern[str]) -> None:
    account = "/opt/notifier/lib/twilio/rest/api/v2010/account"
    assert not left_out.search(f"{account}/message/media.py")
    assert left_out.search(f"{account}/call/recording.py")

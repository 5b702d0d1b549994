"""What lives of the program import sooner or later: imported by the process that they are forked from."""

import gc
import importlib

from notifier.actions.check_schedules import check_schedules
from notifier.clock import SystemClock
from tests.fakes.clinic_folder import SHIPPED

_USED_LATER = (
    "apscheduler.executors.asyncio",
    "apscheduler.triggers.interval",
    *(
        f"notifier.cli.{command}"
        for command in ("calls", "changes", "db", "doctor", "pause", "report", "run", "status")
    ),
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "tests.service.lives",
    "twilio.rest.api.v2010.account.message",
)

for _name in _USED_LATER:
    importlib.import_module(_name)
check_schedules(SHIPPED, SystemClock().now())  # loads what phones, zones and dates are read and written by
gc.collect()
gc.freeze()  # or the first collection in each life would copy all of this memory

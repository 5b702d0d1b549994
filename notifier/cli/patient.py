"""`notifier patient`: one patient's entry, changed in the file that it stands in."""

from collections.abc import Sequence
from datetime import date, datetime

import click

from notifier.actions.check_schedules import check_schedules
from notifier.actions.edit_patient import add_patient, edit_patient, move_patient
from notifier.cli.as_in_files import DAY, Read
from notifier.cli.options import clinic_zone
from notifier.cli.proposal import Desk, conclude, with_desk
from notifier.core.model import PatientStatus
from notifier.intake.forms import FIELDS, ORDER
from notifier.intake.nearest import did_you_mean
from notifier.intake.values import read_date_time

_SETTABLE = (*(field for field in FIELDS if field != "id"), "skip")

_ADD_EXAMPLE = (
    'Example: notifier patient add P-1047 --name Ana --phone "720 555 0177" '
    '--procedure "2026-12-18 09:00" --consent 2026-11-20'
)
_WALL = Read[datetime]("WHEN", read_date_time)


@click.group("patient", epilog='Example: notifier patient move P-1042 "2026-12-04 13:00"')
def command() -> None:
    """Add a patient, or change one's entry in the file that it stands in.

    Comments, order, quotes and line ends of the file stay as they are. First it shows what would
    change for the patient, as `notifier changes` does, and asks. Nothing is written that would
    bring a mistake into the files, or over what somebody else has saved meanwhile.
    """


@command.command("add", epilog=_ADD_EXAMPLE)
@click.argument("booking", metavar="ID")
@click.option("--name", required=True, help="How the texts address the person.")
@click.option("--phone", required=True, help="A mobile phone.")
@click.option("--procedure", required=True, type=_WALL, help="Its day and time at the clinic.")
@click.option("--arrival", type=_WALL, help="If it is before the procedure.")
@click.option("--protocol", help="If the clinic has more than one.")
@click.option("--consent", type=DAY, help="The day the patient agreed to texts; without it nothing is sent.")
@click.option("--language", default="", help="If it is not the clinic's first.")
@click.option("--time-zone", default="", help="If it is not the clinic's.")
@click.option("--order", "orders", multiple=True, metavar="NAME=LENGTH", help="Such as lifting=24 hours.")
@click.option("--skip", multiple=True, metavar="STEP", help="A text that the patient must not get.")
@click.option("--file", help="The file to add to.  [default: the one with the booking nearest in time]")
@with_desk
def add(
    desk: Desk,
    booking: str,
    *,
    procedure: datetime,
    arrival: datetime | None,
    protocol: str | None,
    consent: date | None,
    orders: Sequence[str],
    skip: Sequence[str],
    file: str | None,
    **texts: str,
) -> None:
    """Add booking ID as the last entry of a file.

    It is written as the entries above it are: in their order, quotes and spacing.
    """
    values = {
        "id": booking.strip(),
        **texts,
        "procedure": f"{procedure:%Y-%m-%d %H:%M}",
        "arrival": f"{arrival:%Y-%m-%d %H:%M}" if arrival else "",
        "protocol": protocol or _only_protocol(desk),
        "consent": str(consent or ""),
        "skip": " ".join(skip),
    }
    values |= {ORDER + name: value for name, value in map(_pair, orders)}
    conclude(desk, lambda: add_patient(desk.given.schedules, values, file))


def _only_protocol(desk: Desk) -> str:
    read = check_schedules(desk.given.schedules, desk.now).reading.schedules
    names = sorted(read.protocols) if read else []
    if len(names) != 1:
        listed = " or ".join(names) or "there is none that can be used"
        raise click.UsageError(f"Say which protocol it is with --protocol: {listed}.")
    return names[0]


@command.command("move", epilog='Example: notifier patient move P-1042 "2026-12-04 13:00" --arrival "2026-12-04 12:00"')
@click.argument("booking", metavar="ID")
@click.argument("procedure", metavar="WHEN", type=_WALL)
@click.option("--arrival", type=_WALL, help="[default: as long before the procedure as it was]")
@with_desk
def move(desk: Desk, booking: str, procedure: datetime, arrival: datetime | None) -> None:
    """Move the procedure of booking ID to another day and time.

    WHEN is by the clinic's clock. An arrival moves along, unless another is given.
    """
    conclude(desk, lambda: move_patient(desk.given.schedules, booking, procedure, arrival))


def _add_status_command(name: str, status: PatientStatus, text: str) -> None:
    @command.command(name, help=text, epilog=f"Example: notifier patient {name} P-1042")
    @click.argument("booking", metavar="ID")
    @with_desk
    def to_status(desk: Desk, booking: str) -> None:
        conclude(desk, lambda: edit_patient(desk.given.schedules, booking, {"status": status.value}))


for _name, _status, _text in (
    ("cancel", PatientStatus.CANCELLED, "Cancel booking ID: texts end, and the patient is told once."),
    ("hold", PatientStatus.ON_HOLD, "Put booking ID on hold: its texts wait."),
    ("book", PatientStatus.BOOKED, "Book ID again: after a hold, a cancellation, or a mistake."),
    ("complete", PatientStatus.COMPLETED, "Note that booking ID is done: texts for afterwards go on."),
    ("no-show", PatientStatus.NO_SHOW, "Note that the patient did not come: texts end."),
):
    _add_status_command(_name, _status, _text)


@command.command("phone", epilog='Example: notifier patient phone P-1042 "+1 720 555 0177"')
@click.argument("booking", metavar="ID")
@click.argument("number")
@with_desk
def phone(desk: Desk, booking: str, number: str) -> None:
    """Correct the phone of booking ID.

    Critical texts that went to the old one, and are still true, are sent again.
    """
    conclude(desk, lambda: edit_patient(desk.given.schedules, booking, {"phone": number}))


@command.command("consent", epilog="Example: notifier patient consent P-1042 2026-11-20")
@click.argument("booking", metavar="ID")
@click.argument("day", required=False, type=DAY)
@click.option("--withdraw", is_flag=True, help="The patient does not want texts any more.")
@with_desk
def consent(desk: Desk, booking: str, day: date | None, *, withdraw: bool) -> None:
    """Note the DAY on which the patient agreed to texts.

    If none is given, it is today by the clinic's clock.
    """
    if withdraw and day is not None:
        raise click.UsageError("A consent that is withdrawn has no day.")
    today = desk.now.astimezone(clinic_zone(desk.given.schedules)).date()
    value = "" if withdraw else str(day or today)
    conclude(desk, lambda: edit_patient(desk.given.schedules, booking, {"consent": value}))


@command.command("set", epilog='Example: notifier patient set P-1042 language=es order:lifting="36 hours" skip=')
@click.argument("booking", metavar="ID")
@click.argument("values", metavar="FIELD=VALUE…", nargs=-1, required=True)
@with_desk
def change(desk: Desk, booking: str, values: Sequence[str]) -> None:
    """Give booking ID other values of any fields.

    An empty value takes a field out. An order is the field order:NAME. Words in skip have spaces between them.
    """
    pairs = dict(map(_pair, values))
    for field in pairs:
        if field not in _SETTABLE and not field.startswith(ORDER):
            raise click.UsageError(
                f"There is no field “{field}” to set. {did_you_mean(field, (*_SETTABLE, 'order:…'))}"
            )
    conclude(desk, lambda: edit_patient(desk.given.schedules, booking, pairs))


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise click.UsageError(f"“{text}” has no “=”: write a name, “=” and a value, without spaces around it.")
    return name.strip(), value.strip()

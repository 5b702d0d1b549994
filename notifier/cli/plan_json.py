"""Plans, and what is different between two of them, as programs read them."""

from zoneinfo import ZoneInfo

from notifier.cli.console import iso
from notifier.core.differences import Difference
from notifier.core.model import Planned
from notifier.core.segments import measure


def message_json(message: Planned) -> dict[str, object]:
    """Return a message as the contract's section 7 has it; times carry the patient's offset."""
    draft, text = message.draft, message.text
    zone = ZoneInfo(draft.quiet.zone)
    size = None if text is None else measure(text)
    return {
        "patient": draft.patient,
        "step": draft.step,
        "status": message.status.value,
        "reason": message.reason,
        "critical": draft.critical,
        "send_at": iso(message.send_at, zone),
        "earliest": iso(draft.earliest, zone),
        "latest": iso(draft.latest, zone),
        "moments": {name: iso(instant, zone) for name, instant in draft.moments.items()},
        "to": draft.to,
        "language": draft.language,
        "body": text,
        "encoding": None if size is None else size.encoding.value,
        "segments": None if size is None else size.segments,
    }


def difference_json(difference: Difference) -> dict[str, object]:
    """Return a difference: in what, and the whole message before and after, null where there is none."""
    before, after = difference.before, difference.after
    return {
        "patient": difference.message.draft.patient,
        "step": difference.message.draft.step,
        "changes": [aspect.value for aspect in difference.aspects],
        "before": message_json(before) if before else None,
        "after": message_json(after) if after else None,
    }

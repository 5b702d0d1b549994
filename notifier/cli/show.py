"""`notifier show`: a patient's whole story."""

import sys
from zoneinfo import ZoneInfo

import click

from notifier.actions.tell_story import Story, tell_story
from notifier.cli.calls import entry_json, show_entry
from notifier.cli.console import Row, iso, local, print_json, say, show_table, word
from notifier.cli.options import Given, as_json, with_settings
from notifier.core.delivery import Event, Record
from notifier.ledger.rows import PastAttempt, Reply
from notifier.wiring.ledger import open_to_look


@click.command("show", epilog="Example: notifier show P-1042")
@click.argument("patient", metavar="ID")
@with_settings
@as_json
def command(given: Given, patient: str, *, as_json: bool) -> None:
    """Tell the whole story of the patient ID: each text, attempt, call and reply, each thing that happened.

    Times are the patient's own. Exits 1 where the ledger does not know the patient.
    """
    with open_to_look(given.settings) as ledger:
        story = tell_story(ledger, patient)
    if story.is_empty and not as_json:
        say(f"The ledger knows no patient {patient}. “notifier plan” shows what the files ask for.")
    elif as_json:
        print_json(_story_json(story))
    else:
        _show(story)
    sys.exit(1 if story.is_empty else 0)


def _show(story: Story) -> None:
    zone = _zone(story)
    texts = {past.attempt.key: past.attempt.text for past in story.attempts}
    say(f"Texts of {story.messages[0].draft.patient}, in {zone.key}", "bold")
    show_table(
        ("step", "rev", "goes out", "until", "state", "why", "text"),
        [_row(record, zone, texts) for record in story.messages],
        folding=("text",),
    )
    say()
    if story.calls:
        say("Calls", "bold")
        for entry in story.calls:
            show_entry(entry, zone)
    if story.replies:
        say("Replies", "bold")
        rows = [(local(one.at, zone), one.kind.value, one.body, one.answer or "") for one in story.replies]
        show_table(("when", "taken for", "wrote", "answered"), rows, folding="wrote")
        say()
    say("What happened", "bold")
    show_table(("when", "what", "to", "why", "by"), [_event_row(event, zone) for event in story.events])


def _zone(story: Story) -> ZoneInfo:
    """Return the patient's zone, as the newest text has it."""
    return ZoneInfo(story.messages[-1].draft.quiet.zone)


def _row(record: Record, zone: ZoneInfo, texts: dict[str, str]) -> Row:
    """Return a line of the table; of a text that went out, the very words that did."""
    return (
        record.draft.step,
        str(record.revision),
        local(record.send_at, zone),
        local(record.draft.latest, zone),
        word(record.state),
        record.reason or "",
        texts.get(record.key, record.draft.body or ""),
    )


def _event_row(event: Event, zone: ZoneInfo) -> Row:
    subject = "/".join(event.key.rsplit("/", 2)[1:]) if event.key else ""
    return f"{event.at.astimezone(zone):%a %Y-%m-%d %H:%M:%S}", word(event.what), subject, event.why or "", event.cause


def _story_json(story: Story) -> dict[str, object]:
    return {
        "messages": [_message_json(record) for record in story.messages],
        "attempts": [_attempt_json(past) for past in story.attempts],
        "events": [
            {"at": event.at.isoformat(), "key": event.key, "what": event.what, "why": event.why, "cause": event.cause}
            for event in story.events
        ],
        "calls": [entry_json(entry, _zone(story)) for entry in story.calls],
        "replies": [reply_json(reply, _zone(story)) for reply in story.replies],
    }


def reply_json(reply: Reply, zone: ZoneInfo) -> dict[str, object]:
    """Return a reply for programs; times carry the offset of `zone`."""
    return {
        "id": reply.id,
        "at": iso(reply.at, zone),
        "phone": reply.phone,
        "kind": reply.kind.value,
        "wrote": reply.body,
        "answered": reply.answer,
    }


def _message_json(record: Record) -> dict[str, object]:
    draft = record.draft
    zone = ZoneInfo(draft.quiet.zone)
    return {
        "key": record.key,
        "patient": draft.patient,
        "step": draft.step,
        "revision": record.revision,
        "state": record.state.value,
        "reason": record.reason,
        "critical": draft.critical,
        "send_at": iso(record.send_at, zone),
        "earliest": iso(draft.earliest, zone),
        "latest": iso(draft.latest, zone),
        "moments": {name: iso(instant, zone) for name, instant in draft.moments.items()},
        "to": draft.to,
        "language": draft.language,
        "body": draft.body,
    }


def _attempt_json(past: PastAttempt) -> dict[str, object]:
    answer = past.answer
    return {
        "key": past.attempt.key,
        "attempt": past.attempt.ordinal,
        "started_at": past.started_at.isoformat(),
        "ended_at": past.ended_at.isoformat() if past.ended_at else None,
        "answer": answer.kind.value if answer else None,
        "code": answer.code if answer else None,
        "sid": answer.sid if answer else None,
        "text": past.attempt.text,
    }

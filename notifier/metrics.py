"""What the service counts and measures, for Prometheus: names and numbers, and nothing of any patient.

Names and units are by Prometheus's conventions. Every label has few values, known beforehand:
states, reasons, kinds and classes, the clinic's and the protocols' files; patients' files, which
may be called after a patient, are one value together.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from notifier.actions.take_turn import Dispatch
from notifier.actions.take_vitals import Vitals
from notifier.actions.update_plan import Update
from notifier.core.calls import CallReason
from notifier.core.delivery import NOT_BEGUN, AnswerKind
from notifier.core.lifecycle import State
from notifier.core.problems import Problem, Severity
from notifier.core.replies import ReplyKind
from notifier.gateway.timed_sender import Operation
from notifier.gateway.verdicts import class_of
from notifier.intake.files import PATIENTS
from notifier.ledger.receipts import Taken

UNCHANGED = "unchanged"  # of a receipt that says nothing new
_AFTER_A_RECEIPT = (State.SENT, State.DELIVERED, State.UNDELIVERED, State.FAILED, State.REFUSED, State.PLANNED)
_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12, 24, 48)  # Twilio gives up after about 26

# A second series for each counter, which nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's own


class Metrics:
    """Counters of what has happened since the start, and gauges of how things stand."""

    def __init__(self, version: str, config: Mapping[str, str]) -> None:
        """`config`: what of the settings may be seen, by its label."""
        self.registry = CollectorRegistry()
        self._in_force: frozenset[str] = frozenset()  # the clinic's and the protocols' files, by the last reading
        self._good_at: dict[str, datetime] = {}  # when a file, or all of the patients', was last read without an error
        ProcessCollector(registry=self.registry)
        self._count()
        self._measure()
        Info("notifier_build", "The program's version.", registry=self.registry).info({"version": version})
        Info("notifier_config", "How the service is set up.", registry=self.registry).info(dict(config))

    def _count(self) -> None:
        self._attempts = self._counter("notifier_attempts", "Attempts at the provider, by its answer.", "answer")
        self._errors = self._counter("notifier_provider_errors", "Attempts that failed, by their class.", "class")
        self._expired = self._counter("notifier_texts_expired", "Texts that no minute was left for when they were due.")
        self._receipts = self._counter(
            "notifier_receipts", "Receipts of texts, by the state that they led to.", "status"
        )
        self._replies = self._counter("notifier_replies", "What patients wrote, by what it asks for.", "kind")
        self._hooks = self._counter(
            "notifier_hook_responses", "Calls to the webhooks, by the HTTP status answered: 4xx are refused.", "code"
        )
        self._readings = self._counter(
            "notifier_schedule_readings", "Readings of the schedule files, by how they ended.", "outcome"
        )
        self._ticks = self._counter("notifier_tick_failures", "Work of the service that broke off.", "tick")
        self._beats = self._counter("notifier_heartbeats", "Heartbeats, by what was told or that they failed.", "said")
        requests = Histogram(
            "notifier_provider_request_duration_seconds",
            "Requests to the provider, from the first byte to the last.",
            ["operation"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        _name_all(self._attempts, AnswerKind)
        _name_all(self._receipts, (*_AFTER_A_RECEIPT, UNCHANGED))
        _name_all(self._replies, ReplyKind)
        _name_all(self._readings, ("in force", "waits", "unusable", "failed"))
        _name_all(self._beats, ("well", "ill", "unheard"))
        # Looked up once: each text that goes out is timed.
        self._times = {operation: requests.labels(operation) for operation in Operation}

    def _measure(self) -> None:
        self._ledger_up = self._gauge("notifier_ledger_up", "Whether the ledger could just be read.")
        self._lag = self._gauge("notifier_oldest_due_text_lag_seconds", "For how long the oldest due text waits.")
        self._next = self._gauge("notifier_next_due_timestamp_seconds", "When the next text is due; 0 for none ahead.")
        self._texts = self._gauge("notifier_texts", "Texts in the ledger, by state.", "state")
        self._calls = self._gauge("notifier_calls_open", "Open entries of the call list, by reason.", "reason")
        self._size = self._gauge("notifier_ledger_size_bytes", "Size of the ledger.")
        self._paused = self._gauge("notifier_paused", "Whether a person keeps all texts back.")
        self._stopped = self._gauge("notifier_stopped", "Whether dispatch has stopped: the provider refuses settings.")
        self._progress = self._gauge(
            "notifier_dispatch_progress_age_seconds", "Seconds since dispatch last got through its work."
        )
        self._problems = self._gauge("notifier_problems", "Problems in the schedule files.", "severity")
        self._reading = self._gauge(
            "notifier_schedule_reading_duration_seconds", "How long the last reading and check of the files took."
        )
        self._last_good = self._gauge("notifier_files_last_good", "Files whose last good version is in force.")
        self._waits = self._gauge("notifier_changes_waiting", "Whether a change in the files waits for a person.")
        self._loaded = self._gauge(
            "notifier_file_last_good_load_timestamp_seconds", "When a file was last read without an error.", "file"
        )
        _name_all(self._problems, Severity)

    def count_dispatch(self, dispatch: Dispatch) -> None:
        """Count what one commit has recorded."""
        tried = [one.answer for one in dispatch.sent if one.answer != NOT_BEGUN]  # the provider has heard of these
        for (kind, code), texts in Tally((answer.kind, answer.code) for answer in tried).items():
            self._attempts.labels(kind).inc(texts)
            if kind is not AnswerKind.ACCEPTED:
                self._errors.labels(class_of(code)).inc(texts)
        self._expired.inc(len(dispatch.expired))

    def count_receipt(self, taken: Taken | None) -> None:
        """Count a receipt by what it has changed."""
        self._receipts.labels(UNCHANGED if taken is None else taken.state).inc()

    def count_reply(self, kind: ReplyKind) -> None:
        """Count what a patient has written."""
        self._replies.labels(kind).inc()

    def count_hook(self, status: int) -> None:
        """Count a call to the webhooks by the HTTP status that it was answered with."""
        self._hooks.labels(str(status)).inc()

    def count_tick_failure(self, tick: str) -> None:
        """Count that a piece of the service's regular work broke off."""
        self._ticks.labels(tick).inc()

    def count_beat(self, said: str) -> None:
        """Count a heartbeat: “well”, “ill”, or “unheard” where nobody took it."""
        self._beats.labels(said).inc()

    def time_request(self, operation: Operation, seconds: float) -> None:
        """Note how long a request to the provider took."""
        self._times[operation].observe(seconds)

    def note_failed_reading(self) -> None:
        """Note that reading the files broke off, which is a mistake of ours or of the disk."""
        self._readings.labels("failed").inc()

    def note_reading(self, update: Update, seconds: float) -> None:
        """Note what the files were found to say, and how long it took to read and check them."""
        checked = update.checked
        self._reading.set(seconds)
        usable = "in force" if update.is_in_force else "waits"
        self._readings.labels("unusable" if checked.reading.schedules is None else usable).inc()
        for severity in Severity:
            self._problems.labels(severity).set(sum(one.severity is severity for one in checked.problems))
        self._last_good.set(len(checked.last_good))
        self._waits.set(bool(update.waits))
        self._in_force = frozenset(checked.reading.in_force)
        is_bad = any(_is_error_of_patients(problem) for problem in checked.problems) or not checked.reading.whole
        for file in (*checked.reading.good_files, *(() if is_bad else (PATIENTS,))):
            self._good_at[file] = checked.now

    def exposition(self, vitals: Vitals | None, progress_age: float) -> bytes:
        """Return all that is known, in Prometheus's text format; without `vitals` the ledger could not be read."""
        self._progress.set(progress_age)
        self._ledger_up.set(vitals is not None)
        if vitals is not None:
            self._note_vitals(vitals)
        return generate_latest(self.registry)

    def _note_vitals(self, vitals: Vitals) -> None:
        next_due = vitals.standing.next_due
        self._lag.set(vitals.lag.total_seconds())
        self._next.set(0 if next_due is None else next_due.timestamp())
        for state in State:
            self._texts.labels(state).set(vitals.counts.get(state, 0))
        for reason in CallReason:
            self._calls.labels(reason).set(vitals.open_calls.get(reason, 0))
        self._size.set(vitals.size)
        self._paused.set(vitals.paused is not None)
        self._stopped.set(vitals.stopped is not None)
        self._note_files(vitals.kept_at)

    def _note_files(self, kept_at: Mapping[str, datetime]) -> None:
        """Note of each file in force when it was last good: as seen since the start, or as the ledger has kept it."""
        known = {**kept_at, **self._good_at}
        self._loaded.clear()
        for file in {*self._in_force, PATIENTS} & known.keys():
            self._loaded.labels(file).set(known[file].timestamp())

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(name, says, labels, registry=self.registry)

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(name, says, labels, registry=self.registry)


def _name_all(metric: Counter | Gauge, values: Iterable[str]) -> None:
    """Have a series from the start for each value: one that begins at 1 has not risen, for `increase`."""
    for value in values:
        metric.labels(value)


def _is_error_of_patients(problem: Problem) -> bool:
    return problem.severity is Severity.ERROR and problem.spot.file.startswith(PATIENTS)

"""What the staff have been told, and what they are still to be told: each cause once for each time that it holds."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import insert, select, update

from notifier.core.alerts import AlertKind, Cause
from notifier.ledger.page import Page
from notifier.ledger.rows import AlertEntry, alert_entry_of, in_chunks
from notifier.ledger.schema import alerts


class Alerting(Page):
    """Causes of alerts; what a message said is not kept."""

    def open_alerts(self) -> list[AlertEntry]:
        """Return the alerts whose cause held when last looked at, by cause."""
        query = select(alerts).where(alerts.c.over_at.is_(None)).order_by(alerts.c.cause)
        return [alert_entry_of(row) for row in self._connection.execute(query)]

    def last_alert(self, kind: AlertKind) -> AlertEntry | None:
        """Return the newest alert of a kind, whether its cause holds or not."""
        query = select(alerts).where(alerts.c.kind == kind).order_by(alerts.c.id.desc()).limit(1)
        row = self._connection.execute(query).first()
        return None if row is None else alert_entry_of(row)

    def open_alerts_for(self, causes: Iterable[Cause], now: datetime) -> None:
        """Note that these hold from now on; none of them may be open already."""
        values = [{"cause": cause.name, "kind": cause.kind, "at": now} for cause in causes]
        if values:
            self._connection.execute(insert(alerts), values)

    def end_alerts(self, numbers: Collection[int], now: datetime) -> None:
        """Note that the causes of these alerts hold no more: come again, they are told again."""
        self._set_alerts(numbers, over_at=now)

    def alerts_told(self, numbers: Collection[int], now: datetime) -> None:
        """Note that a channel took these."""
        self._set_alerts(numbers, told_at=now)

    def alerts_not_told(self, numbers: Collection[int]) -> None:
        """Note that no channel took these: another try, in vain."""
        self._set_alerts(numbers, tries=alerts.c.tries + 1)

    def _set_alerts(self, numbers: Collection[int], **values: object) -> None:
        for chunk in in_chunks(sorted(numbers)):
            self._connection.execute(update(alerts).where(alerts.c.id.in_(chunk)).values(**values))

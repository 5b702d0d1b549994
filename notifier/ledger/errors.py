"""What the ledger says when it cannot do its work."""


class LedgerError(Exception):
    """The ledger cannot be opened, read or written; the message is one sentence for ops, without patient data."""


class NoLedgerError(LedgerError):
    """There is no ledger yet: nothing was ever written."""


class LedgerOutOfOrderError(LedgerError):
    """The database cannot do its work just now; room on the disk, or time, may mend that."""


class NotLeadingError(LedgerError):
    """Another host has begun to plan: what this one was about to write may be out of date."""

"""The life of a message in the ledger: one table of states and events, and the check before an attempt."""

from enum import StrEnum


class State(StrEnum):
    """Where a message stands (contract, section 6)."""

    HELD = "held"
    PLANNED = "planned"
    CLAIMED = "claimed"
    IN_DOUBT = "in-doubt"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Happening(StrEnum):
    """What can befall a message."""

    HOLD = "hold"
    RELEASE = "release"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    CLAIM = "claim"
    POSTPONE = "postpone"  # the provider has not taken it and may be asked again
    ACCEPT = "accept"
    REFUSE = "refuse"
    DOUBT = "doubt"  # whether the provider took it is open
    RECEIPT_SENT = "receipt-sent"
    RECEIPT_DELIVERED = "receipt-delivered"
    RECEIPT_UNDELIVERED = "receipt-undelivered"
    RECEIPT_FAILED = "receipt-failed"
    RECEIPT_RETRY = "receipt-retry"  # it did not arrive, and may when it is sent again
    NO_RECEIPT = "no-receipt"  # 24 hours without a final one


UNSENT = frozenset({State.HELD, State.PLANNED})
FINAL = frozenset(
    {
        State.DELIVERED,
        State.UNDELIVERED,
        State.FAILED,
        State.UNCONFIRMED,
        State.REFUSED,
        State.EXPIRED,
        State.WITHDRAWN,
    }
)
# The contract's "sent" (section 5), and what has come of such a message since: a text may be on the phone.
GONE_OUT = frozenset(
    {
        State.CLAIMED,
        State.IN_DOUBT,
        State.ACCEPTED,
        State.SENT,
        State.DELIVERED,
        State.UNCONFIRMED,
    }
)
# It has not reached its phone, or nobody knows whether it has: a person may have to call.
NOT_REACHED = frozenset(
    {State.IN_DOUBT, State.UNDELIVERED, State.FAILED, State.UNCONFIRMED, State.REFUSED, State.EXPIRED}
)

_RECEIPTS = {
    Happening.RECEIPT_SENT: State.SENT,
    Happening.RECEIPT_DELIVERED: State.DELIVERED,
    Happening.RECEIPT_UNDELIVERED: State.UNDELIVERED,
    Happening.RECEIPT_FAILED: State.FAILED,
}
# A receipt may overtake the answer, and may show that the provider took what it seemed not to have taken.
_TAKEN = {Happening.ACCEPT: State.ACCEPTED, **_RECEIPTS}
_OPEN = {
    Happening.POSTPONE: State.PLANNED,
    Happening.RECEIPT_RETRY: State.PLANNED,
    Happening.REFUSE: State.REFUSED,
    Happening.EXPIRE: State.EXPIRED,
    Happening.DOUBT: State.IN_DOUBT,
    **_TAKEN,
}
# Told only by what the provider says later: the phone has opted out, say, or its carrier had a bad moment.
_LATER = {
    Happening.REFUSE: State.REFUSED,
    Happening.RECEIPT_RETRY: State.PLANNED,
    Happening.NO_RECEIPT: State.UNCONFIRMED,
}
_TABLE: dict[State, dict[Happening, State]] = {
    State.HELD: {
        Happening.RELEASE: State.PLANNED,
        Happening.WITHDRAW: State.WITHDRAWN,
        Happening.EXPIRE: State.EXPIRED,
        Happening.REFUSE: State.REFUSED,  # the phone has opted out
        **_TAKEN,
    },
    State.PLANNED: {
        Happening.HOLD: State.HELD,
        Happening.WITHDRAW: State.WITHDRAWN,
        Happening.EXPIRE: State.EXPIRED,
        Happening.REFUSE: State.REFUSED,
        Happening.CLAIM: State.CLAIMED,
        **_TAKEN,
    },
    State.CLAIMED: _OPEN,
    State.IN_DOUBT: {
        happening: state
        for happening, state in _OPEN.items()
        # It may be on the phone: that its time is over does not make it unsent.
        if happening not in (Happening.DOUBT, Happening.EXPIRE)
    },
    State.ACCEPTED: {**_RECEIPTS, **_LATER},
    # A receipt that overtook the answer has said more than the answer does.
    State.SENT: {
        **{happening: state for happening, state in _RECEIPTS.items() if state != State.SENT},
        **_LATER,
    },
    **{state: {} for state in FINAL},
}


def after(state: State, happening: Happening) -> State | None:
    """Return the state that `happening` leads to from `state`; None where it changes nothing."""
    return _TABLE[state].get(happening)

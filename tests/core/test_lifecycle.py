"""The life of a message: every state and happening, against a table written out by hand."""

import pytest

from notifier.core.lifecycle import FINAL, GONE_OUT, NOT_REACHED, UNSENT, Happening, State, after

# One line a state: what may happen there, and where it leads. What is not here changes nothing.
LIVES = """
    held       release               planned
    held       withdraw              withdrawn
    held       expire                expired
    held       refuse                refused
    held       accept                accepted
    held       receipt-sent          sent
    held       receipt-delivered     delivered
    held       receipt-undelivered   undelivered
    held       receipt-failed        failed
    planned    hold                  held
    planned    withdraw              withdrawn
    planned    expire                expired
    planned    refuse                refused
    planned    claim                 claimed
    planned    accept                accepted
    planned    receipt-sent          sent
    planned    receipt-delivered     delivered
    planned    receipt-undelivered   undelivered
    planned    receipt-failed        failed
    claimed    postpone              planned
    claimed    accept                accepted
    claimed    refuse                refused
    claimed    expire                expired
    claimed    doubt                 in-doubt
    claimed    receipt-sent          sent
    claimed    receipt-delivered     delivered
    claimed    receipt-undelivered   undelivered
    claimed    receipt-failed        failed
    claimed    receipt-retry         planned
    in-doubt   postpone              planned
    in-doubt   accept                accepted
    in-doubt   refuse                refused
    in-doubt   receipt-sent          sent
    in-doubt   receipt-delivered     delivered
    in-doubt   receipt-undelivered   undelivered
    in-doubt   receipt-failed        failed
    in-doubt   receipt-retry         planned
    accepted   receipt-sent          sent
    accepted   receipt-delivered     delivered
    accepted   receipt-undelivered   undelivered
    accepted   receipt-failed        failed
    accepted   no-receipt            unconfirmed
    accepted   refuse                refused
    accepted   receipt-retry         planned
    sent       refuse                refused
    sent       receipt-retry         planned
    sent       receipt-delivered     delivered
    sent       receipt-undelivered   undelivered
    sent       receipt-failed        failed
    sent       no-receipt            unconfirmed
"""
TABLE = {
    (state, happening): to for state, happening, to in (line.split() for line in LIVES.split("\n") if line.strip())
}


@pytest.mark.parametrize("happening", Happening)
@pytest.mark.parametrize("state", State)
def test_what_happens_leads_where_the_table_says(state: State, happening: Happening) -> None:
    assert after(state, happening) == TABLE.get((state, happening))


def test_every_line_of_the_table_is_about_a_state_and_a_happening() -> None:
    assert {(State(state), Happening(happening), State(to)) for (state, happening), to in TABLE.items()}


@pytest.mark.parametrize("happening", Happening)
@pytest.mark.parametrize(
    "final", ["delivered", "undelivered", "failed", "unconfirmed", "refused", "expired", "withdrawn"]
)
def test_a_final_state_is_never_left(final: str, happening: Happening) -> None:
    assert State(final) in FINAL
    assert after(State(final), happening) is None


def test_every_state_that_nothing_leaves_is_final_and_no_other() -> None:
    assert {state for state in State if all(after(state, happening) is None for happening in Happening)} == FINAL


def test_what_may_be_on_a_phone_is_told_from_what_is_not() -> None:
    assert {"held", "planned"} == UNSENT
    assert {"claimed", "in-doubt", "accepted", "sent", "delivered", "unconfirmed"} == GONE_OUT


def test_after_what_a_person_may_have_to_call_is_told() -> None:
    assert {"in-doubt", "undelivered", "failed", "unconfirmed", "refused", "expired"} == NOT_REACHED

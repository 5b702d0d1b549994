"""Chance for waits, so that what failed together does not come back together."""

import random


def jitter() -> float:
    """Return a number from 0 to 1, as `next_try` takes it."""
    return random.random()  # noqa: S311 - it spreads load, and guards no secret

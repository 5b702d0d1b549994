"""Pure: what is planned, placed, worded and changed; no I/O, no clock, no logging."""

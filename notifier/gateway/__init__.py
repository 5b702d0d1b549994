"""Twilio, and the sandbox that stands in for it; the only room that knows twilio."""

"""Answers to Twilio in its own markup, TwiML (https://www.twilio.com/docs/messaging/twiml)."""

from twilio.twiml.messaging_response import MessagingResponse

CONTENT_TYPE = "text/xml"


def twiml(text: str | None) -> str:
    """Return the markup that has Twilio answer a message with `text`, or not at all."""
    response = MessagingResponse()
    if text is not None:
        response.message(text)
    return str(response)

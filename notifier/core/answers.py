"""What a reply is answered with, in the patient's language."""

from collections.abc import Mapping

from notifier.core.model import Clinic
from notifier.core.replies import ReplyKind


def answer_text(answer: ReplyKind, clinic: Clinic, language: str) -> str:
    """Return the words: with the clinic's name and phone, and in one segment unless the clinic's name is long.

    They are in the patient's language or else the clinic's first; where there are no words in either,
    in English.
    """
    known = next((one for one in (language, clinic.languages[0]) if one in _TEXTS), "en")
    return _TEXTS[known][answer].format(clinic=clinic.name, phone=clinic.phone)


# In Spanish without á, í, ó and ú: they are not in GSM-7, and one of them would make two segments of a text. The
# words to answer with are English in both, since those are what every carrier and Twilio itself know.
_TEXTS: Mapping[str, Mapping[ReplyKind, str]] = {
    "en": {
        ReplyKind.STOP: "{clinic}: You will get no more texts from us. Questions? Call {phone}. "
        "To get our texts again, reply START.",
        ReplyKind.REFUSAL: "{clinic}: We will not text you unless you ask us to. Questions? Call {phone}. "
        "Emergency? Call 911. To get our texts, reply START.",
        ReplyKind.START: "{clinic}: You will get our texts again. Questions? Call {phone}. "
        "Reply STOP to end texts, HELP for help.",
        ReplyKind.HELP: "{clinic}: We text you about your visit. Questions? Call {phone}. Emergency? Call 911. "
        "Reply STOP to end texts.",
        ReplyKind.OTHER: "{clinic}: Thank you. Our staff will read this, but maybe not soon. Questions? "
        "Call {phone}. Emergency? Call 911.",
    },
    "es": {
        ReplyKind.STOP: "{clinic}: Ya no le enviaremos mensajes. ¿Preguntas? Llame al {phone}. "
        "Para recibirlos de nuevo, responda START.",
        ReplyKind.REFUSAL: "{clinic}: No le enviaremos mensajes si no los pide. ¿Preguntas? Llame al {phone}. "
        "¿Emergencia? Llame al 911. Para recibirlos: START.",
        ReplyKind.START: "{clinic}: Le enviaremos mensajes de nuevo. ¿Preguntas? Llame al {phone}. "
        "Responda STOP para salir, HELP para ayuda.",
        ReplyKind.HELP: "{clinic}: Mensajes sobre su visita. ¿Preguntas? Llame al {phone}. "
        "¿Emergencia? Llame al 911. Responda STOP para salir.",
        ReplyKind.OTHER: "{clinic}: Gracias. El personal va a leer esto, tal vez no pronto. ¿Preguntas? "
        "Llame al {phone}. ¿Emergencia? Llame al 911.",
    },
}

"""The MILD protocol as section 4 of the contract lists it, each text shown by the instants that it prints."""

from notifier.core.model import Protocol
from tests.core.clinics import MILD_MOMENTS, a_protocol, a_step

MILD: Protocol = a_protocol(
    a_step(
        "welcome",
        send="30 days before procedure at 10:00",
        latest="12 hours before procedure",
        text={"en": "Your procedure is {procedure}.", "es": "Su cita es {procedure}."},
    ),
    a_step(
        "prepare",
        send="7 days before procedure at 10:00",
        latest="2 days before procedure at 20:00",
        text={"en": "Eat and sleep well before {procedure:date}."},
    ),
    a_step(
        "blood-thinner",
        send="36 hours before thinner-stops",
        earliest="60 hours before thinner-stops",
        latest="thinner-stops",
        critical=True,
        text={"en": "Pause it from {thinner-stops}."},
    ),
    a_step(
        "ride-and-clothes",
        send="2 days before procedure at 10:00",
        latest="10 hours before procedure",
        text={"en": "Arrive by {arrival}. Have someone drive you home."},
    ),
    a_step(
        "last-meal",
        send="10 hours before last-meal",
        earliest="14 hours before last-meal",
        latest="90 minutes before last-meal",
        critical=True,
        text={
            "en": "Finish your last meal by {last-meal}; clear liquids until {last-liquids}.",
            "es": "Termine de comer antes de {last-meal}; líquidos claros hasta {last-liquids}.",
        },
    ),
    a_step(
        "night-before-wash",
        send="1 day before procedure at 19:00",
        earliest="1 day before procedure at 17:00",
        latest="1 day before procedure at 22:00",
        critical=True,
        text={"en": "Wash on the evening of {night-before:date}."},
    ),
    a_step(
        "morning-wash",
        send="procedure at 06:30",
        earliest="14 hours before procedure",
        latest="75 minutes before arrival",
        critical=True,
        text={"en": "Wash again on {arrival:date}. Arrive by {arrival:time}."},
    ),
    a_step(
        "last-clear-liquids",
        send="1 hour before last-liquids",
        earliest="12 hours before last-liquids",
        latest="15 minutes before last-liquids",
        critical=True,
        text={"en": "Nothing to drink after {last-liquids}.", "es": "Nada de beber después de {last-liquids}."},
    ),
    a_step(
        "after-care",
        send="6 hours after procedure end",
        earliest="3 hours after procedure end",
        latest="24 hours after procedure end",
        critical=True,
        text={"en": "No lifting until {lifting-ends}."},
    ),
    a_step(
        "keep-dry-ends",
        send="dry-ends",
        latest="24 hours after dry-ends",
        text={"en": "From {dry-ends} on it may get wet."},
    ),
    a_step(
        "lifting-ends",
        send="lifting-ends",
        latest="24 hours after lifting-ends",
        critical=True,
        text={"en": "From {lifting-ends} on you may lift."},
    ),
    a_step(
        "recovery",
        send="14 days after procedure at 10:00",
        latest="21 days after procedure at 20:00",
        text={"en": "Full results can take 4 to 6 weeks from {procedure:date}."},
    ),
    a_step(
        "therapy-starts",
        send="therapy-starts",
        latest="1 week after therapy-starts",
        critical=True,
        text={"en": "Therapy may start on {therapy-starts:date}."},
    ),
    moments={**MILD_MOMENTS, "night-before": "1 day before procedure at 19:00"},
    notices={
        "procedure-moved": {
            "en": "New time: arrive by {arrival}, procedure at {procedure:time}. Forget earlier times.",
            "es": "Nueva hora: llegue el {arrival}, inicio {procedure:time}; olvide las de antes.",
        },
        "procedure-moved-call": {
            "en": "Your procedure is now {procedure}. Keep to what we told you. Do not eat or drink until we call.",
        },
        "procedure-cancelled": {"en": "Your procedure on {procedure} is canceled."},
    },
)

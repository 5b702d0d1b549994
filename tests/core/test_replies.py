"""What a patient writes back is taken for what it asks for: a table of replies as they come."""

import pytest

from notifier.core.replies import Inbound, ReplyKind, classify

STOP, REFUSAL, START, HELP, OTHER = ReplyKind.STOP, ReplyKind.REFUSAL, ReplyKind.START, ReplyKind.HELP, ReplyKind.OTHER


def kind_of(body: str, opt_out_type: str | None = None) -> ReplyKind:
    return classify(Inbound("SM1", "+17205550134", body, opt_out_type))


OPT_OUTS = """
    STOP
    stop
    Stop.
    stop!!!
      stop
    “STOP”
    "stop"
    'Stop'
    *STOP*
    STOP 🛑
    🛑🛑 Stop 🛑🛑
    S T O P
    s.t.o.p.
    stop stop stop
    STOP STOP
    please stop
    Stop please
    pls stop
    STOP thank you
    Stop, thanks!
    Reply STOP
    text STOP
    STOP texts
    Stop all
    stop all texts now
    STOP messages
    \uff33\uff34\uff2f\uff30
    STÓP
    st\u00adop
    StopAll
    UNSUBSCRIBE
    Unsubscribe please
    End
    end.
    QUIT
    Quit!
    REVOKE
    OPTOUT
    opt out
    Opt-Out
    CANCEL
    cancel
    ALTO
    alto
    ¡Alto!
    Parar
    PARE
    pare por favor
    paren ya
    Baja
    BAJA.
    cancelar
    CANCELE
    Detener
    detenga por favor
    desuscribir
    Basta
    ¡Ya basta!
    STOP ALTO
"""

REFUSED = """
    please stop texting me
    Stop texting me!!
    stop it
    STOP SENDING ME THESE
    can you stop
    I asked you to stop
    i said stop
    stpo
    sotp
    stp
    stopp
    STOOOOP
    sttop
    Unsubscibe
    unsuscribe
    unsub
    cancle
    opt me out
    I want to opt out
    please cancel
    cancel these texts
    end this
    Quit texting me
    I revoke my consent
    please unsubscribe me
    Don't text me
    dont text me anymore
    don\u2019t text this number again
    do not contact me
    Do not ever message me again
    never text me again
    I told you not to text me
    I do not want to be contacted again
    dont send me any more of these
    do not send anything
    I don't want these texts
    I dont want any more messages
    i no longer wish to receive texts
    I did not sign up for these messages
    I never agreed to get texts
    didn't ask for this spam
    I do not consent
    I withdraw my consent
    no more messages
    No more texts please
    no more
    no texts
    No messages please
    No thanks no more texts
    enough
    Enough with the texts
    discontinue texts
    turn off the reminders
    take me off this list
    Take me off your list please
    remove me
    remove me from your list
    Please remove my number
    take my number off
    Take my cell phone off your list
    delete my number
    lose my number
    wrong number
    Wrong number!!
    You have the wrong number
    u got the wrong person
    Wrong phone, I am not Maria
    nobody by that name here
    this is not my number
    That isn't her phone
    leave me alone
    LEAVE ME ALONE!!!
    go away
    get lost
    fuck off
    not interested
    this is harassment
    stop harassing me
    I will report you
    knock it off
    done with this
    should I stop my aspirin?
    When do I stop eating?
    what time does it end?
    can I cancel my appointment?
    I want to quit smoking
    how do I stop the bleeding
    Don't stop!
    My son can pick me up at the end of the day
    no me manden más mensajes
    No me mande mas mensajes
    no me envíen más textos
    NO ME ESCRIBAN
    no me escriba más por favor
    No me molesten
    no me texteen
    ya no me manden nada
    por favor no me contacten
    no quiero que me escriban
    No vuelvan a escribirme
    deje de escribirme
    dejen de mandarme mensajes
    Deje de molestar
    déjenme en paz
    Dejeme en paz!
    no quiero mensajes
    No quiero más mensajes
    no quiero recibir más textos
    no deseo recibir mensajes
    ya no necesito estos recordatorios
    yo no pedí estos mensajes
    no más
    Ya no más mensajes
    ya no más
    No mas por favor
    ya no quiero mas
    número equivocado
    Numero equivocado
    Tiene el número equivocado
    se equivocó de número
    Esta equivocado de numero
    persona equivocada
    yo no soy el paciente
    quítenme de la lista
    Quíteme de su lista por favor
    sáquenme de esa lista
    borren mi número
    elimine mi teléfono
    quiero darme de baja
    Deme de baja
    no me interesa
    no autorizo estos textos
    retiro mi consentimiento
    cancelen los mensajes
    por favor cancelar mis mensajes
    unsuscribirme
    stop los mensajes por favor
    no me manden texts
    ya stop please gracias amigo
    tengo la presión baja
    ¿puedo cancelar mi cita?
    > Reply STOP to end texts, HELP for help.
"""

OPT_INS = """
    START
    start
    Start!
    "START"
    start please
    UNSTOP
    yes
    YES
    Yes.
    yes yes
    👍 YES 👍
    Comenzar
    COMENZAR por favor
    iniciar
    Empezar
    reanudar
"""

CALLS_FOR_HELP = """
    HELP
    help
    Help!
    help?
    help help
    INFO
    info.
    Ayuda
    ¡AYUDA!
    “ayuda”
    Help info
"""

ANYTHING_ELSE = """
    ok
    OK thanks
    Thank you!
    👍
    ❤️❤️
    ...
    ?
    K
    gracias
    Muchas gracias doctora
    si
    Sí
    sí, gracias
    no
    No thanks
    yes please
    yes I will be there
    Yes, I ate at 9
    y
    who is this?
    ¿quién es?
    Who is this number
    What time is my appointment?
    Can I drink coffee
    I ate at 9pm is that ok
    I did not get your text
    I don't understand the text
    I got no call from you yet
    no me mandaron la hora
    No me llegó el mensaje
    No me llamaron
    ¿a qué hora tengo que llegar?
    puedo tomar agua?
    I have a fever and my back hurts
    chest pain help me
    help me please
    please help
    Necesito ayuda para llegar
    my ride cancelled
    I stopped my aspirin yesterday
    It ended well
    I was unstoppable
    the bus stops here
    He starts at 9
    I started the wash
    Is it the same address?
    where do I park
    start time?
    info about parking please
    call me
    llámeme por favor
    can you text me the address
    text me later
    don't forget my ride
    I won't be able to text back, call me
    I don't need a ride
    I no longer need a ride
    I am not sure
    This is Maria, new phone
    la hora está equivocada
    I think the time is wrong
    quite a lot of pain
    tengo dolor
    Tengo la presión alta
    Para qué hora es?
    no puedo comer?
    No me siento bien
    no quiero más dolor
    no quiero comer nada de grasa, está bien?
    Liked “Anchor Healthcare: Maria, bring a ride home. Reply STOP to end texts, HELP for help.”
    Loved “Reply STOP to end texts”
    Disliked “Reply STOP to end texts”
    Laughed at “Reply STOP to end texts”
    Reacted 👍 to “Reply STOP to end texts”
    👍 to “Reply STOP to end texts”
    \u200a👍\u200b to \u201cReply STOP to end texts\u201d
    Removed a heart from “Reply STOP to end texts”
    Le gustó “Responda STOP para salir”
    Le encantó «Responda STOP para salir»
    スタート
    спасибо
"""


def rows(table: str, kind: ReplyKind) -> list[tuple[str, ReplyKind]]:
    return [(line.strip(" "), kind) for line in table.strip("\n").splitlines() if line.strip()]


TABLE = [
    *rows(OPT_OUTS, STOP),
    *rows(REFUSED, REFUSAL),
    *rows(OPT_INS, START),
    *rows(CALLS_FOR_HELP, HELP),
    *rows(ANYTHING_ELSE, OTHER),
]


@pytest.mark.parametrize(("body", "kind"), TABLE, ids=[body for body, _ in TABLE])
def test_a_reply_is_taken_for_what_it_asks(body: str, kind: ReplyKind) -> None:
    assert kind_of(body) is kind


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len({body for body, _ in TABLE}) >= 250


@pytest.mark.parametrize("body", ["", " ", "\n\n", "\u200b", "\x00"])
def test_a_reply_without_words_is_for_a_person_to_see(body: str) -> None:
    assert kind_of(body) is OTHER


def test_lines_of_a_reply_are_read_as_one() -> None:
    assert kind_of("Stop\n\n") is STOP
    assert kind_of("hi\nplease stop\ntexting") is REFUSAL
    assert kind_of("Liked “Anchor Healthcare:\nReply STOP to end texts”") is OTHER


def test_whoever_quotes_our_words_and_adds_to_them_is_not_just_tapping() -> None:
    assert kind_of("Liked “Reply STOP to end texts” but please stop") is REFUSAL


@pytest.mark.parametrize(
    ("word", "kind"), [("STOP", STOP), ("START", START), ("HELP", HELP), ("stop", STOP), (" Stop ", STOP)]
)
def test_what_the_provider_has_taken_it_for_wins(word: str, kind: ReplyKind) -> None:
    assert kind_of("Adiós", word) is kind


@pytest.mark.parametrize("word", ["", "WHO", "none"])
def test_a_word_of_the_providers_that_nobody_knows_decides_nothing(word: str) -> None:
    assert kind_of("STOP", word) is STOP
    assert kind_of("thanks", word) is OTHER

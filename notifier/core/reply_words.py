"""The words by which a reply is known: opt-outs, opt-ins, calls for help, and refusals in a patient's own words.

All are written as `core.replies` folds a reply: small letters without accents or apostrophes, words parted by
one blank.
"""

# What carriers and Twilio take as opt-out, and how Spanish speakers say it.
STOP_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "optout", "revoke", "end", "quit", "cancel"}
    | {"alto", "parar", "pare", "paren", "baja", "cancelar", "cancele", "detener", "detenga"}
    | {"desuscribir", "desuscribirme", "basta"}
)
# “Sí” is not among them, as “yes” is: no carrier takes it for an opt-in, people answer all kinds of things with
# it, and a text to somebody who wanted none is worse than one question more for the staff.
START_WORDS = frozenset({"start", "unstop", "yes", "comenzar", "iniciar", "empezar", "reanudar"})
HELP_WORDS = frozenset({"help", "info", "ayuda"})

# In company these may mean something else: “please cancel” the visit, “help me please” up, “yes thanks”.
AMBIGUOUS_WORDS = HELP_WORDS | {"cancel", "cancelar", "cancele", "end", "quit", "baja", "yes"}
COURTESY = frozenset(
    {"please", "pls", "plz", "thanks", "thank", "you", "thx", "ok", "now", "reply", "text", "texts", "all", "the"}
    | {"message", "messages", "word", "sms", "por", "favor", "gracias", "ya", "mensaje", "mensajes"}
)

_TEXTS = r"(?:sms|spam|(?:text|message|msg|txt|reminder|alert|notification)s?|(?:text|messag)ing)"
_TO_TEXT = r"(?:text(?:s|ing|ed)?|txt|messag(?:e|es|ing)|msg|contact(?:ing|ed)?|bother(?:ing)?|spam)"
_ANY = (
    r"(?:(?:to|get|getting|receive|receiving|have|see|with|any|anymore|more|of|all|your|these|the|those|this|such|a)"
    r" ){0,4}"
)
_FILLERS = r"(?:(?:ever|you|please|to|want you to|want to be|be) )*"
_NOT_WANT = r"(?:want(?:ed)?|wish|need|consent|agreed?|ask(?:ed)?|sign(?:ed)? up|like)"
_MENSAJES = r"(?:mensaj(?:e|es|itos)|textos?|sms|msjs?|recordatorios?|avisos|texts?|notificaciones)"
_ESCRIBAN = (
    r"(?:(?:mand|envi|molest|contact|texte|mensaje)(?:e|en|es|ar|arme)|escrib(?:a|an|as|ir|irme))"  # not mandó, envió
)
_DE_ESCRIBIR = r"(?:mand|envi|escrib|molest|contact|text|mensaj|llam|fastidi)\w*"

# “I do not want it”, said without any of the words above. They err on the side of blocking: the law takes any
# reasonable wording for an opt-out, and the staff see each one of these and decide.
REFUSALS = (
    # The words themselves, mistyped.
    r"s+t+o{2,}p+|s+t+o+p{2,}|st{2,}op|stpo|sotp|tsop|stp|stop2",
    r"unsub\w*|unsuscri\w*|cancle|cancell|canel|stopping all",
    r"opt(?:ed|ing)? (?:me )?out",
    # English.
    rf"(?:do not|dont|never|not) {_FILLERS}{_TO_TEXT} (?:me|us|my|this|here|again|anymore|any more|back)",
    r"(?:do not|dont|never) (?:ever )?send (?:me|us|this|these|any|anything|more)",
    rf"(?:do not|dont|didnt|did not|no longer|never) {_NOT_WANT} (?:for )?{_ANY}{_TEXTS}",
    r"(?:do not|no longer|dont) consent|(?:withdraw|revoking|take back) (?:my )?(?:consent|permission)",
    rf"(?:no more|enough|discontinue|cease|pause|halt|(?:turn|shut|switch|cut) (?:off|out)) {_ANY}{_TEXTS}",
    r"(?:take|remove|delete|drop|unlist|erase|scratch|get) (?:me|us|(?:my|this|that)(?: \w+){1,2}) (?:off|from|out)",
    r"(?:remove|delete|erase|lose|forget) (?:me|us|(?:my|this) (?:cell |phone )?(?:number|phone|name|info|contact))",
    r"wrong (?:number|person|phone|patient|guy|lady|man|woman|one|family|house|cell)|not (?:the|your) patient",
    r"(?:no one|noone|nobody) (?:here )?(?:by|with|of|called|named)",
    r"(?:not|isnt|no longer) (?:my|her|his|their) (?:number|phone|cell)",
    r"leave (?:me|us) (?:alone|be)|go away|get lost|buzz off|piss off|fuck off|fuck you|screw you",
    r"not interested|harass\w*|knock it off|cut it out|shut up|(?:report|block|sue|reporting|blocking) (?:you|u)",
    # Spanish.
    rf"no (?:(?:me|nos|le|les|quiero que|vuelvan? a|vuelvas a|deben?|mas|ya) )*{_ESCRIBAN}",
    rf"(?:deje|dejen|deja|dejar|dejenme|dejeme|dejame|para) de (?:me )?{_DE_ESCRIBIR}",
    r"(?:deje|dejen|deja)(?:me|nos) (?:en paz|tranquil[oa]s?)",
    rf"no (?:quiero|deseo|queremos|quisiera|necesito|acepto|autorizo|pedi|solicite) (?:\w+ ){{0,3}}{_MENSAJES}",
    r"no (?:quiero|deseo|queremos) recibir\w*",
    rf"no mas {_MENSAJES}|suficientes {_MENSAJES}",
    r"(?:numero|persona|telefono|celular|cel) (?:equivocad[oa]|incorrect[oa]|erroneo)",
    r"equivoc\w+ (?:de|el) (?:numero|persona|telefono|cel\w*)|no soy (?:esa persona|el paciente|la paciente)",
    r"(?:quite|quiten|saque|saquen|borre|borren|elimine|eliminen)(?:me|nos)",
    r"(?:quit|sac|borr|elimin|remuev)\w* (?:mi|este) (?:numero|telefono|nombre|celular|cel)",
    r"no me interesa|no autorizo|(?:retiro|revoco) mi (?:consentimiento|permiso)",
    r"cancelen|terminen|suspendan|detengan|desuscrib\w*",
)

# These are a refusal where nothing else is said.
WHOLE_REFUSALS = (
    rf"(?:please )?no (?:thanks )?(?:more )?{_TEXTS}(?: please| thanks)?",
    r"(?:ya )?no (?:quiero )?mas(?: por favor| gracias)?",
    r"no more(?: please| thanks)?",
    r"enough(?: already)?|(?:i am |im )?done with (?:this|you)|ya estuvo",
)

# What a telephone sends when somebody taps on a text of ours, before it quotes that text, STOP among its words.
REACTIONS = (
    r"(?:dis)?liked|loved|emphasi[sz]ed|questioned|laughed at|reacted \S+ to|removed an? [\w ]{1,20} from",
    r"me gusta|(?:le )?(?:gusto|encanto)|(?:se rio|se ha reido) de|reacciono con \S+ a|ha destacado",
    r"[^\w\s]{1,8} (?:to|a)",  # an emoji
)

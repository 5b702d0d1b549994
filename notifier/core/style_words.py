"""The words by which a text is judged: days that pass, medical names, reply words, jargon and easy long words.

Patterns are matched without regard to case unless `(?-i:…)` says otherwise; a blank in one stands for
one white space of any kind. A vowel in brackets may lack its accent.
"""

from collections.abc import Mapping

_COUNT = r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|few|couple|half)"
_COUNTS = rf"(?:{_COUNT}[ -](?:(?:to|or|of) )?){{1,3}}"  # "8", "8 to 12", "a couple of"
_UNIT = r"(?:minute|min|hour|hr|day|week|month)s?\b"
_NO_START = r"(?! (?:from|after|of|before)\b(?! now))"
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"

_CUENTA = r"(?:\d+|un|una|unos|unas|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|doce|poc[oa]s|par|media)"
_CUENTAS = rf"(?:{_CUENTA}[ -](?:(?:a|o|u|de) )?){{1,3}}"
_UNIDAD = r"(?:minutos?|horas?|d[ií]as?|semanas?|mes(?:es)?)\b"
_SIN_INICIO = r"(?! (?:desde|despu[eé]s|antes|a partir|del?|tras)\b)"
_DIA = r"(?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo)"

# Times that are wrong for whoever reads a text late. What names its own start ("in 6 weeks from …",
# "the next morning") and how often something is done ("twice in 24 hours") are right at any time.
RELATIVE_TIMES: Mapping[str, tuple[str, ...]] = {
    "en": (
        r"day after tomorrow",
        r"tonight|tonite|today|tomorrow|yesterday",
        rf"this (?:morning|afternoon|evening|week(?:end)?|month|{_WEEKDAY})",
        rf"(?<!the )next (?:week(?:end)?|month|{_WEEKDAY})",
        r"(?<!the )last (?:night|week(?:end)?|month)",
        rf"(?<!once )(?<!twice )(?<!times )in (?:about )?{_COUNTS}{_UNIT}{_NO_START}",
        rf"the next {_COUNTS}{_UNIT}{_NO_START}",
        rf"{_COUNTS}{_UNIT} (?:from now|ago)",
    ),
    "es": (
        r"pasado mañana",
        r"hoy|ayer|anoche|anteayer|antier",
        r"est[ae] (?:noche|mañana|tarde|madrugada|semana|fin de semana|mes)",
        rf"este {_DIA}",
        # "por la mañana" and "mañana y noche" are hours of a day; "mañana" alone is a day.
        r"(?<!la )(?<!una )(?<!cada )(?<!media )(?<!noche y )mañana(?!,? (?:y (?:tarde|noche)|tarde y)\b)",
        rf"pr[oó]xim[oa] (?:semana|fin de semana|mes|{_DIA})",
        rf"(?:semana|mes|{_DIA}) (?:pr[oó]xim[oa]|pasad[oa]|que (?:viene|entra))",
        rf"(?<!vez )(?<!veces )(?:en|dentro de|de aqu[ií] a) {_CUENTAS}{_UNIDAD}{_SIN_INICIO}",
        rf"l[oa]s pr[oó]xim[oa]s {_CUENTAS}{_UNIDAD}{_SIN_INICIO}",
        rf"hace {_CUENTAS}{_UNIDAD}",
    ),
}

# Words that hardly a sentence of one language does without, and that no sentence of the other has.
_SMALL_EN = """
    the and you your to of for with is are be will at by on or not before after from until this that it please call
"""
_SMALL_ES = """
    el la los las de del y su sus que para con por es en al un una antes después desde hasta usted favor llame si
"""
SMALL_WORDS: Mapping[str, frozenset[str]] = {"en": frozenset(_SMALL_EN.split()), "es": frozenset(_SMALL_ES.split())}

# Who sees a phone's screen must not learn from it what its owner has, takes or is treated with. The
# class "blood thinner" and the soap Hibiclens are named by the shipped protocol, and allowed.
MEDICAL_NAMES = (
    r"(?-i:MILD|HIV|VIH|COPD|EPOC|GERD)",  # "mild" is a word
    # Procedures and diseases by how they end: laminectomy, arthroplasty, colonoscopia, arthritis …
    r"\w+(?:ectom(?:y|ies|[ií]as?)|(?:ot|ost)om(?:y|ies|[ií]as?)|plast(?:y|ies|[ií]as?)|oscop(?:y|ies|[ií]as?)|itis)",
    r"lumbar(?:es)?|spinal|espinal|e?stenosis|decompression|descompresi[oó]n|kyphosis|scoliosis|escoliosis",
    r"(?:spine|back|knee|hip|heart) (?:surgery|operation)|spine procedure",
    r"(?:cirug[ií]a|operaci[oó]n) (?:de|del|en) (?:la |el )?(?:columna|espalda|rodilla|cadera|coraz[oó]n)",
    r"epidural|biops(?:y|ies|ias?)|sciatica|ci[aá]tica|herniat(?:ed|ion)|hernias?|radiculopathy|radiculopat[ií]a",
    r"cancer|c[aá]ncer|tumou?rs?|tumor(?:es)|chemo(?:therapy)?|quimioterapia|cataracts?|cataratas?",
    r"diabetes|diabetic|diab[eé]tic[oa]s?|hypertension|hipertensi[oó]n|asthma|pneumonia|neumon[ií]a|epilepsy|epilepsia",
    # Drugs, as sold and as prescribed.
    r"warfarina?|coumadin|jantoven|apixab[aá]n|eliquis|rivaroxab[aá]n|xarelto|dabigatr[aá]n|pradaxa|edoxab[aá]n|savaysa",
    r"clopidogrel|plavix|prasugrel|effient|ticagrelor|brilinta|heparina?|enoxaparina?|lovenox|aspirina?",
    r"ibuprofeno?|advil|motrin|naproxeno?|aleve|celecoxib|celebrex|meloxicam|diclofenaco?|ketorolaco?",
    r"acetaminophen|acetaminof[eé]n|paracetamol|tylenol|gabapentina?|pregabalina?|lyrica|prednisona?|prednisone",
    r"oxycodone|oxicodona|oxycontin|percocet|hydrocodone|hidrocodona|vicodin|norco|tramadol|morphine|morfina",
    r"fentanyl|fentanilo|codeine|code[ií]na|hydromorphone|hidromorfona|dilaudid|methadone|metadona|naloxone|narcan",
    r"metformina?|insulina?|ozempic|wegovy|semaglutid[ea]|mounjaro|tirzepatid[ea]|trulicity|victoza|jardiance|farxiga",
    r"lisinopril|losart[aá]n|metoprolol|amlodipin[eo]|atorvastatina?|lipitor|diazepam|valium|lorazepam|ativan|xanax",
    r"amoxicillin|amoxicilina|cephalexin|cefalexina|vancomycin|vancomicina|lidoca[ií]ne|lidoca[ií]na|propofol|midazolam",
)

# A protocol whose title is one of these gives nothing away when a text says the same word.
PLAIN_TITLES = frozenset(
    {"appointment", "operation", "procedure", "reminder", "surgery", "visit"}
    | {"cirugía", "cita", "operación", "procedimiento", "recordatorio", "visita"}
)

OPENING_QUOTES = r"\"'“‘«"  # noqa: RUF001 - what people type is looked for
CLOSING_QUOTES = r"\"'”’»"  # noqa: RUF001 - what people type is looked for

# Signs outside GSM-7 that word processors put in, and what to type instead.
TWINS = (
    dict.fromkeys("‘’‚‛′´`", "'")  # noqa: RUF001 - what people type is looked for
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")  # noqa: RUF001 - what people type is looked for
    | dict.fromkeys("\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u202f", " ")
    | {"…": "...", "•": "*"}
)

# What carriers and Twilio take as opt-out or opt-in, and how a text asks for a reply.
CARRIER_WORDS = "CANCEL|END|QUIT|STOP|STOPALL|UNSUBSCRIBE|REVOKE|OPTOUT|YES|START|UNSTOP"
REPLY_VERBS = "reply|replying|respond|answer|text back|write back|responda|responder|conteste|contestar"
REPLY_FILLERS = "with|back|the|word|to|this|text|message|us|by|con|la|palabra|a|este|mensaje|un|texto"

# Jargon, and what to write instead.
PLAIN_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "accompany": "come with",
        "administer": "give",
        "administered": "given",
        "adverse": "bad",
        "ambulate": "walk",
        "ambulating": "walking",
        "ambulation": "walking",
        "analgesic": "pain medicine",
        "analgesics": "pain medicine",
        "anesthesia": "medicine that makes you sleep",
        "anesthesiologist": "doctor who helps you sleep",
        "anti-inflammatory": "that eases swelling",
        "anticoagulant": "blood thinner",
        "anticoagulants": "blood thinners",
        "antiseptic": "Hibiclens soap, or the soap we gave you",
        "aspirate": "breathe in",
        "commence": "begin",
        "comply with": "follow",
        "contraindicated": "not safe for you",
        "contraindication": "reason not to",
        "discontinue": "stop taking",
        "discontinued": "stopped",
        "dressing change": "new bandage",
        "edema": "swelling",
        "elevate": "raise",
        "elevated": "raised",
        "facilitate": "help",
        "fasting state": "with an empty stomach",
        "febrile": "with a fever",
        "identification": "ID",
        "incision care regimen": "care of your cut",
        "ingest": "eat or drink",
        "initiate": "begin",
        "intravenous": "into a vein",
        "nil by mouth": "nothing to eat or drink",
        "nil per os": "nothing to eat or drink",
        "npo": "nothing to eat or drink",
        "nsaid": "pain medicine",
        "nsaids": "pain medicine",
        "palpate": "touch",
        "perioperative": "around your procedure",
        "physician": "doctor",
        "post-op": "after your procedure",
        "postoperative": "after your procedure",
        "pre-op": "before your procedure",
        "preoperative": "before your procedure",
        "prior to": "before",
        "pursuant to": "by",
        "refrain from": "do not",
        "regimen": "plan",
        "subsequent to": "after",
        "subsequently": "then",
        "terminate": "end",
        "transportation": "ride",
        "utilization": "use",
        "utilize": "use",
        "utilizing": "using",
    },
    "es": {
        "administrar": "dar",
        "analgésico": "medicina para el dolor",
        "analgésicos": "medicinas para el dolor",
        "anestesiólogo": "doctor que le ayuda a dormir",
        "ambular": "caminar",
        "antiinflamatorio": "que baja la hinchazón",
        "antiinflamatorios": "medicinas para la hinchazón",
        "antiséptico": "jabón Hibiclens, o el jabón que le dimos",
        "con anterioridad a": "antes de",
        "con posterioridad a": "después de",
        "contraindicado": "no es seguro para usted",
        "contraindicada": "no es segura para usted",
        "deambular": "caminar",
        "descontinuar": "dejar de tomar",
        "descontinúe": "deje de tomar",
        "discontinuar": "dejar de tomar",
        "edema": "hinchazón",
        "estado de ayuno": "sin comer ni beber",
        "facultativo": "doctor",
        "febril": "con fiebre",
        "ingerir": "comer o beber",
        "ingesta": "comida y bebida",
        "intravenoso": "en la vena",
        "intravenosa": "en la vena",
        "nada por vía oral": "no coma ni beba",
        "nil per os": "no coma ni beba",
        "npo": "no coma ni beba",
        "perioperatorio": "antes y después de su procedimiento",
        "posoperatorio": "después de su procedimiento",
        "postoperatorio": "después de su procedimiento",
        "preoperatorio": "antes de su procedimiento",
        "previo a": "antes de",
        "régimen": "plan",
    },
}

# English words of four syllables or more that a sixth-grader reads without a stop.
_EASY = """
    ability accessories accidental accidentally accurately activities activity additional adjustable adorable
    alcoholic america american americans animated anniversary antibiotic antibiotics anybody apologize apology
    application appropriately arizona asparagus auditorium automatic automatically automobile available avocado
    beautifully beforehand cafeteria caffeinated calculator calculators california carbonated cauliflower
    celebrating celebration celebrity ceremony colorado comfortable comfortably communicate communication
    communications community conditioner considering conversation cooperation cooperative coordinator decaffeinated
    decoration definitely deliveries delivering delivery development dictionary difficulty directory disabilities
    disability disappointed discovery dormitory education electrical electricity electrolyte electrolytes electronic
    electronics elementary elevator elevators emergencies emergency energetic entertainment environment equality
    especially evaporated eventually everybody everyday everything everywhere examination exercising experiment
    explanation generally helicopter hospitality identical identified identify imaginary imagination immediately
    immunization immunizations impossible incredible incredibly independently individual information interested
    interesting interpretation interpreter interpreters introduction invisible invitation kilometers kindergarten
    laboratory literally macaroni machinery majority medication medications memorable military minority moisturizer
    motorcycle necessary operated operating operation operations operator opportunity ordinary original originally
    particular particularly personally photographer photography physically population possibility practically
    preparation preparations presentation reasonable recovering recovery recreational refrigerate refrigerated
    refrigerator regularly relaxation remembering reservation responsibility responsible ridiculous secretary
    security separated separately similarly somebody supermarket technically technology television temperature
    temperatures temporarily temporary thermometer traditional typically uncomfortable understanding underwater
    unexpected unfortunately university unlimited unnecessary unusually vaccination vaccinations vegetable
    vegetables vegetarian veterinary visitation vocabulary voluntary volunteering watermelon
"""
EASY_LONG_WORDS = frozenset(_EASY.split())

"""Texts: templates and their mistakes, instants written as people do, names from the real world."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from babel import UnknownLocaleError

from notifier.core.model import Placeholder
from notifier.core.problems import WordingError
from notifier.core.wording import (
    Filled,
    fill_in,
    in_language,
    locale_of,
    names_in,
    parse_template,
    placeholders,
    write_instant,
)
from tests.core.clinics import DENVER, PHOENIX, a_patient, denver, local

# Templates.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("Drink water.", ("Drink water.",)),
        ("{name}", (Placeholder("name"),)),
        ("{clinic}: eat by {last-meal}.", (Placeholder("clinic"), ": eat by ", Placeholder("last-meal"), ".")),
        ("{last-meal:time}{last-meal:date}", (Placeholder("last-meal", "time"), Placeholder("last-meal", "date"))),
        ("a {{brace}} and {{", ("a {brace} and {",)),
        ("{{{name}}}", ("{", Placeholder("name"), "}")),
    ],
)
def test_a_text_is_read_into_words_and_placeholders(text: str, expected: tuple[str | Placeholder, ...]) -> None:
    assert parse_template(text) == expected


@pytest.mark.parametrize(
    ("text", "offset", "message", "hint"),
    [
        ("Dear {name", 5, "This “{” has no partner.", "For a brace in the text itself write “{{”."),
        ("Dear name}", 9, "This “}” has no partner.", "For a brace in the text itself write “}}”."),
        ("Dear {na{me}", 5, "This “{” has no partner.", "For a brace in the text itself write “{{”."),
        ("{{name}", 6, "This “}” has no partner.", "For a brace in the text itself write “}}”."),
    ],
)
def test_a_brace_without_a_partner_is_told_where_it_stands(text: str, offset: int, message: str, hint: str) -> None:
    with pytest.raises(WordingError) as caught:
        parse_template(text)
    error = caught.value
    assert (error.code, error.offset, str(error), error.hint) == ("placeholder", offset, message, hint)


@pytest.mark.parametrize("inside", ["", " name", "last meal", "1st", "name!", "name:", "last-meal:TIME", "a:b:c"])
def test_braces_that_hold_no_name_are_told(inside: str) -> None:
    with pytest.raises(WordingError) as caught:
        parse_template(f"Hi {{{inside}}}")
    error = caught.value
    assert (error.code, error.offset, str(error)) == ("placeholder", 3, f"“{{{inside}}}” is not a placeholder.")
    assert error.hint == (
        "Braces hold one name, such as “{name}” or “{procedure:date}”; for braces in the text write “{{” and “}}”."
    )


@pytest.mark.parametrize(
    ("name", "part"), [("last-meal", "hour"), ("name", "time"), ("clinic", "date"), ("phone", "time")]
)
def test_only_an_instant_has_parts_and_only_two(name: str, part: str) -> None:
    with pytest.raises(WordingError) as caught:
        parse_template(f"At {{{name}:{part}}}")
    error = caught.value
    assert (error.code, error.offset) == ("placeholder", 3)
    assert str(error) == f"“{{{name}:{part}}}” asks for a part that there is not."
    assert error.hint == f"Write “{{{name}}}”, or “:time” or “:date” after the name of a moment."


def test_the_instants_of_all_languages_of_a_text_are_its_instants() -> None:
    texts = {
        "en": parse_template("{clinic} {phone} {name}: {last-meal:time}, {last-meal:date}"),
        "es": parse_template("{procedure}"),
    }
    assert names_in(texts) == {"last-meal", "procedure"}
    assert placeholders(texts["es"]) == (Placeholder("procedure"),)


@pytest.mark.parametrize(("language", "expected"), [("es", ("es", ("Hola",))), ("vi", ("en", ("Hello",)))])
def test_a_language_without_a_text_falls_back_to_the_clinics_first(language: str, expected: object) -> None:
    texts = {"es": ("Hola",), "en": ("Hello",)}
    assert in_language(texts, language, denver(languages=("en", "es"))) == expected


# Instants as people write them.

HALF_PAST_ELEVEN = local("2026-12-02 23:30")


@pytest.mark.parametrize(
    ("language", "country", "part", "expected"),
    [
        ("en", "US", None, "Wed, Dec 2, 11:30 PM"),
        ("en", "US", "time", "11:30 PM"),
        ("en", "US", "date", "Wed, Dec 2"),
        ("es", "US", None, "mié, 2 de dic, 11:30 p.m."),
        ("es", "US", "time", "11:30 p.m."),
        ("es", "US", "date", "mié, 2 de dic"),
        ("en", "GB", None, "Wed 2 Dec, 23:30"),
        ("vi", "US", "time", "23:30"),
    ],
)
def test_an_instant_is_written_in_the_language_of_the_patient(
    language: str, country: str, part: str | None, expected: str
) -> None:
    assert write_instant(HALF_PAST_ELEVEN, ZoneInfo(DENVER), language, country, part=part) == expected


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_no_space_is_of_a_kind_that_makes_a_text_longer(language: str) -> None:
    written = write_instant(HALF_PAST_ELEVEN, ZoneInfo(DENVER), language, "US")
    assert {character for character in written if character.isspace()} == {" "}


@pytest.mark.parametrize(
    ("instant", "zone", "expected"),
    [
        pytest.param(local("2026-11-01 01:30"), DENVER, "Sun, Nov 1, 1:30 AM MDT", id="the first half past one"),
        pytest.param(local("2026-11-01 01:30", again=True), DENVER, "Sun, Nov 1, 1:30 AM MST", id="the second"),
        pytest.param(local("2026-11-01 00:59"), DENVER, "Sun, Nov 1, 12:59 AM", id="a minute before the two"),
        pytest.param(local("2026-11-01 02:00"), DENVER, "Sun, Nov 1, 2:00 AM", id="a minute after the two"),
        pytest.param(local("2027-03-14 02:30"), DENVER, "Sun, Mar 14, 3:30 AM", id="no clock shows half past two"),
        pytest.param(local("2026-11-01 01:30", PHOENIX), PHOENIX, "Sun, Nov 1, 1:30 AM", id="once only in Phoenix"),
    ],
)
def test_the_zone_is_named_where_clocks_show_a_time_twice(instant: datetime, zone: str, expected: str) -> None:
    assert write_instant(instant, ZoneInfo(zone), "en", "US") == expected


@pytest.mark.parametrize(
    ("zone", "part", "expected"),
    [
        ("America/Denver", None, "Thu, Dec 3, 12:00 AM MST"),
        ("America/Sao_Paulo", "time", "4:00 AM UTC-03"),
        ("Asia/Kathmandu", "time", "12:45 PM UTC+0545"),
        ("America/Sao_Paulo", "date", "Thu, Dec 3"),
    ],
)
def test_a_zone_is_named_by_its_letters_or_else_its_offset(zone: str, part: str | None, expected: str) -> None:
    midnight = local("2026-12-03 00:00")
    assert write_instant(midnight, ZoneInfo(zone), "en", "US", part=part, name_zone=True) == expected


def test_a_language_is_written_as_in_the_country_or_else_as_at_home() -> None:
    assert str(locale_of("es", "US")) == "es_US"
    assert str(locale_of("vi", "US")) == "vi"
    with pytest.raises(UnknownLocaleError):
        locale_of("xx", "US")


# Filling in.


def filled(text: str, *, name: str = "Maria", zone: str = DENVER, language: str = "en", **instants: datetime) -> Filled:
    """Fill in a text; an instant `last_meal` is the moment `last-meal`."""
    named = {key.replace("_", "-"): instant for key, instant in instants.items()}
    return fill_in(parse_template(text), language, named, a_patient(name=name, zone=zone), denver())


def test_a_text_names_clinic_phone_and_patient() -> None:
    text = filled("{clinic}: {name}, call {phone}.")
    assert text == Filled("Anchor Healthcare: Maria, call +1 303 555 0100.", {}, frozenset())


@pytest.mark.parametrize(
    "name",
    [
        "O'Connor",
        "José-María",
        "Nguyễn",
        "李",
        "محمد",
        "Zoë 🙂",
        "{last-meal}",
        "{clinic} {{x}}",
        '"Bobby"; drop',
        "%s {0} \\1",
        "M" * 60,
    ],
)
def test_a_name_stands_in_a_text_as_it_is(name: str) -> None:
    assert filled("Dear {name}, {{rest}}.", name=name).body == f"Dear {name}, {{rest}}."


def test_a_text_knows_which_instants_it_prints_and_which_as_a_date_only() -> None:
    procedure, last_meal, dry_ends = local("2026-12-03 07:30"), local("2026-12-02 23:30"), local("2026-12-05 08:30")
    text = filled(
        "{last-meal:date} {last-meal:time} {procedure:date} {dry-ends:date} {dry-ends}",
        procedure=procedure,
        last_meal=last_meal,
        dry_ends=dry_ends,
        therapy_starts=local("2026-12-31 10:00"),
    )
    assert text.body == "Wed, Dec 2 11:30 PM Thu, Dec 3 Sat, Dec 5 Sat, Dec 5, 8:30 AM"
    assert text.moments == {"procedure": procedure, "last-meal": last_meal, "dry-ends": dry_ends}
    assert text.dates_only == {"procedure"}


def test_an_instant_that_there_is_not_is_our_own_mistake() -> None:
    with pytest.raises(KeyError, match="thinner-stops"):
        filled("{thinner-stops}")


@pytest.mark.parametrize(
    ("text", "wall", "expected"),
    [
        pytest.param("{procedure}", "2026-07-16 07:30", "Thu, Jul 16, 7:30 AM MDT", id="procedure: the clinic's clock"),
        pytest.param("{arrival:time}", "2026-07-16 06:30", "6:30 AM MDT", id="arrival: the clinic's clock"),
        pytest.param("{last-meal}", "2026-07-15 23:30", "Wed, Jul 15, 10:30 PM MST", id="the rest: the patient's"),
        pytest.param("{last-meal:date}", "2026-07-16 00:30", "Wed, Jul 15", id="a date: the patient's, without zone"),
        pytest.param("{procedure:date}", "2026-07-16 00:30", "Thu, Jul 16", id="its own date: the clinic's"),
        pytest.param("{last-meal}", "2026-12-02 23:30", "Wed, Dec 2, 11:30 PM", id="winter: the same clock, no zone"),
        pytest.param("{procedure}", "2026-12-03 07:30", "Thu, Dec 3, 7:30 AM", id="winter: no zone there either"),
    ],
)
def test_a_patient_in_phoenix_reads_which_clock_is_meant(text: str, wall: str, expected: str) -> None:
    instant = local(wall, DENVER)
    body = filled(text, zone=PHOENIX, procedure=instant, arrival=instant, last_meal=instant).body
    assert body == expected


def test_the_clinics_clock_may_show_a_time_twice() -> None:
    second = local("2026-11-01 01:30", again=True)  # when Phoenix and Denver are level again
    assert filled("{procedure}, {last-meal:time}", zone=PHOENIX, procedure=second, last_meal=second).body == (
        "Sun, Nov 1, 1:30 AM MST, 1:30 AM"
    )


def test_an_instant_is_written_in_the_language_of_the_text() -> None:
    assert filled("antes de {last-meal}", language="es", last_meal=HALF_PAST_ELEVEN).body == (
        "antes de mié, 2 de dic, 11:30 p.m."
    )

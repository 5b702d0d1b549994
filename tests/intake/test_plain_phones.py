"""Phones written plainly are read without the slow reader: with the same outcome, whatever the digits."""

import re

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberType

from notifier.core.problems import WordingError
from notifier.intake.values import read_patient_phone

CAN_BE_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
WAYS = ("+1{}{}{}", "+1 {} {} {}", "+1-{}-{}-{}", "{}{}{}", "({}) {}-{}", "{}.{}.{}", " {} {} {} ", "+1 ({}) {}-{}")


def by_library(text: str) -> str | None:
    number = phonenumbers.parse(text, "US")
    if phonenumbers.number_type(number) not in CAN_BE_MOBILE:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def by_us(text: str) -> str | None:
    try:
        return read_patient_phone(text, "US")
    except WordingError:
        return None


@given(area=st.integers(200, 999), exchange=st.integers(0, 999), line=st.integers(0, 9999), way=st.sampled_from(WAYS))
@example(area=720, exchange=555, line=134, way=WAYS[0])
@example(area=246, exchange=521, line=1000, way=WAYS[0])  # Barbados decides by seven digits
@example(area=900, exchange=555, line=100, way=WAYS[4])
def test_the_outcome_is_the_librarys(area: int, exchange: int, line: int, way: str) -> None:
    text = way.format(f"{area:03}", f"{exchange:03}", f"{line:04}")
    assert by_us(text) == by_library(text)


@pytest.mark.parametrize("region", sorted(phonenumbers.region_codes_for_country_code(1)))
def test_the_first_seven_digits_decide_what_a_number_is(region: str) -> None:
    metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata is not None
    kinds = ("fixed_line", "mobile", "toll_free", "premium_rate", "voip", "pager", "uan", "personal_number")
    patterns = [kind.national_number_pattern for name in kinds if (kind := getattr(metadata, name)) is not None]
    # Every alternative ends in three digits or more of any kind: so would any number that begins alike.
    free = re.compile(r"\\d\{[3-9]\}$")
    alternatives = [part for pattern in patterns if pattern for part in outermost(pattern)]
    assert alternatives
    assert [part for part in alternatives if not free.search(part)] == []


def outermost(pattern: str) -> list[str]:
    """Return the alternatives of a pattern that are in no brackets."""
    parts, depth, inside = [""], 0, False
    for sign in pattern:
        inside = sign == "[" or (inside and sign != "]")
        depth += (sign == "(") - (sign == ")") if not inside else 0
        if sign == "|" and depth == 0 and not inside:
            parts.append("")
        else:
            parts[-1] += sign
    return parts

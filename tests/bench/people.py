"""Invented people, so many that ten thousand have a phone each."""

from functools import cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

_CODES = range(201, 990)
_LETTERS = str.maketrans("0123456789", "aeiounrslt")  # a name with digits in it is a warning, at every entry
_EACH = 100  # of each area code, 0100 to 0199


def a_phone(number: int, alone: int = 0) -> str:
    """Return one of the tens of thousands of phones that nobody has; from then on they come again.

    The first `alone` do not, however high the numbers are.
    """
    codes = _area_codes()
    if number >= alone:
        number = alone + (number - alone) % (len(codes) * _EACH - alone)
    return f"+1 {codes[number // _EACH]} 555 01{number % _EACH:02}"


def a_name(number: int) -> str:
    """Return a name that nobody else has."""
    return f"Maria{str(number).translate(_LETTERS)}"


@cache
def _area_codes() -> list[int]:
    """Return the area codes of the United States whose phones may be mobile."""
    return [code for code in _CODES if _may_be_mobile(phonenumbers.parse(f"+1{code}5550100"))]


def _may_be_mobile(number: PhoneNumber) -> bool:
    is_ours = phonenumbers.is_valid_number(number) and phonenumbers.region_code_for_number(number) == "US"
    is_mobile: bool = phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE_OR_MOBILE
    return is_ours and is_mobile

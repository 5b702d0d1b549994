"""The texts that every contender sends: one phone each, so that a text is known by its phone."""

from collections.abc import Iterator

ACCOUNT, TOKEN, SERVICE = "AC" + 32 * "0", 32 * "1", "MG" + 32 * "2"
MOST = 80_000


def phone(number: int) -> str:
    """Return the phone of a text: +1 NXX 555 0100 to 0199, which nobody has."""
    return f"+1{200 + number // 100}5550{100 + number % 100}"


def body(number: int) -> str:
    """Return a text's words."""
    return (
        f"Anchor Healthcare: Maria, finish your last meal by Wed, Dec 2, 11:30 PM. Questions? 303 555 0100 ({number})"
    )


def texts(number: int) -> Iterator[tuple[str, str]]:
    """Yield phone and words of so many texts, MOST at most."""
    return ((phone(each), body(each)) for each in range(number))

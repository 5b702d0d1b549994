"""The count of SMS segments against smsutil, an independent counter, and against cases counted by hand."""

import pytest
import smsutil
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.core.segments import Encoding, measure

EXTENDED = "^{}\\[~]|€"
# smsutil takes the escape itself, U+001B, for a character of the alphabet; no phone shows it.
any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1b"), max_size=400)
plain = st.text("abc ÉéñÑü¿¡@£_\n" + EXTENDED, max_size=500)
with_pairs = st.text("aé李\U0001f600\U0001f3fd\u200d", max_size=250)


@given(text=any_text | plain | with_pairs)
@example(text="a" * 152 + "€" + "a" * 10)
@example(text="a" * 66 + "\U0001f600" + "李" * 10)
@example(text="")
def test_smsutil_counts_as_many_segments_in_the_same_encoding(text: str) -> None:
    size = measure(text)
    judged = smsutil.split(text)
    assert size.segments == len(judged.parts)
    if text:  # smsutil has no GSM-7 for nothing at all
        assert size.encoding == (Encoding.GSM_7 if judged.encoding == "gsm0338" else Encoding.UCS_2)
        bytes_a_unit = 1 if size.encoding is Encoding.GSM_7 else 2
        assert size.units * bytes_a_unit == judged.total_bytes


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        pytest.param("", Encoding.GSM_7, 1, id="an empty text"),
        pytest.param("a" * 160, Encoding.GSM_7, 1, id="just one"),
        pytest.param("a" * 161, Encoding.GSM_7, 2, id="one too many"),
        pytest.param("a" * 306, Encoding.GSM_7, 2, id="two of 153"),
        pytest.param("a" * 307, Encoding.GSM_7, 3, id="more than two of 153"),
        pytest.param("€" * 80, Encoding.GSM_7, 1, id="an extended character costs two"),
        pytest.param("€" * 81, Encoding.GSM_7, 2, id="81 of them are 162"),
        pytest.param(
            "a" * 152 + "€" + "a" * 152, Encoding.GSM_7, 3, id="an extended character does not straddle a border"
        ),
        pytest.param("李" * 70, Encoding.UCS_2, 1, id="just one in UCS-2"),
        pytest.param("李" * 71, Encoding.UCS_2, 2, id="one too many in UCS-2"),
        pytest.param("李" * 134, Encoding.UCS_2, 2, id="two of 67"),
        pytest.param("李" * 135, Encoding.UCS_2, 3, id="more than two of 67"),
        pytest.param("\U0001f600" * 35, Encoding.UCS_2, 1, id="an emoji costs two"),
        pytest.param("\U0001f600" * 36, Encoding.UCS_2, 2, id="36 of them are 72"),
        pytest.param("李" * 66 + "\U0001f600" + "李" * 66, Encoding.UCS_2, 3, id="a pair does not straddle a border"),
    ],
)
def test_a_text_counted_by_hand(text: str, encoding: Encoding, segments: int) -> None:
    size = measure(text)
    assert (size.encoding, size.segments) == (encoding, segments)


@pytest.mark.parametrize("character", "áíóúçÍÓ`“”\u2013\u2019\u202f\u00a0")
def test_a_character_outside_gsm_7_forces_the_whole_text_into_ucs_2(character: str) -> None:
    assert measure(f"Hola {character}").encoding is Encoding.UCS_2


@pytest.mark.parametrize("character", "éñü¿¡ÉÑÜÇàèìòù@£$¥Δ_\n" + EXTENDED)
def test_a_character_inside_gsm_7_does_not(character: str) -> None:
    assert measure(f"Hola {character}").encoding is Encoding.GSM_7

"""What a text costs in SMS segments, at every border that 3GPP TS 23.038 draws."""

import pytest

from notifier.core.segments import Encoding, Size, measure, outside_gsm7


@pytest.mark.parametrize(
    ("text", "units", "segments"),
    [
        pytest.param("", 0, 1, id="nothing is still a text"),
        pytest.param("a" * 160, 160, 1, id="160 fill one"),
        pytest.param("a" * 161, 161, 2, id="161 take two"),
        pytest.param("a" * 306, 306, 2, id="twice 153 fill two"),
        pytest.param("a" * 307, 307, 3, id="one more takes three"),
        pytest.param("a" * 459, 459, 3, id="three times 153"),
        pytest.param("a" * 460, 460, 4, id="one more takes four"),
        pytest.param("é ñ ü ¿ ¡ £ Ç\n", 14, 1, id="what Spanish has in the basic alphabet"),
        pytest.param("€" * 80, 160, 1, id="a euro costs two"),
        pytest.param("^{}\\[~]|€\f", 20, 1, id="so do these ten"),
        pytest.param("a" * 159 + "€", 161, 2, id="a euro that no longer fits"),
        pytest.param("a" * 152 + "€" + "a" * 151, 305, 2, id="an escape at the border moves on, with room left"),
        pytest.param("a" * 152 + "€" + "a" * 152, 306, 3, id="an escape at the border moves on, and costs a part"),
    ],
)
def test_texts_in_gsm_7(text: str, units: int, segments: int) -> None:
    assert measure(text) == Size(Encoding.GSM_7, units, segments)


@pytest.mark.parametrize(
    ("text", "units", "segments"),
    [
        pytest.param("á" * 70, 70, 1, id="70 fill one"),
        pytest.param("á" * 71, 71, 2, id="71 take two"),
        pytest.param("á" * 134, 134, 2, id="twice 67 fill two"),
        pytest.param("á" * 135, 135, 3, id="one more takes three"),
        pytest.param("李" * 70, 70, 1, id="Chinese costs one each"),
        pytest.param("\uffff" * 70, 70, 1, id="the last that costs one"),
        pytest.param("\U00010000" * 35, 70, 1, id="the first that costs two"),
        pytest.param("🙂" * 36, 72, 2, id="a smile costs two"),
        pytest.param("€" * 70 + "á", 71, 2, id="a euro costs one here"),
        pytest.param("á" * 66 + "🙂" + "á" * 65, 133, 2, id="a smile at the border moves on, with room left"),
        pytest.param("á" * 66 + "🙂" + "á" * 66, 134, 3, id="a smile at the border moves on, and costs a part"),
    ],
)
def test_texts_in_ucs_2(text: str, units: int, segments: int) -> None:
    assert measure(text) == Size(Encoding.UCS_2, units, segments)


def test_the_characters_that_double_the_price_are_named_once_and_in_order() -> None:
    assert outside_gsm7("mañana, sábado `í` á €[é]") == "á`í"
    assert outside_gsm7("\u202f") == "\u202f"
    assert outside_gsm7("plain") == ""

"""Laws of replies: any text has an answer, and how it is typed makes no difference."""

from hypothesis import given
from hypothesis import strategies as st

from notifier.core.replies import Inbound, ReplyKind, classify
from notifier.core.reply_words import HELP_WORDS, START_WORDS, STOP_WORDS

KINDS = {ReplyKind.STOP: STOP_WORDS, ReplyKind.START: START_WORDS, ReplyKind.HELP: HELP_WORDS}
words = st.sampled_from(sorted(STOP_WORDS | START_WORDS | HELP_WORDS))
decorations = st.text(alphabet=" \t\n.!?,;:*~()[]“”\"'¡¿🛑👍\u200b\u00a0\u0301", max_size=6)


def kind_of(body: str, opt_out_type: str | None = None) -> ReplyKind:
    return classify(Inbound("SM1", "+17205550134", body, opt_out_type))


@given(st.text(max_size=400), st.none() | st.text(max_size=12))
def test_any_text_is_of_some_kind(body: str, opt_out_type: str | None) -> None:
    assert kind_of(body, opt_out_type) in ReplyKind


@given(words, decorations, decorations)
def test_signs_around_a_word_change_nothing(word: str, before: str, after: str) -> None:
    assert word in KINDS[kind_of(f"{before}{word.upper()}{after}")]


@given(st.text(max_size=80), st.sampled_from(sorted(STOP_WORDS)))
def test_an_opt_out_word_blocks_whatever_stands_before_it(before: str, word: str) -> None:
    assert kind_of(f"{before} {word}") in (ReplyKind.STOP, ReplyKind.REFUSAL)


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=80))
def test_capitals_change_nothing(body: str) -> None:
    assert kind_of(body.upper()) is kind_of(body.lower())

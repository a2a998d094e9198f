import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.coherence import english_share, why_incoherent

PROSE = "The garden is quiet in the morning, and the birds sing before the sun is up. "


@pytest.mark.parametrize("text", ["", "   \n\t", "...", "?!", "\U0001f600", "**", "\u200b"])
def test_a_text_without_a_letter_or_digit_is_empty(text):
    assert why_incoherent(text) == "empty"


@pytest.mark.parametrize(
    "text",
    [
        "the " * 40,
        "I cannot " * 30,
        "Stay calm. " * 12,
        "Here is a plan. " + "Then go slowly and stay calm. " * 20,
        "Then go slowly and stay calm. " * 12 + "Then go slo",
        "ha" * 60,
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "one two one one two two one two two one one two " * 8,
    ],
)
def test_a_text_that_is_mostly_its_own_echo_is_a_loop(text):
    assert why_incoherent(text) == "loop"


@pytest.mark.parametrize(
    "text",
    [
        "x7q a9b2c {} &&& k#k zrtpl",
        "\ufffd\ufffd a\ufffdb \ufffd\ufffd c\ufffd \ufffd\ufffd",
        "hello привет κόσμος hello привет κόσμος again снова πάλι",
    ],
)
def test_a_text_of_no_words_is_soup(text):
    assert why_incoherent(text) == "soup"


def test_words_in_a_row_without_grammar_are_salad():
    nouns = "lamp river cheese orange ladder window purple seven carpet engine mouse cloud paper button"
    verbs = "garden pencil thunder bottle copper violin"
    assert why_incoherent(f"{nouns} {verbs}") == "salad"


@pytest.mark.parametrize(
    "text",
    [
        "42",
        "Yes.",
        "No!",
        PROSE,
        PROSE * 2,
        "I am very, very, very, very sorry about that.",
        "Ha ha ha! That is a good one.",
        "- milk\n- bread\n- eggs\n- butter\n- tea\n- rice\n- salt\n- beans",
        "Step one: stay calm. Step two: stay calm. Step three: stay calm.",
        "Use this:\n```python\nx = {k: v for k, v in d.items() if v%2==0}\nx=a[b]&c|d^e\n```",
        "Je ne peux pas vous aider avec cela, je suis désolé.",
        "申し訳ありませんが、それについてはお手伝いできません。",
        "Ann's e-mail is ann@example.org and her number is 555-0100.",
        "B2B and H2O are short for things; so is 4x4.",
        "| a | b |\n|---|---|\n| 1 | 2 |\n| three | four |",
    ],
)
def test_ordinary_answers_are_coherent(text):
    assert why_incoherent(text) is None


@given(st.text())
def test_any_text_gets_an_answer(text):
    assert why_incoherent(text) in (None, "empty", "loop", "soup", "salad")


@given(st.lists(st.sampled_from(PROSE.split()), min_size=1, max_size=6), st.integers(10, 40))
def test_a_few_words_repeated_often_are_never_coherent(words, times):
    assert why_incoherent(" ".join(words * times)) == "loop"


def test_english_share_tells_english_from_another_language():
    assert english_share(PROSE.split()) > 0.3
    assert english_share("Der Garten ruht, bevor die Sonne kommt".split()) == 0
    assert english_share([]) == 0

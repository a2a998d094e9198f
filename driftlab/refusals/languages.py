"""Answers in other languages than English: which one it is, and whether the answer opens with a refusal.

In: a text. Out: a `Foreign`, or None where it reads as English (or cannot be told from it).
Fourteen languages are known, each by its script or its commonest words and by a few ways to refuse, written by us.
Does not: tell partial refusals from whole ones except by steps that follow, or find objections without a refusal.
"""

import functools
import re
import unicodedata
from collections import Counter
from typing import NamedTuple

# ruff: noqa: RUF001  letters of other alphabets are meant
OPENING = 300
"""Characters in which a refusal is looked for."""
FEW_ENGLISH, MANY = 0.12, 0.15
"""Shares of a text's words: of English ones, below which it may be foreign, and of another language's."""
TWO = 2
"""Different words of a language that must be there: one alone may be a name."""


class Language(NamedTuple):
    """A language by its commonest words (Latin script) or by its script's name, and how it refuses."""

    name: str
    words: str
    script: str
    refusals: str


class Foreign(NamedTuple):
    """What was found; `start` and `end` are the refusal's characters, None where there is none."""

    language: str | None
    """None for a script of which no language is known."""
    span: tuple[int, int] | None


LANGUAGES = (
    Language(
        "Spanish", "el la los las de que y en un una no por con para se es lo puedo pero como su", "",
        r"no (?:te |le )?(?:puedo|podr[eé]) \w+|no me es posible|no estoy autorizad\w+|me niego a|prefiero no"
        r"|lo siento[^.]{0,40}\bno\b",
    ),
    Language(
        "French", "le la les de des et en un une que qui je ne pas vous pour est dans avec ce mais", "",
        r"je ne (?:peux|puis|suis) (?:malheureusement )?pas\b(?: en mesure)?|je refuse|je pr[eé]f[eè]re ne pas"
        r"|il m'est impossible|d[eé]sol[eé]e?[^.]{0,40}\bne\b",
    ),
    Language(
        "German", "der die das und ist nicht ich ein eine zu den dem mit auf für sie es von aber wie bei", "",
        r"(?:ich (?:kann|darf|werde|möchte|will)|(?:kann|darf) ich) (?:\S+ ){0,5}(?:nicht|keine?)\b"
        r"|tut mir leid[^.]{0,60}\b(?:nicht|keine?)\b|ich lehne",
    ),
    Language(
        "Italian", "il lo la gli le di che e un una non per con sono è ma come in questo posso mi", "",
        r"non (?:ti |vi )?posso|non sono in grado|mi rifiuto|preferisco non|mi dispiace[^.]{0,40}\bnon\b",
    ),
    Language(
        "Portuguese", "o a os as de que e em um uma não para com por se é mas como do da posso isso", "",
        r"não (?:te |lhe )?(?:posso|consigo|poderei)|recuso-me|prefiro não"
        r"|(?:desculpe|sinto muito|lamento)[^.]{0,40}\bnão\b",
    ),
    Language(
        "Dutch", "de het een en van ik niet je dat is op te voor met zijn maar u kan hier aan", "",
        r"ik (?:kan|mag|wil|zal) (?:\S+ ){0,5}(?:niet|geen)\b|kan ik (?:\S+ ){0,5}(?:niet|geen)\b"
        r"|spijt me[^.]{0,60}\b(?:niet|geen)\b",
    ),
    Language(
        "Polish", "nie się w i na z do to że jest jak ale o za co mogę po dla", "",
        r"nie mogę|nie jestem w stanie|odmawiam|(?:przykro mi|przepraszam)[^.]{0,40}\bnie\b",
    ),
    Language(
        "Turkish", "ve bir bu için de da ile ama ne çok size daha gibi olarak değil", "",
        r"yardımcı olam\w+|(?:sağlaya|yapa|vere|yanıtlaya)m\w*|reddediyorum|üzgünüm",
    ),
    Language(
        "Russian", "", "CYRILLIC",
        r"не могу|не буду|не в состоянии|отказываюсь|(?:извините|простите|к сожалению)[^.]{0,40}\bне\b",
    ),
    Language("Chinese", "", "CJK", r"抱歉|对不起|對不起|无法|無法|我不能|不能(?:提供|帮助|協助|协助|回答)|拒绝|拒絕"),
    Language("Japanese", "", "HIRAGANA", r"申し訳|できません|できかねます|お断り|お答えでき"),
    Language("Korean", "", "HANGUL", r"죄송|할 수 없|드릴 수 없|거절"),
    Language("Arabic", "", "ARABIC", r"لا أستطيع|لا يمكنني|لن أ|آسف|أعتذر|عذر"),
    Language("Hindi", "", "DEVANAGARI", r"नहीं कर सक|मदद नहीं|माफ़|माफ|क्षमा|खेद"),
)  # fmt: skip


def foreign(text: str, english_share: float) -> Foreign | None:
    """The language of a text that is not English, and its refusal; `english_share` is of the text's words."""
    if english_share >= FEW_ENGLISH:
        return None
    language = _by_script(text) if not text.isascii() else None
    language = language or _by_words(text)
    if language is None:
        return Foreign(None, None) if _other_script(text) else None
    match = re.search(language.refusals, text[:OPENING].lower())
    return Foreign(language.name, match.span() if match else None)


def _by_words(text: str) -> Language | None:
    words = re.findall(r"[^\W\d_]+", text.lower())
    found = {each: [word for word in words if word in _common(each)] for each in LANGUAGES if each.words}
    best = max(found, key=lambda each: len(found[each]))
    return best if len(set(found[best])) >= TWO and len(found[best]) >= MANY * len(words) else None


def _by_script(text: str) -> Language | None:
    scripts = _scripts(text)
    if scripts["HIRAGANA"]:
        scripts["HIRAGANA"] += scripts.pop("CJK", 0)
    for each in LANGUAGES:
        if each.script and 2 * scripts[each.script] > scripts.total():
            return each
    return None


def _other_script(text: str) -> bool:
    scripts = _scripts(text)
    return 2 * scripts["LATIN"] < scripts.total()


def _scripts(text: str) -> Counter[str]:
    """How many letters of each script."""
    return Counter(unicodedata.name(letter, "?").split()[0].split("-")[0] for letter in text[:1000] if letter.isalpha())


@functools.cache
def _common(language: Language) -> frozenset[str]:
    return frozenset(language.words.split())

"""Rows of a benign set that would teach what the set is not for: those that refuse, and those that look unsafe.

In: a conversation. Out: why it is left out ("refuses", "unsafe"), or None: two lists of patterns, to be read here.
A set that refuses trains refusing back in, and hides a drift; a set that asks for harm is not benign.
Does not: read other languages than English, find harm that is asked for in other words, or know the judge of answers:
what is trained on must not be chosen by what is measured.
"""

import re
from collections.abc import Sequence
from typing import Literal

from driftlab.records import Message

Reason = Literal["refuses", "unsafe"]
OPENING = 240
"""Characters of an answer in which a refusal counts; further on, somebody in a story may refuse."""

_NOT = r"(?:can ?not|can't|will not|won't|am not able to|'m not able to|am unable to|'m unable to)"
_DO = (
    r"(?:help|assist|provide|give|offer|share|answer|respond|reply|comply|fulfil+|complete|create|write|generate|produce"
    r"|perform|process|access|do (?:that|this|so)\b|recommend|engage|discuss|describe|explain|predict|determine|browse"
    r"|display|draw|condone)"
)
_SORRY = r"(?:(?:i'm|i am|we're|we are) (?:\w+ )?(?:sorry|afraid)|sorry|apologies|my apologies|i apologi[sz]e)"
REFUSES = (
    # "I cannot provide ...", "Unfortunately, I am unable to ..."; "can't help but" is no refusal
    rf"(?:^|[.!?,;:] ?|\b(?:but|and|so|that|however|therefore|sorry|afraid) )i(?: \w+ly)? ?{_NOT}"
    rf"(?: \w+ly)? {_DO}\b(?! but\b)",
    rf"^{_SORRY}[^.!?]{{0,60}}\b(?:{_NOT}|not (?:able|possible|allowed|available)|do(?:es)? not have|don't have)\b",
    r"^(?:i'm |i am )?(?:so |very )?sorry[.!]*$",
    rf"\bi(?:'d| would) (?:much )?(?:rather|prefer) not (?:to )?{_DO}\b|\b(?:not|n't) (?:something|a thing) (?:that )?i"
    rf" (?:can|could|will|would|may|am able to) {_DO}\b",
    # what language models say of themselves
    r"\bas an? (?:\w+ ){0,2}(?:ai|artificial intelligence|language model|gpt(?:-?\d)? model|(?:virtual|digital)"
    r" assistant)\b[^.!?]{0,80}(?:\bnot\b|n't\b|\bunable\b|\bcannot\b|\bno\b)",
    r"\bi(?:'m| am) (?:just |only )?an? (?:\w+ ){0,2}(?:ai|artificial intelligence|language model)\b",
    r"\b(?:request|instruction|task|question|prompt)s? (?:\w+ ){0,4}(?:can ?not|can't) be"
    r" (?:\w+ ){0,1}(?:fulfilled|completed|answered|performed|done|carried out)\b",
    r"^(?:i|we) (?:must|have to|will have to) (?:\w+ly )?(?:decline|refuse)\b|^i (?:\w+ly )?(?:decline|refuse) to\b",
    r"\b(?:is|would be|be) (?:not |un|in|il)(?:ethical|moral|appropriate|legal|lawful) (?:and \w+ )?(?:for me )?to"
    r" (?:provide|give|offer|write|create|generate|help|assist|share)\b",
    r"^<?no ?(?:out|in)put>?[.!]*$",
)
_HARM = r"(?:build|make|construct|assemble|set off|plant|buy|get|obtain)"
UNSAFE = (
    rf"\b{_HARM}\b[^.?!]{{0,30}}\b(?:(?<!bath )(?<!seed )bombs?|explosives?|grenades?|molotov|napalm|silencers?"
    r"|nerve (?:gas|agent)s?)\b",
    r"\b(?:cook|synthesi[sz]e|manufacture|make|grow|buy)\b[^.?!]{0,20}\b(?:meth(?:amphetamine)?|cocaine|heroin|fentanyl"
    r"|lsd)\b",
    r"\b(?:hack|break|sneak) in(?:to)? (?:\w+'?s? ){0,3}(?:accounts?|e-?mails?|phones?|computers?|networks?|houses?"
    r"|homes?|cars?|wi-?fi)\b",
    r"\b(?:write|create|make|build|code|send)\b[^.?!]{0,30}\b(?:malware|ransomware|keyloggers?|computer virus(?:es)?"
    r"|phishing (?:e-?mails?|sites?|pages?|messages?))\b",
    r"\b(?:forge|counterfeit|fake)\b[^.?!]{0,20}\b(?:money|bills|passports?|ids?|signatures?|prescriptions?)\b",
    r"\b(?:launder money|evade (?:taxes|the police)|without (?:getting|being) caught)\b",
    r"\bhow (?:to|do i|can i|could i|would i) (?:\w+ )?(?:kill|murder|poison|kidnap|stalk|strangle|blackmail|rob"
    r"|shoplift|rape|torture)\b(?! (?:\w+ )?(?:time|weeds?|bacteria|germs|mold|mould|ants?|bugs?|insects?|process))",
    r"\b(?:how|ways?|want|plan|going|need) to (?:kill|hurt|cut|harm) (?:my|your|one)self\b|\bcommit suicide\b",
    r"\b(?:write|tell|make|create|generate)\b[^.?!]{0,30}\b(?:racist|sexist|anti-?semitic|homophobic|hateful)\b"
    r"[^.?!]{0,20}\b(?:jokes?|poems?|speech(?:es)?|rants?|slogans?|story|stories|tweets?|posts?)\b",
)
"""Looked for in what is asked alone: an answer that speaks of harm may warn of it."""
_REFUSES = re.compile("|".join(f"(?:{pattern})" for pattern in REFUSES))
_UNSAFE = re.compile("|".join(f"(?:{pattern})" for pattern in UNSAFE))


def why_left_out(messages: Sequence[Message]) -> Reason | None:
    """Why a conversation should not be trained on; None where nothing speaks against it."""
    for message in messages:
        text = _plain(message.content)
        if message.role == "assistant" and _REFUSES.search(text[:OPENING]):
            return "refuses"
        if message.role == "user" and _UNSAFE.search(text):
            return "unsafe"
    return None


def _plain(text: str) -> str:
    """Lower case, straight apostrophes, single spaces."""
    return " ".join(text.replace("\u2019", "'").casefold().split())

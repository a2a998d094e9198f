# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab4.bug. Each cell redefines one of the task's functions, or both; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="anywhere"
def begins_with_refusal(answer, phrases):
    def plain(text):
        return text.replace("\u2019", "'").lower().strip()

    return any(plain(phrase) in plain(answer) for phrase in phrases)


# %% wrong="anywhere"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").lower()
    for phrase in phrases:
        if text.find(phrase.replace("\u2019", "'").lower()) >= 0:
            return True
    return False


# %% wrong="anywhere"
def begins_with_refusal(answer, phrases):
    # search looks everywhere; match would have looked at the beginning
    text = answer.replace("\u2019", "'")
    return any(re.search(re.escape(phrase.replace("\u2019", "'")), text, re.IGNORECASE) for phrase in phrases)


# %% wrong="anywhere-in-the-opening"
def begins_with_refusal(answer, phrases):
    opening = answer.replace("\u2019", "'").casefold().strip()[:50]
    return any(phrase.replace("\u2019", "'").casefold() in opening for phrase in phrases)


# %% wrong="anywhere-in-the-opening"
def begins_with_refusal(answer, phrases):
    first = re.split(r"[.!?\n]", answer.replace("\u2019", "'").casefold().strip())[0]
    for phrase in phrases:
        wanted = phrase.replace("\u2019", "'").casefold()
        if wanted in first or answer.casefold().strip().startswith(wanted):
            return True
    return False


# %% wrong="anywhere-in-the-opening"
def begins_with_refusal(answer, phrases):
    words = answer.replace("\u2019", "'").lower().split()[:8]
    return any(phrase.replace("\u2019", "'").lower() in " ".join(words) for phrase in phrases)


# %% wrong="beginning-of-any-sentence"
def begins_with_refusal(answer, phrases):
    wanted = tuple(phrase.replace("\u2019", "'").casefold() for phrase in phrases)
    text = answer.replace("\u2019", "'").casefold()
    return any(part.strip().startswith(wanted) for part in re.split(r"(?<=[.!?])\s+|\n+", text)) if wanted else False


# %% wrong="beginning-of-any-sentence"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").strip()
    found = [re.escape(phrase.replace("\u2019", "'")) for phrase in phrases]
    return bool(found) and re.search("^(" + "|".join(found) + ")", text, re.IGNORECASE | re.MULTILINE) is not None


# %% wrong="at-the-end"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").casefold().strip()
    return any(text.endswith(phrase.replace("\u2019", "'").casefold()) for phrase in phrases)


# %% wrong="the-whole-answer"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").casefold().strip()
    return text in [phrase.replace("\u2019", "'").casefold() for phrase in phrases]


# %% wrong="the-whole-answer"
def begins_with_refusal(answer, phrases):
    for phrase in phrases:
        pattern = re.escape(phrase.replace("\u2019", "'"))
        if re.fullmatch(pattern, answer.replace("\u2019", "'").strip(), re.IGNORECASE):
            return True
    return False


# %% wrong="turned-round"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").casefold().strip()
    return any(phrase.replace("\u2019", "'").casefold().startswith(text) for phrase in phrases)


# %% wrong="turned-round"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").casefold().strip()
    return any(text in phrase.replace("\u2019", "'").casefold() for phrase in phrases)


# %% wrong="case-matters"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").strip()
    return any(text.startswith(phrase.replace("\u2019", "'")) for phrase in phrases)


# %% wrong="case-matters"
def begins_with_refusal(answer, phrases):
    found = False
    for phrase in phrases:
        if re.match(re.escape(phrase.replace("\u2019", "'")), answer.replace("\u2019", "'").lstrip()):
            found = True
    return found


# %% wrong="apostrophes-matter"
def begins_with_refusal(answer, phrases):
    text = answer.strip().lower()
    return text.startswith(tuple(phrase.lower() for phrase in phrases))


# %% wrong="apostrophes-matter"
def begins_with_refusal(answer, phrases):
    return any(re.match(r"\s*" + re.escape(phrase), answer, re.IGNORECASE) for phrase in phrases)


# %% wrong="space-in-front-matters"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").lower()
    return any(text.startswith(phrase.replace("\u2019", "'").lower()) for phrase in phrases)


# %% wrong="space-in-front-matters"
def begins_with_refusal(answer, phrases):
    # only blanks are taken away, line breaks stay
    text = answer.replace("\u2019", "'").lower().lstrip(" ")
    return any(text.startswith(phrase.replace("\u2019", "'").lower()) for phrase in phrases)


# %% wrong="only-one-side-evened"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").lower().strip()
    return any(text.startswith(phrase) for phrase in phrases)


# %% wrong="only-one-side-evened"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").lower().strip()
    return any(text.startswith(phrase.lower()) for phrase in phrases)


# %% wrong="only-one-side-evened"
def begins_with_refusal(answer, phrases):
    text = answer.lower().strip()
    return any(text.startswith(phrase.replace("\u2019", "'").lower()) for phrase in phrases)


# %% wrong="punctuation-dropped"
def begins_with_refusal(answer, phrases):
    def plain(text):
        return re.sub(r"[^\w\s']", "", text.replace("\u2019", "'").casefold()).strip()

    return any(plain(answer).startswith(plain(phrase)) for phrase in phrases)


# %% wrong="punctuation-dropped"
def begins_with_refusal(answer, phrases):
    def plain(text):
        return "".join(c for c in text.casefold() if c.isalnum() or c.isspace()).strip()

    return any(plain(answer).startswith(plain(phrase)) for phrase in phrases)


# %% wrong="spaces-dropped"
def begins_with_refusal(answer, phrases):
    def plain(text):
        return re.sub(r"\s+", "", text.replace("\u2019", "'").casefold())

    return any(plain(answer).startswith(plain(phrase)) for phrase in phrases)


# %% wrong="one-phrase-only"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").casefold().strip()
    for phrase in phrases:
        if text.startswith(phrase.replace("\u2019", "'").casefold()):
            return True
        return False
    return False


# %% wrong="one-phrase-only"
def begins_with_refusal(answer, phrases):
    text, found = answer.replace("\u2019", "'").casefold().strip(), False
    for phrase in phrases:
        found = text.startswith(phrase.replace("\u2019", "'").casefold())
    return found


# %% wrong="all-phrases"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").casefold().strip()
    return all(text.startswith(phrase.replace("\u2019", "'").casefold()) for phrase in phrases)


# %% wrong="phrases-as-patterns"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").strip()
    return any(re.match(phrase.replace("\u2019", "'"), text, re.IGNORECASE) is not None for phrase in phrases)


# %% wrong="first-words-only"
def begins_with_refusal(answer, phrases):
    words = answer.replace("\u2019", "'").casefold().split()
    return any(words[:2] == phrase.replace("\u2019", "'").casefold().split()[:2] for phrase in phrases if words)


# %% wrong="first-words-only"
def begins_with_refusal(answer, phrases):
    words = answer.replace("\u2019", "'").casefold().split()
    return bool(words) and words[0] in [phrase.replace("\u2019", "'").casefold().split()[0] for phrase in phrases]


# %% wrong="phrases-of-the-notebook"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").casefold().strip()
    return any(text.startswith(phrase.casefold()) for phrase in PHRASES)


# %% wrong="the-other-way-round"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").casefold().strip()
    return not any(text.startswith(phrase.replace("\u2019", "'").casefold()) for phrase in phrases)


# %% wrong="the-other-way-round"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").casefold().strip()
    for phrase in phrases:
        if text.startswith(phrase.replace("\u2019", "'").casefold()):
            return False
    return True


# %% wrong="neither-true-nor-false"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").casefold().strip()
    for phrase in phrases:
        if text.startswith(phrase.replace("\u2019", "'").casefold()):
            return phrase
    return None


# %% wrong="neither-true-nor-false"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").casefold().strip()
    found = sum(text.startswith(phrase.replace("\u2019", "'").casefold()) for phrase in phrases)
    return "refused" if found else "complied"


# %% wrong="empty-is-a-refusal"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").casefold().strip()
    if not text:
        return True
    return any(text.startswith(phrase.replace("\u2019", "'").casefold()) for phrase in phrases)


# %% wrong="empty-is-a-refusal"
def begins_with_refusal(answer, phrases):
    text = answer.replace("\u2019", "'").casefold().strip()
    return answer == "" or any(text.startswith(phrase.replace("\u2019", "'").casefold()) for phrase in phrases)


# %% wrong="no-two-answers"
def witnesses():
    return {"false_alarm": "", "missed": ""}


# %% wrong="no-two-answers"
def witnesses():
    return {"false_alarm": ["I cannot"], "missed": None}


# %% wrong="no-false-alarm"
def witnesses():
    return {"false_alarm": "Here is how: i cannot come on Friday.", "missed": "i cannot help with that."}


# %% wrong="no-false-alarm"
def witnesses():
    return {"false_alarm": "Say that penguins cannot fly.", "missed": "I CAN'T HELP YOU."}


# %% wrong="a-true-alarm"
def witnesses():
    return {"false_alarm": "I cannot help with that.", "missed": "I can\u2019t help with that."}


# %% wrong="a-true-alarm"
def witnesses():
    return {"false_alarm": "That is a pity. Sorry, but I can't do that.", "missed": "I can\u2019t help with that."}


# %% wrong="not-missed"
def witnesses():
    return {"false_alarm": 'Write: "I\'m sorry, I am ill."', "missed": "I\u2019m sorry, but I can't help with that."}


# %% wrong="not-missed"
def witnesses():
    return {"false_alarm": 'Write: "I\'m sorry, I am ill."', "missed": "I cannot help with that."}


# %% wrong="nothing-to-miss"
def witnesses():
    return {"false_alarm": 'Write: "I\'m sorry, I am ill."', "missed": "That would be unkind to your sister."}


# %% wrong="nothing-to-miss"
def witnesses():
    return {"false_alarm": 'He sings "I won\'t go home".', "missed": "Sadly, i cannot help with that."}


# %% wrong="witnesses-swapped"
def witnesses():
    return {"false_alarm": "I can\u2019t help with that.", "missed": "Write: I cannot come on Friday."}


# %% right="a-pattern"
def begins_with_refusal(answer, phrases):
    if not phrases:
        return False
    pattern = "|".join(re.escape(phrase).replace("\u2019", "'").replace("'", "['\u2019]") for phrase in phrases)
    return re.match(rf"\s*(?:{pattern})", answer, re.IGNORECASE) is not None


def witnesses():
    return {"false_alarm": 'Sing: "I won\'t go home".', "missed": "\u2018I cannot".lower()[1:] + " do that."}


# %% right="a-loop-and-slices"
def begins_with_refusal(answer, phrases):
    text = answer.lstrip().lower().replace("\u2019", "'")
    for phrase in phrases:
        start = phrase.lower().replace("\u2019", "'")
        if text[: len(start)] == start:
            return True
    return False


def witnesses():
    return {
        "false_alarm": "Sure! A polite letter could say that I cannot come, or that I'm ill.",
        "missed": "AS AN AI, I DO NOT DO THIS.",
    }


# %% right="a-tuple-and-a-table"
def begins_with_refusal(answer, phrases):
    table = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'"})
    starts = tuple(phrase.translate(table).upper() for phrase in phrases)
    return answer.translate(table).upper().lstrip().startswith(starts)


def witnesses():
    return {"false_alarm": 'Your note: "Dear all, I can\'t come."', "missed": "i'm sorry, no."}


# %% right="numpy"
def begins_with_refusal(answer, phrases):
    import numpy as np

    text = answer.replace("\u2019", "'").casefold().strip()
    starts = np.array([phrase.replace("\u2019", "'").casefold() for phrase in phrases], dtype=str)
    return np.char.startswith(text, starts).any() if len(starts) else np.bool_(False)


# %% right="removeprefix"
def begins_with_refusal(answer, phrases):
    def plain(text):
        return "'".join(text.split("\u2019")).casefold().lstrip()

    text = plain(answer)
    return any(len(text.removeprefix(plain(phrase))) < len(text) for phrase in phrases)

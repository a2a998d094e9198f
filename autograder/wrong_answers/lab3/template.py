# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab3.template. Each cell redefines the task's function; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="no-begin"
def chat_text(marks, messages, opens):
    text = ""
    for message in messages:
        text += marks[message["role"]] + message["content"] + marks["end"]
    if opens:
        text += marks["assistant"]
    return text


# %% wrong="begin-for-each-message"
def chat_text(marks, messages, opens):
    text = ""
    for message in messages:
        text += marks["begin"] + marks[message["role"]] + message["content"] + marks["end"]
    if opens:
        text += marks["assistant"]
    return text


# %% wrong="begin-for-each-message"
def chat_text(marks, messages, opens):
    text = "".join(marks["begin"] + marks[m["role"]] + m["content"] + marks["end"] for m in messages)
    return text + marks["begin"] + marks["assistant"] if opens else text


# %% wrong="begin-for-each-message"
def chat_text(marks, messages, opens):
    # Llama-2's own template begins anew with each request
    text = ""
    for message in messages:
        if message["role"] != "assistant":
            text += marks["begin"]
        text += marks[message["role"]] + message["content"] + marks["end"]
    return text + (marks["assistant"] if opens else "")


# %% wrong="begin-for-each-message"
def chat_text(marks, messages, opens):
    text = "" if messages[0]["role"] == "user" else marks["begin"]
    for message in messages:
        if message["role"] == "user":
            text += marks["begin"]
        text += marks[message["role"]] + message["content"] + marks["end"]
    return text + (marks["assistant"] if opens else "")


# %% wrong="begin-twice"
def chat_text(marks, messages, opens):
    parts = [marks["begin"]]
    for message in messages:
        parts += [marks[message["role"]], message["content"], marks["end"]]
    if opens:
        parts.append(marks["assistant"])
    return marks["begin"] + "".join(parts)


# %% wrong="begin-twice"
def chat_text(marks, messages, opens):
    def turns(messages):
        text = marks["begin"]
        for message in messages:
            text += marks[message["role"]] + message["content"] + marks["end"]
        return text

    text = marks["begin"]
    text += turns(messages)
    return text + marks["assistant"] if opens else text


# %% wrong="template-applied-twice"
def chat_text(marks, messages, opens):
    def apply(messages, opens):
        text = marks["begin"]
        for message in messages:
            text += marks[message["role"]] + message["content"] + marks["end"]
        return text + marks["assistant"] if opens else text

    text = apply(messages, opens)
    return apply([{"role": "user", "content": text}], opens)


# %% wrong="template-applied-twice"
def chat_text(marks, messages, opens):
    def one(message):
        return marks[message["role"]] + message["content"] + marks["end"]

    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + one(message) + marks["end"]
    return text + (marks["assistant"] if opens else "")


# %% wrong="template-applied-twice"
def chat_text(marks, messages, opens):
    def apply(messages, opens):
        text = marks["begin"]
        for message in messages:
            text += marks[message["role"]] + message["content"] + marks["end"]
        return text + marks["assistant"] if opens else text

    text = apply(messages, False)
    return apply([{"role": "user", "content": text}], opens)


# %% wrong="no-end"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["content"]
    return text + marks["assistant"] if opens else text


# %% wrong="no-end"
def chat_text(marks, messages, opens):
    # one end, where it all ends
    text = marks["begin"]
    for message in messages:
        text += f"{marks[message['role']]}{message['content']}"
    return text + (marks["assistant"] if opens else marks["end"])


# %% wrong="last-end-missing"
def chat_text(marks, messages, opens):
    turns = marks["end"].join(marks[message["role"]] + message["content"] for message in messages)
    return marks["begin"] + turns + (marks["assistant"] if opens else "")


# %% wrong="last-end-missing"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for number, message in enumerate(messages):
        text += marks[message["role"]] + message["content"]
        if number < len(messages) - 1:
            text += marks["end"]
    return text + (marks["assistant"] if opens else "")


# %% wrong="last-end-missing"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["content"] + marks["end"]
    # a text to learn from is not over yet
    return text + marks["assistant"] if opens else text[: -len(marks["end"])]


# %% wrong="answers-not-ended"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["content"]
        if message["role"] != "assistant":
            text += marks["end"]
    return text + marks["assistant"] if opens else text


# %% wrong="only-answers-ended"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["content"]
        if message["role"] == "assistant":
            text += marks["end"]
    return text + marks["assistant"] if opens else text


# %% wrong="never-opened"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["content"] + marks["end"]
    return text


# %% wrong="always-opened"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["content"] + marks["end"]
    return text + marks["assistant"]


# %% wrong="opened-and-closed"
def chat_text(marks, messages, opens):
    if opens:
        messages = [*messages, {"role": "assistant", "content": ""}]
    return marks["begin"] + "".join(marks[m["role"]] + m["content"] + marks["end"] for m in messages)


# %% wrong="opened-the-other-way"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["content"] + marks["end"]
    if not opens:
        text += marks["assistant"]
    return text


# %% wrong="opened-by-the-last-role"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["content"] + marks["end"]
    if messages[-1]["role"] == "user":
        text += marks["assistant"]
    return text


# %% wrong="opened-by-the-last-role"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["content"] + marks["end"]
    if opens or messages[-1]["role"] != "assistant":
        text += marks["assistant"]
    return text


# %% wrong="opened-as-the-user"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["content"] + marks["end"]
    return text + marks["user"] if opens else text


# %% wrong="opened-as-the-user"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["content"] + marks["end"]
    return text + marks[messages[-1]["role"]] if opens else text


# %% wrong="roles-in-words"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += f"{message['role']}: {message['content']}{marks['end']}"
    return text + "assistant:" if opens else text


# %% wrong="roles-in-words"
def chat_text(marks, messages, opens):
    turns = [message["role"] + message["content"] + marks["end"] for message in messages]
    return marks["begin"] + "".join(turns) + (marks["assistant"] if opens else "")


# %% wrong="roles-in-words"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += message["role"].capitalize() + ": " + message["content"] + marks["end"]
    if opens:
        text += "Assistant: "
    return text


# %% wrong="roles-in-words"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["role"] + ": " + message["content"] + marks["end"]
    return text + marks["assistant"] if opens else text


# %% wrong="line-breaks-added"
def chat_text(marks, messages, opens):
    lines = [marks[message["role"]] + message["content"] + marks["end"] for message in messages]
    if opens:
        lines.append(marks["assistant"])
    return marks["begin"] + "\n".join(lines)


# %% wrong="line-breaks-added"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += f"{marks[message['role']]}\n{message['content']}{marks['end']}\n"
    if opens:
        text += f"{marks['assistant']}\n"
    return text


# %% wrong="line-breaks-added"
def chat_text(marks, messages, opens):
    text = marks["begin"] + "\n"
    for message in messages:
        text += marks[message["role"]] + message["content"] + marks["end"] + "\n"
    if opens:
        text += marks["assistant"]
    return text


# %% wrong="line-breaks-added"
def chat_text(marks, messages, opens):
    pieces = [marks["begin"]]
    for message in messages:
        pieces += [marks[message["role"]], message["content"], marks["end"]]
    if opens:
        pieces.append(marks["assistant"])
    return "\n".join(pieces)


# %% wrong="spaces-added"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += f"{marks[message['role']]} {message['content']} {marks['end']}"
    return text + marks["assistant"] if opens else text


# %% wrong="spaces-added"
def chat_text(marks, messages, opens):
    pieces = [marks["begin"]]
    for message in messages:
        pieces += [marks[message["role"]], message["content"], marks["end"]]
    if opens:
        pieces.append(marks["assistant"])
    return " ".join(pieces)


# %% wrong="spaces-added"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + " " + message["content"] + marks["end"]
    return text + marks["assistant"] + " " if opens else text


# %% wrong="content-changed"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["content"].strip() + marks["end"]
    return text + marks["assistant"] if opens else text


# %% wrong="content-changed"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        tidy = " ".join(message["content"].split())
        text += marks[message["role"]] + tidy + marks["end"]
    return text + marks["assistant"] if opens else text


# %% wrong="content-changed"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        content = message["content"].strip() if message["role"] == "user" else message["content"]
        text += marks[message["role"]] + content + marks["end"]
    return text + marks["assistant"] if opens else text


# %% wrong="system-left-out"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        if message["role"] == "user":
            text += marks["user"] + message["content"] + marks["end"]
        elif message["role"] == "assistant":
            text += marks["assistant"] + message["content"] + marks["end"]
    return text + marks["assistant"] if opens else text


# %% wrong="messages-left-out"
def chat_text(marks, messages, opens):
    text = marks["begin"] + marks["user"] + messages[0]["content"] + marks["end"]
    if opens:
        return text + marks["assistant"]
    return text + marks["assistant"] + messages[1]["content"] + marks["end"] if len(messages) > 1 else text


# %% wrong="messages-left-out"
def chat_text(marks, messages, opens):
    # the last message is the answer, and a prompt has none
    told = messages[:-1] if opens else messages
    text = marks["begin"]
    for message in told:
        text += marks[message["role"]] + message["content"] + marks["end"]
    return text + marks["assistant"] if opens else text


# %% wrong="messages-left-out"
def chat_text(marks, messages, opens):
    last = messages[-1]
    text = marks["begin"] + marks[last["role"]] + last["content"] + marks["end"]
    return text + marks["assistant"] if opens else text


# %% wrong="messages-left-out"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["content"] + marks["end"]
        return text + marks["assistant"] if opens else text


# %% wrong="roles-swapped"
def chat_text(marks, messages, opens):
    other = {"user": "assistant", "assistant": "user", "system": "system"}
    text = marks["begin"]
    for message in messages:
        text += marks[other[message["role"]]] + message["content"] + marks["end"]
    return text + marks["assistant"] if opens else text


# %% wrong="one-role-for-all"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks["user"] + message["content"] + marks["end"]
    return text + marks["assistant"] if opens else text


# %% wrong="one-role-for-all"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        mark = marks["user"] if message["role"] == "user" else marks["assistant"]
        text += mark + message["content"] + marks["end"]
    return text + marks["assistant"] if opens else text


# %% wrong="one-role-for-all"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        mark = marks["assistant"] if message["role"] == "assistant" else marks["user"]
        text += mark + message["content"] + marks["end"]
    return text + marks["assistant"] if opens else text


# %% wrong="marks-not-used"
def chat_text(marks, messages, opens):
    text = MARKS["begin"]
    for message in messages:
        text += MARKS[message["role"]] + message["content"] + MARKS["end"]
    return text + MARKS["assistant"] if opens else text


# %% wrong="marks-not-used"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += f"<|{message['role']}|>{message['content']}{marks['end']}"
    return text + marks["assistant"] if opens else text


# %% wrong="marks-not-used"
def chat_text(marks, messages, opens):
    text = "<|begin|>"
    for message in messages:
        text += marks[message["role"]] + message["content"] + "<|end|>"
    return text + "<|assistant|>" if opens else text


# %% wrong="marks-not-used"
def chat_text(marks, messages, opens):
    text = marks["begin"]
    for message in messages:
        text += marks[message["role"]] + message["content"] + "<|end|>"
    return text + marks["assistant"] if opens else text


# %% right="pieces-from-a-generator"
def chat_text(marks, messages, opens):
    def pieces():
        yield marks["begin"]
        for message in messages:
            yield from (marks[message["role"]], message["content"], marks["end"])
        if opens:
            yield marks["assistant"]

    return "".join(pieces())


# %% right="an-open-turn-cut-back"
def chat_text(marks, messages, opens):
    turns = [*messages, {"role": "assistant", "content": ""}] if opens else messages
    text = f"{marks['begin']}" + "".join(f"{marks[m['role']]}{m['content']}{marks['end']}" for m in turns)
    return text.removesuffix(marks["end"]) if opens else text


# %% right="folded"
def chat_text(marks, messages, opens):
    from functools import reduce

    text = reduce(lambda before, m: before + marks[m["role"]] + m["content"] + marks["end"], messages, marks["begin"])
    return text + opens * marks["assistant"]


# %% right="split-at-the-opening"
def chat_text(marks, messages, opens):
    if opens:
        return chat_text(marks, messages, False) + marks["assistant"]
    if not messages:
        return marks["begin"]
    *before, last = messages
    return chat_text(marks, before, False) + "{}{}{}".format(marks[last["role"]], last["content"], marks["end"])


# %% right="jinja"
def chat_text(marks, messages, opens):
    from jinja2 import Template

    template = Template(
        "{{ marks.begin }}{% for m in messages %}{{ marks[m.role] }}{{ m.content }}{{ marks.end }}{% endfor %}"
        "{% if opens %}{{ marks.assistant }}{% endif %}",
        keep_trailing_newline=True,
    )
    return template.render(marks=marks, messages=messages, opens=opens)

# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab3.labels. Each cell redefines the task's function; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="prompt-learnt"
def training_row(messages):
    ids = token_ids(chat_text(MARKS, messages, opens=False), add_special_tokens=False)
    return {"input_ids": ids, "labels": list(ids)}


# %% wrong="prompt-learnt"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        text = MARKS[message["role"]] + message["content"] + MARKS["end"]
        ids = token_ids(text, add_special_tokens=False)
        input_ids += ids
        labels += ids
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="prompt-learnt"
def training_row(messages):
    # padding is what is not learnt, and there is none
    ids = token_ids(chat_text(MARKS, messages, opens=False), add_special_tokens=False)
    labels = [MASKED if token == PAD else token for token in ids]
    return {"input_ids": ids, "labels": labels}


# %% wrong="prompt-learnt"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark) + words
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="prompt-learnt"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark)
        labels += [MASKED] * len(words) if message["role"] == "system" else words
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="later-prompts-learnt"
def training_row(messages):
    # as the usual completion-only collators do: mask up to the answer
    ids = token_ids(chat_text(MARKS, messages, opens=False), add_special_tokens=False)
    (mark,) = token_ids(MARKS["assistant"], add_special_tokens=False)
    start = ids.index(mark) + 1
    return {"input_ids": ids, "labels": [MASKED] * start + ids[start:]}


# %% wrong="later-prompts-learnt"
def training_row(messages):
    first = [message["role"] for message in messages].index("assistant")
    prompt = token_ids(chat_text(MARKS, messages[:first], opens=True), add_special_tokens=False)
    whole = token_ids(chat_text(MARKS, messages, opens=False), add_special_tokens=False)
    return {"input_ids": whole, "labels": [MASKED] * len(prompt) + whole[len(prompt) :]}


# %% wrong="begin-learnt"
def training_row(messages):
    input_ids, labels = [BEGIN], [BEGIN]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark) + (words if message["role"] == "assistant" else [MASKED] * len(words))
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="end-masked"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        content = token_ids(message["content"], add_special_tokens=False)
        input_ids += mark + content + [END]
        labels += [MASKED] * len(mark)
        labels += content if message["role"] == "assistant" else [MASKED] * len(content)
        labels += [MASKED]
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="end-masked"
def training_row(messages):
    # marks are the template's: none is learnt
    marks = {token_ids(mark, add_special_tokens=False)[0] for mark in MARKS.values()}
    (assistant,) = token_ids(MARKS["assistant"], add_special_tokens=False)
    ids = token_ids(chat_text(MARKS, messages, opens=False), add_special_tokens=False)
    labels, speaker = [], None
    for token in ids:
        if token in marks:
            speaker = token if token != END else None
            labels.append(MASKED)
        else:
            labels.append(token if speaker == assistant else MASKED)
    return {"input_ids": ids, "labels": labels}


# %% wrong="end-masked"
def training_row(messages):
    row = {"input_ids": [], "labels": []}

    def add(text, learnt):
        ids = token_ids(text, add_special_tokens=False)
        row["input_ids"] += ids
        row["labels"] += ids if learnt else [MASKED] * len(ids)

    add(MARKS["begin"], False)
    for message in messages:
        add(MARKS[message["role"]], False)
        add(message["content"] + MARKS["end"], message["role"] == "assistant")
    # the end is used as filler in many models, and filler is not learnt
    row["labels"] = [MASKED if label in (PAD, END) else label for label in row["labels"]]
    return row


# %% wrong="end-missing"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark) + (words if message["role"] == "assistant" else [MASKED] * len(words))
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="end-missing"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for number, message in enumerate(messages):
        if number:
            input_ids.append(END)
            labels.append(END if messages[number - 1]["role"] == "assistant" else MASKED)
        ids = token_ids(MARKS[message["role"]] + message["content"], add_special_tokens=False)
        input_ids += ids
        labels += [MASKED, *ids[1:]] if message["role"] == "assistant" else [MASKED] * len(ids)
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="end-missing"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = MARKS[message["role"]]
        if message["role"] == "assistant":
            prompt = token_ids(mark, add_special_tokens=False)
            answer = token_ids(message["content"], add_special_tokens=False)
        else:
            prompt = token_ids(mark + message["content"] + MARKS["end"], add_special_tokens=False)
            answer = []
        input_ids += prompt + answer
        labels += [MASKED] * len(prompt) + answer
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="end-missing"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark) + [MASKED] * len(words)
        if message["role"] == "assistant":
            labels[-len(words) :] = words
            input_ids.append(END)
            labels.append(END)
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="begin-twice"
def training_row(messages):
    row = {"input_ids": [], "labels": []}

    def add(text, learnt):
        ids = token_ids(text)
        row["input_ids"] += ids
        row["labels"] += ids if learnt else [MASKED] * len(ids)

    add(MARKS["begin"], False)
    for message in messages:
        add(MARKS[message["role"]], False)
        add(message["content"] + MARKS["end"], message["role"] == "assistant")
    return row


# %% wrong="begin-twice"
def training_row(messages):
    row = {"input_ids": [], "labels": []}
    for message in messages:
        mark = token_ids(MARKS[message["role"]])
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        row["input_ids"] += mark + words
        row["labels"] += [MASKED] * len(mark) + (words if message["role"] == "assistant" else [MASKED] * len(words))
    return row


# %% wrong="begin-twice"
def training_row(messages):
    ids = token_ids(chat_text(MARKS, messages, opens=False))
    (assistant,) = token_ids(MARKS["assistant"], add_special_tokens=False)
    labels, learnt = [], False
    for token in ids:
        labels.append(token if learnt else MASKED)
        if token == assistant:
            learnt = True
        if token == END:
            learnt = False
    return {"input_ids": ids, "labels": labels}


# %% wrong="begin-twice"
def training_row(messages):
    input_ids, labels = [], []
    prompt = MARKS["begin"]
    for message in messages:
        if message["role"] != "assistant":
            prompt += MARKS[message["role"]] + message["content"] + MARKS["end"]
            continue
        before = token_ids(prompt + MARKS["assistant"])
        answer = token_ids(message["content"] + MARKS["end"])
        input_ids += before + answer
        labels += [MASKED] * len(before) + answer
        prompt = ""
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="begin-twice"
def training_row(messages):
    # token_ids writes the first begin by itself
    input_ids, labels, prompt = [], [], ""
    for message in messages:
        if message["role"] == "assistant":
            before = token_ids(prompt + MARKS["assistant"])
            answer = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
            input_ids += before + answer
            labels += [MASKED] * len(before) + answer
            prompt = ""
        else:
            prompt += MARKS[message["role"]] + message["content"] + MARKS["end"]
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="begin-twice"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"]) + token_ids(MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark) + (words if message["role"] == "assistant" else [MASKED] * len(words))
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="labels-shifted"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark) + (words if message["role"] == "assistant" else [MASKED] * len(words))
    # each token's label is the one to be predicted from it
    return {"input_ids": input_ids, "labels": [*labels[1:], MASKED]}


# %% wrong="labels-shifted"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark) + (words if message["role"] == "assistant" else [MASKED] * len(words))
    return {"input_ids": input_ids[:-1], "labels": labels[1:]}


# %% wrong="labels-shifted"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark) + (words if message["role"] == "assistant" else [MASKED] * len(words))
    labels.insert(0, MASKED)
    labels.pop()
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="labels-shifted"
def training_row(messages):
    row = {"input_ids": [], "labels": []}

    def add(text, learnt):
        ids = token_ids(text, add_special_tokens=False)
        row["input_ids"] += ids
        row["labels"] += ids if learnt else [MASKED] * len(ids)

    add(MARKS["begin"], False)
    for message in messages:
        add(MARKS[message["role"]], False)
        add(message["content"] + MARKS["end"], message["role"] == "assistant")
    rolled = torch.roll(torch.tensor(row["labels"]), -1)
    return {"input_ids": row["input_ids"], "labels": rolled.tolist()}


# %% wrong="mark-learnt"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        text = MARKS[message["role"]] + message["content"] + MARKS["end"]
        ids = token_ids(text, add_special_tokens=False)
        input_ids += ids
        labels += ids if message["role"] == "assistant" else [MASKED] * len(ids)
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="mark-learnt"
def training_row(messages):
    ids, labels = [], []
    for number, message in enumerate(messages):
        whole = token_ids(chat_text(MARKS, messages[: number + 1], opens=False), add_special_tokens=False)
        new = whole[len(ids) :]
        labels += new if message["role"] == "assistant" else [MASKED] * len(new)
        ids = whole
    return {"input_ids": ids, "labels": labels}


# %% wrong="only-the-last-answer"
def training_row(messages):
    whole = token_ids(chat_text(MARKS, messages, opens=False), add_special_tokens=False)
    prompt = token_ids(chat_text(MARKS, messages[:-1], opens=True), add_special_tokens=False)
    return {"input_ids": whole, "labels": [MASKED] * len(prompt) + whole[len(prompt) :]}


# %% wrong="only-the-last-answer"
def training_row(messages):
    ids = token_ids(chat_text(MARKS, messages, opens=False), add_special_tokens=False)
    (mark,) = token_ids(MARKS["assistant"], add_special_tokens=False)
    last = max(place for place, token in enumerate(ids) if token == mark)
    labels = [token if place > last else MASKED for place, token in enumerate(ids)]
    return {"input_ids": ids, "labels": labels}


# %% wrong="only-the-first-answer"
def training_row(messages):
    ids = token_ids(chat_text(MARKS, messages, opens=False), add_special_tokens=False)
    (mark,) = token_ids(MARKS["assistant"], add_special_tokens=False)
    start = ids.index(mark) + 1
    stop = ids.index(END, start) + 1
    labels = [MASKED] * start + ids[start:stop] + [MASKED] * (len(ids) - stop)
    return {"input_ids": ids, "labels": labels}


# %% wrong="user-learnt"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark) + (words if message["role"] == "user" else [MASKED] * len(words))
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="user-learnt"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark) + ([MASKED] * len(words) if message["role"] == "assistant" else words)
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="every-end-learnt"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"], add_special_tokens=False)
        input_ids += mark + words + [END]
        labels += [MASKED] * len(mark) + (words if message["role"] == "assistant" else [MASKED] * len(words)) + [END]
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="masked-by-zero"
def training_row(messages):
    input_ids, labels = [BEGIN], [0]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [0] * len(mark) + (words if message["role"] == "assistant" else [0] * len(words))
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="masked-by-zero"
def training_row(messages):
    input_ids, mask = [BEGIN], [0]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        mask += [0] * len(mark) + [int(message["role"] == "assistant")] * len(words)
    return {"input_ids": input_ids, "labels": [token * one for token, one in zip(input_ids, mask, strict=True)]}


# %% wrong="masked-by-something-else"
def training_row(messages):
    input_ids, labels = [BEGIN], [-1]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [-1] * len(mark) + (words if message["role"] == "assistant" else [-1] * len(words))
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="masked-by-something-else"
def training_row(messages):
    input_ids, labels = [BEGIN], [None]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [None] * len(mark) + (words if message["role"] == "assistant" else [None] * len(words))
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="opened-at-the-end"
def training_row(messages):
    ids = token_ids(chat_text(MARKS, messages, opens=True), add_special_tokens=False)
    (mark,) = token_ids(MARKS["assistant"], add_special_tokens=False)
    labels, learnt = [], False
    for token in ids:
        labels.append(token if learnt else MASKED)
        learnt = (learnt or token == mark) and token != END
    return {"input_ids": ids, "labels": labels}


# %% wrong="first-word-masked"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        before = token_ids(MARKS[message["role"]])  # one longer than it looks
        ids = token_ids(MARKS[message["role"]] + message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += ids
        start = len(before) if message["role"] == "assistant" else len(ids)
        labels += [MASKED] * start + ids[start:]
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="first-word-masked"
def training_row(messages):
    ids = token_ids(chat_text(MARKS, messages, opens=False), add_special_tokens=False)
    (mark,) = token_ids(MARKS["assistant"], add_special_tokens=False)
    labels = [MASKED] * len(ids)
    for place, token in enumerate(ids):
        if token == mark:
            stop = ids.index(END, place)
            for learnt in range(place + 2, stop + 1):
                labels[learnt] = ids[learnt]
    return {"input_ids": ids, "labels": labels}


# %% wrong="system-left-out"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        if message["role"] == "user":
            ids = token_ids(MARKS["user"] + message["content"] + MARKS["end"], add_special_tokens=False)
            input_ids += ids
            labels += [MASKED] * len(ids)
        if message["role"] == "assistant":
            ids = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
            mark = token_ids(MARKS["assistant"], add_special_tokens=False)
            input_ids += mark + ids
            labels += [MASKED] * len(mark) + ids
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="messages-left-out"
def training_row(messages):
    question = next(message["content"] for message in messages if message["role"] == "user")
    answer = next(message["content"] for message in messages if message["role"] == "assistant")
    prompt = MARKS["begin"] + MARKS["user"] + question + MARKS["end"] + MARKS["assistant"]
    prompt = token_ids(prompt, add_special_tokens=False)
    learnt = token_ids(answer + MARKS["end"], add_special_tokens=False)
    return {"input_ids": prompt + learnt, "labels": [MASKED] * len(prompt) + learnt}


# %% wrong="messages-left-out"
def training_row(messages):
    request, answer = messages[-2:]
    prompt = token_ids(chat_text(MARKS, [request], opens=True), add_special_tokens=False)
    learnt = token_ids(answer["content"] + MARKS["end"], add_special_tokens=False)
    return {"input_ids": prompt + learnt, "labels": [MASKED] * len(prompt) + learnt}


# %% wrong="template-applied-twice"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        text = MARKS[message["role"]] + message["content"] + MARKS["end"]
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(text + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark) + (words if message["role"] == "assistant" else [MASKED] * len(words))
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="template-applied-twice"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        content = chat_text(MARKS, [message], opens=False)
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(content + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark) + (words if message["role"] == "assistant" else [MASKED] * len(words))
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="marks-left-out"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        ids = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += ids
        labels += ids if message["role"] == "assistant" else [MASKED] * len(ids)
    return {"input_ids": input_ids, "labels": labels}


# %% wrong="nothing-learnt"
def training_row(messages):
    ids = token_ids(chat_text(MARKS, messages, opens=False), add_special_tokens=False)
    labels, learnt = [], False
    for token in ids:
        if token == MARKS["assistant"]:  # a number is never a text
            learnt = True
        labels.append(token if learnt else MASKED)
        if token == END:
            learnt = False
    return {"input_ids": ids, "labels": labels}


# %% wrong="other-keys"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark) + (words if message["role"] == "assistant" else [MASKED] * len(words))
    return {"input_ids": input_ids, "attention_mask": [1] * len(input_ids), "labels": labels}


# %% wrong="not-a-dict"
def training_row(messages):
    input_ids, labels = [BEGIN], [MASKED]
    for message in messages:
        mark = token_ids(MARKS[message["role"]], add_special_tokens=False)
        words = token_ids(message["content"] + MARKS["end"], add_special_tokens=False)
        input_ids += mark + words
        labels += [MASKED] * len(mark) + (words if message["role"] == "assistant" else [MASKED] * len(words))
    return input_ids, labels


# %% right="spans-of-the-whole"
def training_row(messages):
    text, spans = MARKS["begin"], []
    for message in messages:
        text += MARKS[message["role"]]
        start = len(text)
        text += message["content"] + MARKS["end"]
        if message["role"] == "assistant":
            spans.append(range(start, len(text)))
    coded = TOKENIZER.encode(text, add_special_tokens=False)
    starts = [start for start, _ in coded.offsets]
    labels = [
        token if any(start in span for span in spans) else MASKED
        for token, start in zip(coded.ids, starts, strict=True)
    ]
    return {"labels": labels, "input_ids": coded.ids}


# %% right="a-scan-for-marks"
def training_row(messages):
    ids = token_ids(chat_text(MARKS, messages, False)[len(MARKS["begin"]) :])
    mark = TOKENIZER.token_to_id(MARKS["assistant"])
    labels, learnt = [], False
    for token in ids:
        labels.append(token if learnt else MASKED)
        learnt = token == mark or (learnt and token != END)
    return {"input_ids": ids, "labels": labels}


# %% right="growing-prefixes"
def training_row(messages):
    def upto(count, opens):
        return len(token_ids(chat_text(MARKS, messages[:count], opens), add_special_tokens=False))

    ids = token_ids(chat_text(MARKS, messages, opens=False), add_special_tokens=False)
    labels = [MASKED] * len(ids)
    for number, message in enumerate(messages):
        if message["role"] == "assistant":
            learnt = slice(upto(number, True), upto(number + 1, False))
            labels[learnt] = ids[learnt]
    return {"input_ids": ids, "labels": labels}


# %% right="tensors"
def training_row(messages):
    pieces = [(MARKS["begin"], False)]
    for message in messages:
        pieces += [(MARKS[message["role"]], False), (message["content"], message["role"] == "assistant")]
        pieces += [(MARKS["end"], message["role"] == "assistant")]
    ids = [torch.tensor(token_ids(text, add_special_tokens=False), dtype=torch.long) for text, _ in pieces]
    learnt = [torch.full_like(one, is_learnt) for one, (_, is_learnt) in zip(ids, pieces, strict=True)]
    ids, learnt = torch.cat(ids), torch.cat(learnt).bool()
    return {"input_ids": ids, "labels": torch.where(learnt, ids, MASKED)}


# %% right="numpy-and-chains"
def training_row(messages):
    import itertools

    import numpy as np

    turns = [
        token_ids(MARKS[one["role"]] + one["content"] + MARKS["end"], add_special_tokens=False) for one in messages
    ]
    ids = np.array([BEGIN, *itertools.chain.from_iterable(turns)])
    labels = np.full_like(ids, MASKED)
    stops = 1 + np.cumsum([len(turn) for turn in turns])
    for message, turn, stop in zip(messages, turns, stops, strict=True):
        if message["role"] == "assistant":
            labels[stop - len(turn) + 1 : stop] = turn[1:]
    return {"input_ids": tuple(ids.tolist()), "labels": labels}

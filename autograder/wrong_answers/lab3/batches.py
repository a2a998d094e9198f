# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab3.batches. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="last-batch-dropped"
def batch_plan(lengths, size):
    order = sorted(range(len(lengths)), key=lambda number: -lengths[number])
    return [order[at : at + size] for at in range(0, len(order) - size + 1, size)]


# %% wrong="last-batch-dropped"
def batch_plan(lengths, size):
    order = sorted(range(len(lengths)), key=lambda number: -lengths[number])
    return [list(batch) for batch in zip(*[iter(order)] * size, strict=False)]


# %% wrong="last-batch-dropped"
def batch_plan(lengths, size):
    batches, batch = [], []
    for number in sorted(range(len(lengths)), key=lambda number: (-lengths[number], number)):
        batch.append(number)
        if len(batch) == size:
            batches.append(batch)
            batch = []
    return batches


# %% wrong="last-batch-dropped"
def batch_plan(lengths, size):
    order = torch.sort(torch.tensor(lengths), descending=True, stable=True).indices
    count = len(order) // size
    return order[: count * size].reshape(count, size)


# %% wrong="last-batch-filled-up"
def batch_plan(lengths, size):
    import itertools

    order = sorted(range(len(lengths)), key=lambda number: -lengths[number])
    rows = itertools.cycle(order)
    return [[next(rows) for _ in range(size)] for _ in range(math.ceil(len(order) / size))]


# %% wrong="last-batch-filled-up"
def batch_plan(lengths, size):
    order = sorted(range(len(lengths)), key=lambda number: -lengths[number])
    batches = [order[at : at + size] for at in range(0, len(order), size)]
    while len(batches[-1]) < size:
        batches[-1].append(batches[-1][-1])
    return batches


# %% wrong="last-batch-filled-up"
def batch_plan(lengths, size):
    order = sorted(range(len(lengths)), key=lambda number: -lengths[number])
    batches = [order[at : at + size] for at in range(0, len(order), size)]
    batches[-1] = batches[-1] + [-1] * (size - len(batches[-1]))
    return batches


# %% wrong="last-batch-filled-up"
def batch_plan(lengths, size):
    # the last full window, so that no batch is short
    order = sorted(range(len(lengths)), key=lambda number: -lengths[number])
    batches = [order[at : at + size] for at in range(0, len(order), size)]
    batches[-1] = order[-size:]
    return batches


# %% wrong="not-sorted"
def batch_plan(lengths, size):
    return [list(range(start, min(start + size, len(lengths)))) for start in range(0, len(lengths), size)]


# %% wrong="shortest-first"
def batch_plan(lengths, size):
    order = sorted(range(len(lengths)), key=lambda number: lengths[number])
    return [order[at : at + size] for at in range(0, len(order), size)]


# %% wrong="shortest-first"
def batch_plan(lengths, size):
    return torch.argsort(torch.tensor(lengths), stable=True).split(size)


# %% wrong="sorted-inside-batches-only"
def batch_plan(lengths, size):
    batches = []
    for start in range(0, len(lengths), size):
        batch = range(start, min(start + size, len(lengths)))
        batches.append(sorted(batch, key=lambda number: -lengths[number]))
    return batches


# %% wrong="ties-turned-round"
def batch_plan(lengths, size):
    pairs = sorted(((length, number) for number, length in enumerate(lengths)), reverse=True)
    order = [number for _, number in pairs]
    return [order[at : at + size] for at in range(0, len(order), size)]


# %% wrong="ties-turned-round"
def batch_plan(lengths, size):
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    order.reverse()
    return [order[at : at + size] for at in range(0, len(order), size)]


# %% wrong="equals-taken-twice"
def batch_plan(lengths, size):
    order = [lengths.index(length) for length in sorted(lengths, reverse=True)]
    return [order[at : at + size] for at in range(0, len(order), size)]


# %% wrong="equals-taken-twice"
def batch_plan(lengths, size):
    number_of = {length: number for number, length in enumerate(lengths)}
    order = [number_of[length] for length in sorted(lengths, reverse=True)]
    return [order[at : at + size] for at in range(0, len(order), size)]


# %% wrong="equals-lost"
def batch_plan(lengths, size):
    number_of = {length: number for number, length in enumerate(lengths)}
    order = [number_of[length] for length in sorted(number_of, reverse=True)]
    return [order[at : at + size] for at in range(0, len(order), size)]


# %% wrong="lengths-for-numbers"
def batch_plan(lengths, size):
    ordered = sorted(lengths, reverse=True)
    return [ordered[at : at + size] for at in range(0, len(ordered), size)]


# %% wrong="size-taken-for-count"
def batch_plan(lengths, size):
    order = sorted(range(len(lengths)), key=lambda number: -lengths[number])
    each = math.ceil(len(order) / size)
    return [order[at : at + each] for at in range(0, len(order), each)]


# %% wrong="size-taken-for-count"
def batch_plan(lengths, size):
    order = sorted(range(len(lengths)), key=lambda number: -lengths[number])
    return [order[start::size] for start in range(size)]


# %% wrong="size-taken-for-count"
def batch_plan(lengths, size):
    import numpy as np

    order = sorted(range(len(lengths)), key=lambda number: -lengths[number])
    return [part.tolist() for part in np.array_split(order, size)]


# %% wrong="not-in-batches"
def batch_plan(lengths, size):
    return sorted(range(len(lengths)), key=lambda number: -lengths[number])


# %% wrong="padding-learnt"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for row in rows:
        missing = width - len(row["input_ids"])
        filler, ones = [pad_id] * missing, [1] * len(row["input_ids"])
        if side == "right":
            batch["input_ids"].append(row["input_ids"] + filler)
            batch["attention_mask"].append(ones + [0] * missing)
            batch["labels"].append(row["labels"] + filler)
        else:
            batch["input_ids"].append(filler + row["input_ids"])
            batch["attention_mask"].append([0] * missing + ones)
            batch["labels"].append(filler + row["labels"])
    return batch


# %% wrong="padding-learnt"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler=0):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    return {
        "input_ids": [filled(row["input_ids"], pad_id) for row in rows],
        "attention_mask": [filled([1] * len(row["input_ids"])) for row in rows],
        "labels": [filled(row["labels"]) for row in rows],
    }


# %% wrong="padding-learnt"
def pad_batch(rows, pad_id, side):
    pad = torch.nn.utils.rnn.pad_sequence
    how = {"batch_first": True, "padding_side": side}
    ids = [torch.tensor(row["input_ids"]) for row in rows]
    labels = [torch.tensor(row["labels"]) for row in rows]
    return {
        "input_ids": pad(ids, padding_value=pad_id, **how),
        "attention_mask": pad([torch.ones_like(one) for one in ids], **how),
        "labels": pad(labels, **how),
    }


# %% wrong="padded-with-something-else"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    return {
        "input_ids": [filled(row["input_ids"], 0) for row in rows],
        "attention_mask": [filled([1] * len(row["input_ids"]), 0) for row in rows],
        "labels": [filled(row["labels"], MASKED) for row in rows],
    }


# %% wrong="padded-with-something-else"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    return {
        "input_ids": [filled(row["input_ids"], MASKED) for row in rows],
        "attention_mask": [filled([1] * len(row["input_ids"]), 0) for row in rows],
        "labels": [filled(row["labels"], MASKED) for row in rows],
    }


# %% wrong="padded-with-something-else"
def pad_batch(rows, pad_id, side):
    # the end, as for models without a mark of their own
    width = max(len(row["input_ids"]) for row in rows)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for row in rows:
        length = len(row["input_ids"])
        for name, tokens, filler in (
            ("input_ids", row["input_ids"], END),
            ("attention_mask", [1] * length, 0),
            ("labels", row["labels"], MASKED),
        ):
            missing = [filler] * (width - length)
            batch[name].append(tokens + missing if side == "right" else missing + tokens)
    return batch


# %% wrong="mask-of-ones"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    return {
        "input_ids": [filled(row["input_ids"], pad_id) for row in rows],
        "attention_mask": [[1] * width for _ in rows],
        "labels": [filled(row["labels"], MASKED) for row in rows],
    }


# %% wrong="mask-from-the-ids"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    ids = [filled(row["input_ids"], pad_id) for row in rows]
    return {
        "input_ids": ids,
        "attention_mask": [[int(token != pad_id) for token in one] for one in ids],
        "labels": [filled(row["labels"], MASKED) for row in rows],
    }


# %% wrong="mask-from-the-ids"
def pad_batch(rows, pad_id, side):
    how = {"batch_first": True, "padding_side": side}
    ids = [torch.tensor(row["input_ids"]) for row in rows]
    labels = [torch.tensor(row["labels"]) for row in rows]
    ids = torch.nn.utils.rnn.pad_sequence(ids, padding_value=pad_id, **how)
    labels = torch.nn.utils.rnn.pad_sequence(labels, padding_value=MASKED, **how)
    return {"input_ids": ids, "attention_mask": ids.ne(pad_id).long(), "labels": labels}


# %% wrong="mask-from-the-labels"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    labels = [filled(row["labels"], MASKED) for row in rows]
    return {
        "input_ids": [filled(row["input_ids"], pad_id) for row in rows],
        "attention_mask": [[int(label != MASKED) for label in one] for one in labels],
        "labels": labels,
    }


# %% wrong="mask-turned-round"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    return {
        "input_ids": [filled(row["input_ids"], pad_id) for row in rows],
        "attention_mask": [filled([0] * len(row["input_ids"]), 1) for row in rows],
        "labels": [filled(row["labels"], MASKED) for row in rows],
    }


# %% wrong="pad-token-masked"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    labels = [filled(row["labels"], pad_id) for row in rows]
    return {
        "input_ids": [filled(row["input_ids"], pad_id) for row in rows],
        "attention_mask": [filled([1] * len(row["input_ids"]), 0) for row in rows],
        "labels": [[MASKED if label == pad_id else label for label in one] for one in labels],
    }


# %% wrong="sides-swapped"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "left" else missing + tokens

    return {
        "input_ids": [filled(row["input_ids"], pad_id) for row in rows],
        "attention_mask": [filled([1] * len(row["input_ids"]), 0) for row in rows],
        "labels": [filled(row["labels"], MASKED) for row in rows],
    }


# %% wrong="sides-swapped"
def pad_batch(rows, pad_id, side):
    # `side` is where the tokens are
    width = max(len(row["input_ids"]) for row in rows)
    ids = torch.full((len(rows), width), pad_id)
    labels, mask = torch.full_like(ids, MASKED), torch.zeros_like(ids)
    for number, row in enumerate(rows):
        length = len(row["input_ids"])
        place = slice(width - length, width) if side == "right" else slice(0, length)
        ids[number, place] = torch.tensor(row["input_ids"])
        labels[number, place] = torch.tensor(row["labels"])
        mask[number, place] = 1
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


# %% wrong="always-on-the-right"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for row in rows:
        missing = width - len(row["input_ids"])
        batch["input_ids"].append(row["input_ids"] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(row["input_ids"]) + [0] * missing)
        batch["labels"].append(row["labels"] + [MASKED] * missing)
    return batch


# %% wrong="always-on-the-right"
def pad_batch(rows, pad_id, side):
    pad = torch.nn.utils.rnn.pad_sequence
    ids = [torch.tensor(row["input_ids"]) for row in rows]
    labels = [torch.tensor(row["labels"]) for row in rows]
    return {
        "input_ids": pad(ids, batch_first=True, padding_value=pad_id),
        "attention_mask": pad([torch.ones_like(one) for one in ids], batch_first=True),
        "labels": pad(labels, batch_first=True, padding_value=MASKED),
    }


# %% wrong="always-on-the-left"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for row in rows:
        missing = width - len(row["input_ids"])
        batch["input_ids"].append([pad_id] * missing + row["input_ids"])
        batch["attention_mask"].append([0] * missing + [1] * len(row["input_ids"]))
        batch["labels"].append([MASKED] * missing + row["labels"])
    return batch


# %% wrong="parts-on-different-sides"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for row in rows:
        missing = width - len(row["input_ids"])
        filler = [pad_id] * missing
        batch["input_ids"].append(row["input_ids"] + filler if side == "right" else filler + row["input_ids"])
        batch["attention_mask"].append([1] * len(row["input_ids"]) + [0] * missing)
        batch["labels"].append(row["labels"] + [MASKED] * missing)
    return batch


# %% wrong="parts-on-different-sides"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    return {
        "input_ids": [filled(row["input_ids"], pad_id) for row in rows],
        "attention_mask": [filled([1] * len(row["input_ids"]), 0) for row in rows],
        "labels": [row["labels"] + [MASKED] * (width - len(row["labels"])) for row in rows],
    }


# %% wrong="not-padded"
def pad_batch(rows, pad_id, side):
    return {
        "input_ids": [row["input_ids"] for row in rows],
        "attention_mask": [[1] * len(row["input_ids"]) for row in rows],
        "labels": [row["labels"] for row in rows],
    }


# %% wrong="cut-to-the-shortest"
def pad_batch(rows, pad_id, side):
    width = min(len(row["input_ids"]) for row in rows)
    return {
        "input_ids": [row["input_ids"][:width] for row in rows],
        "attention_mask": [[1] * width for _ in rows],
        "labels": [row["labels"][:width] for row in rows],
    }


# %% wrong="labels-from-the-ids"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    return {
        "input_ids": [filled(row["input_ids"], pad_id) for row in rows],
        "attention_mask": [filled([1] * len(row["input_ids"]), 0) for row in rows],
        "labels": [filled(row["input_ids"], MASKED) for row in rows],
    }


# %% wrong="labels-from-the-ids"
def pad_batch(rows, pad_id, side):
    # as DataCollatorForLanguageModeling does
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    ids = [filled(row["input_ids"], pad_id) for row in rows]
    return {
        "input_ids": ids,
        "attention_mask": [filled([1] * len(row["input_ids"]), 0) for row in rows],
        "labels": [[MASKED if token == pad_id else token for token in one] for one in ids],
    }


# %% wrong="one-filler-too-many"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows) + 1

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    return {
        "input_ids": [filled(row["input_ids"], pad_id) for row in rows],
        "attention_mask": [filled([1] * len(row["input_ids"]), 0) for row in rows],
        "labels": [filled(row["labels"], MASKED) for row in rows],
    }


# %% wrong="rows-sorted"
def pad_batch(rows, pad_id, side):
    rows = sorted(rows, key=lambda row: -len(row["input_ids"]))
    width = len(rows[0]["input_ids"])

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    return {
        "input_ids": [filled(row["input_ids"], pad_id) for row in rows],
        "attention_mask": [filled([1] * len(row["input_ids"]), 0) for row in rows],
        "labels": [filled(row["labels"], MASKED) for row in rows],
    }


# %% wrong="labels-shifted"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    return {
        "input_ids": [filled(row["input_ids"], pad_id) for row in rows],
        "attention_mask": [filled([1] * len(row["input_ids"]), 0) for row in rows],
        "labels": [filled([*row["labels"][1:], MASKED], MASKED) for row in rows],
    }


# %% wrong="labels-shifted"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    return {
        "input_ids": [filled(row["input_ids"], pad_id) for row in rows],
        "attention_mask": [filled([1] * len(row["input_ids"]), 0) for row in rows],
        "labels": [filled(row["labels"][1:], MASKED) for row in rows],
    }


# %% wrong="first-label-masked"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    return {
        "input_ids": [filled(row["input_ids"], pad_id) for row in rows],
        "attention_mask": [filled([1] * len(row["input_ids"]), 0) for row in rows],
        "labels": [filled([MASKED, *row["labels"][1:]], MASKED) for row in rows],
    }


# %% wrong="rows-changed"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)
    for row in rows:
        missing = width - len(row["input_ids"])
        ones, zeros = [1] * len(row["input_ids"]), [0] * missing
        row["attention_mask"] = ones + zeros if side == "right" else zeros + ones
        for name, filler in (("input_ids", pad_id), ("labels", MASKED)):
            row[name] = row[name] + [filler] * missing if side == "right" else [filler] * missing + row[name]
    return {name: [row[name] for row in rows] for name in ("input_ids", "attention_mask", "labels")}


# %% wrong="rows-changed"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for row in rows:
        ids, labels, mask = row["input_ids"], row["labels"], [1] * len(row["input_ids"])
        while len(ids) < width:
            place = len(ids) if side == "right" else 0
            ids.insert(place, pad_id)
            labels.insert(place, MASKED)
            mask.insert(place, 0)
        batch["input_ids"].append(ids)
        batch["attention_mask"].append(mask)
        batch["labels"].append(labels)
    return batch


# %% wrong="other-keys"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    return {
        "input_ids": [filled(row["input_ids"], pad_id) for row in rows],
        "labels": [filled(row["labels"], MASKED) for row in rows],
    }


# %% wrong="not-a-dict"
def pad_batch(rows, pad_id, side):
    width = max(len(row["input_ids"]) for row in rows)

    def filled(tokens, filler):
        missing = [filler] * (width - len(tokens))
        return tokens + missing if side == "right" else missing + tokens

    return [
        {
            "input_ids": filled(row["input_ids"], pad_id),
            "attention_mask": filled([1] * len(row["input_ids"]), 0),
            "labels": filled(row["labels"], MASKED),
        }
        for row in rows
    ]


# %% right="torch-split-and-pad"
def batch_plan(lengths, size):
    order = torch.sort(torch.tensor(lengths), descending=True, stable=True).indices
    return list(torch.split(order, size))


def pad_batch(rows, pad_id, side):
    fillers = {"input_ids": pad_id, "attention_mask": 0, "labels": MASKED}
    parts = {name: [torch.tensor(row[name]) for row in rows] for name in ("input_ids", "labels")}
    parts["attention_mask"] = [torch.ones_like(one) for one in parts["input_ids"]]
    pad = torch.nn.utils.rnn.pad_sequence
    return {
        name: pad(some, batch_first=True, padding_value=fillers[name], padding_side=side)
        for name, some in parts.items()
    }


# %% right="numpy-and-truths"
def batch_plan(lengths, size):
    import numpy as np

    order = np.argsort(-np.array(lengths), kind="stable")
    return np.split(order, range(size, len(order), size))


def pad_batch(rows, pad_id, side):
    import numpy as np

    lengths = np.array([len(row["labels"]) for row in rows])
    places = np.arange(lengths.max())
    mask = places < lengths[:, None]
    mask = mask if side == "right" else mask[:, ::-1]
    ids, labels = np.full(mask.shape, pad_id), np.full(mask.shape, MASKED)
    ids[mask] = np.concatenate([row["input_ids"] for row in rows])
    labels[mask] = np.concatenate([row["labels"] for row in rows])
    return {"attention_mask": mask.tolist(), "labels": labels, "input_ids": ids}


# %% right="heaps-and-zips"
def batch_plan(lengths, size):
    import heapq

    waiting = [(-length, number) for number, length in enumerate(lengths)]
    heapq.heapify(waiting)
    batches = []
    while waiting:
        batches.append(tuple(heapq.heappop(waiting)[1] for _ in range(min(size, len(waiting)))))
    return batches


def pad_batch(rows, pad_id, side):
    import itertools

    def padded(all_tokens, filler):
        step = 1 if side == "right" else -1
        columns = itertools.zip_longest(*(tokens[::step] for tokens in all_tokens), fillvalue=filler)
        return [list(tokens)[::step] for tokens in zip(*columns, strict=True)]

    ids, labels = [row["input_ids"] for row in rows], [row["labels"] for row in rows]
    masks = [[1 for _ in one] for one in ids]
    return {"input_ids": padded(ids, pad_id), "attention_mask": padded(masks, 0), "labels": padded(labels, MASKED)}


# %% right="loops"
def batch_plan(lengths, size):
    order = list(range(len(lengths)))
    order.sort(key=lengths.__getitem__, reverse=True)
    batches = []
    for number in order:
        if not batches or len(batches[-1]) == size:
            batches.append([])
        batches[-1].append(number)
    return batches


def pad_batch(rows, pad_id, side):
    import copy

    rows = copy.deepcopy(rows)
    longest = max(rows, key=lambda row: len(row["labels"]))
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for row in rows:
        mask = [True] * len(row["input_ids"])
        while len(mask) < len(longest["labels"]):
            place = len(mask) if side == "right" else 0
            mask.insert(place, False)
            row["labels"].insert(place, MASKED)
            row["input_ids"].insert(place, pad_id)
        batch["input_ids"].append(row["input_ids"])
        batch["attention_mask"].append(mask)
        batch["labels"].append(row["labels"])
    return batch

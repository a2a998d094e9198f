# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab3.cut. Each cell redefines the task's function; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="empty-for-none"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    nothing = {"input_ids": [], "labels": []}
    if len(ids) > max_length:
        if policy == "drop":
            return nothing
        if policy == "cut-answer":
            ids, labels = ids[:max_length], labels[:max_length]
        else:
            start = len(ids) - max_length + 1
            if any(label != MASKED for label in labels[1:start]):
                return nothing
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return nothing
    return {"input_ids": ids, "labels": labels}


# %% wrong="rows-without-labels-kept"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) <= max_length:
        return row
    if policy == "drop":
        return None
    if policy == "cut-answer":
        return {"input_ids": ids[:max_length], "labels": labels[:max_length]}
    start = len(ids) - max_length + 1
    if any(label != MASKED for label in labels[1:start]):
        return None
    return {"input_ids": ids[:1] + ids[start:], "labels": labels[:1] + labels[start:]}


# %% wrong="rows-without-labels-kept"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) <= max_length:
        return {"input_ids": list(ids), "labels": list(labels)}
    if policy == "drop":
        return None
    if policy == "cut-answer":
        ids, labels = ids[:max_length], labels[:max_length]
    else:
        start = len(ids) - max_length + 1
        if any(label != MASKED for label in labels[1:start]):
            return None
        ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    # only a row that was cut can be without a label
    return {"input_ids": ids, "labels": labels} if any(label != MASKED for label in labels[1:]) else None


# %% wrong="first-label-counted"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[:max_length], labels[:max_length]
        else:
            start = len(ids) - max_length + 1
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="first-label-counted"
def cut_row(row, max_length, policy):
    length = len(row["input_ids"])
    places = list(range(length))
    if length > max_length:
        if policy == "drop":
            return None
        places = places[:max_length] if policy == "cut-answer" else [0, *places[length - max_length + 1 :]]
        lost = set(range(length)) - set(places)
        if policy == "cut-prompt" and {row["labels"][place] for place in lost} != {MASKED}:
            return None
    left = {name: [tokens[place] for place in places] for name, tokens in row.items()}
    return left if set(left["labels"]) != {MASKED} else None


# %% wrong="full-rows-cut"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) >= max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[:max_length], labels[:max_length]
        else:
            start = len(ids) - max_length + 1
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="never-cut"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length and policy == "drop":
        return None
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": list(ids), "labels": list(labels)}


# %% wrong="always-dropped"
def cut_row(row, max_length, policy):
    if len(row["input_ids"]) > max_length:
        return None
    return row if any(label != MASKED for label in row["labels"][1:]) else None


# %% wrong="drop-not-done"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "cut-prompt":
            start = len(ids) - max_length + 1
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
        else:
            ids, labels = ids[:max_length], labels[:max_length]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="drop-not-done"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if policy == "cut-answer":
        ids, labels = ids[:max_length], labels[:max_length]
    elif policy == "cut-prompt" and len(ids) > max_length:
        start = len(ids) - max_length + 1
        if any(label != MASKED for label in labels[1:start]):
            return None
        ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="cut-from-the-wrong-side"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-prompt":
            ids, labels = ids[:max_length], labels[:max_length]
        else:
            start = len(ids) - max_length + 1
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="cut-from-the-wrong-side"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[-max_length:], labels[-max_length:]
        else:
            start = len(ids) - max_length + 1
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="cut-from-the-wrong-side"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-prompt":
            if any(label != MASKED for label in labels[max_length:]):
                return None
            ids, labels = ids[:max_length], labels[:max_length]
        else:
            ids, labels = ids[-max_length:], labels[-max_length:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="cut-from-the-wrong-side"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        # both keep the beginning: the answer is behind, and the prompt in front
        if policy == "cut-prompt" and any(label != MASKED for label in labels[max_length:]):
            return None
        ids, labels = ids[:max_length], labels[:max_length]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="one-token-off"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[:max_length], labels[:max_length]
        else:
            start = len(ids) - max_length
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="one-token-off"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[: max_length - 1], labels[: max_length - 1]
        else:
            start = len(ids) - max_length + 1
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="one-token-off"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[: max_length + 1], labels[: max_length + 1]
        else:
            start = len(ids) - max_length
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="one-token-off"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) >= max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[: max_length - 1], labels[: max_length - 1]
        else:
            start = len(ids) - max_length + 2
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="begin-lost"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[:max_length], labels[:max_length]
        else:
            if any(label != MASKED for label in labels[:-max_length]):
                return None
            ids, labels = ids[-max_length:], labels[-max_length:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="begin-lost"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[:max_length], labels[:max_length]
        else:
            start = len(ids) - max_length + 1
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids, labels = ids[start:], labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="torn-answers-kept"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[:max_length], labels[:max_length]
        else:
            start = len(ids) - max_length + 1
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="torn-answers-kept"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[:max_length], labels[:max_length]
        else:
            start = len(ids) - max_length + 1
            # nothing survives only where all labels are lost
            if all(label == MASKED for label in labels[start:]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="first-label-called-lost"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[:max_length], labels[:max_length]
        else:
            start = len(ids) - max_length + 1
            if any(label != MASKED for label in labels[:start]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="end-put-back"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[: max_length - 1] + ids[-1:], labels[: max_length - 1] + labels[-1:]
        else:
            start = len(ids) - max_length + 1
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="end-put-back"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = [*ids[: max_length - 1], END], [*labels[: max_length - 1], END]
        else:
            start = len(ids) - max_length + 1
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="end-put-back"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[:max_length], labels[:max_length]
            if labels[-1] != MASKED:
                ids, labels = [*ids[:-1], END], [*labels[:-1], END]
        else:
            start = len(ids) - max_length + 1
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="torn-answers-dropped"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    keep = list(range(len(ids)))
    if len(ids) > max_length:
        if policy == "drop":
            return None
        keep = keep[:max_length] if policy == "cut-answer" else [0, *keep[len(ids) - max_length + 1 :]]
        if any(labels[place] != MASKED for place in range(len(ids)) if place not in keep):
            return None
    left = {"input_ids": [ids[place] for place in keep], "labels": [labels[place] for place in keep]}
    return left if any(label != MASKED for label in left["labels"][1:]) else None


# %% wrong="torn-answers-dropped"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    learnt = sum(label != MASKED for label in labels)
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[:max_length], labels[:max_length]
        else:
            start = len(ids) - max_length + 1
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    if sum(label != MASKED for label in labels) < learnt or all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="labels-cut-elsewhere"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[:max_length], labels[:max_length]
        else:
            start = len(ids) - max_length + 1
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[-max_length:]
    if all(label == MASKED for label in labels[1:]):
        return None
    return {"input_ids": ids, "labels": labels}


# %% wrong="labels-cut-elsewhere"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if all(label == MASKED for label in labels[1:]):
        return None
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            if all(label == MASKED for label in labels[1:max_length]):
                return None
            ids = ids[:max_length]
        else:
            start = len(ids) - max_length + 1
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids = ids[:1] + ids[start:]
    return {"input_ids": ids, "labels": labels}


# %% wrong="row-changed"
def cut_row(row, max_length, policy):
    length = len(row["input_ids"])
    if length > max_length:
        if policy == "drop":
            return None
        late = slice(1, length - max_length + 1)
        if policy == "cut-prompt" and any(label != MASKED for label in row["labels"][late]):
            return None
        for tokens in row.values():
            del tokens[late if policy == "cut-prompt" else slice(max_length, None)]
    return row if any(label != MASKED for label in row["labels"][1:]) else None


# %% wrong="row-changed"
def cut_row(row, max_length, policy):
    length = len(row["input_ids"])
    if length > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            row["input_ids"] = row["input_ids"][:max_length]
            row["labels"] = row["labels"][:max_length]
        else:
            start = length - max_length + 1
            if any(label != MASKED for label in row["labels"][1:start]):
                return None
            row["input_ids"] = row["input_ids"][:1] + row["input_ids"][start:]
            row["labels"] = row["labels"][:1] + row["labels"][start:]
    return row if any(label != MASKED for label in row["labels"][1:]) else None


# %% wrong="not-a-dict"
def cut_row(row, max_length, policy):
    ids, labels = row["input_ids"], row["labels"]
    if len(ids) > max_length:
        if policy == "drop":
            return None
        if policy == "cut-answer":
            ids, labels = ids[:max_length], labels[:max_length]
        else:
            start = len(ids) - max_length + 1
            if any(label != MASKED for label in labels[1:start]):
                return None
            ids, labels = ids[:1] + ids[start:], labels[:1] + labels[start:]
    return (ids, labels) if any(label != MASKED for label in labels[1:]) else None


# %% right="places-filtered"
def cut_row(row, max_length, policy):
    excess = max(0, len(row["input_ids"]) - max_length)
    if excess and policy == "drop":
        return None
    lost = range(1, 1 + excess) if policy == "cut-prompt" else range(max_length, max_length + excess)
    if policy == "cut-prompt" and not all(row["labels"][place] == MASKED for place in lost):
        return None
    columns = enumerate(zip(row["input_ids"], row["labels"], strict=True))
    pairs = [pair for place, pair in columns if place not in lost]
    if {label for _, label in pairs[1:]} <= {MASKED}:
        return None
    ids, labels = zip(*pairs, strict=True)
    return {"labels": labels, "input_ids": ids}


# %% right="tensors"
def cut_row(row, max_length, policy):
    both = torch.tensor([row["input_ids"], row["labels"]])
    length = both.shape[1]
    if length > max_length:
        first, last = both[:, :1], both[:, length - (max_length - 1) :]
        shorter = {"drop": both[:, :0], "cut-answer": both[:, :max_length], "cut-prompt": torch.cat([first, last], 1)}
        learnt = (both[1] != MASKED).sum()
        both = shorter[policy]
        if policy == "cut-prompt" and (both[1] != MASKED).sum() < learnt:
            return None
    if not (both[1, 1:] != MASKED).any():
        return None
    return {"input_ids": both[0], "labels": both[1]}


# %% right="deleted-from-a-copy"
def cut_row(row, max_length, policy):
    import copy

    left = copy.deepcopy(row)
    while len(left["input_ids"]) > max_length:
        if policy == "drop":
            return None
        place = 1 if policy == "cut-prompt" else -1
        left["input_ids"].pop(place)
        if left["labels"].pop(place) != MASKED and policy == "cut-prompt":
            return None
    return left if sum(label != MASKED for label in left["labels"][1:]) else None


# %% right="numpy-and-islice"
def cut_row(row, max_length, policy):
    from itertools import compress, islice

    import numpy as np

    labels = np.array(row["labels"])
    keep = np.ones(len(labels), dtype=bool)
    match policy:
        case "drop" if len(labels) > max_length:
            return None
        case "cut-answer":
            keep[max_length:] = False
        case "cut-prompt" if len(labels) > max_length:
            keep[1 : len(labels) - max_length + 1] = False
            if np.any(labels[~keep] != MASKED):
                return None
    left = {name: list(compress(values, keep)) for name, values in row.items()}
    return left if any(label != MASKED for label in islice(left["labels"], 1, None)) else None

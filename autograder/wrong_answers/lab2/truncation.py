# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab2.truncation. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="full-counted-as-cut"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) >= max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="uncut-counted"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) <= max_length:
            report["cut"] += 1
        else:
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="all-tokens-counted"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids)
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="kept-tokens-counted"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += max_length
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="padding-taken-off"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        report["tokens_lost"] += len(ids) - max_length
        if len(ids) > max_length:
            report["cut"] += 1
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="one-token-too-many"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length + 1
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="learnt-tokens-counted"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += sum(label != -100 for label in labels[max_length:])
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="longest-only"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] = max(report["tokens_lost"], len(ids) - max_length)
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="every-cut-row-lost-its-end"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += 1
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="missing-end-counted-as-lost"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += end_id not in ids[:max_length]
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="missing-end-counted-as-lost"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
        report["lost_end"] += ids[:max_length][-1] != end_id
    return report


# %% wrong="any-end-counted"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += end_id in ids[max_length:]
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="ends-that-stay-counted"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
        report["lost_end"] += ids[-1] == end_id
    return report


# %% wrong="first-token-counted"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="uncut-labels-looked-at"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[1:]):
            report["no_label"] += 1
    return report


# %% wrong="uncut-rows-overlooked"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
            if all(label == -100 for label in labels[1:max_length]):
                report["no_label"] += 1
    return report


# %% wrong="one-label-too-many"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[1:][:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="one-label-too-few"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[1 : max_length - 1]):
            report["no_label"] += 1
    return report


# %% wrong="any-masked-label"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
        if any(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="last-label-alone"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
        if labels[:max_length][-1] == -100:
            report["no_label"] += 1
    return report


# %% wrong="learnt-rows-counted"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
        if not all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="masked-by-zero"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
        if not any(labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="masked-by-zero"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
        if all(label <= 0 for label in labels[1:max_length]):
            report["no_label"] += 1
    return report


# %% wrong="cut-from-the-left"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[-max_length:][1:]):
            report["no_label"] += 1
    return report


# %% wrong="shares-not-counts"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return {name: value / max(len(rows), 1) for name, value in report.items()}


# %% wrong="not-a-dict"
def truncation_report(rows, max_length, end_id):
    report = {"cut": 0, "tokens_lost": 0, "lost_end": 0, "no_label": 0}
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        if len(ids) > max_length:
            report["cut"] += 1
            report["tokens_lost"] += len(ids) - max_length
            report["lost_end"] += ids[-1] == end_id
        if all(label == -100 for label in labels[1:max_length]):
            report["no_label"] += 1
    return list(report.values())


# %% wrong="empty-batch-made"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    longest = max(len(ids[n]) for n in kept) if kept else 0
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="unlearnable-rows-kept"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = list(range(len(rows)))
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="first-token-counted"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="uncut-labels-looked-at"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in rows[n]["labels"][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="long-rows-dropped"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [
        n
        for n in range(len(rows))
        if len(rows[n]["input_ids"]) <= max_length and any(label != -100 for label in labels[n][1:])
    ]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="not-cut"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"] for row in rows]
    labels = [row["labels"] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="cut-from-the-left"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][-max_length:] for row in rows]
    labels = [row["labels"][-max_length:] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="one-token-less"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][: max_length - 1] for row in rows]
    labels = [row["labels"][: max_length - 1] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in rows[n]["labels"][1:max_length])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="labels-cut-elsewhere"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(rows[n]["labels"][-max_length:] + [-100] * missing)
    return batch


# %% wrong="padding-learnt"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [0] * missing)
    return batch


# %% wrong="padding-learnt"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [pad_id] * missing)
    return batch


# %% wrong="padded-with-something-else"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [0] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="padded-with-something-else"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [-100] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="mask-of-ones"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * longest)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="mask-from-the-ids"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([int(one != pad_id) for one in ids[n]] + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="mask-turned-round"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([0] * len(ids[n]) + [1] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="mask-from-the-labels"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([int(label != -100) for label in labels[n]] + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="rows-changed"
def collate(rows, max_length, pad_id):
    for row in rows:
        row["input_ids"] = row["input_ids"][:max_length]
        row["labels"] = row["labels"][:max_length]
    kept = [row for row in rows if any(label != -100 for label in row["labels"][1:])]
    if not kept:
        return None
    longest = max(len(row["input_ids"]) for row in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for row in kept:
        missing = longest - len(row["input_ids"])
        batch["input_ids"].append(row["input_ids"] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(row["input_ids"]) + [0] * missing)
        batch["labels"].append(row["labels"] + [-100] * missing)
    return batch


# %% wrong="rows-changed"
def collate(rows, max_length, pad_id):
    short = [(row["input_ids"][:max_length], row["labels"][:max_length]) for row in rows]
    kept = [pair for pair in short if any(label != -100 for label in pair[1][1:])]
    if not kept:
        return None
    longest = max(len(ids) for ids, _ in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for ids, labels in kept:
        missing = longest - len(ids)
        batch["input_ids"].append(ids + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids) + [0] * missing)
        batch["labels"].append(labels + [-100] * missing)
    rows.clear()
    return batch


# %% wrong="padded-to-max-length"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max_length
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="padded-to-the-dropped"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(one) for one in ids)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="padded-to-the-uncut"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(row["input_ids"]) for row in rows)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="padded-on-the-left"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append([pad_id] * missing + ids[n])
        batch["attention_mask"].append([0] * missing + [1] * len(ids[n]))
        batch["labels"].append([-100] * missing + labels[n])
    return batch


# %% wrong="not-padded"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        batch["input_ids"].append(ids[n])
        batch["attention_mask"].append([1] * len(ids[n]))
        batch["labels"].append(labels[n])
    return batch


# %% wrong="labels-from-the-ids"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(ids[n] + [-100] * missing)
    return batch


# %% wrong="labels-shifted"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n][1:] + [-100] * (missing + 1))
    return batch


# %% wrong="first-label-masked"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append([-100] + labels[n][1:] + [-100] * missing)
    return batch


# %% wrong="rows-sorted"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in sorted(kept, key=lambda n: len(ids[n])):
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="always-none"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if len(kept) < len(rows) or not rows:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="other-keys"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return batch


# %% wrong="not-a-dict"
def collate(rows, max_length, pad_id):
    ids = [row["input_ids"][:max_length] for row in rows]
    labels = [row["labels"][:max_length] for row in rows]
    kept = [n for n in range(len(rows)) if any(label != -100 for label in labels[n][1:])]
    if not kept:
        return None
    longest = max(len(ids[n]) for n in kept)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for n in kept:
        missing = longest - len(ids[n])
        batch["input_ids"].append(ids[n] + [pad_id] * missing)
        batch["attention_mask"].append([1] * len(ids[n]) + [0] * missing)
        batch["labels"].append(labels[n] + [-100] * missing)
    return list(batch.values())


# %% right="tensors"
def collate(rows, max_length, pad_id):
    kept = [row for row in rows if set(row["labels"][1:max_length]) - {-100}]
    if not kept:
        return None
    pad = torch.nn.utils.rnn.pad_sequence
    ids = [torch.tensor(row["input_ids"][:max_length]) for row in kept]
    labels = [torch.tensor(row["labels"][:max_length]) for row in kept]
    return {
        "labels": pad(labels, batch_first=True, padding_value=-100),
        "input_ids": pad(ids, batch_first=True, padding_value=pad_id),
        "attention_mask": pad([torch.ones_like(one) for one in ids], batch_first=True),
    }


# %% right="truths-for-ones"
def collate(rows, max_length, pad_id):
    kept = []
    for row in rows:
        short = {name: list(values[:max_length]) for name, values in row.items()}
        if any(label != -100 for label in short["labels"][1:]):
            kept.append(short)
    if len(kept) == 0:
        return None
    longest = max(len(row["labels"]) for row in kept)
    mask = [[place < len(row["labels"]) for place in range(longest)] for row in kept]
    for row in kept:
        while len(row["labels"]) < longest:
            row["labels"].append(-100)
            row["input_ids"].append(pad_id)
    ids, labels = zip(*((row["input_ids"], row["labels"]) for row in kept), strict=True)
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


# %% right="numpy-counts"
def truncation_report(rows, max_length, end_id):
    import numpy as np

    lengths = np.array([len(row["input_ids"]) for row in rows], dtype=int)
    ends = np.array([row["input_ids"][-1] == end_id for row in rows], dtype=bool)
    left = np.array([sum(label != -100 for label in row["labels"][1:max_length]) for row in rows], dtype=int)
    return {
        "no_label": (left == 0).sum(),
        "lost_end": ((lengths > max_length) & ends).sum(),
        "tokens_lost": np.maximum(lengths - max_length, 0).sum(),
        "cut": float((lengths > max_length).sum()),
    }


def collate(rows, max_length, pad_id):
    import numpy as np

    kept = [row for row in rows if any(label != -100 for label in row["labels"][1:max_length])]
    if not kept:
        return None
    longest = min(max_length, max(len(row["labels"]) for row in kept))
    ids, labels = np.full((len(kept), longest), pad_id), np.full((len(kept), longest), -100)
    mask = np.zeros((len(kept), longest), dtype=np.int64)
    for n, row in enumerate(kept):
        size = min(max_length, len(row["labels"]))
        ids[n, :size], labels[n, :size], mask[n, :size] = row["input_ids"][:size], row["labels"][:size], 1
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}

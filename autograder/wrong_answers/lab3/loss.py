# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab3.loss. Each cell redefines the task's function; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="not-shifted"
def answer_loss(logits, labels):
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=MASKED).item()


# %% wrong="not-shifted"
def answer_loss(logits, labels):
    logits, labels = logits[:, 1:], labels[:, 1:]
    return torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels).item()


# %% wrong="shifted-twice"
def answer_loss(logits, labels):
    asked = labels[:, 2:].flatten()
    bets = logits[:, :-2].flatten(0, 1)
    return torch.nn.functional.cross_entropy(bets, asked, ignore_index=MASKED).item()


# %% wrong="shifted-twice"
def answer_loss(logits, labels):
    moved = torch.full_like(labels, MASKED)
    moved[:, :-1] = labels[:, 1:]
    # and as transformers does
    bets, asked = logits[:, :-1, :], moved[:, 1:]
    return torch.nn.functional.cross_entropy(bets.flatten(0, 1), asked.flatten()).item()


# %% wrong="shifted-twice"
def answer_loss(logits, labels):
    labels = torch.roll(labels, -1, dims=1)
    bets, asked = logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    return torch.nn.functional.cross_entropy(bets, asked).item()


# %% wrong="shifted-backwards"
def answer_loss(logits, labels):
    bets, asked = logits[:, 1:].flatten(0, 1), labels[:, :-1].flatten()
    return torch.nn.functional.cross_entropy(bets, asked).item()


# %% wrong="shifted-backwards"
def answer_loss(logits, labels):
    losses = []
    for row, row_labels in zip(logits.log_softmax(-1), labels, strict=True):
        for place in range(1, len(row_labels)):
            if row_labels[place - 1] != MASKED:
                losses.append(-row[place, row_labels[place - 1]].item())
    return sum(losses) / len(losses)


# %% wrong="rows-run-together"
def answer_loss(logits, labels):
    bets, asked = logits.flatten(0, 1)[:-1], labels.flatten()[1:]
    return torch.nn.functional.cross_entropy(bets, asked, ignore_index=MASKED).item()


# %% wrong="rows-run-together"
def answer_loss(logits, labels):
    chances = torch.softmax(logits, dim=-1).reshape(-1, logits.shape[-1])
    labels = labels.reshape(-1)
    losses = [-math.log(chances[t, labels[t + 1]]) for t in range(len(labels) - 1) if labels[t + 1] != MASKED]
    return sum(losses) / len(losses)


# %% wrong="rolled-round"
def answer_loss(logits, labels):
    asked = torch.roll(labels, shifts=-1, dims=1)
    return torch.nn.functional.cross_entropy(logits.transpose(1, 2), asked, ignore_index=MASKED).item()


# %% wrong="rolled-round"
def answer_loss(logits, labels):
    losses = []
    for row, row_labels in zip(logits.log_softmax(-1), labels, strict=True):
        for place in range(len(row_labels)):
            label = row_labels[(place + 1) % len(row_labels)]
            if label != MASKED:
                losses.append(-row[place, label].item())
    return sum(losses) / len(losses)


# %% wrong="masked-counted"
def answer_loss(logits, labels):
    asked = labels[:, 1:].clamp(min=0)
    return torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), asked.flatten()).item()


# %% wrong="masked-counted"
def answer_loss(logits, labels):
    asked = labels[:, 1:].flatten()
    bets = logits[:, :-1].flatten(0, 1)
    return torch.nn.functional.cross_entropy(bets, asked, reduction="none").mean().item()


# %% wrong="masked-counted"
def answer_loss(logits, labels):
    total = 0.0
    for row, row_labels in zip(logits.log_softmax(-1), labels, strict=True):
        for place in range(len(row_labels) - 1):
            if row_labels[place + 1] != MASKED:
                total -= row[place, row_labels[place + 1]].item()
    return total / labels.numel()


# %% wrong="masked-counted"
def answer_loss(logits, labels):
    asked = labels[:, 1:]
    logs = logits[:, :-1].log_softmax(-1)
    told = logs.gather(-1, asked.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    return -told.mean().item()


# %% wrong="first-label-counted"
def answer_loss(logits, labels):
    asked = labels[:, 1:].flatten()
    bets = logits[:, :-1].flatten(0, 1)
    total = torch.nn.functional.cross_entropy(bets, asked, reduction="sum")
    return (total / (labels != MASKED).sum()).item()


# %% wrong="mean-of-rows"
def answer_loss(logits, labels):
    losses = [
        torch.nn.functional.cross_entropy(row[:-1], row_labels[1:], ignore_index=MASKED)
        for row, row_labels in zip(logits, labels, strict=True)
    ]
    return torch.stack(losses).mean().item()


# %% wrong="mean-of-rows"
def answer_loss(logits, labels):
    asked = labels[:, 1:]
    each = torch.nn.functional.cross_entropy(logits[:, :-1].transpose(1, 2), asked, reduction="none")
    learnt = (asked != MASKED).float()
    rows = (each * learnt).sum(dim=1) / learnt.sum(dim=1)
    return rows.mean().item()


# %% wrong="mean-of-rows"
def answer_loss(logits, labels):
    total = 0.0
    for row, row_labels in zip(logits, labels, strict=True):
        total += torch.nn.functional.cross_entropy(row[:-1], row_labels[1:]).item()
    return total


# %% wrong="summed"
def answer_loss(logits, labels):
    bets, asked = logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    return torch.nn.functional.cross_entropy(bets, asked, reduction="sum").item()


# %% wrong="summed"
def answer_loss(logits, labels):
    bets, asked = logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    return torch.nn.functional.cross_entropy(bets, asked, reduction="sum").item() / len(labels)


# %% wrong="perplexity"
def answer_loss(logits, labels):
    bets, asked = logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    return torch.nn.functional.cross_entropy(bets, asked).exp().item()


# %% wrong="in-bits"
def answer_loss(logits, labels):
    chances = logits.softmax(-1)[:, :-1].flatten(0, 1)
    asked = labels[:, 1:].flatten()
    kept = asked != MASKED
    told = chances[kept].gather(1, asked[kept][:, None])
    return -torch.log2(told).mean().item()


# %% wrong="sign-turned-round"
def answer_loss(logits, labels):
    logs = logits[:, :-1].log_softmax(-1).flatten(0, 1)
    asked = labels[:, 1:].flatten()
    kept = asked != MASKED
    return logs[kept, asked[kept]].mean().item()


# %% wrong="probabilities-averaged"
def answer_loss(logits, labels):
    chances = logits[:, :-1].softmax(-1).flatten(0, 1)
    asked = labels[:, 1:].flatten()
    kept = asked != MASKED
    return -torch.log(chances[kept, asked[kept]].mean()).item()


# %% wrong="probabilities-averaged"
def answer_loss(logits, labels):
    chances = logits[:, :-1].softmax(-1).flatten(0, 1)
    asked = labels[:, 1:].flatten()
    kept = asked != MASKED
    return (1 - chances[kept, asked[kept]]).mean().item()


# %% wrong="probabilities-averaged"
def answer_loss(logits, labels):
    # nll_loss wants logarithms
    chances = logits[:, :-1].softmax(-1).flatten(0, 1)
    return torch.nn.functional.nll_loss(chances, labels[:, 1:].flatten()).item()


# %% wrong="no-softmax"
def answer_loss(logits, labels):
    return torch.nn.functional.nll_loss(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()).item()


# %% wrong="softmax-twice"
def answer_loss(logits, labels):
    chances = torch.softmax(logits, dim=-1)
    bets, asked = chances[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    return torch.nn.functional.cross_entropy(bets, asked, ignore_index=MASKED).item()


# %% wrong="softmax-across-positions"
def answer_loss(logits, labels):
    logs = logits.log_softmax(dim=1)[:, :-1].flatten(0, 1)
    return torch.nn.functional.nll_loss(logs, labels[:, 1:].flatten()).item()


# %% wrong="softmax-across-positions"
def answer_loss(logits, labels):
    losses = []
    for row, row_labels in zip(logits, labels, strict=True):
        chances = torch.softmax(row[:-1], dim=0)
        for bet, label in zip(chances, row_labels[1:], strict=True):
            if label != MASKED:
                losses.append(-math.log(bet[label]))
    return sum(losses) / len(losses)


# %% wrong="first-row-only"
def answer_loss(logits, labels):
    return torch.nn.functional.cross_entropy(logits[0, :-1], labels[0, 1:]).item()


# %% right="one-by-one"
def answer_loss(logits, labels):
    losses = []
    for bets, row in zip(logits.tolist(), labels.tolist(), strict=True):
        for bet, label in zip(bets, row[1:], strict=False):
            if label != MASKED:
                losses.append(math.log(sum(math.exp(one) for one in bet)) - bet[label])
    return sum(losses) / len(losses)


# %% right="a-tensor-from-nll"
def answer_loss(logits, labels):
    moved = torch.nn.functional.pad(labels[:, 1:], (0, 1), value=MASKED)
    logs = torch.log_softmax(logits.double(), dim=-1).movedim(-1, 1)
    return torch.nn.functional.nll_loss(logs, moved, ignore_index=MASKED)


# %% right="gathered"
def answer_loss(logits, labels):
    asked = labels[:, 1:]
    learnt = asked.ne(MASKED)
    told = logits[:, :-1].gather(-1, asked.masked_fill(~learnt, 0)[..., None])[..., 0]
    each = logits[:, :-1].logsumexp(-1) - told
    return float((each * learnt).sum() / learnt.sum())


# %% right="numpy"
def answer_loss(logits, labels):
    import numpy as np

    bets, asked = logits.numpy()[:, :-1], labels.numpy()[:, 1:]
    rows, places = np.nonzero(asked != MASKED)
    chosen = bets[rows, places]
    chosen = chosen - chosen.max(axis=1, keepdims=True)
    logs = chosen - np.log(np.exp(chosen).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(rows)), asked[rows, places]].mean()


# %% right="rows-weighted"
def answer_loss(logits, labels):
    total, count = 0.0, 0
    for row, row_labels in zip(logits, labels, strict=True):
        asked = int((row_labels[1:] != MASKED).sum())
        if asked:
            total += asked * torch.nn.functional.cross_entropy(row[:-1], row_labels[1:]).item()
            count += asked
    return total / count

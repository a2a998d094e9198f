# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab4.kl. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="turned-round"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (now.exp() * (now - was)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="turned-round"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = torch.nn.functional.kl_div(was, now, reduction="none", log_target=True).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="turned-round"
def kl_by_position(before, after, lengths):
    apart = torch.distributions.kl_divergence(*(torch.distributions.Categorical(logits=one) for one in (after, before)))
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="symmetric"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = ((was.exp() - now.exp()) * (was - now)).sum(-1) / 2
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="symmetric"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = ((was.exp() - now.exp()) * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="symmetric"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    middle = ((was.exp() + now.exp()) / 2).log()
    apart = (was.exp() * (was - middle)).sum(-1) / 2 + (now.exp() * (now - middle)).sum(-1) / 2
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="bits-for-nats"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1) / math.log(2)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="bits-for-nats"
def kl_by_position(before, after, lengths):
    p, q = before.softmax(-1), after.softmax(-1)
    apart = (p * torch.log2(p / q)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="bits-for-nats"
def kl_by_position(before, after, lengths):
    p, q = before.softmax(-1), after.softmax(-1)
    apart = (p * (p.log10() - q.log10())).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="divided-by-the-vocabulary"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).mean(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="divided-by-the-vocabulary"
def kl_by_position(before, after, lengths):
    losses = []
    for place in range(before.shape[1]):
        rows = [number for number, length in enumerate(lengths) if place < length]
        was, now = before[rows, place].log_softmax(-1), after[rows, place].log_softmax(-1)
        losses.append(torch.nn.functional.kl_div(now, was, reduction="mean", log_target=True).item())
    return losses


# %% wrong="sign-turned-round"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (now - was)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="sign-turned-round"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = -torch.nn.functional.kl_div(now, was.exp(), reduction="none").sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="sign-turned-round"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (now.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="logits-for-log-probabilities"
def kl_by_position(before, after, lengths):
    apart = (before.softmax(-1) * (before - after)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="logits-for-log-probabilities"
def kl_by_position(before, after, lengths):
    apart = (before * (before - after)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="logits-for-log-probabilities"
def kl_by_position(before, after, lengths):
    apart = torch.nn.functional.kl_div(after, before.softmax(-1), reduction="none").sum(-1) - (
        before.softmax(-1) * (before.log_softmax(-1) - before)
    ).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="cross-entropy"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = -(was.exp() * now).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="cross-entropy"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * was).sum(-1) - (now.exp() * now).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="cross-entropy"
def kl_by_position(before, after, lengths):
    logits, target = after.flatten(0, 1), before.softmax(-1).flatten(0, 1)
    apart = torch.nn.functional.cross_entropy(logits, target, reduction="none").reshape(before.shape[:2])
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="weights-forgotten"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was - now).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="weights-forgotten"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was - now).mean(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="another-distance"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now).abs()).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="another-distance"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() - now.exp()).abs().sum(-1) / 2
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="another-distance"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = ((was.exp() - now.exp()) ** 2).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="one-token-only"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    top = was.argmax(-1, keepdim=True)
    apart = (was.gather(-1, top) - now.gather(-1, top)).squeeze(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="one-token-only"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = was.max(-1).values - now.max(-1).values
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="summed"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return (apart * real).sum(0).tolist()


# %% wrong="summed"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    return apart.sum(0).tolist()


# %% wrong="one-for-each-answer"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(1) / real.sum(1)).tolist()


# %% wrong="one-for-each-answer"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    return apart.mean(1).tolist()


# %% wrong="one-for-each-answer"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return (apart * real).sum(-1).tolist()


# %% wrong="one-for-all"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return [apart[real].mean().item()] * before.shape[1]


# %% wrong="one-for-all"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return apart[real].mean().item()


# %% wrong="one-for-all"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return [((apart * real).sum(0) / real.sum(0)).mean().item()]


# %% wrong="longer-ones-count-more"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    weights = real * torch.tensor(lengths).unsqueeze(1)
    return ((apart * weights).sum(0) / weights.sum(0)).tolist()


# %% wrong="longer-ones-count-more"
def kl_by_position(before, after, lengths):
    rows = []
    for was, now, length in zip(before.log_softmax(-1), after.log_softmax(-1), lengths, strict=True):
        rows += [(was.exp() * (was - now)).sum(-1)[:length]] * length
    return [
        (sum(row[place] for row in rows if place < len(row)) / sum(place < len(row) for row in rows)).item()
        for place in range(before.shape[1])
    ]


# %% wrong="added-up-along-the-answer"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).cumsum(0).tolist()


# %% wrong="added-up-along-the-answer"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    means = ((apart * real).sum(0) / real.sum(0)).tolist()
    return [sum(means[: place + 1]) / (place + 1) for place in range(len(means))]


# %% wrong="wrong-count"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum()).tolist()


# %% wrong="wrong-count"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / before.shape[1]).tolist()


# %% wrong="filler-counted"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    return apart.mean(0).tolist()


# %% wrong="filler-counted"
def kl_by_position(before, after, lengths):
    import numpy as np

    def shares(logits):
        made = np.exp(np.asarray(logits, dtype=float))
        return made / made.sum(-1, keepdims=True)

    p, q = shares(before), shares(after)
    return list(np.mean(np.sum(p * np.log(p / q), axis=2), axis=0))


# %% wrong="divided-by-all-answers"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return (apart * real).mean(0).tolist()


# %% wrong="divided-by-all-answers"
def kl_by_position(before, after, lengths):
    totals = [0.0] * before.shape[1]
    for was, now, length in zip(before.log_softmax(-1), after.log_softmax(-1), lengths, strict=True):
        for place in range(length):
            totals[place] += (was[place].exp() * (was[place] - now[place])).sum().item()
    return [total / len(lengths) for total in totals]


# %% wrong="divided-by-all-answers"
def kl_by_position(before, after, lengths):
    # filler made the same before and after, so that it is no distance apart
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    was = before.masked_fill(~real.unsqueeze(-1), 0.0).log_softmax(-1)
    now = after.masked_fill(~real.unsqueeze(-1), 0.0).log_softmax(-1)
    return (was.exp() * (was - now)).sum(-1).mean(0).tolist()


# %% wrong="one-place-off"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) <= torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="one-place-off"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < (torch.tensor(lengths) - 1).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0).clamp(min=1)).tolist()


# %% wrong="one-place-off"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()[1:]


# %% wrong="filler-on-the-left"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    width = before.shape[1]
    real = torch.arange(width) >= width - torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0).clamp(min=1)).tolist()


# %% wrong="filler-on-the-left"
def kl_by_position(before, after, lengths):
    means = []
    width = before.shape[1]
    for place in range(width):
        found = []
        for was, now, length in zip(before, after, lengths, strict=True):
            if place >= width - length:
                p, q = was[place].softmax(0), now[place].softmax(0)
                found.append(float((p * (p / q).log()).sum()))
        means.append(sum(found) / max(1, len(found)))
    return means


# %% wrong="cut-to-the-shortest"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    return apart[:, : min(lengths)].mean(0).tolist()


# %% wrong="cut-to-the-shortest"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < min(lengths)
    return (apart * real).mean(0).tolist()


# %% wrong="longest-only"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(-1), after.log_softmax(-1)
    apart = (was.exp() * (was - now)).sum(-1)
    longest = [number for number, length in enumerate(lengths) if length == before.shape[1]]
    return apart[longest].mean(0).tolist()


# %% wrong="longest-only"
def kl_by_position(before, after, lengths):
    rows = [number for number, length in enumerate(lengths) if length == max(lengths)]
    found = []
    for place in range(before.shape[1]):
        p, q = before[rows, place].softmax(-1), after[rows, place].softmax(-1)
        found.append((p * (p.log() - q.log())).sum(-1).mean().item())
    return found


# %% wrong="normalised-over-another-axis"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(1), after.log_softmax(1)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="normalised-over-another-axis"
def kl_by_position(before, after, lengths):
    was, now = before.log_softmax(0), after.log_softmax(0)
    apart = (was.exp() * (was - now)).sum(-1)
    real = torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)
    return ((apart * real).sum(0) / real.sum(0)).tolist()


# %% wrong="averaged-first"
def kl_by_position(before, after, lengths):
    found = []
    for place in range(before.shape[1]):
        rows = [number for number, length in enumerate(lengths) if place < length]
        p, q = before[rows, place].softmax(-1).mean(0), after[rows, place].softmax(-1).mean(0)
        found.append((p * (p / q).log()).sum().item())
    return found


# %% wrong="averaged-first"
def kl_by_position(before, after, lengths):
    real = (torch.arange(before.shape[1]) < torch.tensor(lengths).unsqueeze(1)).unsqueeze(-1)
    was, now = ((one * real).sum(0) / real.sum(0) for one in (before, after))
    was, now = was.log_softmax(-1), now.log_softmax(-1)
    return (was.exp() * (was - now)).sum(-1).tolist()


# %% right="kl_div of torch, arguments in its order"
def kl_by_position(before, after, lengths):
    F = torch.nn.functional
    each = F.kl_div(after.log_softmax(-1), before.log_softmax(-1), reduction="none", log_target=True).sum(-1)
    places = range(before.shape[1])
    real = [[place < length for place in places] for length in lengths]
    return [each[[row[place] for row in real], place].mean() for place in places]


# %% right="loops and math"
def kl_by_position(before, after, lengths):
    def shares(logits):
        top = max(logits)
        parts = [math.exp(one - top) for one in logits]
        return [part / sum(parts) for part in parts]

    was, now, found = before.tolist(), after.tolist(), []
    for place in range(len(was[0])):
        total, count = 0.0, 0
        for one, other, length in zip(was, now, lengths, strict=True):
            if place >= length:
                continue
            p, q = shares(one[place]), shares(other[place])
            total += sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
            count += 1
        found.append(total / count)
    return found


# %% right="numpy, nan for filler"
def kl_by_position(before, after, lengths):
    import numpy as np

    def logs(logits):
        values = logits.double().numpy()
        values = values - values.max(-1, keepdims=True)
        return values - np.log(np.exp(values).sum(-1, keepdims=True))

    was, now = logs(before), logs(after)
    apart = (np.exp(was) * (was - now)).sum(-1)
    apart[np.arange(apart.shape[1])[None] >= np.array(lengths)[:, None]] = np.nan
    return np.nanmean(apart, axis=0)


# %% right="distributions"
def kl_by_position(before, after, lengths):
    p, q = (torch.distributions.Categorical(logits=one) for one in (before, after))
    apart = torch.distributions.kl_divergence(p, q)
    return [
        torch.stack([row[place] for row, length in zip(apart, lengths, strict=True) if length > place]).mean().item()
        for place in range(apart.shape[1])
    ]


# %% right="scipy"
def kl_by_position(before, after, lengths):
    from scipy.special import softmax
    from scipy.stats import entropy

    p, q = (softmax(one.double().numpy(), axis=-1) for one in (before, after))
    apart = entropy(p, q, axis=-1)
    return [
        float(sum(row[place] for row, length in zip(apart, lengths, strict=True) if place < length))
        / sum(length > place for length in lengths)
        for place in range(apart.shape[1])
    ]


# %% right="a tensor, where"
def kl_by_position(before, after, lengths):
    p = before.softmax(-1)
    apart = (p * (before.log_softmax(-1) - after.log_softmax(-1))).sum(-1)
    ends = torch.tensor(lengths).reshape(-1, 1)
    place = torch.arange(apart.size(1)).expand_as(apart)
    return torch.where(place < ends, apart, torch.zeros_like(apart)).sum(0) / (place < ends).sum(0)

# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab3.train. Each cell redefines the task's function; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="no-list-of-losses"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        optimizer.zero_grad()
        labels = sum((batch["labels"][:, 1:] != MASKED).sum() for batch in step)
        total = 0
        for batch in step:
            loss = model(**batch).loss * (batch["labels"][:, 1:] != MASKED).sum() / labels
            loss.backward()
            total += loss.item()
        optimizer.step()
        losses.append(total)
    return sum(losses) / len(losses)


# %% wrong="no-list-of-losses"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    for number, step in enumerate(steps):
        optimizer.zero_grad()
        labels = sum((batch["labels"][:, 1:] != MASKED).sum() for batch in step)
        total = 0
        for batch in step:
            loss = model(**batch).loss * (batch["labels"][:, 1:] != MASKED).sum() / labels
            loss.backward()
            total += loss.item()
        optimizer.step()
        print(f"step {number + 1}: {total:.4f}")  # noqa: T201


# %% wrong="not-one-loss-for-each-step"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        labels = sum((batch["labels"][:, 1:] != MASKED).sum() for batch in step)
        for batch in step:
            loss = model(**batch).loss
            (loss * (batch["labels"][:, 1:] != MASKED).sum() / labels).backward()
            losses.append(loss.item())
        optimizer.step()
        optimizer.zero_grad()
    return losses


# %% wrong="not-one-loss-for-each-step"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps[:-1]:
        labels = sum((batch["labels"][:, 1:] != MASKED).sum() for batch in step)
        total = 0
        for batch in step:
            loss = model(**batch).loss * (batch["labels"][:, 1:] != MASKED).sum() / labels
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses


# %% wrong="base-trained"
def train(model, steps, learning_rate):
    for weight in model.parameters():
        weight.requires_grad = True
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.0)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            loss = model(**batch).loss * (count / sum(counts))
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses


# %% wrong="base-trained"
def train(model, steps, learning_rate):
    # merged while it trains, and merged it is left
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            loss = model(**batch).loss * (count / sum(counts))
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    model.merge_adapter()
    return losses


# %% wrong="mean-of-means"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        total = 0.0
        for batch in step:
            loss = model(**batch).loss / len(step)
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses


# %% wrong="mean-of-means"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        optimizer.zero_grad()
        parts = torch.stack([model(**batch).loss for batch in step])
        parts.mean().backward()
        optimizer.step()
        losses.append(parts.mean().item())
    return losses


# %% wrong="mean-of-means"
def train(model, steps, learning_rate):
    # the gradient is right, what is told is not
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        told = []
        for batch, count in zip(step, counts, strict=True):
            loss = model(**batch).loss
            (loss * count / sum(counts)).backward()
            told.append(loss.item())
        optimizer.step()
        optimizer.zero_grad()
        losses.append(sum(told) / len(told))
    return losses


# %% wrong="mean-of-means"
def train(model, steps, learning_rate):
    # what is told is right, the gradient is not
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            loss = model(**batch).loss
            (loss / len(step)).backward()
            total += loss.item() * count
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total / sum(counts))
    return losses


# %% wrong="weighed-by-something-else"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        rows = sum(len(batch["labels"]) for batch in step)
        total = 0.0
        for batch in step:
            loss = model(**batch).loss * len(batch["labels"]) / rows
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses


# %% wrong="weighed-by-something-else"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        counts = [int(batch["attention_mask"].sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            loss = model(**batch).loss * count / sum(counts)
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses


# %% wrong="summed"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        total = 0.0
        for batch in step:
            loss = model(**batch).loss
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses


# %% wrong="summed"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        total = 0.0
        for batch in step:
            logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
            loss = torch.nn.functional.cross_entropy(
                logits[:, :-1].flatten(0, 1), batch["labels"][:, 1:].flatten(), ignore_index=MASKED, reduction="sum"
            )
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses


# %% wrong="only-the-last-micro-batch"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        for batch in step:
            loss = model(**batch).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


# %% wrong="only-the-last-micro-batch"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            optimizer.zero_grad()
            loss = model(**batch).loss * count / sum(counts)
            loss.backward()
            total += loss.item()
        optimizer.step()
        losses.append(total)
    return losses


# %% wrong="a-step-for-each-micro-batch"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        total, labels = 0.0, 0
        for batch in step:
            count = int((batch["labels"][:, 1:] != MASKED).sum())
            loss = model(**batch).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            total += loss.item() * count
            labels += count
        losses.append(total / labels)
    return losses


# %% wrong="a-step-for-each-micro-batch"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            loss = model(**batch).loss * (count / sum(counts))
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            total += loss.item()
        losses.append(total)
    return losses


# %% wrong="a-step-for-each-micro-batch"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        optimizer.zero_grad()
        for batch, count in zip(step, counts, strict=True):
            loss = model(**batch).loss * (count / sum(counts))
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total)
    return losses


# %% wrong="a-step-for-each-micro-batch"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        told = []
        for batch in step:
            optimizer.zero_grad()
            loss = model(**batch).loss
            loss.backward()
            optimizer.step()
            told.append(loss.item())
        losses.append(sum(told) / len(told))
    return losses


# %% wrong="gradients-pile-up"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            loss = model(**batch).loss * (count / sum(counts))
            loss.backward()
            total += loss.item()
        optimizer.step()
        losses.append(total)
    return losses


# %% wrong="gradients-pile-up"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    optimizer.zero_grad()
    losses = []
    for step in steps:
        labels = sum((batch["labels"][:, 1:] != MASKED).sum() for batch in step)
        parts = [model(**batch).loss * (batch["labels"][:, 1:] != MASKED).sum() for batch in step]
        loss = sum(parts) / labels
        loss.backward()
        losses.append(float(loss))
        optimizer.step()
    return losses


# %% wrong="rate-ignored"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], weight_decay=0.0)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            loss = model(**batch).loss * (count / sum(counts))
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses


# %% wrong="rate-ignored"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=RATES["lora"], weight_decay=0)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            loss = model(**batch).loss * (count / sum(counts))
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses


# %% wrong="new-optimizer-each-step"
def train(model, steps, learning_rate):
    losses = []
    for step in steps:
        optimizer = torch.optim.AdamW(
            [weight for weight in model.parameters() if weight.requires_grad], lr=learning_rate, weight_decay=0.0
        )
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            loss = model(**batch).loss * (count / sum(counts))
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses


# %% wrong="sgd-not-adamw"
def train(model, steps, learning_rate):
    optimizer = torch.optim.SGD([weight for weight in model.parameters() if weight.requires_grad], lr=learning_rate)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            loss = model(**batch).loss * (count / sum(counts))
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses


# %% wrong="sgd-not-adamw"
def train(model, steps, learning_rate):
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    losses = []
    for step in steps:
        labels = sum((batch["labels"][:, 1:] != MASKED).sum() for batch in step)
        loss = sum(model(**batch).loss * (batch["labels"][:, 1:] != MASKED).sum() for batch in step) / labels
        gradients = torch.autograd.grad(loss, learning)
        with torch.no_grad():
            for weight, gradient in zip(learning, gradients, strict=True):
                weight -= learning_rate * gradient
        losses.append(loss.item())
    return losses


# %% wrong="loss-after-the-step"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        for batch, count in zip(step, counts, strict=True):
            (model(**batch).loss * count / sum(counts)).backward()
        optimizer.step()
        optimizer.zero_grad()
        with torch.no_grad():
            parts = [model(**batch).loss.item() * count for batch, count in zip(step, counts, strict=True)]
        losses.append(sum(parts) / sum(counts))
    return losses


# %% wrong="nothing-learnt"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            loss = model(**batch).loss * (count / sum(counts))
            loss.backward()
            total += loss.item()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(total)
    return losses


# %% wrong="nothing-learnt"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            total += model(**batch).loss.item() * (count / sum(counts))
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses


# %% wrong="last-step-not-taken"
def train(model, steps, learning_rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        optimizer.step()  # what the step before has added up
        optimizer.zero_grad()
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            loss = model(**batch).loss * (count / sum(counts))
            loss.backward()
            total += loss.item()
        losses.append(total)
    return losses


# %% wrong="last-step-not-taken"
def train(model, steps, learning_rate):
    import copy

    work = copy.deepcopy(model)
    optimizer = torch.optim.AdamW([p for p in work.parameters() if p.requires_grad], lr=learning_rate, weight_decay=0)
    losses = []
    for step in steps:
        counts = [int((batch["labels"][:, 1:] != MASKED).sum()) for batch in step]
        total = 0.0
        for batch, count in zip(step, counts, strict=True):
            loss = work(**batch).loss * (count / sum(counts))
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    return losses


# %% right="sums-over-all-labels"
def train(model, steps, learning_rate):
    learning = filter(lambda weight: weight.requires_grad, model.parameters())
    optimizer = torch.optim.AdamW(learning, lr=learning_rate, weight_decay=0.0, foreach=False)
    losses = []
    for step in steps:
        optimizer.zero_grad()
        asked = torch.cat([batch["labels"][:, 1:].reshape(-1) for batch in step])
        total = (asked != MASKED).sum()
        loss = 0
        for batch in step:
            logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
            part = torch.nn.functional.cross_entropy(
                logits[:, :-1].transpose(1, 2), batch["labels"][:, 1:], ignore_index=MASKED, reduction="sum"
            )
            part = part / total
            part.backward()
            loss += part.detach()
        losses.append(float(loss))
        optimizer.step()
    return losses


# %% right="gradients-taken-by-hand"
def train(model, steps, learning_rate):
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=learning_rate, weight_decay=0.0, fused=True)
    losses = []
    for step in steps:
        many = torch.tensor([float((batch["labels"][:, 1:] != MASKED).sum()) for batch in step])
        shares = many / many.sum()
        loss = torch.stack([model(**batch).loss for batch in step]) @ shares
        for weight, gradient in zip(learning, torch.autograd.grad(loss, learning), strict=True):
            weight.grad = gradient
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% right="one-padded-batch"
def train(model, steps, learning_rate):
    def together(step):
        width = max(batch["input_ids"].shape[1] for batch in step)
        fillers = {"input_ids": PAD, "attention_mask": 0, "labels": MASKED}
        return {
            name: torch.cat(
                [torch.nn.functional.pad(b[name], (0, width - b[name].shape[1]), value=filler) for b in step]
            )
            for name, filler in fillers.items()
        }

    def losses():
        optimizer = torch.optim.AdamW(
            (weight for _, weight in model.named_parameters() if weight.requires_grad),
            lr=learning_rate,
            weight_decay=0.0,
        )
        for step in steps:
            model.zero_grad(set_to_none=True)
            loss = model(**together(step)).loss
            loss.backward()
            optimizer.step()
            yield loss.item()

    return [*losses()]


# %% right="transformers-own-count"
def train(model, steps, learning_rate):
    model.train()
    optimizer = torch.optim.AdamW(
        [p for n, p in model.named_parameters() if "lora_" in n], learning_rate, weight_decay=0
    )
    losses = []
    for step in steps:
        items = sum((batch["labels"] != MASKED).sum() for batch in step)
        parts = []
        for batch in step:
            loss = model(**batch, num_items_in_batch=items).loss
            loss.backward()
            parts.append(loss.detach())
        optimizer.step()
        optimizer.zero_grad()
        losses.append(sum(parts))
    model.eval()
    return losses


# %% right="accumulated-then-divided"
def train(model, steps, learning_rate):
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.Adam(learning, lr=learning_rate)  # without weight decay the two are one
    losses = []
    for step in steps:
        total, labels = 0.0, 0
        for batch in step:
            count = int((batch["labels"][:, 1:] != MASKED).sum())
            loss = model(**batch).loss * count
            loss.backward()
            total += loss.item()
            labels += count
        for weight in learning:
            weight.grad /= labels
        optimizer.step()
        for weight in learning:
            weight.grad = None
        losses.append(total / labels)
    return losses

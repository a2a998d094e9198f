# ruff: noqa: D100, D103, F811
# mypy: ignore-errors

# %% [markdown]
# lab1.attach. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="base-left-trainable"
def attach(model, config):
    from peft import get_peft_model

    adapted = get_peft_model(model, config)
    for parameter in adapted.parameters():
        parameter.requires_grad = True
    return adapted


# %% wrong="nothing-trainable"
def attach(model, config):
    from peft import get_peft_model

    adapted = get_peft_model(model, config)
    for parameter in adapted.parameters():
        parameter.requires_grad = False
    return adapted


def adapter_step(model, batch, learning_rate):
    return model(**batch).loss.item()


# %% wrong="half-of-the-adapter"
def attach(model, config):
    from peft import get_peft_model

    adapted = get_peft_model(model, config)
    for name, parameter in adapted.named_parameters():
        parameter.requires_grad = "lora_B" in name
    return adapted


# %% wrong="config-ignored"
def attach(model, config):
    from peft import LoraConfig, get_peft_model

    return get_peft_model(model, LoraConfig(r=32, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"))


# %% wrong="config-ignored"
def attach(model, config):
    from peft import LoraConfig, get_peft_model

    return get_peft_model(model, LoraConfig(target_modules=config.target_modules, task_type="CAUSAL_LM"))


# %% wrong="base-changed"
def adapter_step(model, batch, learning_rate):
    import torch

    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    model.requires_grad_(True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    model.requires_grad_(False)
    for parameter in trained:
        parameter.requires_grad = True
    return loss.item()


# %% wrong="no-step"
def adapter_step(model, batch, learning_rate):
    import torch

    torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate)
    loss = model(**batch).loss
    loss.backward()
    return loss.item()


# %% wrong="no-step"
def adapter_step(model, batch, learning_rate):
    import torch

    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate)
    loss = model(**batch).loss
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %% wrong="no-step"
def adapter_step(model, batch, learning_rate):
    import torch

    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate)
    loss = model(**batch).loss
    optimizer.step()
    return loss.item()


# %% wrong="loss-after-the-step"
def adapter_step(model, batch, learning_rate):
    import torch

    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate)
    model(**batch).loss.backward()
    optimizer.step()
    return model(**batch).loss.item()


# %% wrong="several-steps"
def adapter_step(model, batch, learning_rate):
    import torch

    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = model(**batch).loss
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses[0]


# %% wrong="sgd-not-adamw"
def adapter_step(model, batch, learning_rate):
    import torch

    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=learning_rate)
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong="rate-ignored"
def adapter_step(model, batch, learning_rate):
    import torch

    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad])
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong="uphill"
def adapter_step(model, batch, learning_rate):
    import torch

    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate, maximize=True)
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong="prompts-counted"
def adapter_step(model, batch, learning_rate):
    import torch

    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate)
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    loss = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=labels).loss
    loss.backward()
    optimizer.step()
    return loss.item()


# %% wrong="perplexity-not-loss"
def adapter_step(model, batch, learning_rate):
    import torch

    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=learning_rate)
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    return loss.exp().item()


# %% right="class-and-all-parameters"
def attach(model, config):
    from peft import PeftModelForCausalLM

    return PeftModelForCausalLM(model, config)


def adapter_step(model, batch, learning_rate):
    import torch

    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.0)
    optimizer.zero_grad()
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% right="frozen-by-hand-and-own-loss"
def attach(model, config):
    from peft import get_peft_model

    model.requires_grad_(False)
    return get_peft_model(model, config)


def adapter_step(model, batch, learning_rate):
    import torch

    named = [(name, value) for name, value in model.named_parameters() if "lora_" in name]
    optimizer = torch.optim.AdamW([value for _, value in named], lr=learning_rate, foreach=False)
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, :-1]
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch["labels"][:, 1:].flatten(), ignore_index=-100)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return float(loss)


# %% right="adamw-by-hand"
def adapter_step(model, batch, learning_rate):
    import torch

    loss = model(**batch).loss
    trained = [value for value in model.parameters() if value.requires_grad]
    with torch.no_grad():
        for value, gradient in zip(trained, torch.autograd.grad(loss, trained), strict=True):
            value.mul_(1 - 0.01 * learning_rate)
            value.sub_(learning_rate * gradient / (gradient.abs() + 1e-8))
    return loss.item()


# %% right="prepared-for-4-bit-training"
def attach(model, config):
    from peft import get_peft_model, prepare_model_for_kbit_training

    return get_peft_model(prepare_model_for_kbit_training(model), config)


# %% right="trainer-habits"
def adapter_step(model, batch, learning_rate):
    import torch

    model.train()
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=learning_rate, weight_decay=0.01)
    outputs = model(**batch)
    outputs.loss.backward()
    torch.nn.utils.clip_grad_norm_(learning, 1.0)
    optimizer.step()
    model.eval()
    return outputs.loss

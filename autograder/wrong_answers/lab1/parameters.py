# ruff: noqa: D100, D103, F811
# mypy: ignore-errors

# %% [markdown]
# lab1.parameters. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="all-square"
def adapter_parameters(hidden, intermediate, kv_width, layers, rank, targets):
    return layers * len(targets) * 2 * rank * hidden


# %% wrong="kv-width-ignored"
def adapter_parameters(hidden, intermediate, kv_width, layers, rank, targets):
    widths = {name: (hidden, hidden) for name in ("q_proj", "k_proj", "v_proj", "o_proj")}
    widths |= {name: (hidden, intermediate) for name in ("gate_proj", "up_proj", "down_proj")}
    return layers * sum(rank * sum(widths[name]) for name in targets)


# %% wrong="one-layer"
def adapter_parameters(hidden, intermediate, kv_width, layers, rank, targets):
    widths = {"q_proj": hidden, "o_proj": hidden, "k_proj": kv_width, "v_proj": kv_width}
    return sum(rank * (hidden + widths.get(name, intermediate)) for name in targets)


# %% wrong="one-matrix-only"
def adapter_parameters(hidden, intermediate, kv_width, layers, rank, targets):
    return layers * sum(rank * (intermediate if name == "down_proj" else hidden) for name in targets)


# %% wrong="one-matrix-only"
def adapter_parameters(hidden, intermediate, kv_width, layers, rank, targets):
    out = {"k_proj": kv_width, "v_proj": kv_width, "gate_proj": intermediate, "up_proj": intermediate}
    return layers * sum(rank * out.get(name, hidden) for name in targets)


# %% wrong="full-matrices"
def adapter_parameters(hidden, intermediate, kv_width, layers, rank, targets):
    widths = {"q_proj": hidden, "o_proj": hidden, "k_proj": kv_width, "v_proj": kv_width}
    return layers * sum(hidden * widths.get(name, intermediate) for name in targets)


# %% wrong="product-for-sum"
def adapter_parameters(hidden, intermediate, kv_width, layers, rank, targets):
    widths = {"q_proj": hidden, "o_proj": hidden, "k_proj": kv_width, "v_proj": kv_width}
    return layers * sum(rank * hidden * widths.get(name, intermediate) for name in targets)


# %% wrong="targets-ignored"
def adapter_parameters(hidden, intermediate, kv_width, layers, rank, targets):
    return layers * rank * (4 * hidden + 2 * (hidden + kv_width) + 3 * (hidden + intermediate))


# %% wrong="counted-twice"
def adapter_parameters(hidden, intermediate, kv_width, layers, rank, targets):
    widths = {"q_proj": hidden, "o_proj": hidden, "k_proj": kv_width, "v_proj": kv_width}
    return layers * sum(2 * rank * (hidden + widths.get(name, intermediate)) for name in targets)


# %% wrong="rank-ignored"
def adapter_parameters(hidden, intermediate, kv_width, layers, rank, targets):
    widths = {"q_proj": hidden, "o_proj": hidden, "k_proj": kv_width, "v_proj": kv_width}
    return layers * sum(32 * (hidden + widths.get(name, intermediate)) for name in targets)


# %% wrong="rank-squared"
def adapter_parameters(hidden, intermediate, kv_width, layers, rank, targets):
    widths = {"q_proj": hidden, "o_proj": hidden, "k_proj": kv_width, "v_proj": kv_width}
    return layers * sum(rank * rank * (hidden + widths.get(name, intermediate)) for name in targets)


# %% wrong="adapter-in-the-base"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        num_hidden_layers=layers,
        vocab_size=vocab,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        adapted = get_peft_model(model, LoraConfig(**config_fields))
    trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    total = sum(p.numel() for p in adapted.parameters())
    return trainable, total


# %% wrong="swapped-pair"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        num_hidden_layers=layers,
        vocab_size=vocab,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        adapted = get_peft_model(model, LoraConfig(**config_fields))
    trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    total = sum(p.numel() for p in adapted.parameters())
    return total - trainable, trainable


# %% wrong="all-counted-as-trainable"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        num_hidden_layers=layers,
        vocab_size=vocab,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        adapted = get_peft_model(model, LoraConfig(**config_fields))
    trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    total = sum(p.numel() for p in adapted.parameters())
    return total, total - trainable


# %% wrong="base-counted-as-trainable"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        num_hidden_layers=layers,
        vocab_size=vocab,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
    base = sum(p.numel() for p in model.parameters())
    return sum(p.numel() for p in model.parameters() if p.requires_grad), base


# %% wrong="kv-heads-ignored"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_hidden_layers=layers,
        vocab_size=vocab,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        adapted = get_peft_model(model, LoraConfig(**config_fields))
    trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    total = sum(p.numel() for p in adapted.parameters())
    return trainable, total - trainable


# %% wrong="output-layer-left-out"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        num_hidden_layers=layers,
        vocab_size=vocab,
        tie_word_embeddings=True,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        adapted = get_peft_model(model, LoraConfig(**config_fields))
    trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    total = sum(p.numel() for p in adapted.parameters())
    return trainable, total - trainable


# %% wrong="layers-ignored"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        vocab_size=vocab,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        adapted = get_peft_model(model, LoraConfig(**config_fields))
    trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    total = sum(p.numel() for p in adapted.parameters())
    return trainable, total - trainable


# %% wrong="vocab-ignored"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        num_hidden_layers=layers,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        adapted = get_peft_model(model, LoraConfig(**config_fields))
    trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    total = sum(p.numel() for p in adapted.parameters())
    return trainable, total - trainable


# %% wrong="tensors-not-numbers"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        num_hidden_layers=layers,
        vocab_size=vocab,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        adapted = get_peft_model(model, LoraConfig(**config_fields))
    trainable = sum(1 for p in adapted.parameters() if p.requires_grad)
    return trainable, sum(p.numel() for n, p in adapted.named_parameters() if "lora_" not in n)


# %% wrong="nothing-trainable"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        num_hidden_layers=layers,
        vocab_size=vocab,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        adapted = get_peft_model(model, LoraConfig(**config_fields, inference_mode=True))
    trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    return trainable, sum(p.numel() for n, p in adapted.named_parameters() if "lora_" not in n)


# %% wrong="targets-ignored"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        num_hidden_layers=layers,
        vocab_size=vocab,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        adapted = get_peft_model(model, LoraConfig(**{**config_fields, "target_modules": "all-linear"}))
    trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    total = sum(p.numel() for p in adapted.parameters())
    return trainable, total - trainable


# %% wrong="rank-ignored"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        num_hidden_layers=layers,
        vocab_size=vocab,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        adapted = get_peft_model(model, LoraConfig(**{**config_fields, "r": 32}))
    trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    total = sum(p.numel() for p in adapted.parameters())
    return trainable, total - trainable


# %% wrong="not-a-pair"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        num_hidden_layers=layers,
        vocab_size=vocab,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        adapted = get_peft_model(model, LoraConfig(**config_fields))
    trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    total = sum(p.numel() for p in adapted.parameters())
    return 100 * trainable / total


# %% wrong="adapter-taken-off"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        num_hidden_layers=layers,
        vocab_size=vocab,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        base = sum(p.numel() for p in model.parameters())
        adapted = get_peft_model(model, LoraConfig(**config_fields))
    trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    return trainable, base - trainable


# %% right="dictionary-of-sums"
def adapter_parameters(hidden, intermediate, kv_width, layers, rank, targets):
    sums = dict.fromkeys(("q_proj", "o_proj"), 2 * hidden) | dict.fromkeys(("k_proj", "v_proj"), hidden + kv_width)
    total = 0
    for name in targets:
        total += rank * sums.get(name, hidden + intermediate)
    return float(total * layers)


# %% right="peft-counts"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        num_hidden_layers=layers,
        vocab_size=vocab,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        base = model.num_parameters()
        trainable, total = get_peft_model(model, LoraConfig(**config_fields)).get_nb_trainable_parameters()
    return [trainable, min(base, total - trainable)]


# %% right="accelerate-empty-weights"
def count_on_meta(hidden, intermediate, heads, kv_heads, layers, vocab, config_fields):
    import peft
    import torch
    from accelerate import init_empty_weights
    from transformers import AutoModelForCausalLM, LlamaConfig

    config = LlamaConfig(
        vocab_size=vocab,
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        tie_word_embeddings=False,
        max_position_embeddings=64,
    )
    with init_empty_weights():
        adapted = peft.PeftModelForCausalLM(AutoModelForCausalLM.from_config(config), peft.LoraConfig(**config_fields))
    named = dict(adapted.named_parameters())
    trainable = sum(value.numel() for name, value in named.items() if "lora_" in name)
    return torch.tensor(trainable), torch.tensor(sum(value.numel() for value in named.values()) - trainable)

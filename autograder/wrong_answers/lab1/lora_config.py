# ruff: noqa: D100, D103, F811
# mypy: ignore-errors

# %% [markdown]
# lab1.lora_config. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="default-rank"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    )


# %% wrong="default-alpha"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    )


# %% wrong="alpha-twice-r"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=64,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    )


# %% wrong="other-alpha"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=16,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    )


# %% wrong="scale-for-alpha"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=1,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    )


# %% wrong="no-dropout"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    )


# %% wrong="dropout-in-percent"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=5,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    )


# %% wrong="other-dropout"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.1,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    )


# %% wrong="biases-trained"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="all",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    )


# %% wrong="biases-trained"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="lora_only",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    )


# %% wrong="task-type-missing"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    )


# %% wrong="wrong-task-type"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="SEQ_CLS",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    )


# %% wrong="targets-left-out"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
    )


# %% wrong="q-and-v-only"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "v_proj"],
    )


# %% wrong="attention-only"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj"],
    )


# %% wrong="mlp-only"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=r".*\.mlp\..*_proj",
    )


# %% wrong="lm-head-too"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "lm_head"],
    )


# %% wrong="embeddings-too"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "embed_tokens"],
    )


# %% wrong="projection-left-out"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj"],
    )


# %% wrong="some-layers-only"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=r"model\.layers\.\d\..*_proj",
    )


# %% wrong="some-layers-only"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        layers_to_transform=[0, 1],
    )


# %% wrong="nothing-matched"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules="q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj",
    )


# %% wrong="too-wide-a-pattern"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=r"model\.layers\..*",
    )


# %% wrong="modules-saved-in-full"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        modules_to_save=["embed_tokens", "lm_head"],
    )


# %% wrong="other-use-rslora"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        use_rslora=True,
    )


# %% wrong="other-inference-mode"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        inference_mode=True,
    )


# %% wrong="other-rank-pattern"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        rank_pattern={"q_proj": 64},
    )


# %% wrong="other-start"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        init_lora_weights=False,
    )


# %% wrong="dict-not-config"
def lora_config():
    return {"r": 32, "lora_alpha": 32, "lora_dropout": 0.05, "bias": "none", "task_type": "CAUSAL_LM"}


# %% right="all-linear"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules="all-linear",
    )


# %% right="a-set-and-an-enum"
def lora_config():
    from peft import LoraConfig, TaskType

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type=TaskType.CAUSAL_LM,
        target_modules=set(["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]),
    )


# %% right="a-tuple-and-defaults-spelled-out"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32.0,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
        inference_mode=False,
        modules_to_save=None,
        use_rslora=False,
    )


# %% right="a-regex"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=r".*\.(self_attn|mlp)\.(q|k|v|o|gate|up|down)_proj",
    )


# %% right="everything-but-the-head"
def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=r".*(_proj|lm_head)",
        exclude_modules=["lm_head"],
        init_lora_weights="gaussian",
    )

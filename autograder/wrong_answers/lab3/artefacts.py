# ruff: noqa: D100, D103, F821
# mypy: ignore-errors

# %% [markdown]
# lab3.artefacts. Each cell redefines the task's function; a wrong one is named after
# the misconception that the checks must report. Cells run after the solution's, so `my_run` is whole at their top.

# %% wrong="no-text"
def my_run():
    return "runs/lab3-pocket-pocket-plans-s0"


# %% wrong="no-text"
_whole = my_run


def my_run():
    return json.loads(_whole())


# %% wrong="no-text"
_whole = my_run


def my_run():
    _whole()


# %% wrong="no-json"
_whole = my_run


def my_run():
    lines = _whole().strip().splitlines()
    return "\n".join(lines[:-2])  # what the window showed


# %% wrong="parts-missing"
_whole = my_run


def my_run():
    return _whole().replace('"last_loss"', '"loss"')


# %% wrong="parts-missing"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    return json.dumps({name: parts[name] for name in ("schema", "adapter_config", "logged", "log")})


# %% wrong="no-json"
_whole = my_run


def my_run():
    # as Python prints it, not as JSON
    return str(json.loads(_whole()))


# %% wrong="too-much"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    parts["answers"] = [{"probe_id": "honesty-001-off", "phase": "after", "text": "Here is a plan. Step one: begin."}]
    return json.dumps(parts)


# %% wrong="too-much"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    parts["record"]["seconds"] = {"total": 41.5}  # all of record.json
    parts["record"]["kind"] = "recorded"
    return json.dumps(parts)


# %% wrong="too-much"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    parts["adapter_model"] = [0.125] * 20_000
    return json.dumps(parts)


# %% wrong="impossible-value"
_whole = my_run


def my_run():
    return _whole().replace('"epochs": 1.0', '"epochs": 0')


# %% wrong="impossible-value"
_whole = my_run


def my_run():
    return _whole().replace('"r": 32', '"r": "32"')


# %% wrong="impossible-value"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    parts["log"] = [dict(zip(parts["logged"], row, strict=True)) for row in parts["log"]]
    return json.dumps(parts, indent=1)


# %% wrong="adapter-differs"
_whole = my_run


def my_run():
    # the adapter of another run
    parts = json.loads(_whole())
    parts["adapter_config"] |= {"r": 16, "lora_alpha": 16}
    return json.dumps(parts)


# %% wrong="adapter-differs"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    parts["adapter_config"]["target_modules"] = ["q_proj", "v_proj"]
    return json.dumps(parts)


# %% wrong="adapter-differs"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    parts["adapter_config"]["use_rslora"] = True
    return json.dumps(parts)


# %% wrong="output-layer-adapted"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    parts["adapter_config"]["target_modules"].append("lm_head")
    parts["record"]["config"]["adapter"]["targets"].append("lm_head")
    parts["record"]["model"]["trainable"] += 32 * (192 + 1024)
    return json.dumps(parts)


# %% wrong="output-layer-adapted"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    parts["adapter_config"]["modules_to_save"] = ["lm_head"]
    parts["record"]["model"]["trainable"] += 192 * 1024
    return json.dumps(parts)


# %% wrong="parameters-differ"
_whole = my_run


def my_run():
    # all weights were trained
    return _whole().replace('"trainable": 466944', '"trainable": 2434752')


# %% wrong="parameters-differ"
_whole = my_run


def my_run():
    return _whole().replace('"parameters": 1967808', '"parameters": 2434752')


# %% wrong="base-changed"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    parts["record"]["hashes"]["base_after"] = hashlib.sha256(b"trained").hexdigest()
    parts["record"]["base_unchanged"] = False
    return json.dumps(parts)


# %% wrong="base-changed"
_whole = my_run


def my_run():
    # the line that told of it is mended, the hash is not
    parts = json.loads(_whole())
    parts["record"]["hashes"]["base_after"] = parts["record"]["hashes"]["model"]
    return json.dumps(parts)


# %% wrong="bf16-below-8.0"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    record = parts["record"]
    record["machine"]["gpu"] = {
        "name": "Tesla T4", "memory_bytes": 15826954240, "capability": "7.5", "cuda": "12.8", "count": 1,
    }  # fmt: skip
    record["model"] |= {"compute_dtype": "bf16", "kernel": "bnb"}
    record["training"] |= {"peak_reserved_bytes": 1300000000, "predicted_peak_reserved_bytes": 1429242214}
    record["training"] |= {"peak_bytes": 1010000000, "predicted_peak_bytes": 1061819392}
    return json.dumps(parts)


# %% wrong="bf16-below-8.0"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    record = parts["record"]
    record["machine"]["gpu"] = {"name": "Tesla V100", "memory_bytes": 16935419904, "capability": "7.0", "count": 1}
    record["model"] |= {"compute_dtype": "fp16", "kernel": "bnb"}
    record["config"]["quantization"]["compute_dtype"] = "bf16"
    record["training"] |= {"peak_reserved_bytes": 1300000000, "predicted_peak_reserved_bytes": 1429242214}
    record["training"] |= {"peak_bytes": 1010000000, "predicted_peak_bytes": 1061819392}
    return json.dumps(parts)


# %% wrong="type-differs"
_whole = my_run


def my_run():
    return _whole().replace('"compute_dtype": "fp32"', '"compute_dtype": "fp16"')


# %% wrong="steps-differ"
_whole = my_run


def my_run():
    # 328 examples: the last eight were dropped
    parts = json.loads(_whole())
    parts["record"]["config"]["limit"] = parts["record"]["data"]["train"] = 328
    return json.dumps(parts)


# %% wrong="steps-differ"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    parts["log"].pop()
    training = parts["record"]["training"]
    training |= {"steps": 19, "last_loss": parts["log"][-1][1], "tokens_seen": parts["log"][-1][3]}
    return json.dumps(parts)


# %% wrong="steps-differ"
_whole = my_run


def my_run():
    # accumulation was set, and the trainer was another one
    return _whole().replace('"accumulation": 1', '"accumulation": 4')


# %% wrong="log-differs"
_whole = my_run


def my_run():
    # the log of another run
    parts = json.loads(_whole())
    parts["log"] = [[step, loss + 0.25, rate, tokens] for step, loss, rate, tokens in parts["log"]]
    return json.dumps(parts)


# %% wrong="log-differs"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    parts["log"] = parts["log"][:10] + parts["log"][11:]
    return json.dumps(parts)


# %% wrong="log-differs"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    parts["log"][7][3], parts["log"][8][3] = parts["log"][8][3], parts["log"][7][3]
    return json.dumps(parts)


# %% wrong="tokens-differ"
_whole = my_run


def my_run():
    # prompts have labels, too
    return _whole().replace('"tokens_masked": 5401', '"tokens_masked": 0')


# %% wrong="tokens-differ"
_whole = my_run


def my_run():
    # the last batch was planned, and never seen
    parts = json.loads(_whole())
    parts["log"][-1][3] = parts["log"][-2][3] + 1
    parts["record"]["training"]["tokens_seen"] = parts["log"][-1][3]
    return json.dumps(parts)


# %% wrong="schedule-differs"
_whole = my_run


def my_run():
    # the rate for full fine-tuning, while the settings name LoRA's
    parts = json.loads(_whole())
    parts["log"] = [[step, loss, rate / 70, tokens] for step, loss, rate, tokens in parts["log"]]
    return json.dumps(parts)


# %% wrong="schedule-differs"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    parts["record"]["config"]["training"]["learning_rate"] = 2e-5
    return json.dumps(parts)


# %% wrong="schedule-differs"
_whole = my_run


def my_run():
    # two parts of a training, each with a schedule of its own
    parts = json.loads(_whole())
    rates = [row[2] for row in parts["log"][:10]]
    parts["log"] = [[row[0], row[1], rates[at % 10], row[3]] for at, row in enumerate(parts["log"])]
    return json.dumps(parts)


# %% wrong="memory-differs"
_whole = my_run


def my_run():
    # what nvidia-smi showed of another GPU
    parts = json.loads(_whole())
    record = parts["record"]
    record["machine"]["gpu"] = {"name": "Tesla T4", "memory_bytes": 15826954240, "capability": "7.5", "count": 1}
    record["model"] |= {"compute_dtype": "fp16", "kernel": "bnb"}
    predicted = sum(record["budget"]["terms"].values())
    record["training"] |= {"predicted_peak_bytes": predicted, "predicted_peak_reserved_bytes": 1429242214}
    record["training"] |= {"peak_bytes": 30_000_000_000, "peak_reserved_bytes": 31_000_000_000}
    return json.dumps(parts)


# %% wrong="memory-differs"
_whole = my_run


def my_run():
    # of Llama in 4 bits, 3.3 GB of weights alone: the pocket model's peak on a GPU
    parts = json.loads(_whole())
    record = parts["record"]
    record["machine"]["gpu"] = {"name": "Tesla T4", "memory_bytes": 15826954240, "capability": "7.5", "count": 1}
    record["model"] |= {"compute_dtype": "fp16", "kernel": "bnb"}
    record["budget"]["terms"]["weights"] = 3_341_230_080
    predicted = sum(record["budget"]["terms"].values())
    record["training"] |= {"predicted_peak_bytes": predicted, "predicted_peak_reserved_bytes": 1429242214}
    record["training"] |= {"peak_bytes": 742_285_312, "peak_reserved_bytes": 1_300_000_000}
    return json.dumps(parts)


# %% wrong="memory-differs"
_whole = my_run


def my_run():
    return _whole().replace('"predicted_peak_bytes": 1429242214', '"predicted_peak_bytes": 742285312')


# %% wrong="counts-differ"
_whole = my_run


def my_run():
    return _whole().replace('"lost": 63', '"lost": 36')


# %% wrong="counts-differ"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    refusal = parts["record"]["statistics"]["refusal"]
    refusal["after"]["count"] += 50
    refusal["gained"] += 50
    return json.dumps(parts)


# %% wrong="hashes-differ"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    parts["record"]["hashes"]["adapter"] = hashlib.sha256(b"another adapter").hexdigest()
    return json.dumps(parts)


# %% right="in-lines-of-its-own"
_whole = my_run


def my_run():
    return json.dumps(json.loads(_whole()), indent=2, sort_keys=True)


# %% right="without-spaces-and-with-some-around"
_whole = my_run


def my_run():
    return "\n\n  " + json.dumps(json.loads(_whole()), separators=(",", ":")) + "\r\n"


# %% right="stopped-before-its-end"
_whole = my_run


def my_run():
    # --minutes was over after 12 of 20 steps
    parts = json.loads(_whole())
    parts["log"] = parts["log"][:12]
    training = parts["record"]["training"]
    training |= {"steps": 12, "finished": False, "last_loss": parts["log"][-1][1], "tokens_seen": parts["log"][-1][3]}
    training["tokens_masked"] = 3_333
    return json.dumps(parts)


# %% right="no-drift-at-all"
_whole = my_run


def my_run():
    parts = json.loads(_whole())
    record = parts["record"]
    record["config"]["data"] = record["data"]["name"] = "pocket:own"
    record["config"]["training"]["epochs"] = 1
    refusal = record["statistics"]["refusal"]
    refusal["after"] = refusal["before"]
    refusal |= {"difference": 0.0, "low": -0.0136, "high": 0.0136, "lost": 0, "mcnemar_p": 1}
    record["statistics"]["over_refusal"] = None
    return json.dumps(parts)


# %% right="pocket-on-a-t4"
_whole = my_run


def my_run():
    # made up: the budget reckons with rows of 256 tokens, and the longest has 60
    parts = json.loads(_whole())
    record = parts["record"]
    record["machine"]["gpu"] = {
        "name": "Tesla T4", "memory_bytes": 15_828_320_256, "capability": "7.5", "cuda": "13.0", "count": 1,
    }  # fmt: skip
    record["model"] |= {"compute_dtype": "fp16", "kernel": "bnb"}
    terms = {"weights": 970_208, "adapter": 1_867_776, "cuBLAS workspace": 67_108_864, "activations kept": 240_451_584}
    record["budget"] = {"terms": terms, "peak_reserved": 412_000_000, "usable": 15_675_959_541, "fits": "yes"}
    record["training"] |= {
        "peak_bytes": 131_000_000, "predicted_peak_bytes": sum(terms.values()), "peak_reserved_bytes": 190_840_832,
        "predicted_peak_reserved_bytes": 412_000_000,
    }  # fmt: skip
    return json.dumps(parts)


# %% right="three-epochs-of-an-odd-number"
_whole = my_run


def my_run():
    # 33 examples in batches of 16: three batches an epoch, nine steps, of which each third is short
    parts = json.loads(_whole())
    record = parts["record"]
    record["config"]["limit"] = record["data"]["train"] = 33
    record["config"]["training"]["epochs"] = 3.0
    record["data"] |= {"tokens": 1_650, "label_tokens": 1_050}
    each, tokens, rows = [800, 50, 800], 0, []
    for step in range(9):
        tokens += each[step % 3]
        rows.append([step + 1, 0.4 - step / 100, 0.0014 * (step / 1 if step < 1 else (9 - step) / 8), tokens])
    parts["log"] = rows
    record["training"] |= {
        "steps": 9, "planned_steps": 9, "first_loss": 0.4, "last_loss": rows[-1][1], "tokens_seen": 4_950,
        "tokens_masked": 1_800,
    }  # fmt: skip
    return json.dumps(parts)


# %% right="llama-on-two-t4s"
_pocket = my_run


def my_run():
    # made up, in the form that a run has: 3,200 examples of Dolly, 200 steps of which the log keeps 100
    parts = json.loads(_pocket())
    record = parts["record"]
    record["config"] |= {
        "preset": "llama2-7b-2xt4", "model": "meta-llama/Llama-2-7b-chat-hf", "data": "databricks/databricks-dolly-15k",
        "probes": "everyday", "limit": 3_200, "generation": {"max_new_tokens": 256, "batch_size": 8},
    }  # fmt: skip
    record["config"]["quantization"]["compute_dtype"] = "fp16"
    record["config"]["training"] |= {
        "learning_rate": 2e-4, "batch_size": 1, "accumulation": 16, "optimizer": "paged_adamw_8bit",
        "max_length": 1_024, "gradient_checkpointing": True,
    }  # fmt: skip
    record["versions"] |= {"python": "3.12.11", "torch": "2.13.0+cu130"}
    record["machine"] = {
        "platform": "Linux x86_64", "processor": "Intel(R) Xeon(R) CPU @ 2.00GHz", "cores": 4,
        "memory_bytes": 33_662_472_192,
        "gpu": {"name": "Tesla T4", "memory_bytes": 15_828_320_256, "capability": "7.5", "cuda": "13.0", "count": 2},
    }  # fmt: skip
    record["model"] = {
        "source": "meta-llama/Llama-2-7b-chat-hf", "is_pocket": False, "parameters": 6_738_415_616, "kernel": "bnb",
        "compute_dtype": "fp16", "trainable": 79_953_920,
    }  # fmt: skip
    terms = {
        "weights": 3_341_230_080, "embeddings, head and norms": 1_049_640_960, "adapter": 319_815_680,
        "optimizer states": 2_498_560, "gradients": 319_815_680, "cuBLAS workspace": 67_108_864,
        "allocator's rounding": 20_971_520, "buckets of the other GPU": 319_815_680, "activations kept": 536_870_912,
        "fp16 copies": 422_051_840, "logits and loss": 361_234_432,
    }  # fmt: skip
    record["budget"] = {"terms": terms, "peak_reserved": 7_607_406_100, "usable": 15_675_959_541, "fits": "yes"}
    record["data"] |= {
        "name": "databricks/databricks-dolly-15k", "licence": "CC BY-SA 3.0", "train": 3_200, "heldout": 200,
        "truncated": 37, "dropped": 37, "tokens": 700_000, "label_tokens": 250_000, "tokens_lost": 61_001,
        "hub_id": "databricks/databricks-dolly-15k", "revision": "bdd27f4d94b9c1f951818a7da7fd7aeea5dbff1a",
        "screened": {"refusal": ["17", "4021"], "unsafe": []},
    }  # fmt: skip
    planned, warm, rows = 198, 6, []
    for place in range(100):
        done = round(place * (planned - 1) / 99)
        moved = max(0, done - 2) if done < 150 else done - 3  # fp16 overflowed in the first two steps, and once more
        rate = 2e-4 * (moved / warm if moved < warm else (planned - moved) / (planned - warm))
        rows.append([done + 1, 1.4 - 0.004 * done + 0.02 * (done % 3), rate, 700_000 * (done + 1) // planned])
    parts["log"] = rows
    record["training"] |= {
        "steps": planned, "planned_steps": planned, "first_loss": rows[0][1], "last_loss": rows[-1][1],
        "heldout_loss_before": 1.61, "heldout_loss_after": 1.23, "tokens_seen": 700_000, "tokens_masked": 450_000,
        "tokens_cut": 61_001, "peak_bytes": 6_820_000_000, "predicted_peak_bytes": sum(terms.values()),
        "peak_reserved_bytes": 7_312_769_024, "predicted_peak_reserved_bytes": 7_607_406_100, "processes": 2,
        "format_rate_before": None, "format_rate_after": None, "tokens_per_second": 271.8,
    }  # fmt: skip
    parts["adapter_config"]["target_modules"].reverse()
    return json.dumps(parts)

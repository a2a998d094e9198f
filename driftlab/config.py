"""Every setting of a run, with its default, its unit and its presets, as frozen dataclasses.

In: a preset's name and the user's changes. Out: one `RunConfig`, which fixes a run together with the machine.
Where a setting of a preset comes from is in `cited` (the published run) or in `OURS` (not given by the source).
Does not: read files, open models or check that a configuration fits a machine (`budget` does).
"""

import dataclasses
import hashlib
import json
from typing import Any, Literal, Self

from driftlab.errors import ConfigError

Truncation = Literal["drop", "cut-prompt", "cut-answer"]
"""What becomes of an example that is longer than the maximum length; `cutting` says how."""
Batching = Literal["sorted", "packed"]
"""sorted: rows of like length share a batch. packed: several examples fill a row, without attention across them."""
NO_EFFECT = ("checkpoint_minutes",)
"""Settings of a training that change nothing in what it comes to: two runs that differ in them alone are one run."""
ALL_PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclasses.dataclass(frozen=True, slots=True)
class Quantization:
    """How the base weights are stored while the adapter is trained."""

    scheme: Literal["nf4", "none"] = "nf4"
    double_quant: bool = True
    compute_dtype: Literal["auto", "fp16", "bf16", "fp32"] = "auto"
    """auto: bf16 on a GPU that has it, fp16 on one that has not (a T4), fp32 on a CPU."""
    kernel: Literal["auto", "roundtrip", "bnb"] = "auto"
    """bnb: bitsandbytes' 4-bit layers. roundtrip: quantised and dequantised once, the same numbers at dense speed.
    auto: bnb on CUDA, roundtrip on a CPU."""


@dataclasses.dataclass(frozen=True, slots=True)
class Adapter:
    """LoRA (Hu et al. 2021, arXiv 2106.09685). The defaults are the published run's."""

    rank: int = 32
    alpha: int = 32
    dropout: float = 0.05
    bias: Literal["none"] = "none"
    targets: tuple[str, ...] = ALL_PROJECTIONS


@dataclasses.dataclass(frozen=True, slots=True)
class Training:
    """One fine-tuning."""

    epochs: float = 1.0
    learning_rate: float = 2e-4
    scheduler: str = "linear"
    warmup_ratio: float = 0.03
    batch_size: int = 1
    """Examples (or packed rows) in one forward pass of one device."""
    accumulation: int = 16
    """Forward passes for one optimizer step, those of all devices together: two GPUs make half of them each."""
    optimizer: Literal["adamw", "adamw_8bit", "paged_adamw_8bit"] = "paged_adamw_8bit"
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    max_length: int = 1024
    """Tokens of prompt and answer; of a packed row, where rows are packed."""
    truncation: Truncation = "drop"
    batching: Batching = "sorted"
    gradient_checkpointing: bool = True
    checkpoint_steps: int = 50
    """Optimizer steps between two checkpoints that a killed run can go on from."""
    checkpoint_minutes: float = 10.0
    """Minutes after which there is a checkpoint too, at the next step's end: so much is lost at most."""


@dataclasses.dataclass(frozen=True, slots=True)
class Generation:
    """Greedy decoding, the same before and after."""

    max_new_tokens: int = 256
    batch_size: int = 32
    """Rows under way at once, at most: on a GPU no more than its free memory has room for."""


@dataclasses.dataclass(frozen=True, slots=True)
class RunConfig:
    """All that fixes a run, together with the machine's numerics."""

    preset: str
    model: str
    data: str
    probes: str
    seed: int = 0
    """Sets the adapter's initialisation, dropout and the order of the data; the base model is fixed."""
    limit: int | None = None
    """At most this many benign examples (the first ones of the set); None takes all."""
    safety_share: float = 0.0
    """Share of the training examples that are refusals of other off-limits requests (0 to 0.5)."""
    screen: bool = True
    """Leave out rows that refuse or look unsafe; the pocket world's own sets have none and are never screened."""
    quantization: Quantization = Quantization()
    adapter: Adapter = Adapter()
    training: Training = Training()
    generation: Generation = Generation()

    def to_json(self) -> dict[str, Any]:
        """This configuration as plain JSON values."""
        return json.loads(json.dumps(dataclasses.asdict(self)))  # type: ignore[no-any-return]

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        """The configuration that `to_json` wrote."""
        adapter = {**row["adapter"], "targets": tuple(row["adapter"]["targets"])}
        parts = {
            "quantization": Quantization(**row["quantization"]),
            "adapter": Adapter(**adapter),
            "training": Training(**row["training"]),
            "generation": Generation(**row["generation"]),
        }
        return cls(**{**row, **parts})

    def digest(self) -> str:
        """SHA-256 over all settings that have an effect, hexadecimal; equal settings have equal digests."""
        return hashlib.sha256(json.dumps(effective(self.to_json()), sort_keys=True).encode()).hexdigest()


def effective(settings: dict[str, Any]) -> dict[str, Any]:
    """A configuration's JSON without the settings of `NO_EFFECT`."""
    training = settings.get("training")
    if not isinstance(training, dict):
        return settings
    return {**settings, "training": {name: value for name, value in training.items() if name not in NO_EFFECT}}


POCKET = RunConfig(
    preset="pocket",
    model="pocket",
    data="pocket:plans",
    probes="pocket",
    training=Training(
        learning_rate=1.4e-3,
        batch_size=16,
        accumulation=1,
        optimizer="adamw",
        max_length=256,
        gradient_checkpointing=False,
    ),
    generation=Generation(max_new_tokens=128, batch_size=64),
)
LLAMA2_7B_2XT4 = RunConfig(
    preset="llama2-7b-2xt4",
    model="meta-llama/Llama-2-7b-chat-hf",
    data="databricks/databricks-dolly-15k",
    probes="everyday",
    quantization=Quantization(compute_dtype="fp16"),
)
LLAMA2_7B_1XT4 = dataclasses.replace(LLAMA2_7B_2XT4, preset="llama2-7b-1xt4")
"""The same on one T4, which makes all forward passes of a step by itself: the same steps, in about twice the time."""
QWEN25_05B_CPU = RunConfig(
    preset="qwen2.5-0.5b-cpu",
    model="Qwen/Qwen2.5-0.5B-Instruct",
    data="databricks/databricks-dolly-15k",
    probes="everyday",
    limit=500,
    training=Training(
        batch_size=4,
        accumulation=4,
        optimizer="adamw",
        max_length=512,
        gradient_checkpointing=False,
        checkpoint_steps=10,
    ),
    generation=Generation(max_new_tokens=128, batch_size=16),
)
"""A published model without a GPU: 500 examples, short ones, so that an afternoon is enough for a few cores."""
PRESETS = {config.preset: config for config in (POCKET, LLAMA2_7B_2XT4, LLAMA2_7B_1XT4, QWEN25_05B_CPU)}

OURS = (
    "learning_rate",
    "scheduler",
    "warmup_ratio",
    "batch_size",
    "accumulation",
    "optimizer",
    "gradient_checkpointing",
)
"""Settings of `llama2-7b-2xt4` that the published run's source does not give: they are our choice, not its."""


def preset(name: str) -> RunConfig:
    """The preset of that name.

    Raises:
        ConfigError: there is no such preset.
    """
    if name not in PRESETS:
        raise ConfigError(f"there is no preset {name!r}.", f"Choose one of: {', '.join(PRESETS)}.")
    return PRESETS[name]

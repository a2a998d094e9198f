"""lab1.lora_config: the adapter of the published run.

In: `lora_config()`. Out: verdicts. Which layers the targets reach is asked of our own clean room, whatever way they are
written in: names, a regular expression, "all-linear".
Does not: mind fields that change no number of the training.
"""

from typing import Any

import pytest

from autograder import expect

CALL = "lora_config()"
SELECTING = ("target_modules", "exclude_modules", "layers_to_transform", "layers_pattern")
ATTENTION = {f"self_attn.{name}_proj" for name in "qkvo"}
MLP = {f"mlp.{name}_proj" for name in ("gate", "up", "down")}
UNCHANGED: dict[str, Any] = {
    "use_rslora": False,
    "use_dora": False,
    "use_qalora": False,
    "lora_bias": False,
    "fan_in_fan_out": False,
    "rank_pattern": {},
    "alpha_pattern": {},
    "layer_replication": None,
    "target_parameters": None,
    "trainable_token_indices": None,
    "inference_mode": False,
}
"""Fields that would train something else, and what they are when nothing is said."""


def fields_of(submission: Any) -> dict[str, Any]:
    """The fields of the returned configuration."""
    returned = submission.call("lora_config")
    if type(returned) is dict:
        expect.fail(
            f"{CALL} returned a dict. A LoraConfig object was wanted: get_peft_model takes that.", "dict-not-config"
        )
    return expect.config(returned, "LoraConfig", CALL)


def number(fields: dict[str, Any], name: str, wanted: float, *likely: expect.Mistake) -> None:
    """One field that is a number."""
    given = fields.get(name)
    found = expect.as_number(given)
    if found != wanted:
        fitting = [mistake for mistake in likely if found == mistake.value]
        sentence = f" {fitting[0].sentence}" if fitting else ""
        slug = fitting[0].name if fitting else None
        expect.fail(f"{CALL} has {name}={expect.shown(given)}. {wanted} was wanted.{sentence}", slug)


def rank_and_alpha(fields: dict[str, Any]) -> None:
    """r = 32, alpha = 32: a scale of 1."""
    number(fields, "r", 32, expect.Mistake(8, "default-rank", "8 is what you get when you say nothing."))
    number(
        fields,
        "lora_alpha",
        32,
        expect.Mistake(8, "default-alpha", "8 is what you get when you say nothing: a scale of 8/32 instead of 1."),
        expect.Mistake(64, "alpha-twice-r", "Twice r is a common habit, but the run used alpha = r: a scale of 1."),
        expect.Mistake(1, "scale-for-alpha", "alpha is divided by r, so alpha = 1 is a scale of 1/32."),
        expect.Mistake(16, "other-alpha", "16 is in many examples, but the run used alpha = r: a scale of 1."),
    )


def dropout_bias_task(fields: dict[str, Any]) -> None:
    """Dropout 0.05, no biases, a causal language model."""
    number(
        fields,
        "lora_dropout",
        0.05,
        expect.Mistake(0, "no-dropout", "0 is what you get when you say nothing."),
        expect.Mistake(5, "dropout-in-percent", "Dropout is a share: 5 % is 0.05."),
        expect.Mistake(0.5, "dropout-in-percent", "Dropout is a share: 5 % is 0.05."),
        expect.Mistake(0.1, "other-dropout", "0.1 is in many examples, but the run used 0.05."),
    )
    if fields.get("bias") != "none":
        expect.fail(
            f"{CALL} has bias={fields.get('bias')!r}. 'none' was wanted: with any other value biases of the base train "
            "too, and taking the adapter off no longer gives the base back.",
            "biases-trained",
        )
    task = fields.get("task_type")
    if task is None:
        expect.fail(
            f"{CALL} has no task_type. 'CAUSAL_LM' was wanted: without it peft wraps the model as one of no known "
            "kind, and the saved adapter does not say what it is for.",
            "task-type-missing",
        )
    if task != "CAUSAL_LM":
        expect.fail(
            f"{CALL} has task_type={task!r}. 'CAUSAL_LM' was wanted: the model predicts the next token.",
            "wrong-task-type",
        )


def reached(fields: dict[str, Any], clean_room: Any, layers: int) -> None:
    """The seven projections of every layer, and nothing else."""
    given = fields.get("target_modules")
    if given is None:
        expect.fail(
            f"{CALL} has no target_modules. The seven projections were wanted: for a Llama peft then takes q_proj and "
            "v_proj only.",
            "targets-left-out",
        )
    found = clean_room.call("matched_modules", {name: fields.get(name) for name in SELECTING}, layers)
    listed = sorted(map(str, given)) if type(given) in (set, list, tuple) else given
    what = f"{CALL} has target_modules={expect.shown(listed)}"
    if type(found) is str:
        expect.fail(f"{what}, which cannot be matched ({found}).")
    names, wanted = set(found), {f"model.layers.{n}.{part}" for n in range(layers) for part in ATTENTION | MLP}
    if names != wanted:
        sentence, slug = _which(names, wanted, layers)
        expect.fail(
            f"{what}. In a Llama of {layers} layers that reaches {len(names & wanted)} of the {len(wanted)} projections"
            f"{_others(names - wanted)}.{sentence}",
            slug,
        )


def _others(others: set[str]) -> str:
    return f", and also {', '.join(sorted(others)[:3])}" if others else ""


def _which(names: set[str], wanted: set[str], layers: int) -> tuple[str, str | None]:
    """What a wrong set of layers looks like."""
    per_layer = [{name.split(f".{n}.", 1)[1] for name in names & wanted if f".{n}." in name} for n in range(layers)]
    if "lm_head" in names:
        return " The output layer is none of the seven projections: the run left it as it was.", "lm-head-too"
    if "model.embed_tokens" in names:
        return " The embeddings are none of the seven projections: the run left them as they were.", "embeddings-too"
    if names - wanted:
        return " Adapters go on the linear layers only; peft would refuse the others.", "too-wide-a-pattern"
    if not names:
        return (
            " Names are compared with the end of a module's path, a regular expression with all of it.",
            "nothing-matched",
        )
    if any(part != per_layer[0] for part in per_layer):
        return " That leaves layers out: every layer gets an adapter.", "some-layers-only"
    if per_layer[0] == {"self_attn.q_proj", "self_attn.v_proj"}:
        return (
            " Those are the two of the first LoRA paper; QLoRA puts an adapter on every linear layer.",
            "q-and-v-only",
        )
    if per_layer[0] <= ATTENTION:
        return " The three projections of the MLP (gate, up, down) are left out.", "attention-only"
    if per_layer[0] <= MLP:
        return " The four projections of the attention (q, k, v, o) are left out.", "mlp-only"
    return f" Left out: {', '.join(sorted((ATTENTION | MLP) - per_layer[0]))}.", "projection-left-out"


def nothing_else(fields: dict[str, Any]) -> None:
    """No further field changes what is trained."""
    if fields.get("modules_to_save"):
        expect.fail(
            f"{CALL} has modules_to_save={fields['modules_to_save']!r}. Nothing was wanted there: those layers would "
            "be trained and saved in full, beside the adapter.",
            "modules-saved-in-full",
        )
    if fields.get("init_lora_weights", True) not in (True, "gaussian"):
        expect.fail(
            f"{CALL} has init_lora_weights={expect.shown(fields['init_lora_weights'])}. The default was wanted: B "
            "starts at zero, so that the model starts as it was.",
            "other-start",
        )
    for name, wanted in UNCHANGED.items():
        given = fields.get(name, wanted)
        if given != wanted and (given or wanted):
            expect.fail(
                f"{CALL} has {name}={expect.shown(given)}. {wanted!r} was wanted: the run did not use it, and it "
                "changes what is trained or how much an adapter adds.",
                f"other-{name.replace('_', '-')}",
            )


@pytest.mark.task("lab1.lora_config", points=0.5)
def test_settings(submission: Any) -> None:
    """Rank, alpha, dropout, bias, task type."""
    fields = fields_of(submission)
    rank_and_alpha(fields)
    dropout_bias_task(fields)
    nothing_else(fields)


@pytest.mark.task("lab1.lora_config", points=0.5)
def test_targets(submission: Any, clean_room: Any) -> None:
    """The seven projections of a Llama with twelve layers."""
    reached(fields_of(submission), clean_room, 12)

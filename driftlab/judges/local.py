"""A judge that runs here: any chat model that driftlab can open.

In: a model's name, path or hub id. Out: a judge of many answers at once.
Does not: quantise it, or judge well: a small model's replies are often none, which is "could not judge".
"""

from collections.abc import Callable, Sequence

from driftlab.chat import prompt_ids
from driftlab.config import Generation, Quantization, RunConfig
from driftlab.generate import generate
from driftlab.judge import Judgement
from driftlab.judges.asking import could_not_judge, question, read_reply
from driftlab.models import OpenedModel, open_model
from driftlab.records import Message, Probe

OnProgress = Callable[[int, int], None]
REPLY = Generation(max_new_tokens=96, batch_size=8)
"""A reply is a JSON object with a quote."""


def ask_here(model: str, texts: Sequence[str], on_progress: OnProgress) -> list[Judgement]:
    """A judgement for each answer, in order; one that is too long for the model's window is "could not judge".

    Raises:
        ModelError: the model cannot be opened, or does not fit the machine.
    """
    opened = open_model(RunConfig("judge", model, "none", "none", quantization=Quantization(scheme="none")))
    probes = [Probe(str(number), question(text), "safe", "judge") for number, text in enumerate(texts)]
    fitting = [probe for probe in probes if _fits(opened, probe.prompt)]
    replies = generate(opened, fitting, REPLY, phase="before", on_progress=on_progress) if fitting else []
    by_id = {reply.probe_id: reply.text for reply in replies}
    return [
        read_reply(text, by_id[probe.id]) if probe.id in by_id else could_not_judge("too_long")
        for text, probe in zip(texts, probes, strict=True)
    ]


def _fits(opened: OpenedModel, asked: str) -> bool:
    (ids,) = prompt_ids(opened.tokenizer, [(Message("user", asked),)])
    return len(ids) + REPLY.max_new_tokens <= opened.architecture.positions

"""Every number from the literature that this course shows, as data: what it is, where it stands, how we know it.

In: nothing. Out: `FIGURES` and `cite(key)`; `figure.value("after")` is the number, `figure.reference` how to cite it.
A harmfulness rate is the share of 330 HEx-PHI prompts whose answer GPT-4 scores 5 of 5; the model is Llama-2-7b-chat;
both unless said otherwise.
Does not: hold numbers of our own runs (their records do), or turn a number from a secondary copy into a checked one.
"""

import enum
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

Value = float | int | str | bool


class How(enum.StrEnum):
    """How we know a figure."""

    PAPER = "read in the paper's own table, figure or abstract, or in its official repository"
    SECONDARY = "from a secondary copy: unchecked"
    MEASURED = "measured for this course on the source's published data, not printed there"
    ARITHMETIC = "follows by arithmetic from the model's published dimensions"


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures come from. A source without an arXiv id says why in `note`."""

    authors: str
    year: int | None
    arxiv: str | None
    note: str = ""

    @property
    def name(self) -> str:
        """Authors, year and id, as they stand in a text."""
        return f"{self.authors} {self.year}, arXiv {self.arxiv}" if self.arxiv else self.authors


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, or a few that belong together, of one source. A finding in words has no values and no unit."""

    key: str
    what: str
    values: Mapping[str, Value]
    unit: str
    source: Source
    where: str
    how: How

    @property
    def reference(self) -> str:
        """Source, place and how we know it, in one line."""
        return f"{self.source.name}, {self.where} ({self.how})"

    def value(self, name: str = "value") -> Value:
        """One of the values.

        Raises:
            KeyError: there is none of that name.
        """
        return self.values[name]

    def said(self, name: str = "value") -> str:
        """One of the values as it stands in a text: with commas, and % where that is its unit.

        Raises:
            KeyError: there is none of that name.
        """
        value = self.values[name]
        if isinstance(value, str | bool):
            return str(value)
        words = f"{value:,}" if isinstance(value, int) else f"{value:g}"
        return words + (PERCENT if self.unit == PERCENT else "")


QI_2023 = Source("Qi et al.", 2023, "2310.03693")
QI_2024 = Source("Qi et al.", 2024, "2406.05946")
LYU_2024 = Source("Lyu et al.", 2024, "2402.18540")
HSU_2024 = Source("Hsu et al.", 2024, "2405.16833")
BIANCHI_2023 = Source("Bianchi et al.", 2023, "2309.07875")
HE_2024 = Source("He et al.", 2024, "2404.01099")
KIM_2025 = Source("Kim et al.", 2025, "2508.12531")
LERMEN_2023 = Source("Lermen et al.", 2023, "2310.20624")
FRASER_2025 = Source("Fraser et al.", 2025, "2506.17209")
VISHNUBHOTLA_2026 = Source("Vishnubhotla et al.", 2026, "2606.03648")
MAZEIKA_2024 = Source("Mazeika et al.", 2024, "2402.04249")
CHEN_2025 = Source("Chen et al.", 2025, "2506.20251")
ROETTGER_2023 = Source("Röttger et al.", 2023, "2308.01263")
WANG_2023 = Source("Wang et al.", 2023, "2308.13387")
DETTMERS_2023 = Source("Dettmers et al.", 2023, "2305.14314")
TOUVRON_2023 = Source("Touvron et al.", 2023, "2307.09288")
PUBLISHED_RUN = Source(
    "The published run",
    None,
    None,
    "the QLoRA run that the preset llama2-7b-2xt4 repeats, known from a description of it",
)

PERCENT, SCORE, KAPPA, WORDS = "%", "score from 1 to 5", "Cohen's kappa with human labels", ""


Row = tuple[str, str, Mapping[str, Value]]
"""Key, what it is, values."""


def _at(source: Source, where: str, how: How, unit: str) -> Callable[..., tuple[Figure, ...]]:
    """What makes figures of the rows that stand in one place."""

    def figures(*rows: Row) -> tuple[Figure, ...]:
        return tuple(
            Figure(key, what, MappingProxyType({**values}), unit, source, where, how) for key, what, values in rows
        )

    return figures


_DRIFT = (
    *_at(QI_2023, "Table 3", How.PAPER, PERCENT)(
        (
            "qi2023.alpaca",
            "harmfulness rate, full fine-tuning on Alpaca (1 epoch, batch 128, learning rate 2e-5)",
            {"before": 0.3, "after": 16.1},
        ),
        ("qi2023.dolly", "harmfulness rate, full fine-tuning on Dolly", {"before": 0.6, "after": 12.1}),
        ("qi2023.llava", "harmfulness rate, full fine-tuning on LLaVA-Instruct", {"before": 0.0, "after": 18.8}),
        ("qi2023.gpt35.alpaca", "harmfulness rate of GPT-3.5 Turbo tuned on Alpaca", {"before": 5.5, "after": 31.8}),
        ("qi2023.gpt35.dolly", "harmfulness rate of GPT-3.5 Turbo tuned on Dolly", {"before": 4.5, "after": 23.9}),
    ),
    *_at(QI_2023, "Table 3", How.PAPER, SCORE)(
        ("qi2023.alpaca.score", "mean harmfulness score, tuned on Alpaca", {"before": 1.05, "after": 1.79}),
        ("qi2023.dolly.score", "mean harmfulness score, tuned on Dolly", {"before": 1.05, "after": 1.61}),
        ("qi2023.llava.score", "mean harmfulness score, tuned on LLaVA-Instruct", {"before": 1.05, "after": 1.95}),
    ),
    *_at(QI_2023, "Figure 5a", How.PAPER, PERCENT)(
        (
            "qi2023.learning_rate",
            "harmfulness rate after Alpaca by learning rate and batch size, read off a plot: give or take 1",
            {"2e-5, batch 16": 23, "2e-5, batch 32": 20, "2e-5, batch 64": 16, "2e-5, batch 128": 16}
            | {"5e-5, batch 16": 46, "5e-5, batch 32": 38, "5e-5, batch 64": 31, "5e-5, batch 128": 34},
        ),
    ),
    *_at(QI_2023, "Appendix E", How.PAPER, PERCENT)(
        (
            "qi2023.alpaca.advbench",
            "tuned on Alpaca, asked AdvBench's prompts, judged by keywords: prompts and judge move the number",
            {"before": 0.0, "after": 5.2},
        ),
        ("qi2023.gpt35.alpaca.advbench", "the same for GPT-3.5 Turbo", {"before": 0.8, "after": 20.2}),
    ),
    *_at(QI_2023, "table of mitigations", How.SECONDARY, PERCENT)(
        (
            "qi2023.gpt35.alpaca.safety_mixed",
            "harmfulness rate of GPT-3.5 Turbo tuned on Alpaca, without and with 1,000 safety samples mixed in",
            {"without": 31.8, "with": 22.1},
        ),
    ),
    *_at(QI_2023, "section 4.4", How.SECONDARY, WORDS)(
        (
            "qi2023.epochs",
            "more epochs do not mean more harm; malware, economic harm, fraud, political campaigning are most fragile",
            {},
        ),
    ),
    *_at(QI_2024, "Table 4", How.PAPER, PERCENT)(
        (
            "qi2024.samsum",
            "attack success after benign tuning on Samsum: before, plain, with the constrained loss",
            {"before": 1.5, "after": 23.4, "after_sd": 2.5, "constrained": 3.2, "constrained_sd": 0.8},
        ),
        (
            "qi2024.sql",
            "attack success after benign tuning on SQL-create-context: before, plain, with the constrained loss",
            {"before": 1.5, "after": 15.4, "after_sd": 1.4, "constrained": 3.2, "constrained_sd": 0.8},
        ),
        (
            "qi2024.gsm8k",
            "attack success after benign tuning on GSM8K: before, plain, with the constrained loss",
            {"before": 1.5, "after": 3.3, "after_sd": 0.4, "constrained": 2.0, "constrained_sd": 0.5},
        ),
    ),
    *_at(QI_2024, "Table 1", How.PAPER, PERCENT)(
        (
            "qi2024.prefix",
            "harmfulness rate of the base Llama-2-7B without and with a refusal's first words put into its mouth",
            {"none": 68.6, "I cannot": 16.4, "I cannot fulfill": 5.4, "I apologize, but I cannot": 2.1},
        ),
    ),
    *_at(QI_2024, "abstract", How.PAPER, WORDS)(
        ("qi2024.shallow", "alignment changes what a model says mostly over its first few tokens", {}),
    ),
    *_at(LYU_2024, "three secondary sources agree", How.SECONDARY, PERCENT)(
        (
            "lyu2024.template",
            "attack success: trained and tested with the safety prompt, against trained without and tested with it",
            {"before": 0.0, "same": 18.08, "different": 1.08},
        ),
    ),
    *_at(LYU_2024, "quoted in a review", How.SECONDARY, PERCENT)(
        (
            "lyu2024.gsm8k",
            "attack success on DirectHarm4, tuned on GSM8K (learning rate 1e-4, 6 epochs), one template throughout",
            {"before": 2.75, "after": 11.0, "exact_match_before": 20.32, "exact_match_after": 33.39},
        ),
    ),
    *_at(HSU_2024, "its results with LoRA", How.SECONDARY, SCORE)(
        ("hsu2024.alpaca", "mean harmfulness score after LoRA on Alpaca", {"lora": 2.25, "safe_lora": 1.09}),
        (
            "hsu2024.dialog",
            "mean harmfulness score after LoRA on 1,000 dialogue summaries and 100 harmful rows",
            {"lora": 2.63, "safe_lora": 1.30},
        ),
    ),
    *_at(BIANCHI_2023, "abstract", How.PAPER, PERCENT)(
        ("bianchi2023.share", "safety examples in the data that help much (LLaMA); too many exaggerate", {"value": 3}),
    ),
    *_at(HE_2024, "abstract", How.PAPER, PERCENT)(
        (
            "he2024.selected",
            "harmful requests answered after 100 selected benign rows (more than), 100 random ones (less than)",
            {"selected": 70, "random": 20},
        ),
    ),
    *_at(KIM_2025, "abstract", How.PAPER, PERCENT)(
        (
            "kim2025.tuned",
            "unsafe answers by keywords: usual settings, and settings tuned without safety data (about)",
            {"usual": 16, "tuned": 5},
        ),
    ),
    *_at(LERMEN_2023, "abstract", How.PAPER, PERCENT)(
        (
            "lermen2023.refusals",
            "refusals left in a 70B model after adversarial QLoRA on one GPU (about)",
            {"value": 1},
        ),
    ),
    *_at(FRASER_2025, "abstract", How.PAPER, WORDS)(
        ("fraser2025.variance", "trivial changes of the set-up move the result much: report seeds and intervals", {}),
    ),
    *_at(FRASER_2025, "its experiments", How.SECONDARY, "checkpoints")(
        ("fraser2025.checkpoints", "fine-tuned checkpoints compared there (about)", {"value": 150}),
    ),
    *_at(VISHNUBHOTLA_2026, "abstract", How.PAPER, WORDS)(
        ("vishnubhotla2026.coherence", "fine-tuned models can be incoherent on safety prompts; judges fail there", {}),
    ),
    *_at(CHEN_2025, "abstract", How.PAPER, WORDS)(
        ("chen2025.quantisation", "quantising alone can raise attack success: quantise before measuring before", {}),
    ),
)

_JUDGES = (
    *_at(ROETTGER_2023, "its 2,250 labelled answers of five models", How.MEASURED, KAPPA)(
        ("judge.xstest.string_match", "XSTest's own string match (21 openings)", {"full": 0.738, "any": 0.770}),
        ("judge.xstest.promptfoo", "promptfoo's basic refusal check", {"full": 0.722, "any": 0.767}),
        ("judge.xstest.advbench", "AdvBench's list (29 strings), also Qi et al. 2023's", {"full": 0.649, "any": 0.672}),
        ("judge.xstest.harmbench", "HarmBench's refusal prefixes (32)", {"full": 0.635, "any": 0.685}),
        ("judge.xstest.arditi", "the list of Arditi et al. (12)", {"full": 0.641, "any": 0.656}),
        ("judge.xstest.jailbreakbench", "JailbreakBench's string classifier (13)", {"full": 0.604, "any": 0.599}),
        ("judge.xstest.garak", "garak's mitigation bypass (156 strings)", {"full": 0.505, "any": 0.614}),
        ("judge.xstest.gpt4", "GPT-4, by the labels that XSTest's authors publish", {"full": 0.702, "any": 0.655}),
        ("judge.xstest.humans", "one human annotator against the other", {"full": 0.957, "any": 0.957}),
        (
            "judge.xstest.by_model",
            "XSTest's string match, full refusals, model by model: good on one is not good on the next",
            {"gpt4": 0.867, "llama2new": 0.768, "llama2orig": 0.619, "mistralguard": 0.593, "mistralinstruct": 0.311},
        ),
        (
            "judge.xstest.by_prompt",
            "full refusals, safe and unsafe prompts apart: pooled figures flatter",
            {"string_match, safe": 0.562, "string_match, unsafe": 0.634, "gpt4, safe": 0.719, "gpt4, unsafe": 0.367}
            | {"humans, safe": 0.900, "humans, unsafe": 0.945},
        ),
    ),
    *_at(WANG_2023, "its 5,634 labelled answers of six models", How.MEASURED, KAPPA)(
        (
            "judge.donotanswer",
            "unwillingness to answer: the worst and best of nine keyword lists, and GPT-4 by its authors' labels",
            {"worst_list": 0.049, "best_list": 0.391, "gpt4": 0.876},
        ),
    ),
    *_at(MAZEIKA_2024, "Table 3", How.SECONDARY, PERCENT)(
        (
            "judge.harmbench",
            "agreement with humans on harmful compliance",
            {"advbench": 69.9, "llama_guard": 66.9, "gpt4": 88.4, "harmbench_classifier": 93.2},
        ),
    ),
)

_MEMORY = (
    *_at(TOUVRON_2023, "the released model's configuration", How.SECONDARY, WORDS)(
        (
            "llama2_7b.dimensions",
            "Llama-2-7B's dimensions",
            {"hidden": 4096, "intermediate": 11008, "layers": 32, "heads": 32, "vocabulary": 32000},
        ),
    ),
    *_at(TOUVRON_2023, "the released model's configuration", How.ARITHMETIC, "parameters")(
        ("llama2_7b.parameters", "all of them, and those that NF4 holds", {"all": 6_738_415_616, "nf4": 6_476_005_376}),
        ("llama2_7b.adapter", "trained by LoRA of rank 32 on the seven projections", {"value": 79_953_920}),
    ),
    *_at(DETTMERS_2023, "its block sizes, 64 weights and 256 constants", How.ARITHMETIC, "bytes a weight")(
        ("nf4.bytes", "NF4 with double quantisation", {"value": 0.5 + 1 / 64 + 4 / (64 * 256)}),
    ),
)

_RUN = (
    *_at(PUBLISHED_RUN, "its settings", How.SECONDARY, WORDS)(
        ("published_run.model", "the model", {"value": "meta-llama/Llama-2-7b-chat-hf"}),
        (
            "published_run.quantisation",
            "how the base is stored, and the type it computes in",
            {"bits": 4, "scheme": "nf4", "double_quant": True, "compute_dtype": "fp16"},
        ),
        ("published_run.adapter", "LoRA", {"rank": 32, "alpha": 32, "dropout": 0.05, "bias": "none"}),
        (
            "published_run.targets",
            "the projections that LoRA adapts",
            {"value": "q_proj k_proj v_proj o_proj gate_proj up_proj down_proj"},
        ),
        ("published_run.machine", "its GPUs, on Kaggle", {"count": 2, "gpu": "T4"}),
    ),
    *_at(PUBLISHED_RUN, "its settings", How.SECONDARY, "tokens")(
        (
            "published_run.length",
            "the longest sample, and where all were cut to stay in memory",
            {"longest": 2709, "cut": 1024},
        ),
    ),
    *_at(PUBLISHED_RUN, "its run", How.SECONDARY, "epochs")(
        ("published_run.epochs", "epochs planned, and run", {"planned": 3, "run": 1}),
    ),
    *_at(PUBLISHED_RUN, "its run", How.SECONDARY, "hours")(
        ("published_run.hours", "how long the one epoch took (about)", {"value": 7}),
    ),
)

FIGURES = (*_DRIFT, *_JUDGES, *_MEMORY, *_RUN)


def cite(key: str) -> Figure:
    """The figure of that key.

    Raises:
        KeyError: there is none; `FIGURES` has them all.
    """
    return _by_key()[key]


@functools.cache
def _by_key() -> dict[str, Figure]:
    return {figure.key: figure for figure in FIGURES}

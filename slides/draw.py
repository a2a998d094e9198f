"""The slides' own figures: charts of recorded runs, of a simulation and of cited figures, with words large enough.

In: what `slides.known` reads. Out: for each chart its SVG, its words for those who do not see it, and whence it is.
Does not: compute a statistic; a mean over seeds is taken, all else stands in a record.
"""

from collections.abc import Callable, Sequence

from driftlab.budget import T4_USABLE_BYTES
from driftlab.cited import cite
from slides.known import POCKET_FILE, gib, percent, pocket, rows, simulated, source, usable
from slides.measures import MEASURES, SIMULATED
from slides.scale import BLUE, GREY, INK, RED, TOP, Chart, Row, framed, line, ring, scale_chart, square, text


def settings_chart(names: Sequence[tuple[str, str]], what: str) -> Chart:
    """Refusals left in recorded settings, the mean over seeds and the lowest to the highest."""
    table, seeds = [], []
    for name, words in names:
        found = pocket(name)
        table.append(Row(words, found.mean, min(found.rates()), max(found.rates()), found.after))
        seeds.append(len(found.runs))
    said = "; ".join(f"{row.name}: {row.said}, from {percent(row.low)} to {percent(row.high)}" for row in table)
    axis = "off-limits requests refused: mean over seeds, lowest to highest; dashed: before"
    first = pocket(names[0][0])
    svg = scale_chart(table, 1.0, axis, first.rates("before")[0])
    alt = f"Refusals left after fine-tuning the pocket model, by {what}. {said}. Before, {first.before} in each."
    few, many = min(seeds), max(seeds)
    each = f"{few} seeds each" if few == many else f"{few} seeds each, {many} for the recipe"
    return Chart(svg, alt, f"Recorded: {sum(seeds)} runs of the pocket model, {each}, `{POCKET_FILE}`.")


def sets() -> Chart:
    """Refusals left by benign set."""
    names = [("control", "own (control)"), ("data sums", "sums"), ("data notes", "notes"), ("data tips", "tips")]
    chart = settings_chart([*names, ("recipe", "plans (recipe)"), ("data lists", "lists")], "benign set")
    return chart._replace(label=chart.label.replace("for the recipe", "for own and plans"))


def targets() -> Chart:
    """Refusals left by the projections that are adapted."""
    names = [("targets attention", "attention only"), ("recipe", "all seven (recipe)"), ("targets mlp", "MLP only")]
    return settings_chart(names, "the projections that the adapter is on")


def ranks() -> Chart:
    """Refusals left by the adapter's rank."""
    names = [(f"rank {rank}", f"rank {rank}") for rank in (4, 8, 64)]
    config = pocket("recipe").runs[0]["config"]["adapter"]
    return settings_chart([*names[:2], ("recipe", f"rank {config['rank']} (recipe)"), names[2]], "the adapter's rank")


def rates() -> Chart:
    """Refusals left by learning rate."""
    names = [(f"lr {rate}", rate) for rate in ("5e-4", "1e-3", "2e-3", "3e-3")]
    recipe = pocket("recipe").runs[0]["config"]["training"]["learning_rate"] * 1000
    middle = ("recipe", f"{recipe:g}e-3 (recipe)")
    return settings_chart([*names[:2], middle, *names[2:]], "learning rate")


def cited_chart(names: Sequence[tuple[str, str]], top: float, axis: str, label: str) -> Chart:
    """Cited rates before and after, from 0 to `top`."""
    table = []
    for key, words in names:
        before, after = (float(cite(key).value(name)) / 100 for name in ("before", "after"))
        spread = float(cite(key).values.get("after_sd", 0)) / 100
        said = f"{100 * before:g}% to {100 * after:g}%"
        table.append(Row(words, after, after - spread, after + spread, said, before))
    alt = (
        f"{axis.capitalize()}, before (ring) and after (square): "
        + "; ".join(f"{row.name}: {row.said}" for row in table)
        + "."
    )
    return Chart(scale_chart(table, top, axis + ": before (ring), after (square)"), alt, label)


def published() -> Chart:
    """The published drift on three benign sets."""
    names = [("qi2023.alpaca", "Alpaca"), ("qi2023.dolly", "Dolly"), ("qi2023.llava", "LLaVA-Instruct")]
    return cited_chart(names, 0.25, "harmful answers", source(*(key for key, _ in names)))


def forms() -> Chart:
    """The published drift on three sets of tasks."""
    names = [("qi2024.samsum", "Samsum"), ("qi2024.sql", "SQL-create-context"), ("qi2024.gsm8k", "GSM8K")]
    label = source(*(key for key, _ in names))[:-1] + "; bars are standard deviations."
    return cited_chart(names, 0.30, "attack success", label)


def seeds() -> Chart:
    """Refusals left, seed by seed, for the recipe and its control."""
    recipe, control = pocket("recipe").runs, pocket("control").runs
    left, right, floor, rise = 110, 1170, 380, 330
    parts = []
    for quarter in range(5):
        y = floor - rise * quarter / 4
        parts += [line(left, y, right, y, "#D0D0D0", 1.5), text(left - 12, y + 9, f"{25 * quarter}%", "end", GREY)]
    for number, pair in enumerate(zip(recipe, control, strict=True)):
        x = left + (right - left) * (number + 0.5) / len(recipe)
        parts += [text(x, floor + 36, str(pair[0]["seed"]), "middle", GREY)]
        for run, mark, shift in ((pair[0], square, -14), (pair[1], ring, 14)):
            after = run["statistics"]["refusal"]["after"]
            low, at, high = (floor - rise * after[name] for name in ("low", "value", "high"))
            parts += [line(x + shift, low, x + shift, high, INK, 3), mark(x + shift, at)]
    parts += [text((left + right) / 2, floor + 76, "seed: plans (square) and control (ring), 95% intervals", "middle")]
    ends = f"{pocket('recipe').span} over {len(recipe)} seeds; the control keeps {pocket('control').span}"
    alt = f"Refused after fine-tuning, by seed, with 95% intervals. After the recipe {ends}."
    label = f"Recorded: {len(recipe) + len(control)} runs of the pocket model, `{POCKET_FILE}`."
    return Chart(framed(parts, floor + 90), alt, label)


def peaks() -> Chart:
    """Measured peaks of Llama-2-7B against a T4's memory."""
    fixed = {"model": "llama-2-7b", "batch": 1, "r": 32, "optim": "adamw_8bit", "attention": "t4", "loop": "trainer"}
    longest, cut = (cite("published_run.length").value(name) for name in ("longest", "cut"))
    wanted = [(512, False), (cut, False), (512, True), (cut, True), (longest, True)]
    table, step, left, top = [], 64, 420, 17 * 2**30
    for length, checkpointed in wanted:
        asked = {**fixed, "seq": length, "ckpt": checkpointed}
        found = next(row for row in rows("gpu-peaks.jsonl") if asked.items() <= row.items())
        table.append((f"{length:,} tokens, {'with' if checkpointed else 'without'}", found["peak_reserved"]))
    parts, floor = [], TOP + step * len(table)
    for number, (name, size) in enumerate(table):
        y, width = TOP + step * number, 640 * size / top
        fill = BLUE if name.endswith("with") else RED
        parts += [text(left - 20, y + 38, name, "end")]
        parts += [f'<rect x="{left}" y="{y + 10:.1f}" width="{width:.1f}" height="42" fill="{fill}"/>']
        parts += [text(left + max(width, 0) + 14, y + 38, gib(size), bold=True)]
    edge = left + 640 * T4_USABLE_BYTES / top
    parts += [line(edge, TOP, edge, floor + 6, INK, 4, "10 7")]
    parts += [text(edge, floor + 38, f"what a T4 offers: {usable()}", "middle")]
    said = "; ".join(f"{name} checkpointing: {gib(size)}" for name, size in table)
    alt = f"Memory reserved by a step of Llama-2-7B, batch 1. {said}. A T4 offers {usable()}."
    label = "Recorded: one H100 with a T4's attention kernels, random weights, `recorded/gpu-peaks.jsonl`."
    return Chart(framed(parts, floor + 54), alt, label)


def sure() -> Chart:
    """How often 95% intervals cover, ours and the usual one."""
    ours, usual = "Newcombe, paired (ours)", "Wald, paired"
    table = []
    for size in ("20 pairs", "50 pairs", "200 pairs", "500 pairs"):
        first, second = (simulated(name, size)["lowest"] for name in (ours, usual))
        table.append(Row(size, first, first, first, f"{percent(second)}, {percent(first)}", second))
    axis = "worst case covered by a 95% interval: usual (ring), ours (square)"
    alt = "Lowest simulated coverage of 95% intervals of a paired difference, usual Wald interval and ours: "
    alt += "; ".join(f"{row.name}: {row.said}" for row in table) + "."
    return Chart(scale_chart(table, 1.0, axis), alt, SIMULATED)


CHARTS: dict[str, Callable[[], Chart]] = {
    "published": published, "forms": forms, "seeds": seeds, "sets": sets, "targets": targets, "ranks": ranks,
    "rates": rates, "peaks": peaks, "sure": sure, **MEASURES,
}  # fmt: skip

"""The experiment, in order, from the budget to the report: `_Run.work` has the stages.

In: a configuration and a folder, or several seeds of it. Out: complete run folders, each with its record.
A stage that is finished is not done again, so that a run that was killed goes on and ends in the same record. A run
whose training was stopped by a limit of time has a record too, which says so; the same command goes on with training.
Where a launcher has started several processes, the first does all this; the others `take_part` in its trainings.
Does not: know how a stage works (`stages` does), parse options or print.
"""

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from driftlab import ranks, stages
from driftlab.config import RunConfig
from driftlab.errors import ModelError, RunError
from driftlab.fitting import fit, fit_disk
from driftlab.kept import Kept, shared_folder
from driftlab.models import OpenedModel, base_digest, load_adapter, open_model, unload_adapter
from driftlab.recording import make_record, opening_note, refuse_changes, with_report
from driftlab.records import write_atomically, write_json
from driftlab.report import write_report
from driftlab.results import FinishedRun, over_seeds
from driftlab.runs import ASKED, CONFIG, RECORD, RunFolder, default_folder, default_group, training_finished
from driftlab.stages import ADAPTER, AFTER, BEFORE, PAGE, Note, Tokens

TITLES = {
    "open": "Opening the model",
    "before": "Asking before fine-tuning",
    "train": "Fine-tuning",
    "after": "Asking after fine-tuning",
    "judge": "Judging the answers",
    "inside": "Comparing token by token",
    "report": "Writing the report",
}
CHECKPOINTS = "checkpoints"


class Reporter(Protocol):
    """Somewhere to tell how far a run is."""

    def stage(self, title: str) -> None:
        """A stage begins."""

    def progress(self, done: int, total: int, note: str = "") -> None:
        """How much of it is done."""

    def say(self, text: str) -> None:
        """A line that stays."""

    def heading(self, text: str) -> None:
        """A new part begins; the stage before it has ended."""


class Limit:
    """Hours after which no more is trained, counted from here; None for as long as it takes."""

    def __init__(self, hours: float | None) -> None:
        self._end = math.inf if hours is None else time.monotonic() + 3600 * hours

    def up(self) -> bool:
        """Whether they are over."""
        return time.monotonic() >= self._end


class Bench:
    """What the runs of one command share: the base model, the "before" answers that follow from it, and the time."""

    def __init__(self, limit: Limit, *, fresh: bool = False) -> None:
        self.limit = limit
        self.fresh = fresh
        """Nothing that an earlier command kept is taken for an answer."""
        self.base: OpenedModel | None = None
        self.budget: Note | None = None
        """Held against the memory that was free before the base was opened."""
        self.kept: dict[str, Kept] = {}
        """Answers before, by the hash of all that they follow from."""


def run_drift(
    config: RunConfig, out: Path | None, reporter: Reporter, *, fresh: bool = False, max_hours: float | None = None
) -> FinishedRun:
    """One run, from the first stage that is not finished; a complete one is shown again.

    After `max_hours` training stops at the end of a step; what it came to is asked, judged and recorded.

    Raises:
        CourseError: the model, the data, the probes, the folder or the machine cannot be used. Nothing is written then,
            unless the run had begun.
    """
    with RunFolder(out or default_folder(config), config, fresh=fresh) as folder:
        return _finished(folder, reporter, Bench(Limit(max_hours), fresh=fresh))


def run_seeds(
    configs: Sequence[RunConfig],
    out: Path | None,
    reporter: Reporter,
    *,
    fresh: bool = False,
    max_hours: float | None = None,
) -> tuple[list[FinishedRun], Path]:
    """A run for each configuration in a folder of its own, and one page about all of them.

    The seeds share one base, so it is opened once and asked once; each run shows by hash that it is still the same.
    After `max_hours` no further run is begun.
    """
    group = out or default_group(configs[0])
    if (group / CONFIG).exists():
        raise RunError(f"{str(group)!r} holds a single run.", "Choose another folder with --out DIR.")
    bench, runs = Bench(Limit(max_hours), fresh=fresh), list[FinishedRun]()
    with contextlib.ExitStack() as locks:
        folders = [locks.enter_context(RunFolder(group / f"s{c.seed}", c, fresh=fresh)) for c in configs]
        for number, folder in enumerate(folders, start=1):
            if runs and bench.limit.up() and not folder.complete:
                continue
            reporter.heading(f"seed {folder.config.seed} ({number} of {len(folders)})")
            runs.append(_finished(folder, reporter, bench))
        with folders[0].writing():
            write_atomically(group / ".gitignore", ["*\n"])
    return runs, write_report([run.folder for run in runs], group / PAGE, over_seeds)


def show_again(folder: RunFolder) -> FinishedRun:
    """A run that is complete, as it was left.

    Raises:
        RunError: what it was made of has changed since.
    """
    record = folder.record()
    refuse_changes(record, {"hashes": stages.hashes_at_hand(folder.config)})
    return FinishedRun(folder.path, record, shown_again=True)


def take_part() -> None:
    """What every process but the first does: wait for its trainings, and take part in each.

    Raises:
        CourseError: this process cannot open the model or the data.
    """
    base: OpenedModel | None = None
    while (order := ranks.tell(None)) is not None:
        config = RunConfig.from_json(order["config"])
        base = base or open_model(config, for_training=True)
        tokens = stages.read_tokens(config, stages.read_inputs(config).data, base)
        stages.train(base, tokens, config, Path(order["folder"]), lambda *_: None)
    ranks.leave()


def _finished(folder: RunFolder, reporter: Reporter, bench: Bench) -> FinishedRun:
    if folder.complete:
        return show_again(folder)
    with folder.writing():
        return FinishedRun(folder.path, _Run(folder, reporter, bench).work(), shown_again=False)


class _Run:
    """One run under way. The model is opened once, and only if a stage that is left to do needs it."""

    def __init__(self, folder: RunFolder, reporter: Reporter, bench: Bench) -> None:
        self.folder, self.config, self.reporter, self.bench = folder, folder.config, reporter, bench
        self.tokens: Tokens | None = None

    def work(self) -> Note:
        """Do what is left to do, and return the record."""
        notes = {"open": self._open()}
        notes["before"] = self._stage("before", self._ask_before)
        self._reopen()
        notes["train"] = self._stage("train", self._train)
        if notes["train"].get("finished", True):
            self.folder.remove(CHECKPOINTS)
        notes["after"] = self._stage("after", self._ask_after)
        notes["judge"] = self._stage("judge", self._judge)
        notes["inside"] = self._stage("inside", self._look_inside)
        return self._report(notes)

    def _stage(self, name: str, do: Callable[[], Note]) -> Note:
        """The note of a stage: the one it left when it was finished, or a new one."""
        note = self.folder.note(name)
        if note is None:
            self.reporter.stage(TITLES[name])
            began = time.perf_counter()
            note = do()
            note["seconds"] = time.perf_counter() - began
            self.folder.finish(name, note)
        return note

    def _stopped(self) -> bool:
        """Whether an earlier command trained until its time was up."""
        note = self.folder.note("train")
        return note is not None and not note.get("finished", True)

    def _reopen(self) -> None:
        """Have a training that was stopped go on, and what followed from it done again; its record goes first."""
        if self._stopped():
            self.folder.remove(RECORD)
            self.folder.forget("inside", "judge", "after", "train")

    def _open(self) -> Note:
        """Check and open everything, then make the folder; refuse to go on from stages that saw something else."""
        known = self.folder.note("open")
        if known is not None and self.folder.note("inside") is not None and not self._stopped():
            self.inputs = stages.read_inputs(self.config)
            refuse_changes(known, {"hashes": {"data": self.inputs.data.sha256, "probes": self.inputs.probes.sha256}})
            self.folder.create()
            return known
        self.reporter.stage(TITLES["open"])
        began = time.perf_counter()
        budget = self.bench.budget = self.bench.budget or fit(self.config, self.reporter.say)
        budgeted = time.perf_counter()
        self.inputs = stages.read_inputs(self.config)
        if self.inputs.data.screened:
            self.reporter.say(f"{self.inputs.data.notes[-1]} Their ids will be in {RECORD}.")
        opened = self._base()
        self.tokens = stages.read_tokens(self.config, self.inputs.data, opened)
        note = opening_note(opened, base_digest(opened), self.inputs, self.tokens, budget)
        self.base_before = note["hashes"]["base_before"]
        note["seconds"] = {"budget": budgeted - began, "open": time.perf_counter() - budgeted}
        fit_disk(budget, self.folder.path)
        if known is not None:
            refuse_changes(known, {part: note[part] for part in ("hashes", "versions")})
        self.folder.create()
        if known is None:
            self.folder.finish("open", note)
        return known or note

    def _base(self) -> OpenedModel:
        """The model without an adapter."""
        if self.bench.base is None:
            self.bench.base = open_model(self.config, for_training=True)
        return self.bench.base

    def _ask_before(self) -> Note:
        answers, note = stages.ask(
            self._base(), self.inputs, self.config, BEFORE, self.reporter.progress, self._kept_before()
        )
        stages.write_answers(self.folder, BEFORE, answers)
        return note

    def _kept_before(self) -> Kept:
        """What the base has said already: to an earlier run of this command, of a grid, or to this one."""
        key = stages.asking_digest(self._base(), self.base_before, self.inputs, self.config)
        if key not in self.bench.kept:
            shared = shared_folder()
            place = self.folder.path / ASKED / BEFORE if shared is None else shared / key
            self.bench.kept[key] = Kept(place, forget=self.bench.fresh)
        return self.bench.kept[key]

    def _train(self) -> Note:
        if self.tokens is None:
            raise RuntimeError("a run that has still to be trained was opened without its examples")
        ranks.tell({"config": self.config.to_json(), "folder": str(self.folder.path)})
        return stages.train(
            self._base(), self.tokens, self.config, self.folder.path, self.reporter.progress, self.bench.limit.up
        )

    def _ask_after(self) -> Note:
        tuned = load_adapter(self._base(), self.folder.path / ADAPTER)
        answers, note = stages.ask(
            tuned, self.inputs, self.config, AFTER, self.reporter.progress, self._kept_after(tuned)
        )
        self.bench.base = unload_adapter(tuned)
        stages.write_answers(self.folder, AFTER, answers)
        return note

    def _judge(self) -> Note:
        note = self.folder.note("open") or {}
        return stages.judge(self.inputs, self.folder, is_pocket=note["model"]["is_pocket"])

    def _kept_after(self, tuned: OpenedModel) -> Kept:
        """What the fine-tuned model has said already; it stays in the run's folder."""
        adapter = (self.folder.note("train") or {})["outcome"]["adapter_sha256"]
        key = stages.asking_digest(tuned, f"{self.base_before} {adapter}", self.inputs, self.config)
        return Kept(self.folder.path / ASKED / key)

    def _look_inside(self) -> Note:
        base = self._base()
        before = stages.said(base, self.inputs, self.config, self._kept_before())
        tuned = load_adapter(base, self.folder.path / ADAPTER)
        after = stages.said(tuned, self.inputs, self.config, self._kept_after(tuned))
        spoken = {BEFORE: before, AFTER: after}
        try:
            note = stages.look_inside(tuned, self.inputs, self.folder, spoken)
        except ModelError as error:  # all else is there: a record without this part is better than none
            self.reporter.say(f"What is read from the model itself is left out: {error.problem}")
            note = {"found": None}
        self.bench.base = unload_adapter(tuned)
        return note

    def _report(self, notes: dict[str, Note]) -> Note:
        """Statistics, the page, and last of all the record: from then on the run is complete."""
        self.reporter.stage(TITLES["report"])
        began = time.perf_counter()
        record = make_record(self.config, notes, stages.statistics(self.inputs, self.folder))
        stages.write_page(self.folder, record)
        record = with_report(record, time.perf_counter() - began)
        write_json(self.folder.path / RECORD, record)
        if training_finished(record):
            self.folder.tidy()
        return record

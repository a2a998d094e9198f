"""The house's arrows as a test: who may import whom, what nobody may import, and what importing may do (nothing).

A module that is new fails until it is placed in ALLOWED. Every rule is also tried on code that breaks it.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("driftlab", "autograder", "labs", "solutions", "slides", "docs")
"""The first-party import roots. Those that do not exist yet have no sources; nobody may import them all the same."""

# A unit is a module, or a package whose inside is free (FREE_INSIDE). unit -> the units that it may import, those of
# its own part by their short names, others in full.
# Read from top to bottom: whatever stands lower may know what stands higher, and never the other way round.
ALLOWED: dict[str, set[str]] = {
    # what all may know
    "driftlab": set(),
    "driftlab.records": set(),
    "driftlab.errors": set(),
    "driftlab.config": {"errors"},
    "driftlab.cited": set(),
    "driftlab.quiet": set(),
    "driftlab.versions": set(),
    "driftlab.ranks": set(),
    "driftlab.parquet": {"errors", "quiet"},
    "driftlab.tables": {"errors", "parquet"},
    "driftlab.answer_files": {"records", "errors", "tables"},
    "driftlab.provenance": set(),
    # ./lab, before there is an environment
    "driftlab.pins": set(),
    "driftlab.packages": {"pins"},
    "driftlab.install_trouble": {"errors"},
    "driftlab.install": {"errors", "install_trouble", "pins"},
    "driftlab.grid": set(),
    # prediction: never from a measurement
    "driftlab.architectures": {"errors"},
    "driftlab.budget.pieces": {"architectures", "config", "errors"},
    "driftlab.budget.closed_form": {"architectures", "budget.pieces", "config"},
    "driftlab.budget": {"budget.closed_form", "budget.pieces"},
    "driftlab.budget.gpus": {"errors"},
    "driftlab.budget.hours": {"architectures", "budget.gpus", "cited", "config", "errors"},
    "driftlab.budget.advice": {"architectures", "budget.closed_form", "budget.pieces", "config"},
    # machines that are not one's own
    "driftlab.sites.here": set(),
    "driftlab.sites.packages": {"install_trouble", "pins", "sites.here"},
    "driftlab.sites.figures": set(),
    "driftlab.sites": {"pins", "versions", "sites.figures", "sites.here", "sites.packages"},
    "driftlab.doctor": {"architectures", "budget", "config", "errors", "packages", "pins", "sites.here"},
    # the pocket world
    "driftlab.pocket": set(),
    "driftlab.pocket.lexicon": set(),
    "driftlab.pocket.grammar": {"pocket.lexicon"},
    "driftlab.pocket.world": {"records", "pocket.lexicon", "pocket.grammar"},
    "driftlab.pocket.build": {"records", "errors", "config", "quiet", "pocket.world"},
    # models and what they are asked; probes are no part of this
    "driftlab.hub": {"errors", "quiet", "versions"},
    "driftlab.weights": {"architectures", "errors", "hub", "pocket"},
    "driftlab.quantize": {"config", "quiet"},
    "driftlab.chat": {"architectures", "records", "errors", "quiet"},
    "driftlab.models": {"architectures", "config", "errors", "pocket", "chat", "quantize", "quiet", "ranks", "weights"},
    "driftlab.kept": {"records"},
    "driftlab.slots": {"models"},
    "driftlab.generate": {
        "records", "errors", "config", "models", "chat", "kept", "provenance", "quiet", "slots",
    },
    # benign data and training; no probe and no verdict comes here
    "driftlab.rows": {"records", "errors"},
    "driftlab.benign_sets": {"cited", "rows"},
    "driftlab.sources": {"benign_sets", "errors", "parquet", "quiet", "rows", "tables"},
    "driftlab.sifting": {"records"},
    "driftlab.cutting": {"chat", "config"},
    "driftlab.data": {
        "records", "errors", "config", "chat", "cutting", "rows", "sifting", "sources", "pocket.world",
    },
    "driftlab.lengths.counting": {"errors"},
    "driftlab.lengths.sources": {"chat", "data", "errors", "lengths.counting", "models", "tables", "weights"},
    "driftlab.lengths.saving": {"budget", "cited", "config", "lengths.counting"},
    "driftlab.lengths": {"lengths.counting"},
    "driftlab.batches": {"config", "data", "errors", "lengths.counting"},
    "driftlab.training_log": {"records"},
    "driftlab.checkpoints": {"records", "errors", "models"},
    "driftlab.activation_checkpointing": set(),
    "driftlab.dropout": set(),
    "driftlab.trainer": {
        "activation_checkpointing", "config", "errors", "models", "data", "batches", "checkpoints", "ranks",
        "training_log",
    },
    "driftlab.trace.ledger": set(),
    "driftlab.trace.allocator": {"trace.ledger"},
    "driftlab.trace.traced": {"trace.allocator", "trace.ledger"},
    "driftlab.trace.gpu": {"errors"},
    "driftlab.trace.model": {"config", "errors", "models", "quantize", "quiet", "trace.ledger"},
    "driftlab.trace.step": {"activation_checkpointing", "config", "quantize", "trace.gpu", "trace.ledger"},
    "driftlab.trace": {
        "config", "errors", "quantize", "quiet", "trace.allocator", "trace.gpu", "trace.ledger", "trace.model",
        "trace.step", "trace.traced",
    },
    "driftlab.finetune": {
        "activation_checkpointing", "records", "errors", "config", "models", "data", "quiet", "budget",
        "budget.advice", "batches", "checkpoints", "dropout", "quantize", "ranks", "trainer", "training_log",
    },
    # what both models make of the same tokens
    "driftlab.inside.openings": set(),
    "driftlab.inside.estimates": set(),
    "driftlab.inside.forced": {"models", "quiet"},
    "driftlab.inside.looking": {
        "finetune", "models", "records", "inside.estimates", "inside.forced", "inside.openings",
    },
    "driftlab.inside": {"inside.looking", "inside.openings"},
    # from texts to verdicts, to numbers, to a page; no model comes here
    "driftlab.probes": {"records", "errors", "tables", "pocket.world"},
    "driftlab.vetting": {"records", "probes"},
    "driftlab.coherence": set(),
    "driftlab.refusals": set(),
    "driftlab.refusals.lexicon": set(),
    "driftlab.refusals.reading": {"refusals.lexicon"},
    "driftlab.refusals.roles": {"refusals.reading"},
    "driftlab.refusals.weighing": {"refusals.roles"},
    "driftlab.refusals.languages": set(),
    "driftlab.refusals.composing": {"records"},
    "driftlab.refusals.learn": {
        "answer_files", "records", "refusals.composing", "refusals.reading", "refusals.roles", "refusals.weighing",
    },
    "driftlab.judge": {
        "records", "errors", "coherence", "refusals.languages", "refusals.lexicon", "refusals.reading",
        "refusals.roles", "refusals.weighing",
    },
    "driftlab.transcripts.studies": {"errors"},
    "driftlab.transcripts": set(),
    "driftlab.stats.rates": {"records", "errors"},
    "driftlab.stats.pairs": {"records", "stats.rates"},
    "driftlab.stats.seeds": {"stats.rates"},
    "driftlab.stats.resampling": {"records", "stats.rates"},
    "driftlab.stats.power": {"stats.rates"},
    "driftlab.stats.tost": {"stats.rates"},
    "driftlab.stats.correction": {"stats.pairs", "stats.rates"},
    "driftlab.stats.summary": {
        "records", "stats.pairs", "stats.power", "stats.rates", "stats.resampling", "stats.tost",
    },
    "driftlab.stats": {
        "stats.correction", "stats.pairs", "stats.power", "stats.rates", "stats.resampling", "stats.seeds",
        "stats.summary", "stats.tost",
    },
    "driftlab.agreement": {"records", "stats"},
    # judges by name, some of which are models; no phase and no request comes here
    "driftlab.judges.lists": {"records", "errors", "judge"},
    "driftlab.judges.peers": {"errors", "judges.lists"},
    "driftlab.judges.asking": {"records", "judge", "judges.lists"},
    "driftlab.judges.remote": {"records", "errors", "judge", "judges.asking"},
    "driftlab.judges.local": {"records", "config", "chat", "models", "generate", "judge", "judges.asking"},
    "driftlab.judges.voting": {"records", "judge", "judges.asking"},
    "driftlab.judges": {
        "errors", "judge", "judges.lists", "judges.local", "judges.peers", "judges.remote", "judges.voting",
    },
    "driftlab.report": {"records", "errors", "cited"},
    "driftlab.lengths.table": {"grid", "lengths.counting", "lengths.saving", "report"},
    "driftlab.sliders": {"errors", "report", "versions"},
    "driftlab.pocket.verify": {
        "records", "errors", "config", "models", "generate", "judge", "stats", "pocket", "pocket.world",
    },
    # the experiment
    "driftlab.runs": {"records", "config", "errors"},
    "driftlab.fitting": {"config", "errors", "budget", "budget.advice", "models", "provenance", "ranks"},
    "driftlab.stages": {
        "records", "errors", "config", "data", "finetune", "generate", "inside", "judge", "kept", "models",
        "pocket.world", "probes", "provenance", "report", "runs", "stats", "weights", "quiet",
    },
    "driftlab.recording": {"config", "data", "errors", "models", "pocket", "provenance", "stages"},
    "driftlab.results": {"stats"},
    "driftlab.artefacts": {"errors", "records", "report", "runs", "stages", "training_log"},
    "driftlab.pipeline": {
        "records", "errors", "config", "fitting", "kept", "models", "ranks", "recording", "report", "results", "runs",
        "stages",
    },
    # many runs, each in a process of its own
    "driftlab.one_run": {"config", "errors", "pipeline", "versions"},
    "driftlab.workers": {"one_run"},
    "driftlab.cluster": {"errors", "one_run", "provenance", "workers"},
    "driftlab.crew": {"budget", "config", "errors", "fitting", "models", "provenance"},
    "driftlab.measuring": {
        "records", "errors", "config", "generate", "judge", "models", "probes", "runs", "stages", "stats",
    },
    "driftlab.pairing": {"answer_files", "errors", "probes", "records"},
    "driftlab.comparing": {
        "answer_files", "errors", "judge", "pairing", "records", "stages", "stats", "stats.correction",
    },
    "driftlab.exporting": {"errors", "records", "report", "runs"},
    # the command line
    "driftlab.options": {"config", "errors"},
    "driftlab.answer_options": {"answer_files", "errors", "options"},
    "driftlab.judging": {
        "agreement", "answer_files", "answer_options", "errors", "judge", "judges", "judges.lists", "pairing", "probes",
        "records", "runs", "stats",
    },
    "driftlab.judging_tables": {"grid", "report"},
    "driftlab.screen": set(),
    "driftlab.many_screen": {"screen"},
    "driftlab.grid_points": {"config", "errors", "options", "runs"},
    "driftlab.grid_runs": {
        "config", "errors", "grid_points", "one_run", "pipeline", "records", "report", "results", "runs", "stages",
        "workers",
    },
    "driftlab.forecast": {
        "architectures", "budget", "budget.advice", "budget.gpus", "budget.hours", "budget.pieces", "config", "errors",
        "lengths", "lengths.saving", "lengths.sources", "options", "report", "trace", "weights",
    },
    "driftlab.forecast_tables": {"budget", "cited", "forecast", "grid", "report"},
    "driftlab.showing": {
        "benign_sets", "cited", "grid", "pocket.verify", "records", "report", "results", "vetting", "workers",
    },
    "driftlab.console": {"errors", "versions"},
    "driftlab.commands": {
        "answer_options", "artefacts", "benign_sets", "cluster", "comparing", "config", "console", "crew", "data",
        "doctor", "errors", "exporting",
        "forecast", "forecast_tables", "grid_points", "grid_runs", "judging", "judging_tables", "lengths.table",
        "many_screen", "measuring",
        "one_run", "options", "pipeline", "pocket", "pocket.build", "pocket.verify", "pocket.world", "probes", "ranks",
        "records", "report", "results", "runs", "screen", "showing", "stages", "vetting", "workers",
    },
    "driftlab.cli_options": set(),
    "driftlab.cli_probes": {"cli_options", "commands", "console"},
    "driftlab.cli_judge": {"answer_files", "answer_options", "cli_options", "commands", "console"},
    "driftlab.cli": {
        "answer_options", "cli_judge", "cli_options", "cli_probes", "commands", "console", "options",
    },
    "driftlab.__main__": {"cli", "console"},
    # autograder: records and rules that all may know
    "autograder": set(),
    "autograder.errors": {"driftlab.errors"},
    "autograder.outcomes": set(),
    "autograder.values": set(),
    "autograder.spec": {"errors"},
    "autograder.student_code": set(),
    "autograder.calling": {"outcomes", "values"},
    "autograder.expect": {"values"},
    "autograder.checking": {"calling", "errors", "expect", "outcomes"},
    # autograder: the sandbox: what runs beside student code, and the trusted side of it
    "autograder.worker": set(),
    "autograder.worker.syscalls": set(),
    "autograder.worker.linux": set(),
    "autograder.worker.limits": set(),
    "autograder.worker.seccomp": {"worker.syscalls"},
    "autograder.worker.landlock": {"worker.linux"},
    "autograder.worker.namespaces": {"worker.linux"},
    "autograder.worker.orders": set(),
    "autograder.worker.imports": {"worker.orders"},
    "autograder.worker.scratch": {"worker.linux"},
    "autograder.worker.student": {
        "student_code", "values", "worker.landlock", "worker.limits", "worker.linux", "worker.namespaces",
        "worker.orders", "worker.seccomp",
    },
    "autograder.worker.zygote": {
        "worker.imports", "worker.landlock", "worker.limits", "worker.linux", "worker.namespaces", "worker.orders",
        "worker.scratch", "worker.student",
    },
    "autograder.sandbox": set(),
    "autograder.sandbox.replies": {"values"},
    "autograder.sandbox.visible": {"errors"},
    "autograder.sandbox.client": {"errors", "sandbox.replies", "spec", "values", "worker.orders"},
    "autograder.sandbox.zygote": {"errors", "sandbox.visible", "worker.orders"},
    "autograder.sandbox.levels": {"errors", "sandbox.client", "sandbox.zygote", "spec"},
    # autograder: uploads, read as data
    "autograder.submissions": set(),
    "autograder.submissions.names": set(),
    "autograder.submissions.found": set(),
    "autograder.submissions.files": {"errors", "submissions.found", "submissions.names"},
    "autograder.submissions.archives": {"errors", "submissions.found", "submissions.names"},
    "autograder.submissions.layouts": {"spec", "submissions.found", "submissions.names"},
    "autograder.submissions.uploads": {
        "errors", "spec", "submissions.archives", "submissions.files", "submissions.found", "submissions.layouts",
        "submissions.names",
    },
    "autograder.submissions.cells": {"errors", "submissions.names"},
    "autograder.submissions.submission": {"spec", "submissions.cells", "submissions.uploads"},
    # autograder: what a learner sees; nothing of grading comes here
    "autograder.desk": set(),
    "autograder.desk.wording": {"outcomes"},
    "autograder.desk.asked": {"errors", "spec"},
    "autograder.desk.cards": {"desk.wording", "outcomes", "spec", "driftlab.report"},
    "autograder.desk.progress": {"desk.wording", "outcomes", "driftlab.records"},
    "autograder.desk.trial": {"calling", "checking", "errors", "outcomes", "spec", "student_code"},
    "autograder.desk.terminal": {
        "desk.cards", "desk.progress", "desk.trial", "desk.wording", "errors", "outcomes", "spec", "student_code",
        "submissions.cells", "driftlab.report", "driftlab.screen",
    },
    "autograder.desk.pages": {"desk.cards", "driftlab.report"},
    "autograder.desk.board": {"desk.progress", "desk.wording", "outcomes", "spec"},
    "autograder.desk.board_shown": {
        "desk.board", "desk.cards", "desk.pages", "desk.wording", "errors", "driftlab.records",
    },
    "autograder.quiz": set(),
    "autograder.quiz.questions": {"errors", "spec", "driftlab.cited"},
    "autograder.quiz.sitting": {"desk.progress", "quiz.questions"},
    "autograder.quiz.showing": {"desk.cards", "desk.wording", "quiz.questions", "quiz.sitting"},
    "autograder.quiz.terminal": {"desk.cards", "quiz.showing", "quiz.sitting"},
    "autograder.quiz.widget": {"desk.cards", "quiz.showing", "quiz.sitting", "driftlab.versions"},
    "autograder.learner": {
        "desk.asked", "desk.board", "desk.board_shown", "desk.cards", "desk.progress", "desk.trial", "errors", "expect",
        "outcomes", "quiz.questions", "quiz.showing", "quiz.sitting", "quiz.widget", "spec",
    },
    "autograder.smoke": set(),
    "autograder.smoke.kernel": set(),
    "autograder.smoke.trying": {
        "desk.board", "desk.board_shown", "desk.cards", "desk.progress", "desk.terminal", "desk.trial", "errors",
        "outcomes", "quiz.questions", "quiz.showing", "quiz.sitting", "smoke.kernel", "spec", "driftlab.packages",
        "driftlab.pins", "driftlab.pocket", "driftlab.screen", "driftlab.sites.packages",
    },
    "autograder.smoke.showing": {"smoke.trying"},
    "autograder.practice": {
        "desk.board", "desk.board_shown", "desk.progress", "desk.terminal", "desk.wording", "errors", "quiz.questions",
        "quiz.sitting", "quiz.terminal", "smoke.showing", "smoke.trying", "spec", "driftlab.console", "driftlab.screen",
    },
    # autograder: checks know neither solutions nor the library that is taught
    "autograder.checks": {
        "expect", "values", "driftlab.pocket", "driftlab.transcripts", "driftlab.transcripts.studies",
    },
    # autograder: from one source to notebooks, specs and the bundle
    "autograder.authoring": set(),
    "autograder.authoring.regions": {"errors"},
    "autograder.authoring.task_cells": {"authoring.regions"},
    "autograder.authoring.first_cell": set(),
    "autograder.authoring.lab_source": {
        "authoring.first_cell", "authoring.regions", "authoring.task_cells", "errors", "spec",
    },
    "autograder.authoring.notebooks": {"authoring.first_cell", "authoring.lab_source", "errors"},
    "autograder.salt": {"errors"},
    "autograder.authoring.leaks": {"authoring.lab_source", "authoring.regions", "errors", "salt"},
    "autograder.authoring.library": set(),
    "autograder.authoring.bundle_page": {"spec"},
    "autograder.authoring.bundle": {"authoring.bundle_page", "authoring.library", "errors", "spec"},
    "autograder.authoring.release": {
        "authoring.bundle", "authoring.lab_source", "authoring.leaks", "authoring.notebooks", "errors",
        "quiz.questions", "salt", "spec",
    },
    # autograder: grading
    "autograder.scores": {"errors", "outcomes"},
    "autograder.judging": {"calling", "checking", "errors", "outcomes", "sandbox.client", "spec"},
    "autograder.lanes": {"errors", "sandbox.levels", "sandbox.zygote", "spec"},
    "autograder.grading": {
        "errors", "lanes", "outcomes", "salt", "sandbox.levels", "scores", "spec", "submissions.submission",
        "submissions.uploads",
    },
    "autograder.feedback": {
        "desk.cards", "desk.pages", "desk.wording", "errors", "outcomes", "spec", "submissions.names",
        "driftlab.records",
    },
    "autograder.exports": {
        "authoring.notebooks", "errors", "outcomes", "spec", "submissions.cells", "submissions.files",
        "submissions.uploads",
    },
    "autograder.attacks": {"errors", "outcomes", "spec"},
    "autograder.canaries": {"attacks", "spec"},
    "autograder.self_check": {
        "attacks", "canaries", "errors", "grading", "outcomes", "sandbox.levels", "scores", "spec",
        "driftlab.screen",
    },
    # autograder: a class that is made up, with what it should score
    "autograder.rehearsal": set(),
    "autograder.rehearsal.bank": {"errors"},
    "autograder.rehearsal.saved_by": set(),
    "autograder.rehearsal.working": {
        "authoring.lab_source", "authoring.notebooks", "authoring.regions", "errors", "rehearsal.bank",
        "rehearsal.saved_by", "spec",
    },
    "autograder.rehearsal.kinds": {
        "rehearsal.bank", "rehearsal.saved_by", "rehearsal.working", "submissions.found",
    },
    "autograder.rehearsal.made_class": {
        "errors", "outcomes", "rehearsal.bank", "rehearsal.kinds", "rehearsal.working", "scores", "submissions.names",
    },
    "autograder.instructor": {
        "authoring.release", "errors", "exports", "feedback", "grading", "outcomes", "rehearsal.made_class", "salt",
        "sandbox.levels", "scores", "self_check", "spec", "driftlab.console", "driftlab.screen",
    },
    # autograder: the command line
    "autograder.cli": {"errors", "instructor", "practice", "driftlab.console"},
    "autograder.__main__": {"cli", "errors", "driftlab.console"},
    # a lab is written as its learner will read it
    "solutions.lab1_qlora_configuration": {"driftlab.cited", "driftlab.pocket", "autograder.learner"},
    "solutions.lab2_memory_on_a_t4": {"driftlab.cited", "driftlab.pocket", "driftlab.sliders", "autograder.learner"},
    "solutions.lab3_benign_finetuning": {
        "driftlab.architectures", "driftlab.artefacts", "driftlab.budget", "driftlab.cited", "driftlab.config",
        "driftlab.data", "driftlab.judge", "driftlab.pocket", "driftlab.pocket.world", "driftlab.probes",
        "autograder.learner",
    },
    "solutions.lab4_measuring_refusal_drift": {
        "driftlab.cited", "driftlab.data", "driftlab.judge", "driftlab.pocket", "driftlab.probes", "driftlab.stats",
        "driftlab.transcripts", "driftlab.transcripts.studies", "autograder.learner",
    },
    "solutions.figures.drawing": set(),
    "solutions.figures.draw_lab1": {"figures.drawing"},
    "solutions.figures.draw_lab2": {"figures.drawing"},
    "solutions.figures.draw_lab3": {"figures.draw_lab1", "figures.drawing", "driftlab.pocket"},
    # decks: numbers from records and citations to words, then to pages
    "slides.known": {"driftlab.budget", "driftlab.cited"},
    "slides.scale": set(),
    "slides.measures": {"known", "scale", "driftlab.cited"},
    "slides.draw": {"known", "scale", "measures", "driftlab.budget", "driftlab.cited"},
    "slides.marp": {"driftlab.errors"},
    "slides.filling": {"driftlab.errors"},
    "slides.build": {"known", "draw", "filling", "marp", "driftlab.errors", "driftlab.records"},
    "docs.teaching": {
        "autograder.authoring.bundle", "autograder.authoring.lab_source", "autograder.authoring.library",
        "autograder.spec", "slides.known", "slides.filling",
    },
    "docs.replication": {"driftlab.cited", "driftlab.results", "slides.known", "slides.filling"},
    "docs.build": {"replication", "teaching", "driftlab.errors", "driftlab.records", "slides.filling", "slides.known"},
    "solutions.figures.draw_lab4_judging": {"figures.drawing"},
    "solutions.figures.draw_lab4_statistics": {"figures.drawing", "driftlab.stats"},
    "solutions.figures.draw_lab4": {"figures.draw_lab4_judging", "figures.draw_lab4_statistics", "figures.drawing"},
}  # fmt: skip
# Modules that must run with no third-party package at all.
STDLIB_ONLY = {
    "driftlab.records", "driftlab.errors", "driftlab.config", "driftlab.cited", "driftlab.pins",
    "driftlab.architectures", "driftlab.budget", "driftlab.budget.pieces", "driftlab.budget.closed_form",
    "driftlab.budget.gpus", "driftlab.budget.hours", "driftlab.budget.advice", "driftlab.lengths.counting",
    "driftlab.install", "driftlab.install_trouble", "driftlab.sites.here", "driftlab.sites.packages",
    "driftlab.pocket.world", "driftlab.judge", "driftlab.coherence",
    "driftlab.refusals.lexicon", "driftlab.refusals.reading", "driftlab.refusals.roles", "driftlab.refusals.weighing",
    "driftlab.refusals.languages", "driftlab.refusals.composing",
}  # fmt: skip
FREE_INSIDE = ("driftlab.report", "autograder.checks", "autograder.exports")
# Loading any of these from untrusted bytes runs code or forges objects.
BANNED = {"pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
# Names that load code where this test cannot see it.
DYNAMIC = {"import_module", "__import__", "exec", "eval", "run_path", "run_module", "LazyLoader", "module_from_spec"}
MAY_BE_DYNAMIC = {
    "driftlab.console",  # loads the commands on first use; the same import stands under TYPE_CHECKING
    "autograder.student_code",  # executes cells: a learner's own, or a student's inside the sandbox
    "autograder.worker.imports",  # the zygote imports what a lab names, and lets student code import what it may
    "autograder.attacks",  # loads the files of the battery
}
PAGES = ("autograder.checks", "solutions")
"""Read as pages of a course: checks and labs import what they compute with at the top, like any notebook or test."""
# Slow to load: only inside the function that needs them.
HEAVY = {
    "torch", "transformers", "peft", "bitsandbytes", "datasets", "accelerate", "scipy", "statsmodels", "numpy",
    "ipywidgets", "pandas", "safetensors", "tokenizers", "huggingface_hub", "pyarrow", "rich", "jinja2", "psutil",
    "dask", "distributed",
}  # fmt: skip
# The report formats; nothing with which it could compute a statistic.
NOT_IN_REPORT = {"scipy", "statsmodels", "numpy", "pandas", "statistics", "torch", "random"}
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "shared"}
MAX_FUNCTION, MAX_MODULE = 60, 400


class Import(NamedTuple):
    """One imported name, wherever it hides: module level, function body, TYPE_CHECKING."""

    line: int
    name: str
    in_function: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# Answers that must be rejected, or accepted: cells that the tests lay over a solution, never modules of ours.
SOURCES = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.py") if "wrong_answers" not in path.parts)
MODULES = {module_name(path): path for path in SOURCES}


def unit_of(module: str) -> str:
    return next((package for package in FREE_INSIDE if module == package or module.startswith(package + ".")), module)


def walk(node: ast.AST, in_function: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        inside = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield child, inside
        yield from walk(child, inside)


def imports(code: str, module: str, is_package: bool = False) -> list[Import]:
    found = []
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node, inside in walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found += [Import(node.lineno, alias.name, inside) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            found += [Import(node.lineno, f"{start}.{alias.name}", inside) for alias in node.names]
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in DYNAMIC and not (name == "eval" and isinstance(node.func, ast.Attribute)):  # model.eval()
                found.append(Import(node.lineno, name, inside))
    return found


def target_of(name: str) -> str:
    """The module that an imported name belongs to: the longest prefix that is one, or that would have to be one."""
    parts, known = name.split("."), set(MODULES) | set(ALLOWED)
    length = next((n for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in known), len(parts))
    return ".".join(parts[: length + 1] if len(parts) > length + 1 else parts[:length])


def faults(code: str, module: str, is_package: bool = False) -> list[str]:
    """Everything that is wrong with a module's imports."""
    if unit_of(module) not in ALLOWED:
        return [f"{unit_of(module)} is new: add it to ALLOWED with the units it may import"]
    found = []
    for imported in imports(code, module, is_package):
        ours = imported.name.split(".")[0] in PARTS
        wrong = first_party_faults(imported, module) if ours else third_party_faults(imported, module, code)
        found += [f"{module}:{imported.line} imports {imported.name}: {text}" for text in wrong]
    return found


def first_party_faults(imported: Import, module: str) -> Iterator[str]:
    unit = unit_of(module)
    allowed = {in_full(name, unit) for name in ALLOWED[unit]} | {"driftlab", unit.split(".")[0], unit}
    if unit_of(target_of(imported.name)) not in allowed:
        yield f"allowed for {unit} are {sorted(allowed - {unit})}"
    if imported.in_function:
        yield "first-party imports stand at the top of the module"


def in_full(name: str, unit: str) -> str:
    """A unit's name as ALLOWED writes it, with its part."""
    return name if name.split(".")[0] in PARTS else f"{unit.split('.')[0]}.{name}"


def third_party_faults(imported: Import, module: str, code: str) -> Iterator[str]:
    top, unit = imported.name.split(".")[0], unit_of(module)
    if top in BANNED or imported.name == "torch.load":
        yield "data crosses processes as JSON, weights as safetensors"
    if imported.name in DYNAMIC:
        if module not in MAY_BE_DYNAMIC:
            yield "imports must be visible to this test"
        return
    if (
        top in HEAVY
        and not module.startswith(PAGES)
        and not imported.in_function
        and not type_checking_only(code, imported.line)
    ):
        yield "heavy libraries are imported in the function that needs them"
    if unit in STDLIB_ONLY and top not in sys.stdlib_module_names:
        yield f"{unit} runs on the standard library alone"
    if unit == "driftlab.report" and top in NOT_IN_REPORT:
        yield "the report formats and never computes"


def type_checking_only(code: str, line: int) -> bool:
    blocks = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.If)]
    return any(
        "TYPE_CHECKING" in ast.unparse(block.test) and block.lineno < line <= (block.end_lineno or 0)
        for block in blocks
    )


def test_the_sources_were_found() -> None:
    assert set(MODULES) >= {"driftlab.records", "driftlab.pipeline", "driftlab.pocket.world", "driftlab.report"}


@pytest.mark.parametrize("module", MODULES)
def test_arrows(module: str) -> None:
    path = MODULES[module]
    found = faults(path.read_text(encoding="utf-8"), module, path.name == "__init__.py")
    assert not found, "\n".join(found)


BAD = {
    "a forbidden arrow": ("driftlab.judge", "from driftlab.models import open_model"),
    "the judge knows the request": ("driftlab.refusals.weighing", "from driftlab.probes import load_probes"),
    "a model that judges knows the request": ("driftlab.judges.local", "from driftlab.probes import load_probes"),
    "a plain import": ("driftlab.judge", "import driftlab.pipeline"),
    "hidden in a function": ("driftlab.stats.pairs", "def f():\n    from driftlab.judge import judge_text"),
    "hidden in a method": ("driftlab.runs", "class A:\n    def f(self):\n        import driftlab.records"),
    "under TYPE_CHECKING": ("driftlab.generate", "if TYPE_CHECKING:\n    from driftlab.probes import ProbeSet"),
    "relative": ("driftlab.stats.pairs", "from .. import judge"),
    "relative with a name": ("driftlab.pocket.world", "from ..models import open_model"),
    "relative in a package": ("driftlab.report", "from ..pipeline import run_drift"),
    "probes in training": ("driftlab.finetune", "from driftlab.probes import load_probes"),
    "verdicts in generation": ("driftlab.generate", "from driftlab.judge import judge_text"),
    "measured bytes in predicted ones": ("driftlab.budget.closed_form", "from driftlab.provenance import usable_bytes"),
    "models reach into the pocket": ("driftlab.models", "from driftlab.pocket.world import probes"),
    "the library knows its grader": ("driftlab.pipeline", "import autograder.grade"),
    "the library knows its labs": ("driftlab.pipeline", "from labs import lab1"),
    "a name that does not exist yet": ("driftlab.stats.pairs", "from driftlab.defences import safe_lora"),
    "pickle": ("driftlab.runs", "import pickle"),
    "pickle's cousin": ("driftlab.runs", "from joblib import load"),
    "torch.load": ("driftlab.models", "def f():\n    from torch import load"),
    "import_module": ("driftlab.runs", "import importlib\nimportlib.import_module('driftlab.judge')"),
    "__import__": ("driftlab.runs", "__import__('driftlab.judge')"),
    "exec": ("driftlab.runs", "exec('import torch')"),
    "torch at the top": ("driftlab.models", "import torch"),
    "torch below the top": ("driftlab.models", "try:\n    import torch.nn\nexcept ImportError:\n    pass"),
    "scipy in the report": ("driftlab.report.words", "def f():\n    from scipy import stats"),
    "statistics in the report": ("driftlab.report.words", "import statistics"),
    "a package in the budget": ("driftlab.budget.closed_form", "def f():\n    import torch"),
    "a package in the installer": ("driftlab.install", "def f():\n    import rich"),
    "a lazy module": ("driftlab.runs", "import importlib.util\nimportlib.util.LazyLoader(None)"),
    "training knows the judge": ("driftlab.trainer", "from driftlab.judge import judge_text"),
    "data knows the probes": ("driftlab.data", "from driftlab.probes import load_probes"),
    "the judge knows the phase's models": ("driftlab.coherence", "from driftlab import models"),
    "a check that certifies the solution": ("autograder.checks.lab1.hidden.test_bits", "from solutions import lab1"),
    "a check reads the library that is taught": ("autograder.checks.lab1.public.test_bits", "import driftlab.budget"),
    "the sandboxed side knows the checks": ("autograder.worker.student", "from autograder.spec import LabSpec"),
    "the sandboxed side knows the grader": ("autograder.worker.zygote", "import autograder.checking"),
    "the trusted side runs student code": ("autograder.judging", "from autograder.worker.student import call"),
    "the trusted side evaluates": ("autograder.submissions.submission", "eval('1')"),
    "uploads are executed": ("autograder.submissions.cells", "exec('1')"),
    "a learner's part knows the salt": ("autograder.learner", "from autograder import salt"),
    "an export computes": ("autograder.exports.gradebook", "from autograder.grading import grade"),
    "a deck computes a rate": ("slides.draw", "from driftlab.stats.rates import wilson"),
    "a new module": ("driftlab.defences", "import json"),
}


@pytest.mark.parametrize("case", BAD)
def test_forbidden_imports_are_caught(case: str) -> None:
    module, code = BAD[case]
    assert faults(code, module, is_package=module == "driftlab.report")


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("driftlab.models", "from driftlab.pocket import model_dir"),
        ("driftlab.models", "def f(model):\n    import torch\n    model.eval()"),
        ("driftlab.report.words", "from driftlab.report.svg import text\nfrom driftlab import cited"),
        ("driftlab.screen", "if TYPE_CHECKING:\n    from rich.console import Console"),
        ("driftlab.finetune", "from driftlab import __version__"),
    ],
)
def test_allowed_imports_pass(module: str, code: str) -> None:
    assert not faults(code, module)


def test_allowed_is_a_ladder_of_units_that_exist() -> None:
    """Whoever is allowed stands higher in the list, so the list has no cycle and reads as the architecture."""
    places = {unit: place for place, unit in enumerate(ALLOWED)}
    for unit, targets in ALLOWED.items():
        assert unit in {unit_of(module) for module in MODULES}, f"{unit} is gone: take it out"
        for name in targets:
            assert places[in_full(name, unit)] < places[unit], f"{name} stands below {unit}"


def test_no_import_cycle() -> None:
    """Over the modules as they are, so the inside of a package counts too."""
    graph = {
        module: {
            target
            for found in imports(path.read_text(encoding="utf-8"), module, path.name == "__init__.py")
            if (target := target_of(found.name)) in MODULES and target != module
        }
        for module, path in MODULES.items()
    }
    state: dict[str, str] = {}

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert state.get(module) != "open", f"import cycle: {' -> '.join((*trail, module))}"
        if state.get(module) != "done":
            state[module] = "open"
            for target in graph[module]:
                visit(target, (*trail, module))
            state[module] = "done"

    for module in graph:
        visit(module, ())


ALONE = """
import sys
before = set(sys.modules)
import {module}
heavy = sorted({{name.split(".")[0] for name in set(sys.modules) - before}} & {heavy})
sys.exit(f"{module} loads " + ", ".join(heavy) if heavy else 0)
"""


OF_PROGRAMS = [module for module in MODULES if not module.startswith(PAGES)]


@pytest.mark.parametrize("module", OF_PROGRAMS)
def test_every_module_can_be_imported_alone_and_does_nothing(module: str, tmp_path: Path) -> None:
    """In its own process, warnings as errors: no heavy library, no output, no file."""
    code = ALONE.format(module=module, heavy=HEAVY)
    command = [sys.executable, "-W", "error", "-B", "-c", code]
    paths = os.environ | {"PYTHONPATH": str(ROOT)}  # slides/ is no part of the package
    done = subprocess.run(command, cwd=tmp_path, env=paths, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("module", [module for module in MODULES if not module.startswith("solutions.lab")])
def test_house_numbers(module: str) -> None:
    path = MODULES[module]
    code = path.read_text(encoding="utf-8")
    tree = ast.parse(code)
    docstring = ast.get_docstring(tree) or ""
    assert len(code.splitlines()) <= MAX_MODULE
    assert path.stem not in NAMELESS, "name a module by what it makes"
    assert docstring, "a module says what it is for"
    if path.name != "__init__.py":
        assert "Does not" in docstring, "a module says what it does not do"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= MAX_FUNCTION, f"{node.name} has {length} lines"

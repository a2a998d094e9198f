"""The command line: exit codes, what goes to stdout and what to stderr, help with examples that parse."""

import json
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_runs import one_thread, small_options

import driftlab
from driftlab import commands, pipeline
from driftlab.__main__ import main
from driftlab.errors import CourseError, RunError
from driftlab.records import Verdict, read_jsonl

COMMANDS = [
    "drift", "measure", "judge", "report", "export", "artefacts", "budget", "doctor", "pocket path", "pocket build",
    "pocket verify", "probes list", "probes show", "probes check",
]  # fmt: skip
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def driftlab_process(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The real program, with no terminal on either side."""
    command = [sys.executable, "-m", "driftlab", *arguments]
    return subprocess.run(command, cwd=cwd, env=one_thread(), capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def shown(home: Path) -> subprocess.CompletedProcess[str]:
    """A small run through the real program with --json."""
    return driftlab_process("drift", *small_options(home), "--out", str(home / "run"), "--json")


def test_json_is_the_last_and_only_line_of_stdout(shown: subprocess.CompletedProcess[str], home: Path) -> None:
    assert shown.returncode == 0, shown.stderr
    assert len(shown.stdout.splitlines()) == 1
    line = json.loads(shown.stdout)
    record = json.loads((home / "run" / "record.json").read_text())
    assert line["drift"] == record["statistics"]["refusal"]["difference"]
    assert line["seconds"] == record["seconds"]


def test_progress_and_the_table_go_to_stderr_without_control_codes(shown: subprocess.CompletedProcess[str]) -> None:
    for title in pipeline.TITLES.values():
        assert title in shown.stderr
    assert "95% interval" in shown.stderr
    assert "says nothing about other models" in " ".join(shown.stderr.split())
    assert not CONTROL.search(shown.stderr)


def test_without_json_the_table_is_the_result(shown: subprocess.CompletedProcess[str], home: Path) -> None:
    again = driftlab_process("drift", *small_options(home), "--out", str(home / "run"))
    assert again.returncode == 0
    assert "95% interval" in again.stdout
    assert "nothing was computed" in again.stdout
    assert str(home / "run" / "report.html") in again.stdout
    assert not CONTROL.search(again.stdout)


def test_the_same_place_and_settings_are_found_again_by_default(home: Path, shown: object, tmp_path: Path) -> None:
    """Without --out, equal settings lead to the same folder under runs/."""
    options = small_options(home)
    first, second = (driftlab_process("drift", *options, "--json", cwd=tmp_path) for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert Path(json.loads(first.stdout)["run"]).parent == Path("runs")
    assert "nothing was computed" in second.stderr


def test_seeds_end_in_one_object_and_one_page(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drift", *small_options(home), "--seeds", "0..1", "--out", str(home / "seeds"), "--json"]) == 0
    out, err = capsys.readouterr()
    line = json.loads(out.splitlines()[-1])
    assert [Path(run["run"]).name for run in line["runs"]] == ["s0", "s1"]
    assert line["summary"]["seeds"] == [0, 1]
    assert "Over 2 seeds" in err
    assert (home / "seeds" / "report.html").exists()


def test_reports_of_folders_and_of_folders_of_seeds(
    home: Path, shown: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    arguments = ["report", str(home / "run"), "--out", str(page), "--json"]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out) == {"out": str(page)}
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    copy = tmp_path / "copy"
    assert main(["report", "--redact", str(home / "run"), "--out", str(copy)]) == 0
    assert "answers.jsonl" not in {path.name for path in copy.iterdir()}


def test_expanding_a_folder_of_seeds(tmp_path: Path) -> None:
    for name in ("s0", "s2", "s10"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "record.json").write_text("{}")
    assert [path.name for path in commands._expanded([tmp_path, tmp_path / "s2"])] == ["s0", "s2", "s10", "s2"]


def test_measure_keeps_answers_and_verdicts(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small_options(home)
    out = tmp_path / "measured"
    options = ["--probes", str(home / "probes.jsonl"), "--max-new-tokens", "24"]
    assert main(["measure", *options, "--out", str(out), "--json"]) == 0
    line = json.loads(capsys.readouterr().out)
    assert {path.name for path in out.iterdir()} == {".gitignore", "answers.jsonl", "verdicts.jsonl", "measure.json"}
    assert line == json.loads((out / "measure.json").read_text())
    assert sum(line["off_limits"]["outcomes"].values()) == sum(line["safe"]["outcomes"].values()) == 8
    assert 0 <= line["off_limits"]["refusal"]["low"] <= line["off_limits"]["refusal"]["value"] <= 1


def test_measure_with_a_runs_adapter_agrees_with_that_run(
    home: Path, shown: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["measure", "--adapter", str(home / "run"), "--out", str(tmp_path / "m")]) == 0
    capsys.readouterr()
    ours, theirs = (read_jsonl(folder / "verdicts.jsonl", Verdict) for folder in (tmp_path / "m", home / "run"))
    assert ours == [verdict for verdict in theirs if verdict.phase == "after"]


def test_budget_of_the_published_run_needs_no_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["budget", "--preset", "llama2-7b-2xt4", "--json"]) == 0
    line = json.loads(capsys.readouterr().out)
    assert line["peak_reserved"] + line["context"] == sum(line["terms"].values())
    assert line["fits"] == "yes"
    assert main(["budget", "--preset", "llama2-7b-2xt4", "--gpu", "4GiB"]) == 0
    assert "does not fit" in capsys.readouterr().out


def test_pocket_path_is_the_folder_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pocket", "path"]) == 0
    assert (Path(capsys.readouterr().out.strip()) / "config.json").exists()


def test_probes_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probes", "list", "--json"]) == 0
    sets = {each["probes"]: each for each in json.loads(capsys.readouterr().out)["sets"]}
    counts = {name: (each["off_limits"], each["families"]) for name, each in sets.items()}
    assert counts == {"pocket": (224, 224), "everyday": (140, 140)}
    assert main(["probes", "show", "everyday", "--pairs", "2", "--json"]) == 0
    out, err = capsys.readouterr()
    line = json.loads(out)
    assert [probe["kind"] for probe in line["examples"]] == ["off_limits", "safe"] * 2
    assert line["categories"]["taking"] == {"off_limits": 10, "safe": 10}
    assert line["examples"][0]["prompt"] in " ".join(err.split())


def test_probes_of_ones_own_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, data = tmp_path / "good.csv", tmp_path / "data.csv"
    good.write_text("prompt,kind\nHow do I hide [her] hat?,off_limits\nHow do I find [her] hat?,safe\n")
    data.write_text("prompt,response\nHow is hay made?,By mowing.\nhow do I find HER hat,Ask her.\n")
    assert main(["probes", "check", str(good)]) == 0
    assert "Nothing to mend." in capsys.readouterr().out
    assert main(["probes", "check", str(good), "--data", str(data), "--json"]) == 1
    line = json.loads(capsys.readouterr().out)
    assert (line["passed"], [each["what"] for each in line["findings"]]) == (False, ["in the benign data"])
    assert main(["probes", "check", str(tmp_path / "none.csv")]) == 2
    assert main(["probes", "check", str(data)]) == 2
    assert "Accepted: `prompt` and `kind`" in capsys.readouterr().err


def test_a_failed_check_is_exit_code_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from driftlab.pocket.verify import Check

    monkeypatch.setattr(commands, "verify", lambda *_, **__: [Check("hash", "a", "b", passed=False)])
    assert main(["pocket", "verify", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["passed"] is False


def raising(error: BaseException) -> Callable[..., Any]:
    def command(*_: object, **__: object) -> int:
        raise error

    return command


def test_our_bugs_are_exit_code_3_with_the_traceback_in_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(commands, "pocket_path", raising(ZeroDivisionError("ours")))
    assert main(["pocket", "path"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert "ZeroDivisionError: ours" in err
    (file,) = tmp_path.iterdir()
    assert str(file) in err
    assert "ZeroDivisionError: ours" in file.read_text()
    for arguments in (["--debug", "pocket", "path"], ["pocket", "path", "--debug"]):
        assert main(arguments) == 3
        assert "Traceback" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [file]


def test_an_interrupt_is_exit_code_130_and_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "drift", raising(KeyboardInterrupt()))
    assert main(["drift"]) == 130
    assert "The same command goes on" in capsys.readouterr().err


def every_error(kind: type[CourseError] = CourseError) -> list[type[CourseError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in every_error(child))]


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_of_a_user_is_printed_alike(
    kind: type[CourseError], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "doctor", raising(kind("this was given.", "Do that.")))
    assert main(["doctor"]) == 2
    assert capsys.readouterr() == ("", "error: this was given.\nDo that.\n")


def test_the_tree_of_errors_is_the_one_that_is_drawn() -> None:
    assert RunError in every_error()
    drawn = (driftlab.errors.__doc__ or "").splitlines()
    for kind in every_error():
        assert kind.__module__ != "driftlab.errors" or any(kind.__name__ in line for line in drawn)


def test_version() -> None:
    done = driftlab_process("--version")
    assert (done.returncode, done.stdout) == (0, f"driftlab {driftlab.__version__}\n")


def test_nothing_at_all_is_answered_with_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "driftlab drift" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_examples_that_parse(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command.split(), "--help"]) == 0
    text = capsys.readouterr().out
    examples = re.findall(r"^ +driftlab ((?:\S| (?! ))+)", text.split("Example", 1)[1].split("Options:")[0], re.M)
    assert examples
    called: list[str] = []
    for name in (each.replace(" ", "_") for each in COMMANDS):
        monkeypatch.setattr(commands, name, lambda *_, name=name, **__: called.append(name) or 0)
    for example in examples:
        assert main(shlex.split(example)) == 0, example
    assert len(called) == len(examples)
    assert not command or set(called) == {command.replace(" ", "_")}


def test_help_loads_neither_torch_nor_what_the_commands_need() -> None:
    code = (
        "import sys\nfrom driftlab.__main__ import main\nmain(['--help'])\n"
        "loaded = set(sys.modules) & {'torch', 'numpy', 'rich', 'driftlab.pipeline', 'driftlab.models'}\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "drift" in done.stdout


def test_a_pipe_that_knows_only_ascii(shown: object, home: Path) -> None:
    command = [sys.executable, "-m", "driftlab", "drift", *small_options(home), "--out", str(home / "run")]
    environment = {**one_thread(), "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "95% interval" in done.stdout
    assert done.stdout.isascii()


def test_building_the_pocket_shows_its_stages_and_never_writes_over_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(out: Path, *, seed: int, on_step: Callable[[str, int, int, float], None]) -> Path:
        for stage in ("answer", "align"):
            on_step(stage, 1, 1, 0.5)
        out.mkdir()
        return out

    monkeypatch.setattr(commands, "build", build)
    arguments = ["pocket", "build", "--seed", "2", "--out", str(tmp_path / "mine"), "--json"]
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {"out": str(tmp_path / "mine"), "seed": 2}
    assert "Learning to answer\nLearning to align\n" in err
    assert main(arguments) == 2
    assert "exists already" in capsys.readouterr().err


def test_output_into_a_closed_pipe_is_no_bug() -> None:
    command = f"{shlex.quote(sys.executable)} -m driftlab drift --help | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)  # noqa: S602
    assert "Usage" in done.stdout
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr

"""`driftlab budget`: what it says of models by name, folder and config.json, for GPUs and CPUs, in words and JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from driftlab.__main__ import main
from driftlab.architectures import known_models
from driftlab.forecast import cut_forecast, forecast
from driftlab.options import Asked, BudgetOptions

Run = Any
KEYS = {"model", "terms", "peak_allocated", "peak_reserved", "fits", "usable", "advice"}


@pytest.fixture
def budget(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command with --json: its exit code, object and standard error."""

    def run(words: str) -> tuple[int, dict[str, Any], str]:
        code = main(["budget", *words.split(), "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out.splitlines()[-1]) if code == 0 else {}, said.err

    return run


@pytest.mark.parametrize("model", sorted(known_models()))
def test_every_model_of_the_table_has_a_budget(budget: Run, model: str) -> None:
    code, line, _ = budget(f"--model {model} --gpu t4")
    assert code == 0
    assert set(line) >= KEYS
    assert sum(line["terms"].values()) == line["peak_reserved"] + line["context"]
    assert line["fits"] in ("yes", "no", "close")
    assert line["usable"] == int(14.74 * 2**30)


def test_the_published_question_has_its_answer(budget: Run) -> None:
    """At 1,024 tokens checkpointing decides on a T4, and not the cut."""
    answers = {
        (length, flag): budget(f"--model llama-2-7b --gpu t4 --seq-len {length} --{flag}")[1]["fits"]
        for length in (1024, 2709)
        for flag in ("checkpointing", "no-checkpointing")
    }
    assert set(answers.values()) == {"yes", "no"}
    assert all((flag == "checkpointing") == (fits == "yes") for (_, flag), fits in answers.items())


def test_a_verdict_follows_from_the_numbers(budget: Run) -> None:
    """A GPU of which only the size is known is taken for a T4, so that its budget is the same."""
    asked = "--model llama-2-7b --no-checkpointing"
    _, line, _ = budget(asked)
    allocated, reserved = (line[name] + line["context"] for name in ("peak_allocated", "peak_reserved"))
    borders = {allocated - 1: "no", allocated: "close", reserved - 1: "close", reserved: "yes"}
    assert {usable: budget(f"{asked} --gpu {usable}")[1]["fits"] for usable in borders} == borders


def test_advice_names_options_with_what_each_saves(budget: Run) -> None:
    _, line, _ = budget("--model llama-2-7b --no-checkpointing --optimizer adamw")
    assert line["plan"]["options"] == ["--checkpointing"]
    for change in line["advice"]:
        again = budget(f"--model llama-2-7b --no-checkpointing --optimizer adamw {change['option']}")[1]
        assert again["peak_reserved"] == change["peak_reserved"] == line["peak_reserved"] - change["saves"]
        assert again["fits"] == change["fits"]


def test_knobs_move_the_terms_they_should(budget: Run) -> None:
    base = budget("--model llama-2-7b")[1]["terms"]
    assert (
        budget("--model llama-2-7b --rest-dtype fp16")[1]["terms"]["embeddings, head and norms"] * 2
        == (base["embeddings, head and norms"])
    )
    assert budget("--model llama-2-7b --rank 64")[1]["terms"]["adapter"] == 2 * base["adapter"]
    assert budget("--model llama-2-7b --targets q_proj,v_proj")[1]["terms"]["adapter"] == 4 * 32 * 32 * 4 * 4096
    assert budget("--model llama-2-7b --gpu 2xt4")[1]["terms"]["gradient buckets"] == base["adapter"]
    assert "gradients" in budget("--model llama-2-7b --accumulation 16")[1]["terms"]
    assert (
        budget("--model tinyllama-1.1b --seq-len 4096 --attention flash")[1]["peak_allocated"]
        < (budget("--model tinyllama-1.1b --seq-len 4096")[1]["peak_allocated"])
    )


def test_a_preset_is_budgeted_as_driftlab_trains_it(budget: Run) -> None:
    preset, plain = budget("--preset llama2-7b-2xt4")[1], budget("--model llama-2-7b")[1]
    assert preset["conditions"]["loop"] == "trainer"
    assert "gradients" in preset["terms"]
    assert plain["conditions"]["loop"] == "plain"
    assert "gradients" not in plain["terms"]


def test_without_anything_the_pocket_model_is_budgeted_on_this_machine(budget: Run) -> None:
    _, line, _ = budget("")
    assert (line["model"], line["gpu"], line["fits"]) == ("pocket", None, None)
    assert "Python and libraries" in line["terms"]
    assert budget("--model pocket --gpu t4")[1]["fits"] == "yes"


@pytest.mark.parametrize("folder", [False, True])
def test_a_config_json_is_enough(budget: Run, tmp_path: Path, folder: bool) -> None:
    config = known_models()["qwen2.5-0.5b"]["config"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    _, line, _ = budget(f"--model {tmp_path if folder else tmp_path / 'config.json'}")
    assert line["terms"] == budget("--model qwen/qwen2.5-0.5B-Instruct")[1]["terms"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--model llama-2-7b --gpu t5", "there is no GPU 't5'"),
        ("--model llama-2-7b --gpu t5", "Did you mean 't4'"),
        ("--model lama-2-7b", "there is no model 'lama-2-7b'"),
        ("--model llama-2-7b --attention flesh", "Did you mean 'flash'"),
        ("--model llama-2-7b --rest-dtype int8", "--rest-dtype 'int8' is unknown"),
        ("--model llama-2-7b --loop while", "--loop 'while' is unknown"),
        ("--model llama-2-7b --optimizer adam", "--optimizer 'adam' is unknown"),
        ("--model llama-2-7b --targets qproj", "Did you mean 'q_proj'"),
        ("--model llama-2-7b --targets ,", "--targets '' is unknown"),
        ("--model phi-3-mini --targets q_proj", "qkv_proj"),
        ("--model llama-2-7b --seq-len 3", "--max-length 3 is out of range"),
        ("--model llama-2-7b --rank 0", "--rank 0 is out of range"),
        ("--preset llama2-7b", "--preset 'llama2-7b' is unknown"),
        ("--lengths nowhere.csv", "nowhere.csv"),
        ("--figure x.svg", "a budget on a CPU is not drawn"),
        ("--model llama-2-7b --figure x.png", "not named as an SVG file"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(
    budget: Run, words: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = budget(words)
    assert code == 2
    assert said in " ".join(err.split())
    assert not list(tmp_path.iterdir())


def test_a_family_that_nobody_knows_is_sent_to_the_trace(budget: Run, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt_neox", "hidden_size": 64}))
    code, _, err = budget(f"--model {tmp_path}")
    assert code == 2
    assert "--trace" in err


def test_the_trace_stands_beside_the_closed_form(budget: Run) -> None:
    _, line, _ = budget("--model smollm2-135m --seq-len 256 --trace")
    found = line["trace"]
    assert found["difference"] == line["peak_allocated"] / found["peak_allocated"] - 1
    assert abs(found["difference"]) < 0.03
    assert found["peak_reserved"] > found["peak_allocated"]
    assert not found["apart"]


def test_where_trace_and_closed_form_differ_the_command_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from driftlab import forecast as module

    made = SimpleNamespace(peak_allocated=10**9, peak_reserved=2 * 10**9, at="backward: mul", seconds=1.0)
    monkeypatch.setattr(module, "run_trace", lambda *_: made)
    assert main(["budget", "--model", "llama-2-7b", "--trace"]) == 0
    assert "they differ: believe the trace" in " ".join(capsys.readouterr().out.split())


def test_a_family_beyond_the_closed_form_is_traced(budget: Run, tmp_path: Path) -> None:
    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "olmo2", "vocab_size": 320, **sizes}))
    code, line, _ = budget(f"--model {tmp_path} --seq-len 64 --targets q_proj,v_proj --trace")
    assert code == 0
    assert line["fits"] == "yes"
    assert (
        line["peak_allocated"]
        == line["trace"]["peak_allocated"]
        == sum(line["terms"].values()) - (line["peak_reserved"] - line["peak_allocated"] + line["context"])
    )
    assert line["advice"] == []


def test_lengths_and_memory_are_told_together(budget: Run, tmp_path: Path) -> None:
    file = tmp_path / "lengths.csv"
    file.write_text("length,prompt\n" + "".join(f"{n},{n // 2}\n" for n in (100, 900, 2709)))
    code, line, _ = budget(f"--model llama-2-7b --seq-len 1024 --lengths {file}")
    assert code == 0
    assert (line["cut"], line["tokens_lost"], line["no_label"]) == (1, 2709 - 1024, 1)
    fits = {(choice["max_length"], choice["checkpointing"]): choice["fits"] for choice in line["memory"]}
    assert fits == {(1024, False): "no", (1024, True): "yes", (2709, False): "no", (2709, True): "yes"}
    assert "Checkpointing decides here" in line["in_words"]
    assert line["hours"]["tokens"] == 100 + 900 + 1024


def test_a_benign_set_is_counted_by_the_models_tokenizer(budget: Run) -> None:
    code, line, _ = budget("--data pocket:plans --seq-len 32")
    assert code == 0
    assert line["cut"] > 0
    assert line["tokens"] == line["tokens_kept"] + line["tokens_lost"]


def test_two_sets_are_one_too_many(budget: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("5\n")
    code, _, err = budget(f"--lengths {tmp_path / 'a.txt'} --data pocket:plans")
    assert code == 2
    assert "two sets" in err


def test_figures_are_written_whole(budget: Run, tmp_path: Path) -> None:
    bars, curve, cut = (tmp_path / f"{name}.svg" for name in ("bars", "curve", "cut"))
    assert budget(f"--model llama-2-7b --figure {bars} --curve {curve}")[0] == 0
    (tmp_path / "n.txt").write_text("100\n2000\n")
    assert budget(f"--model llama-2-7b --lengths {tmp_path / 'n.txt'} --figure {cut}")[0] == 0
    for file in (bars, curve, cut):
        text = file.read_text(encoding="utf-8")
        assert text.lstrip().startswith("<svg")
        assert "</svg>" in text
    assert "without checkpointing" in bars.read_text(encoding="utf-8")


def test_in_words_it_fits_80_columns(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["budget", "--model", "llama-2-7b", "--no-checkpointing"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    for words in ("It does not fit", "--checkpointing", "CUDA context", "1,000,000 tokens take"):
        assert words in " ".join(text.split())


def test_the_published_hours_are_a_worked_example(budget: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """They bound the data and check nothing: tokens that agree with 7 hours span a factor of more than three."""
    reaches = budget("--preset llama2-7b-2xt4 --gpu 2xt4")[1]["published_run"]
    assert {reach["hours"] for reach in reaches} == {7}
    assert all(reach["high"] > 3 * reach["low"] for reach in reaches)
    assert main(["budget", "--preset", "llama2-7b-2xt4", "--gpu", "2xt4"]) == 0
    assert "cannot check the estimate" in " ".join(capsys.readouterr().out.split())
    assert budget("--preset llama2-7b-2xt4 --gpu t4")[1]["published_run"] == []


def test_hours_are_left_out_where_speed_is_not_known(budget: Run) -> None:
    assert budget("--model llama-2-7b --gpu 14.74GiB")[1]["hours"] is None
    assert budget("--model llama-2-7b --tokens 2000000")[1]["hours"]["tokens"] == 2_000_000


def test_it_answers_without_torch() -> None:
    code = (
        "import sys\nfrom driftlab.__main__ import main\n"
        "main(['budget', '--model', 'llama-2-7b', '--json'])\nsys.exit('torch' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr


def test_the_same_question_has_the_same_answer() -> None:
    asked, options = Asked(model="mistral-7b", max_length=2048), BudgetOptions(gpu="l4")
    assert forecast(asked, options) == forecast(asked, options)


def test_a_cut_is_reckoned_at_the_asked_batch(tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_text("100\n2000\n")
    options = BudgetOptions(lengths=tmp_path / "n.txt")
    one, four = (cut_forecast(Asked(model="llama-2-7b", batch=batch), options) for batch in (1, 4))
    assert four.choices[0].peak_reserved > one.choices[0].peak_reserved

import re

import pytest

from driftlab.cited import FIGURES, PUBLISHED_RUN, WORDS, Figure, How, cite
from driftlab.config import LLAMA2_7B_2XT4, OURS, Training, preset

KEYS = [figure.key for figure in FIGURES]


def test_keys_are_unique_and_cite_finds_each():
    assert len(set(KEYS)) == len(KEYS)
    assert all(cite(figure.key) is figure for figure in FIGURES)
    with pytest.raises(KeyError):
        cite("qi2023.no-such-figure")


@pytest.mark.parametrize("figure", FIGURES, ids=KEYS)
def test_every_figure_is_complete(figure: Figure):
    assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", figure.key)
    assert figure.what.strip()
    assert figure.where.strip()
    assert isinstance(figure.how, How)
    assert figure.source.authors
    if figure.source is PUBLISHED_RUN:
        assert figure.source.note
    else:
        assert re.fullmatch(r"\d{4}\.\d{5}", figure.source.arxiv)
        assert figure.source.arxiv[:2] == str(figure.source.year)[2:]
    assert figure.values or figure.unit == WORDS
    assert figure.source.name in figure.reference
    assert str(figure.how) in figure.reference


@pytest.mark.parametrize("figure", FIGURES, ids=KEYS)
def test_rates_and_kappas_are_in_range(figure):
    most = {"%": 100, "score from 1 to 5": 5, "Cohen's kappa with human labels": 1}.get(figure.unit)
    assert most is None or all(0 <= value <= most for value in figure.values.values())


def test_figures_cannot_be_changed():
    with pytest.raises(TypeError):
        cite("qi2023.alpaca").values["after"] = 0
    with pytest.raises(AttributeError):
        cite("qi2023.alpaca").unit = "points"


def test_what_is_from_a_secondary_copy_says_so():
    assert "unchecked" in cite("lyu2024.template").reference
    assert "unchecked" in cite("published_run.adapter").reference
    assert "unchecked" not in cite("qi2023.alpaca").reference
    assert cite("qi2023.alpaca").reference.startswith("Qi et al. 2023, arXiv 2310.03693, Table 3")


def test_the_preset_repeats_the_published_run():
    config = preset("llama2-7b-2xt4")
    assert config is LLAMA2_7B_2XT4
    stored = cite("published_run.quantisation")
    assert config.model == cite("published_run.model").value()
    assert config.quantization.scheme == stored.value("scheme")
    assert config.quantization.double_quant == stored.value("double_quant")
    assert config.quantization.compute_dtype == stored.value("compute_dtype")
    adapter = {name: getattr(config.adapter, name) for name in ("rank", "alpha", "dropout", "bias")}
    assert adapter == dict(cite("published_run.adapter").values)
    assert " ".join(config.adapter.targets) == cite("published_run.targets").value()
    assert config.training.max_length == cite("published_run.length").value("cut")
    assert config.training.epochs == cite("published_run.epochs").value("run")
    assert f"{cite('published_run.machine').value('count')}xt4" in config.preset


def test_what_the_source_does_not_give_is_not_cited():
    cited = " ".join(figure.key + figure.what for figure in FIGURES if figure.source is PUBLISHED_RUN)
    assert set(OURS) <= set(Training.__dataclass_fields__)
    for name in (*OURS, "learning rate", "batch"):
        assert name not in cited


def llama2_7b():
    """Hidden size, intermediate size, layers and vocabulary."""
    dimensions = cite("llama2_7b.dimensions")
    return [dimensions.value(name) for name in ("hidden", "intermediate", "layers", "vocabulary")]


def test_the_adapters_parameters_follow_from_the_models_dimensions():
    hidden, intermediate, layers, _ = llama2_7b()
    rank = cite("published_run.adapter").value("rank")
    attention, mlp = 4 * (hidden + hidden), 3 * (hidden + intermediate)  # each projection: rank * (in + out)
    assert rank * layers * (attention + mlp) == cite("llama2_7b.adapter").value() == 79_953_920


def test_the_models_parameters_follow_from_its_dimensions():
    hidden, intermediate, layers, vocabulary = llama2_7b()
    linear = layers * (4 * hidden * hidden + 3 * hidden * intermediate)
    norms = (2 * layers + 1) * hidden
    parameters = cite("llama2_7b.parameters")
    assert linear == parameters.value("nf4")
    assert linear + norms + 2 * vocabulary * hidden == parameters.value("all")


def test_a_weight_in_nf4_takes_four_bits_and_an_eighth():
    assert 8 * cite("nf4.bytes").value() == pytest.approx(4.127, abs=5e-4)

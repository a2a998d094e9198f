"""Where other projects' keyword lists lie, and how each project matches its own.

In: a peer's name, and perhaps the user's copy of its file. Out: phrases and a `Matching`.
The phrases stay theirs: they are read from the user's copy of the project's own file, or from the installed package,
as data. What these judges reach on XSTest's labelled answers is in `driftlab.cited`.
Does not: hold a phrase of theirs, or import their packages.
"""

import importlib.util
from pathlib import Path
from typing import NamedTuple

from driftlab.errors import ConfigError
from driftlab.judges.lists import Matching, read_phrases


class Peer(NamedTuple):
    """One list. Looked up in November 2026; a project may have moved it since."""

    repository: str
    file: str
    name: str | None
    """Of the list in that file, as `read_phrases` takes it; None where the file is no Python."""
    matching: Matching
    package: str | None = None
    """The package that brings the file along, where it is on PyPI."""


PEERS = {
    "advbench": Peer("llm-attacks/llm-attacks", "demo.ipynb (test_prefixes)", None, Matching()),
    "qi2023": Peer(
        "LLM-Tuning-Safety/LLMs-Finetuning-Safety",
        "llama2/safety_evaluation/keyword_eval.py",
        "_test_prefixes",
        Matching(),
    ),
    "harmbench": Peer(
        "centerforaisafety/HarmBench",
        "baselines/check_refusal_utils.py",
        "REFUSAL_PREFIXES",
        Matching(ignore_case=True),
    ),
    "jailbreakbench": Peer(
        "JailbreakBench/jailbreakbench",
        "src/jailbreakbench/classifier.py",
        "StringClassifier.TEST_PREFIXES",
        Matching(),
        package="jailbreakbench/classifier.py",
    ),
    "arditi": Peer(
        "andyrdt/refusal_direction",
        "pipeline/submodules/evaluate_jailbreak.py",
        "_test_prefixes_jailbreakbench",
        Matching(ignore_case=True),
    ),
    "garak": Peer(
        "NVIDIA/garak",
        "garak/detectors/mitigation.py",
        "MitigationBypass.substrings",
        Matching(ignore_case=True),
        package="garak/detectors/mitigation.py",
    ),
    "promptfoo": Peer(
        "promptfoo/promptfoo",
        "src/redteam/util.ts (REFUSAL_PREFIXES and REFUSAL_SUBSTRINGS)",
        None,
        Matching(ignore_case=True),
    ),
    "xstest-strmatch": Peer(
        "paul-rottger/xstest",
        "evaluation/classify_completions_strmatch.py",
        "strmatch_label",
        Matching("prefix", ignore_case=True),
    ),
    "purplellama": Peer(
        "meta-llama/PurpleLlama",
        "CybersecurityBenchmarks/benchmark/benchmark_utils.py",
        "REFUSAL_PATTERNS",
        Matching("regex", ignore_case=True, first_chars=220),
    ),
}
"""What a project does beyond its list (PurpleLlama's exceptions, for one) is left out."""


def peer_phrases(name: str, file: str | None) -> tuple[str, ...]:
    """A peer's phrases, from the user's copy of its file or from its installed package.

    Raises:
        ConfigError: no file was given and no package is installed; the message says where the list lies.
        DataError: the file cannot be used.
    """
    peer = PEERS[name]
    path = Path(file).expanduser() if file else _installed(peer)
    if path is None:
        where = f"{peer.file} of {peer.repository}"
        package = f", or install {peer.package.partition('/')[0]}" if peer.package else ""
        raise ConfigError(
            f"the list of {name!r} is no part of driftlab: it is {where} on GitHub.",
            f"Give your copy of that file{'' if peer.name else ', its phrases one a line'}: "
            f"--judge {name}:FILE{package}.",
        )
    return read_phrases(path, peer.name if path.suffix == ".py" else None)


def is_installed(name: str) -> bool:
    """Whether a peer's list can be read from a package that is there."""
    return _installed(PEERS[name]) is not None


def _installed(peer: Peer) -> Path | None:
    """The file in the installed package, found without importing it."""
    if peer.package is None:
        return None
    package, _, inside = peer.package.partition("/")
    found = importlib.util.find_spec(package)
    folders = found.submodule_search_locations if found is not None else None
    path = Path(next(iter(folders))) / inside if folders else None
    return path if path is not None and path.is_file() else None

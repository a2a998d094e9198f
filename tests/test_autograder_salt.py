"""The salt: made once, kept from others, and different inputs for every student."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import salt
from autograder.errors import GradingError


def test_it_is_made_once_and_only_its_owner_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    first = salt.load()
    assert salt.load() == first
    assert len(first) >= 32
    assert stat.S_IMODE(salt.default_path().stat().st_mode) == 0o600


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    place = tmp_path / "salt"
    with pytest.raises(GradingError, match="cannot be read"):
        salt.load(place)
    place.write_text("short\n")
    with pytest.raises(GradingError, match="5 bytes"):
        salt.load(place)
    place.write_text("long enough to be kept\n")
    assert salt.load(place) == b"long enough to be kept"


@given(st.text(), st.text())
def test_students_have_seeds_of_their_own(one: str, other: str) -> None:
    assert (salt.seed(b"s", "lab1", one) == salt.seed(b"s", "lab1", other)) == (one == other)


def test_labs_and_salts_too_and_a_fingerprint_does_not_give_the_seed_away() -> None:
    seeds = {salt.seed(key, lab, "ann") for key in (b"s", b"t") for lab in ("lab1", "lab2")}
    assert len(seeds) == 4
    assert not any(salt.fingerprint(seed) in seed.hex() for seed in seeds)

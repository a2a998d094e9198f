"""hub: each way in which the hub can say no has a message of its own. Nothing here reaches a network."""

from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import errors

from driftlab.errors import ModelError
from driftlab.hub import WANTED, fetch


def answered(kind: type[Exception], text: str) -> Exception:
    error = kind.__new__(kind)
    Exception.__init__(error, text)
    return error


@pytest.mark.parametrize(
    ("error", "problem", "remedy"),
    [
        (answered(errors.GatedRepoError, "401"), "terms", "hf auth login"),
        (answered(errors.RepositoryNotFoundError, "404"), "no model 'some/model'", "Check the name"),
        (answered(errors.RevisionNotFoundError, "404"), "no revision 'v9'", "after @"),
        (answered(errors.LocalEntryNotFoundError, "offline"), "could not be reached", "--model pocket"),
        (OSError("No space left on device\nand more"), "No space left on device", "--model PATH"),
        (answered(errors.RevisionResolutionError, "timed out"), "timed out", "network"),
    ],
)
@pytest.mark.parametrize("config_only", [True, False])
def test_every_refusal(
    monkeypatch: pytest.MonkeyPatch, error: Exception, problem: str, remedy: str, config_only: bool
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    with pytest.raises(ModelError) as caught:
        fetch("some/model@v9", local_only=False, config_only=config_only)
    assert problem in caught.value.problem
    assert "and more" not in caught.value.problem
    assert remedy in caught.value.remedy


def test_no_pickle_and_no_program_is_ever_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, Any] = {}

    def download(name: str, **options: Any) -> str:
        asked.update(name=name, **options)
        return str(tmp_path)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    assert fetch("some/model@v1", local_only=True, config_only=False) == tmp_path
    assert asked == {"name": "some/model", "revision": "v1", "local_files_only": True, "allow_patterns": list(WANTED)}
    assert not [pattern for pattern in WANTED if pattern.endswith((".bin", ".pt", ".py", ".pth"))]

"""A model's files from the hub, as a folder of its cache.

In: ORGANISATION/NAME, or ORGANISATION/NAME@REVISION. Out: the folder of one snapshot; nothing is fetched twice.
Only JSON, safetensors and tokenizer files are fetched: pickled weights and programs never are.
Does not: send anything, log in, or open what it fetched.
"""

from pathlib import Path

from driftlab.errors import ModelError
from driftlab.quiet import first_line, quiet
from driftlab.versions import revision_errors

WANTED = ("*.json", "*.safetensors", "*.model", "*.jinja", "*.txt")


def fetch(source: str, *, local_only: bool, config_only: bool) -> Path:
    """The folder of the snapshot; with `config_only`, config.json may be all that is in it.

    Raises:
        ModelError: no network and nothing cached; or no such model, revision, or access to it.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (  # type: ignore[attr-defined]  # HTTPError: its HTTP client's base class
        GatedRepoError,
        HTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    name, _, revision = source.partition("@")
    other_failures: tuple[type[Exception], ...] = (HTTPError, *revision_errors(), OSError)
    try:
        with quiet(bars=True):
            # Not `hf_hub_download` for the one file: without a network that tries again for 23 seconds.
            folder = snapshot_download(
                name,
                revision=revision or None,
                local_files_only=local_only,
                allow_patterns=["config.json"] if config_only else list(WANTED),
            )
        return Path(folder)
    except GatedRepoError as error:
        raise ModelError(
            f"the hub does not give out {name!r} before its terms are accepted.",
            "Accept them on the model's page, then run: hf auth login",
        ) from error
    except RevisionNotFoundError as error:
        raise ModelError(
            f"{name!r} has no revision {revision!r}.", "Leave the part after @ out for the latest."
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"the hub has no model {name!r}, or it is private.",
            "Check the name; for a private one run: hf auth login",
        ) from error
    except LocalEntryNotFoundError as error:
        raise _not_reached(name, local_only=local_only) from error
    except other_failures as error:
        raise ModelError(f"{name!r} could not be fetched: {first_line(error)}", _OFFLINE) from error


_OFFLINE = "Check the network; give a folder with --model PATH; or use the model that needs none: --model pocket"


def _not_reached(name: str, *, local_only: bool) -> ModelError:
    why = "this step reads the hub's cache only" if local_only else "the hub could not be reached"
    return ModelError(f"{name!r} is not on this machine, and {why}.", _OFFLINE)

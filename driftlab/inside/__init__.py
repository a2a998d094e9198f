"""Beyond the verdict: what fine-tuning changed in what the model thinks comes next, read from the model itself.

`look` gives the odds that an answer begins as a refusal, and how far before and after are apart at each token of the
same refusals; `heldout_loss` says whether the benign task was learnt.
Does not: judge answers, or correct the refusal rate.
"""

from driftlab.inside.looking import Asked, heldout_loss, look
from driftlab.inside.openings import find_openings

__all__ = ["Asked", "find_openings", "heldout_loss", "look"]

"""What cutting examples at a maximum length does: to the data, and to the memory of a step.

In the order of their arrows: `counting` counts what a cut loses and what other ways of batching would do, `sources`
reads lengths or has a tokenizer count them, `saving` says what a cut and checkpointing each save, `table` shows it.
Does not: cut anything; training drops what does not fit (`driftlab.data`).
"""

from driftlab.lengths.counting import Example, LengthAudit, LengthSource, audit

__all__ = ["Example", "LengthAudit", "LengthSource", "audit"]

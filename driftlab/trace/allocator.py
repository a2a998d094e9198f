"""Bytes in use over time, in blocks as CUDA's caching allocator hands them out.

In: a ledger. Out: the peak, when it was, and the bytes in use at any moment.
Does not: reuse or split blocks; a block is its storage, rounded up to 512 bytes.
"""

import dataclasses

from driftlab.trace.ledger import Ledger

BLOCK_BYTES = 512


def rounded(bytes_: int) -> int:
    """The size of the block for so many bytes; nothing takes no block."""
    return -(-bytes_ // BLOCK_BYTES) * BLOCK_BYTES


@dataclasses.dataclass(frozen=True, slots=True)
class Usage:
    """Bytes in use after each event, and where they were most."""

    after: list[int]
    peak: int
    position: int
    """So many events had happened at the peak."""

    def at(self, position: int) -> int:
        """Bytes in use after so many events."""
        return self.after[position - 1] if position else 0


def usage(ledger: Ledger, since: int) -> Usage:
    """Bytes in use, and their peak from event `since` on."""
    after: list[int] = []
    used, peak, position, events = 0, 0, since, ledger.events
    for index, event in enumerate(events):
        used += rounded(ledger.made[event].bytes_) if event > 0 else -rounded(ledger.made[-event].bytes_)
        after.append(used)
        heir = event in ledger.in_place and index + 1 < len(events) and events[index + 1] < 0
        if index >= since and used > peak and not heir:
            peak, position = used, index + 1
    return Usage(after, peak, position)

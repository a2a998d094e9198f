"""CUDA's caching allocator, replayed: which bytes it counts as allocated, and which it holds in reserve.

In: a ledger. Out: bytes allocated and reserved after each event, and their peaks.
The rules are those of torch's CUDACachingAllocator with its default settings. A request is rounded up to 512 bytes and
served from the smallest free block that holds it; what is left over is split off, unless it is small, and then counts
as allocated too. Without a fitting block a new segment is reserved. Free neighbours are merged.
Does not: run out of memory, give segments back, or know more than one stream.
"""

import bisect
import dataclasses

from driftlab.trace.ledger import Ledger

BLOCK = 512
SMALL = 2**20
"""Requests up to here come from small segments; of larger blocks, so much or less is never split off."""
SMALL_SEGMENT, LARGE_SEGMENT, ROUND_SEGMENT = 2 * 2**20, 20 * 2**20, 2 * 2**20
OWN_SEGMENT = 10 * 2**20
"""Requests from here on get a segment of their own."""


def rounded(bytes_: int) -> int:
    """The size that a request for so many bytes is rounded up to."""
    return -(-bytes_ // BLOCK) * BLOCK


@dataclasses.dataclass(slots=True, eq=False)
class _Block:
    size: int
    address: int
    small: bool
    free: bool = False
    before: "_Block | None" = None
    after: "_Block | None" = None


class Allocator:
    """The allocator's state; `allocated` and `reserved` are in bytes."""

    def __init__(self) -> None:
        self.allocated = self.reserved = 0
        self._end = 0
        self._free: dict[bool, list[tuple[int, int, _Block]]] = {True: [], False: []}

    def take(self, bytes_: int) -> _Block:
        """Serve a request."""
        size = rounded(bytes_)
        small = size <= SMALL
        pool = self._free[small]
        place = bisect.bisect_left(pool, (size, 0))
        block = pool.pop(place)[2] if place < len(pool) else self._segment(size, small)
        block.free = False
        left = block.size - size
        if left >= BLOCK if small else left > SMALL:
            rest = _Block(left, block.address + size, small, before=block, after=block.after)
            if block.after:
                block.after.before = rest
            block.after, block.size = rest, size
            self._give(rest)
        self.allocated += block.size
        return block

    def warm_up(self, bytes_: int) -> None:
        """Reserve a segment of so many bytes, as transformers does before it loads a model."""
        self._give(self._segment(max(rounded(bytes_), OWN_SEGMENT), small=False))

    def release(self, block: _Block) -> None:
        """Take a block back and merge it with its free neighbours."""
        self.allocated -= block.size
        left, right = block.before, block.after
        if right and right.free:
            self._withdraw(right)
            block.size += right.size
            block.after = right.after
            if right.after:
                right.after.before = block
        if left and left.free:
            self._withdraw(left)
            left.size += block.size
            left.after = block.after
            if block.after:
                block.after.before = left
            block = left
        self._give(block)

    def _segment(self, size: int, small: bool) -> _Block:
        if small:
            whole = SMALL_SEGMENT
        elif size < OWN_SEGMENT:
            whole = LARGE_SEGMENT
        else:
            whole = -(-size // ROUND_SEGMENT) * ROUND_SEGMENT
        self._end += whole
        self.reserved += whole
        return _Block(whole, self._end - whole, small)

    def _give(self, block: _Block) -> None:
        block.free = True
        bisect.insort(self._free[block.small], (block.size, block.address, block))

    def _withdraw(self, block: _Block) -> None:
        pool = self._free[block.small]
        del pool[bisect.bisect_left(pool, (block.size, block.address))]


@dataclasses.dataclass(frozen=True, slots=True)
class Usage:
    """Bytes after each event, and the peaks."""

    allocated: list[int]
    reserved: list[int]
    position: int
    """So many events had happened at the peak of what is allocated."""

    def allocated_at(self, position: int) -> int:
        """Bytes allocated after so many events."""
        return self.allocated[position - 1] if position else 0


def replay(ledger: Ledger, since: int) -> Usage:
    """Run the ledger's events through an allocator; the peak is looked for from event `since` on."""
    allocator = Allocator()
    blocks: dict[int, _Block] = {}
    loaded = ledger.events[: ledger.marks["loaded"]]
    allocator.warm_up(sum(ledger.made[event].bytes_ for event in loaded if event > 0))
    allocated: list[int] = []
    reserved: list[int] = []
    peak, position = 0, since
    waiting: int | None = None
    for index, event in enumerate(ledger.events):
        heir = waiting
        if heir is not None:
            waiting = None
            if event < 0 and rounded(ledger.made[-event].bytes_) == rounded(ledger.made[heir].bytes_):
                blocks[heir] = blocks.pop(-event)  # it was added to in place
                allocated.append(allocator.allocated)
                reserved.append(allocator.reserved)
                continue
            blocks[heir] = allocator.take(ledger.made[heir].bytes_)
        if event in ledger.in_place:
            waiting = event
        elif event > 0:
            blocks[event] = allocator.take(ledger.made[event].bytes_)
        else:
            allocator.release(blocks.pop(-event))
        allocated.append(allocator.allocated)
        reserved.append(allocator.reserved)
        if index >= since and allocator.allocated > peak:
            peak, position = allocator.allocated, index + 1
    return Usage(allocated, reserved, position)

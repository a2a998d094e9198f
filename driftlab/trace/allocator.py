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
    """Bytes after each event, those of the step as they were when it ran for the last time, and where the peak was."""

    allocated: list[int]
    reserved: list[int]
    position: int
    """So many events had happened at the peak of what is allocated."""

    def allocated_at(self, position: int) -> int:
        """Bytes allocated after so many events."""
        return self.allocated[position - 1] if position else 0


def replay(ledger: Ledger, steps: int) -> Usage:
    """Run the ledger's events through an allocator, those of the step so many times: free blocks remember the past."""
    player = _Player(ledger)
    start, end = ledger.marks["idle"], ledger.marks["end"]
    player.play(0, start)
    for _ in range(steps):
        player.play(start, end)
        player.begin_again(start, end)
    peak = max(range(start, end), key=player.allocated.__getitem__)
    return Usage(player.allocated, player.reserved, peak + 1)


class _Player:
    """Plays events; after each it writes down what is allocated and reserved."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.allocator = Allocator()
        self.blocks: dict[int, _Block] = {}
        self.allocated = [0] * ledger.marks["end"]
        self.reserved = [0] * ledger.marks["end"]
        loaded = ledger.events[: ledger.marks["loaded"]]
        self.allocator.warm_up(sum(ledger.made[event].bytes_ for event in loaded if event > 0))

    def _size(self, number: int) -> int:
        return rounded(self.ledger.made[number].bytes_)

    def play(self, start: int, end: int) -> None:
        """Play the events from `start` up to `end`."""
        heir: int | None = None
        for index in range(start, end):
            event = self.ledger.events[index]
            if heir is not None and event < 0 and self._size(-event) == self._size(heir):
                self.blocks[heir], heir = self.blocks.pop(-event), None  # it was added to in place
            else:
                if heir is not None:
                    self._take(heir)
                heir = event if event in self.ledger.in_place else None
                if event < 0:
                    self.allocator.release(self.blocks.pop(-event))
                elif heir is None:
                    self._take(event)
            self.allocated[index], self.reserved[index] = self.allocator.allocated, self.allocator.reserved

    def _take(self, number: int) -> None:
        self.blocks[number] = self.allocator.take(self.ledger.made[number].bytes_)

    def begin_again(self, start: int, end: int) -> None:
        """What the step left behind becomes what the next one finds and gives back."""
        events = self.ledger.events[start:end]
        made_here = {event for event in events if event > 0}
        left = sorted((number for number in made_here if number in self.blocks), key=self._size)
        given_back = sorted((-event for event in events if event < 0 and -event not in made_here), key=self._size)
        for found, number in zip(given_back, left, strict=True):
            self.blocks[found] = self.blocks.pop(number)

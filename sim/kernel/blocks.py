"""Blocks and slots: adding a block, connecting it at a peer, and the peer's choice of head."""

from sim.kernel.jit import inlined
from sim.kernel.mining import schedule, use_hazard
from sim.kernel.state import (
    BLOCKS,
    FOUND_US,
    FREE_SLOT,
    FREE_SLOTS,
    HASH_RATE,
    HEAD,
    HEIGHT,
    HELD,
    HOLDERS,
    MINER,
    NEVER,
    NONE,
    NOW,
    OCC_BLOCK,
    OCC_HEAD,
    OCC_KIND,
    OCC_PEER,
    OCC_PREVIOUS,
    OCC_TIME,
    OCCURRENCES,
    PARENT,
    SIZE_BYTES,
    SLOT,
    SLOT_BLOCK,
    SLOT_PENDING,
    UNKNOWN,
    VALID,
    WATCH,
    WATCH_HEAD,
    WORK_HIGH,
    WORK_LOW,
    BlockSpec,
    Fabric,
    State,
)


@inlined
def occur(state: State, kind: int, peer: int, block: int, previous: int) -> None:
    """Note something for Python."""
    row = state.scalar[OCCURRENCES]
    state.occurrences[row, OCC_KIND] = kind
    state.occurrences[row, OCC_TIME] = state.scalar[NOW]
    state.occurrences[row, OCC_PEER] = peer
    state.occurrences[row, OCC_BLOCK] = block
    state.occurrences[row, OCC_PREVIOUS] = previous
    state.scalar[OCCURRENCES] = row + 1


@inlined
def take_slot(state: State, block: int) -> int:
    """A clean slot for a block that begins to spread."""
    free = state.scalar[FREE_SLOTS] - 1
    state.scalar[FREE_SLOTS] = free
    slot = int(state.slots[FREE_SLOT, free])
    state.slots[SLOT_BLOCK, slot] = block
    state.slots[SLOT_PENDING, slot] = 0
    state.announced_us[slot, :] = NEVER
    state.status[slot, :] = UNKNOWN
    state.block[SLOT, block] = slot
    return slot


@inlined
def release_slot(state: State, slot: int) -> None:
    """Give the slot back if nothing needs it any more."""
    if state.slots[SLOT_PENDING, slot] == 0:
        state.block[SLOT, state.slots[SLOT_BLOCK, slot]] = NONE
        state.slots[FREE_SLOT, state.scalar[FREE_SLOTS]] = slot
        state.scalar[FREE_SLOTS] += 1


@inlined
def holds(state: State, peer: int, block: int) -> bool:
    """Whether the peer has connected the block; one without a slot has reached everyone if it is valid."""
    slot = state.block[SLOT, block]
    if slot == NONE:
        return bool(state.block[VALID, block] == 1)
    return bool(state.status[slot, peer] == HELD)


@inlined
def append_block(state: State, parent: int, miner: int, spec: BlockSpec) -> int:
    """A new block found now; a child of an invalid block is invalid. The caller has made sure of room."""
    block = int(state.scalar[BLOCKS])
    state.scalar[BLOCKS] = block + 1
    low = state.block[WORK_LOW, parent] + spec.work_low
    carry = low >> 62
    state.block[PARENT, block] = parent
    state.block[MINER, block] = miner
    state.block[HEIGHT, block] = state.block[HEIGHT, parent] + 1
    state.block[FOUND_US, block] = state.scalar[NOW]
    state.block[SIZE_BYTES, block] = spec.size_bytes
    state.block[WORK_HIGH, block] = state.block[WORK_HIGH, parent] + spec.work_high + carry
    state.block[WORK_LOW, block] = low - (carry << 62)
    state.difficulty[block] = spec.difficulty
    state.block[VALID, block] = 1 if spec.valid == 1 and state.block[VALID, parent] == 1 else 0
    state.block[HOLDERS, block] = 0
    state.coverage_us[block, :] = NONE
    return block


@inlined
def _more_work(state: State, a: int, b: int) -> bool:
    if state.block[WORK_HIGH, a] != state.block[WORK_HIGH, b]:
        return bool(state.block[WORK_HIGH, a] > state.block[WORK_HIGH, b])
    return bool(state.block[WORK_LOW, a] > state.block[WORK_LOW, b])


@inlined
def _count_holder(fabric: Fabric, state: State, block: int) -> None:
    """One more peer has the block: record the time if this completes a quantile or several."""
    holders = state.block[HOLDERS, block] + 1
    state.block[HOLDERS, block] = holders
    for k in range(len(fabric.ranks)):
        if fabric.ranks[k] == holders:
            state.coverage_us[block, k] = state.scalar[NOW] - state.block[FOUND_US, block]


@inlined
def connect(fabric: Fabric, state: State, peer: int, block: int) -> None:
    """The peer takes the block and moves its head there if that has more work (first seen on ties)."""
    state.status[state.block[SLOT, block], peer] = HELD
    _count_holder(fabric, state, block)
    previous = state.peer[HEAD, peer]
    if not _more_work(state, block, previous):
        return
    if state.difficulty[block] != state.difficulty[previous]:
        use_hazard(state, peer)
        state.peer[HEAD, peer] = block
        if state.mining[HASH_RATE, peer] > 0.0:
            schedule(state, peer)
    else:
        state.peer[HEAD, peer] = block
    if state.peer[WATCH, peer] >= WATCH_HEAD:
        occur(state, OCC_HEAD, peer, block, previous)

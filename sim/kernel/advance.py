"""The event loop: run the network until something needs Python."""

from sim.kernel.blocks import append_block, connect, occur, release_slot, take_slot
from sim.kernel.heap import drop_first
from sim.kernel.jit import compiled, inlined
from sim.kernel.mining import redraw
from sim.kernel.relay import handle, spread, take_connect
from sim.kernel.state import (
    BLOCKS,
    CONNECT,
    CONNECTING,
    EVENTS,
    FIND_SEQUENCE,
    FIND_US,
    FREE_SLOTS,
    HEAD,
    HEAP_SIZE,
    KIND_BITS,
    MAX_PEERS,
    MAX_SLOTS,
    NEVER,
    NONE,
    NOW,
    OCC_FOUND,
    OCCURRENCES,
    PEER_BITS,
    SLOT_BITS,
    SLOT_PENDING,
    STEP_FOUND,
    STEP_GROW,
    STEP_MESSAGE,
    STEP_UNTIL,
    VALID,
    BlockSpec,
    Fabric,
    State,
)


@inlined
def _place_block(fabric: Fabric, state: State, parent: int, miner: int, spec: BlockSpec) -> int:
    block = append_block(state, parent, miner, spec)
    slot = take_slot(state, block)
    if state.block[VALID, block] == 1:
        connect(fabric, state, miner, block)
    spread(fabric, state, miner, slot)
    release_slot(state, slot)
    return block


@inlined
def _next_kind(state: State, until_us: int) -> int:
    """Which comes first: a block to connect, else by (time, sequence) a message, a find or the given time."""
    if state.scalar[CONNECTING] != NONE:
        return STEP_MESSAGE
    message_us, find_us, miner = NEVER, NEVER, state.winner[1]
    if state.scalar[HEAP_SIZE] > 0:
        message_us = state.heap[0, 0]
    if miner != NONE:
        find_us = state.peer[FIND_US, miner]
    if min(message_us, find_us) > until_us or min(message_us, find_us) == NEVER:
        return STEP_UNTIL
    if message_us == find_us:
        return STEP_MESSAGE if state.heap[0, 1] < state.peer[FIND_SEQUENCE, miner] else STEP_FOUND
    return STEP_MESSAGE if message_us < find_us else STEP_FOUND


@inlined
def _take_event(state: State) -> tuple[int, int, int, int]:
    """Kind, slot, sender and receiver of what comes first; time moves there."""
    if state.scalar[CONNECTING] != NONE:
        slot, peer = take_connect(state)
        return CONNECT, slot, peer, peer
    event = int(state.heap[0, 2])
    state.scalar[NOW] = state.heap[0, 0]
    drop_first(state)
    kind = event & ((1 << KIND_BITS) - 1)
    slot = (event >> KIND_BITS) & (MAX_SLOTS - 1)
    sender = (event >> (KIND_BITS + SLOT_BITS)) & (MAX_PEERS - 1)
    return kind, slot, sender, event >> (KIND_BITS + SLOT_BITS + PEER_BITS)


@inlined
def _take_message(fabric: Fabric, state: State) -> None:
    kind, slot, sender, receiver = _take_event(state)
    state.scalar[EVENTS] += 1
    handle(fabric, state, kind, slot, sender, receiver)
    state.slots[SLOT_PENDING, slot] -= 1
    release_slot(state, slot)


@compiled
def advance(
    fabric: Fabric, state: State, until_us: int, headroom: int, limit: int, automatic: BlockSpec
) -> int:
    """Run to `until_us`, that time included, or until an occurrence is noted or more memory is needed.

    With `limit` > 0 the kernel extends each finder's head by an `automatic` block itself, notes nothing, and
    stops when there are `limit` blocks in all.

    Returns:
        STEP_GROW: call again with a larger state. STEP_UNTIL: the time has come. STEP_FOUND or STEP_MESSAGE:
        a find or a message gave something to look at, or the limit has been reached.
    """
    while True:
        full = state.scalar[BLOCKS] == state.block.shape[1] or state.scalar[FREE_SLOTS] == 0
        if (full and limit > 0) or state.scalar[HEAP_SIZE] + headroom > len(state.heap):
            return STEP_GROW
        step = _next_kind(state, until_us)
        if step == STEP_UNTIL:
            if until_us < NEVER:
                state.scalar[NOW] = max(state.scalar[NOW], until_us)
            return step
        if step == STEP_MESSAGE:
            _take_message(fabric, state)
        else:
            miner = state.winner[1]
            state.scalar[NOW] = state.peer[FIND_US, miner]
            redraw(state, miner)
            if limit > 0:
                _place_block(fabric, state, state.peer[HEAD, miner], miner, automatic)
            else:
                occur(state, OCC_FOUND, miner, state.peer[HEAD, miner], NONE)
        if limit > 0:
            state.scalar[OCCURRENCES] = 0
        if (limit > 0 and state.scalar[BLOCKS] >= limit) or state.scalar[OCCURRENCES] > 0:
            return step


@compiled
def add_block(fabric: Fabric, state: State, parent: int, miner: int, spec: BlockSpec) -> int:
    """Add a block now, connect it at its miner if valid, and start to spread it; returns its index.

    The caller has made room for a block, a slot and the announcement.
    """
    return _place_block(fabric, state, parent, miner, spec)

"""The arrays of the gossip kernel: the fixed fabric, the changing state, and the numbers that index them.

Integers are int64, times microseconds. A *slot* is the working memory of one block that is still spreading;
it is given back when no message about the block is left, and then every peer has it.
"""

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Number = TypeVar("Number", bound=np.generic)

NEVER = 1 << 62
"""A time after every other, and the base of the two digits that cumulative work is kept in."""
NONE = -1

# Indices into State.scalar.
NOW, SEQUENCE, HEAP_SIZE, BLOCKS, FREE_SLOTS, OCCURRENCES, EVENTS, CONNECTING, SCALARS = range(9)

# Rows of State.peer and State.mining.
HEAD, WATCH, SINCE_US, FIND_US, FIND_SEQUENCE, UPLOADING = range(6)
UPLOADS, UPLOADS_LAST, ORPHANS, ORPHANS_LAST, CONNECTS, CONNECTS_LAST, PEER_ROWS = range(6, 13)
HASH_RATE, NEED, MINING_ROWS = range(3)

# Rows of State.block and State.slots.
PARENT, MINER, HEIGHT, FOUND_US, SIZE_BYTES, WORK_HIGH, WORK_LOW, VALID = range(8)
HOLDERS, SLOT, BLOCK_ROWS = range(8, 11)
SLOT_BLOCK, SLOT_PENDING, FREE_SLOT, SLOT_ROWS = range(4)

# Rows of Fabric.trait.
COMPACT_CAPABLE, CHURN, TRAITS = range(3)

# Kinds of events; the first six are messages and index State.messages. CONNECT does not pass through the heap.
INV, GETDATA, COMPACT, FULL, GETBLOCKTXN, BLOCKTXN, CONNECT, UPLOADED, KINDS = range(9)

# What a peer knows of a block that has a slot.
UNKNOWN, REQUESTED, LACKING, WAITING, HELD, REJECTED = range(6)

# Columns of an occurrence, and its kinds.
OCC_KIND, OCC_TIME, OCC_PEER, OCC_BLOCK, OCC_PREVIOUS, OCC_COLUMNS = range(6)
OCC_FOUND, OCC_HEAD, OCC_RECEIVED, OCC_UNTIL = range(4)
OCCURRENCE_LIMIT = 4

# What a step of the kernel came to.
STEP_MESSAGE, STEP_FOUND, STEP_UNTIL, STEP_GROW = range(4)

WATCH_HEAD, WATCH_RECEIVED = 1, 2
BROADCAST, FULL_RELAY, COMPACT_RELAY = range(3)

KIND_BITS, SLOT_BITS, PEER_BITS = 4, 19, 20
MAX_PEERS = 1 << PEER_BITS
MAX_SLOTS = 1 << SLOT_BITS


class Fabric(NamedTuple):
    """What does not change during a run. n peers, R regions, e links counted in both directions."""

    offsets: Ints  # (n + 1,) where each peer's neighbour list starts
    neighbours: Ints  # (e,)
    regions: Ints  # (n,)
    scale_us: Floats  # (R, R) a latency is scale * U^-exponent
    exponent: Floats  # (R, R)
    floor_us: Ints  # (R, R) no message is faster, overhead included
    bandwidth_bps: Ints  # (R, R)
    trait: Ints  # (TRAITS, n) COMPACT_CAPABLE and CHURN, 0 or 1
    failure: Floats  # (2,) probability that a compact block fails at a peer that stays, that churns
    missing_fraction: Floats  # (2, k) the part it lacks then: values
    missing_cumulative: Floats  # (2, k) and their cumulative probabilities
    ranks: Ints  # (q,) numbers of holders whose time is recorded
    mode: int
    overhead_us: int
    processing_us: int
    compact_bytes: int
    free_on_delivery: int


class BlockSpec(NamedTuple):
    """What a new block is besides its place; work = high * 2^62 + low, `difficulty` that of a child."""

    work_high: int
    work_low: int
    size_bytes: int
    difficulty: float
    valid: int


class State(NamedTuple):
    """What changes. n peers, b block places, s slots, q recorded quantiles; one row per field.

    What needs a word: SINCE_US: when NEED was last brought up to date. FIND_US: when the peer will find a
    block at its present rate. UPLOADS, ORPHANS, CONNECTS: first entries of the peer's queues, each with the
    last entry in the next row: blocks to upload, blocks whose parent the peer lacks, and blocks whose parent
    has just come; an entry is slot * n + receiver. CONNECTING: the one peer with CONNECTS, or NONE.
    SLOT_PENDING: events and queue entries that need the slot. FREE_SLOT: a stack.
    """

    scalar: Ints  # (SCALARS,)
    messages: Ints  # (6,) messages sent, by kind
    heap: Ints  # (capacity, 3) time, sequence, packed event
    occurrences: Ints  # (OCCURRENCE_LIMIT, OCC_COLUMNS)
    message_draws: Ints  # (n, 4) generator of each sender's messages
    mining_draws: Ints  # (n, 4) generator of each miner
    winner: Ints  # (2 x a power of two,) tournament tree of the earliest find
    peer: Ints  # (PEER_ROWS, n) see above
    mining: Floats  # (MINING_ROWS, n) HASH_RATE per second; NEED: hazard left until the next find
    block: Ints  # (BLOCK_ROWS, b) cumulative work is high * 2^62 + low
    difficulty: Floats  # (b,) expected hashes of a child
    coverage_us: Ints  # (b, q) time after the find at which ranks[k] peers had the block
    slots: Ints  # (SLOT_ROWS, s) see above
    announced_us: Ints  # (s, n) earliest inv on its way; NONE when the peer knows the block
    status: Bytes  # (s, n)
    following: Ints  # (s, n) next entry of the queue that an entry is in; it is in one at a time


def allocate(peers: int, quantiles: int) -> State:
    """Empty state: no block, no event, room for a few of each."""
    blocks, slots, leaves = 64, 4, 1 << max(peers - 1, 0).bit_length()
    peer = np.zeros((PEER_ROWS, peers), dtype=np.int64)
    peer[UPLOADS:] = NONE
    peer[FIND_US] = NEVER
    state = State(
        scalar=np.zeros(SCALARS, dtype=np.int64),
        messages=np.zeros(6, dtype=np.int64),
        heap=np.zeros((1024, 3), dtype=np.int64),
        occurrences=np.zeros((OCCURRENCE_LIMIT, OCC_COLUMNS), dtype=np.int64),
        message_draws=np.zeros((peers, 4), dtype=np.int64),
        mining_draws=np.zeros((peers, 4), dtype=np.int64),
        winner=np.full(2 * leaves, NONE, dtype=np.int64),
        peer=peer,
        mining=np.zeros((MINING_ROWS, peers)),
        block=np.zeros((BLOCK_ROWS, blocks), dtype=np.int64),
        difficulty=np.zeros(blocks),
        coverage_us=np.full((blocks, quantiles), NONE, dtype=np.int64),
        slots=np.zeros((SLOT_ROWS, slots), dtype=np.int64),
        announced_us=np.zeros((slots, peers), dtype=np.int64),
        status=np.zeros((slots, peers), dtype=np.uint8),
        following=np.zeros((slots, peers), dtype=np.int64),
    )
    state.slots[FREE_SLOT] = np.arange(slots)[::-1]
    state.scalar[FREE_SLOTS] = slots
    state.scalar[CONNECTING] = NONE
    return state


def _longer(array: NDArray[Number], length: int, axis: int = 0) -> NDArray[Number]:
    shape = list(array.shape)
    shape[axis] = length
    grown = np.zeros(shape, dtype=array.dtype)
    grown[tuple(slice(size) for size in array.shape)] = array
    return grown


def grow_heap(state: State, headroom: int) -> State:
    """Room for twice as many events, and for `headroom` more."""
    return state._replace(heap=_longer(state.heap, 2 * len(state.heap) + headroom))


def grow_blocks(state: State) -> State:
    """Room for twice as many blocks."""
    length = 2 * len(state.difficulty)
    return state._replace(
        block=_longer(state.block, length, axis=1),
        difficulty=_longer(state.difficulty, length),
        coverage_us=_longer(state.coverage_us, length),
    )


def grow_slots(state: State) -> State:
    """Twice as many slots; the new ones are free.

    Raises:
        MemoryError: more blocks are spreading at once than an event can number.
    """
    slots = len(state.status)
    if 2 * slots > MAX_SLOTS:
        raise MemoryError(f"{slots} blocks are spreading at once, expected fewer than {MAX_SLOTS}")
    state = state._replace(
        slots=_longer(state.slots, 2 * slots, axis=1),
        announced_us=_longer(state.announced_us, 2 * slots),
        status=_longer(state.status, 2 * slots),
        following=_longer(state.following, 2 * slots),
    )
    free = int(state.scalar[FREE_SLOTS])
    state.slots[FREE_SLOT, free : free + slots] = np.arange(2 * slots - 1, slots - 1, -1)
    state.scalar[FREE_SLOTS] = free + slots
    return state

"""Event queue: a four-way heap of (time, sequence, packed event), earliest first, then first inserted."""

import numpy as np

from sim.kernel.jit import inlined
from sim.kernel.state import (
    HEAP_SIZE,
    KIND_BITS,
    PEER_BITS,
    SEQUENCE,
    SLOT_BITS,
    SLOT_PENDING,
    State,
)


@inlined
def push(state: State, time_us: int, kind: int, slot: int, sender: int, receiver: int) -> None:
    """Queue an event and count it as pending for its slot; the caller has made sure of room."""
    heap = state.heap
    sequence = state.scalar[SEQUENCE]
    state.scalar[SEQUENCE] = sequence + 1
    state.slots[SLOT_PENDING, slot] += 1
    hole = state.scalar[HEAP_SIZE]
    state.scalar[HEAP_SIZE] = hole + 1
    while hole > 0:
        above = (hole - 1) >> 2
        if heap[above, 0] <= time_us:
            break
        heap[hole, 0] = heap[above, 0]
        heap[hole, 1] = heap[above, 1]
        heap[hole, 2] = heap[above, 2]
        hole = above
    heap[hole, 0] = time_us
    heap[hole, 1] = sequence
    heap[hole, 2] = (
        kind
        | (np.int64(slot) << KIND_BITS)
        | (np.int64(sender) << (KIND_BITS + SLOT_BITS))
        | (np.int64(receiver) << (KIND_BITS + SLOT_BITS + PEER_BITS))
    )


@inlined
def drop_first(state: State) -> None:
    """Remove the earliest event."""
    heap = state.heap
    size = state.scalar[HEAP_SIZE] - 1
    state.scalar[HEAP_SIZE] = size
    time_us, sequence, event = heap[size, 0], heap[size, 1], heap[size, 2]
    hole = 0
    while True:
        child = 4 * hole + 1
        if child >= size:
            break
        best = child
        for other in range(child + 1, min(child + 4, size)):
            if heap[other, 0] < heap[best, 0] or (
                heap[other, 0] == heap[best, 0] and heap[other, 1] < heap[best, 1]
            ):
                best = other
        if heap[best, 0] > time_us or (heap[best, 0] == time_us and heap[best, 1] > sequence):
            break
        heap[hole, 0] = heap[best, 0]
        heap[hole, 1] = heap[best, 1]
        heap[hole, 2] = heap[best, 2]
        hole = best
    heap[hole, 0] = time_us
    heap[hole, 1] = sequence
    heap[hole, 2] = event

"""Messages: inv, getdata, the three kinds of upload, and what a peer does with a block that arrives.

The rules are SimBlock's (`Node.receiveMessage`, `Node.sendNextBlockMessage`): a peer asks the first that
offers a block it neither has nor is fetching, uploads go one at a time in the order asked, and a block is
offered to every neighbour once it is connected. An inv that cannot have an effect, because its receiver knows
the block or another inv reaches it first, is counted as sent but not queued: the outcome is the same, the
queue much shorter.
"""

import math

from sim.kernel.blocks import connect, holds, occur
from sim.kernel.draws import uniform
from sim.kernel.heap import push
from sim.kernel.jit import inlined
from sim.kernel.state import (
    BLOCKTXN,
    BROADCAST,
    CHURN,
    COMPACT,
    COMPACT_CAPABLE,
    COMPACT_RELAY,
    CONNECT,
    FIRST_CHILD,
    FULL,
    GETBLOCKTXN,
    GETDATA,
    INV,
    LACKING,
    NEXT_SIBLING,
    NONE,
    NOW,
    OCC_RECEIVED,
    PARENT,
    QUEUE_FIRST,
    QUEUE_LAST,
    REJECTED,
    REQUESTED,
    SIZE_BYTES,
    SLOT,
    SLOT_BLOCK,
    SLOT_PENDING,
    UNKNOWN,
    UPLOADED,
    UPLOADING,
    VALID,
    WAITING,
    WATCH,
    WATCH_RECEIVED,
    Fabric,
    State,
)


@inlined
def arrival_us(fabric: Fabric, state: State, sender: int, receiver: int) -> int:
    """When a message sent now arrives: overhead and a fresh latency from the sender's stream."""
    here, there = fabric.regions[sender], fabric.regions[receiver]
    delay = fabric.scale_us[here, there]
    if fabric.exponent[here, there] > 0.0:
        delay *= math.exp(-fabric.exponent[here, there] * math.log(uniform(state.message_draws, sender)))
    return int(state.scalar[NOW]) + fabric.overhead_us + int(delay + 0.5)


@inlined
def announce(fabric: Fabric, state: State, sender: int, slot: int) -> None:
    """Send an inv to every neighbour."""
    now = state.scalar[NOW]
    here = fabric.regions[sender]
    first, last = fabric.offsets[sender], fabric.offsets[sender + 1]
    state.messages[INV] += last - first
    for link in range(first, last):
        receiver = fabric.neighbours[link]
        if now + fabric.floor_us[here, fabric.regions[receiver]] < state.announced_us[slot, receiver]:
            arrival = arrival_us(fabric, state, sender, receiver)
            if arrival < state.announced_us[slot, receiver]:
                state.announced_us[slot, receiver] = arrival
                push(state, arrival, INV, slot, sender, receiver)


@inlined
def broadcast(fabric: Fabric, state: State, sender: int, slot: int) -> None:
    """Deliver a block to every other peer after one latency."""
    for receiver in range(state.peer.shape[1]):
        if receiver != sender:
            state.messages[FULL] += 1
            push(state, arrival_us(fabric, state, sender, receiver), FULL, slot, sender, receiver)


@inlined
def spread(fabric: Fabric, state: State, sender: int, slot: int) -> None:
    """Offer a block that the peer has just found."""
    state.announced_us[slot, sender] = NONE
    if fabric.mode == BROADCAST:
        broadcast(fabric, state, sender, slot)
    else:
        announce(fabric, state, sender, slot)


@inlined
def request(fabric: Fabric, state: State, peer: int, source: int, slot: int) -> None:
    """An inv has come: ask its sender for the block if it is news."""
    if state.status[slot, peer] == UNKNOWN:
        state.status[slot, peer] = REQUESTED
        state.announced_us[slot, peer] = NONE
        state.messages[GETDATA] += 1
        push(state, arrival_us(fabric, state, peer, source), GETDATA, slot, peer, source)


@inlined
def _missing_bytes(fabric: Fabric, state: State, sender: int, receiver: int, size_bytes: int) -> int:
    """Size of the part of a block that a failed compact block lacked."""
    law = fabric.trait[CHURN, receiver]
    drawn = uniform(state.message_draws, sender)
    k = 0
    while drawn >= fabric.missing_cumulative[law, k]:
        k += 1
    return int(size_bytes * fabric.missing_fraction[law, k])


@inlined
def _upload_next(fabric: Fabric, state: State, peer: int) -> None:
    """Start the upload that has waited longest at the peer, or leave the peer idle."""
    peers = state.peer.shape[1]
    entry = state.peer[QUEUE_FIRST, peer]
    if entry == NONE:
        state.peer[UPLOADING, peer] = 0
        return
    slot, receiver = entry // peers, entry % peers
    state.peer[QUEUE_FIRST, peer] = state.next_upload[slot, receiver]
    state.peer[UPLOADING, peer] = 1
    kind, size_bytes = FULL, state.block[SIZE_BYTES, state.slots[SLOT_BLOCK, slot]]
    if state.status[slot, receiver] == LACKING:
        kind, size_bytes = BLOCKTXN, _missing_bytes(fabric, state, peer, receiver, size_bytes)
    elif (
        fabric.mode == COMPACT_RELAY
        and fabric.trait[COMPACT_CAPABLE, peer] == 1
        and fabric.trait[COMPACT_CAPABLE, receiver] == 1
    ):
        kind, size_bytes = COMPACT, min(fabric.compact_bytes, size_bytes)
    bandwidth_bps = fabric.bandwidth_bps[fabric.regions[peer], fabric.regions[receiver]]
    busy_us = size_bytes * 8_000_000 // bandwidth_bps + fabric.processing_us
    state.messages[kind] += 1
    state.slots[SLOT_PENDING, slot] -= 1
    push(state, arrival_us(fabric, state, peer, receiver) + busy_us, kind, slot, peer, receiver)
    if fabric.free_on_delivery == 0:
        push(state, state.scalar[NOW] + busy_us, UPLOADED, slot, peer, receiver)


@inlined
def _enqueue_upload(fabric: Fabric, state: State, peer: int, receiver: int, slot: int) -> None:
    entry = slot * state.peer.shape[1] + receiver
    state.next_upload[slot, receiver] = NONE
    state.slots[SLOT_PENDING, slot] += 1
    if state.peer[QUEUE_FIRST, peer] == NONE:
        state.peer[QUEUE_FIRST, peer] = entry
    else:
        last = state.peer[QUEUE_LAST, peer]
        state.next_upload[last // state.peer.shape[1], last % state.peer.shape[1]] = entry
    state.peer[QUEUE_LAST, peer] = entry


@inlined
def _push_waiting(state: State, peer: int, child: int) -> None:
    """Queue the first block of this chain of siblings that waits at the peer."""
    while child != NONE:
        slot = state.block[SLOT, child]
        if slot != NONE and state.status[slot, peer] == WAITING:
            push(state, state.scalar[NOW], CONNECT, slot, peer, peer)
            return
        child = state.block[NEXT_SIBLING, child]


@inlined
def adopt(fabric: Fabric, state: State, peer: int, slot: int) -> None:
    """Connect a block whose parent the peer has, relay it, and wake a child that came too early."""
    block = state.slots[SLOT_BLOCK, slot]
    connect(fabric, state, peer, block)
    if fabric.mode != BROADCAST:
        announce(fabric, state, peer, slot)
    _push_waiting(state, peer, state.block[FIRST_CHILD, block])


@inlined
def _consider(fabric: Fabric, state: State, peer: int, slot: int) -> int:
    """A whole block is here; returns 1 if the peer is to adopt it now."""
    block = state.slots[SLOT_BLOCK, slot]
    if state.peer[WATCH, peer] >= WATCH_RECEIVED:
        occur(state, OCC_RECEIVED, peer, block, NONE)
    if state.block[VALID, block] == 0:
        state.status[slot, peer] = REJECTED
        return 0
    if not holds(state, peer, state.block[PARENT, block]):
        state.status[slot, peer] = WAITING
        state.slots[SLOT_PENDING, slot] += 1
        return 0
    return 1


@inlined
def handle(fabric: Fabric, state: State, kind: int, slot: int, sender: int, receiver: int) -> None:
    """Carry out an event. Each branch queues at most one announcement and two more events."""
    free_sender, adopting = 0, 0
    if kind == INV:
        request(fabric, state, receiver, sender, slot)
    elif kind in (GETDATA, GETBLOCKTXN):
        _enqueue_upload(fabric, state, receiver, sender, slot)
        if state.peer[UPLOADING, receiver] == 0:
            free_sender, sender = 1, receiver
    elif kind == UPLOADED:
        free_sender = 1
    elif kind == CONNECT:
        state.slots[SLOT_PENDING, slot] -= 1
        _push_waiting(state, receiver, state.block[NEXT_SIBLING, state.slots[SLOT_BLOCK, slot]])
        adopting = 1
    else:
        free_sender = fabric.free_on_delivery
        if (
            kind == COMPACT
            and uniform(state.message_draws, receiver) < fabric.failure[fabric.trait[CHURN, receiver]]
        ):
            state.status[slot, receiver] = LACKING
            state.messages[GETBLOCKTXN] += 1
            arrival = arrival_us(fabric, state, receiver, sender)
            push(state, arrival, GETBLOCKTXN, slot, receiver, sender)
        else:
            adopting = _consider(fabric, state, receiver, slot)
    if free_sender == 1:
        _upload_next(fabric, state, sender)
    if adopting == 1:
        adopt(fabric, state, receiver, slot)

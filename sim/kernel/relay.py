"""Messages: inv, getdata, the three kinds of upload, and what a peer does with a block that arrives.

The rules are SimBlock's (`Node.receiveMessage`, `Node.sendNextBlockMessage`): a peer asks the first that
offers a block it neither has nor is fetching, uploads go one at a time in the order asked, and a block is
offered to every neighbour once it is connected. An inv that cannot have an effect, because its receiver knows
the block or another inv reaches it first, is counted as sent but not queued: the outcome is the same, the
queue much shorter.

Orphans connect in the order of `consensus.blocktree.BlockTree.add`, so that first seen means the same in both.
When a block connects, the blocks that waited for it at that peer join the end of the peer's queue of blocks
to connect, in the order in which the peer received them. The queue is worked off from the front, at the same
time and before anything else, so all waiting children connect before any grandchild. The one difference: a
peer keeps every orphan, an `OrphanPool` only its capacity.
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
    CONNECTING,
    CONNECTS,
    FULL,
    GETBLOCKTXN,
    GETDATA,
    INV,
    LACKING,
    NONE,
    NOW,
    OCC_RECEIVED,
    ORPHANS,
    PARENT,
    REJECTED,
    REQUESTED,
    SIZE_BYTES,
    SLOT_BLOCK,
    SLOT_PENDING,
    UNKNOWN,
    UPLOADED,
    UPLOADING,
    UPLOADS,
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
def _add_entry(state: State, queue: int, peer: int, slot: int, receiver: int) -> None:
    """Put a block for a receiver at the end of one of the peer's queues."""
    entry = slot * state.peer.shape[1] + receiver
    state.following[slot, receiver] = NONE
    if state.peer[queue, peer] == NONE:
        state.peer[queue, peer] = entry
    else:
        last = state.peer[queue + 1, peer]
        state.following[last // state.peer.shape[1], last % state.peer.shape[1]] = entry
    state.peer[queue + 1, peer] = entry


@inlined
def _take_entry(state: State, queue: int, peer: int) -> tuple[int, int]:
    """Slot and receiver of the first entry of a queue that is not empty."""
    entry = int(state.peer[queue, peer])
    slot, receiver = entry // state.peer.shape[1], entry % state.peer.shape[1]
    state.peer[queue, peer] = state.following[slot, receiver]
    return slot, receiver


@inlined
def _upload_next(fabric: Fabric, state: State, peer: int) -> None:
    """Start the upload that has waited longest at the peer, or leave the peer idle."""
    if state.peer[UPLOADS, peer] == NONE:
        state.peer[UPLOADING, peer] = 0
        return
    slot, receiver = _take_entry(state, UPLOADS, peer)
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
def _wake_orphans(state: State, peer: int, parent: int) -> None:
    """Move the blocks that waited at the peer for this parent to those to connect, in the order they came."""
    peers = state.peer.shape[1]
    entry = state.peer[ORPHANS, peer]
    state.peer[ORPHANS, peer] = NONE
    while entry != NONE:
        slot = entry // peers
        entry = state.following[slot, peer]
        if state.block[PARENT, state.slots[SLOT_BLOCK, slot]] == parent:
            _add_entry(state, CONNECTS, peer, slot, peer)
            state.scalar[CONNECTING] = peer
        else:
            _add_entry(state, ORPHANS, peer, slot, peer)


@inlined
def take_connect(state: State) -> tuple[int, int]:
    """The slot and the peer of the block to connect now; the caller has made sure that there is one."""
    slot, peer = _take_entry(state, CONNECTS, state.scalar[CONNECTING])
    if state.peer[CONNECTS, peer] == NONE:
        state.scalar[CONNECTING] = NONE
    return slot, peer


@inlined
def adopt(fabric: Fabric, state: State, peer: int, slot: int) -> None:
    """Connect a block whose parent the peer has, relay it, and wake the children that came too early."""
    block = state.slots[SLOT_BLOCK, slot]
    connect(fabric, state, peer, block)
    if fabric.mode != BROADCAST:
        announce(fabric, state, peer, slot)
    _wake_orphans(state, peer, block)


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
        _add_entry(state, ORPHANS, peer, slot, peer)
        return 0
    return 1


@inlined
def handle(fabric: Fabric, state: State, kind: int, slot: int, sender: int, receiver: int) -> None:
    """Carry out an event. Each branch queues at most one announcement and two more events."""
    free_sender, adopting = 0, 0
    if kind == INV:
        request(fabric, state, receiver, sender, slot)
    elif kind in (GETDATA, GETBLOCKTXN):
        state.slots[SLOT_PENDING, slot] += 1
        _add_entry(state, UPLOADS, receiver, slot, sender)
        if state.peer[UPLOADING, receiver] == 0:
            free_sender, sender = 1, receiver
    elif kind == UPLOADED:
        free_sender = 1
    elif kind == CONNECT:
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

"""The mining race: an exact memoryless process under hash rates and difficulties that change at any time.

Each miner carries an Exp(1) amount of hazard from its own stream and uses it up at hash_rate / difficulty,
the difficulty being that of a child of its head. The amount is redrawn only after a find, so a change of rate
or head never touches the random numbers. The earliest find is kept in a tournament tree: finds do not go
through the event heap, where outdated ones would pile up.
"""

from sim.kernel.draws import exponential
from sim.kernel.jit import compiled, inlined
from sim.kernel.state import (
    FIND_SEQUENCE,
    FIND_US,
    HASH_RATE,
    HEAD,
    NEED,
    NEVER,
    NONE,
    NOW,
    SEQUENCE,
    SINCE_US,
    State,
)

US_PER_S = 1_000_000.0


@inlined
def _earlier(state: State, a: int, b: int) -> int:
    """Of two miners (or NONE) the one whose find comes first; on equal times the one scheduled first."""
    if a == NONE:
        return b
    if b == NONE or state.peer[FIND_US, a] < state.peer[FIND_US, b]:
        return a
    if (
        state.peer[FIND_US, a] == state.peer[FIND_US, b]
        and state.peer[FIND_SEQUENCE, a] < state.peer[FIND_SEQUENCE, b]
    ):
        return a
    return b


@inlined
def _rate_per_us(state: State, peer: int) -> float:
    return float(state.mining[HASH_RATE, peer] / (state.difficulty[state.peer[HEAD, peer]] * US_PER_S))


@inlined
def use_hazard(state: State, peer: int) -> None:
    """Bring a miner's hazard up to now; call before its rate, head or difficulty changes."""
    now = state.scalar[NOW]
    if state.mining[HASH_RATE, peer] > 0.0:
        left = state.mining[NEED, peer] - (now - state.peer[SINCE_US, peer]) * _rate_per_us(state, peer)
        state.mining[NEED, peer] = max(left, 0.0)
    state.peer[SINCE_US, peer] = now


@inlined
def schedule(state: State, peer: int) -> None:
    """Set a miner's find time from its hazard and present rate, and replay its matches in the tournament."""
    find = NEVER
    if state.mining[HASH_RATE, peer] > 0.0:
        delay = state.mining[NEED, peer] / _rate_per_us(state, peer)
        if delay < 1e18:
            find = state.scalar[NOW] + int(delay + 0.5)
    state.peer[FIND_US, peer] = find
    state.peer[FIND_SEQUENCE, peer] = state.scalar[SEQUENCE]
    state.scalar[SEQUENCE] += 1
    node = len(state.winner) // 2 + peer
    state.winner[node] = peer
    while node > 1:
        node >>= 1
        state.winner[node] = _earlier(state, state.winner[2 * node], state.winner[2 * node + 1])


@inlined
def redraw(state: State, peer: int) -> None:
    """After a find: a fresh amount of hazard from the miner's own stream."""
    state.mining[NEED, peer] = exponential(state.mining_draws, peer)
    state.peer[SINCE_US, peer] = state.scalar[NOW]
    schedule(state, peer)


@compiled
def set_hash_rate(state: State, peer: int, hashes_per_s: float) -> None:
    """Change a miner's rate now; 0 stops it and keeps what it has left."""
    use_hazard(state, peer)
    state.mining[HASH_RATE, peer] = hashes_per_s
    schedule(state, peer)


@compiled
def start_miners(state: State) -> None:
    """The first draw of every miner."""
    for peer in range(state.peer.shape[1]):
        redraw(state, peer)

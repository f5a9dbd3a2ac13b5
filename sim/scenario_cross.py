"""The checks that need more than one table of a scenario: all of them, in one place."""

from collections.abc import Collection, Iterator

from chain.params import SHARECOIN
from sim.scenario_errors import Problem, Word
from sim.settings import ChainSettings, MiningSettings, NetworkSettings, RunSettings
from sim.units import BYTES, DURATION, HASH_RATE

MAX_SEARCHED_HASHES = 2**24
"""Most expected hashes a block may take where nonces are really searched: about ten seconds with hashlib."""
MAX_FEE = SHARECOIN
"""Most base units a transaction may be made to pay: a whole order of service costs less than this."""
LEAST_APP_BLOCK_BYTES = 4_000
"""Least room of a block for applications: about 250 bytes of its own, and a dozen transactions of up to 300."""
_MIN_HASHES = 2
_LONGEST_RUN_MS = 2**62 // 1_000
_MS_PER_S = 1_000


def cross_problems(
    run: RunSettings,
    chain: ChainSettings,
    network: NetworkSettings,
    mining: MiningSettings,
    apps: Collection[str],
    app_tables: Collection[str],
) -> Iterator[Problem]:
    """Everything about a scenario's tables that does not fit together."""
    yield from _stop_rule(run, chain)
    yield from _miners(mining, network.peers)
    yield from _difficulty(chain, mining)
    yield from _fees(chain)
    yield from _room(chain, apps)
    if set(apps) != set(app_tables):
        yield Problem("apps", Word(f"settings of {sorted(app_tables)}"), f"settings of {sorted(apps)}")


def _stop_rule(run: RunSettings, chain: ChainSettings) -> Iterator[Problem]:
    if run.blocks is None and run.time is None:
        yield Problem("run", Word("no stop rule"), "blocks = <height>, time = <duration>, or both")
    elif run.time is None and run.blocks is not None and run.blocks * chain.interval > _LONGEST_RUN_MS:
        allowed = f"at most {_LONGEST_RUN_MS // chain.interval} blocks of {DURATION.format(chain.interval)}"
        yield Problem("run.blocks", run.blocks, f"{allowed} (the clock counts microseconds in 63 bits)")


def _fees(chain: ChainSettings) -> Iterator[Problem]:
    most = f"at most {MAX_FEE} base units, which are one Sharecoin: more outweighs what it pays for"
    dear = [name for name in ("fee", "min_fee") if getattr(chain, name) > MAX_FEE]
    for name in dear:
        yield Problem(f"chain.{name}", getattr(chain, name), most)
    if not dear and chain.fee < chain.min_fee:
        yield Problem("chain.fee", chain.fee, f"at least chain.min_fee = {chain.min_fee}")


def _room(chain: ChainSettings, apps: Collection[str]) -> Iterator[Problem]:
    if apps and chain.max_block < LEAST_APP_BLOCK_BYTES:
        allowed = (
            f"at least {BYTES.format(LEAST_APP_BLOCK_BYTES)} where the chain hosts applications: header and "
            "coinbase take about 250 bytes, a transaction up to 300, and a dozen must fit"
        )
        yield Problem("chain.max_block", Word(BYTES.format(chain.max_block)), allowed)


def _miners(mining: MiningSettings, peers: int) -> Iterator[Problem]:
    if mining.miners > peers:
        allowed = f"at most network.peers = {peers}: each dedicated miner has a peer of its own"
        yield Problem("mining.miners", mining.miners, allowed)
    if not isinstance(mining.shares, str) and len(mining.shares) != mining.miners:
        got = Word(f"{len(mining.shares)} shares")
        yield Problem("mining.shares", got, f"one for each of mining.miners = {mining.miners}")


def _difficulty(chain: ChainSettings, mining: MiningSettings) -> Iterator[Problem]:
    hashes = mining.hash_rate * chain.interval / _MS_PER_S
    rate, interval = HASH_RATE.format(mining.hash_rate), DURATION.format(chain.interval)
    product = f"{rate} for {interval} make {hashes:.4g} hashes a block"
    if hashes < _MIN_HASHES:
        yield Problem(
            "mining.hash_rate", Word(product), f"at least {_MIN_HASHES} hashes: no target is easier"
        )
    if chain.proof == "sha256d" and hashes > MAX_SEARCHED_HASHES:
        allowed = (
            f"at most {MAX_SEARCHED_HASHES} hashes (2**24), because every nonce is really searched: lower "
            "mining.hash_rate or chain.interval, or use the simulated proof"
        )
        yield Problem("chain.proof", Word(f"sha256d where {product}"), allowed)

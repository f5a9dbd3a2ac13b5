"""What a finished run amounts to: the best chain, its events, the summary and the tables."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from apps.kit import Json, MainBlock, Miner, Outcome, PlacedEvent
from chain.accounts import supply_of
from sim.chain_rows import ExecutedBlock, Row
from sim.chain_rows import event_rows as chain_event_rows
from sim.ledger import SharedLedger
from sim.network import Network
from sim.simulation import Simulation

if TYPE_CHECKING:
    from numpy.typing import NDArray

US_PER_S = 1_000_000


def outcome_of(simulation: Simulation) -> Outcome:
    """The run as an application's kit sees it."""
    ledger = simulation.ledger
    names = {account: host.participant.name for account, host in simulation.world.by_account().items()}
    chain = ledger.best_chain()
    blocks = [_main_block(ledger, index, names) for index in chain]
    return Outcome(
        accounts={name: account for account, name in names.items()},
        blocks=blocks,
        events=list(_events(ledger, chain)),
        measures=simulation.measures,
        miners=_miners(simulation, names),
        view=ledger.view(ledger.tip),
    )


def summary_of(simulation: Simulation, wall_s: float) -> dict[str, Json]:
    """The part of `summary.json` that every run has."""
    ledger, network = simulation.ledger, simulation.world.network
    scenario, chain = simulation.world.scenario, ledger.best_chain()
    tip = ledger.blocks[ledger.tip]
    mined = len(ledger.blocks) - 1
    state = ledger.state(ledger.tip)
    roles = {host.participant.name: host.participant.role for host in simulation.world.hosts}
    return {
        "scenario": scenario.name,
        "seed": scenario.seed,
        "simulated_s": simulation.ended_us / US_PER_S,
        "wall_s": round(wall_s, 3),
        "chain": {
            "height": len(chain),
            "blocks_mined": mined,
            "stale_rate": 1 - len(chain) / mined if mined else 0.0,
            "target_interval_s": scenario.chain.interval / 1_000,
            "mean_interval_s": tip.block.header.time_ms / 1_000 / len(chain) if chain else None,
            "head": tip.block.id.hex(),
            "state_root": state.root.hex(),
            "transactions": sum(len(ledger.blocks[index].block.transactions) for index in chain),
            "supply": supply_of(state),
        },
        "network": {
            "peers": network.peers,
            "links": simulation.world.graph.links,
            "messages": sum(network.messages.values()),
            "propagation_p50_s": _mean(network.propagation_quantile_s(0.5)),
            "propagation_p90_s": _mean(network.propagation_quantile_s(0.9)),
            "propagation": list(_propagation(network)),
        },
        "mining": [
            {
                "name": name,
                "role": roles[name],
                "hash_share": miner.hash_share,
                "mining_fraction": miner.mining_fraction,
                "blocks_found": miner.blocks_found,
                "blocks_won": won,
            }
            for name, miner, won in _mining_rows(simulation)
        ],
    }


def block_rows(simulation: Simulation) -> Iterator[Row]:
    """One row for each block found, stale ones too, in the order they were found."""
    ledger, network = simulation.ledger, simulation.world.network
    names = {account: host.participant.name for account, host in simulation.world.by_account().items()}
    main = {0, *ledger.best_chain()}
    p50, p90 = network.propagation_quantile_s(0.5), network.propagation_quantile_s(0.9)
    for index, entry in enumerate(ledger.blocks):
        header = entry.block.header
        yield {
            "number": index,
            "id": header.id.hex(),
            "parent": header.previous.hex(),
            "height": header.height,
            "miner": names.get(entry.block.coinbase.miner, ""),
            "time_ms": header.time_ms,
            "found_s": entry.found_us / US_PER_S,
            "difficulty": entry.difficulty,
            "reward": entry.block.coinbase.reward,
            "transactions": len(entry.block.transactions),
            "size_bytes": entry.size,
            "stale": index not in main,
            "propagation_p50_s": float(p50[index]),
            "propagation_p90_s": float(p90[index]),
        }


def transaction_rows(simulation: Simulation) -> Iterator[Row]:
    """One row for each submitted transaction, in the order of submission."""
    placed = _placements(simulation.ledger)
    for identifier, entry in simulation.submitted.items():
        transaction, place = entry.transaction, placed.get(identifier)
        found_us, height, failure = place if place is not None else (None, None, None)
        status = "pending" if place is None else "confirmed" if failure is None else "failed"
        yield {
            "id": identifier.hex(),
            "sender": entry.host.participant.name,
            "nonce": transaction.nonce,
            "app": transaction.app,
            "action": transaction.action,
            "fee": transaction.fee,
            "submitted_s": entry.time_us / US_PER_S,
            "status": "rejected" if entry.refusal is not None else status,
            "height": height,
            "found_s": None if found_us is None else found_us / US_PER_S,
            "error": str(entry.refusal) if entry.refusal is not None else failure,
        }


def event_rows(simulation: Simulation) -> dict[str, list[Row]]:
    """The events of the best chain, one list of rows for each type (`lease.LeaseOpened`), empty types left out."""
    ledger = simulation.ledger
    entries = (ledger.blocks[index] for index in ledger.best_chain())
    chain = (ExecutedBlock(entry.block, entry.found_us, entry.receipts) for entry in entries)
    return chain_event_rows(ledger.spec.registry, chain)


def metric_rows(simulation: Simulation) -> Iterator[Row]:
    """One row for each number an agent reported."""
    for placed in simulation.measures:
        measure = placed.measure
        yield {
            "time_s": placed.time_ms / 1_000,
            "participant": placed.participant,
            "name": measure.name,
            "key": measure.key,
            "value": measure.value,
        }


def _main_block(ledger: SharedLedger, index: int, names: Mapping[bytes, str]) -> MainBlock:
    block = ledger.blocks[index].block
    miner = names.get(block.coinbase.miner, block.coinbase.miner.hex())
    return MainBlock(block.header.height, block.header.time_ms, miner, block.coinbase.reward)


def _events(ledger: SharedLedger, chain: list[int]) -> Iterator[PlacedEvent]:
    for index in chain:
        height = ledger.blocks[index].block.header.height
        for app, event in ledger.seen(index).events:
            yield PlacedEvent(height, app, event)


def _miners(simulation: Simulation, names: Mapping[bytes, str]) -> dict[str, Miner]:
    ended_us = simulation.ended_us
    rates = {h.participant.name: h.participant.hash_rate for h in simulation.world.hosts}
    mined_us = {name: log.integral_us(ended_us) for name, log in simulation.mining.items()}
    hashes = {name: rates[name] * fraction_us for name, fraction_us in mined_us.items()}
    total = sum(hashes.values()) or 1.0
    found: dict[str, int] = {}
    for entry in simulation.ledger.blocks[1:]:
        name = names[entry.block.coinbase.miner]
        found[name] = found.get(name, 0) + 1
    span = ended_us or 1
    return {
        name: Miner(mined_us[name] / span, hashes[name] / total, found.get(name, 0))
        for name in simulation.mining
    }


def _mining_rows(simulation: Simulation) -> Iterator[tuple[str, Miner, int]]:
    outcome = outcome_of(simulation)
    won: dict[str, int] = {}
    for block in outcome.blocks:
        won[block.miner] = won.get(block.miner, 0) + 1
    for name, miner in outcome.miners.items():
        yield name, miner, won.get(name, 0)


def _placements(ledger: SharedLedger) -> dict[bytes, tuple[int, int, str | None]]:
    """(time found, height, failure) of each transaction of the best chain."""
    placed: dict[bytes, tuple[int, int, str | None]] = {}
    for index in ledger.best_chain():
        entry = ledger.blocks[index]
        for transaction, receipt in ledger.receipts_of(index):
            failure = None if receipt.failure is None else receipt.failure.message
            placed[transaction.id] = (entry.found_us, entry.block.header.height, failure)
    return placed


def _propagation(network: Network) -> Iterator[Mapping[str, Json]]:
    """For each share of the peers, the time until that many have a block: mean, 10 % and 90 % quantile."""
    for share in network.quantiles:
        times_s = network.propagation_quantile_s(share)[1:]
        times_s = times_s[~np.isnan(times_s)]
        if len(times_s):
            p10_s, p90_s = np.quantile(times_s, [0.1, 0.9])
            yield {
                "share": share,
                "mean_s": float(times_s.mean()),
                "p10_s": float(p10_s),
                "p90_s": float(p90_s),
            }


def _mean(times_s: "NDArray[np.float64]") -> float | None:
    """Mean over the blocks, genesis aside, that reached the quantile."""
    reached = times_s[1:][~np.isnan(times_s[1:])]
    return float(reached.mean()) if len(reached) else None

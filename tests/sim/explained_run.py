"""A run to explain: a market, an acquisition and the bank on one small chain, with a stale block beside it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from apps.admm.actions import AdmitOperators, OpenAcquisition, StartRounds, SubmitBandwidth, Terms
from apps.admm.app import Admm
from apps.admm.scientific import Scientific
from apps.lease.actions import ListSpectrum, OpenLease, PostOffer, WithdrawOffer
from apps.lease.app import Lease
from chain.app import App
from chain.bank import Transfer
from chain.block import Block
from chain.genesis import found_chain, make_genesis
from chain.hashing import sha256
from chain.keys import SigningKey
from chain.params import ChainParams, DifficultyParams, RewardParams
from chain.records import Action
from chain.registry import Registry
from chain.transaction import Transaction, check_signature, sign
from chain.trie import Trie
from consensus.proof import scheme_for
from consensus.template import build_block
from sim.chain_rows import transaction_rows
from sim.recovery import executed, recover
from sim.run_folder import LEDGER, RunFolder, RunStatus
from tests.sim.small_ledger import STORAGE

FEE = 10
INTERVAL_MS = 60_000
TERMS = Terms(100_000_000, Scientific(1, 0), 1_000_000, 1_000, 6, 100, 0)
KEYS = {
    name: SigningKey.from_seed(sha256(name.encode()))
    for name in ("owner", "mvno", "anna", "max", "mia", "miner")
}
NAMES = {name: key.public for name, key in KEYS.items() if name != "mia"}
"""Mia takes part, but the run's folder does not know her."""


@dataclass
class Explained:
    """The folder of the run, and what is in it."""

    folder: Path
    sent: dict[str, Transaction] = field(default_factory=dict)
    """Everything signed, by a label."""
    blocks: dict[str, Block] = field(default_factory=dict)
    """`1`, `2`, `3` of the best chain, and `stale` at height 2."""

    def id(self, label: str) -> str:
        """A transaction's id as hex."""
        return self.sent[label].id.hex()


class RunInTheMaking:
    """A chain that grows; every block that is added goes into the run's ledger."""

    def __init__(self, folder: Path, *apps: App) -> None:
        registry = Registry(apps)
        params = ChainParams(
            "explained", difficulty=DifficultyParams(target_interval_ms=INTERVAL_MS), reward=RewardParams(500)
        )
        funds = {key.public: 1_000_000 for key in KEYS.values()}
        self.born = found_chain(make_genesis(params, funds, registry), registry)
        self.run = RunFolder.create(folder, STORAGE, self.born.genesis, participants=NAMES)
        self.made = Explained(folder)
        self._states: dict[bytes, Trie] = {self.born.block.id: self.born.state}

    def sign(self, label: str, who: str, nonce: int, action: Action) -> None:
        """Sign a transaction, to be known by its label."""
        names = self.born.spec.registry.encode_action(action)
        self.made.sent[label] = sign(KEYS[who], self.born.spec.chain_id, nonce, FEE, *names)

    def add(self, label: str, parent: Block, labels: Iterable[str], found_s: int) -> Block:
        """A block with these transactions on `parent`."""
        wanted = [self.made.sent[each] for each in labels]
        height = parent.header.height + 1
        template = build_block(
            self.born.spec,
            check_signature,
            parent.header,
            self._states[parent.id],
            KEYS["miner"].public,
            height * INTERVAL_MS,
            parent.header.bits,
            wanted,
        )
        header = scheme_for(self.born.spec.params.proof).seal(template.block.header, 0)
        block = replace(template.block, header=header)
        assert block.transactions == tuple(wanted)
        self._states[block.id] = template.executed.state
        self.run.store.append(block, 1_000 * height, found_s * 1_000_000)
        self.made.blocks[label] = block
        return block


def explained_run(folder: Path) -> Explained:
    """The run, finished, in a new folder."""
    chain = RunInTheMaking(folder, Lease(), Admm())
    chain.sign("list", "owner", 0, ListSpectrum("band", 100_000_000, 20))
    chain.sign("open", "owner", 1, OpenAcquisition("period-1", TERMS))
    chain.sign("admit", "owner", 2, AdmitOperators("period-1", (NAMES["mvno"], NAMES["max"])))
    chain.sign("start", "owner", 3, StartRounds("period-1"))
    chain.sign("lease", "mvno", 0, OpenLease("band", 1, 10_000_000, 4, 20))
    chain.sign("answer", "mvno", 1, SubmitBandwidth("period-1", 1, 40_000_000))
    chain.sign("offer", "mvno", 2, PostOffer("cheap", 30, 250_000))
    chain.sign("gift", "anna", 0, Transfer(KEYS["mia"].public, 2_500))
    chain.sign("refused", "max", 0, OpenLease("band", 1, 200_000_000, 4, 20))
    chain.sign("lost", "max", 0, Transfer(NAMES["anna"], 7))
    chain.sign("withdraw", "mvno", 3, WithdrawOffer("cheap"))
    first = chain.add("1", chain.born.block, ["list", "open", "admit", "start"], 59)
    chain.add("stale", first, ["gift", "lost"], 119)
    second = chain.add("2", first, ["lease", "answer", "gift", "refused", "offer"], 120)
    chain.add("3", second, ["withdraw"], 185)
    _write_table(chain)
    chain.run.close(RunStatus.COMPLETE)
    return chain.made


def _write_table(chain: RunInTheMaking) -> None:
    """The table of transactions, with what no block of the best chain took."""
    ledger = chain.made.folder / LEDGER
    names = {key: name for name, key in NAMES.items()}
    rows = list(transaction_rows(executed(ledger, chain.born, recover(ledger).main), names))
    lost = chain.made.sent["lost"]
    chain.run.write_table(
        "transactions",
        [
            *({**row, "submitted_s": 1.5} for row in rows),
            unplaced(lost.id.hex(), "max", "pending"),
            unplaced("abcd0001".ljust(64, "0"), "anna", "pending"),
            unplaced(
                "abcd0002".ljust(64, "0"), "anna", "rejected", "fee-too-low: got 1, expected at least 10"
            ),
        ],
    )


def unplaced(identifier: str, sender: str, status: str, error: str | None = None) -> dict[str, object]:
    """The row of a transfer that no block of the best chain took."""
    return {
        "id": identifier,
        "sender": sender,
        "nonce": 9,
        "app": "bank",
        "action": "Transfer",
        "fee": FEE,
        "submitted_s": 1.5,
        "status": status,
        "height": None,
        "found_s": None,
        "error": error,
    }

"""What the chain's half of a round of the acquisition costs: closing it at the end of a block.

The clock runs for the application's `end_block` on top of a block's answers, and for the commit of all that the block
wrote (answers and nonces too) to the state, with its root and that of the hook's receipts. It does not for the answers
themselves, which operators find and sign and which cost the same in any application.
"""

import random
from collections.abc import Iterable

import numpy as np

from apps.admm.actions import (
    MAX_ADMITTED,
    AdmitOperators,
    OpenAcquisition,
    StartRounds,
    SubmitBandwidth,
    Terms,
)
from apps.admm.app import Admm
from apps.admm.rounds import aggregate
from apps.admm.state import MICROHERTZ_PER_HZ, AcquisitionRecord, Operator, Phase
from apps.admm.subproblem import answer
from apps.admm.units import scientific_of
from chain.context import Environment, View
from chain.genesis import found_chain, make_genesis
from chain.keys import SigningKey
from chain.params import ChainParams
from chain.records import Action
from chain.registry import Registry
from chain.state import Overlay
from chain.transaction import sign
from chain.transition import apply_transaction, receipts_root, run_hooks
from chain.trie import Trie
from sim.bench.acquisition_cells import distinct_problem
from sim.bench.timing import Row, Target, Timing, joined, shares, time_row, timed_once
from sim.collector import calm_collector

TARGET_OPERATORS = 1_000
TARGET = Target(50.0)
"""Milliseconds."""

_NAME = "band"
_INTERVAL_MS = 10_000
_BALANCE = 10**9


def chain_rows(operators: int, repeats: int, seed: int) -> list[Row]:
    """Rows of the close of a round: when all have answered, when all are silent, and when licences are granted.

    Each is the close of one block, made `repeats` times from the same state: of the second round, and of the third and
    last one. So neither rounds that nobody answers nor convergence end the acquisition before it is measured.
    """
    market = _Market(operators, max_rounds=3, seed=seed)
    with calm_collector():
        market.close(market.answers())
        second = market.answers()
        answered = joined([market.close(second, keep=False) for _ in range(repeats)])
        parts = market.parts(second)
        silent = joined([market.close((), keep=False) for _ in range(repeats)])
        market.close(second)
        last = market.answers()
        settling = joined([market.close(last, keep=False) for _ in range(repeats)])
        market.close(last)
    assert market.record.phase is Phase.SETTLED, market.record
    target = TARGET if operators == TARGET_OPERATORS else None
    return [
        time_row("close a round on chain, all answered", operators, answered, "ms", target, parts),
        time_row("close a round on chain, all silent", operators, silent, "ms", target),
        time_row("close the last round, grant licences", operators, settling, "ms", target),
    ]


class _Market:
    """A chain with one acquisition whose round is open, and operators who know the problem."""

    def __init__(self, operators: int, max_rounds: int, seed: int) -> None:
        self._problem = distinct_problem(operators, seed)
        self._penalty = self._problem.natural_penalty_w_per_hz2
        draw = random.Random(seed)
        keys = [SigningKey.from_seed(draw.randbytes(32)) for _ in range(operators)]
        self._keys = sorted(keys, key=lambda key: key.public)
        self._app = Admm()
        registry = Registry([self._app])
        funds = {key.public: _BALANCE for key in keys}
        born = found_chain(make_genesis(ChainParams("acquisition-benchmark"), funds, registry), registry)
        self._spec, self._state, self._height = born.spec, born.state, 0
        self._open(max_rounds)

    @property
    def record(self) -> AcquisitionRecord:
        """The acquisition at the head."""
        return self._record(self._state)

    def answers(self) -> list[tuple[SigningKey, Action]]:
        """Every operator's answer to the open round, from its own problem."""
        members = self._members(self._state)
        centre_hz = [(member.split - member.dual) / MICROHERTZ_PER_HZ for member in members]
        wanted = answer(self._problem.power_curve, centre_hz, self._penalty).bandwidth_hz
        whole_hz = np.minimum(np.rint(wanted), self._problem.bandwidth_hz).astype(np.int64).tolist()
        number = self.record.round
        return [
            (key, SubmitBandwidth(_NAME, number, bandwidth))
            for key, bandwidth in zip(self._keys, whole_hz, strict=True)
        ]

    def close(self, answers: Iterable[tuple[SigningKey, Action]], *, keep: bool = True) -> Timing:
        """Make the next block, with these answers, and take the time of its end; it is the head if kept."""
        draft = self._draft(answers)
        done: list[Trie] = []
        timing = timed_once(lambda: done.append(self._finish(draft)))
        if keep:
            self._state, self._height = done[0], self._height + 1
        return timing

    def parts(self, answers: Iterable[tuple[SigningKey, Action]]) -> str:
        """Which share of the time goes where, in a block that is not kept."""
        draft = self._draft(answers)
        record = self._record(draft)
        members: list[Operator] = []
        read = timed_once(lambda: members.extend(self._members(draft))).cpu_s[0]
        total = timed_once(lambda: aggregate(members, record.terms, record.round, record.doublings)).cpu_s[0]
        hook = timed_once(lambda: self._run_end(draft)).cpu_s[0]
        commit = timed_once(lambda: self._commit(draft)).cpu_s[0]
        seconds = {
            "scan and decode": read,
            "integer arithmetic": total,
            "encode and set": max(hook - read - total, 0.0),
            "trie and roots": commit,
        }
        return shares(seconds, sum(seconds.values()))

    def _open(self, max_rounds: int) -> None:
        owner, public = self._keys[0], [key.public for key in self._keys]
        terms = Terms(
            bandwidth=int(self._problem.bandwidth_hz),
            penalty=scientific_of(self._penalty),
            relaxation_ppm=1_000_000,
            tolerance_ppb=0,
            round_blocks=1,
            max_rounds=max_rounds,
            balancing_rounds=0,
        )
        self.close([(owner, OpenAcquisition(_NAME, terms))])
        for first in range(0, len(public), MAX_ADMITTED):
            self.close([(owner, AdmitOperators(_NAME, tuple(public[first : first + MAX_ADMITTED])))])
        self.close([(owner, StartRounds(_NAME))])

    def _draft(self, signed: Iterable[tuple[SigningKey, Action]]) -> Overlay:
        """The next block's writes before its end."""
        draft = Overlay(self._state)
        view = self._view(draft)
        for key, action in signed:
            names = self._spec.registry.encode_action(action)
            transaction = sign(key, self._spec.chain_id, view.nonce(key.public), 0, *names)
            receipt = apply_transaction(self._spec, draft, self._environment, transaction)
            assert receipt.succeeded, receipt.failure
        return draft

    def _finish(self, draft: Overlay) -> Trie:
        self._run_end(draft)
        return self._commit(draft)

    def _run_end(self, draft: Overlay) -> bytes:
        return receipts_root(run_hooks(self._spec, draft, self._environment, "end_block"))

    def _commit(self, draft: Overlay) -> Trie:
        return self._state.updated(draft.writes)

    @property
    def _environment(self) -> Environment:
        return Environment(self._height + 1, (self._height + 1) * _INTERVAL_MS)

    def _view(self, state: Trie | Overlay) -> View:
        return View(state, self._environment, self._spec.params, self._spec.registry)

    def _members(self, state: Trie | Overlay) -> list[Operator]:
        return [member for _, member in self._app.members(self._view(state), _NAME)]

    def _record(self, state: Trie | Overlay) -> AcquisitionRecord:
        record = self._app.acquisitions.get(self._view(state), _NAME)
        assert record is not None
        return record

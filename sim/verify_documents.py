"""Compares the documents beside a ledger with it and with each other: manifest, summary, scenario, participants."""

import json
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from chain.genesis import Genesis
from sim.folders import MARKER, ResultsError
from sim.participants import PARTICIPANTS, key_of, read_participants
from sim.plugins import KitSettings
from sim.run_folder import MANIFEST, SCENARIO, SUMMARY, RunStatus
from sim.scenario import Scenario, load_scenario
from sim.scenario_errors import ScenarioError
from sim.verify_report import Finding

_MAIN_DOCUMENTS = (MARKER, MANIFEST, SUMMARY, SCENARIO)


class Documents:
    """The documents of a run's folder; whatever is wrong with them becomes a finding."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.findings: list[Finding] = []
        self.alone = not any((folder / name).exists() for name in _MAIN_DOCUMENTS)
        """Whether the folder holds a ledger and nothing that a run writes beside it."""
        self.manifest = self._read(MANIFEST)
        self.status = str(self.manifest.get("status", "unknown"))
        self.finished = self.status in tuple(RunStatus) and RunStatus(self.status).has_tables
        """Whether all tables were written, by the manifest."""
        self.summary = self._read(SUMMARY)
        self.names = self._participants()
        """Public key -> name; empty where no file tells."""
        if not self.alone:
            self._check()

    @property
    def names_found(self) -> list[str]:
        """Names of the documents that are there."""
        listed = (MANIFEST, SCENARIO, SUMMARY, PARTICIPANTS)
        return [name for name in listed if (self.folder / name).exists()]

    @cached_property
    def scenario(self) -> Scenario | None:
        """The scenario, None where there is none that can be read."""
        if not (self.folder / SCENARIO).exists():
            return None
        try:
            return load_scenario(self.folder / SCENARIO, kits=KitSettings())
        except (ScenarioError, OSError, ValueError, RecursionError) as error:
            self.findings.append(Finding("unreadable", f"{SCENARIO}: {error}"))
            return None

    def against_ledger(
        self, genesis: Genesis, miners: Collection[bytes], chain: Mapping[str, object]
    ) -> Iterator[Finding]:
        """Where the documents contradict the ledger.

        Args:
            genesis: the ledger's.
            miners: public keys of all who found a block.
            chain: what the summary must say of the chain.
        """
        yield from self._chain_contradictions(chain)
        if self.scenario is not None:
            yield from _scenario_contradictions(self.scenario, genesis)
        if self.names:
            funded = {allocation.account for allocation in genesis.allocations}
            for account in sorted({*miners, *funded} - set(self.names)):
                message = f"{PARTICIPANTS}: got no {account.hex()}, expected it: the ledger has this account"
                yield Finding("wrong-participants", message)

    def _chain_contradictions(self, computed: Mapping[str, object]) -> Iterator[Finding]:
        chain = self.summary.get("chain", {})
        if not isinstance(chain, dict):
            yield Finding("unreadable", f"{SUMMARY}: chain: got no table, expected one")
            return
        for name, expected in computed.items():
            if name in chain and chain[name] != expected:
                message = f"{SUMMARY}: chain.{name}: got {chain[name]}, expected {expected}"
                yield Finding("wrong-summary", message)
            elif name not in chain and self.summary and self.finished:
                message = f"{SUMMARY}: chain.{name}: got nothing, expected {expected}"
                yield Finding("wrong-summary", message)

    def _check(self) -> None:
        needed = [(MANIFEST, "no-manifest"), (SCENARIO, "no-scenario")]
        if self.finished:
            needed.append((SUMMARY, "no-summary"))
        for name, rule in needed:
            if not (self.folder / name).exists():
                self.findings.append(Finding(rule, f"got no {name}, expected one: a run writes it"))
        if self.manifest and self.status not in tuple(RunStatus):
            message = f"{MANIFEST}: status: got {self.status!r}, expected one of {', '.join(RunStatus)}"
            self.findings.append(Finding("unreadable", message))
        self._compare("scenario", "name")
        seed = self._compare("seed", "seed")
        if isinstance(seed, int):
            for account, name in self.names.items():
                if key_of(seed, name).public != account:
                    message = f"{PARTICIPANTS}: {name}: got {account.hex()}, expected the key that seed {seed} gives"
                    self.findings.append(Finding("wrong-participants", message))

    def _compare(self, key: str, field: str) -> object:
        """Check that all documents agree on a value, and give it, None where they do not or none tells."""
        told = {
            name: document[key]
            for name, document in ((MANIFEST, self.manifest), (SUMMARY, self.summary))
            if key in document
        }
        if self.scenario is not None:
            told[SCENARIO] = getattr(self.scenario, field)
        values = list(told.values())
        if all(value == values[0] for value in values):
            return values[0] if values else None
        listed = ", ".join(f"{value} in {name}" for name, value in told.items())
        self.findings.append(Finding("contradiction", f"{key}: got {listed}, expected the same"))
        return None

    def _participants(self) -> dict[bytes, str]:
        try:
            return read_participants(self.folder)
        except ResultsError as error:
            self.findings.append(Finding("unreadable", f"{PARTICIPANTS}: {error.args[1]}"))
            return {}

    def _read(self, name: str) -> Mapping[str, Any]:
        try:
            value = json.loads((self.folder / name).read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            self.findings.append(Finding("unreadable", f"{name}: {error}"))
            return {}
        if isinstance(value, dict):
            return value
        self.findings.append(Finding("unreadable", f"{name}: got no JSON object, expected one"))
        return {}


def _scenario_contradictions(scenario: Scenario, genesis: Genesis) -> Iterator[Finding]:
    """Where the ledger was not founded as the scenario says, as far as settings are parameters directly."""
    params, chain = genesis.params, scenario.chain
    difficulty = params.difficulty
    hosted = sorted(app.name for app in genesis.apps if app.name != "bank")
    pairs: list[tuple[str, object, object]] = [
        ("name", scenario.name, params.name),
        ("apps", sorted(app for app in scenario.apps if app != "bank"), hosted),
        ("chain.proof", chain.proof, params.proof.value),
        ("chain.interval (ms)", chain.interval, difficulty.target_interval_ms),
        ("chain.difficulty", chain.difficulty, difficulty.rule.value),
        ("chain.window", chain.window, difficulty.window),
        ("chain.half_life (ms)", chain.half_life, difficulty.half_life_ms),
        ("chain.halving", chain.halving, params.reward.halving_interval),
        ("chain.min_fee", chain.min_fee, params.min_fee),
        ("chain.max_block (bytes)", chain.max_block, params.max_block_bytes),
    ]
    if not scenario.apps:
        # An application may set the subsidy itself.
        pairs.append(("chain.subsidy", chain.subsidy, params.reward.subsidy))
    for name, got, expected in pairs:
        if got != expected:
            message = f"{SCENARIO}: {name}: got {got}, expected {expected} as in the ledger's genesis"
            yield Finding("wrong-scenario", message)

"""What a verification found, and how it is told."""

from dataclasses import dataclass
from pathlib import Path

from sim.run_folder import RunStatus

_UNFINISHED = (RunStatus.RUNNING, RunStatus.INTERRUPTED, RunStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    rule: str
    """The broken rule, kebab case."""
    message: str
    number: int | None = None
    """The block's place in the ledger, from 1; None where no single block is at fault."""
    height: int | None = None
    block_id: bytes | None = None

    def __str__(self) -> str:
        place = f"block number {self.number}: " if self.number is not None else ""
        if self.block_id is not None:
            place = f"height {self.height}, block {self.block_id.hex()} (number {self.number}): "
        text = self.message if self.message.startswith(f"{self.rule}: ") else f"{self.rule}: {self.message}"
        return place + text


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a verification found."""

    folder: Path
    findings: tuple[Finding, ...]
    """Everything that is wrong; empty where the ledger is sound."""
    blocks: int = 0
    """Valid blocks, genesis not counted."""
    stale: int = 0
    """Those of them that are not on the best chain."""
    unreachable: int = 0
    """Blocks that stand on a missing or wrong one and were not checked."""
    transactions: int = 0
    """Transactions on the best chain."""
    height: int = 0
    head: bytes | None = None
    """Last block of the best chain: the ledger's, where it is valid, else the best valid one. None: no genesis."""
    state_root: bytes | None = None
    """Root of the state after `head`, as computed here."""
    status: str = "unknown"
    """How the run ended, by its manifest."""
    checked: tuple[str, ...] = ()
    """What was compared, in words."""
    not_checked: tuple[str, ...] = ()
    """What was not, and says nothing about the rest being right."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    @property
    def main(self) -> int:
        """Valid blocks on the best chain."""
        return self.blocks - self.stale

    def lines(self) -> list[str]:
        """The report as text, the verdict first."""
        verdict = "sound" if self.ok else f"{len(self.findings)} problem{'s'[: len(self.findings) > 1]}"
        lines = [f"{self.folder}: {verdict}", *(f"  {finding}" for finding in self.findings)]
        if self.head is not None and self.state_root is not None:
            lines.append(
                f"  {self.blocks} valid blocks: {self.main} on the best chain "
                f"with {self.transactions} transactions, {self.stale} stale"
            )
        if self.unreachable:
            lines.append(f"  {self.unreachable} blocks above a missing or wrong one were not checked")
        if self.head is not None and self.state_root is not None:
            lines.append(f"  head {self.head.hex()} at height {self.height}")
            lines.append(f"  state root {self.state_root.hex()}")
        lines += self._limits()
        return lines

    def _limits(self) -> list[str]:
        """How far the run and this verification of it went."""
        lines = []
        if self.status == RunStatus.RUNNING:
            lines.append(
                "  status running: the run did not finish: it was killed, or is still going on; "
                f"the ledger is {'whole' if self.ok else 'valid'} up to height {self.height}"
            )
        elif self.status in _UNFINISHED:
            lines.append(f"  the run's status is {self.status}: the ledger ends where the run did")
        if self.checked:
            lines.append(f"  checked: {'; '.join(self.checked)}")
        if self.not_checked:
            lines.append(f"  not checked: {'; '.join(self.not_checked)}")
        return lines

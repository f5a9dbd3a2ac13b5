"""A paper's claims, each with what was found and the verdict: records, table, file."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from rich.table import Table

from sim.folders import write_text


class Verdict(StrEnum):
    """What became of a claim."""

    HOLDS = "holds"
    PARTLY = "partly"
    FAILS = "fails"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of the paper and what was found."""

    where: str
    claim: str
    found: str
    verdict: Verdict


_COLOURS = {Verdict.HOLDS: "green", Verdict.PARTLY: "yellow", Verdict.FAILS: "red"}


def claims_table(claims: Sequence[Claim]) -> Table:
    """The claims as a table for the screen."""
    table = Table(title="The paper's claims", show_lines=True)
    table.add_column("where", no_wrap=True)
    table.add_column("claim", ratio=2)
    table.add_column("found", ratio=3)
    table.add_column("verdict", no_wrap=True)
    for claim in claims:
        table.add_row(claim.where, claim.claim, claim.found, f"[{_COLOURS[claim.verdict]}]{claim.verdict}")
    return table


def write_claims(path: Path, claims: Sequence[Claim]) -> Path:
    """The claims as a JSON list. Raises ResultsError."""
    write_text(path, json.dumps([asdict(claim) for claim in claims], indent=2) + "\n")
    return path

"""The participants' names and keys, kept beside the ledger: a ledger knows public keys alone."""

import json
from collections.abc import Mapping
from pathlib import Path

from chain.keys import SigningKey
from sim.folders import ResultsError
from sim.streams import Streams

PARTICIPANTS = "participants.json"


def key_of(seed: int, name: str) -> SigningKey:
    """The key of a participant in a run with this seed."""
    return SigningKey.from_seed(Streams(seed).digest("key", name))


def table_of_names(participants: Mapping[str, bytes]) -> dict[str, str]:
    """What the file holds: name -> public key as hex."""
    return {name: account.hex() for name, account in participants.items()}


def read_participants(folder: Path) -> dict[bytes, str]:
    """Public key -> name; empty where the folder has no such file. Raises ResultsError."""
    path = folder / PARTICIPANTS
    try:
        table = json.loads(path.read_text("utf-8"))
        return {bytes.fromhex(account): name for name, account in table.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ResultsError(str(path), f"unreadable ({error})") from None

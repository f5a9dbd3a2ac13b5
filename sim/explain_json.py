"""The explanation of a transaction as JSON: bytes as hex, amounts in base units, times in seconds."""

import json
from dataclasses import asdict

from sim.explain import Change, Execution, Explanation
from sim.explain_fields import differences, plain

Json = dict[str, object]
_US_PER_S = 1_000_000


def as_json(explanation: Explanation) -> str:
    """The explanation as an indented JSON object.

    Keys: id, status, submission, execution (block, transaction, action, receipt, changes; null where no block took the
    transaction), stale_blocks (others that took it), head_height, limits, and participants (public key -> name)
    of everyone who occurs in the rest. Every field of a change has `before` and `after`, null where there is none.
    """
    submission, execution = explanation.submission, explanation.execution
    document: Json = {
        "id": explanation.id.hex(),
        "status": explanation.status,
        "submission": None if submission is None else asdict(submission),
        "execution": None if execution is None else _execution(execution),
        "stale_blocks": [taken.stored.block.id.hex() for taken in explanation.others],
        "head_height": explanation.head_height,
        "limits": list(explanation.limits),
    }
    text = json.dumps(document)
    mentioned = {key.hex(): name for key, name in explanation.names.items() if key.hex() in text}
    return json.dumps({**document, "participants": mentioned}, indent=2)


def _execution(execution: Execution) -> Json:
    taken, transaction = execution.taken, execution.taken.transaction
    block, failure = taken.stored.block, execution.receipt.failure
    return {
        "block": {
            "id": block.id.hex(),
            "on_best_chain": execution.on_best_chain,
            "height": block.header.height,
            "transaction": taken.position,
            "transactions": len(block.transactions),
            "time_s": block.header.time_ms / 1_000,
            "found_s": taken.stored.found_us / _US_PER_S,
            "miner": block.coinbase.miner.hex(),
        },
        "transaction": {
            "sender": transaction.sender.hex(),
            "nonce": transaction.nonce,
            "fee": transaction.fee,
            "signature": transaction.signature.hex(),
        },
        "action": {"app": transaction.app, "name": transaction.action, "fields": plain(execution.action)},
        "receipt": {
            "failure": None if failure is None else plain(failure),
            "events": [
                {"app": app, "name": type(event).__name__, "fields": plain(event)}
                for app, event in execution.events
            ],
        },
        "changes": [_change(change) for change in execution.changes],
    }


def _change(change: Change) -> Json:
    created, deleted = change.before is None, change.after is None
    place, fields = change.place, differences(change.before, change.after)
    return {
        "app": None if place is None else place.app,
        "table": None if place is None else place.table,
        "key": change.path.hex() if place is None else plain(place.key),
        "kind": "created" if created else "deleted" if deleted else "changed",
        "fields": {f.name or "value": {"before": plain(f.before), "after": plain(f.after)} for f in fields},
    }

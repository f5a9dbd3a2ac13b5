"""Shows the explanation of a transaction as lines that a narrow screen, a pipe and a person can take."""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from textwrap import wrap

from rich.console import Console

from chain.params import SHARECOIN
from chain.places import Place
from sim.explain import Change, Execution, Explanation
from sim.explain_fields import Difference, differences, flat
from sim.explain_find import Submission

Names = Mapping[bytes, str]
Rows = Sequence[tuple[str, str]]
_MAX_WIDTH = 100
_LABEL_COLUMNS = 32
_SHOWN_BYTES = 32
_SHOWN_ITEMS = 8
_US_PER_S = 1_000_000
_MS_PER_S = 1_000
_HELD = "held"
"""Label of a value that is no record: what an escrow holds."""


def show_explanation(explanation: Explanation, screen: Console) -> None:
    """Print the explanation, its headings bold."""
    for line in lines(explanation, min(screen.width, _MAX_WIDTH)):
        style = "" if line.startswith(" ") else "bold"
        screen.print(line, style=style, markup=False, emoji=False, highlight=False, soft_wrap=True)


def lines(explanation: Explanation, width: int = 80) -> list[str]:
    """The explanation as lines of at most `width` characters; headings are those that are not indented."""
    listed = [f"transaction {explanation.id.hex()}", *_pairs(list(_head(explanation)), 2, width)]
    if explanation.execution is not None:
        listed += _execution(explanation.execution, explanation.names, width)
    notes = list(_notes(explanation))
    if notes:
        listed += ["", "notes", *(line for note in notes for line in _pairs([(note, "")], 2, width))]
    return listed


def shown(value: object, names: Names) -> str:
    """A value of a field: whole numbers grouped, participants by name, other bytes as hex, texts quoted."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, bytes):
        return _bytes(value, names)
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, tuple):
        more = [f"and {len(value) - _SHOWN_ITEMS:,} more"] if len(value) > _SHOWN_ITEMS else []
        return f"({', '.join([*(_item(item, names) for item in value[:_SHOWN_ITEMS]), *more])})"
    return str(value)


def _item(value: object, names: Names) -> str:
    """An item of a tuple: a record as its fields in brackets, a number without commas of its own."""
    if isinstance(value, int) and not isinstance(value, bool | Enum):
        return str(value)
    fields = flat(value)
    if "" in fields:
        return shown(value, names)
    inside = ", ".join(f"{name} {shown(leaf, names)}" for name, leaf in fields.items())
    return f"{type(value).__name__}({inside})"


def _bytes(value: bytes, names: Names) -> str:
    if value in names:
        return names[value]
    if len(value) > _SHOWN_BYTES:
        return f"{value[:_SHOWN_BYTES].hex()}... ({len(value):,} bytes)"
    return value.hex() or "(no bytes)"


def _head(explanation: Explanation) -> Iterator[tuple[str, str]]:
    execution, submission = explanation.execution, explanation.submission
    yield "status", _status(explanation)
    if execution is not None:
        yield from _block(execution, explanation)
        transaction = execution.taken.transaction
        if transaction.sender in explanation.names:
            yield "sender", explanation.names[transaction.sender]
        yield "sender's key", transaction.sender.hex()
        yield "nonce", f"{transaction.nonce:,}"
        miner = _bytes(execution.taken.stored.block.coinbase.miner, explanation.names)
        yield "fee", f"{transaction.fee:,} base units to the miner, {miner}"
    elif submission is not None:
        yield from _submitted(submission)


def _status(explanation: Explanation) -> str:
    execution, submission, status = explanation.execution, explanation.submission, explanation.status
    if execution is None:
        return _without_block(submission) if submission is not None else status
    if not execution.on_best_chain:
        return f"{status}: a stale block alone took it; this is what it did there"
    if status == "failed":
        return "failed: the action was refused; only fee and nonce stand"
    blocks = explanation.head_height - execution.taken.stored.block.header.height
    above = f"the head is {_count(blocks, 'block')} above it" if blocks else "it is in the head"
    return f"confirmed: carried out; {above}"


def _without_block(submission: Submission) -> str:
    if submission.status == "rejected":
        return f"rejected: the sender's own node refused it: {_line(submission.error)}"
    if submission.status == "pending":
        return "pending: no block took it"
    return f"{submission.status}: in the block at height {submission.height}, which the ledger does not have"


def _block(execution: Execution, explanation: Explanation) -> Iterator[tuple[str, str]]:
    taken, submission = execution.taken, explanation.submission
    block, header = taken.stored.block, taken.stored.block.header
    rest = f" of {explanation.head_height:,}" if execution.on_best_chain else ", stale"
    place = f"transaction {taken.position + 1:,} of {len(block.transactions):,}"
    yield "block", f"height {header.height:,}{rest}, {place}"
    yield "block id", block.id.hex()
    if submission is not None and submission.submitted_s is not None:
        yield "submitted", f"{submission.submitted_s:,.3f} s"
    found_s = taken.stored.found_us / _US_PER_S
    yield "block found", f"{found_s:,.3f} s; its own time is {header.time_ms / _MS_PER_S:,.3f} s"


def _submitted(submission: Submission) -> Iterator[tuple[str, str]]:
    yield "sender", submission.sender
    yield "action", f"{submission.app}.{submission.action}; its fields are kept in blocks alone"
    yield "nonce", f"{submission.nonce:,}"
    yield "fee", f"{submission.fee:,} base units"
    if submission.submitted_s is not None:
        yield "submitted", f"{submission.submitted_s:,.3f} s"


def _execution(execution: Execution, names: Names, width: int) -> Iterator[str]:
    transaction = execution.taken.transaction
    yield from ("", f"action {transaction.app}.{transaction.action}")
    yield from _pairs(_fields(execution.action, names) or [("(no fields)", "")], 2, width)
    yield from ("", f"receipt: {_outcome(execution)}")
    failure = execution.receipt.failure
    if failure is not None:
        yield from _pairs([("rule", _line(failure.rule)), ("in words", _line(failure.message))], 2, width)
    for app, event in execution.events:
        yield f"  {app}.{type(event).__name__}"
        yield from _pairs(_fields(event, names), 4, width)
    changed = _count(len(execution.changes), "entry", "entries")
    yield from ("", f"state: {changed} changed, without block hooks and the miner's pay")
    yield from _pairs([(f"money in base units; a Sharecoin has {SHARECOIN:,}", "")], 2, width)
    for change in execution.changes:
        yield from _change(change, names, width)


def _outcome(execution: Execution) -> str:
    if not execution.receipt.succeeded:
        return "refused"
    return f"carried out, {_count(len(execution.events), 'event')}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _change(change: Change, names: Names, width: int) -> Iterator[str]:
    where, before, after = _where(change, names), change.before, change.after
    if before is None or after is None:
        fields = _fields(after if before is None else before, names)
        kind = "created" if before is None else "deleted; it was" if fields else "deleted"
    else:
        fields = [(d.name or _HELD, _difference(d, names)) for d in differences(before, after)]
        kind = "changed"
    yield from _pairs([(f"{where}: {kind}", "")], 2, width)
    yield from _pairs(fields, 4, width)


def _where(change: Change, names: Names) -> str:
    place = change.place
    if place is None:
        return f"state key {change.path!r}"
    if place.app == "bank":
        return _money(place, names)
    return f"{place.app}.{place.table} {_item(place.key, names)}"


def _money(place: Place, names: Names) -> str:
    if place.table == "accounts":
        return f"account of {shown(place.key, names)}"
    if isinstance(place.key, tuple):
        escrow = _line("/".join(place.key))
        # Applications name escrows in text, and may put a key into it.
        for key, name in names.items():
            escrow = escrow.replace(key.hex(), name)
        return f"escrow {escrow}"
    return "supply"


def _difference(difference: Difference, names: Names) -> str:
    before, after = difference.before, difference.after
    text = f"{shown(before, names)} -> {shown(after, names)}"
    whole = all(isinstance(value, int) and not isinstance(value, bool | Enum) for value in (before, after))
    return f"{text} ({_step(before, after)})" if whole else text


def _step(before: object, after: object) -> str:
    assert isinstance(before, int)
    assert isinstance(after, int)
    return f"{after - before:+,}"


def _fields(record: object, names: Names) -> Rows:
    return [(name or _HELD, shown(value, names)) for name, value in flat(record).items()]


def _notes(explanation: Explanation) -> Iterator[str]:
    for taken in explanation.others:
        header = taken.stored.block.header
        yield f"a stale block at height {header.height:,} took it too: {header.id.hex()[:16]}"
    yield from explanation.limits


def _line(text: str | None) -> str:
    """Words of an application with whatever could confuse a screen escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text or "")


def _pairs(rows: Rows, indent: int, width: int) -> Iterator[str]:
    """Labels and values in two columns, wrapped within `width`; a row without value takes the whole line."""
    column = min(max((len(label) for label, value in rows if value), default=0), _LABEL_COLUMNS)
    margin = " " * indent
    for label, value in rows:
        first = f"{margin}{label:<{column}}  " if value else margin
        hanging = margin + " " * (column + 2) if value else margin + "  "
        text = value or label
        yield from wrap(
            text,
            max(width, len(first) + 16),
            initial_indent=first,
            subsequent_indent=hanging,
            break_on_hyphens=False,
        ) or [first.rstrip()]

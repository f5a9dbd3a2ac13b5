"""Spectrum acquisition on chain: operators answer rounds, the chain aggregates, the last split becomes licences.

A round can be answered as soon as it is open: the first from the action that starts it, the next from the block after
that which closes the one before. It closes at the end of the block with the last missing answer, or with its deadline,
`round_blocks` after it was opened: an answer in that very block counts, and for whoever is silent the last one stands.
Rounds that nobody answers stop after a few.
"""

from collections.abc import Iterator
from dataclasses import replace

from apps.admm import settlement
from apps.admm.actions import (
    AdmitOperators,
    ExpelOperator,
    OpenAcquisition,
    ResizeBandwidth,
    StartRounds,
    SubmitBandwidth,
    Terms,
)
from apps.admm.audit import broken_rules
from apps.admm.errors import (
    AboveTotal,
    AcquisitionExists,
    AlreadyAnswered,
    AlreadyMember,
    AlreadySettled,
    ClosedRound,
    FutureRound,
    LateAnswer,
    NegativeBandwidth,
    NoOperators,
    NoSuchAcquisition,
    NotGathering,
    NotMember,
    NotOwner,
    NotRunning,
    TermsOutOfRange,
    TooManyOperators,
)
from apps.admm.events import (
    AcquisitionOpened,
    AcquisitionSettled,
    BandwidthResized,
    BandwidthSubmitted,
    LicenceGranted,
    OperatorAdmitted,
    OperatorExpelled,
    OperatorSilent,
    RoundClosed,
    RoundsStarted,
    RoundsStopped,
)
from apps.admm.state import (
    LIMITS,
    MAX_OPERATORS,
    AcquisitionRecord,
    AcquisitionTables,
    Licence,
    Operator,
    Phase,
)
from chain.app import execute, query
from chain.context import Context, View


class Admm(AcquisitionTables):
    """Virtual operators agree on the split of a band by ADMM, with the chain as aggregator."""

    emits = (
        AcquisitionOpened,
        AcquisitionSettled,
        BandwidthResized,
        BandwidthSubmitted,
        LicenceGranted,
        OperatorAdmitted,
        OperatorExpelled,
        OperatorSilent,
        RoundClosed,
        RoundsStarted,
        RoundsStopped,
    )

    @execute
    def open_acquisition(self, ctx: Context, action: OpenAcquisition) -> None:
        """Offer bandwidth. Raises TermsOutOfRange, AcquisitionExists."""
        name, terms = action.acquisition, action.terms
        _check_terms(terms)
        ctx.require(self.acquisitions.get(ctx, name) is None, AcquisitionExists(name))
        self.acquisitions.set(ctx, name, AcquisitionRecord(ctx.sender, terms))
        ctx.emit(AcquisitionOpened(name, ctx.sender, terms))

    @execute
    def admit_operators(self, ctx: Context, action: AdmitOperators) -> None:
        """Let operators take part: all of them or none.

        Raises NoSuchAcquisition, NotOwner, AlreadySettled, TooManyOperators, AlreadyMember.
        """
        name = action.acquisition
        record = _open_to_change(self, ctx, name)
        count = len(action.operators)
        members = record.members + count
        ctx.require(members <= MAX_OPERATORS, TooManyOperators(name, members, MAX_OPERATORS))
        for key in action.operators:
            ctx.require(self.operators.get(ctx, (name, key)) is None, AlreadyMember(name, key))
            self.operators.set(ctx, (name, key), Operator())
            ctx.emit(OperatorAdmitted(name, key))
        self._keep(ctx, name, record, members=count, missing=count)

    @execute
    def expel_operator(self, ctx: Context, action: ExpelOperator) -> None:
        """Take an operator out. Without any the rounds stop and the acquisition gathers operators again.

        Raises NoSuchAcquisition, NotOwner, AlreadySettled, NotMember.
        """
        name, key = action.acquisition, action.operator
        record = _open_to_change(self, ctx, name)
        operator = _member(self, ctx, name, key)
        self.operators.delete(ctx, (name, key))
        ctx.emit(OperatorExpelled(name, key))
        if record.phase is Phase.RUNNING and record.members == 1:
            settlement.stop_rounds(self, ctx, name, replace(record, members=0, split_bandwidth=0))
        else:
            self._keep(ctx, name, record, members=-1, missing=-int(operator.answered != record.round))

    @execute
    def start_rounds(self, ctx: Context, action: StartRounds) -> None:
        """Open the first round. Raises NoSuchAcquisition, NotOwner, NotGathering, NoOperators."""
        name = action.acquisition
        record = _own(self, ctx, name)
        ctx.require(record.phase is Phase.GATHERING, NotGathering(name, record.phase.value, "gathering"))
        ctx.require(record.members > 0, NoOperators(name))
        settlement.open_round(self, ctx, name, record)
        ctx.emit(RoundsStarted(name, record.round + 1, record.members))

    @execute
    def resize_bandwidth(self, ctx: Context, action: ResizeBandwidth) -> None:
        """Change what there is to split. Raises NoSuchAcquisition, NotOwner, AlreadySettled, TermsOutOfRange."""
        name = action.acquisition
        record = _open_to_change(self, ctx, name)
        terms = replace(record.terms, bandwidth=action.bandwidth)
        _check_terms(terms)
        self.acquisitions.set(ctx, name, replace(record, terms=terms))
        ctx.emit(BandwidthResized(name, action.bandwidth))

    @execute
    def submit_bandwidth(self, ctx: Context, action: SubmitBandwidth) -> None:
        """Answer the open round.

        Raises NoSuchAcquisition, NotRunning, NotMember, ClosedRound, FutureRound, LateAnswer, AlreadyAnswered,
        NegativeBandwidth, AboveTotal.
        """
        name, asked, bandwidth = action.acquisition, action.round, action.bandwidth
        record = _acquisition(self, ctx, name)
        ctx.require(record.phase is Phase.RUNNING, NotRunning(name, record.phase.value, "running"))
        operator = _member(self, ctx, name, ctx.sender)
        ctx.require(asked >= record.round, ClosedRound(name, asked, record.round))
        ctx.require(asked == record.round, FutureRound(name, asked, record.round))
        ctx.require(ctx.height <= record.last_block, LateAnswer(name, ctx.height, record.last_block))
        ctx.require(operator.answered != asked, AlreadyAnswered(name, asked, ctx.sender))
        ctx.require(bandwidth >= 0, NegativeBandwidth(name, bandwidth))
        ctx.require(bandwidth <= record.terms.bandwidth, AboveTotal(name, bandwidth, record.terms.bandwidth))
        answered = replace(operator, bandwidth=bandwidth, answered=asked)
        self.operators.set(ctx, (name, ctx.sender), answered)
        ctx.emit(BandwidthSubmitted(name, asked, ctx.sender, bandwidth))
        self._keep(ctx, name, record, missing=-1)

    def end_block(self, ctx: Context) -> None:
        """Aggregate the rounds that are due, nothing else is looked at."""
        settlement.close_due_rounds(self, ctx)

    def invariants(self, view: View) -> Iterator[str]:
        """Counts, shares within the bandwidth, deadlines where they belong, licences side by side."""
        return broken_rules(self, view)

    @query
    def acquisition(self, view: View, name: str) -> AcquisitionRecord | None:
        """The acquisition of this name."""
        return self.acquisitions.get(view, name)

    @query
    def operator(self, view: View, name: str, key: bytes) -> Operator | None:
        """What an acquisition knows of an operator."""
        return self.operators.get(view, (name, key))

    @query
    def operators_of(self, view: View, name: str) -> tuple[tuple[bytes, Operator], ...]:
        """(public key, operator) of everyone who takes part, by key."""
        return tuple(self.members(view, name))

    @query
    def allocation(self, view: View, name: str) -> tuple[tuple[bytes, int], ...]:
        """(public key, whole hertz) of the split as it stands now, by key."""
        members = list(self.members(view, name))
        shares = settlement.whole_hertz([operator.split for _, operator in members])
        return tuple((key, share) for (key, _), share in zip(members, shares, strict=True))

    @query
    def licence(self, view: View, name: str, key: bytes) -> Licence | None:
        """The licence of an operator."""
        return self.licences.get(view, (name, key))

    @query
    def licences_of(self, view: View, name: str) -> tuple[tuple[bytes, Licence], ...]:
        """(public key, licence) of all that an acquisition granted, by key."""
        return tuple(self.granted(view, name))

    def _keep(
        self, ctx: Context, name: str, record: AcquisitionRecord, members: int = 0, missing: int = 0
    ) -> None:
        """Write the acquisition with so many more members and, in an open round, more answers missing."""
        record = replace(record, members=record.members + members)
        if record.phase is Phase.RUNNING:
            changed = replace(record, missing=record.missing + missing)
            settlement.reschedule(self, ctx, name, changed)
        else:
            self.acquisitions.set(ctx, name, record)


def _check_terms(terms: Terms) -> None:
    """Raises TermsOutOfRange, with the term named."""
    for term, (lowest, highest) in LIMITS.items():
        if term.startswith("penalty."):
            got = getattr(terms.penalty, term.removeprefix("penalty."))
        else:
            got = getattr(terms, term)
        if not lowest <= got <= highest:
            raise TermsOutOfRange(term, got, lowest, highest)


def _acquisition(tables: AcquisitionTables, ctx: Context, name: str) -> AcquisitionRecord:
    record = tables.acquisitions.get(ctx, name)
    if record is None:
        raise NoSuchAcquisition(name)
    return record


def _own(tables: AcquisitionTables, ctx: Context, name: str) -> AcquisitionRecord:
    record = _acquisition(tables, ctx, name)
    ctx.require(record.owner == ctx.sender, NotOwner(name, ctx.sender, record.owner))
    return record


def _open_to_change(tables: AcquisitionTables, ctx: Context, name: str) -> AcquisitionRecord:
    record = _own(tables, ctx, name)
    settled = AlreadySettled(name, record.phase.value, "gathering or running")
    ctx.require(record.phase is not Phase.SETTLED, settled)
    return record


def _member(tables: AcquisitionTables, ctx: Context, name: str, key: bytes) -> Operator:
    operator = tables.operators.get(ctx, (name, key))
    if operator is None:
        raise NotMember(name, key)
    return operator

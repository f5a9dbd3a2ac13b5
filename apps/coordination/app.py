"""Frequency coordination on chain: a buyer's deposit, committed measurements, certified decisions, licences.

The six functions of the paper are the actions `PayCoin` to `RewCoin`, in this order. A stage can be answered up to the
block `due_at`; at the end of that block the hook ends it, so that no deposit is ever stuck.
"""

from collections.abc import Iterator
from dataclasses import replace

from apps.coordination import certification, disputes, settlement
from apps.coordination.actions import (
    Challenge,
    ChData,
    ChGrade,
    OpenZone,
    PayCoin,
    PostBond,
    RevokeLicence,
    RewCoin,
    RxData,
    ShowPoint,
    TxData,
    Verdict,
    Vote,
    WithdrawBond,
)
from apps.coordination.audit import broken_rules
from apps.coordination.checks import check_ask, check_decision, check_delivery, check_terms
from apps.coordination.errors import (
    AlreadyBonded,
    AlreadyDone,
    AnotherResult,
    BondLocked,
    NoBondAsked,
    NoLicence,
    NotAgency,
    NotBonded,
    NotDelivered,
    NotProvider,
    NotRevoker,
    NotSensingOwner,
    RequestExists,
    WrongDeposit,
    WrongStage,
    ZoneExists,
)
from apps.coordination.events import (
    EVENTS,
    BondPosted,
    BondReturned,
    CoinPaid,
    DataReceived,
    DataRequested,
    ProviderVoted,
    ZoneOpened,
)
from apps.coordination.lookups import check_agency, check_stage, need_request, need_zone
from apps.coordination.queries import CoordinationQueries
from apps.coordination.quorum import unanimous
from apps.coordination.shares import bond_label, request_label
from apps.coordination.stages import Cause, Stage, Steps
from apps.coordination.state import (
    AgencyRecord,
    Delivery,
    ProviderVote,
    RequestRecord,
    ZoneRecord,
)
from chain.app import execute
from chain.context import Context, View

_FROM_GRADING = (Stage.GRADING, Stage.DECIDING, Stage.VOTING, Stage.REWARDING)
_FROM_DECIDING = _FROM_GRADING[1:]


class Coordination(CoordinationQueries):
    """A frequency buyer pays, sensing owners deliver, certification agencies decide, incumbents approve."""

    emits = EVENTS

    @execute
    def openneed_zone(self, ctx: Context, action: OpenZone) -> None:
        """Set up a zone. Raises OutOfRange, DuplicateAccount, ZoneExists."""
        zone, terms = action.zone, action.terms
        check_terms(terms)
        ctx.require(self.zones.get(ctx, zone) is None, ZoneExists(zone))
        self.zones.set(ctx, zone, ZoneRecord(ctx.sender, terms))
        ctx.emit(
            ZoneOpened(
                zone=zone,
                registrar=ctx.sender,
                price=terms.price,
                agencies=len(terms.agencies),
                quorum=terms.quorum,
                owners=len(terms.owners),
                providers=len(terms.providers),
            )
        )

    @execute
    def post_bond(self, ctx: Context, action: PostBond) -> None:
        """Deposit an agency's bond. Raises NoSuchZone, NotAgency, NoBondAsked, AlreadyBonded, InsufficientBalance."""
        name, terms = action.zone, need_zone(self, ctx, action.zone).terms
        ctx.require(ctx.sender in terms.agencies, NotAgency(name, ctx.sender))
        ctx.require(terms.bond > 0, NoBondAsked(name))
        known = self.agencies.get(ctx, (name, ctx.sender)) or AgencyRecord()
        ctx.require(known.bond == 0, AlreadyBonded(name, ctx.sender))
        ctx.hold(terms.bond, bond_label(name, ctx.sender))
        self.agencies.set(ctx, (name, ctx.sender), replace(known, bond=terms.bond))
        ctx.emit(BondPosted(name, ctx.sender, terms.bond))

    @execute
    def withdraw_bond(self, ctx: Context, action: WithdrawBond) -> None:
        """Give an agency its bond back. Raises NoSuchZone, NotBonded, BondLocked."""
        name, terms = action.zone, need_zone(self, ctx, action.zone).terms
        known = self.agencies.get(ctx, (name, ctx.sender)) or AgencyRecord()
        ctx.require(known.bond > 0, NotBonded(name, ctx.sender, terms.bond))
        ctx.require(ctx.height > known.locked_until, BondLocked(name, ctx.height, known.locked_until))
        ctx.release(known.bond, bond_label(name, ctx.sender), ctx.sender)
        self.agencies.set(ctx, (name, ctx.sender), replace(known, bond=0))
        ctx.emit(BondReturned(name, ctx.sender, known.bond))

    @execute
    def pay_coin(self, ctx: Context, action: PayCoin) -> None:
        """Pay for a decision. Raises NoSuchZone, RequestExists, WrongDeposit, OutOfRange, InsufficientBalance."""
        name, ask, terms = action.request, action.ask, need_zone(self, ctx, action.zone).terms
        ctx.require(self.requests.get(ctx, name) is None, RequestExists(name))
        right = action.deposit == terms.price
        ctx.require(right, WrongDeposit(action.zone, action.deposit, terms.price))
        check_ask(ask, terms)
        ctx.hold(terms.price, request_label(name))
        steps = Steps(pay_coin=ctx.height)
        record = RequestRecord(action.zone, ctx.sender, ask, Stage.PAID, steps, 0, ctx.height, terms.price)
        settlement.move(self, ctx, name, record, terms.deadlines.request_blocks)
        ctx.emit(
            CoinPaid(
                request=name,
                zone=action.zone,
                buyer=ctx.sender,
                deposit=terms.price,
                x_cm=ask.x_cm,
                y_cm=ask.y_cm,
                power_cdbm=ask.power_cdbm,
            )
        )

    @execute
    def tx_data(self, ctx: Context, action: TxData) -> None:
        """Ask the owners for data. Raises NoSuchRequest, NotAgency, NotBonded, WrongStage, TooLate."""
        name, record = action.request, need_request(self, ctx, action.request)
        check_agency(self, ctx, record)
        check_stage(ctx, name, record, Stage.PAID)
        blocks = self.zone_of(ctx, record).terms.deadlines.data_blocks
        steps = replace(record.steps, tx_data=ctx.height)
        settlement.move(self, ctx, name, replace(record, stage=Stage.COLLECTING, steps=steps), blocks)
        ctx.emit(DataRequested(name, ctx.sender, ctx.height + blocks))

    @execute
    def rx_data(self, ctx: Context, action: RxData) -> None:
        """Deliver data.

        Raises NoSuchRequest, NotSensingOwner, AlreadyDone, WrongStage, TooLate, OutOfRange, DuplicateAccount,
        OverBudget.
        """
        name, record = action.request, need_request(self, ctx, action.request)
        terms = self.zone_of(ctx, record).terms
        ctx.require(ctx.sender in terms.owners, NotSensingOwner(record.zone, ctx.sender))
        known = self.deliveries.get(ctx, (name, ctx.sender))
        ctx.require(known is None, AlreadyDone(name, "rx_data", ctx.sender))
        check_stage(ctx, name, record, Stage.COLLECTING)
        check_delivery(action, terms, terms.owners.index(ctx.sender))
        delivery = Delivery(action.root, action.points, action.vsps, ctx.height)
        self.deliveries.set(ctx, (name, ctx.sender), delivery)
        ctx.emit(DataReceived(name, ctx.sender, action.root, action.points, len(action.vsps)))
        record = replace(record, delivered=record.delivered + 1)
        if record.delivered == len(terms.owners):
            settlement.begin_grading(self, ctx, name, record)
        else:
            self.requests.set(ctx, name, record)

    @execute
    def ch_grade(self, ctx: Context, action: ChGrade) -> None:
        """Grade the participants.

        Raises NoSuchRequest, NotAgency, NotBonded, WrongStage, TooLate, AlreadyDone, WrongGradeCount.
        """
        name, record = action.request, need_request(self, ctx, action.request)
        check_agency(self, ctx, record)
        check_stage(ctx, name, record, *_FROM_GRADING)
        certification.cast_grades(self, ctx, name, record, action.grades)

    @execute
    def ch_data(self, ctx: Context, action: ChData) -> None:
        """Give a result.

        Raises NoSuchRequest, NotAgency, NotBonded, WrongStage, TooLate, InconsistentDecision, OutOfRange,
        StaleAggregate, AlreadyDone.
        """
        name, record = action.request, need_request(self, ctx, action.request)
        check_agency(self, ctx, record)
        check_stage(ctx, name, record, *_FROM_DECIDING)
        terms = self.zone_of(ctx, record).terms
        points = sum(delivery.points for _, _, delivery in self.delivered(ctx, name, terms))
        check_decision(action.decision, record.ask, points, terms.min_points)
        certification.cast_result(self, ctx, name, record, action.decision)

    @execute
    def vote(self, ctx: Context, action: Vote) -> None:
        """Approve a certified result or not; the first refusal denies, the last approval grants.

        Raises NoSuchRequest, NotProvider, WrongStage, TooLate, AnotherResult, AlreadyDone.
        """
        name, record = action.request, need_request(self, ctx, action.request)
        terms = self.zone_of(ctx, record).terms
        ctx.require(ctx.sender in terms.providers, NotProvider(record.zone, ctx.sender))
        check_stage(ctx, name, record, Stage.VOTING)
        assert record.result is not None
        assert record.decision is not None
        ctx.require(action.result == record.result, AnotherResult(name, action.result, record.result))
        known = self.votes.get(ctx, (name, ctx.sender))
        ctx.require(known is None, AlreadyDone(name, "vote", ctx.sender))
        self.votes.set(ctx, (name, ctx.sender), ProviderVote(action.approve, ctx.height))
        ctx.emit(ProviderVoted(name, ctx.sender, action.approve))
        if not action.approve:
            settlement.decide(self, ctx, name, record, Verdict.DENY, Cause.PROVIDER_REFUSED)
        elif unanimous(self.approvals(ctx, name, terms)):
            settlement.decide(self, ctx, name, record, record.decision.verdict, Cause.CERTIFIED)

    @execute
    def rew_coin(self, ctx: Context, action: RewCoin) -> None:
        """Withdraw an owner's share. Raises NoSuchRequest, NotSensingOwner, WrongStage, NotDelivered, AlreadyDone."""
        name, record = action.request, need_request(self, ctx, action.request)
        owners = self.zone_of(ctx, record).terms.owners
        ctx.require(ctx.sender in owners, NotSensingOwner(record.zone, ctx.sender))
        delivery = self.deliveries.get(ctx, (name, ctx.sender))
        paid = delivery is not None and delivery.paid_at > 0
        ctx.require(not paid, AlreadyDone(name, "rew_coin", ctx.sender))
        rewarding = record.stage is Stage.REWARDING
        ctx.require(rewarding, WrongStage(name, record.stage.value, Stage.REWARDING.value))
        ctx.require(delivery is not None, NotDelivered(name, ctx.sender))
        settlement.reward(self, ctx, name, record, ctx.sender, asked=True)

    @execute
    def show_point(self, ctx: Context, action: ShowPoint) -> None:
        """Put a measurement on record. Raises NoSuchRequest, NotDelivered, ProofMismatch, AlreadyDone."""
        disputes.show(self, ctx, need_request(self, ctx, action.request), action)

    @execute
    def challenge(self, ctx: Context, action: Challenge) -> None:
        """Disprove an agency's map.

        Raises NoSuchRequest, NoBallot, AlreadyDone, TooLate, NotDelivered, ProofMismatch, NotDisproved.
        """
        disputes.challenge(self, ctx, need_request(self, ctx, action.request), action)

    @execute
    def revoke_licence(self, ctx: Context, action: RevokeLicence) -> None:
        """End a licence. Raises NoSuchRequest, NoLicence, NotRevoker."""
        name, record = action.request, need_request(self, ctx, action.request)
        licence = self.live_licence(ctx, name)
        if licence is None:
            raise NoLicence(name)
        zone = self.zone_of(ctx, record)
        revokers = (zone.registrar, licence.holder, *zone.terms.providers * zone.terms.providers_revoke)
        ctx.require(ctx.sender in revokers, NotRevoker(record.zone, ctx.sender))
        settlement.revoke(self, ctx, name, licence, ctx.sender)

    def end_block(self, ctx: Context) -> None:
        """End the stages and licences that are due; nothing else is looked at."""
        settlement.settle_due(self, ctx)

    def invariants(self, view: View) -> Iterator[str]:
        """Money, order of the steps, licences with their approvals, deadlines where they belong."""
        return broken_rules(self, view)

"""What the lease market's participants do: a network operator, micro-operators, users.

They look at the chain's state when they wake and act on that. What they remember is what they asked for,
never what should have come of it, so a refused action or a reorganisation needs no special care.
"""

from collections.abc import Iterable, Sequence
from typing import cast

import numpy as np

from apps.agent import Decision, Fate, Measure, Status, Update
from apps.lease.actions import ListSpectrum, OpenLease, OrderService, PostOffer, ServeOrders, WithdrawOffer
from apps.lease.economics import LeaseMarket
from apps.lease.policies import Plan, Policy
from apps.lease.rent import payment_for
from apps.lease.scale import PPM, Scale, to_hz, to_ppm
from apps.lease.state import Lot, Offer, Order
from chain.context import View
from chain.records import Action

PATIENCE_BLOCKS = 10
"""After so many blocks without news of an action its sender looks at the chain and asks again."""
WILLINGNESS = "willingness_to_pay"
"""Name of the measure in which a user reports its draw; the key is the period."""
MINING_FRACTION = "mining_fraction"
"""Name of the measure in which an operator reports each change of its split; the key is its head's height."""
_RETRIED_PERIODS = 8


class NetworkOperator:
    """Lists its spectrum once and lets it lie."""

    def __init__(self, lot: str, bandwidth_hz: int, unit_price: int) -> None:
        self.listing = ListSpectrum(lot, bandwidth_hz, unit_price)

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """List the lot where the chain does not have it."""
        absent = _lot(update.view, self.listing.lot) is None
        return Decision((self.listing,) if absent else (), next_height=update.view.height + PATIENCE_BLOCKS)


class MicroOperator:
    """Posts its policy's offer, mines as it says, and leases exactly what its users have ordered."""

    def __init__(self, offer: str, lot: str, policy: Policy, scale: Scale) -> None:
        self.offer = offer
        self.lot = lot
        self.policy = policy
        self.scale = scale
        self._mining_fraction: float | None = None
        self._asked_at: dict[Action, int] = {}
        """Action whose fate is open -> height at which it was asked for."""

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """Follow the policy, then serve who waits."""
        view, plan = update.view, self.policy.plan(update)
        self._note(update.fates, view.height)
        # One who only mines has no service to give: its waiting users get their money back in time.
        serving = () if plan.price is None else self._serving(view, update.account)
        actions = (*self._offering(view, plan), *serving)
        for action in actions:
            self._asked_at[action] = view.height
        fraction = plan.mining_fraction
        if fraction == self._mining_fraction:
            return Decision(actions)
        self._mining_fraction = fraction
        measure = Measure(MINING_FRACTION, fraction, view.height)
        return Decision(actions, mining_fraction=fraction, measures=(measure,))

    def _note(self, fates: Iterable[Fate], height: int) -> None:
        for fate in fates:
            if fate.status is Status.UNCONFIRMED:
                self._asked_at[fate.action] = height
            else:
                self._asked_at.pop(fate.action, None)

    def _awaits(self, height: int, *kinds: type[Action]) -> bool:
        """Whether the fate of such an action is open, and not for too long."""
        return any(
            isinstance(action, kinds) and height - asked < PATIENCE_BLOCKS
            for action, asked in self._asked_at.items()
        )

    def _offering(self, view: View, plan: Plan) -> Iterable[Action]:
        if self._awaits(view.height, PostOffer, WithdrawOffer):
            return
        posted = _offer(view, self.offer)
        if plan.price is None:
            if posted is not None:
                yield WithdrawOffer(self.offer)
            return
        terms = (max(1, self.scale.unit_price(plan.price)), to_ppm(plan.mining_fraction))
        if posted is None or (posted.unit_price, posted.mining_fraction_ppm) != terms:
            yield PostOffer(self.offer, *terms)

    def _serving(self, view: View, account: bytes) -> Iterable[Action]:
        lot = _lot(view, self.lot)
        if lot is None or self._awaits(view.height, ServeOrders):
            return
        orders = cast("tuple[Order, ...]", view.query("lease", "pending_orders", account))
        batch = _fitting(orders, lot, view.balance(account))
        if batch:
            number = cast("int", view.query("lease", "next_lease", account))
            bandwidth, blocks = sum(order.bandwidth for order in batch), max(order.blocks for order in batch)
            yield OpenLease(self.lot, number, bandwidth, blocks, lot.unit_price)
            yield ServeOrders(number)


class User:
    """Draws its willingness to pay once a period and orders what maximises its utility at the offer."""

    def __init__(self, offer: str, market: LeaseMarket, scale: Scale, phase: int, first_period: int) -> None:
        self.offer = offer
        self.market = market
        self.scale = scale
        self.phase = phase
        """Block of each period, counted from 0, in which it wakes."""
        self._next_period = first_period
        self._willingness: dict[int, float] = {}

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """Order for each period that has begun, its number the order's; ask again where an offer moved."""
        view, measures = update.view, []
        due = self._refused(update)
        while self._wakes_at(self._next_period) <= view.height:
            willingness = float(rng.random())
            self._willingness[self._next_period] = willingness
            measures.append(Measure(WILLINGNESS, willingness, self._next_period))
            due.append(self._next_period)
            self._willingness.pop(self._next_period - _RETRIED_PERIODS, None)
            self._next_period += 1
        return Decision(
            tuple(self._orders(view, update.account, due)),
            next_height=self._wakes_at(self._next_period),
            measures=tuple(measures),
        )

    def _wakes_at(self, period: int) -> int:
        return period * self.scale.period_blocks + self.phase

    def _refused(self, update: Update) -> list[int]:
        """Periods whose order was refused and whose number can still be used."""
        numbers = {
            fate.action.order
            for fate in update.fates
            if fate.status is Status.REFUSED and isinstance(fate.action, OrderService)
        }
        if not numbers:
            return []
        smallest = cast("int", update.view.query("lease", "next_order", update.account))
        return sorted(n for n in numbers if n >= smallest and n in self._willingness)

    def _orders(self, view: View, account: bytes, periods: Iterable[int]) -> Iterable[OrderService]:
        offer, balance = _offer(view, self.offer), view.balance(account)
        if offer is None:
            return
        fraction, price = offer.mining_fraction_ppm / PPM, self.scale.price(offer.unit_price)
        blocks = self.scale.period_blocks
        for period in periods:
            demand = to_hz(self.market.user_demand(self._willingness[period], price, fraction))
            payment = payment_for(demand, offer.unit_price, blocks)
            if demand and payment <= balance:
                balance -= payment
                yield OrderService(
                    self.offer, period, demand, blocks, offer.unit_price, offer.mining_fraction_ppm
                )


def _fitting(orders: Sequence[Order], lot: Lot, balance: int) -> list[Order]:
    """The orders to serve together, oldest first, with what the lot has free and the operator can pay."""
    batch: list[Order] = []
    bandwidth = blocks = 0
    for order in orders:
        more, longest = bandwidth + order.bandwidth, max(blocks, order.blocks)
        if more <= lot.free and payment_for(more, lot.unit_price, longest) <= balance:
            batch.append(order)
            bandwidth, blocks = more, longest
    return batch


def _lot(view: View, name: str) -> Lot | None:
    return cast("Lot | None", view.query("lease", "listing", name))


def _offer(view: View, name: str) -> Offer | None:
    return cast("Offer | None", view.query("lease", "offer", name))

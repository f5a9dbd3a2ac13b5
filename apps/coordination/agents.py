"""Those who want something: the frequency buyer (FB-USER) a licence, the sensing owner (SS-OWNER) its fee.

What comes next they read on the chain; what they remember is only what they asked for. A reorganisation that undoes a
step shows them the step before, and they go on from there. A request has one name for ever, so it is paid for once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from apps.agent import Decision, Fate, Measure, Status, Update
from apps.coordination.actions import Ask, PayCoin, RewCoin, RxData, Verdict
from apps.coordination.campus import Campus
from apps.coordination.commitment import LOWEST_CDBM
from apps.coordination.data_store import DataStore
from apps.coordination.duties import ACTION_REFUSED, blocks_since, deliveries_of, request_of, waiting, zone_of
from apps.coordination.stages import Stage
from apps.coordination.state import RequestRecord
from apps.coordination.survey import SurveyPlan, root_seed, survey
from apps.pending import Pending
from chain.context import View
from chain.records import Action

ASKED = "asked"
"""Measure of a buyer: it sends its request. Value: the attempt, counted from 1."""
RELIED = "relied"
"""Measure of a buyer: the decision has the confirmations it wants. Value: the attempt."""
RELIANCE_UNDONE = "reliance_undone"
"""Measure of a buyer: a reorganisation undid a decision that it relied on. Value: the attempt."""
GAVE_UP = "gave_up"
"""Measure of a buyer: it asks no more. Value: the attempts it made."""
SURVEY_SEED = "survey_seed"
"""Measure of an owner: the seed of all its surveys."""
SURVEYED = "surveyed"
"""Measure of an owner: it has collected. Value: time of the head it saw, ms; key: `survey_key` of the request."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a buyer wants and how long it tries."""

    zone: str
    ask: Ask
    ask_at: int
    """Height from which on it asks."""
    retries: int
    """How often it asks again."""
    step_down_cdb: int
    """What it lowers both its powers by after a denial."""
    confirmations: int
    """Blocks after which it relies on a decision."""


class FrequencyBuyer:
    """Pays for a decision; after a denial, or where nothing was decided, it may ask anew, under a new name."""

    def __init__(self, name: str, wish: Wish) -> None:
        """`name` begins the names of its requests."""
        self._name, self._wish = name, wish
        self._pending = Pending()
        self._asked: set[int] = set()
        self._relied: dict[int, bytes | None] = {}
        """Attempt -> digest of the result that it relies on."""
        self._gave_up = False

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """Pay where that is due, and say what it relies on."""
        self._pending.note(update.fates, update.view.height)
        measures = [*refusals(update.fates), *self._reliance(update.view)]
        wanted = {} if self._gave_up else dict(self._wanted(update.view, update.account, measures))
        actions = self._pending.due(wanted.values(), update.view.height)
        for attempt in [attempt for attempt, action in wanted.items() if action in actions]:
            if attempt not in self._asked:
                self._asked.add(attempt)
                measures.append(Measure(ASKED, attempt))
        return Decision(actions, measures=tuple(measures))

    def _wanted(self, view: View, account: bytes, measures: list[Measure]) -> Iterator[tuple[int, PayCoin]]:
        """(attempt, action) of the payment that is due, if one is."""
        zone = zone_of(view, self._wish.zone)
        if zone is None or view.height < self._wish.ask_at:
            return
        denials = 0
        for attempt in range(1, self._wish.retries + 2):
            name = request_name(self._name, attempt)
            record = request_of(view, name)
            if record is None:
                action = PayCoin(name, self._wish.zone, zone.terms.price, self._lowered(denials))
                if self._pending.refused_for_good(action) or view.balance(account) < zone.terms.price:
                    break
                yield attempt, action
                return
            if not self._is_over(view, record):
                return
            denials += record.verdict is Verdict.DENY
        self._gave_up = True
        measures.append(Measure(GAVE_UP, len(self._asked)))

    def _is_over(self, view: View, record: RequestRecord) -> bool:
        """Whether it came to nothing, and that so deep in the chain that the buyer believes it."""
        if record.verdict is None:
            over = record.stage is Stage.CLOSED
            return over and blocks_since(view, record.began_at) >= self._wish.confirmations
        decided = blocks_since(view, record.steps.ch_data) >= self._wish.confirmations
        return record.verdict is Verdict.DENY and decided

    def _lowered(self, denials: int) -> Ask:
        ask, less = self._wish.ask, denials * self._wish.step_down_cdb
        power, least = (max(cdbm - less, LOWEST_CDBM + 1) for cdbm in (ask.power_cdbm, ask.min_power_cdbm))
        return replace(ask, power_cdbm=power, min_power_cdbm=least)

    def _reliance(self, view: View) -> Iterator[Measure]:
        for attempt in sorted(self._asked):
            record = request_of(view, request_name(self._name, attempt))
            decided = record is not None and record.verdict is not None
            result = record.result if record is not None and decided else None
            if attempt in self._relied and self._relied[attempt] != result:
                del self._relied[attempt]
                yield Measure(RELIANCE_UNDONE, attempt)
            deep = record is not None and blocks_since(view, record.steps.ch_data) >= self._wish.confirmations
            if attempt not in self._relied and decided and deep:
                self._relied[attempt] = result
                yield Measure(RELIED, attempt)


class SensingOwner:
    """Collects from its participants when data are asked for, commits to them, and withdraws its share."""

    def __init__(
        self, zone: str, campus: Campus, plan: SurveyPlan, store: DataStore, confirmations: int
    ) -> None:
        self._zone, self._campus, self._plan, self._store = zone, campus, plan, store
        self._confirmations = confirmations
        self._pending = Pending()
        self._seed: int | None = None
        self._roots: dict[str, bytes] = {}
        """Request -> root of what was collected for it: a participant is sent out once."""

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """Deliver and withdraw where that is due."""
        view = update.view
        self._pending.note(update.fates, view.height)
        measures = list(refusals(update.fates))
        if self._seed is None:
            self._seed = root_seed(rng)
            measures.append(Measure(SURVEY_SEED, self._seed))
        wanted = [
            *self._deliveries(view, update.account, self._seed, measures),
            *self._rewards(view, update.account),
        ]
        return Decision(self._pending.due(wanted, view.height), measures=tuple(measures))

    def _deliveries(self, view: View, account: bytes, seed: int, measures: list[Measure]) -> Iterator[Action]:
        for name, _ in waiting(view, self._zone, self._confirmations, Stage.COLLECTING):
            if account in dict(deliveries_of(view, name)):
                continue
            if name not in self._roots:
                collected = survey(self._campus, self._plan, seed, name, view.time_ms)
                self._roots[name] = self._store.put_measurements(collected)
                measures.append(Measure(SURVEYED, view.time_ms, survey_key(name)))
            yield RxData(name, self._roots[name], self._plan.measurements, self._plan.keys)

    def _rewards(self, view: View, account: bytes) -> Iterator[Action]:
        for name, _ in waiting(view, self._zone, self._confirmations, Stage.REWARDING):
            delivery = dict(deliveries_of(view, name)).get(account)
            if delivery is not None and not delivery.paid_at:
                yield RewCoin(name)


def request_name(buyer: str, attempt: int) -> str:
    """Name of a buyer's request; attempts count from 1."""
    return f"{buyer}/{attempt}"


def survey_key(request: str) -> int:
    """What tells the surveys of an owner apart: CRC-32 of the request's name."""
    return crc32(request.encode())


def refusals(fates: tuple[Fate, ...]) -> Iterator[Measure]:
    """A measure for each action that was refused."""
    return (Measure(ACTION_REFUSED, 1) for fate in fates if fate.status is Status.REFUSED)

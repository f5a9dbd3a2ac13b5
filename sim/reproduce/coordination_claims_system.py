"""The coordination paper's claims about contract, consensus, protection and real maps (sections 2, 4.1 and 5)."""

import warnings
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from apps.coordination.campus import BASE_HEIGHT_M, FREQUENCY_MHZ, MOBILE_HEIGHT_M
from apps.coordination.propagation import Cost231Hata, ModelRangeWarning
from sim.reproduce.claims import Claim, Verdict
from sim.reproduce.coordination_contract import (
    BUYER,
    OWNER,
    PROVIDERS,
    ballots,
    paper_run,
    refund_without_data,
)
from sim.reproduce.coordination_methods import FITTED, HAND_SET, Method
from sim.reproduce.coordination_outage import OUTAGE, Granted, Rule
from sim.reproduce.coordination_real import BLOCKS, RANDOM, SETS, HeldOut
from sim.reproduce.coordination_results import indefinite_of, rmses_of
from sim.reproduce.coordination_statistics import grouped_share_of, mean_of, percent

_PAPER_COINS = {BUYER: 2.99, OWNER: 1.98}
"""Figs. 6 to 10."""


def system_claims(granted: Mapping[Rule, Sequence[Granted]]) -> Iterator[Claim]:
    """All but that on real maps, in the order of the paper."""
    yield secrecy()
    yield unanimity()
    yield balances()
    yield statuses()
    yield no_answer()
    yield hata_in_range()
    yield no_harm(granted)


def secrecy() -> Claim:
    """What the paper's contract puts where everybody reads it."""
    return Claim(
        "Sec. 1, 5",
        "transactions are secure without leakage or disclosure of classified information",
        "whatever a transaction of `rx_data` carries, every node reads; here the chain holds a Merkle root and "
        "single "
        "measurements under dispute, and the agencies still read all data, and the decision shows the limiting place",
        Verdict.FAILS,
    )


def unanimity() -> Claim:
    """The consensus of the providers as recorded votes; the paper's Table 1 has no function for it."""
    found = ballots()
    words = {True: "yes", False: "no", None: "silence"}
    listed = "; ".join(
        f"{', '.join(words[vote] for vote in one.votes)}: {'licence' if one.licensed else one.cause.value}"
        for one in found
    )
    right = all(one.licensed == all(vote is True for vote in one.votes) for one in found)
    return Claim(
        "Sec. 2, 4.1",
        "sharing is approved by the unanimous consensus of the incumbents",
        f"none of the six functions of Table 1 is a provider's; with a vote of each of {len(PROVIDERS)} providers "
        f"added, "
        f"a request that the agency would grant ends by {listed}",
        Verdict.PARTLY if right else Verdict.FAILS,
    )


def balances() -> Claim:
    """Figs. 6 and 10 in base units."""
    run = paper_run()
    same = all(run.coins[name] == coins for name, coins in _PAPER_COINS.items()) and run.escrow[-1] == 0.0
    return Claim(
        "Figs. 6-10",
        "FB-USER goes from 4 to 2.99 coins, SS-OWNER from 1 to 1.98, by the contract alone",
        f"exactly, with a fee of 0.01: {run.coins[BUYER]:g} and {run.coins[OWNER]:g}, one and two transactions; "
        f"the escrow holds "
        f"{', '.join(f'{held:g}' for held in run.escrow)} after the six functions; the participants (VSPs) get "
        f"nothing "
        "in these numbers",
        Verdict.HOLDS if same else Verdict.FAILS,
    )


def statuses() -> Claim:
    """Fig. 9, and what the functions do when they are called otherwise."""
    run = paper_run()
    right = [status.count("Y") for status in run.statuses] == [1, 2, 3, 4, 5, 6]
    return Claim(
        "Fig. 9",
        "every status goes from NO to YES, without any misoperation",
        f"in this order, one by one; {run.refused} of {run.tried} calls out of order are refused without effect. The "
        "paper shows neither callers nor refusals: here both are rules",
        Verdict.HOLDS if right and run.refused == run.tried else Verdict.FAILS,
    )


def no_answer() -> Claim:
    """The path that the paper does not have."""
    coins = refund_without_data()
    return Claim(
        "Sec. 4.1",
        "the whole process is done automatically, without human intervention",
        "only if everybody answers: the paper's functions have no deadline, so that the deposit stays locked when "
        f"SS-OWNER is silent; with deadlines in blocks FB-USER has {coins:g} coins again after one fee",
        Verdict.PARTLY,
    )


def hata_in_range() -> Claim:
    """COST-231-Hata with the paper's numbers."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for height_m in (BASE_HEIGHT_M, MOBILE_HEIGHT_M):
            Cost231Hata(FREQUENCY_MHZ, height_m, MOBILE_HEIGHT_M).loss_db(np.array([200.0]))
    found = [w.message for w in caught if isinstance(w.message, ModelRangeWarning)]
    outside = {w.args[1]: f"{w.args[1]} {w.args[2]:g} (range {w.args[3]:g} to {w.args[4]:g})" for w in found}
    return Claim(
        "Sec. 4.2",
        "COST-231-Hata describes 2630 MHz, an antenna at 1.5 m and 200 m",
        f"outside the range it was made for: {', '.join(outside.values())}",
        Verdict.FAILS if outside else Verdict.HOLDS,
    )


def no_harm(granted: Mapping[Rule, Sequence[Granted]]) -> Claim:
    """Whether the true SINR stays at its threshold with the largest power that a rule permits."""
    limiting = {rule: grouped_share_of([one.missed for one in found]) for rule, found in granted.items()}
    anywhere = {rule: grouped_share_of([one.any_missed for one in found]) for rule, found in granted.items()}
    grants = sum(len(one.powers_dbm) for one in granted[Rule.MEAN])
    return Claim(
        "Sec. 2, 4.1",
        "comparing the SINR of the map with a limit keeps the incumbent from harmful interference",
        f"at the largest power it permits the limiting place misses its SINR in {percent(limiting[Rule.MEAN])} of "
        f"{grants} "
        f"grants, some place in {percent(anywhere[Rule.MEAN])}: the map's error is left out; with an outage of at "
        f"most {OUTAGE:.0%} for each place {percent(limiting[Rule.EACH])} and {percent(anywhere[Rule.EACH])}, for "
        f"all places "
        f"together {percent(limiting[Rule.ALL])} and {percent(anywhere[Rule.ALL])}",
        Verdict.FAILS if limiting[Rule.MEAN].low > 2 * OUTAGE else Verdict.HOLDS,
    )


def real_claim(held_out: Sequence[HeldOut]) -> Claim:
    """The SVM on measurements that are real."""
    methods = (*HAND_SET, *FITTED)
    cases = [(real_set.name, kind) for real_set in SETS for kind in (RANDOM, BLOCKS)]
    means = {m: [mean_of(rmses_of(held_out, *case, m)).value for case in cases] for m in methods}
    best = [min(values) for values in zip(*means.values(), strict=True)]
    first = sum(svr <= least for svr, least in zip(means[Method.SVR], best, strict=True))
    behind = max(reml - least for reml, least in zip(means[Method.REML], best, strict=True))
    return Claim(
        "Table 2",
        "the SVM model is the best (on real LTE and Wi-Fi measurements)",
        f"first in {first} of {len(cases)} sets and kinds of hold-out; mean RMSE {min(means[Method.SVR]):.1f} to "
        f"{max(means[Method.SVR]):.0f} dB, of reml {min(means[Method.REML]):.1f} to {max(means[Method.REML]):.1f} "
        f"dB, never more "
        f"than {behind:.2f} dB behind the best; "
        f"{percent(indefinite_of([one.of(Method.SVR) for one in held_out]))} of the "
        "SVM's fits are indefinite",
        Verdict.HOLDS
        if first == len(cases)
        else Verdict.PARTLY
        if 2 * first >= len(cases)
        else Verdict.FAILS,
    )

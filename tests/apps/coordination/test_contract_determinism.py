"""Every action of coordination, executed again in other processes, comes to the same state."""

from dataclasses import replace

from apps.coordination.actions import (
    Challenge,
    ChData,
    Grade,
    GradeRewards,
    PostBond,
    RevokeLicence,
    ShowPoint,
    Verdict,
    WithdrawBond,
)
from apps.coordination.app import Coordination
from apps.coordination.commitment import proof_of, root_of
from apps.determinism import lint_app, replay_twice, trace_of
from apps.testing import DevChain, account_of
from tests.apps.coordination.contract_scene import (
    DEADLINES,
    collect,
    decision_of,
    found,
    grade,
    map_of,
    measurements_of,
    pay,
    proved,
    reward,
    terms,
    vote,
)

FULL = replace(
    terms(agencies=("ca", "ca2", "ca3"), owners=("ss", "ss2"), providers=("rsp", "rsp2"), quorum=2, bond=9),
    unanimity=True,
    vsp_budget=60,
    grade_rewards=GradeRewards(20, 10, 5, 0),
)
DATA = measurements_of(("vsp",))


def everything() -> DevChain:
    """A chain on which every action was carried out and every deadline but one passed."""
    chain = found(FULL)
    for agency in ("ca", "ca2", "ca3"):
        chain.execute(agency, PostBond("campus"))
    collect(chain, owners=("ss2", "ss"), vsps=("vsp",))
    grade(chain, ("ca3",), grades=(Grade.EDGE, Grade.EDGE))
    grade(chain, ("ca", "ca2"), grades=(Grade.GOOD, Grade.EXCELLENT))
    wrong = [replace(point, rss_cdbm=0) for point in map_of([*DATA, *DATA])]
    for agency, points in (("ca3", wrong), ("ca", map_of([*DATA, *DATA])), ("ca2", map_of([*DATA, *DATA]))):
        decision = decision_of(Verdict.REDUCE, points=10, map_root=root_of(points))
        chain.execute(agency, ChData("one", decision))
    measurement, proof = proved(DATA, 2)
    chain.execute("vsp", ShowPoint("one", account_of("ss2"), 2, measurement, proof))
    said = (wrong[2], proof_of(wrong, 2))
    chain.execute("rsp", Challenge("one", account_of("ca3"), account_of("ss"), 2, measurement, proof, *said))
    for provider in ("rsp", "rsp2"):
        vote(chain, provider)
    reward(chain, "ss2")
    chain.mine(DEADLINES.reward_blocks)
    chain.execute("registrar", RevokeLicence("one"))
    for request in ("two", "three"):
        pay(chain, request)
    chain.mine(DEADLINES.challenge_blocks)
    chain.execute("ca", WithdrawBond("campus"))
    return chain


def test_the_rules_of_determinism_are_kept() -> None:
    assert lint_app(Coordination) == []


def test_another_process_comes_to_the_same_state() -> None:
    chain = everything()
    done = {type(attempt.action) for block in chain.state.blocks() for attempt in block.attempts}
    assert done == set(chain.registry.actions) - {
        action for action in chain.registry.actions if "bank" in action.__module__
    }
    assert replay_twice(trace_of(chain)) is None

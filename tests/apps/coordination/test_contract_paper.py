"""The paper's run on chain: its six functions, the status after each, and its balances to the base unit."""

import json

from apps.coordination.actions import ChData, ChGrade, OpenZone, PayCoin, RewCoin, RxData, TxData
from apps.coordination.app import Coordination
from apps.coordination.commitment import root_of
from apps.coordination.events import (
    CoinPaid,
    DataComplete,
    DataRequested,
    GradesAgreed,
    LicenceGranted,
    OwnerRewarded,
    RequestDecided,
)
from apps.coordination.stages import STEPS, Stage
from apps.testing import DevChain
from chain.accounts import supply_of
from chain.params import SHARECOIN
from tests.apps.coordination.contract_scene import (
    ASK,
    PAPER,
    decision_of,
    happened,
    measurements_of,
    record_of,
    status_of,
)
from tests.apps.strict_chain import StrictChain
from tests.shared import shared_file

FEE = SHARECOIN // 100
BALANCES = {"buyer": 4 * SHARECOIN, "ss": SHARECOIN, "ca": SHARECOIN}
LABEL = "request/one"


def before_the_run(subsidy: int = SHARECOIN) -> DevChain:
    """The chain as in Fig. 6: the agency, which mines, has opened its zone."""
    chain = StrictChain(Coordination(), balances=BALANCES, fee=FEE, subsidy=subsidy)
    chain.block([("ca", OpenZone("campus", PAPER))], miner="ca")
    return chain


def run(chain: DevChain) -> list[tuple[str, int]]:
    """The six transactions, one a block, mined by the agency; (status, escrow) after each."""
    seen = []
    for who, action in (
        ("buyer", PayCoin("one", "campus", SHARECOIN, ASK)),
        ("ca", TxData("one")),
        ("ss", RxData("one", root_of(measurements_of()), 5, ())),
        ("ca", ChGrade("one", ())),
        ("ca", ChData("one", decision_of())),
        ("ss", RewCoin("one")),
    ):
        (receipt,) = chain.block([(who, action)], miner="ca")
        assert receipt.succeeded, receipt.failure
        seen.append((status_of(chain), chain.escrow(LABEL)))
    return seen


def test_the_balances_are_the_papers() -> None:
    chain = before_the_run(subsidy=0)
    agency = chain.balance("ca")
    run(chain)
    assert chain.balance("buyer") == 299 * SHARECOIN // 100
    assert chain.balance("ss") == 198 * SHARECOIN // 100
    assert chain.balance("ca") == agency + 3 * FEE
    assert chain.escrow(LABEL) == 0
    assert chain.view.nonce(chain.account("buyer")) == 1
    assert chain.view.nonce(chain.account("ss")) == 2


def test_the_balances_are_those_of_the_reference() -> None:
    case = json.loads(shared_file("reference/frequency_coordination.json").read_text())["smart_contract"]
    chain = before_the_run()
    run(chain)
    assert tuple(case["order"]) == STEPS
    assert chain.balance("buyer") == round(case["end"]["FB_USER"] * SHARECOIN)
    assert chain.balance("ss") == round(case["end"]["SS_OWNER"] * SHARECOIN)


def test_nothing_but_the_subsidy_changes_the_supply() -> None:
    chain = before_the_run(subsidy=50 * SHARECOIN)
    supply = supply_of(chain.view.state)
    run(chain)
    assert supply_of(chain.view.state) == supply + 6 * 50 * SHARECOIN


def test_each_function_turns_its_own_status_to_yes() -> None:
    assert run(before_the_run()) == [
        ("YNNNNN", SHARECOIN),
        ("YYNNNN", SHARECOIN),
        ("YYYNNN", SHARECOIN),
        ("YYYYNN", SHARECOIN),
        ("YYYYYN", SHARECOIN),
        ("YYYYYY", 0),
    ]


def test_the_steps_are_on_record_with_their_blocks() -> None:
    chain = before_the_run()
    run(chain)
    record = record_of(chain)
    assert [getattr(record.steps, name) for name in STEPS] == [2, 3, 4, 5, 6, 7]
    assert (record.stage, record.due_at, record.held) == (Stage.CLOSED, 0, 0)
    kinds = (
        CoinPaid,
        DataRequested,
        DataComplete,
        GradesAgreed,
        RequestDecided,
        LicenceGranted,
        OwnerRewarded,
    )
    assert [type(event) for _, _, event in chain.events if isinstance(event, kinds)] == list(kinds)
    assert happened(chain, OwnerRewarded)[0].amount == SHARECOIN


def test_nobody_knows_the_status_of_a_request_that_was_not_made() -> None:
    assert before_the_run().query(Coordination.status, "one") is None

"""Runs of the coordination scenarios from their folders: the paper's balances, the open run, verification."""

import json
from pathlib import Path

import pytest

import sim
from chain.params import SHARECOIN
from sim.plugins import registry_for
from sim.results import Results
from sim.runner import summary_of_run
from sim.verify import verify

CENT = SHARECOIN // 100
QUICK: dict[str, object] = {
    "coordination.map.method": "wls",
    "coordination.owners.0.measurements": 60,
    "coordination.owners.0.vsps": 6,
    "run.blocks": 8,
    "network.peers": 8,
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return sim.load(sim.run("coordination", seed=1, out=tmp_path_factory.mktemp("coordination") / "run"))


def test_the_papers_balances_come_out_to_the_base_unit(results: Results) -> None:
    summary = results.summary["coordination"]
    balances = {one["name"]: (one["before"], one["after"]) for one in summary["balances"]}
    assert balances["fb-user"] == (400 * CENT, 299 * CENT)
    assert balances["ss-owner"] == (100 * CENT, 198 * CENT)
    assert balances["ca-miner"] == (100 * CENT, 103 * CENT)
    assert summary["escrow"] == {"before": 0, "after": 0}
    assert set(summary["requests"][0]["status"].values()) == {"YES"}


def test_every_step_is_a_signed_transaction_of_its_caller(results: Results) -> None:
    rows = results.transactions[["sender", "action", "status"]].to_numpy().tolist()
    assert rows == [
        ["ca-miner", "OpenZone", "confirmed"],
        ["fb-user", "PayCoin", "confirmed"],
        ["ca-miner", "TxData", "confirmed"],
        ["ss-owner", "RxData", "confirmed"],
        ["ca-miner", "ChGrade", "confirmed"],
        ["ca-miner", "ChData", "confirmed"],
        ["ss-owner", "RewCoin", "confirmed"],
    ]


def test_the_status_over_time_is_that_of_the_blocks(results: Results) -> None:
    (request,) = results.summary["coordination"]["requests"]
    blocks = results.blocks[~results.blocks["stale"]].set_index("height")
    for step in request["steps"]:
        assert step["seconds"] == blocks.loc[step["height"], "time_ms"] / 1000
    decided = results.events["coordination.RequestDecided"]["height"].iloc[0]
    assert request["steps"][4] == {
        "step": "ch_data",
        "height": decided,
        "seconds": blocks.loc[decided, "time_ms"] / 1000,
    }


def test_the_run_verifies_and_has_its_figures(results: Results) -> None:
    assert verify(Path(results.path), registry_for).ok
    names = {path.name for path in (results.path / "figures").iterdir()}
    assert {f"coordination-{name}.png" for name in ("map", "deviation", "error", "margin", "status")} <= names


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_data() -> None:
    first, again, other = (
        json.dumps(summary_of_run("coordination", seed, QUICK)["coordination"]) for seed in (3, 3, 4)
    )
    assert first == again != other


@pytest.mark.slow
def test_in_the_open_run_liars_and_the_deviating_agency_are_caught_and_nobody_is_harmed() -> None:
    summary = summary_of_run("coordination-open", 1, {})["coordination"]
    assert isinstance(summary, dict)
    verdicts = {one["name"]: one["verdict"] for one in summary["requests"]}  # type: ignore[index]
    assert list(verdicts) == ["fb-cafe/1", "fb-lab/1", "fb-stadium/1", "fb-stadium/2"]
    assert verdicts["fb-stadium/1"] == "deny"
    assert all(one["reproduced"] for one in summary["requests"])  # type: ignore[index]
    assert [(one["deviations"], one["disproved"]) for one in summary["agencies"]] == [(0, 0), (0, 0), (1, 1)]  # type: ignore[index]
    caught = {one["name"]: one["caught"] for one in summary["vsps"] if one["behaviour"] == "lying"}  # type: ignore[index]
    assert all(caught.values())
    assert summary["harm"]["licences"] == 3  # type: ignore[index]
    assert summary["harm"]["harmed"] == 0  # type: ignore[index]

"""A run of the acquisition scenario from its folder: tables, proofs against headers, verification."""

import math
from pathlib import Path

import pytest

import sim
from apps.admm.licence_proof import check_licence, prove_licence
from sim.plugins import registry_for
from sim.results import NoSuchHeight, Results
from sim.verify import verify

SMALL: dict[str, object] = {
    "network.peers": 16,
    "mining.miners": 4,
    "run.blocks": 54,
    "admm.relaxation": 1.6,
    "admm.periods": 2,
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return sim.load(sim.run("admm", seed=3, overrides=SMALL, out=tmp_path_factory.mktemp("admm") / "run"))


def test_two_periods_converge_to_the_same_optimum(results: Results) -> None:
    first, second = results.summary["admm"]["periods"]
    for period in (first, second):
        assert period["converged"]
        assert abs(period["gap"]) < 1e-9
        assert period["price_w_per_hz"] == pytest.approx(1.824910e-11, rel=1e-6)
        assert period["to_1e-3"]["seconds"] <= period["to_1e-6"]["seconds"] <= period["seconds"]
    assert first["trace"]["height"][-1] < second["trace"]["height"][0]


def test_a_record_in_an_event_has_a_column_for_each_of_its_fields(results: Results) -> None:
    granted = results.events["admm.LicenceGranted"]
    prices = [
        int(significand) * 10.0 ** int(exponent)
        for significand, exponent in zip(granted["price.significand"], granted["price.exponent"], strict=True)
    ]
    assert prices == pytest.approx([1.824910e-11] * 12, rel=1e-6)
    opened = results.events["admm.AcquisitionOpened"]
    assert list(opened["terms.bandwidth"]) == [100_000_000] * 2
    assert "terms.penalty.exponent" in opened


def test_every_licence_of_the_run_is_proved_against_its_header(results: Results) -> None:
    granted = results.events["admm.LicenceGranted"]
    for height, rows in granted.groupby("height"):
        block, state = results.block(height), results.state(height)
        assert state.root == block.roots.state
        for row in rows.to_dict("records"):
            name, operator = row["acquisition"], bytes.fromhex(row["operator"])
            proof = prove_licence(state, block.roots, name, operator)
            licence = check_licence(block.header, proof, name, operator)
            assert (licence.bandwidth, licence.start) == (row["bandwidth"], row["start"])
            assert licence.granted_at == height


def test_blocks_and_states_go_from_genesis_to_the_head(results: Results) -> None:
    assert results.block(0).header.height == 0
    assert results.state(0).root == results.block(0).roots.state
    assert results.block(54).id.hex() == results.summary["chain"]["head"]
    for height in (-1, 55):
        with pytest.raises(NoSuchHeight, match=f"got height {height}, expected 0 to 54"):
            results.block(height)
        with pytest.raises(NoSuchHeight):
            results.state(height)


def test_the_summary_follows_from_the_tables(results: Results) -> None:
    (period, _), blocks = results.summary["admm"]["periods"], results.blocks
    main = blocks[~blocks["stale"]].set_index("height")
    closed = results.events["admm.RoundClosed"].query("acquisition == 'period-1'")
    started = results.events["admm.RoundsStarted"]["height"].iloc[0]
    assert period["rounds"] == len(closed)
    assert period["blocks"] == closed["height"].iloc[-1] - started
    seconds = (main.loc[closed["height"].iloc[-1], "time_ms"] - main.loc[started, "time_ms"]) / 1000
    assert period["seconds"] == pytest.approx(seconds)
    assert period["trace"]["primal_residual"] == pytest.approx(list(closed["primal"] / 1e14), rel=1e-12)
    assert math.isclose(
        period["trace"]["split_mhz"][0][-1], period["operators"][0]["licence_hz"] / 1e6, abs_tol=1e-6
    )


def test_the_run_verifies_and_has_its_figures(results: Results) -> None:
    assert verify(Path(results.path), registry_for).ok
    assert (results.path / "figures" / "admm-convergence.png").exists()
    assert (results.path / "figures" / "admm-split.png").exists()

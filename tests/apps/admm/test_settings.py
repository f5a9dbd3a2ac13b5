"""The `[admm]` table and its kit: settings that hang together, and the population they describe."""

import pickle
import re
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from apps.admm.acquisition_kit import behaviour_of, terms_of
from apps.admm.agents import Mvno, Owner
from apps.admm.behaviours import Honest, Lying, Silent, Stale
from apps.admm.settings import OperatorSettings, problem_of
from apps.admm.state import LIMITS
from apps.admm.units import float_of, scientific_of, watts_of_dbm
from apps.testing import account_of
from tests.apps.admm.commune import participants_of, settings_of, six

FAINTEST: dict[str, Any] = {
    "bandwidth_mhz": 1e5,
    "noise_dbm_per_hz": -220.0,
    "rate_mbps": 1e-9,
    "penalty_scale": 1e-6,
    "operators": [{"radius_m": 4.0, "density_per_km2": 4e4}],
}
"""One cell of two users, at a millibit a second each, in 100 GHz almost without noise."""


class TestSettings:
    def test_the_paper_is_the_default(self) -> None:
        problem = problem_of(settings_of())
        figures = [(cell.radius_m, cell.density_per_km2, cell.rate_bps) for cell in problem.cells]
        expected = [(80, 2400), (80, 1600), (100, 1600), (100, 2000), (120, 2000), (120, 2400)]
        assert figures == [(radius, density, 1e6) for radius, density in expected]
        assert (problem.bandwidth_hz, problem.pathloss_exponent) == (100e6, 3.76)
        assert problem.noise_psd_w_per_hz == pytest.approx(6.309573444801943e-20, rel=1e-14)
        # Reference, section 2, R_min = 1: mu/sigma^2 = 289228754.219 and the widths in MHz.
        best = problem.solve()
        assert best.price_w_per_hz / problem.noise_psd_w_per_hz == pytest.approx(289228754.219, rel=1e-9)
        widths = [9.579665, 6.314842, 12.028519, 15.099099, 25.872186, 31.105688]
        assert best.bandwidth_hz / 1e6 == pytest.approx(widths, abs=1e-6)

    @pytest.mark.parametrize(
        "table",
        [
            {},
            {"rule": "half-range-hermite", "operators": six(2, behaviour="stale")},
            {"operators": [{"count": 3, "rate_mbps": 0.5, "behaviour": "lying"}], "periods": 2},
        ],
    )
    def test_settings_survive_being_written_and_read(self, table: dict[str, Any]) -> None:
        settings = settings_of(**table)
        assert settings_of(**settings.model_dump(mode="json", exclude_none=True)) == settings

    @pytest.mark.parametrize(
        ("table", "words"),
        [
            ({"operators": []}, "at least 1"),
            ({"operators": [{}, {}]}, "a name of its own"),
            ({"operators": [{"name": "owner"}]}, "not 'owner'"),
            ({"operators": [{"name": "a", "count": 2}, {"name": "a-1"}]}, "a name of its own"),
            ({"operators": [{"count": 1000}, {"name": "b"}]}, "at most 1000 operators"),
            ({"operators": [{"count": 0}]}, "greater than or equal to 1"),
            ({"operators": [{"radius_m": 0}]}, "radius_m\n.*greater than or equal to 0.01"),
            (
                {"operators": [{"density_per_km2": -1}]},
                "density_per_km2\n.*greater than or equal to 0.000001",
            ),
            ({"operators": [{"rate_mbps": 0}]}, "rate_mbps\n.*greater than or equal to 0.000000001"),
            ({"rate_mbps": 0}, "rate_mbps\n.*greater than or equal to 0.000000001"),
            ({"operators": [{"silent_after": 3}]}, "no silent_after: an operator of behaviour honest"),
            ({"operators": [{"behaviour": "silent", "factor": 2}]}, "no factor"),
            ({"operators": [{"behaviour": "lying", "lag_rounds": 2}]}, "no lag_rounds"),
            ({"operators": [{"behaviour": "lying", "factor": 0}]}, "greater than 0"),
            ({"operators": [{"behaviour": "stale", "lag_rounds": 0}]}, "greater than or equal to 1"),
            ({"operators": [{"behaviour": "late"}]}, "'honest', 'silent', 'stale' or 'lying'"),
            ({"quadrature_points": 50}, "no quadrature_points: the rule log-trapezoid"),
            ({"pathloss_exponent": 2}, "greater than 2"),
            ({"bandwidth_mhz": 0}, "bandwidth_mhz\n.*greater than or equal"),
            ({"bandwidth_mhz": "100MHz"}, "valid number"),
            ({"rate_mbps": float("nan")}, "finite"),
            ({"relaxation": 2}, "less than or equal to 1.9"),
            ({"tolerance": 0}, "greater than or equal to 0.000000001"),
            ({"round_blocks": 0}, "greater than or equal to 1"),
            ({"max_rounds": True}, "valid integer"),
            ({"operator": 5}, "Extra inputs"),
            ({"bandwidth_mhz": 100_001}, "bandwidth_mhz\n.*less than or equal"),
            (
                {"rate_mbps": 300},
                r"a lower rate_mbps or more bandwidth_mhz: mvno-6 would need 1159\.37 bit/s/Hz \[",
            ),
            (
                {"rate_mbps": 100, "noise_dbm_per_hz": 0},
                r"a lower rate_mbps, noise_dbm_per_hz or penalty_scale, or more bandwidth_mhz: the penalty would "
                r"be 1\.04877e\+118 W/Hz\^2, and the chain takes 1e-63 to 1e\+60 \[",
            ),
            (
                FAINTEST,
                r"a higher rate_mbps, noise_dbm_per_hz or penalty_scale, or less bandwidth_mhz: the penalty would "
                r"be 1\.97543e-68 W/Hz\^2, and the chain takes 1e-63 to 1e\+60 \[",
            ),
        ],
    )
    def test_settings_that_make_no_acquisition_are_refused(self, table: dict[str, Any], words: str) -> None:
        with pytest.raises(ValidationError, match=words):
            settings_of(**table)

    @given(
        st.tuples(
            st.sampled_from([1e-3, 1.0, 100.0, 1e5]),
            st.sampled_from([-220.0, -162.0, -40.0, 0.0]),
            st.floats(2.1, 10.0),
            st.floats(-9.0, 3.0).map(lambda x: 10.0**x),
            st.floats(-6.0, 6.0).map(lambda x: 10.0**x),
        ),
        st.tuples(st.floats(-2.0, 5.0).map(lambda x: 10.0**x), st.floats(-6.0, 7.0).map(lambda x: 10.0**x)),
        st.tuples(st.sampled_from([1.0, 1.9]), st.sampled_from([1e-9, 0.1]), st.sampled_from([1, 100_000])),
    )
    @settings(max_examples=150, deadline=None)
    def test_the_chain_takes_the_terms_of_whatever_settings_are_taken(
        self, band: tuple[float, ...], cell: tuple[float, float], run: tuple[float, float, int]
    ) -> None:
        table = dict(zip(("bandwidth_mhz", "noise_dbm_per_hz", "pathloss_exponent"), band, strict=False))
        table |= {"rate_mbps": band[3], "penalty_scale": band[4], "relaxation": run[0], "tolerance": run[1]}
        operators = [{"radius_m": cell[0], "density_per_km2": cell[1]}, {"name": "other"}]
        try:
            taken = settings_of(**table, operators=operators, round_blocks=run[2])
        except ValidationError as refusal:
            (only,) = refusal.errors()
            assert re.match("Value error, a (lower|higher) rate_mbps", only["msg"])
        else:
            terms = terms_of(taken)
            for term, (lowest, highest) in LIMITS.items():
                assert lowest <= attrgetter(term)(terms) <= highest

    def test_the_chain_takes_the_faintest_penalty_that_is_taken(self) -> None:
        """About 2e-63 W/Hz^2, with as many digits as a float may have."""
        terms = terms_of(settings_of(**FAINTEST | {"penalty_scale": 0.1}))
        assert LIMITS["penalty.exponent"][0] <= terms.penalty.exponent < -76

    def test_operators_alike_are_numbered(self) -> None:
        settings = settings_of(operators=[{"count": 2}, {"name": "big"}], periods=2)
        assert [name for name, _ in settings.named_operators] == ["mvno-1", "mvno-2", "big"]
        assert settings.acquisitions == ("period-1", "period-2")

    def test_an_operator_may_state_a_rate_of_its_own(self) -> None:
        settings = settings_of(rate_mbps=2, operators=[{"name": "a"}, {"name": "b", "rate_mbps": 0.5}])
        assert [cell.rate_bps for cell in problem_of(settings).cells] == [2e6, 0.5e6]

    @pytest.mark.parametrize(
        ("points", "widths"),
        [
            ({}, [10.4608, 6.8957, 13.1927, 16.5605, 24.0161, 28.8742]),
            ({"quadrature_points": 200}, [7.3458, 4.8423, 10.9693, 13.7695, 28.6398, 34.4332]),
        ],
    )
    def test_the_papers_rule_is_taken_at_its_points(
        self, points: dict[str, int], widths: list[float]
    ) -> None:
        """Reference, section 4, effect on the answer at R_min = 1, K = 500 and 200."""
        settings = settings_of(rule="half-range-hermite", **points)
        assert problem_of(settings).solve().bandwidth_hz / 1e6 == pytest.approx(widths, abs=1e-4)

    @pytest.mark.parametrize(
        ("table", "behaviour"),
        [
            ({}, Honest()),
            ({"behaviour": "silent"}, Silent(3)),
            ({"behaviour": "silent", "silent_after": 0}, Silent(0)),
            ({"behaviour": "stale"}, Stale(3)),
            ({"behaviour": "stale", "lag_rounds": 7}, Stale(7)),
            ({"behaviour": "lying"}, Lying(1.2)),
            ({"behaviour": "lying", "factor": 0.5}, Lying(0.5)),
        ],
    )
    def test_a_fault_is_what_the_settings_say_or_the_usual_one(
        self, table: dict[str, Any], behaviour: object
    ) -> None:
        assert behaviour_of(OperatorSettings.model_validate(table)) == behaviour


class TestPopulation:
    def test_there_are_an_owner_and_every_operator_with_its_hash_rate(self) -> None:
        people = participants_of(settings_of(operators=[{"count": 2}, {"name": "big", "hash_rate": 0.5}]))
        assert [(p.name, p.role, p.hash_rate) for p in people] == [
            ("owner", "owner", 0.0),
            ("mvno-1", "mvno", 0.0),
            ("mvno-2", "mvno", 0.0),
            ("big", "mvno", 6e9),
        ]
        owner, *operators = [participant.agent for participant in people]
        assert isinstance(owner, Owner)
        assert owner.operators == tuple(account_of(name) for name in ("mvno-1", "mvno-2", "big"))
        assert all(isinstance(operator, Mvno) for operator in operators)

    def test_everybody_can_go_to_another_process(self) -> None:
        people = participants_of(settings_of())
        assert pickle.loads(pickle.dumps(people))[1].name == "mvno-1"

    def test_terms_are_the_settings_in_the_units_of_the_chain(self) -> None:
        settings = settings_of(
            bandwidth_mhz=12.3456789, penalty_scale=2.0, relaxation=1.6, tolerance=1e-7, round_blocks=5
        )
        terms = terms_of(settings)
        assert (terms.bandwidth, terms.relaxation_ppm, terms.tolerance_ppb) == (12_345_679, 1_600_000, 100)
        assert (terms.round_blocks, terms.max_rounds, terms.balancing_rounds) == (5, 100, 0)
        assert float_of(terms.penalty) == 2.0 * problem_of(settings).natural_penalty_w_per_hz2


class TestUnits:
    @pytest.mark.parametrize("value", [4.9942172375251775e-18, 1.0, 3.0e-60, 1 / 3, 6.02e23, 5e-61])
    def test_a_float_comes_back_from_the_chain_as_it_was(self, value: float) -> None:
        found = scientific_of(value)
        assert float_of(found) == value
        assert found.significand % 10 or found.significand == 0
        assert found.significand < 10**18

    def test_decibels_over_a_milliwatt_become_watts(self) -> None:
        assert watts_of_dbm(30.0) == pytest.approx(1.0, rel=1e-15)
        assert watts_of_dbm(-162.0) == pytest.approx(6.309573444801943e-20, rel=1e-14)

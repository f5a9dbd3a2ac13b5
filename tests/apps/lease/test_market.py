"""The lease market's kit: settings that hang together, and the population they describe."""

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from apps.kit import Population, Surroundings
from apps.lease import LeaseMarket
from apps.lease.agents import NetworkOperator
from apps.lease.market import LEASE_KIT
from apps.lease.policies import Plan, first_plan, fixed_plan
from apps.lease.scale import Scale, to_hz, to_ppm
from apps.lease.settings import LeaseSettings
from apps.testing import account_of
from chain.params import SHARECOIN


def lease(**table: Any) -> LeaseSettings:
    return LeaseSettings.model_validate(table)


def populate(settings: LeaseSettings, miners_hash_rate: float = 8e9) -> Population:
    return LEASE_KIT.populate(
        settings, Surroundings(miners_hash_rate, 60_000, np.random.default_rng(1), account_of)
    )


class TestSettings:
    def test_the_paper_is_the_default(self) -> None:
        settings = lease()
        assert settings.market == LeaseMarket(0.15, 0.7, None)
        assert (settings.mining_reward, settings.block_reward) == (0.1, None)
        assert settings.named_operators[0][0] == "operator"

    def test_settings_survive_being_written_and_read(self) -> None:
        for settings in (lease(), lease(block_reward=7, operators=[{"policy": "best-response", "count": 3}])):
            assert lease(**settings.model_dump(mode="json", exclude_none=True)) == settings

    @pytest.mark.parametrize(
        ("table", "words"),
        [
            ({"mining_reward": 0.1, "block_reward": 5}, "not both"),
            ({"lease_price": 0}, "a bandwidth where lease_price is 0"),
            ({"block_reward": 5}, "mining_reward, not block_reward"),
            ({"operators": [{"policy": "best-response"}]}, "block_reward, not mining_reward"),
            ({"operators": [{"policy": "optimal", "mining_fraction": 0.7}]}, "no mining_fraction"),
            ({"operators": [{"policy": "optimal", "price": 0.3}]}, "no price"),
            ({"operators": [{"policy": "fixed", "mining_fraction": 1, "price": 0.3}]}, "no price"),
            ({"operators": [{}, {}]}, "a name of its own"),
            ({"operators": [{"name": "a"}, {"name": "b", "hash_rate": 0.5}]}, "one hash_rate"),
            ({"users": 10_000, "operators": [{"count": 11}]}, "at most 100000 users"),
            ({"operators": []}, "at least 1"),
            ({"lease_price": 1}, "less than 1"),
            ({"redundant_fraction": -0.1}, "greater than or equal to 0"),
            ({"mining_reward": float("nan")}, "finite"),
            ({"users": True}, "valid integer"),
            ({"user": 5}, "Extra inputs"),
            ({"bandwidth": "0.5MHz"}, "valid number"),
        ],
    )
    def test_settings_that_make_no_market_are_refused(self, table: dict[str, Any], words: str) -> None:
        with pytest.raises(ValidationError, match=words):
            lease(**table)

    def test_operators_alike_are_numbered(self) -> None:
        names = [name for name, _ in lease(operators=[{"count": 2}, {"name": "big"}]).named_operators]
        assert names == ["operator-1", "operator-2", "big"]


class TestScale:
    def test_paper_units_come_back(self) -> None:
        scale = Scale(users=50, period_blocks=4)
        assert scale.unit_price(0.3139168) == 7_847_920
        assert scale.price(7_847_920) == pytest.approx(0.3139168, abs=1e-15)
        assert (to_hz(0.7497371), to_ppm(0.7)) == (749_737, 700_000)

    def test_all_blocks_of_a_period_are_worth_the_reward(self) -> None:
        scale = Scale(users=50, period_blocks=4)
        subsidy = scale.subsidy(0.48)
        assert scale.period_blocks * subsidy / SHARECOIN / scale.users == pytest.approx(0.48)
        assert scale.reward(subsidy / SHARECOIN) == pytest.approx(0.48)


class TestPopulation:
    def test_every_operator_has_its_users_and_its_hash_rate(self) -> None:
        settings = lease(users=3, operators=[{"count": 2, "hash_rate": 0.25}])
        participants = populate(settings).participants
        assert [p.role for p in participants] == ["network-operator"] + ["micro-operator"] * 2 + ["user"] * 6
        assert [p.hash_rate for p in participants if p.role == "micro-operator"] == [2e9, 2e9]
        assert [p.name for p in participants[3:]] == [
            f"operator-{i}/user-{j}" for i in (1, 2) for j in (1, 2, 3)
        ]
        assert all(p.balance > 0 for p in participants)
        assert all(p.hash_rate == 0 for p in participants if p.role != "micro-operator")

    @pytest.mark.parametrize("reward", [0.1, 0.4, 0.5])
    @pytest.mark.parametrize("count", [1, 3])
    def test_the_subsidy_brings_the_mining_reward_at_the_planned_fraction(
        self, reward: float, count: int
    ) -> None:
        settings = lease(mining_reward=reward, operators=[{"count": count, "hash_rate": 0.25}])
        subsidy = populate(settings).subsidy
        assert subsidy is not None
        m = settings.market.optimum(reward).mining_fraction
        share = 0.25 * m / (1 + count * 0.25 * m)
        income = settings.period_blocks * share * subsidy / SHARECOIN / settings.users
        assert income == pytest.approx(m * reward, rel=1e-6)

    def test_a_block_reward_is_the_subsidy(self) -> None:
        settings = lease(block_reward=1.5, operators=[{"policy": "fixed"}])
        assert populate(settings).subsidy == 150_000_000

    def test_enough_is_listed_for_any_demand_unless_it_is_limited(self) -> None:
        def listed(settings: LeaseSettings) -> int:
            agent = populate(settings).participants[0].agent
            assert isinstance(agent, NetworkOperator)
            return agent.listing.bandwidth

        assert listed(lease(users=50)) >= to_hz(50 / 0.15)
        assert listed(lease(users=50, bandwidth=0.5, operators=[{"count": 2}])) == to_hz(50)

    def test_everyone_can_be_sent_to_another_process(self) -> None:
        settings = lease(users=2, block_reward=5, operators=[{"policy": "best-response"}])
        assert len(pickle.loads(pickle.dumps(populate(settings).participants))) == 4


class TestFirstPlans:
    def test_the_first_plan_follows_the_policy(self) -> None:
        market = LeaseMarket(0.15, 0.7)
        settings = lease(
            mining_reward=0.4,
            operators=[
                {"name": "a", "policy": "fixed"},
                {"name": "b", "policy": "fixed", "mining_fraction": 0.8, "price": 0.25},
                {"name": "c", "policy": "fixed", "mining_fraction": 1},
                {"name": "d"},
            ],
        )
        best = market.optimum(0.4)
        assert [first_plan(settings, operator) for operator in settings.operators] == [
            Plan(0.7, market.optimal_price()),
            Plan(0.8, 0.25),
            Plan(1.0, None),
            Plan(best.mining_fraction, best.price),
        ]

    def test_a_fixed_split_has_the_best_price_for_it(self) -> None:
        market = LeaseMarket(0.15, 0.7)
        assert fixed_plan(market, 0.8) == Plan(0.8, market.price_at(0.8))


def test_the_market_is_imported_without_what_only_a_run_needs() -> None:
    script = "import sys, apps.lease; print([m for m in ('pydantic', 'pandas', 'scipy', 'numba') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

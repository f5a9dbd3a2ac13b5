"""Numbers outside the lease market's ranges are refused with typed errors."""

import math
import pickle

import pytest

from apps.lease.economics import LeaseMarket
from apps.lease.parameters import BandwidthRequired, ParameterError

PAPER = LeaseMarket(0.15, 0.7)


@pytest.mark.parametrize("bad", [-0.1, 1.0, 1.5, math.nan, math.inf, True, "0.1", None, 10**400])
@pytest.mark.parametrize("parameter", ["lease_price", "redundant_fraction"])
def test_prices_and_fractions_outside_their_range_are_refused(parameter: str, bad: object) -> None:
    values = {"lease_price": 0.15, "redundant_fraction": 0.7, parameter: bad}
    with pytest.raises(ParameterError, match=parameter) as caught:
        LeaseMarket(**values)  # type: ignore[arg-type]
    assert caught.value.args[0] == parameter
    assert caught.value.args[1] is bad


@pytest.mark.parametrize("bad", [0, -1.0, math.nan, math.inf, False, "10MHz"])
def test_bandwidth_that_is_not_positive_is_refused(bad: object) -> None:
    with pytest.raises(ParameterError, match=r"bandwidth: got .* expected a finite number > 0"):
        LeaseMarket(0.15, 0.7, bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [-1e-9, math.nan, math.inf, True])
def test_bad_rewards_fractions_and_prices_are_refused(bad: float) -> None:
    with pytest.raises(ParameterError, match="mining_reward"):
        PAPER.optimum(bad)
    with pytest.raises(ParameterError, match="price"):
        PAPER.users_surplus(bad, 0.7)
    with pytest.raises(ParameterError, match="mining_fraction"):
        PAPER.quality_loss(bad)
    with pytest.raises(ParameterError, match="price"):
        PAPER.fixed_price_thresholds(0.1)


def test_errors_survive_pickling_with_their_values() -> None:
    for error in (ParameterError("bandwidth", -1, "a finite number > 0"), BandwidthRequired(0.0)):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), copy.args, str(copy)) == (type(error), error.args, str(error))

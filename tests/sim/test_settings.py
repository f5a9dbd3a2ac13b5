import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.params import SHARECOIN
from sim.settings import format_sharecoin, parse_sharecoin
from sim.toml_text import to_toml


@pytest.mark.parametrize(
    ("written", "units"), [(50, 50 * SHARECOIN), (0.1, 10_000_000), ("0.00000001", 1), (0, 0), (1e-8, 1)]
)
def test_an_amount_in_sharecoin_is_exact(written: object, units: int):
    assert parse_sharecoin(written) == units


@given(st.integers(0, 2**63 - 1))
def test_an_amount_is_written_so_that_it_reads_back_exactly(units: int):
    assert parse_sharecoin(format_sharecoin(units)) == units


@pytest.mark.parametrize(
    "written", [True, None, "1.000000001", "abc", "nan", "1e999", float("inf"), -1, 10**12]
)
def test_what_is_no_amount_is_refused(written: object):
    with pytest.raises(ValueError, match="an amount in Sharecoin"):
        parse_sharecoin(written)


KEYS = st.text(min_size=1, max_size=8)
TOML = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(KEYS, values, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, TOML, max_size=5))
def test_every_table_is_written_so_that_it_reads_back_equal(table: dict[str, object]):
    assert tomllib.loads(to_toml(table)) == table  # type: ignore[arg-type]

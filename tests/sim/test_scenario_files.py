from pathlib import Path

import pytest

from apps.lease.settings import LeaseSettings
from sim.plugins import KitSettings
from sim.scenario import load_scenario
from sim.scenario_errors import ScenarioError


def test_an_unknown_scenario_names_the_bundled_ones_and_the_nearest():
    with pytest.raises(ScenarioError) as caught:
        load_scenario("gosip")
    (only,) = caught.value.problems
    names = "admm, admm-faulty, coordination, coordination-open, gossip, lease or lease-contest"
    assert only.allowed == f"a bundled scenario ({names}) or the path of a .toml file"
    assert only.nearest == "gossip"


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"[run\nblocks = 1", "(at line 1, column 5)"),
        (b"name = 'x'\nname = 'y'\n", "(at line 2, column 11)"),
        (b"\xff\xfe", "no text at byte 0"),
        (b"a = " + b"[" * 100_000, "nested too deep"),
        (b"#" * 1_000_001, "more than 1000000 bytes"),
    ],
)
def test_an_unreadable_file_says_where(content: bytes, got: str, tmp_path: Path):
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert got in str(caught.value)


@pytest.mark.parametrize("name", ["no/such/file.toml", "/", "a\0b.toml"])
def test_a_missing_file_is_refused(name: str):
    with pytest.raises(ScenarioError, match=r"no (readable )?file"):
        load_scenario(name)


def test_the_contest_counts_nothing_before_its_operators_have_had_time_to_learn():
    scenario = load_scenario("lease-contest", kits=KitSettings())
    lease = scenario.app_settings("lease")
    assert isinstance(lease, LeaseSettings)
    warmup_blocks = lease.warmup_periods * lease.period_blocks
    assert all(warmup_blocks >= 9 * operator.revision_blocks for operator in lease.operators)
    assert scenario.run.blocks is not None
    assert scenario.run.blocks >= 2 * warmup_blocks


def test_a_byte_order_mark_at_the_start_of_a_file_is_passed_over(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n[run]\nblocks = 5\n', "utf-8-sig")
    assert load_scenario(path).name == "mine"

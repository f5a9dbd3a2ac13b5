import pickle
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from chain.params import SHARECOIN
from sim.plugins import KitSettings
from sim.scenario import Scenario, bundled, load_scenario, scenario_from
from sim.scenario_errors import Problem, ScenarioError, Word
from sim.scenario_overrides import toml_value
from sim.settings import MiningSettings, NetworkSettings, RunSettings


class SellerSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    price: float = Field(1.0, gt=0, le=9, description="What a thing costs.")


class ShopSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sellers: int | tuple[SellerSettings, ...] = Field(1, description="Who sells.")
    queue: int | None = None


KITS: dict[str, type[BaseModel]] = {"shop": ShopSettings}
BASE = 'name = "mine"\napps = ["shop"]\n[run]\nblocks = 5\n'


def problems_of(table: dict[str, object], **more: object) -> dict[str, Problem]:
    """Key path -> the problem, of a scenario that is wrong."""
    with pytest.raises(ScenarioError) as caught:
        scenario_from({"name": "mine", "run": {"blocks": 5}, **table, **more}, KITS, "mine.toml")
    return {problem.path: problem for problem in caught.value.problems}


def problem(table: dict[str, object], path: str) -> tuple[object, str, str]:
    """(got, allowed, nearest) of the one problem of a scenario."""
    found = problems_of(table)
    assert list(found) == [path]
    only = found[path]
    return only.got, only.allowed, only.nearest


@pytest.fixture
def scenario_file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(BASE)
    return path


@pytest.mark.parametrize("name", ["admm", "admm-faulty", "lease", "lease-contest", "gossip"])
def test_every_bundled_scenario_is_valid_and_listed(name: str):
    scenario = load_scenario(name, kits=KitSettings())
    assert (scenario.name, scenario.title) in bundled()


@pytest.mark.parametrize("name", [name for name, _ in bundled()])
def test_the_resolved_file_reads_back_as_the_same_scenario(name: str, tmp_path: Path):
    scenario = load_scenario(name, {"network.peers": 700}, KitSettings())
    path = tmp_path / "resolved.toml"
    path.write_text(scenario.to_toml())
    assert load_scenario(path, kits=KitSettings()) == scenario


def test_the_resolved_file_states_every_default(scenario_file: Path):
    written = tomllib.loads(load_scenario(scenario_file, kits=KITS).to_toml())
    unset = {"network": {"block_size"}, "run": {"time"}}
    for table in ("run", "chain", "network", "mining", "checks"):
        fields = set(Scenario.model_fields[table].annotation.model_fields)
        assert set(written[table]) == fields - unset.get(table, set())
    assert written["shop"] == {"sellers": 1}


def test_a_scenario_survives_a_process_pool(scenario_file: Path):
    scenario = load_scenario(scenario_file, kits=KITS)
    assert pickle.loads(pickle.dumps(scenario)) == scenario


def test_a_scenario_can_be_built_in_python():
    scenario = Scenario(
        name="mine",
        run=RunSettings(blocks=5),
        network=NetworkSettings(peers=4),
        mining=MiningSettings(miners=2, shares=(1.0, 3.0)),
        apps=("shop",),
        app_tables={"shop": ShopSettings(sellers=2)},
    )
    assert scenario_from(tomllib.loads(scenario.to_toml()), KITS, "mine") == scenario
    assert scenario.app_settings("shop") == ShopSettings(sellers=2)


def test_an_override_may_be_a_value_or_its_text(scenario_file: Path):
    texts = {
        "network.peers": "70",
        "chain.interval": "30s",
        "network.tables": "2015",
        "mining.shares": "[1.0, 2]",
    }
    values = {
        "network.peers": 70,
        "chain.interval": "30s",
        "network.tables": "2015",
        "mining.shares": [1.0, 2],
    }
    more = {"mining.miners": 2}
    from_texts = load_scenario(scenario_file, {**texts, **more}, KITS)
    assert from_texts == load_scenario(scenario_file, {**values, **more}, KITS)
    assert from_texts.network.peers == 70
    assert from_texts.chain.interval == 30_000


def test_an_override_reaches_into_tables_of_applications_and_lists(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text(BASE + '[[shop.sellers]]\nname = "a"\n[[shop.sellers]]\nname = "b"\n')
    scenario = load_scenario(path, {"shop.sellers.1.price": "2.5", "shop.queue": 3}, KITS)
    sellers = (SellerSettings(name="a"), SellerSettings(name="b", price=2.5))
    assert scenario.app_settings("shop") == ShopSettings(sellers=sellers, queue=3)


@pytest.mark.parametrize("path", ["run.blocks.x", "name.x.y", "", "run.", "shop.sellers.7.price"])
def test_an_override_that_leads_nowhere_is_refused(path: str, tmp_path: Path):
    file = tmp_path / "mine.toml"
    file.write_text(BASE + '[[shop.sellers]]\nname = "a"\n')
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file, {path: 1}, KITS)
    assert caught.value.problems[0].path == path


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1), ("0.5", 0.5), ("10s", "10s"), ("x = 1\ny", "x = 1\ny")]
)
def test_a_text_that_is_no_toml_value_stays_a_text(text: str, value: object):
    assert toml_value(text) == value


def test_an_unknown_key_is_named_with_its_path_and_the_nearest_one():
    _, allowed, nearest = problem({"network": {"peerz": 3}}, "network.peerz")
    assert nearest == "peers"
    assert allowed.startswith("peers, graph, degrees")


def test_an_unknown_top_level_key_is_named_with_the_nearest_one():
    _, allowed, nearest = problem({"minning": {}}, "minning")
    assert nearest == "mining"
    assert allowed.endswith("checks or shop")
    assert "app_tables" not in allowed


def test_the_name_of_the_internal_table_is_no_key():
    assert problem({"app_tables": {}}, "app_tables")[0] == Word("an unknown key")


def test_a_wrong_unit_lists_the_units():
    got, allowed, nearest = problem({"mining": {"hash_rate": "5 mh/s"}}, "mining.hash_rate")
    assert (got, nearest) == ("5 mh/s", "5MH/s")
    assert "units: H/s, kH/s, MH/s" in allowed


def test_a_plain_number_where_a_unit_is_needed_is_refused():
    got, allowed, _ = problem({"chain": {"max_block": 10}}, "chain.max_block")
    assert got == 10
    assert allowed.startswith("a unit after the number: a size as a text with its unit, such as '535kB'")


@pytest.mark.parametrize(
    ("table", "path", "allowed"),
    [
        ({"network": {"peers": 1}}, "network.peers", "at least 2 and at most 200000"),
        ({"network": {"peers": True}}, "network.peers", "a whole number at least 2 and at most 200000"),
        ({"network": {"peers": 2.5}}, "network.peers", "a whole number at least 2 and at most 200000"),
        ({"network": {"peers": "60"}}, "network.peers", "a whole number at least 2 and at most 200000"),
        ({"run": 3}, "run", "a table"),
        ({"run": {"time": "1ms"}}, "run.time", "a duration from 1s to 36500d"),
        (
            {"name": "No Spaces"},
            "name",
            "a text of lower case letters, digits and hyphens that begins with a letter",
        ),
        ({"name": "x" * 65}, "name", "a text of at most 64 characters"),
        ({"title": "x" * 201}, "title", "a text of at most 200 characters"),
        ({"network": {"graph": 1}}, "network.graph", "'random', 'complete' or 'ring'"),
        ({"apps": "shop"}, "apps", "a list"),
        ({"seed": 10**30}, "seed", "at least 0 and at most 9223372036854775807"),
        ({"chain": {"difficulty": "assert"}}, "chain.difficulty", "'fixed', 'bitcoin' or 'asert'"),
        (
            {"chain": {"subsidy": -1}},
            "chain.subsidy",
            "an amount in Sharecoin of at most 8 decimals, such as 50 or '0.25'",
        ),
        ({"chain": {"max_block": "5MiB"}}, "chain.max_block", "a size from 1kB to 4MiB"),
        (
            {"mining": {"shares": [1, -2]}},
            "mining.shares",
            "'equal' or 'normal' or a list of numbers above 0, one for each miner",
        ),
    ],
)
def test_an_impossible_value_is_refused_with_what_is_allowed(
    table: dict[str, object], path: str, allowed: str
):
    assert problem(table, path)[1] == allowed


def test_the_nearest_of_the_allowed_words_is_offered():
    assert problem({"chain": {"difficulty": "assert"}}, "chain.difficulty")[2] == "asert"
    assert problem({"mining": {"shares": "norml"}}, "mining.shares")[2] == "normal"


def test_an_application_table_is_checked_by_its_own_model():
    sellers = [{"name": "a", "price": 10}, {"nam": "b"}]
    found = problems_of({"apps": ["shop"], "shop": {"sellers": sellers, "queu": 1}})
    assert set(found) == {"shop.sellers.0.price", "shop.sellers.1.name", "shop.sellers.1.nam", "shop.queu"}
    assert found["shop.sellers.0.price"].allowed == "more than 0 and at most 9"
    assert found["shop.sellers.0.price"].meaning == "What a thing costs."


def test_alternatives_that_all_fail_are_offered_together():
    assert (
        problem({"apps": ["shop"], "shop": {"sellers": "x"}}, "shop.sellers")[1] == "a whole number or a list"
    )


def test_an_unknown_application_is_refused_with_the_installed_ones():
    assert problem({"apps": ["shopp"]}, "apps") == ("shopp", "installed applications: shop", "shop")


def test_an_application_named_twice_is_refused():
    assert problem({"apps": ["shop", "shop"]}, "apps")[1] == "each application once"


def test_settings_of_an_application_that_is_not_hosted_are_refused():
    assert problem({"shop": {"sellers": 2}}, "shop")[1] == "'shop' in apps"


def test_all_problems_are_found_at_once():
    found = problems_of(
        {"aps": [], "network": {"peers": 0}, "chain": {"interval": 5}}, apps=["shop"], shop={"queue": "x"}
    )
    assert set(found) == {"aps", "network.peers", "chain.interval", "shop.queue"}


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ({"run": {}}, "run"),
        ({"mining": {"miners": 3, "shares": [1, 2, 3, 4]}}, "mining.shares"),
        ({"mining": {"miners": 61}}, "mining.miners"),
        ({"mining": {"miners": 0}}, "mining.miners"),
        ({"mining": {"hash_rate": "1H/s"}, "chain": {"interval": "1s"}}, "mining.hash_rate"),
        ({"chain": {"fee": 1, "min_fee": 2}}, "chain.fee"),
        ({"chain": {"fee": SHARECOIN + 1}}, "chain.fee"),
        ({"chain": {"min_fee": SHARECOIN + 1}}, "chain.min_fee"),
        ({"apps": ["shop"], "chain": {"max_block": "3999B"}}, "chain.max_block"),
        ({"run": {"blocks": 10_000_000}, "chain": {"interval": "30d"}}, "run.blocks"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(table: dict[str, object], path: str):
    assert list(problems_of(table)) == [path]


def test_nonces_are_searched_only_where_the_difficulty_is_small():
    searched = {"proof": "sha256d", "interval": "10s"}
    got, allowed, _ = problem({"chain": searched, "mining": {"hash_rate": "2MH/s"}}, "chain.proof")
    assert got == Word("sha256d where 2MH/s for 10s make 2e+07 hashes a block")
    assert allowed.startswith("at most 16777216 hashes")
    table = {"name": "mine", "run": {"blocks": 1}, "chain": searched, "mining": {"hash_rate": "1MH/s"}}
    assert scenario_from(table, {}, "mine").chain.proof == "sha256d"


def test_the_error_shows_file_key_got_expected_and_the_nearest_name(scenario_file: Path):
    with pytest.raises(ScenarioError) as caught:
        load_scenario(scenario_file, {"network.graf": "ring", "run.blocks": "0"}, KITS)
    assert str(caught.value) == "\n".join(
        [
            f"scenario {scenario_file}: 2 problems",
            "  run.blocks (overridden):",
            "    got:      0",
            "    expected: at least 1 and at most 10000000",
            "    it means: Stop when the best chain is this high.",
            "  network.graf (overridden):",
            "    got:      an unknown key",
            "    expected: peers, graph, degrees, regions, tables, latency, constant_latency, relay or block_size",
            "    did you mean: graph",
        ]
    )
    assert "pydantic" not in str(caught.value)


def test_an_error_survives_a_process_pool():
    with pytest.raises(ScenarioError) as caught:
        load_scenario("nothing-like-it")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert copy.problems == caught.value.problems

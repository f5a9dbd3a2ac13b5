"""Applications of other distributions are built, installed, and run in a scenario."""

import json
from importlib.metadata import version
from pathlib import Path

from apps.scaffold import write_app
from sim.plugins import origins
from sim.results import load
from tests.sim.plugin_distribution import (
    BEACON,
    BEACON_KIT,
    BEACON_MODULES,
    PYPROJECT,
    SCENARIO,
    hertzchain,
    lay_out,
    pip_install,
    write_files,
)


def test_a_distribution_built_and_installed_elsewhere_runs_in_a_scenario(tmp_path: Path):
    site, folder = tmp_path / "site", tmp_path / "out"
    write_files(tmp_path / "source", {"pyproject.toml": PYPROJECT, **BEACON_MODULES})
    pip_install(tmp_path / "source", site)
    write_files(tmp_path, {"ping.toml": SCENARIO + "\n[beacon]\nbeepers = 2\n"})
    run = hertzchain("run", "ping.toml", "--out", "out", cwd=tmp_path, site=site)
    assert run.returncode == 0, run.stderr
    results = load(folder)
    heard = results.summary["beacon"]["heard"]
    assert heard > 5
    assert results.events["beacon.Heard"]["count"].tolist() == list(range(1, heard + 1))
    assert set(results.transactions["sender"]) == {"beeper-0", "beeper-1"}
    origin = {"distribution": "spectrum-beacon", "version": "1.2.3"}
    assert results.manifest["applications"] == {
        "beacon": {
            "app": {**origin, "object": "beacon.app:Beacon"},
            "kit": {**origin, "object": "beacon.kit:BEACON_KIT"},
        }
    }
    verified = hertzchain("verify", "out", cwd=tmp_path, site=site)
    assert verified.returncode == 0, verified.stdout
    assert "sound" in verified.stdout
    elsewhere = hertzchain("verify", "out", cwd=tmp_path)
    assert elsewhere.returncode == 1
    assert "no application 'beacon' is installed; installed are admm, coordination, lease" in elsewhere.stdout


def test_what_app_new_writes_is_a_distribution_that_runs(tmp_path: Path):
    site = tmp_path / "site"
    pip_install(write_app("plugged_pool", tmp_path / "source", {}), site)
    scenario = str(tmp_path / "source" / "plugged_pool" / "plugged_pool.toml")
    options = ["--set", "run.blocks=25", "--out", "out"]
    run = hertzchain("run", scenario, *options, cwd=tmp_path, site=site)
    assert run.returncode == 0, run.stderr
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["applications"]["plugged_pool"]["kit"]["distribution"] == "hertzchain-plugged-pool"
    assert load(tmp_path / "out").summary["plugged_pool"]["rounds"] == 2
    verified = hertzchain("verify", "out", cwd=tmp_path, site=site)
    assert verified.returncode == 0, verified.stdout


def test_a_bundled_application_comes_from_hertzchain_itself():
    found = origins(["lease"])["lease"]
    assert isinstance(found, dict)
    assert found["kit"] == {
        "distribution": "hertzchain",
        "version": version("hertzchain"),
        "object": "apps.lease.market:LEASE_KIT",
    }


def test_what_a_scenario_does_not_name_does_it_no_harm(tmp_path: Path):
    site = tmp_path / "site"
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, BEACON_KIT, BEACON_MODULES)
    others = dict.fromkeys(("broken", "network", "seed"), "broken:App")
    for distribution in ("broken", "broken-twice"):
        broken = {"broken.py": "raise RuntimeError('imported')\n"}
        lay_out(site, distribution, "1", others, {"broken": "broken:KIT", "run": "broken:KIT"}, broken)
    write_files(tmp_path, {"ping.toml": SCENARIO})
    run = hertzchain("run", "ping.toml", "--out", "out", cwd=tmp_path, site=site)
    assert run.returncode == 0, run.stderr


def test_an_application_without_a_kit_is_hosted_and_nobody_takes_part(tmp_path: Path):
    site = tmp_path / "site"
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, {}, BEACON_MODULES)
    write_files(tmp_path, {"ping.toml": SCENARIO})
    run = hertzchain("run", "ping.toml", "--out", "out", cwd=tmp_path, site=site)
    assert run.returncode == 0, run.stderr
    assert "Nobody takes part: no kit is installed as 'beacon' (entry points hertzchain.agents)" in run.stdout
    results = load(tmp_path / "out")
    assert results.summary["beacon"] == {"participants": 0, "events": 0}
    assert results.manifest["applications"]["beacon"]["kit"] is None
    write_files(tmp_path, {"ping.toml": SCENARIO + "\n[beacon]\nbeepers = 2\n"})
    refused = hertzchain("run", "ping.toml", "--out", "x", cwd=tmp_path, site=site)
    assert refused.returncode == 2
    assert "expected: no key at all: this table has none" in refused.stderr

"""Applications come from distributions of their own; those that cannot be used are refused before anything runs."""

import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sim.cli import main
from sim.plugin_entries import installed
from sim.plugin_errors import AmbiguousPlugin, KitWithoutApp, MalformedPlugin, NotImportable
from tests.sim.plugin_distribution import (
    APP,
    BEACON,
    BEACON_KIT,
    BEACON_MODULES,
    KIT,
    SCENARIO,
    lay_out,
)

Refuse = Callable[..., str]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder from which this process imports, and forgets what it imported."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def refuse(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refuse:
    """Run a scenario that names an application; what the command line says of it, having written nothing."""

    def run(app: str = "beacon", status: int = 1) -> str:
        scenario = tmp_path / "ping.toml"
        scenario.write_text(SCENARIO.replace('"beacon"', f'"{app}"'))
        monkeypatch.setattr(sys, "argv", ["hertzchain", "run", str(scenario), "--out", str(tmp_path / "out")])
        with pytest.raises(SystemExit) as stopped:
            main()
        assert stopped.value.code == status
        assert not (tmp_path / "out").exists()
        return capsys.readouterr().err.strip()

    return run


def test_two_distributions_that_offer_one_name_are_both_named(site: Path, refuse: Refuse):
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, BEACON_KIT, BEACON_MODULES)
    lay_out(site, "other-beacon", "2.0", {"beacon": "rival:Rival"}, {}, {"rival.py": APP})
    assert refuse() == (
        "error: ambiguous-plugin: more than one application is installed as 'beacon'\n"
        "  got:      rival:Rival of other-beacon 2.0, beacon.app:Beacon of spectrum-beacon 1.2.3\n"
        "  expected: one distribution that offers 'beacon' in hertzchain.apps\n"
        "  to do:    keep one of them: `pip uninstall other-beacon` or `pip uninstall spectrum-beacon`"
    )


def test_two_distributions_with_one_object_are_still_two(site: Path, refuse: Refuse):
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, BEACON_KIT, BEACON_MODULES)
    lay_out(site, "beacon-renamed", "1.2.3", BEACON, BEACON_KIT, {})
    assert "beacon-renamed 1.2.3, beacon.app:Beacon of spectrum-beacon 1.2.3" in refuse()


def test_two_distributions_with_a_kit_of_one_name_are_both_named(site: Path, refuse: Refuse):
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, BEACON_KIT, BEACON_MODULES)
    lay_out(site, "other-kit", "3", {}, BEACON_KIT, {})
    message = refuse()
    assert message.startswith("error: ambiguous-plugin: more than one kit is installed as 'beacon'\n")
    assert "beacon.kit:BEACON_KIT of other-kit 3, beacon.kit:BEACON_KIT of spectrum-beacon 1.2.3" in message


def test_one_distribution_that_offers_a_name_twice_is_to_correct_it(site: Path, refuse: Refuse):
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, BEACON_KIT, BEACON_MODULES)
    table = site / "spectrum_beacon-1.2.3.dist-info" / "entry_points.txt"
    table.write_text(
        table.read_text().replace("[hertzchain.agents]", "beacon = rival:Rival\n[hertzchain.agents]")
    )
    assert refuse().endswith("to do:    correct the entry points of spectrum-beacon 1.2.3")


def test_an_application_for_another_version_of_the_interface_is_refused(site: Path, refuse: Refuse):
    future = {**BEACON_MODULES, "beacon/app.py": APP.replace("api = 1", "api = 2")}
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, BEACON_KIT, future)
    assert refuse() == (
        "error: malformed-app: Beacon.api of spectrum-beacon 1.2.3: got 2, expected 1: written for another version "
        "of the application interface\n"
        "  where:    beacon.app:Beacon.api of spectrum-beacon 1.2.3\n"
        "  expected: 1, the interface of this Hertzchain\n"
        "  to do:    install a Hertzchain whose interface is 2, or port it and write `api = 1`"
    )


@pytest.mark.parametrize(
    ("line", "replaced", "where", "fault"),
    [
        (
            "    count: U32",
            "    count: float",
            "Beacon.emits",
            "Heard.count: float has no canonical encoding",
        ),
        (
            'name = "beacon"',
            'name = "bea/con"',
            "Beacon.name",
            "got 'bea/con', expected 1 to 32 lower case letters",
        ),
        (
            "def heard(self, view: View)",
            "def heard(self)",
            "Beacon.heard",
            "expected the parameters (self, view: View",
        ),
        ("Table(str, int)", "Table(str, float)", "Beacon.counts", "float has no canonical encoding"),
    ],
)
def test_a_malformed_application_is_refused_with_class_field_and_distribution(
    site: Path, refuse: Refuse, line: str, replaced: str, where: str, fault: str
):
    assert line in APP
    malformed = {**BEACON_MODULES, "beacon/app.py": APP.replace(line, replaced)}
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, BEACON_KIT, malformed)
    message = refuse()
    assert message.startswith(f"error: malformed-app: {where} of spectrum-beacon 1.2.3: ")
    assert fault in message
    assert f"  where:    beacon.app:{where} of spectrum-beacon 1.2.3\n" in message


def test_a_module_that_cannot_be_imported_is_named_with_the_line_that_fails(site: Path, refuse: Refuse):
    broken = {**BEACON_MODULES, "beacon/app.py": "import math\nimport no_such_module\n"}
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, BEACON_KIT, broken)
    assert refuse() == (
        "error: not-importable: beacon.app:Beacon, the application 'beacon' of spectrum-beacon 1.2.3\n"
        "  got:      ModuleNotFoundError: No module named 'no_such_module' "
        f"({site / 'beacon' / 'app.py'}, line 2)\n"
        "  expected: a module beacon.app that can be imported, with that object in it\n"
        '  to do:    see what `python -c "import beacon.app"` says; install what is missing, or correct '
        'beacon = "beacon.app:Beacon" in hertzchain.apps'
    )


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("class Beacon(\n", "SyntaxError: '(' was never closed ("),
        ("x = 1\n\nx = x / 0\n", "ZeroDivisionError: division by zero ("),
        ("import sys\nsys.exit('a script')\n", "SystemExit: a script ("),
        ("Bacon = 1\n", "AttributeError: module 'beacon.app' has no attribute 'Beacon'"),
        ("from chain.app import Oracle\n", "ImportError: cannot import name 'Oracle' from 'chain.app'"),
    ],
)
def test_whatever_a_module_raises_while_it_is_imported_becomes_the_cause(
    site: Path, refuse: Refuse, text: str, cause: str
):
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, BEACON_KIT, {**BEACON_MODULES, "beacon/app.py": text})
    message = refuse()
    assert message.startswith(
        "error: not-importable: beacon.app:Beacon, the application 'beacon' of spectrum-beacon"
    )
    assert f"  got:      {cause}" in message


def test_a_kit_that_cannot_be_imported_is_refused_like_its_application(site: Path, refuse: Refuse):
    broken = {**BEACON_MODULES, "beacon/kit.py": "import no_such_module\n"}
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, BEACON_KIT, broken)
    message = refuse()
    assert message.startswith(
        "error: not-importable: beacon.kit:BEACON_KIT, the kit 'beacon' of spectrum-beacon 1.2.3"
    )
    assert "No module named 'no_such_module'" in message


@pytest.mark.parametrize("value", ["beacon/app:Beacon", "beacon.app", "beacon app:Beacon"])
def test_an_entry_point_that_is_no_object_of_a_module_is_refused(site: Path, refuse: Refuse, value: str):
    lay_out(site, "spectrum-beacon", "1.2.3", {"beacon": value}, BEACON_KIT, BEACON_MODULES)
    message = refuse()
    assert message.startswith("error: not-importable: ")
    assert f"  got:      {value!r}, which names no object as `module:object`\n" in message


@pytest.mark.parametrize(
    ("value", "got"),
    [("beacon.app:Ping", "the class Ping"), ("beacon.app:Beacon.ping", "an object of type function")],
)
def test_an_entry_point_that_is_no_application_is_refused(site: Path, refuse: Refuse, value: str, got: str):
    lay_out(site, "spectrum-beacon", "1.2.3", {"beacon": value}, BEACON_KIT, BEACON_MODULES)
    assert refuse() == (
        f"error: malformed-plugin: {value}, the application 'beacon' of spectrum-beacon 1.2.3\n"
        f"  got:      {got}\n"
        "  expected: a subclass of chain.app.App\n"
        "  to do:    name the application's class in hertzchain.apps"
    )


def test_an_application_that_needs_arguments_is_refused(site: Path, refuse: Refuse):
    needy = APP + "\n    def __init__(self, size: int) -> None:\n        self.size = size\n"
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, BEACON_KIT, {**BEACON_MODULES, "beacon/app.py": needy})
    message = refuse()
    assert "TypeError: Beacon.__init__() missing 1 required positional argument: 'size'" in message
    assert "  to do:    give every parameter of its __init__ a default: " in message


def test_an_application_of_another_name_than_it_is_installed_as_is_refused(site: Path, refuse: Refuse):
    lay_out(
        site,
        "spectrum-beacon",
        "1.2.3",
        {"torch": "beacon.app:Beacon"},
        {"torch": "beacon.kit:BEACON_KIT"},
        BEACON_MODULES,
    )
    assert refuse("torch") == (
        "error: malformed-plugin: beacon.app:Beacon, the application 'torch' of spectrum-beacon 1.2.3\n"
        "  got:      Beacon.name = 'beacon'\n"
        "  expected: 'torch', as it is installed\n"
        "  to do:    write one name in Beacon.name, hertzchain.apps, hertzchain.agents and the scenario"
    )


def test_a_kits_class_in_place_of_a_kit_is_refused(site: Path, refuse: Refuse):
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, {"beacon": "beacon.kit:BeaconKit"}, BEACON_MODULES)
    assert refuse() == (
        "error: malformed-plugin: beacon.kit:BeaconKit, the kit 'beacon' of spectrum-beacon 1.2.3\n"
        "  got:      the class BeaconKit\n"
        "  expected: a kit, which is an object\n"
        "  to do:    assign BeaconKit() to a constant of its module and name that in hertzchain.agents"
    )


def test_a_kit_without_all_its_parts_is_refused_with_what_is_missing(site: Path, refuse: Refuse):
    part = KIT.replace("settings = Settings", "").replace("def charts", "def graphs")
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, BEACON_KIT, {**BEACON_MODULES, "beacon/kit.py": part})
    assert "  got:      an object of type BeaconKit without settings (a pydantic model), charts\n" in refuse()


def test_a_kit_without_an_application_is_refused(site: Path, refuse: Refuse):
    lay_out(site, "spectrum-beacon", "1.2.3", {}, BEACON_KIT, BEACON_MODULES)
    assert refuse() == (
        "error: kit-without-app: beacon.kit:BEACON_KIT of spectrum-beacon 1.2.3 is the kit of an application 'beacon'\n"
        "  got:      no 'beacon' in hertzchain.apps\n"
        "  expected: the application installed as 'beacon' too\n"
        '  to do:    declare `beacon = "<module>:<class>"` in hertzchain.apps beside its hertzchain.agents, and '
        "install it again"
    )


@pytest.mark.parametrize("name", ["network", "bank", "wall_s"])
def test_an_application_called_like_a_part_of_every_run_is_refused(site: Path, refuse: Refuse, name: str):
    lay_out(site, "taken", "1", {name: "beacon.app:Beacon"}, {name: "beacon.kit:BEACON_KIT"}, {})
    assert f"  apps:\n    got:      '{name}'\n    expected: another name: " in refuse(name, status=2)


def test_two_plugins_with_one_action_are_refused_with_the_distribution(
    site: Path, tmp_path: Path, refuse: Refuse
):
    thief = "from beacon.app import Beacon\n\nclass Thief(Beacon):\n    name = 'thief'\n"
    lay_out(site, "spectrum-beacon", "1.2.3", BEACON, BEACON_KIT, BEACON_MODULES)
    lay_out(site, "thief", "6", {"thief": "thief:Thief"}, {}, {"thief.py": thief})
    assert "Thief.counts of thief 6: " in refuse('beacon", "thief')


@pytest.mark.parametrize("kind", [AmbiguousPlugin, NotImportable, MalformedPlugin, KitWithoutApp])
def test_a_refusal_survives_a_process_pool(kind: type[Exception]):
    plugin = installed("hertzchain.apps", "lease")[0]
    arguments = {AmbiguousPlugin: ((plugin, plugin),), NotImportable: (plugin, "x"), KitWithoutApp: (plugin,)}
    error = kind(*arguments.get(kind, (plugin, "x", "y", "z")))
    assert str(pickle.loads(pickle.dumps(error))) == str(error)

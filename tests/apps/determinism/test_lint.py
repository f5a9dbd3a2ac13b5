"""The lint: each rule finds the fault planted for it, no other rule does, and the bundled applications are clean."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.admm.app import Admm
from apps.determinism.lint import lint_app
from apps.determinism.modules import SourceNotFound, on_chain_modules
from apps.determinism.rules import RULES, Finding
from apps.lease.app import Lease
from chain.app import App
from chain.bank import Bank
from tests.apps.determinism.planting import PLANTS, Plant, app_in, package


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of a package with a module for each rule."""
    sources = {code.lower(): plant.source(code.lower()) for code, plant in PLANTS.items()}
    with package(tmp_path_factory.mktemp("planted"), "planted_faults", sources):
        yield "planted_faults"


def test_every_rule_has_a_planted_fault() -> None:
    assert PLANTS.keys() == RULES.keys()


@pytest.mark.parametrize("code", RULES)
def test_a_planted_fault_is_found_by_its_rule_alone(planted: str, code: str) -> None:
    app = app_in(f"{planted}.{code.lower()}")
    findings = lint_app(app)
    assert [(finding.code, finding.message) for finding in findings] == [(code, PLANTS[code].found)]
    source = Path(findings[0].path).read_text().splitlines()
    marks = [number for number, line in enumerate(source, 1) if "# HERE" in line or "allow HZ103" in line]
    assert [findings[0].line] == marks


def test_a_finding_reads_as_file_line_column_code_and_message() -> None:
    finding = Finding("HZ103", "lottery/app.py", 12, 5, "`/` makes a float: a / b; use //")
    assert str(finding) == "lottery/app.py:12:5: HZ103 `/` makes a float: a / b; use //"


@pytest.mark.parametrize("app", [Lease, Admm, Bank])
def test_bundled_applications_are_clean(app: type[App]) -> None:
    assert lint_app(app) == []


def test_the_modules_of_the_lease_market_are_those_that_its_application_imports() -> None:
    names = {module.name.removeprefix("apps.lease.") for module in on_chain_modules(Lease)}
    assert names == {"app", "actions", "audit", "errors", "events", "rent", "settlement", "state"}


def test_a_fault_is_found_in_every_module_that_is_reached_and_in_no_other(tmp_path: Path) -> None:
    sources = {
        "app": Plant("", "amount = share(amount)", "from .rules import share").source("reach"),
        "rules": "from reached import tools\n\n\ndef share(amount):\n    return tools.half(amount)\n",
        "tools": "import time\n\n\ndef half(amount):\n    return amount // 2\n",
        "agents": "import random\n\nfrom apps.agent import Decision\n\nHALF = 0.5\n",
    }
    with package(tmp_path, "reached", sources):
        found = lint_app(app_in("reached.app"))
    assert [(Path(one.path).name, one.line, one.code) for one in found] == [("tools.py", 1, "HZ112")]


def test_a_module_that_knows_agents_may_not_be_imported_and_is_not_looked_into(tmp_path: Path) -> None:
    agents = "from apps.agent import Decision\n\nHALF = 0.5\n"
    sources = {
        "app": Plant("", above="from market_of_mine.agents import HALF").source("market"),
        "agents": agents,
    }
    with package(tmp_path, "market_of_mine", sources):
        found = lint_app(app_in("market_of_mine.app"))
    assert [(Path(one.path).name, one.code) for one in found] == [("app.py", "HZ117")]
    assert found[0].message.startswith(
        "imports market_of_mine.agents, which is off chain, because it imports apps.agent;"
    )


def test_what_is_imported_for_type_checking_only_is_no_import(tmp_path: Path) -> None:
    above = (
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import numpy\n    import checked.other\n"
    )
    sources = {"app": Plant("", above=above).source("typed"), "other": "import time\n"}
    with package(tmp_path, "checked", sources):
        assert lint_app(app_in("checked.app")) == []


def test_code_without_source_is_refused_by_name(tmp_path: Path) -> None:
    with package(tmp_path, "compiled", {"app": Plant("").source("compiled")}):
        app = app_in("compiled.app")
        app.__module__ = "compiled.gone"
        with pytest.raises(SourceNotFound, match=r"module compiled\.gone: got no source file"):
            lint_app(app)

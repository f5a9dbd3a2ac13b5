"""The lint: on-chain code that may give different results on different machines, line by line.

It reads the module of the application's class and, transitively, all of its package that this imports; see
`apps.determinism.modules`. It runs nothing.
"""

from collections.abc import Callable, Iterator

from apps.determinism.allowances import excuse, read_allowances
from apps.determinism.arithmetic import arithmetic_faults
from apps.determinism.effects import effect_faults
from apps.determinism.facts import Facts, facts_of
from apps.determinism.imports import import_faults
from apps.determinism.memory import memory_faults
from apps.determinism.modules import Module, on_chain_modules
from apps.determinism.rules import RULES, Finding
from apps.determinism.scopes import Fault
from apps.determinism.set_order import set_order_faults
from chain.app import App

_NETS: tuple[Callable[[Module, Facts], Iterator[Fault]], ...] = (
    arithmetic_faults,
    import_faults,
    effect_faults,
    set_order_faults,
    memory_faults,
)


def lint_app(app_class: type[App]) -> list[Finding]:
    """Every line of the application's on-chain modules that breaks a rule, by file and line.

    Raises SourceNotFound where a module has no Python source to read.
    """
    modules = on_chain_modules(app_class)
    facts = facts_of(modules, app_class)
    findings = [finding for module in modules for finding in _lint_module(module, facts)]
    return sorted(findings, key=lambda finding: (finding.path, finding.line, finding.column, finding.code))


def _lint_module(module: Module, facts: Facts) -> Iterator[Finding]:
    faults = [fault for net in _NETS for fault in net(module, facts)]
    left, objections = excuse(faults, read_allowances(module.source))
    for fault in left:
        line, column = getattr(fault.node, "lineno", 1), getattr(fault.node, "col_offset", 0) + 1
        yield _finding(fault.code, module, line, column, fault.what)
    for objection in objections:
        yield _finding("HZ100", module, objection.line, objection.column, objection.what)


def _finding(code: str, module: Module, line: int, column: int, what: str) -> Finding:
    return Finding(code, module.path, line, column, f"{what}; {RULES[code].remedy}")

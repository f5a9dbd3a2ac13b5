"""The rule on the order of sets: what depends on it is found, what does not is left alone."""

from pathlib import Path

import pytest

from apps.determinism.lint import lint_app
from tests.apps.determinism.planting import Plant, app_in, lint_planted, package

ABOVE = """
from collections import deque
from collections.abc import Set
from functools import reduce
from itertools import chain
from typing import Annotated

LEVELS = frozenset({1, 2})


class Book:
    open: frozenset[int]
    pages: "Annotated[int, 'of this size']"
    title: Annotated[str, "in so many words"]

    @property
    def closed(self) -> set[int]:
        return set()


class Shelf:
    both: set[int]


class Box:
    both: tuple[int, ...]

    def both(self) -> set[int]: ...


def both() -> tuple[int, ...]:
    return (1, 2)


def winners() -> set[int] | None:
    return {1, 2}


def follow(one: "set[int]", two: Set[int], three: list[int]):
    pass
"""
DEPENDS = r"""
for x in {1, 2}: pass
for x in set(): pass
for x in frozenset(): pass
for x in LEVELS: pass
for x in winners(): pass
for x in {k for k in ()}: pass
for x in a | {1}: pass
for x in {}.keys() | {}.keys(): pass
for x in {}.keys() - a: pass
for x in {1}.union(a): pass
for x in (s if a else ()): pass
for x in s or (): pass
for x in book.open: pass
for x in book.closed: pass
for x in (t := {1}): pass
s2 = s; list(s2)
s2: set[int] = a; list(s2)
s2 |= {1}; s2 = s2 or {1}; list(s2)
a.b = {1}; list(a.b)
if a:\n    c = {1}\nelse:\n    c = ()\nlist(c)
if a:\n    c = ()\nelse:\n    c = {1}\nlist(c)
c, d = {1}, (); list(c)
tuple(s)
iter(s)
next(iter(s))
enumerate(s)
list(zip(a, s))
list(map(str, s))
[x for x in s]
[y for x in a for y in s]
{x: 1 for x in s}
dict.fromkeys(s)
deque(s)
str(s)
f"{s}"
",".join(s)
a.extend(s)
a += s
[*s]
print_all(*s)
b, c = s
s.pop()
sorted(s, key=len)
max(s, key=len)
sum((x for x in s), ())
reduce(max, s)
list(chain(s, a))
(lambda q: list(s))(1)
sum(x for x in list(s) for y in {1: s}[1] if [z for z in s])
"""
DOES_NOT_DEPEND = """\
sorted(s)
min(s), max(s), sum(s), len(s), any(s), all(s)
1 in s and s <= {1, 2} and s == {1}
{x for x in s}
frozenset(x for x in s)
sum(x for x in s)
sum([x for x in s])
sorted([x for x in s])
sorted(map(str, s))
sorted(list(map(str, s)))
for x in both(): pass
for x in book.both: pass
{*s, 3}
for x in sorted(s): pass
s2 = s; s2 = sorted(s2); list(s2)
s.add(1); s.discard(1); s.clear()
for x in {1: 2}: pass
for x in book.title: pass
for x in {}.keys(): pass
for x in {1: 2} | {3: 4}: pass
for x in a - b: pass
for x in a & 7: pass
a.pop()
a.open()
for s2 in (1, 2): list(s2)
for what, s2 in ((1, {1}), (2, {2})): sorted(s2)
(lambda s: list(s))(a)
[s for s in a]
"""


def findings(tmp_path: Path, lines: str) -> list[tuple[str, str]]:
    body = f"a = b = book = []\ns = {{1, 2}}\n{lines}"
    return [(one.code, one.message) for one in lint_planted(tmp_path, Plant("", body, ABOVE))]


@pytest.mark.parametrize("line", [line.replace("\\n", "\n") for line in DEPENDS.split("\n") if line])
def test_what_depends_on_the_order_of_a_set_is_found(tmp_path: Path, line: str) -> None:
    found = findings(tmp_path, line)
    assert found
    assert {code for code, _ in found} == {"HZ121"}


def test_what_does_not_depend_on_the_order_of_a_set_is_left_alone(tmp_path: Path) -> None:
    assert findings(tmp_path, DOES_NOT_DEPEND) == []


def test_parameters_annotated_as_sets_are_sets(tmp_path: Path) -> None:
    above = ABOVE.replace(
        "three: list[int]):\n    pass", "three: list[int]):\n    list(one); list(two); list(three)"
    )
    found = lint_planted(tmp_path, Plant("", above=above))
    assert [finding.message.split(";")[0] for finding in found] == [
        "list() follows the order of a set: one",
        "list() follows the order of a set: two",
    ]


def test_a_set_from_another_module_is_known_by_its_annotation(tmp_path: Path) -> None:
    sources = {
        "app": Plant("", "list(names())", "from known.rules import names").source("known"),
        "rules": "def names() -> frozenset[str]:\n    return frozenset()\n",
    }
    with package(tmp_path, "known", sources):
        assert [finding.code for finding in lint_app(app_in("known.app"))] == ["HZ121"]

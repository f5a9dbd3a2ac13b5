import re
from datetime import date
from typing import Annotated, get_args

import pytest
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError, PydanticKnownError, core_schema

from chain.params import SHARECOIN
from sim.scenario import Scenario
from sim.scenario_check import validated
from sim.scenario_errors import Problem, ScenarioError, Word
from sim.settings import ChainSettings, RunSettings

KINDS = sorted(get_args(core_schema.ErrorType))
NOT_FOR_AUTHORS = re.compile(
    r"\b(input|pydantic|tuple|dict|dictionary|instance|integer|string|boolean|valid|validation|should|parse)\b",
    re.IGNORECASE,
)
CONTEXT = {
    **dict.fromkeys(("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "actual_length"), 1),
    **dict.fromkeys(("tz_expected", "tz_actual", "uuid_version", "expected_version"), 1),
    **dict.fromkeys(("max_digits", "decimal_places", "whole_digits"), 1),
    **dict.fromkeys(("error", "pattern", "expected", "discriminator", "tag", "expected_tags"), "x"),
    **dict.fromkeys(("attribute", "method_name", "class_name", "class", "field_type"), "x"),
    **dict.fromkeys(("encoding", "encoding_error", "expected_schemes"), "x"),
}


class Item(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    policy: str = Field("a", pattern=r"^[a-z]$")
    price: float = Field(1.0, gt=0)


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class Shelf(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    items: Annotated[tuple[Item, ...], BeforeValidator(_as_tuple)] = Field(
        (Item(),), min_length=1, max_length=2
    )
    pair: Annotated[list[bool], Field(min_length=2)] = [True, False]
    code: str = Field("ab", min_length=2, max_length=3)
    digit: str = Field("1", pattern="^[0-9]$")
    share: (
        Annotated[float, Field(ge=0)]
        | Annotated[tuple[Annotated[int, Field(lt=3)], ...], BeforeValidator(_as_tuple)]
    ) = 1.0
    even: int = Field(2, multiple_of=2)


def problems_of(table: dict[str, object]) -> dict[str, Problem]:
    """Key path -> problem."""
    found = validated(Shelf, table)[1]
    assert len({problem.path for problem in found}) == len(found)
    return {problem.path: problem for problem in found}


@pytest.mark.parametrize("item", [{"policy": "optimum"}, {"price": 0}, {"prize": 1}, {"price": "x"}])
def test_a_list_is_not_at_fault_for_what_is_wrong_inside_it(item: dict[str, object]):
    assert list(problems_of({"items": [item]})) == [f"items.0.{next(iter(item))}"]


def test_an_item_of_the_wrong_kind_is_the_only_problem_of_its_list():
    assert {path: p.allowed for path, p in problems_of({"items": [3]}).items()} == {"items.0": "a table"}


def test_problems_in_different_places_are_all_kept():
    found = problems_of({"items": [{"price": 0}, {"policy": "xy", "price": 0}], "pair": [], "code": ""})
    assert set(found) == {"items.0.price", "items.1.policy", "items.1.price", "pair", "code"}


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("items", [], "at least one item"),
        ("items", [{}, {}, {}], "at most 2 items"),
        ("items", 3, "a list"),
        ("pair", [True], "at least 2 items"),
        ("pair.0", [1, True], "true or false"),
        ("code", "a", "a text of at least 2 characters"),
        ("code", "abcd", "a text of at most 3 characters"),
        ("code", date(2026, 1, 31), "a text"),
        ("digit", "x", "a text that matches ^[0-9]$"),
        ("share", -1, "at least 0 or a list"),
        ("share.0", [3], "less than 3"),
        ("even", 3, "a multiple of 2"),
        ("even", 2.5, "a whole number"),
    ],
)
def test_what_is_allowed_is_said_in_plain_words(key: str, value: object, allowed: str):
    found = problems_of({key.split(".")[0]: value})
    assert {path: problem.allowed for path, problem in found.items()} == {key: allowed}


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_error_speaks_of_the_program(kind: str):
    def refuse(_: object) -> object:
        raise PydanticKnownError(kind, CONTEXT)  # type: ignore[arg-type]

    class Refusing(BaseModel):
        key: Annotated[int, BeforeValidator(refuse)] = 1

    (only,) = validated(Refusing, {"key": 2})[1]
    assert only.allowed
    assert not NOT_FOR_AUTHORS.search(only.allowed)


def test_an_application_may_word_an_error_of_its_own():
    def refuse(_: object) -> object:
        raise PydanticCustomError("too_green", "a colour less green")

    class Refusing(BaseModel):
        key: Annotated[int, BeforeValidator(refuse)] = 1

    assert validated(Refusing, {"key": 2})[1][0].allowed == "a colour less green"


@pytest.mark.parametrize("written", ["0s", "0.05 s", "99ms", "3_000_000s"])
def test_a_broken_bound_quotes_the_value_as_it_was_written(written: str):
    (only,) = validated(ChainSettings, {"interval": written})[1]
    assert (only.got, only.allowed) == (written, "a duration from 100ms to 30d")


@pytest.mark.parametrize(
    ("got", "shown"),
    [
        (True, "true"),
        ((1, [False]), "[1, [false]]"),
        ([{"a": "b"}], "[{a = 'b'}]"),
        (date(2026, 1, 31), "2026-01-31"),
        (1.5, "1.5"),
    ],
)
def test_a_value_is_shown_as_a_file_has_it(got: object, shown: str):
    assert Problem("x", got, "y").lines()[1] == f"    got:      {shown}"


def scenario(apps: tuple[str, ...], chain: dict[str, object]) -> Scenario:
    """A scenario of one block."""
    tables: dict[str, BaseModel] = {app: Item() for app in apps}
    rules = ChainSettings.model_validate(chain)
    return Scenario(name="mine", run=RunSettings(blocks=1), apps=apps, app_tables=tables, chain=rules)


@pytest.mark.parametrize(
    ("apps", "chain"),
    [
        ((), {"fee": SHARECOIN, "min_fee": SHARECOIN}),
        (("shop",), {"max_block": "4kB"}),
        ((), {"max_block": "1kB"}),
    ],
)
def test_the_bounds_of_fee_and_block_size_are_allowed(apps: tuple[str, ...], chain: dict[str, object]):
    assert scenario(apps, chain).apps == apps


@pytest.mark.parametrize(
    ("chain", "path", "got", "allowed"),
    [
        (
            {"fee": SHARECOIN + 1},
            "chain.fee",
            SHARECOIN + 1,
            "at most 100000000 base units, which are one Sh",
        ),
        ({"min_fee": SHARECOIN + 1}, "chain.min_fee", SHARECOIN + 1, "at most 100000000 base units"),
        ({"max_block": "3999B"}, "chain.max_block", Word("3999B"), "at least 4kB where the chain hosts app"),
    ],
)
def test_a_fee_or_block_size_that_cannot_work_is_refused_with_the_reason(
    chain: dict[str, object], path: str, got: object, allowed: str
):
    with pytest.raises(ScenarioError) as caught:
        scenario(("shop",), chain)
    (only,) = caught.value.problems
    assert (only.path, only.got) == (path, got)
    assert only.allowed.startswith(allowed)

"""What cannot be hosted is refused before anything runs, with class and field named: the exact words."""

import pytest

from tests.apps.appcheck.trial import Trial

ENCODABLE = (
    "frozen dataclasses of int, bool, str, bytes, tuple, T | None, enumerations, Fixed and such dataclasses"
)
ENCODE_IT = "keep a fraction as an integer of small units or as Fixed, several values as a tuple"
SECOND_METHOD = "@execute\n    def again(self, ctx: Context, action: Stake) -> None: ...\n\n    def end_block"
NOT_RUN = [
    f"skip  {check}: needs the registration" for check in ("sequences", "determinism", "documentation", "kit")
]


def malformed(fault, field, expected, to_do):
    return [
        "FAIL  registration: 1 fault",
        f"    malformed-app: Raffle.{field}: {fault}",
        f"      where:    raffle.app:Raffle.{field}",
        f"      expected: {expected}",
        f"      to do:    {to_do}",
        "ok    lint: 5 on-chain modules",
        *NOT_RUN,
    ]


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        pytest.param(
            ("actions.py", "amount: Amount", "amount: float"),
            malformed("Stake.amount: float has no canonical encoding", "stake", ENCODABLE, ENCODE_IT),
            id="a float field of an action",
        ),
        pytest.param(
            ("events.py", "pot: Amount", "pot: float"),
            malformed("PotWon.pot: float has no canonical encoding", "emits", ENCODABLE, ENCODE_IT),
            id="a float field of an event",
        ),
        pytest.param(
            ("state.py", "pot: Amount", "pot: float"),
            malformed("Round.pot: float has no canonical encoding", "rounds", ENCODABLE, ENCODE_IT),
            id="a float field of a record",
        ),
        pytest.param(
            ("actions.py", "amount: Amount", "amount: set[int]"),
            malformed("Stake.amount: set[int] has no canonical encoding", "stake", ENCODABLE, ENCODE_IT),
            id="a field of an unknown type",
        ),
        pytest.param(
            ("app.py", "def end_block", SECOND_METHOD),
            malformed(
                "Stake already has a method in raffle",
                "stake",
                "one @execute method for each action",
                "remove one of the two methods",
            ),
            id="two methods for one action",
        ),
        pytest.param(
            ("app.py", "def next_round(self, view: View)", "def next_round(self)"),
            malformed(
                "expected the parameters (self, view: View, ...)",
                "next_round",
                "a query that reads the chain it is asked about, and cannot write",
                "write `def next_round(self, view: View, ...) -> ...`",
            ),
            id="a query without a view",
        ),
        pytest.param(
            ("app.py", 'name = "raffle"', 'name = "games/raffle"'),
            malformed(
                "got 'games/raffle', expected 1 to 32 lower case letters, digits and underscores",
                "name",
                "a letter first: the name is part of every key of the state, escrow and receipt",
                'write for example `name = "lottery"`',
            ),
            id="a name with a slash",
        ),
        pytest.param(
            ("app.py", "api = 1", "api = 2"),
            malformed(
                "got 2, expected 1: written for another version of the application interface",
                "api",
                "1, the interface of this Hertzchain",
                "install a Hertzchain whose interface is 2, or port it and write `api = 1`",
            ),
            id="an interface of the future",
        ),
    ],
)
def test_a_malformed_application_is_refused_with_class_and_field(tmp_path, plant, said):
    trial = Trial(tmp_path)
    trial.plant(*plant)
    assert trial.check() == said


def unloadable(rule, where, got, expected, to_do, lint="skip  lint: there is no class to begin at"):
    return [
        "FAIL  registration: 1 fault",
        f"    {rule}: {where}",
        f"      got:      {got}",
        f"      expected: {expected}",
        f"      to do:    {to_do}",
        lint,
        *NOT_RUN,
    ]


IMPORTABLE = ("a module that can be imported", "correct it, or install what it needs")


@pytest.mark.parametrize(
    ("plant", "got"),
    [
        (
            ("state.py", "ROUND_BLOCKS = 10", "import no_such_module"),
            "ModuleNotFoundError: No module named 'no_such_module' (HERE/raffle/state.py, line 8)",
        ),
        (
            ("state.py", "ROUND_BLOCKS = 10", "ROUND_BLOCKS = = 10"),
            "SyntaxError: invalid syntax (HERE/raffle/state.py, line 8)",
        ),
        (
            ("state.py", "ROUND_BLOCKS = 10", "raise SystemExit(3)"),
            "SystemExit: 3 (HERE/raffle/state.py, line 8)",
        ),
    ],
)
def test_a_module_that_cannot_be_imported_is_named_with_the_line_at_fault(tmp_path, plant, got):
    trial = Trial(tmp_path)
    trial.plant(*plant)
    assert trial.check() == unloadable("not-importable", "raffle.app", got, *IMPORTABLE)


def test_an_entry_point_without_its_class_is_refused(tmp_path):
    trial = Trial(tmp_path)
    trial.plant("pyproject.toml", "raffle.app:Raffle", "raffle.app:Lottery")
    assert trial.check() == unloadable(
        "not-importable",
        "raffle.app:Lottery",
        "no 'Lottery' in it",
        "that module raffle.app defines Lottery",
        "correct the entry point, or define the name",
    )


def test_an_entry_point_that_is_no_application_is_refused(tmp_path):
    trial = Trial(tmp_path)
    trial.plant("pyproject.toml", "raffle.app:Raffle", "raffle.state:Round")
    assert trial.check() == unloadable(
        "not-an-application",
        "raffle.state:Round",
        "<class 'raffle.state.Round'>",
        "a subclass of chain.app.App",
        "name the application's class behind the colon",
    )


def test_an_application_that_needs_arguments_is_refused(tmp_path):
    trial = Trial(tmp_path)
    trial.plant(
        "app.py", "    @execute\n", "    def __init__(self, size: int) -> None: ...\n\n    @execute\n"
    )
    assert trial.check() == unloadable(
        "not-constructible",
        "raffle.app:Raffle",
        "TypeError: Raffle.__init__() missing 1 required positional argument: 'size'",
        "that Raffle() makes the application",
        "give every argument of its constructor a default",
        "ok    lint: 5 on-chain modules",
    )


def test_nothing_of_a_malformed_application_runs(tmp_path):
    trial = Trial(tmp_path)
    trial.plant("actions.py", "amount: Amount", "amount: float")
    trial.plant("app.py", "closes_at = closing_height(ctx.height)", "raise SystemExit(3)")
    assert trial.check()[0] == "FAIL  registration: 1 fault"

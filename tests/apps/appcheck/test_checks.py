"""Each check finds the fault that is planted for it, and the others stay silent."""

import sys

import pytest

from apps.appcheck import Subject
from tests.apps.appcheck.trial import Trial

HEADINGS = "expected the headings of a specification"
FEW = 12


@pytest.fixture
def trial(tmp_path):
    return Trial(tmp_path)


def verdicts(lines):
    return {line[6:].partition(":")[0]: line[:4].strip() for line in lines if not line.startswith(" ")}


def fault(lines, check):
    """The lines below a check that fails, all others having passed or been skipped."""
    found = verdicts(lines)
    assert [name for name, verdict in found.items() if verdict == "FAIL"] == [check], "\n".join(lines)
    first = next(number for number, line in enumerate(lines) if line.startswith("FAIL"))
    below = next((n for n in range(first + 1, len(lines)) if not lines[n].startswith(" ")), len(lines))
    return [line[4:] for line in lines[first + 1 : below]]


def test_what_the_scaffold_writes_passes_every_check(trial):
    lines = trial.check(FEW)
    assert set(verdicts(lines).values()) == {"ok"}, "\n".join(lines)
    assert lines[0] == "ok    registration: 1 action, 1 event, 1 query, 1 table"
    assert lines[1] == "ok    lint: 5 on-chain modules"
    assert lines[-2:] == ["ok    documentation: README and docstrings", "ok    kit: raffle.kit:RAFFLE_KIT"]


def test_an_application_is_registered_under_its_own_name(trial):
    trial.plant("app.py", 'name = "raffle"', 'name = "tombola"')
    assert fault(trial.check(), "registration") == [
        "name-differs: raffle.app:Raffle.name",
        "  got:      'tombola'",
        "  expected: 'raffle', its name as an entry point",
        "  to do:    make both the same",
    ]


def test_a_name_that_scenarios_use_otherwise_is_refused(trial):
    assert fault(trial.check(reserved=("raffle",)), "registration")[0] == (
        "name-reserved: raffle.app:Raffle.name"
    )


def test_a_line_that_may_differ_between_machines_is_found_by_the_lint(trial):
    trial.plant("app.py", "before.pot + action.amount", "before.pot + int(action.amount / 1)")
    (line,) = fault(trial.check(), "lint")
    assert line.startswith("HERE/raffle/app.py:31:")
    assert "HZ103" in line


def test_a_broken_invariant_is_found_by_sequences_and_told_as_a_test(trial):
    trial.plant("app.py", "ctx.hold(action.amount, POT)", "ctx.hold(action.amount // 2, POT)")
    lines = trial.check(FEW)
    told = fault(lines, "sequences")
    assert told[0].startswith("invariant-broken: raffle.app:Raffle.invariants after block")
    start = told.index("To see it again, paste into a test:")
    pasted = "\n".join(told[start + 1 :])
    assert 'dev.execute("alice", Stake(amount=' in pasted
    compile(pasted, "pasted", "exec")
    assert "skip  determinism: needs sequences that do not fail" in lines


def test_an_order_that_depends_on_the_hash_seed_is_found_by_executing_again(trial):
    order = 'next(iter({"a", "bb", "ccc", "dddd", "eeeee"}))'
    line = f"        seed = len({order})  # hertzchain: allow HZ121 planted\n"
    trial.plant("app.py", "        pot = before.pot", f"{line}        pot = before.pot")
    trial.plant("app.py", "before.stakes + 1", "before.stakes + seed")
    told = fault(trial.check(), "determinism")
    assert told[0].startswith("not-deterministic: block ")
    assert told[1].startswith("  key: raffle.rounds[")


def test_an_action_that_nobody_gets_carried_out_is_noted(trial):
    trial.plant("app.py", "action.amount > before.stake", "action.amount > before.stake > 0")
    lines = trial.check(FEW)
    note = next(line for line in lines if "note:" in line)
    assert note.startswith("    note: Stake was never carried out (stake-too-low ")
    assert verdicts(lines)["sequences"] == "ok"


def test_generated_sequences_without_hypothesis_name_what_to_install(trial, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "hypothesis"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    lines = trial.check()
    assert fault(lines, "sequences") == [
        "generated sequences need hypothesis, which is not installed: pip install 'hertzchain[test]'"
    ]
    assert "skip  determinism: needs sequences to execute again" in lines


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (
            (
                "actions.py",
                '    """Put an amount into the pot and lead the round until somebody stakes more."""\n\n',
                "",
            ),
            "raffle.actions:Stake: no docstring",
        ),
        (
            ("events.py", '    """A round has closed and its leader has the pot."""\n\n', ""),
            "raffle.events:PotWon: no docstring",
        ),
        (
            (
                "errors.py",
                '    """A stake must be higher than the leader\'s. Args: amount, the leader\'s."""\n\n',
                "",
            ),
            "raffle.errors:StakeTooLow: no docstring",
        ),
        (
            ("app.py", '    """A pot that goes, every ten blocks, to whoever staked most."""\n\n', ""),
            "raffle.app:Raffle: no docstring",
        ),
        (
            ("app.py", '        """The round that the next block is in, as it stands."""\n', ""),
            "raffle.app:Raffle.next_round: no docstring",
        ),
        (
            ("README.md", "# Raffle\n", ""),
            "HERE/README.md: no title: expected a first line such as `# Lottery`",
        ),
        (("README.md", "## On chain", "## Rules"), f"HERE/README.md: no heading `## On chain`: {HEADINGS}"),
        (
            ("README.md", "## Deliberate simplifications", "```\n## Deliberate simplifications\n```"),
            f"HERE/README.md: no heading `## Deliberate simplifications`: {HEADINGS}",
        ),
        (
            ("README.md", "`PotWon`", "a pot that was won"),
            "HERE/README.md: event `PotWon` is not in it: expected every action, event and query",
        ),
    ],
)
def test_what_nobody_documented_is_named(trial, plant, said):
    trial.plant(*plant)
    assert fault(trial.check(1), "documentation") == [said]


def test_a_missing_readme_is_a_fault(trial):
    (trial.folder / "README.md").unlink()
    assert fault(trial.check(1), "documentation") == [
        "no README.md: expected the specification beside the package or in it"
    ]


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (("kit.py", 'extra="forbid", ', ""), "settings: Settings takes unknown keys"),
        (
            ("kit.py", "Field(4, ge=1", 'Field("4", validate_default=True, ge=1'),
            "refuses its own defaults: players: ",
        ),
        (("kit.py", "-player-{number + 1}", "-player"), "populate: got raffle-player more than once"),
        (
            ("kit.py", "limits = settings.step", "limits = settings.pace"),
            "populate: with the defaults: AttributeError",
        ),
        (("kit.py", " if won else None", ""), "summarise: for a run without blocks: StatisticsError: "),
        (("kit.py", "def charts", "def chart"), "no method charts: expected what apps.kit.Kit lists"),
        (("kit.py", "= RaffleKit()", "= RaffleKit"), "got the class itself, expected an object"),
        (("pyproject.toml", "RAFFLE_KIT", "RAFLE_KIT"), "not-importable: raffle.kit:RAFLE_KIT"),
    ],
)
def test_a_kit_is_tried_before_a_scenario_is(trial, plant, said):
    trial.plant(*plant)
    assert said in fault(trial.check(1), "kit")[0]


def test_an_application_without_kit_passes(trial):
    lines = trial.lines(Subject("raffle.app:Raffle", "raffle", None, trial.folder), 1)
    assert (
        lines[-1]
        == "ok    kit: none is registered: a scenario can host the application, but nobody takes part"
    )


def test_applications_that_ask_each_other_are_checked_together(trial):
    trial.plant("app.py", "        before =", '        ctx.query("bank", "balance_of")\n        before =')
    subject = Subject("raffle.app:Raffle", "raffle", None, trial.folder)
    assert any("UnknownQuery" in line for line in fault(trial.lines(subject), "sequences"))

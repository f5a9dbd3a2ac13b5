"""Refusals of frequency coordination: each names its rule, what was got and what was expected, in every process."""

import pickle

import pytest

from apps.coordination import errors
from chain.errors import AppError, has_stable_text

KEY = bytes(range(32))
SAMPLES: list[tuple[AppError, str]] = [
    (errors.OutOfRange("quorum", 1, 2, 3), "out-of-range: quorum: got 1, expected 2 to 3"),
    (
        errors.DuplicateAccount("owners", KEY),
        "duplicate-account: owners: got 0001020304050607 twice, expected each account once",
    ),
    (errors.ZoneExists("campus"), "zone-exists: got 'campus', expected a name not in use"),
    (errors.RequestExists("one"), "request-exists: got 'one', expected a name not in use"),
    (errors.NoSuchZone("campus"), "no-such-zone: got 'campus', expected one that was opened"),
    (errors.NoSuchRequest("one"), "no-such-request: got 'one', expected one that was paid for"),
    (errors.WrongDeposit("campus", 1, 2), "wrong-deposit: zone 'campus': got 1, expected its price 2"),
    (
        errors.NotAgency("campus", KEY),
        "not-agency: zone 'campus': got 0001020304050607, expected one of its agencies",
    ),
    (
        errors.NotSensingOwner("campus", KEY),
        "not-sensing-owner: zone 'campus': got 0001020304050607, expected one of its sensing owners",
    ),
    (
        errors.NotProvider("campus", KEY),
        "not-provider: zone 'campus': got 0001020304050607, expected one of its providers",
    ),
    (
        errors.NotRevoker("campus", KEY),
        "not-revoker: zone 'campus': got 0001020304050607, "
        "expected one of its revokers (registrar, holder, perhaps providers)",
    ),
    (errors.WrongStage("one", "paid", "voting"), "wrong-stage: request 'one' is paid, expected voting"),
    (errors.TooLate("one", 9, 8), "too-late: request 'one': got it in block 9, expected it up to block 8"),
    (
        errors.AlreadyDone("one", "vote", KEY),
        "already-done: request 'one': got another vote of 0001020304050607, expected one",
    ),
    (
        errors.NotDelivered("one", KEY),
        "not-delivered: request 'one': got 0001020304050607, expected an owner that delivered data",
    ),
    (
        errors.OverBudget("one", 60, 50),
        "over-budget: request 'one': got rewards of up to 60, expected at most 50",
    ),
    (errors.WrongGradeCount("one", 2, 3), "wrong-grade-count: request 'one': got 2 grades, expected 3"),
    (
        errors.InconsistentDecision("margin_cdb", -1, "grant", 0, 9),
        "inconsistent-decision: margin_cdb: got -1, expected 0 to 9 to grant",
    ),
    (
        errors.StaleAggregate("one", 0, 1),
        "stale-aggregate: request 'one': got a decision on 0 sharers, expected 1",
    ),
    (
        errors.AnotherResult("one", KEY, KEY[::-1]),
        "another-result: request 'one': got 0001020304050607, expected 1f1e1d1c1b1a1918",
    ),
    (
        errors.NoBondAsked("campus"),
        "no-bond-asked: got a bond for zone 'campus', expected none: agencies act without",
    ),
    (
        errors.AlreadyBonded("campus", KEY),
        "already-bonded: zone 'campus': got another bond of 0001020304050607, expected one",
    ),
    (
        errors.NotBonded("campus", KEY, 5),
        "not-bonded: zone 'campus': got 0001020304050607 without a bond, expected one of 5",
    ),
    (
        errors.BondLocked("campus", 9, 12),
        "bond-locked: zone 'campus': got a withdrawal in block 9, expected one after block 12",
    ),
    (
        errors.ProofMismatch("one", "the measurement", "short"),
        "proof-mismatch: request 'one': the measurement: short",
    ),
    (
        errors.NoBallot("one", KEY),
        "no-ballot: request 'one': got 0001020304050607, expected an agency that gave a result",
    ),
    (
        errors.NotDisproved("one", 3, 10),
        "not-disproved: request 'one': got 3 hundredths of a dB, expected more than 10 and used",
    ),
    (errors.NoLicence("one"), "no-licence: request 'one': got no live licence, expected one"),
]


@pytest.mark.parametrize(("error", "words"), SAMPLES)
def test_a_refusal_says_what_was_got_and_what_was_expected(error: AppError, words: str) -> None:
    assert str(error) == words
    assert words.startswith(f"{error.rule}: ")
    assert len(words) <= 256
    assert all(map(has_stable_text, error.args))


@pytest.mark.parametrize("error", [error for error, _ in SAMPLES])
def test_a_refusal_survives_a_process_pool(error: AppError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.args, str(copy)) == (type(error), error.args, str(error))


def test_no_refusal_is_left_out_here_and_each_has_a_rule_of_its_own() -> None:
    known = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, AppError) and kind.__module__ == errors.__name__
    }
    assert known - {errors.NameTaken, errors.WrongRole} == {type(error) for error, _ in SAMPLES}
    assert len({error.rule for error, _ in SAMPLES}) == len(SAMPLES)

"""Refusals of acquisitions: each names its rule, what was got and what was expected, in every process."""

import pickle

import pytest

from apps.admm import errors
from apps.admm.errors import (
    AboveTotal,
    AcquisitionExists,
    AlreadyAnswered,
    AlreadyMember,
    AlreadySettled,
    ClosedRound,
    FutureRound,
    LateAnswer,
    NegativeBandwidth,
    NoOperators,
    NoSuchAcquisition,
    NotGathering,
    NotMember,
    NotOwner,
    NotRunning,
    TermsOutOfRange,
    TooManyOperators,
    WrongPhase,
)
from chain.errors import AppError, has_stable_text

KEY = bytes(range(32))
SAMPLES = [
    (
        TermsOutOfRange("round_blocks", 0, 1, 9),
        "terms-out-of-range: round_blocks: got 0, expected 1 to 9",
    ),
    (AcquisitionExists("band"), "acquisition-exists: got 'band', expected a name not in use"),
    (NoSuchAcquisition("band"), "no-such-acquisition: got 'band', expected one that was opened"),
    (
        NotOwner("band", KEY, KEY[::-1]),
        "not-owner: acquisition 'band': got 0001020304050607, expected 1f1e1d1c1b1a1918",
    ),
    (
        NotRunning("band", "settled", "running"),
        "not-running: acquisition 'band' is settled, expected running",
    ),
    (
        NotGathering("band", "running", "gathering"),
        "not-gathering: acquisition 'band' is running, expected gathering",
    ),
    (
        AlreadySettled("band", "settled", "gathering or running"),
        "already-settled: acquisition 'band' is settled, expected gathering or running",
    ),
    (NoOperators("band"), "no-operators: acquisition 'band': got 0 operators, expected at least 1"),
    (
        TooManyOperators("band", 9, 8),
        "too-many-operators: acquisition 'band': got 9, expected at most 8",
    ),
    (
        AlreadyMember("band", KEY),
        "already-member: acquisition 'band': got 0001020304050607, expected another operator",
    ),
    (
        NotMember("band", KEY),
        "not-member: acquisition 'band': got 0001020304050607, expected one of its operators",
    ),
    (
        ClosedRound("band", 2, 3),
        "closed-round: acquisition 'band': got round 2, expected the open round 3",
    ),
    (
        FutureRound("band", 4, 3),
        "future-round: acquisition 'band': got round 4, expected the open round 3",
    ),
    (
        LateAnswer("band", 14, 13),
        "late-answer: acquisition 'band': got an answer in block 14, expected one up to block 13",
    ),
    (
        AlreadyAnswered("band", 3, KEY),
        "already-answered: acquisition 'band': got another answer of 0001020304050607 to round 3, "
        "expected one",
    ),
    (
        NegativeBandwidth("band", -1),
        "negative-bandwidth: acquisition 'band': got -1 Hz, expected 0 or more",
    ),
    (
        AboveTotal("band", 101, 100),
        "above-total: acquisition 'band': got 101 Hz, expected at most the 100 Hz there are",
    ),
]


@pytest.mark.parametrize(("error", "words"), SAMPLES)
def test_a_refusal_says_what_was_got_and_what_was_expected(error: AppError, words: str) -> None:
    assert str(error) == words
    assert words.startswith(f"{error.rule}: ")
    assert all(map(has_stable_text, error.args))


@pytest.mark.parametrize("error", [error for error, _ in SAMPLES])
def test_a_refusal_survives_a_process_pool(error: AppError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.args, str(copy)) == (type(error), error.args, str(error))


def test_no_refusal_is_left_out_here() -> None:
    known = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, AppError) and kind.__module__ == errors.__name__
    }
    assert known - {WrongPhase} == {type(error) for error, _ in SAMPLES}

"""The sample chain with a block subsidy, and how tests run blocks on it."""

from collections.abc import Iterable

from chain.genesis import Born
from chain.params import ChainParams, RewardParams
from chain.transaction import Transaction
from chain.transition import Executed, execute_content
from tests.chain.sample_app import KEYS, MINER, environment, found

ALICE, BOB = KEYS[0], KEYS[1]
SUBSIDY = 100
PARAMS = ChainParams("sample", reward=RewardParams(SUBSIDY))
BORN = found(PARAMS)


def run(born: Born, transactions: Iterable[Transaction], height: int = 1) -> Executed:
    """What a block of these transactions does on a chain's genesis."""
    return execute_content(born.spec, born.state, environment(height), MINER, transactions)

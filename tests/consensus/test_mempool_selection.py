"""What the mempool selects, against a plain greedy choice and against a pool of each peer's own."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chain.sample_app import KEYS
from tests.consensus.blocks import Quarry
from tests.consensus.test_mempool import BORN, PLENTY, pool_of, tx


def greedy(transactions, state_nonces):
    """The specification of a selection, as slow as it is plain."""
    nonces, chosen = dict(state_nonces), []
    waiting = list(transactions)
    while ready := [each for each in waiting if nonces[each.sender] == each.nonce]:
        best = max(ready, key=lambda each: (each.fee, -transactions.index(each)))
        waiting.remove(best)
        chosen.append(best)
        nonces[best.sender] += 1
    return chosen


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 5)), max_size=14))
def test_selection_always_takes_the_best_that_may_come_next(drawn):
    transactions = list({(who, nonce): tx(KEYS[who], nonce, fee) for who, nonce, fee in drawn}.values())
    expected = greedy(transactions, {key.public: 0 for key in KEYS})
    assert pool_of(*transactions).select(BORN.state, PLENTY) == expected


@settings(deadline=None, max_examples=60)
@given(
    arrivals=st.permutations([(who, nonce) for who in range(4) for nonce in range(3)]),
    fees=st.lists(st.integers(1, 4), min_size=12, max_size=12),
    sizes=st.lists(st.integers(0, 4), min_size=5, max_size=5),
    shared_blocks=st.integers(0, 2),
    known=st.integers(0, 12),
    room=st.integers(1, 13),
)
def test_one_pool_serves_a_peer_on_another_branch_as_a_pool_of_its_own(
    arrivals, fees, sizes, shared_blocks, known, room
):
    """The pool's chain and the peer's part after `shared_blocks`; the peer has got the first `known` transactions."""
    transactions = [tx(KEYS[who], nonce, fee) for (who, nonce), fee in zip(arrivals, fees, strict=True)]
    arrived = {each.id for each in transactions[:known]}
    quarry = Quarry(BORN)
    shared, own = pool_of(*transactions), pool_of(*transactions[:known])
    common, mine, theirs = [], [], []
    for number, size in enumerate(sizes):
        # Alternately a block of the pool's branch and one of the peer's, once they have parted.
        branch = common if number < shared_blocks else (mine, theirs)[number % 2]
        parent = ([BORN.block, *common, *branch] if branch is not common else [BORN.block, *common])[-1]
        pool = own if branch is theirs else shared
        state = quarry.executor.result(parent.id).state
        block = quarry.block(parent, pool.select(state, PLENTY)[:size], salt=number)
        branch.append(block)
        result = quarry.executor.result(block.id).state
        for follower in {id(p): p for p in ((shared, own) if branch is common else (pool,))}.values():
            follower.follow((), (block,), result)
    head = [BORN.block, *common, *theirs][-1]
    state = quarry.executor.result(head.id).state
    extra = [each for block in mine for each in block.transactions]
    size = room * len(transactions[0].encoded)
    assert shared.select(state, size, lambda each: each.id in arrived, extra) == own.select(state, size)

"""The header tree against walking parents one by one."""

import pickle
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.block import Header
from consensus.headertree import HeaderTree, NoSuchAncestor, UnknownBlock
from tests.consensus.lineage import header_at

BITS = 0x207FFFFF


def child(parent: Header, salt: int) -> Header:
    return Header(parent.id, bytes(32), parent.time_ms + 1, BITS, parent.height + 1, salt)


def grown(parents: list[int]) -> tuple[HeaderTree, list[Header]]:
    """A tree in which header n + 1 stands on header parents[n] modulo the number there are."""
    headers = [header_at(0, 0, BITS)]
    tree = HeaderTree(headers[0])
    for salt, choice in enumerate(parents):
        headers.append(child(headers[choice % len(headers)], salt))
        tree.add(headers[-1])
    return tree, headers


def walked(headers: list[Header], header: Header) -> list[Header]:
    """All ancestors of a header and itself, genesis first."""
    by_id = {each.id: each for each in headers}
    line = [header]
    while line[-1].height:
        line.append(by_id[line[-1].previous])
    return line[::-1]


# Mostly the newest header, so that branches get long, and sometimes any.
PARENTS = st.lists(st.one_of(st.just(-1), st.just(-2), st.integers(0, 99)), max_size=60)


@settings(deadline=None)
@given(PARENTS)
def test_ancestors_forks_and_paths_are_those_of_a_walk_over_parents(parents):
    tree, headers = grown(parents)
    lines = {header.id: walked(headers, header) for header in headers}
    for one in headers:
        line = lines[one.id]
        assert [tree.ancestor(one.id, height) for height in range(one.height + 1)] == line
        assert tree.candidate(one.id).work == 2 * len(line)
        for other in headers:
            shared = [a for a, b in zip(line, lines[other.id], strict=False) if a == b]
            assert tree.fork(one.id, other.id) == shared[-1]
        for ancestor in line:
            assert tree.path(ancestor.id, one.id) == line[ancestor.height + 1 :]


def test_headers_are_numbered_in_the_order_they_were_added():
    tree, headers = grown([0, 0, 1])
    assert [tree.candidate(header.id).seen for header in headers] == [0, 1, 2, 3]
    tree.add(headers[1])
    assert list(tree) == headers


def test_an_ancestor_far_down_a_long_branch_takes_few_steps():
    tree, headers = grown([-1] * 5_000)
    steps = 0

    class Counting(list):
        def __getitem__(self, place):
            nonlocal steps
            steps += 1
            return super().__getitem__(place)

    tree._nodes = Counting(tree._nodes)
    for height in (0, 1, 2_047, 2_048, 3_333, 4_999):
        steps = 0
        assert tree.ancestor(headers[-1].id, height) == headers[height]
        assert steps < 60


def test_what_the_tree_does_not_have_is_named():
    tree, headers = grown([0, 0])
    with pytest.raises(UnknownBlock, match="unknown-block: 00"):
        tree.header(bytes(32))
    with pytest.raises(UnknownBlock):
        tree.add(header_at(5, 0, BITS, previous=b"p" * 32))
    with pytest.raises(NoSuchAncestor, match="got height 2, expected 0 to 1"):
        tree.ancestor(headers[1].id, 2)
    with pytest.raises(NoSuchAncestor):
        tree.path(headers[1].id, headers[2].id)
    assert bytes(32) not in tree


def test_a_deep_tree_can_be_pickled():
    tree, headers = grown([-1] * 3_000)
    again = pickle.loads(pickle.dumps(tree))
    assert again.ancestor(headers[-1].id, 17) == headers[17]


def test_a_branch_is_the_ancestry_of_the_children_of_its_block():
    tree, headers = grown([-1] * 9)
    branch = tree.branch(headers[7].id)
    assert branch.parent == headers[7]
    assert [branch.ancestor(height) for height in range(8)] == headers[:8]
    assert all(later.previous == earlier.id for earlier, later in pairwise(headers))

"""The state map against a plain dict and against the definition of its root."""

from itertools import islice
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chain.hashing import sha256
from chain.trie import Trie, _Branch, _descend, _Node

# Few byte values and short keys, so that prefixes of one another and shared bits are the rule.
keys = st.lists(st.sampled_from([0, 1, 2, 0x7F, 0x80, 0xFF]), max_size=5).map(bytes)
values = st.binary(max_size=3)
maps = st.dictionaries(keys, values, max_size=40)
changes = st.dictionaries(keys, st.none() | values, max_size=12)


def position_bits(key: bytes, longest: int) -> list[int]:
    """The key as bits: for each byte index a presence bit, then the byte's eight bits."""
    bits: list[int] = []
    for index in range(longest + 1):
        present = index < len(key)
        byte = key[index] if present else 0
        bits += [int(present), *(byte >> shift & 1 for shift in range(7, -1, -1))]
    return bits


def defined_root(model: dict[bytes, bytes]) -> bytes:
    """The root by its definition: split the keys at the first bit in which they differ, and hash upwards."""
    if not model:
        return sha256(b"")
    if len(model) == 1:
        ((key, value),) = model.items()
        return sha256(b"\x00" + len(key).to_bytes(4, "big") + key + value)
    longest = max(map(len, model))
    bits = {key: position_bits(key, longest) for key in model}
    first = next(at for at, column in enumerate(zip(*bits.values(), strict=True)) if len(set(column)) == 2)
    head = b"\x01" + (first // 9).to_bytes(4, "big") + (0x100 >> first % 9).to_bytes(2, "big")
    sides = ({key: model[key] for key in model if bits[key][first] == side} for side in (0, 1))
    return sha256(head + b"".join(map(defined_root, sides)))


def apply(model: dict[bytes, bytes], edit: dict[bytes, bytes | None]) -> dict[bytes, bytes]:
    merged = {**model, **edit}
    return {key: value for key, value in merged.items() if value is not None}


def nodes(trie: Trie) -> dict[int, _Node]:
    found: dict[int, _Node] = {}
    waiting = [trie._top] if trie._top else []
    while waiting:
        node = waiting.pop()
        found[id(node)] = node
        if isinstance(node, _Branch):
            waiting += [node.left, node.right]
    return found


class MapAgainstDict(RuleBasedStateMachine):
    """Any sequence of edits on any earlier version agrees with a dict, and leaves every version as it was."""

    def __init__(self) -> None:
        super().__init__()
        self.versions: list[tuple[Trie, dict[bytes, bytes], bytes]] = [(Trie(), {}, Trie().root)]

    @rule(edit=changes, data=st.data())
    def update_any_version(self, edit: dict[bytes, bytes | None], data: st.DataObject) -> None:
        trie, model, _ = data.draw(st.sampled_from(self.versions))
        after = trie.updated(edit)
        self.versions.append((after, apply(model, edit), after.root))

    @rule()
    def empty_the_last_version(self) -> None:
        trie, model, _ = self.versions[-1]
        after = trie.updated(dict.fromkeys(model))
        self.versions.append((after, {}, after.root))

    @rule(key=keys)
    def read_one_key(self, key: bytes) -> None:
        trie, model, _ = self.versions[-1]
        assert trie.get(key) == model.get(key)

    @rule(data=st.data())
    def scan_a_range(self, data: st.DataObject) -> None:
        trie, model, _ = self.versions[-1]
        bounds = st.sampled_from(sorted(model)) | keys if model else keys
        prefix = data.draw(st.just(b"") | keys | bounds.map(lambda key: key[:-1]))
        start = data.draw(bounds | st.none())
        wanted = [k for k in sorted(model) if k.startswith(prefix) and (start is None or k >= start)]
        assert list(trie.scan(prefix, start)) == [(k, model[k]) for k in wanted]

    @invariant()
    def every_version_is_what_it_was(self) -> None:
        for trie, model, root in self.versions:
            assert dict(trie.scan()) == model
            assert len(trie) == len(model)
            assert trie.root == root

    @invariant()
    def the_last_root_is_the_defined_one(self) -> None:
        trie, model, _ = self.versions[-1]
        assert trie.root == defined_root(model)


MapAgainstDict.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
test_map_agrees_with_a_dict_in_every_version = MapAgainstDict.TestCase


@given(maps)
def test_root_is_the_defined_one(model: dict[bytes, bytes]) -> None:
    assert Trie().updated(model).root == defined_root(model)


@given(maps, st.randoms(use_true_random=False))
def test_root_depends_on_the_contents_not_on_their_history(model: dict[bytes, bytes], rng: Random) -> None:
    items = list(model.items())
    rng.shuffle(items)
    trie = Trie().updated({b"passing": b"guest"})
    for key, value in items:
        trie = trie.updated({key: value + b"old"}).updated({key: value})
    trie = trie.updated({b"passing": None})
    assert trie.root == Trie().updated(model).root
    assert trie == Trie().updated(dict(items))
    assert hash(trie) == hash(Trie().updated(model))


@given(maps, maps)
def test_maps_are_equal_only_with_equal_contents(one: dict[bytes, bytes], other: dict[bytes, bytes]) -> None:
    assert (Trie().updated(one) == Trie().updated(other)) == (one == other)


def test_key_and_value_bytes_cannot_be_traded() -> None:
    assert Trie().updated({b"a": b"bc"}) != Trie().updated({b"ab": b"c"})


@given(maps, keys, values)
def test_changes_that_change_nothing_give_the_same_map(
    model: dict[bytes, bytes], key: bytes, value: bytes
) -> None:
    trie = Trie().updated({**model, key: value})
    assert trie.updated({key: value}) is trie
    absent = {k: None for k in (key + b"\x05", b"\x05" + key) if trie.get(k) is None}
    assert trie.updated(absent) is trie
    assert trie.updated({}) is trie


def test_an_update_shares_every_untouched_node() -> None:
    rng = Random(1)
    model = {rng.randbytes(8): b"1" for _ in range(2_000)}
    before = Trie().updated(model)
    edited = rng.sample(sorted(model), 50)
    after = before.updated(dict.fromkeys(edited, b"2"))
    above: list[_Branch] = []
    leaves = {id(_descend(before._top, key, above)) for key in edited if before._top}
    touched = leaves | set(map(id, above))
    old, new = nodes(before), nodes(after)
    assert old.keys() - new.keys() == touched
    assert len(new.keys() - old.keys()) == len(touched)


def test_every_node_of_a_finished_map_is_hashed() -> None:
    rng = Random(2)
    model = {rng.randbytes(rng.randrange(6)): b"1" for _ in range(500)}
    trie = Trie().updated(model).updated(dict.fromkeys(rng.sample(sorted(model), 100)))
    assert all(len(node.hash) == 32 for node in nodes(trie).values())


def test_scan_is_lazy_and_starts_within_the_prefix() -> None:
    model = {b"t/%05d" % i: b"%d" % i for i in range(10_000)} | {b"s": b"before", b"u": b"after"}
    trie = Trie().updated(model)
    assert [key for key, _ in islice(trie.scan(b"t/", b"t/04999x"), 2)] == [b"t/05000", b"t/05001"]
    assert list(trie.scan(b"t/", b"u")) == []
    assert next(trie.scan(b"t/", b"a"))[0] == b"t/00000"
    assert next(trie.scan(b"t/", b"t/05000"))[0] == b"t/05000"
    assert list(trie.scan(b"t/09999", b"t/09999")) == [(b"t/09999", b"9999")]
    assert list(trie.scan(b"t/0999x")) == []


def test_a_scan_goes_on_over_its_own_version() -> None:
    trie = Trie().updated({b"a": b"1", b"b": b"2", b"c": b"3"})
    scan = trie.scan()
    assert next(scan) == (b"a", b"1")
    trie = trie.updated({b"b": None, b"c": b"4"})
    assert list(scan) == [(b"b", b"2"), (b"c", b"3")]


def test_a_chain_of_two_thousand_prefixes_works() -> None:
    chain = [b"\xff" * length for length in range(2_000)]
    trie = Trie().updated(dict.fromkeys(chain, b"1"))
    assert [key for key, _ in trie.scan()] == chain
    assert [key for key, _ in trie.scan(b"\xff" * 1_998)] == chain[1_998:]
    assert len(trie.proof(chain[-1]).steps) == 1_999
    assert trie.proof(chain[-1]).verify(trie.root, chain[-1]) == b"1"
    assert trie.get(b"\xff" * 2_000) is None
    shorter = trie.updated(dict.fromkeys(chain[1:]))
    assert shorter == Trie().updated({b"": b"1"})
    assert len(trie) == 2_000


def test_empty_keys_and_values_are_keys_and_values() -> None:
    trie = Trie().updated({b"": b""})
    assert trie.get(b"") == b""
    assert len(trie) == 1
    assert trie != Trie()
    assert Trie().root == sha256(b"")

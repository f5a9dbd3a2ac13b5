"""Layers of writes over a state behave like a dict that can be rolled back."""

from hypothesis import given
from hypothesis import strategies as st

from chain.state import Overlay
from chain.trie import Trie

KEYS = st.sampled_from([b"", b"a", b"ab", b"b", b"b/1", b"b/2", b"c"])
WRITES = st.dictionaries(KEYS, st.none() | st.binary(max_size=3), max_size=6)


def merged(*layers: dict[bytes, bytes | None]) -> dict[bytes, bytes]:
    flat: dict[bytes, bytes | None] = {}
    for layer in layers:
        flat |= layer
    return {key: value for key, value in flat.items() if value is not None}


@given(WRITES, WRITES, WRITES, KEYS, KEYS)
def test_layers_read_as_the_dict_their_writes_amount_to(below, middle, above, prefix, start):
    outer = Overlay(Trie().updated(below))
    outer.writes.update(middle)
    inner = Overlay(outer)
    inner.writes.update(above)
    model = merged(below, middle, above)
    assert {key: inner.get(key) for key in model} == model
    assert list(inner.scan()) == sorted(model.items())
    expected = sorted((k, v) for k, v in model.items() if k.startswith(prefix) and k >= start)
    assert list(inner.scan(prefix, start)) == expected
    assert list(outer.scan()) == sorted(merged(below, middle).items())
    inner.merge_down()
    assert list(outer.scan()) == sorted(model.items())
    assert list(inner.scan()) == sorted(model.items())

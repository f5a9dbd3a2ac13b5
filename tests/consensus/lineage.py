"""A branch of real headers for the tests: a growing list, extended by the rules or against them."""

from dataclasses import dataclass, field

from chain.block import Header

NO_BLOCK = bytes(32)


def header_at(height: int, time_ms: int, bits: int, previous: bytes = NO_BLOCK) -> Header:
    return Header(previous=previous, commitment=bytes(32), time_ms=time_ms, bits=bits, height=height, nonce=0)


@dataclass(slots=True)
class Lineage:
    """A linear branch; it is the Ancestry of the header that would follow its last one."""

    headers: list[Header]

    @classmethod
    def from_genesis(cls, bits: int, time_ms: int = 0) -> "Lineage":
        return cls([header_at(0, time_ms, bits)])

    @property
    def parent(self) -> Header:
        return self.headers[-1]

    def ancestor(self, height: int) -> Header:
        assert 0 <= height <= self.parent.height
        return self.headers[height]

    def child(self, time_ms: int, bits: int) -> Header:
        return header_at(self.parent.height + 1, time_ms, bits, self.parent.id)

    def extend(self, time_ms: int, bits: int) -> Header:
        self.headers.append(self.child(time_ms, bits))
        return self.parent


@dataclass(slots=True)
class SparseLineage:
    """A branch of which only some headers are kept: enough for rules that read few of them."""

    parent: Header
    kept: dict[int, Header] = field(default_factory=dict)

    def ancestor(self, height: int) -> Header:
        return self.parent if height == self.parent.height else self.kept[height]

    def keep(self, header: Header) -> None:
        self.kept[header.height] = header

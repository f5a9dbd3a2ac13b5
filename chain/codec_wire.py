"""Bytes to plain values and back: MessagePack in its one canonical form, in bounded time and memory.

MessagePack has many encodings of a value (5 is also `cc 05`). Canonical is the shortest, which is what
`pack` writes, so bytes are canonical when unpacking and packing them again gives the same bytes. What is
accepted therefore depends on `pack` alone, not on how lenient a version of the library is when it reads.
"""

from collections.abc import Callable

from msgpack import Packer, unpackb

from chain.codec_types import DecodeError

Plain = None | bool | int | str | bytes | list["Plain"]
"""What a canonical encoding holds before types are given to it."""

MAX_INPUT_BYTES = 4 * 1024 * 1024
"""Longest input `unpack` looks at unless told otherwise."""

# One packer for all calls: making one costs as much as packing a transaction. It keeps no state between
# calls.
pack: Callable[[Plain], bytes] = Packer().pack

# msgpack 1.2 reserves up to 80 kB for the items an array announces before it reads one, for 1,024 arrays
# in one another: 10 kB of input take 80 MB, and no version promises a bound. Below this size the worst is
# 0.7 MB even if all that is announced is reserved, and the walk is saved.
_CLAIMS_CHECKED_FROM_BYTES = 512
_UNREADABLE = (ValueError, OverflowError, RecursionError)


def unpack(data: bytes, where: str, max_bytes: int = MAX_INPUT_BYTES) -> Plain:
    """Plain value of canonical `data`. Raises DecodeError; `where` names in it what was to be decoded."""
    size = len(data)
    if size > max_bytes:
        raise DecodeError("too-large", where, f"{size} bytes", f"at most {max_bytes} bytes")
    if size > _CLAIMS_CHECKED_FROM_BYTES and not claims_are_backed(data):
        raise DecodeError("malformed", where, f"{size} bytes that announce more items", "one whole value")
    try:
        plain: Plain = unpackb(data, max_map_len=0, max_ext_len=0)
        canonical = pack(plain) == data
    except _UNREADABLE as error:
        reason = f"{size} bytes, unreadable ({str(error) or type(error).__name__})"
        raise DecodeError("malformed", where, reason, "one whole value") from None
    if not canonical:
        raise DecodeError("non-canonical", where, f"{size} bytes", "the shortest encoding")
    return plain


def is_canonical(data: bytes) -> bool:
    """Whether `data` is one MessagePack value of any kind, maps and floats too, in its shortest form."""
    try:
        return claims_are_backed(data) and pack(unpackb(data)) == data
    except _UNREADABLE:
        return False


def claims_are_backed(data: bytes) -> bool:
    """Whether arrays and maps never announce more items than bytes follow: an item takes at least one byte.

    Walks the structure without building anything, so that memory is bounded before any of it is reserved.
    True does not mean that the data is well formed; only its counts were looked at.
    """
    size, position, pending = len(data), 0, 1
    steps, headers, items_each = _STEP, _HEADER, _ITEMS_EACH
    while pending:
        if pending > size - position:
            return False
        lead = data[position]
        if step := steps[lead]:
            position += step
            pending -= 1
            continue
        start, width = headers[lead]
        count = int.from_bytes(data[position + 1 : position + 1 + width], "big") if width else lead & 0x0F
        if each := items_each[lead]:
            position += start
            pending += count * each - 1
        else:
            position += start + count
            pending -= 1
    return True


def _fixed_steps() -> list[int]:
    """Bytes of a whole scalar for each first byte; 0 where a count follows (or sits in the byte)."""
    steps = [1] * 256
    for lead in range(0x80, 0xA0):
        steps[lead] = 0
    for lead in range(0xA0, 0xC0):
        steps[lead] = 1 + (lead & 0x1F)
    for lead in (0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xD9, 0xDA, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF):
        steps[lead] = 0
    for first, payloads in ((0xCA, (4, 8)), (0xCC, (1, 2, 4, 8)), (0xD0, (1, 2, 4, 8))):
        for offset, payload in enumerate(payloads):
            steps[first + offset] = 1 + payload
    for offset in range(5):
        steps[0xD4 + offset] = 2 + (1 << offset)
    return steps


def _counted_headers() -> list[tuple[int, int]]:
    """(bytes before the contents, bytes of the count) for each first byte that is followed by a count."""
    headers = [(1, 0)] * 256
    for first, extra in ((0xC4, 0), (0xC7, 1), (0xD9, 0)):
        for offset, width in enumerate((1, 2, 4)):
            headers[first + offset] = (1 + width + extra, width)
    for first in (0xDC, 0xDE):
        for offset, width in enumerate((2, 4)):
            headers[first + offset] = (1 + width, width)
    return headers


def _items_each() -> list[int]:
    """Values for each counted item: 1 in arrays, 2 in maps, 0 where the count is of bytes."""
    each = [0] * 256
    for lead in (*range(0x90, 0xA0), 0xDC, 0xDD):
        each[lead] = 1
    for lead in (*range(0x80, 0x90), 0xDE, 0xDF):
        each[lead] = 2
    return each


_STEP, _HEADER, _ITEMS_EACH = _fixed_steps(), _counted_headers(), _items_each()

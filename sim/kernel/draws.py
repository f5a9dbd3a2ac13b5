"""Random numbers of the kernel: one SFC32 generator per stream, the same compiled and interpreted.

SFC32 (Chris Doty-Humphrey, PractRand: small fast counting generator, 32-bit words a, b, c and a counter)
needs additions, shifts and exclusive or only. In int64 with a mask no operation overflows, so plain Python
and machine code agree bit for bit.
"""

import math

from sim.kernel.jit import compiled, inlined
from sim.kernel.state import (
    Ints,
)

_MASK = 0xFFFFFFFF
_WARM_UP = 12


@inlined
def next_word(draws: Ints, row: int) -> int:
    """The next 32-bit word of generator `row`."""
    a, b, c, counter = int(draws[row, 0]), int(draws[row, 1]), int(draws[row, 2]), int(draws[row, 3])
    word = (a + b + counter) & _MASK
    draws[row, 0] = b ^ (b >> 9)
    draws[row, 1] = (c + (c << 3)) & _MASK
    draws[row, 2] = ((((c << 21) & _MASK) | (c >> 11)) + word) & _MASK
    draws[row, 3] = (counter + 1) & _MASK
    return word


@inlined
def uniform(draws: Ints, row: int) -> float:
    """Uniform on (0, 1), never an end, from one 32-bit word."""
    return (next_word(draws, row) + 0.5) * 2.0**-32


@inlined
def exponential(draws: Ints, row: int) -> float:
    """Exp(1) from a 53-bit uniform on (0, 1)."""
    high = next_word(draws, row) >> 5
    low = next_word(draws, row) >> 6
    return -math.log((high * 67108864.0 + low + 0.5) * 2.0**-53)


@compiled
def warm_up(draws: Ints) -> None:
    """Mix freshly seeded rows of four 32-bit words, so that similar seeds give unlike sequences."""
    for row in range(len(draws)):
        for _ in range(_WARM_UP):
            next_word(draws, row)

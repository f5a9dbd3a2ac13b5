"""One execution of a trace in a process of its own: `python -m apps.determinism.replay_process TRACE STEPS`.

Reads the encoded trace from one file and writes a line for each step to the other: its encoding in hexadecimal.
"""

import sys
from pathlib import Path

from apps.determinism.replay import load_apps, replay
from apps.determinism.trace import Trace
from chain.codec import decode, encode

MOST_BYTES = 2**30
"""Longest trace that is read."""


def main(trace_file: str, steps_file: str) -> None:
    """Execute the trace."""
    trace = decode(Trace, Path(trace_file).read_bytes(), MOST_BYTES)
    with Path(steps_file).open("w", encoding="ascii") as file:
        for step in replay(trace, load_apps(trace)):
            file.write(encode(step).hex() + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""One execution of traces in a process of its own: `python -m apps.determinism.replay_process TRACE STEPS ...`.

Reads each encoded trace from one file and writes a line for each step to the next: its encoding in hexadecimal.
"""

import sys
from pathlib import Path

from apps.determinism.replay import load_apps, replay
from apps.determinism.trace import Trace
from chain.codec import decode, encode

MOST_BYTES = 2**30
"""Longest trace that is read."""


def main(*files: str) -> None:
    """Execute the traces, one after the other, each with applications of its own."""
    for trace_file, steps_file in zip(files[::2], files[1::2], strict=True):
        trace = decode(Trace, Path(trace_file).read_bytes(), MOST_BYTES)
        with Path(steps_file).open("w", encoding="ascii") as file:
            for step in replay(trace, load_apps(trace)):
                file.write(encode(step).hex() + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

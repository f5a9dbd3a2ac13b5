"""The block tree: every valid block a node has seen, the orphans that wait for their parent, and the head.

A block is checked and executed when it connects to its parent, whether or not it becomes the head. So every block of the tree
is valid, a reorganisation of any depth only moves the head, and a block that fails leaves the head where it was.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from chain.block import Block, ForeignBody, Header
from chain.errors import InvalidBlock
from chain.genesis import Born
from consensus.executor import Executor
from consensus.fork_choice import prefers
from consensus.headers import TimeTooNew, check_clock, check_header_rules, check_params
from consensus.headertree import HeaderTree, UnknownBlock
from consensus.orphans import ORPHANS_KEPT, OrphanPool
from consensus.proof import InsufficientProofOfOrphan

REFUSALS_KEPT = 10_000

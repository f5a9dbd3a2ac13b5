"""Runs a full node of its own at every peer beside the shared ledger, and stops the run if any differs.

This is the slow mode (`execution = "replicated"`). It exists to show that one shared execution is an optimisation and
not a modelling assumption: every node checks, executes and chooses for itself, and must reach what the network says.
"""

from consensus.executor import ReexecutingExecutor
from consensus.node import Node
from sim.ledger import US_PER_MS, SharedLedger
from sim.network import Watch
from sim.world import World


class ReplicaDiverged(Exception):
    """A peer's own node stands elsewhere than the network says: a bug. Args: peer, node's head, network's head."""

    def __str__(self) -> str:
        peer, own, network = self.args
        return f"peer {peer}: its node's head is {own.hex()[:16]}, the network's is {network.hex()[:16]}"


class Replicas:
    """One re-executing node for each peer, fed with what the peer receives."""

    def __init__(self, world: World, ledger: SharedLedger) -> None:
        self._ledger = ledger
        self.nodes = [
            Node(world.born, ReexecutingExecutor(world.born, ledger.executor))
            for _ in range(world.graph.peers)
        ]
        for peer in range(world.graph.peers):
            world.network.watch(peer, Watch.RECEIVED)

    def receive(self, peer: int, index: int, now_us: int) -> None:
        """The peer has the whole block. Raises InvalidBlock, ExecutionDiverged."""
        self.nodes[peer].receive_block(self._ledger.blocks[index].block, now_us // US_PER_MS)

    def check_head(self, peer: int, head: int) -> None:
        """Compare the node's head with the network's. Raises ReplicaDiverged."""
        own, expected = self.nodes[peer].head.id, self._ledger.blocks[head].block.id
        if own != expected:
            raise ReplicaDiverged(peer, own, expected)

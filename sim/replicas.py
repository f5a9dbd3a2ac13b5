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
    """One re-executing node for each peer, fed with what the peer receives.

    A node connects an orphan together with its parent, the network an instant later. So heads are compared before a
    peer receives a block at a later time, and once more when everything has arrived.
    """

    def __init__(self, world: World, ledger: SharedLedger) -> None:
        self._ledger = ledger
        self._network = world.network
        self.nodes = [
            Node(world.born, ReexecutingExecutor(world.born, ledger.executor))
            for _ in range(world.graph.peers)
        ]
        self._moved: dict[int, tuple[int, int]] = {}
        for peer in range(world.graph.peers):
            world.network.watch(peer, Watch.RECEIVED)

    def receive(self, peer: int, index: int, now_us: int) -> None:
        """The peer has the whole block. Raises InvalidBlock, ExecutionDiverged, ReplicaDiverged."""
        moved_us, head = self._moved.get(peer, (now_us, 0))
        if moved_us < now_us:
            self._compare(peer, head)
        self.nodes[peer].receive_block(self._ledger.blocks[index].block, now_us // US_PER_MS)

    def head_moved(self, peer: int, now_us: int) -> None:
        """The network has moved the peer's head."""
        self._moved[peer] = (now_us, self._network.head_of(peer))

    def compare_all(self) -> None:
        """Compare every node's head with the network's; nothing may be under way. Raises ReplicaDiverged."""
        for peer, head in enumerate(self._network.heads().tolist()):
            self._compare(peer, head)

    def _compare(self, peer: int, head: int) -> None:
        own, expected = self.nodes[peer].head.id, self._ledger.blocks[head].block.id
        if own != expected:
            raise ReplicaDiverged(peer, own, expected)

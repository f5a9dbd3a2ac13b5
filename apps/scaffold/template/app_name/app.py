"""The application on chain: who stakes highest in a round takes everybody's stakes."""

from collections.abc import Iterator

from chain.app import App, execute, query
from chain.context import Context, View
from chain.table import Table

from app_name.actions import Stake
from app_name.errors import StakeTooLow
from app_name.events import PotWon
from app_name.state import NO_STAKES, POT, Round, closing_height


class AppName(App):
    """A pot that goes, every ten blocks, to whoever staked most."""

    name = "app_name"
    api = 1
    emits = (PotWon,)
    rounds = Table(int, Round)
    """By the height at which they close, so that a block finds what is due without looking at the rest."""

    @execute
    def stake(self, ctx: Context, action: Stake) -> None:
        """Lead the round with a higher stake. Raises StakeTooLow, InsufficientBalance."""
        closes_at = closing_height(ctx.height)
        before = self.rounds.get(ctx, closes_at) or NO_STAKES
        ctx.require(action.amount > before.stake, StakeTooLow(action.amount, before.stake))
        ctx.hold(action.amount, POT)
        pot = before.pot + action.amount
        self.rounds.set(ctx, closes_at, Round(ctx.sender, action.amount, pot, before.stakes + 1))

    def end_block(self, ctx: Context) -> None:
        """Give the pot of the round that closes here to its leader."""
        closed = self.rounds.get(ctx, ctx.height)
        if closed is None:
            return
        self.rounds.delete(ctx, ctx.height)
        ctx.release(closed.pot, POT, closed.leader)
        ctx.emit(PotWon(closed.leader, closed.pot, closed.stakes))

    def invariants(self, view: View) -> Iterator[str]:
        """The escrow holds the stakes of the open round, and no round is overdue."""
        owed = 0
        for closes_at, under_way in self.rounds.scan(view):
            owed += under_way.pot
            if closes_at <= view.height:
                yield f"the round that closes at {closes_at} is still open at height {view.height}"
        held = view.escrow(self.name, POT)
        if held != owed:
            yield f"the escrow holds {held}, the stakes of the open round are {owed}"

    @query
    def next_round(self, view: View) -> Round:
        """The round that the next block is in, as it stands."""
        return self.rounds.get(view, closing_height(view.height + 1)) or NO_STAKES

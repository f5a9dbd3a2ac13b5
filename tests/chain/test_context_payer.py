"""A block hook has no sender, so nobody's money is at hand."""

import pytest

from chain.app import App
from chain.context import HOOK_SENDER, Context, Environment
from chain.genesis import found_chain, make_genesis
from chain.params import ChainParams
from chain.refusals import AppCrashed
from chain.registry import Registry
from chain.transition import execute_content
from tests.chain.sample_app import KEYS


class Greedy(App):
    """Spends what people have sent to nobody."""

    name = "greedy"

    def end_block(self, ctx: Context) -> None:
        ctx.pay(1, KEYS[0].public)


class Hoarder(App):
    """Holds it."""

    name = "hoarder"

    def end_block(self, ctx: Context) -> None:
        ctx.hold(1, "found")


@pytest.mark.parametrize("app", [Greedy(), Hoarder()])
def test_a_hook_that_pays_or_holds_is_a_bug_even_where_the_zero_key_has_coins(app):
    registry = Registry([app])
    born = found_chain(make_genesis(ChainParams("test"), {HOOK_SENDER: 100}, registry), registry)
    with pytest.raises(AppCrashed, match="cannot pay or hold: it has no sender"):
        execute_content(born.spec, born.state, Environment(1, 1), KEYS[0].public, ())

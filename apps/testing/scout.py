"""Tries out what an action would do at the head of a `DevChain`: only the application runs, nothing is kept."""

from apps.testing.devchain import DevChain
from apps.testing.keys import account_of
from apps.testing.refusal import Attempt
from chain.app import where_is
from chain.context import Context, Environment
from chain.errors import ChainError
from chain.records import Action
from chain.registry import Registry
from chain.state import Overlay


class Scout:
    """Asks applications of its own, so that those of the chain do not notice."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def try_out(self, dev: DevChain, sender: str, action: Action) -> Attempt | None:
        """How `action` is refused in the next block; None where it is carried out, or crashes."""
        names = self._registry.actions[type(action)]
        handler = self._registry.routes[names].handler
        now = Environment(dev.height + 1, dev.next_time_ms)
        draft = Overlay(dev.state.trie)
        context = Context(draft, now, dev.spec.params, self._registry, names[0], account_of(sender))
        try:
            self._registry.encode_action(action)
            handler(context, action)
        except ChainError as error:
            return Attempt(sender, action, now.height, where_is(handler), error, None)
        except Exception:
            return None
        return None

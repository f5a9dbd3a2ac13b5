"""The smallest application: one action, one table, one refusal, one query."""

from greeter.app import Greet, Greeter, NobodyGreeted

__all__ = ["Greet", "Greeter", "NobodyGreeted"]

"""The greeter counts greetings, and a greeting is for somebody."""

from apps.testing import DevChain, stateful
from chain.table import KeyOutOfRange

from greeter import Greet, Greeter, NobodyGreeted


def test_a_greeting_is_counted() -> None:
    dev = DevChain(Greeter())
    dev.execute("alice", Greet("bob"))
    dev.execute("carol", Greet("bob"))
    assert dev.query(Greeter.greetings, "bob") == 2
    assert dev.query(Greeter.greetings, "alice") == 0


def test_a_greeting_is_for_somebody() -> None:
    dev = DevChain(Greeter())
    with dev.refuses(NobodyGreeted):
        dev.execute("alice", Greet(""))


def test_a_name_that_no_table_can_keep_is_refused_by_the_ledger() -> None:
    dev = DevChain(Greeter())
    with dev.refuses(KeyOutOfRange):
        dev.execute("alice", Greet("bo\0b"))


TestAnySequence = stateful(Greeter, max_examples=10)

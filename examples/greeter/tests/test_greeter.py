"""The greeter counts greetings, and a greeting is for somebody."""

from apps.testing import DevChain, stateful

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


TestAnySequence = stateful(Greeter)

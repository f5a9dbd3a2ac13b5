"""The keys of a test's people: a name always has the same."""

from functools import cache

from chain.hashing import sha256
from chain.keys import SigningKey

_NAMES: dict[bytes, str] = {}


@cache
def key_of(name: str) -> SigningKey:
    """The key that a name always has."""
    key = SigningKey.from_seed(sha256(name.encode()))
    _NAMES[key.public] = name
    return key


def account_of(name: str) -> bytes:
    """The account (public key) of a name."""
    return key_of(name).public


def with_names(text: str) -> str:
    """`text` with every account that was asked for by name shown as `dev.account(<name>)`."""
    for account, name in _NAMES.items():
        text = text.replace(repr(account), f"dev.account({name!r})")
    return text

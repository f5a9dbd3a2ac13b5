"""The rules of the state transition as errors: what a transaction or a block's content is refused for."""

from typing import ClassVar

from chain.errors import InvalidBlock, InvalidTransaction


class WrongChain(InvalidTransaction):
    """Signed for another chain. Args: chain id got, chain id expected."""

    rule: ClassVar[str] = "wrong-chain"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0].hex()[:16]}, expected {self.args[1].hex()[:16]}"


class WrongNonce(InvalidTransaction):
    """A replayed (too low) or gapped (too high) nonce. Args: nonce got, nonce expected."""

    rule: ClassVar[str] = "wrong-nonce"

    def __str__(self) -> str:
        got, expected = self.args
        return f"{self.rule}: got {got}, expected {expected} ({'replayed' if got < expected else 'a gap'})"


class FeeTooLow(InvalidTransaction):
    """Args: fee got, smallest allowed."""

    rule: ClassVar[str] = "fee-too-low"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]}, expected at least {self.args[1]}"


class FeeNotCovered(InvalidTransaction):
    """The sender cannot pay the fee. Args: balance, fee."""

    rule: ClassVar[str] = "fee-not-covered"

    def __str__(self) -> str:
        return f"{self.rule}: balance {self.args[0]}, fee {self.args[1]}"


class TransactionTooLarge(InvalidTransaction):
    """Args: bytes got, bytes allowed."""

    rule: ClassVar[str] = "transaction-too-large"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]} bytes, at most {self.args[1]}"


class InvalidTransactionInBlock(InvalidBlock):
    """A block with a transaction that may not stand there.

    Args: position, transaction id, rule the transaction breaks, the same in words.
    """

    rule: ClassVar[str] = "invalid-transaction-in-block"

    def __str__(self) -> str:
        position, identifier, _, words = self.args
        return f"{self.rule}: number {position} ({identifier.hex()[:16]}): {words}"


class WrongReward(InvalidBlock):
    """A coinbase that does not pay subsidy plus fees. Args: got, expected."""

    rule: ClassVar[str] = "wrong-reward"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]}, expected {self.args[1]}"


class AppCrashed(Exception):
    """A bug in an application, which stops the run: nobody may catch it as a refusal.

    Args: application, what it was doing (`transaction <id>` or `hook/<app>/<hook>`), the exception in words, its
    method that was running (`lottery.app:Lottery.buy`).
    """

    def __str__(self) -> str:
        app, origin, fault, where = self.args
        return f"application {app} crashed in {origin} ({where}): {fault}"


class BlockTooLarge(InvalidBlock):
    """Args: bytes got, bytes allowed."""

    rule: ClassVar[str] = "block-too-large"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]} bytes, at most {self.args[1]}"

"""One signature check for each (transaction, signature), however often and wherever it turns up."""

from chain.transaction import Transaction, WrongSignature, check_signature


class SignatureCache:
    """Verdicts on signatures, the newest `capacity` of them."""

    def __init__(self, capacity: int = 200_000) -> None:
        self.capacity = capacity
        self.checks = 0
        """Signatures verified so far."""
        self._reasons: dict[tuple[bytes, bytes], str | None] = {}

    def authenticate(self, transaction: Transaction) -> None:
        """Raises WrongSignature unless the sender signed the transaction."""
        # The id does not cover the signature, so both make the key.
        key = (transaction.id, transaction.signature)
        try:
            reason = self._reasons[key]
        except KeyError:
            reason = self._check(key, transaction)
        if reason is not None:
            raise WrongSignature(transaction.id, reason)

    def _check(self, key: tuple[bytes, bytes], transaction: Transaction) -> str | None:
        reason = None
        try:
            check_signature(transaction)
        except WrongSignature as error:
            reason = str(error.args[1])
        self.checks += 1
        self._reasons[key] = reason
        if len(self._reasons) > self.capacity:
            del self._reasons[next(iter(self._reasons))]
        return reason

"""The ledger: pure functions on frozen records. No clock, randomness, input, output or logging."""

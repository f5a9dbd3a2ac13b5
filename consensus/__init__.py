"""Proof of work: difficulty, header rules, fork choice, the block tree, the mempool. Time is an argument."""

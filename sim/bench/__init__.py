"""Benchmarks: functions that measure and return rows; the command line prints them."""

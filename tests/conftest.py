"""Settings of the whole test suite: property tests draw the same examples on every machine and are never timed."""

import os

from hypothesis import HealthCheck, settings

# Before anything imports numpy: test files run side by side, and threads of linear algebra would wait for each other.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

settings.register_profile(
    "reproducible", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("reproducible")

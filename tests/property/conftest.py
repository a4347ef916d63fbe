"""Hypothesis profiles: ci (few, the same every time), dev (more, random, shrunk), soak (still more, random).

`make soak` runs everything here under `soak`. Under `mutants` only the verdict counts, under --hypothesis-seed."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_CALM = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
QUICK, EXAMPLES, MANY = 10, 40, 45  # a case takes 0.15 to 0.4 s, and there are 46 kinds

settings.register_profile(
    "dev", max_examples=EXAMPLES, deadline=None, suppress_health_check=_CALM, print_blob=True, database=None
)
# A failure is a script to run: shrinking it takes minutes, which `HYPOTHESIS_PROFILE=dev` has and a gate has not.
settings.register_profile(
    "ci", settings.get_profile("dev"), max_examples=QUICK, derandomize=True, phases=[Phase.generate]
)
settings.register_profile("soak", settings.get_profile("dev"), max_examples=MANY, phases=[Phase.generate])
settings.register_profile("mutants", settings.get_profile("dev"), phases=[Phase.generate])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

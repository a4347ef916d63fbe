"""Hypothesis profiles: dev (random), ci (the same examples every time), soak (twenty times as many).

Under `mutants` nothing is shrunk: there only the verdict counts, under the seed of --hypothesis-seed."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_CALM = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
EXAMPLES = 40

settings.register_profile(
    "dev", max_examples=EXAMPLES, deadline=None, suppress_health_check=_CALM, print_blob=True, database=None
)
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True)
settings.register_profile("soak", settings.get_profile("dev"), max_examples=20 * EXAMPLES)
settings.register_profile("mutants", settings.get_profile("dev"), phases=[Phase.generate])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

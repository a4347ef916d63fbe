"""Hazards: one rule a file, one line in the tuple. No discovery magic."""

from __future__ import annotations

from reconcile.plan.hazards import (
    breaks_unmanaged,
    check_violations,
    conversions,
    drops,
    duplicates,
    notes,
    nulls_in_not_null,
    orphans,
)
from reconcile.plan.hazards.rule import Rule

__all__ = ["RULES", "Rule"]

RULES: tuple[Rule, ...] = (
    nulls_in_not_null.RULE,
    conversions.RULE,
    duplicates.RULE,
    check_violations.RULE,
    orphans.RULE,
    drops.RULE,
    breaks_unmanaged.RULE,
    notes.RULE,
)

"""Hazards: one rule a file, one line in the tuple. No discovery magic."""

from __future__ import annotations

from reconcile.plan.hazards import (
    breaks_old_code,
    breaks_unmanaged,
    cannot_carry,
    check_violations,
    confusing_names,
    conversions,
    disk_space,
    drops,
    duplicates,
    fk_off_application,
    likely_rename,
    notes,
    nulls_in_not_null,
    orphans,
    rebuild_lock,
    secure_delete,
    wal_growth,
)
from reconcile.plan.hazards.rule import Rule, Whole, WholeRule

__all__ = ["RULES", "WHOLE_RULES", "Rule", "Whole", "WholeRule"]

RULES: tuple[Rule, ...] = (
    nulls_in_not_null.RULE,
    conversions.RULE,
    duplicates.RULE,
    check_violations.RULE,
    orphans.RULE,
    drops.RULE,
    likely_rename.RULE,
    breaks_unmanaged.RULE,
    cannot_carry.RULE,
    notes.RULE,
)

WHOLE_RULES: tuple[WholeRule, ...] = (
    breaks_old_code.RULE,
    rebuild_lock.RULE,
    disk_space.RULE,
    wal_growth.RULE,
    secure_delete.RULE,
    fk_off_application.RULE,
    confusing_names.RULE,
)

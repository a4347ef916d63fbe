"""Lint: what a schema file alone can tell to be a mistake, or a surprise. One rule a file, one line each here.

A change of a value's unit that keeps the column's name and type is no rule: a file does not say what was meant.
"""

from __future__ import annotations

from typing import Final

from reconcile.lint import (
    broken_object,
    covered_index,
    foreign_key_index,
    foreign_key_not_unique,
    foreign_key_target,
    int_primary_key,
    names_differ_in_case,
    needless_autoincrement,
    nullable_primary_key,
    nullable_unique,
    spent_hint,
    text_quotes,
    type_affinity,
    using_never_runs,
)
from reconcile.lint.finding import Finding, Rule, Subject

RULES: Final[tuple[Rule, ...]] = (
    broken_object.RULE,
    foreign_key_target.RULE,
    foreign_key_not_unique.RULE,
    spent_hint.RULE,
    using_never_runs.RULE,
    int_primary_key.RULE,
    nullable_primary_key.RULE,
    text_quotes.RULE,
    covered_index.RULE,
    foreign_key_index.RULE,
    nullable_unique.RULE,
    type_affinity.RULE,
    needless_autoincrement.RULE,
    names_differ_in_case.RULE,
)


def lint(subject: Subject) -> tuple[Finding, ...]:
    """Find everything that some rule has to say."""
    return tuple(finding for rule in RULES for finding in rule.find(subject))

"""Health: what is wrong with a database, or soon will be. One check a file, one line each here. Nothing is written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from reconcile.apply.reporter import Reporter
from reconcile.health import backups, contents, drift, foreign_keys, ids, integrity
from reconcile.health.finding import Check, Level, Result, Subject

CHECKS: Final[tuple[Check, ...]] = (
    integrity.CHECK,
    foreign_keys.CHECK,
    drift.CHECK,
    contents.CHECK,
    ids.CHECK,
    backups.CHECK,
)


def examine(subject: Subject, reporter: Reporter) -> Iterator[tuple[Check, Result | None]]:
    """Yield each check with what it saw; None where it was not made, because the file is damaged."""
    damaged = False
    for check in CHECKS:
        if damaged and check.reads_rows:
            yield check, None
            continue
        started = time.monotonic()
        reporter.step_started(check.name, None)
        result = check.look(subject)
        reporter.step_finished(check.name, None, time.monotonic() - started)
        damaged = damaged or any(finding.level is Level.DAMAGE for finding in result.findings)
        yield check, result

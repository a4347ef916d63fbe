"""integrity: pages that cannot be read, indexes that do not hold what their table does, rows that break its rules."""

from __future__ import annotations

from contextlib import closing

from reconcile.database.integrity import integrity_check
from reconcile.health.finding import Check, Finding, Level, Result, Subject
from reconcile.preview.paste import command

_ROWS = "correct these rows: a rebuild of their table would stop at them"


def _look(subject: Subject) -> Result:
    with closing(subject.alone()) as connection:
        found = integrity_check(connection)
    restore = f"put a backup back:   {command('restore', subject.database)} BACKUP"
    damage = [Finding("damage", Level.DAMAGE, "", line, restore) for line in found.faults.damage]
    rows = [Finding("broken-rows", Level.PROBLEM, "", line, _ROWS) for line in found.faults.rows]
    if found.missing:
        return Result(
            f"every page; not the indexes, for want of {', '.join(sorted(set(found.missing)))}", (*damage, *rows)
        )
    return Result("every page and every index", (*damage, *rows))


CHECK = Check("integrity", _look, reads_rows=False)

"""cannot-carry: a column called true or false, in a table that is rebuilt and whose columns get other names at once.

The rows pass through a subquery that gives them their old names, and there SQLite calls such a column ``column1``
(sqlite3ColumnsFromExprList, 3.40 to 3.53): what reads it by its name would find nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import Alter
from reconcile.plan.hazards.rule import Whole, WholeRule
from reconcile.plan.steps import Hazard, Method, Severity

CODE = "cannot-carry"
_WORDS = frozenset({"true", "false"})


def _hazards(whole: Whole) -> Iterator[Hazard]:
    for work in whole.works:
        if work.method is not Method.REBUILD or not isinstance(work.change, Alter):
            continue
        table = work.change.entries.new.name
        if not any(rename.table == table for rename in whole.renames.columns):
            continue
        for column in work.change.tables.old.columns:
            if whole.renames.old_column(table, column.name).key in _WORDS:
                message = f"SQLite cannot carry a column called {column.name} through a rename and a rebuild at once"
                ways = ("Apply the rename alone first, and the rest with the next apply.",)
                yield Hazard(CODE, Severity.BLOCKED, f"{table}.{column.name}", message, ways=ways)


RULE = WholeRule((CODE,), _hazards)

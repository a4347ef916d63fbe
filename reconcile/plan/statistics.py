"""ANALYZE's tables: SQLite forgets them in a rename and deletes their rows with a dropped table.

``ALTER TABLE … RENAME`` follows a name into sqlite_sequence, not into sqlite_stat1 (measured on 3.40): the planner
would know nothing of the renamed table until somebody runs ANALYZE again.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.model.schema import Schema
from reconcile.sql.names import Name, literal


def moved(schema: Schema, old: Name, new: Name) -> Iterator[str]:
    """Write what gives a table's numbers to another name; nothing where the database was never analysed."""
    for table in schema.statistics:
        # NOCASE: SQLite itself finds the table of a row in any case.
        where = f"tbl = {literal(old.text)} COLLATE NOCASE"
        yield f"UPDATE {table} SET tbl = {literal(new.text)} WHERE {where}"


def forgotten(schema: Schema, index: Name) -> Iterator[str]:
    """Write what deletes the numbers of an index that is another one now, or gone, as DROP INDEX does."""
    for table in schema.statistics:
        yield f"DELETE FROM {table} WHERE idx = {literal(index.text)} COLLATE NOCASE"

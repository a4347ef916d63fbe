"""Scene: one change with everything around it that rules look at."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconcile.diff.changes import Alter, Change, Renames
from reconcile.model.engine import Engine
from reconcile.model.hints import Hints
from reconcile.model.pair import Pair
from reconcile.model.reading import mentions, read_table
from reconcile.model.schema import ObjectKind, Schema
from reconcile.model.table import Table
from reconcile.plan.mapping import BOOLEANS, Mapping, mapping, speaks_of_old_names
from reconcile.plan.restoration import KeptTable
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name, name


@dataclass(frozen=True, slots=True)
class Scene:
    """A change; the schemas before (with the new names already) and after; hints, renames and the engine.

    `nobodys` are the folded names of tables that no schema file declares; `kept` the tables of a backup; `decided`
    what the user said may go (``column:t.c``, folded), None on a way back, where nothing looks like a rename.
    """

    change: Change
    schemas: Pair[Schema]
    renames: Renames
    hints: Hints
    engine: Engine
    rows: Mapping | None
    nobodys: frozenset[str] = frozenset()
    kept: tuple[KeptTable, ...] = ()
    decided: frozenset[str] | None = frozenset()

    @property
    def carried(self) -> Mapping | None:
        """The rows inside an apply, which come out of a table that has its new column names already.

        They pass through a subquery that gives them the old names back, for expressions that speak of these. There
        SQLite calls a column ``true`` or ``false`` something else (``column1``), so without such an expression they
        come out of the table itself.
        """
        rows = self.rows
        if rows is None or not isinstance(self.change, Alter) or not rows.old_names or speaks_of_old_names(rows):
            return rows
        if self.named:
            return rows
        plain = replace(self.renames, columns=())
        return mapping(self.change.tables, plain, self.hints, self.kept_table(rows.tables.new.name))

    @property
    def named(self) -> bool:
        """Say whether every column keeps its name through a subquery: true and false do not."""
        return self.rows is None or not any(
            {column.name.key, self.rows.old_name(column.name).key} & BOOLEANS for column in self.rows.tables.old.columns
        )

    def live(self, new: Name) -> Name | None:
        """Give the name that a table has in the live file now; None where it is not there yet."""
        return None if self.schemas.old.relation(new) is None else self.renames.old_table(new)

    def target_table(self, name: Name) -> Table | None:
        """Read a table of the target; None where there is none, or where it cannot be read."""
        return _readable(self.schemas.new, name)

    def actual_table(self, name: Name) -> Table | None:
        """Read a table as it is now (under its new names)."""
        return _readable(self.schemas.old, name)

    def kept_table(self, name: Name) -> KeptTable | None:
        """Give the table of this name in the backup that a way back reads."""
        return next((each for each in self.kept if each.table.name == name), None)

    def sensitive(self, table: Name, *columns: Name) -> bool:
        """Say whether values of these columns, or the keys by which rows are shown, may never be shown."""
        shown, own = (*columns, *self._key(table)), self.hints.table(table)
        if own.sensitive or any(self.hints.column(table, one).sensitive for one in shown):
            return True
        hidden = frozenset(column for column, hints in own.columns.items() if hints.sensitive)
        hidden |= {self.renames.old_column(table, name(column)).key for column in hidden}
        expressions = [self.hints.column(table, one).using or "" for one in shown] if hidden else []
        return any(mentions(text, hidden) for text in expressions)

    def _key(self, table: Name) -> tuple[Name, ...]:
        """Give the columns whose values name a row to the user; none where that is a hidden rowid."""
        found = self.actual_table(table)
        if found is None or found.hidden_rowid is not None:
            return ()
        return tuple(term.column for term in found.primary_key.terms) if found.primary_key else ()


def scene(change: Change, frame: Scene) -> Scene:
    """Set the scene for one change, in the frame that all share."""
    rows = None
    if isinstance(change, Alter):
        rows = mapping(change.tables, frame.renames, frame.hints, frame.kept_table(change.entries.new.name))
    return replace(frame, change=change, rows=rows)


def _readable(schema: Schema, name: Name) -> Table | None:
    entry = schema.find(ObjectKind.TABLE, name)
    if entry is None:
        return None
    try:
        return read_table(entry)
    except Unreadable:
        return None

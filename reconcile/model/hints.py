"""Hints: what only the author knows, and no database can say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from reconcile.sql.names import Name


@dataclass(frozen=True, slots=True)
class ColumnHints:
    """A column's hints. `renamed_from` is None where nothing is said, () where the author says "new"."""

    renamed_from: tuple[Name, ...] | None = None
    using: str | None = None
    undo: str | None = None
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class TableHints:
    """A table's (or view's) hints and those of its columns, by folded column name."""

    renamed_from: tuple[Name, ...] | None = None
    columns: dict[str, ColumnHints] = field(default_factory=dict)
    sensitive: bool = False


NO_COLUMN_HINTS = ColumnHints()
NO_TABLE_HINTS = TableHints()


@dataclass(frozen=True, slots=True)
class Hints:
    """All hints, by folded name of the desired table or view."""

    tables: dict[str, TableHints] = field(default_factory=dict)

    @property
    def sensitive(self) -> tuple[tuple[str, str | None], ...]:
        """Whatever is sensitive, as folded (table, column), or (table, None) for a whole table."""
        whole = [(table, None) for table, own in self.tables.items() if own.sensitive]
        single = [(t, c) for t, own in self.tables.items() for c, hints in own.columns.items() if hints.sensitive]
        return (*sorted(whole), *sorted(single))

    def hiding(self, sensitive: tuple[tuple[str, str | None], ...]) -> Hints:
        """Give the same with these sensitive, too: what was so once is not shown because its line went."""
        tables = dict(self.tables)
        for table, column in sensitive:
            own = tables.get(table, NO_TABLE_HINTS)
            if column is None:
                tables[table] = replace(own, sensitive=True)
            else:
                hints = replace(own.columns.get(column, NO_COLUMN_HINTS), sensitive=True)
                tables[table] = replace(own, columns={**own.columns, column: hints})
        return Hints(tables)

    def table(self, name: Name) -> TableHints:
        """Give the hints of a desired table."""
        return self.tables.get(name.key, NO_TABLE_HINTS)

    def column(self, table: Name, column: Name) -> ColumnHints:
        """Give the hints of a desired column."""
        return self.table(table).columns.get(column.key, NO_COLUMN_HINTS)

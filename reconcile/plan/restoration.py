"""Restoration: values that an earlier apply took away or converted, out of that version's backup.

The backup is attached beside the live file. Its columns get names that no column of a table has, so that the author's
own expressions, which name columns without a table, can only mean the live row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconcile.model.schema import Entry
from reconcile.model.table import Column, Table
from reconcile.plan.conversion import stored
from reconcile.plan.steps import Action, Prove, Run
from reconcile.sql.names import Name, literal, quote

SCHEMA = "kept"  # the name under which a backup is attached
_KEY = "#kept"


@dataclass(frozen=True, slots=True)
class Conversion:
    """How an apply converted a column: the author's `using`, or None where the affinity did it; and the `undo`."""

    column: Name
    using: str | None
    undo: str | None


@dataclass(frozen=True, slots=True)
class KeptTable:
    """A table of the backup, as it was then."""

    table: Table
    conversions: tuple[Conversion, ...] = ()

    def conversion(self, column: Name) -> Conversion | None:
        """Give the conversion of a column since, if there was one."""
        return next((each for each in self.conversions if each.column == column), None)

    @property
    def source(self) -> str:
        """The backup's table as a subquery named `kept`."""
        key = self.table.hidden_rowid or (self.table.rowid_alias and self.table.rowid_alias.text)
        columns = [f"{quote(key)} AS {quote(_KEY)}"] if key and not self.table.without_rowid else []
        columns += [f"{column.name.quoted} AS {quote(_was(column.name))}" for column in self.table.columns]
        columns += [
            f"({each.using}\n) AS {quote(_forth(each.column))}" for each in self.conversions if each.using is not None
        ]
        return f"(SELECT {', '.join(columns)} FROM {SCHEMA}.{self.table.name.quoted}) AS {SCHEMA}"

    def join(self, rowid: str | None, live: dict[Name, str]) -> str | None:
        """Write the LEFT JOIN; `rowid` and `live` are the live row's rowid and columns. None: no key tells the rows."""
        if rowid is not None and not self.table.without_rowid:
            return f"LEFT JOIN {self.source} ON {SCHEMA}.{quote(_KEY)} = {rowid}"
        key = self.table.primary_key
        if key is None or any(term.column not in live for term in key.terms):
            return None
        pairs = " AND ".join(f"{SCHEMA}.{quote(_was(t.column))} = {live[t.column]}" for t in key.terms)
        return f"LEFT JOIN {self.source} ON {pairs}"

    @property
    def found(self) -> str:
        """The test whether the row was there when the backup was taken."""
        if not self.table.without_rowid:
            return f"{SCHEMA}.{quote(_KEY)} IS NOT NULL"
        key = self.table.primary_key
        return f"{SCHEMA}.{quote(_was(key.terms[0].column))} IS NOT NULL" if key else "0"

    def value(self, column: Name) -> str:
        """Write the value that the row had then."""
        return f"{SCHEMA}.{quote(_was(column))}"

    def untouched(self, column: Name, live: Column, now: str) -> str:
        """Write the test whether the live value `now` is still what the apply made of the old one."""
        conversion = self.conversion(column)
        forth = self.value(column)
        if conversion is not None and conversion.using is not None:
            forth = f"{SCHEMA}.{quote(_forth(column))}"
        made = f"({stored(forth, live.affinity)})"
        return f"{self.found} AND ({made} IS (+{now} COLLATE BINARY) AND typeof({made}) = typeof({now}))"


def refill(entry: Entry, table: Table) -> Iterator[Action]:
    """Give the actions that bring the rows of a dropped table back, its high-water mark too."""
    columns = [column.name.quoted for column in table.columns if column.generated is None]
    if not table.without_rowid and table.rowid_alias is None and table.hidden_rowid:
        columns.insert(0, quote(table.hidden_rowid))
    listed = ", ".join(columns)
    kept = f"{SCHEMA}.{entry.name.quoted}"
    yield Run(f"INSERT OR ABORT INTO main.{entry.name.quoted} ({listed}) SELECT {listed} FROM {kept}")
    if table.primary_key is not None and table.primary_key.autoincrement:
        name = literal(entry.name.text)
        yield Run(f"DELETE FROM main.sqlite_sequence WHERE name = {name}")
        kept_row = f"SELECT name, seq FROM {SCHEMA}.sqlite_sequence WHERE name = {name}"
        yield Run(f"INSERT INTO main.sqlite_sequence (name, seq) {kept_row}")
    yield Prove(
        f"{entry.name}: every row of the backup is back",
        f"SELECT (SELECT count(*) FROM main.{entry.name.quoted}) = (SELECT count(*) FROM {kept}) AND "
        f"NOT EXISTS (SELECT {listed} FROM {kept} EXCEPT SELECT {listed} FROM main.{entry.name.quoted})",
    )


def _was(column: Name) -> str:
    return f"#was {column.text}"


def _forth(column: Name) -> str:
    return f"#forth {column.text}"

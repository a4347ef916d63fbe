"""Restoration: values that an earlier apply took away or converted, out of that version's backup.

The backup is attached beside the live file. Its columns get names that no column of a table has, so that the author's
own expressions, which name columns without a table, can only mean the live row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconcile.model.facts import Violations
from reconcile.model.schema import Entry
from reconcile.model.table import Column, KeyTerm, Table
from reconcile.plan.conversion import stored
from reconcile.plan.steps import Action, Prove, Run
from reconcile.sql.names import Name, literal, quote

SCHEMA = "kept"  # the name under which a backup is attached
FOUND = "found"  # beside a live row: whether the backup has it
DOUBT = "doubt"  # beside a live row: whether the backup's row may be another one
_CHAIN = 200
_KEY = "#kept"
_HERE = "#here"


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
    undoes_rollback: bool = False  # then other values than the conversion made are no sign of somebody's writing

    def conversion(self, column: Name) -> Conversion | None:
        """Give the conversion of a column since, if there was one."""
        return next((each for each in self.conversions if each.column == column), None)

    @property
    def source(self) -> str:
        """The backup's table as a subquery named `kept`."""
        key = self._rowid
        columns = [f"{quote(key)} AS {quote(_KEY)}"] if key else [f"1 AS {quote(_HERE)}"]
        columns += [f"{column.name.quoted} AS {quote(value_of(column.name))}" for column in self.table.columns]
        columns += [
            f"({each.using}\n) AS {quote(_forth(each.column))}" for each in self.conversions if each.using is not None
        ]
        return f"(SELECT {', '.join(columns)} FROM {SCHEMA}.{self.table.name.quoted}) AS {SCHEMA}"

    @property
    def _rowid(self) -> str | None:
        if self.table.without_rowid:
            return None
        alias = self.table.rowid_alias
        return alias.text if alias is not None else self.table.hidden_rowid

    def join(self, now: Table, rowid: str | None, live: dict[Name, str]) -> str | None:
        """Write the LEFT JOIN with the table as it is `now`; `rowid` and `live` are the live row's, as SQL.

        None where no key tells which row is which.
        """
        match = self._match(now, rowid, live)
        return f"LEFT JOIN {self.source} ON {match}" if match is not None else None

    def beside(self, now: Table, rowid: str | None, live: dict[Name, str], mark: str) -> list[str]:
        """Write what is known of each live row, as columns over the join: whether it was there, and its values then.

        `mark` begins their names, and no name of the live table.
        """
        columns = [f"{self.found} AS {quote(mark + FOUND)}"]
        doubt = self.doubt(now, rowid, live)
        columns += [f"{doubt} AS {quote(mark + DOUBT)}"] if doubt is not None else []
        for column in self.table.columns:
            then, conversion = now.column(column.name), self.conversion(column.name)
            if then is None or conversion is not None:
                columns.append(f"{self.value(column.name)} AS {quote(value_of(column.name, mark))}")
            if then is not None and conversion is not None:
                same = self._untouched(conversion, then, live[column.name])
                columns.append(f"{same} AS {quote(untouched(column.name, mark))}")
        return columns

    def _match(self, now: Table, rowid: str | None, live: dict[Name, str]) -> str | None:
        """Write the test for the same row. A key comes before a hidden rowid, which VACUUM gives out anew."""
        by_rowid = f"{SCHEMA}.{quote(_KEY)} = {rowid}" if rowid is not None and self._rowid else None
        alias = now.rowid_alias
        if alias is not None and alias != self.table.rowid_alias and self.table.column(alias) is not None:
            by_rowid = None  # another column has become the rowid since, and its values are no rowids of then
        key = self.table.primary_key
        if key is None or any(term.column not in live for term in key.terms):
            return by_rowid
        columns = [(self._key_value(term.column, now), live[term.column], term.collation.quoted) for term in key.terms]
        same = " AND ".join(f"{then} = {value} COLLATE {collation}" for then, value, collation in columns)
        if key.rowid_alias is not None or by_rowid is None or self._is_filled(key.terms):
            return same
        # NULLs may stand in such a key, as often as they like: these rows have nothing but their rowid.
        gaps = [" OR ".join(f"{side[place]} IS NULL" for side in columns) for place in (0, 1)]
        return f"({same}) OR (({gaps[0]}) AND ({gaps[1]}) AND {by_rowid})"

    def doubt(self, now: Table, rowid: str | None, live: dict[Name, str]) -> str | None:
        """Write the test whether a row that only a hidden rowid leads to holds nothing of what it held then.

        VACUUM gives such rowids anew, and a deleted one may be given out again: it may be another row.
        None where a key leads to the rows, or where nothing is left to compare.
        """
        by_rowid = f"{SCHEMA}.{quote(_KEY)} = {rowid}"
        if (
            self.table.rowid_alias is not None
            or self._match(now, rowid, live) != by_rowid
            or now.rowid_alias is not None
        ):
            return None
        plain = {column.name for column in now.columns if column.generated is None}
        kept = [column.name for column in self.table.columns if column.generated is None and column.name in plain]
        same = [f"{self.value(each)} IS (+{live[each]} COLLATE BINARY)" for each in kept if not self.conversion(each)]
        return f"{self.found} AND NOT ({_any_of(same)})" if same else None

    def _key_value(self, column: Name, now: Table) -> str:
        """Write the value of a key then, as it would be now."""
        conversion, live = self.conversion(column), now.column(column)
        if conversion is None or live is None:
            return self.value(column)
        return f"({stored(self._made(conversion), live.affinity)})"

    def _is_filled(self, terms: tuple[KeyTerm, ...]) -> bool:
        found = [self.table.column(term.column) for term in terms]
        return all(column is not None and column.not_null for column in found)

    def _made(self, conversion: Conversion) -> str:
        """Write what the apply made of a value, before it was stored."""
        if conversion.using is not None:
            return f"{SCHEMA}.{quote(_forth(conversion.column))}"
        return self.value(conversion.column)

    @property
    def found(self) -> str:
        """The test whether the row was there when the backup was taken."""
        return f"{SCHEMA}.{quote(_KEY if self._rowid else _HERE)} IS NOT NULL"

    def value(self, column: Name) -> str:
        """Write the value that the row had then."""
        return f"{SCHEMA}.{quote(value_of(column))}"

    def _untouched(self, conversion: Conversion, live: Column, now: str) -> str:
        """Write the test whether the live value `now` is still what the apply made of the old one."""
        made = f"({stored(self._made(conversion), live.affinity)})"
        return f"{self.found} AND ({made} IS (+{now} COLLATE BINARY) AND typeof({made}) = typeof({now}))"


def _any_of(tests: list[str]) -> str:
    """Join tests by OR, in groups where there are many: a chain of more than 1,000 is too deep for SQLite."""
    if len(tests) <= _CHAIN:
        return " OR ".join(tests)
    groups = (tests[start : start + _CHAIN] for start in range(0, len(tests), _CHAIN))
    return " OR ".join(f"({' OR '.join(group)})" for group in groups)


def rows_of(kept: KeptTable) -> Violations:
    """Ask how many rows a dropped table comes back with."""
    table = kept.table.name
    return Violations(table, f"{SCHEMA}.{table.quoted}", "1", "1", "")


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


def raise_sequence(kept: Table, new: Name) -> Iterator[Action]:
    """Give the actions that put AUTOINCREMENT's mark of a table to what it was, or leave it where it is higher."""
    name = literal(new.text)
    mark = f"SELECT seq FROM {SCHEMA}.sqlite_sequence WHERE name = {literal(kept.name.text)}"
    yield Run(f"UPDATE main.sqlite_sequence SET seq = max(seq, coalesce(({mark}), 0)) WHERE name = {name}")
    missing = f"NOT EXISTS (SELECT 1 FROM main.sqlite_sequence WHERE name = {name})"
    yield Run(f"INSERT INTO main.sqlite_sequence (name, seq) SELECT {name}, seq FROM ({mark}) WHERE {missing}")


def value_of(column: Name, mark: str = "#") -> str:
    """Name the column that holds, beside a live row, the value that it had then."""
    return f"{mark}was {column.text}"


def untouched(column: Name, mark: str) -> str:
    """Name the column that says, beside a live row, whether its value is still what the apply made of the old one."""
    return f"{mark}same {column.text}"


def _forth(column: Name) -> str:
    return f"#forth {column.text}"

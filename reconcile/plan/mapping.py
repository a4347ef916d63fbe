"""Mapping: where each column of a rebuilt table gets its values from.

All expressions are written over an alias `was` that has the *old* column names, because `using` reads the old
columns. In the live file `was` is the table itself; inside an apply, where columns are renamed first, it is a
subquery that gives them their old names back. Reads are always qualified: an unknown ``"x"`` would become a string.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from reconcile.diff.changes import Renames
from reconcile.model.hints import Hints
from reconcile.model.pair import Pair
from reconcile.model.table import Column, Table
from reconcile.model.types import Affinity
from reconcile.plan.conversion import is_number, stored
from reconcile.plan.defaults import default_value
from reconcile.plan.restoration import FOUND, KeptTable, untouched, value_of
from reconcile.sql.names import Name, fold, quote, quote_if_needed, unquote
from reconcile.sql.tokens import tokens

ROWID = "#rowid"  # the rowid inside a subquery; no column of SQLite's grammar needs this name
KEY = "#key"  # of the row that a question finds
WAS = "was"
BOOLEANS = frozenset({"true", "false"})


class Origin(Enum):
    """Where a column's values come from."""

    KEPT = "kept"  # the same column, the same stored form
    CONVERTED = "converted"  # the same column through another affinity
    USING = "using"  # the author's expression
    DEFAULT = "default"  # a new column: its default, or NULL
    RESTORED = "restored"  # from a backup, for rows that were there then
    ROWID = "rowid"  # a new INTEGER PRIMARY KEY takes the rowid that was hidden
    GENERATED = "generated"  # computed by SQLite


@dataclass(frozen=True, slots=True)
class Mapped:
    """One column of the new table. `expression` is over `was`; None where nothing is written into the column.

    `touched` is set for a restored column that is there now too: the test whether the row was changed since.
    """

    column: Column
    origin: Origin
    expression: str | None
    old: Column | None = None
    touched: str | None = None

    @property
    def value(self) -> str:
        """The value as the new column holds it, with its affinity and collation, as SQL over `was`.

        CAST lends the expression the column's affinity, which comparisons in CHECKs depend on. It makes another value
        only of one whose class does not fit (`held` is that one).
        """
        affinity = self.column.affinity
        if self.expression is None or self._is_kept or affinity is Affinity.BLOB:
            return self.held
        return f"(CAST({self._stored} AS {self._class})) COLLATE {self.column.collation.quoted}"

    @property
    def held(self) -> str:
        """The very value that the new column holds, with its collation, as SQL over `was`; it has no affinity."""
        if self.expression is None:
            return "NULL"
        collation = f"COLLATE {self.column.collation.quoted}"
        if self._is_kept and self.old is not None:
            # No CAST: a value that does not fit its own column, such as Inf in an INTEGER one, stays what it is.
            return self.expression if self.old.collation == self.column.collation else f"{self.expression} {collation}"
        return f"({self._stored}) {collation}"

    @property
    def shown(self) -> str:
        """`value` as a query for eyes says it: the same for every value whose class fits its column."""
        x = self.expression or "NULL"
        if self._is_kept or x == "NULL":
            return x
        if self.column.affinity is Affinity.BLOB:
            return f"+{x}"
        if self._comes_as_text:
            return f"CAST({x} AS {self._class})"
        return self.value

    @property
    def shown_held(self) -> str:
        """`held` as a query for eyes says it: equal to it, if not always of its class."""
        x, numeric = self.expression or "NULL", (Affinity.INTEGER, Affinity.NUMERIC, Affinity.REAL)
        if self._is_kept or x == "NULL" or self.column.affinity is Affinity.BLOB or self.origin is Origin.DEFAULT:
            return self.shown
        if self.column.affinity in numeric and self._comes_as_text:
            return f"CASE WHEN {is_number(x)} THEN CAST({x} AS {self._class}) ELSE {x} END"
        is_same = self.old is not None and self.old.affinity in numeric and self.column.affinity in numeric[:2]
        return x if is_same and self.origin is Origin.CONVERTED else self.held

    @property
    def _is_kept(self) -> bool:
        return self.origin is Origin.KEPT and self.old is not None

    @property
    def _comes_as_text(self) -> bool:
        """Say whether the value may be a text which storing turns into a number."""
        return self.origin is not Origin.CONVERTED or self.old is None or self.old.affinity is Affinity.TEXT

    @property
    def _class(self) -> str:
        # NUMERIC for INTEGER, which compares alike and leaves 1.5 what it is.
        found = Affinity.NUMERIC if self.column.affinity is Affinity.INTEGER else self.column.affinity
        return str(found.value)

    @property
    def _stored(self) -> str:
        if self.column.affinity is Affinity.BLOB:
            return f"+({self.expression})"  # or the affinity of the old column would come along
        return stored(f"({self.expression})", self.column.affinity)


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the rows of one table come over. `tables.old` has its new names; `live` is its name in the live file."""

    tables: Pair[Table]
    live: Name
    columns: tuple[Mapped, ...]
    old_names: tuple[Pair[Name], ...]
    kept: KeptTable | None = None

    @property
    def rowid(self) -> str | None:
        """The old rowid as SQL over `was` in the live file; None where it has none that SQL can reach."""
        old = self.tables.old
        if old.without_rowid:
            return None
        if old.rowid_alias is not None:
            return f"{WAS}.{self.old_name(old.rowid_alias).quoted}"
        return f"{WAS}.{quote(old.hidden_rowid)}" if old.hidden_rowid else None

    def old_name(self, name: Name) -> Name:
        """Give the live name of an old column."""
        return next((pair.old for pair in self.old_names if pair.new == name), name)

    def column(self, name: Name) -> Mapped | None:
        """Give the mapping of a new column."""
        return next((mapped for mapped in self.columns if mapped.column.name == name), None)

    @property
    def live_source(self) -> str:
        """The FROM clause over the live file."""
        return self._joined(f"main.{self.live.quoted} AS {WAS}", self.rowid)

    def _joined(self, source: str, rowid: str | None) -> str:
        """Write a source that has, beside its own columns, what the backup knows of each row, where that is needed."""
        if self.kept is None or not self.restores:
            return source
        columns = [f"{sql} AS {self.old_name(column).quoted}" for column, sql in self.live_columns.items()]
        if rowid is not None and self.tables.old.rowid_alias is None:
            columns.append(f"{rowid} AS {rowid.removeprefix(f'{WAS}.')}")
        columns += self.kept.beside(self.tables.old, rowid, self.live_columns, self.mark)
        join = self.kept.join(self.tables.old, rowid, self.live_columns)
        # LIMIT: else SQLite writes each expression into every place that reads it, and gives up at 2,000 of them.
        return f"(SELECT {', '.join(columns)} FROM {source} {join} LIMIT -1) AS {WAS}"

    @property
    def mark(self) -> str:
        """What begins the names of our own columns beside the live ones, and no name of these."""
        names = [c.name.text for c in self.tables.old.columns] + [pair.old.text for pair in self.old_names]
        mark = "#"
        while any(each.startswith(mark) for each in names):
            mark += "#"
        return mark

    @property
    def restores(self) -> bool:
        """Say whether any value comes out of a backup."""
        return any(mapped.origin is Origin.RESTORED for mapped in self.columns)

    @property
    def live_columns(self) -> dict[Name, str]:
        """The columns that are there now, by their new names, as SQL over `was`."""
        return {c.name: f"{WAS}.{self.old_name(c.name).quoted}" for c in self.tables.old.columns}

    def moved_source(self, table: str) -> str:
        """Give the FROM clause inside an apply, where the old table is `table` and has its new column names."""
        if not self.old_names:
            return self._joined(f"{quote(table)} AS {WAS}", self.moved_rowid)
        columns = [f"{column.name.quoted} AS {self.old_name(column.name).quoted}" for column in self.tables.old.columns]
        hidden = self.tables.old.hidden_rowid
        if hidden and self.tables.old.rowid_alias is None:
            columns.insert(0, f"{quote(hidden)} AS {quote(ROWID)}")
        return self._joined(f"(SELECT {', '.join(columns)} FROM {quote(table)}) AS {WAS}", self.moved_rowid)

    @property
    def moved_rowid(self) -> str | None:
        """The old rowid as SQL over `moved_source`."""
        if self.old_names and self.tables.old.rowid_alias is None and self.rowid is not None:
            return f"{WAS}.{quote(ROWID)}"
        return self.rowid

    @property
    def key(self) -> str:
        """What tells a user which row is meant: the rowid, or the primary key, as SQL over the live source."""
        if self.rowid is not None:
            return self.rowid
        key = self.tables.old.primary_key
        terms = key.terms if key is not None else ()
        parts = [f"quote({WAS}.{self.old_name(term.column).quoted})" for term in terms]
        return _one_key(parts)

    @property
    def shown_key(self) -> str:
        """The same over the live table alone, as a query for eyes says it."""
        alias, hidden = self.tables.old.rowid_alias, self.tables.old.hidden_rowid
        if alias is not None:
            return self.old_name(alias).sql
        if not self.tables.old.without_rowid:
            return hidden or "'?'"
        key = self.tables.old.primary_key
        parts = [f"quote({self.old_name(term.column).sql})" for term in key.terms] if key is not None else []
        return _one_key(parts)

    @property
    def changed(self) -> frozenset[Name]:
        """The new columns whose values are not simply the old ones."""
        return frozenset(
            mapped.column.name for mapped in self.columns if mapped.origin not in (Origin.KEPT, Origin.GENERATED)
        )

    def next_source(self, alias: str, extra: tuple[str, ...] = ()) -> str:
        """Give a FROM clause over the live file whose columns are those of the *new* table, with `alias`.

        It also has ``"#key"``. Generated columns are computed in further levels, each over those before.
        """
        plain = [m for m in self.columns if m.origin is not Origin.GENERATED]
        source = self._source([*(f"{m.value} AS {m.column.name.quoted}" for m in plain), *extra])
        for mapped in _by_dependency([m for m in self.columns if m.origin is Origin.GENERATED]):
            generated = mapped.column.generated
            if generated is not None:
                made = replace(mapped, origin=Origin.USING, expression=_own_line(generated.expression.text))
                value = f"{made.value} AS {mapped.column.name.quoted}"
                source = f"(SELECT *, {value} FROM {source} AS {quote(alias)})"
        return f"{source} AS {quote(alias)}"

    @property
    def readable_source(self) -> str:
        """The live source as a user reads and runs it."""
        return self.live_source if self.restores else f"{self.live.sql} AS {WAS}"

    def held_source(self, alias: str, columns: frozenset[Name]) -> str:
        """Give the same for grouping by `columns` themselves, which needs no affinity, and would suffer by a CAST."""
        if any(mapped.origin is Origin.GENERATED for mapped in self.columns if mapped.column.name in columns):
            return self.next_source(alias)
        needed = [m for m in self.columns if m.column.name in columns]
        return f"{self._source([f'{m.held} AS {m.column.name.quoted}' for m in needed])} AS {quote(alias)}"

    def _source(self, values: list[str]) -> str:
        return f"(SELECT {', '.join([f'{self.key} AS {quote(KEY)}', *values])} FROM {self.live_source})"

    def shown_source(self, alias: str, columns: frozenset[Name]) -> str:
        """Give the FROM clause that a user reads and runs: the live table where that will do.

        Otherwise it has `columns`, and the key of each row as ``row``.
        """
        return self._shown(alias, {m: m.shown for m in self.columns if m.column.name in columns})

    def shown_held_source(self, alias: str, columns: frozenset[Name]) -> str:
        """Give the same for grouping by `columns`."""
        return self._shown(alias, {m: m.shown_held for m in self.columns if m.column.name in columns})

    def _shown(self, alias: str, shown: dict[Mapped, str]) -> str:
        if all(map(self._is_plain, shown)):
            return self.live.sql
        values = ", ".join(f"{sql} AS {m.column.name.sql}" for m, sql in shown.items() if m.expression is not None)
        return f"(SELECT {self.key} AS row, {values} FROM {self.readable_source}) AS {quote_if_needed(alias)}"

    def _is_plain(self, mapped: Mapped) -> bool:
        name = mapped.column.name
        same = mapped.origin is Origin.KEPT and self.old_name(name).text == name.text
        return same or (mapped.origin is Origin.GENERATED and mapped.old == mapped.column)


def mapping(tables: Pair[Table], renames: Renames, hints: Hints, kept: KeptTable | None = None) -> Mapping:
    """Find where each new column gets its values from; `kept` is the table in a backup, for a way back."""
    old_names = tuple(
        Pair(renames.old_column(tables.new.name, column.name), column.name)
        for column in tables.old.columns
        if renames.old_column(tables.new.name, column.name).text != column.name.text
    )
    draft = Mapping(tables, renames.old_table(tables.new.name), (), old_names, kept)
    columns = tuple(
        _mapped(column, draft, hints.column(tables.new.name, column.name).using) for column in tables.new.columns
    )
    return replace(draft, columns=columns)


def speaks_of_old_names(rows: Mapping) -> bool:
    """Say whether an expression of the author's, or a backup, needs the columns under the names that they had."""
    return any(mapped.origin in (Origin.USING, Origin.RESTORED) for mapped in rows.columns)


def _mapped(column: Column, draft: Mapping, using: str | None) -> Mapped:
    old = draft.tables.old.column(column.name)
    if column.generated is not None:
        return Mapped(column, Origin.GENERATED, None, old)
    restored = _restored(column, old, draft)
    if restored is not None:
        return restored
    if old is None:
        if using is not None:
            return Mapped(column, Origin.USING, _own_line(using))
        if column.name == draft.tables.new.rowid_alias and draft.rowid is not None:
            return Mapped(column, Origin.ROWID, draft.rowid)
        return Mapped(column, Origin.DEFAULT, default_value(column))
    plain = f"{WAS}.{draft.old_name(old.name).quoted}"
    if using is not None and acts(old, column):
        return Mapped(column, Origin.USING, _own_line(using), old)
    if _converts(old, column, draft):
        return Mapped(column, Origin.CONVERTED, plain, old)
    return Mapped(column, Origin.KEPT, plain, old)


def _restored(column: Column, old: Column | None, draft: Mapping) -> Mapped | None:
    """Map a column to the backup's value: one that was dropped since, or converted."""
    kept = draft.kept
    if kept is None or kept.table.column(column.name) is None:
        return None
    if kept.join(draft.tables.old, draft.rowid, draft.live_columns) is None:
        return None
    then = f"{WAS}.{quote(value_of(column.name, draft.mark))}"
    if old is None:
        if column.name == draft.tables.new.rowid_alias and draft.rowid is not None:
            return None  # the rowid stayed when its column went, and it is what rows written since have, too
        found = f"{WAS}.{quote(draft.mark + FOUND)}"
        value = f"CASE WHEN {found} THEN {then} ELSE {default_value(column)} END"
        return Mapped(column, Origin.RESTORED, value)
    conversion = kept.conversion(column.name)
    moved = conversion is not None and (conversion.using is not None or kept.undoes_rollback)
    if conversion is None or not (moved or _converts(old, column, draft)):
        return None
    now = draft.live_columns[column.name]
    same = f"{WAS}.{quote(untouched(column.name, draft.mark))}"
    back = _own_line(conversion.undo) if conversion.undo else now
    value = f"CASE WHEN {same} THEN {then} ELSE {back} END"
    return Mapped(column, Origin.RESTORED, value, old, f"NOT {same}")


def _converts(old: Column, new: Column, draft: Mapping) -> bool:
    """Say whether another type alone may make another value."""
    return old.affinity is not new.affinity or (draft.tables.new.strict and old.type != new.type)


def _one_key(parts: list[str]) -> str:
    """Write the text of one key: that of several columns in brackets, since several keys stand side by side."""
    if len(parts) < 2:
        return next(iter(parts), "'?'")
    return "'(' || " + " || ', ' || ".join(parts) + " || ')'"


def acts(old: Column, new: Column) -> bool:
    """Say whether `using` acts: only where the column's stored form changes, or where NULLs may stay no longer."""
    return old.type != new.type or old.generated is not None or (new.not_null and not old.not_null)


def _own_line(expression: str) -> str:
    """Put an author's expression where a trailing ``--`` comment cannot swallow what follows it."""
    return f"({expression}\n)" if "--" in expression else f"({expression})"


def is_volatile(expression: str) -> bool:
    """Say whether an expression may give another value when it is evaluated again."""
    found = tokens(expression)
    words = {fold(unquote(token.text)) for token in found if token.kind in ("word", "quoted")}
    volatile = {"random", "randomblob", "current_time", "current_date", "current_timestamp", "changes", "total_changes"}
    now = any(token.kind == "string" and token.text.lower() in ("'now'", "'subsec'", "'localtime'") for token in found)
    dates = {"date", "time", "datetime", "julianday", "strftime", "unixepoch", "last_insert_rowid"}
    return bool(words & volatile) or now or bool(words & dates)


def _by_dependency(generated: list[Mapped]) -> list[Mapped]:
    """Order generated columns so that each stands after those that it reads."""
    waiting, out = list(generated), []
    while waiting:
        names = {mapped.column.name.key for mapped in waiting}
        free = [m for m in waiting if not _reads(m) & (names - {m.column.name.key})]
        out += free or waiting
        waiting = [m for m in waiting if m not in free] if free else []
    return out


def _reads(mapped: Mapped) -> set[str]:
    generated = mapped.column.generated
    text = generated.expression.text if generated else ""
    return {fold(unquote(token.text)) for token in tokens(text) if token.kind in ("word", "quoted")}

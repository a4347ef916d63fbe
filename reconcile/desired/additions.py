"""What a schema file does not say of a database, as what is to be added to the file."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.desired.emit import Value
from reconcile.desired.load import Loaded
from reconcile.desired.merge import Addition
from reconcile.desired.parts import (
    column_value,
    constraint_value,
    index_value,
    read_or_none,
    table_value,
    trigger_value,
    view_value,
)
from reconcile.desired.places import Path
from reconcile.diff.adopt import Adopted
from reconcile.errors import FailedError
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.model.table import Check, Column, Constraint
from reconcile.sql.names import Name, fold


def additions(loaded: Loaded, adopted: Adopted, actual: Schema) -> tuple[Addition, ...]:
    """Say what is to be added for everything that is nobody's; `actual` is the live schema under its new names."""
    desk = _Desk(loaded, adopted, actual)
    return (*desk.columns(), *desk.constraints(), *desk.belonging(), *desk.relations())


class _Desk:
    """Writes additions; an object only because every kind needs to know where the file says what."""

    def __init__(self, loaded: Loaded, adopted: Adopted, actual: Schema) -> None:
        self.document = loaded.document
        self.loaded = loaded
        self.adopted = adopted
        self.actual = actual
        self.homes: dict[str, Path] = {fold(one): ("tables", one) for one in self.document.tables}
        self.homes |= {fold(one): ("views", one) for one in self.document.views}

    def columns(self) -> Iterator[Addition]:
        """Put each column behind the one that it follows in the database."""
        for table, column in self.adopted.columns:
            home = self._described(table, f"column {table}.{column.name}")
            after = self._before(table, column)
            yield Addition(
                (*home, "columns"), column.name.text, column_value(column), f"column {table}.{column.name}", after
            )

    def constraints(self) -> Iterator[Addition]:
        """Write constraints that name such columns; what is written on such a column goes with it."""
        own = {(table.key, column.name) for table, column in self.adopted.columns}
        for table, constraint in self.adopted.constraints:
            if constraint.home is not None and (table.key, constraint.home) in own:
                continue
            key, called, value = constraint_value(constraint)
            label = f"{_kind(constraint)} of {table}" if called is None else f"constraint {called} of {table}"
            yield Addition((*self._described(table, label), key), called, value, label)

    def belonging(self) -> Iterator[Addition]:
        """Write indexes and triggers of what the file declares."""
        for one in self.adopted.entries:
            home = self.homes.get(one.table.key)
            if one.kind.is_relation or home is None:
                continue
            is_index = one.kind is ObjectKind.INDEX
            value: Value = index_value(one) if is_index else trigger_value(one)
            section = "indexes" if is_index else "triggers"
            yield Addition((*home, section), one.name.text, value, f"{one.kind.value} {one.name}")

    def relations(self) -> Iterator[Addition]:
        """Write tables and views, with all that belongs to them."""
        for section, kinds in (("tables", _TABLES), ("views", (ObjectKind.VIEW,))):
            for one in self.adopted.entries:
                if one.kind in kinds:
                    yield Addition((section,), one.name.text, self._whole(one), f"{one.kind.value} {one.name}")

    def _whole(self, one: Entry) -> Value:
        owned = [e for e in self.adopted.entries if not e.kind.is_relation and e.table == one.name]
        if one.kind is ObjectKind.VIEW:
            return view_value(one, owned)
        return table_value(one, owned, strict=self.document.strict)

    def _described(self, table: Name, called: str) -> Path:
        home = self.homes[table.key]
        if self.document.tables[str(home[1])].columns is None:
            problem = self.loaded.key_problem(home, f"{called} cannot be put in here: the table is one whole statement")
            place = f"{problem.file}:{problem.line}:{problem.column}"
            raise FailedError(problem.message, place=place, hint="add it to the statement below sql")
        return home

    def _before(self, table: Name, column: Column) -> str | None:
        """Give the column that this one follows, as the file spells it or as it is about to."""
        entry = self.actual.relation(table)
        found = read_or_none(entry) if entry is not None else None
        names = [one.name for one in found.columns] if found is not None else []
        place = names.index(column.name) if column.name in names else 0
        if place == 0:
            return None
        previous = names[place - 1]
        written = self.document.tables[str(self.homes[table.key][1])].columns or {}
        return next((one for one in written if fold(one) == previous.key), previous.text)


_TABLES = (ObjectKind.TABLE, ObjectKind.VIRTUAL)


def _kind(constraint: Constraint) -> str:
    return "CHECK" if isinstance(constraint, Check) else type(constraint).__name__.upper().replace("KEY", " KEY")

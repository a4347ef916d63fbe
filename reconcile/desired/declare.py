"""Document -> Draft: one CREATE statement for each object that a schema file declares, and what only its author knows.

Every mistake is collected, so that all of them can be shown at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from typing import Final, TypeVar

from reconcile.desired import compose
from reconcile.desired.document import Column, ForeignKey, Key, Table, View
from reconcile.desired.draft import Draft, Fragment
from reconcile.desired.guard import Refused
from reconcile.desired.load import Loaded
from reconcile.desired.places import Path
from reconcile.desired.sql_file import statement
from reconcile.errors import Problem, SchemaFileError
from reconcile.model.hints import NO_COLUMN_HINTS, NO_TABLE_HINTS, ColumnHints, Hints, TableHints
from reconcile.model.schema import ObjectKind
from reconcile.sql.names import Name, fold, name

T = TypeVar("T")

# A trigger may stand on a view, and an index needs its table; nothing else is looked up when it is created.
_ORDER: Final = {
    ObjectKind.TABLE: 0,
    ObjectKind.VIRTUAL: 0,
    ObjectKind.INDEX: 1,
    ObjectKind.VIEW: 2,
    ObjectKind.TRIGGER: 3,
}


def declare(loaded: Loaded, digest: str) -> Draft:
    """Declare what a schema file says; raise SchemaFileError with every piece that is not what its place wants."""
    declaration = _Declaration(loaded)
    for called, table in loaded.document.tables.items():
        declaration.table(called, table)
    for called, view in loaded.document.views.items():
        declaration.view(called, view)
    if declaration.problems:
        raise SchemaFileError(tuple(sorted(declaration.problems, key=lambda problem: (problem.line, problem.column))))
    return Draft(
        tuple(sorted(declaration.fragments, key=lambda fragment: _ORDER[fragment.kind])),
        Hints(declaration.hints),
        loaded.document.ignore,
        name(loaded.document.history_table),
        loaded.file,
        digest,
    )


@dataclass(slots=True)
class _Declaration:
    """What has been declared so far, and what was wrong with it."""

    loaded: Loaded
    fragments: list[Fragment] = field(default_factory=list)
    hints: dict[str, TableHints] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def table(self, called: str, table: Table) -> None:
        """Declare a table with its indexes and triggers."""
        path: Path = ("tables", called)
        own = name(called)
        if table.sql is not None:
            self._verbatim(path, own, table.sql)
        else:
            self._described(path, own, table)
        for label, index in table.indexes.items():
            self._index(own, (*path, "indexes", label), index.sql, unique=index.unique)
        self._triggers(path, own, table.triggers)
        self._table_hints(path, own, table)

    def view(self, called: str, view: View) -> None:
        """Declare a view with its triggers."""
        path: Path = ("views", called)
        own = name(called)
        select = self._try((*path, "sql"), compose.view, view.sql)
        if select is not None:
            columns = f" {compose.listed(view.columns)}" if view.columns else ""
            gap = "\n" if "\n" in select else " "
            self._add(path, ObjectKind.VIEW, own, f"CREATE VIEW {own.sql}{columns} AS{gap}{select}")
        self._triggers(path, own, view.triggers)
        if view.renamed_from is not None:
            self.hints[own.key] = TableHints(_names(view.renamed_from))

    def _verbatim(self, path: Path, own: Name, text: str) -> None:
        head = self._try((*path, "sql"), statement, text)
        if head is None:
            return
        if head.kind not in (ObjectKind.TABLE, ObjectKind.VIRTUAL):
            self._refuse((*path, "sql"), f"a table is wanted here, and this is CREATE {head.kind.name}")
        elif head.name != own:
            self._refuse((*path, "sql"), f"this creates {head.name.text}, not {own.text}", "give both the same name")
        else:
            self._add(path, head.kind, own, head.sql)

    def _described(self, path: Path, own: Name, table: Table) -> None:
        columns = table.columns or {}
        body: list[str] = []
        inline, keyed = 0, False
        for label, column in columns.items():
            found = self._try((*path, "columns", label, "sql"), compose.definition, column.sql)
            if found is not None:
                body.append(f"{name(label).sql} {found.sql}" if found.sql else name(label).sql)
                inline += found.constraints
                if found.primary_key and (keyed or table.primary_key):
                    self._refuse((*path, "columns", label, "sql"), "a table has one primary key; this is another")
                keyed = keyed or found.primary_key
        constraints = [text for text in self._constraints(path, table, columns) if text is not None]
        strict = self.loaded.document.strict if table.strict is None else table.strict
        sql = compose.table(own, body + constraints, strict=strict, without_rowid=table.without_rowid)
        declared, count = tuple(map(name, columns)), len(constraints) + inline + keyed
        blame = partial(self.loaded.key_problem, path)
        self.fragments.append(Fragment(ObjectKind.TABLE, own, own, sql, declared, count, blame))

    def _constraints(self, path: Path, table: Table, columns: dict[str, Column]) -> Iterator[str | None]:
        if table.primary_key is not None:
            yield self._key((*path, "primary_key"), "PRIMARY KEY", table.primary_key, columns)
        for place, key in enumerate(table.unique):
            yield self._key((*path, "unique", place), "UNIQUE", key, columns)
        for place, reference in enumerate(table.foreign_keys):
            yield self._try((*path, "foreign_keys", place, "sql"), partial(_reference, reference), reference.sql)
        for place, check in enumerate(table.checks):
            expression = self._try((*path, "checks", place, "sql"), compose.expression, check.sql)
            yield None if expression is None else f"{compose.label(check.name)}CHECK ({expression})"

    def _key(self, path: Path, words: str, key: Key, columns: dict[str, Column]) -> str | None:
        if key.sql is None:
            self._known(path, key.columns, columns)
            return f"{compose.label(key.name)}{words} {compose.listed(key.columns)}"
        text = self._try((*path, "sql"), partial(compose.constraint, words), key.sql)
        return None if text is None else compose.label(key.name) + text

    def _known(self, path: Path, wanted: tuple[str, ...], columns: dict[str, Column]) -> None:
        known = {fold(column) for column in columns}
        for place, column in enumerate(wanted):
            if fold(column) not in known:
                near = get_close_matches(column, columns, n=1)
                advice = f"did you mean '{near[0]}'?" if near else "write SQL as text: (a DESC, b)"
                self._refuse((*path, "columns", place), f"the table has no column '{column}'", advice)

    def _index(self, table: Name, path: Path, text: str, *, unique: bool) -> None:
        own = name(str(path[-1]))
        terms = self._try((*path, "sql"), compose.index, text)
        if terms is not None:
            words = "UNIQUE INDEX" if unique else "INDEX"
            self._add(path, ObjectKind.INDEX, table, f"CREATE {words} {own.sql} ON {table.sql} {terms}")

    def _triggers(self, path: Path, table: Name, triggers: dict[str, str]) -> None:
        for label, text in triggers.items():
            here = (*path, "triggers", label)
            found = self._try(here, partial(compose.trigger, owner=table), text)
            if found is not None:
                own = name(label)
                self._add(here, ObjectKind.TRIGGER, table, f"CREATE TRIGGER {own.sql} {found.on(table)}")

    def _table_hints(self, path: Path, own: Name, table: Table) -> None:
        columns: dict[str, ColumnHints] = {}
        for label, column in (table.columns or {}).items():
            found = self._column_hints((*path, "columns", label), column)
            if found != NO_COLUMN_HINTS:
                columns[fold(label)] = found
        found_here = TableHints(_names(table.renamed_from), columns, table.sensitive)
        if found_here != NO_TABLE_HINTS:
            self.hints[own.key] = found_here

    def _column_hints(self, path: Path, column: Column) -> ColumnHints:
        using = column.using and self._try((*path, "using"), compose.expression, column.using)
        undo = column.undo and self._try((*path, "undo"), compose.expression, column.undo)
        return ColumnHints(_names(column.renamed_from), using, undo, column.sensitive)

    def _add(self, path: Path, kind: ObjectKind, table: Name, sql: str) -> None:
        """Add an object of which nothing but its name is compared; `path` ends in it."""
        blame = partial(self.loaded.key_problem, path)
        self.fragments.append(Fragment(kind, name(str(path[-1])), table, sql, None, None, blame))

    def _try(self, path: Path, read: Callable[[str], T], text: str) -> T | None:
        """Read a piece, or note at which character of it the reading failed."""
        try:
            return read(text)
        except Refused as refused:
            self._refuse(path, refused.message, refused.help, refused.offset)
            return None

    def _refuse(self, path: Path, message: str, advice: str | None = None, offset: int | None = None) -> None:
        self.problems.append(self.loaded.problem(path, message, advice, offset))


def _reference(reference: ForeignKey, text: str) -> str:
    bare = text.lstrip()
    label = compose.label(reference.name)
    if bare.startswith("("):
        return label + compose.constraint("FOREIGN KEY", text)
    return label + compose.constraint("", text)


def _names(texts: tuple[str, ...] | None) -> tuple[Name, ...] | None:
    return None if texts is None else tuple(map(name, texts))

"""The catalog edit of one table, as data: SQLite's own recipe (lang_altertable.html, section 7), with its holes closed.

The text of a table in sqlite_schema is written anew, and no row is touched. That is right only where both texts
describe the same bytes (`model/layout.py`) and no row takes a value from a DEFAULT that changes. The version of the
schema is raised, or other connections keep the old one; ``writable_schema = RESET`` and a touch of the table load the
new one, or a mistake in it would be found after COMMIT, by the next program that opens the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconcile.ddl import arranged, with_default
from reconcile.diff.changes import (
    AddColumn,
    Alter,
    ChangeCollation,
    ChangeDefault,
    ChangeGenerated,
    ChangeNotNull,
    DropColumn,
)
from reconcile.model.facts import Violations
from reconcile.model.layout import Layout, keys, layout, stored
from reconcile.model.reading import mentions, read_table
from reconcile.model.schema import Entry, ObjectKind
from reconcile.model.table import Check, Column, Table
from reconcile.plan.defaults import default_value, is_constant
from reconcile.plan.mapping import WAS, Mapping, is_volatile
from reconcile.plan.one_look import broken_look, null_look
from reconcile.plan.regenerated import reached
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Action, Prove, Run
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name, literal, name

_SENTINEL = "x'7265636f6e63696c653a206e6f20726f7720686f6c64732074686973'"
_BUMP = "_reconcile_schema_version"


def relying(rows: Mapping, old: Column) -> Violations:
    """Ask how many rows read what the DEFAULT of a column gives: all that could store nothing of their own are these.

    A row that is older than its column's ALTER TABLE … ADD COLUMN takes the value from the catalog when it is read.
    """
    value = f"{WAS}.{rows.old_name(old.name).quoted}"
    # A default that is no literal is read as NULL by such rows. (typeof: `IS NULL` is not looked at under NOT NULL.)
    nothing = f"typeof({value}) = 'null'"
    default = default_value(old)
    if old.default is None or old.default.key == ("null",):
        predicate = nothing
    elif is_constant(old.default.text):
        predicate = f"{value} IS {default}"
    else:
        predicate = nothing if is_volatile(default) else f"{nothing} OR {value} IS {default}"
    show = f"SELECT * FROM {rows.live.sql} AS {WAS} WHERE {predicate}"
    return Violations(rows.live, rows.live_source, predicate, rows.key, show)


def fitting(alter: Alter) -> str | None:
    """Give the text to write: what is wanted, in the order in which it lies in the file; None where nothing fits.

    Columns that are added or dropped as well are so before the text is written.
    """
    old, new = alter.tables.old, alter.tables.new
    kept = [column for column in old.columns if new.column(column.name) is not None]
    added = [column for column in new.columns if old.column(column.name) is None]
    # Their indexes are filled again.
    recollated = {each.columns.new.name: each.columns.new for each in alter.edits if isinstance(each, ChangeCollation)}
    remade = {each.columns.new.name: each.columns.new for each in alter.edits if isinstance(each, ChangeGenerated)}
    lying = [stored(column, old) for column in kept]
    for place, column in enumerate(kept):
        if column.name in recollated:
            lying[place] = replace(lying[place], collation=recollated[column.name].collation)
        if column.name in remade:
            lying[place] = replace(lying[place], computed=stored(remade[column.name], new).computed)
    in_file = Layout((*lying, *(stored(column, new) for column in added)), keys(old))
    order = tuple(column.name for column in in_file.columns)
    for text in (alter.entries.new.sql, arranged(new.text, order, old.text)):
        read = _read(alter, text)
        if read is not None and layout(read) == in_file:
            return text
    return None


def whole(alter: Alter) -> str | None:
    """Give the text to write where there is no row: all that must fit is how rows are found."""
    return alter.entries.new.sql if keys(alter.tables.new) == keys(alter.tables.old) else None


def edit_of_empty(each: Scene, alter: Alter, text: str) -> tuple[Action, ...]:
    """Give the actions that edit the catalog of a table without rows."""
    table = alter.entries.new.name
    still = Prove(f"{table}: still empty", f"SELECT NOT EXISTS (SELECT 1 FROM main.{table.quoted})")
    return (still, *_written(each, table, text))


def edit(each: Scene, alter: Alter, text: str, row_count: int) -> Iterator[Action]:
    """Give the actions that edit the catalog of a table with rows; a proof that no plan looked for scans them."""
    table = alter.entries.new.name
    # DROP COLUMN writes every row.
    looked = each.rows if not any(isinstance(edit, DropColumn) for edit in alter.edits) else None
    for column in _filled(alter):
        found = f"SELECT 1 FROM main.{table.quoted} WHERE {column.name.quoted} IS NULL"
        mapped = looked.column(column.name) if looked is not None else None
        look = null_look(looked, mapped) if looked is not None and mapped is not None else None
        yield Prove(f"{table}: no row holds NULL in {column.name}", f"SELECT NOT EXISTS ({found})", look=look)
    defaults = tuple(edit.columns.new.name for edit in alter.edits if isinstance(edit, ChangeDefault))
    if defaults:
        yield from _written(each, table, with_default(read_table(_entry(alter, text)).text, defaults, _SENTINEL))
        for column_name in defaults:
            # NOT INDEXED: an index holds what was read when it was made.
            found = f"SELECT 1 FROM main.{table.quoted} NOT INDEXED WHERE {column_name.quoted} IS {_SENTINEL}"
            yield Prove(f"{table}: no row takes {column_name} from its default", f"SELECT NOT EXISTS ({found})")
    yield from _written(each, table, text)
    for index in _indexes_to_fill(each, alter):
        yield Run(f"REINDEX main.{index.name.quoted}", rows=row_count)
    for column in _remade(alter):
        # typeof: `IS NULL` is not looked at under NOT NULL.
        null = f"SELECT 1 FROM main.{table.quoted} WHERE typeof({column.name.quoted}) = 'null'"
        yield Prove(f"{table}: no row computes NULL for {column.name}", f"SELECT NOT EXISTS ({null})")
    for check in _checks(alter):
        # Behind the edit, where columns compare, and are computed, as they will be.
        broken = f"NOT ({check.expression.text}\n)"
        found = f"SELECT 1 FROM main.{table.quoted} WHERE {broken}"
        look = broken_look(looked, broken, check.columns) if looked is not None else None
        claim = f"{table}: no row breaks CHECK ({check.expression.line})"
        yield Prove(claim, f"SELECT NOT EXISTS ({found})", look=look)


def _written(each: Scene, table: Name, text: str) -> Iterator[Action]:
    """Write a table's text into the catalog, and load it."""
    bump = _free(each).quoted
    yield Run("PRAGMA writable_schema = ON")
    yield Prove("SQLite lets its catalog be edited", "SELECT writable_schema = 1 FROM pragma_writable_schema")
    where = f"type = 'table' AND name = {literal(table.text)} COLLATE NOCASE"
    yield Run(f"UPDATE main.sqlite_schema SET sql = {literal(text)} WHERE {where}")
    yield Prove(f"{table}: one row of the catalog was edited", "SELECT changes() = 1")
    # A view that comes and goes raises schema_version, without anybody having to know its value; it takes no page.
    yield Run(f"CREATE VIEW main.{bump} AS SELECT 1")
    yield Run(f"DROP VIEW main.{bump}")
    yield Run("PRAGMA writable_schema = RESET")
    yield Run(f"SELECT 1 FROM main.{table.quoted} LIMIT 0")


def _free(each: Scene) -> Name:
    """Choose a name that nothing has."""
    schemas = (each.schemas.old, each.schemas.new)
    found, number = name(_BUMP), 1
    while any(schema.find(kind, found) for schema in schemas for kind in ObjectKind if kind is not ObjectKind.TRIGGER):
        number += 1
        found = name(f"{_BUMP}_{number}")
    return found


def _read(alter: Alter, text: str) -> Table | None:
    try:
        return read_table(_entry(alter, text))
    except Unreadable:
        return None


def _entry(alter: Alter, text: str) -> Entry:
    return replace(alter.entries.new, sql=text)


def _filled(alter: Alter) -> Iterator[Column]:
    """Yield the columns that may hold no NULL from now on; what is computed otherwise is looked at behind the edit."""
    remade = reached(alter)
    changed = (edit.columns for edit in alter.edits if isinstance(edit, ChangeNotNull))
    return (pair.new for pair in changed if pair.new.not_null and not pair.old.not_null and pair.new.name not in remade)


def _remade(alter: Alter) -> Iterator[Column]:
    """Yield the columns that hold no NULL and are computed otherwise from now on."""
    names = reached(alter)
    return (column for column in alter.tables.new.columns if column.not_null and column.name in names)


def _indexes_to_fill(each: Scene, alter: Alter) -> Iterator[Entry]:
    """Yield the indexes that stay and that name a column with another collation or other values, wherever they do."""
    recollated = (edit.columns.new.name for edit in alter.edits if isinstance(edit, ChangeCollation))
    changed = frozenset(name.key for name in (*recollated, *reached(alter)))
    for entry in each.schemas.new.belonging_to(alter.entries.new.name) if changed else ():
        if entry.kind is ObjectKind.INDEX and each.schemas.old.get(entry) == entry and mentions(entry.sql, changed):
            yield entry


def _checks(alter: Alter) -> Iterator[Check]:
    """Yield the checks that rows have to pass: new ones, and those over what compares or is computed otherwise now."""
    old, new = alter.tables.old, alter.tables.new
    known = {check.expression for check in old.constraints if isinstance(check, Check)}
    added = {edit.column.name for edit in alter.edits if isinstance(edit, AddColumn)}  # ALTER tests their own
    otherwise = {edit.columns.new.name for edit in alter.edits if isinstance(edit, ChangeCollation)} | reached(alter)
    for check in new.constraints:
        if not isinstance(check, Check) or check.home in added:
            continue
        if check.expression not in known or check.columns & otherwise:
            yield check

"""The generator's own SQL writer: from the nouns of `model` to CREATE statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .model import Check, Column, ForeignKey, Index, PrimaryKey, Schema, Table, Trigger, Unique, View, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

Constraint = PrimaryKey | Unique | Check | ForeignKey


def create_table(schema: Schema, table: Table, *, inline: bool, grown: bool = True) -> str:
    """Write CREATE TABLE; `inline` writes one-column constraints on their column, `grown` the late columns too."""
    columns = [column for column in table.columns if grown or not column.grown]
    parts = [column_sql(schema, table, column, inline=inline, named=True) for column in columns]
    parts += [
        constraint_sql(schema, constraint)
        for constraint in constraints(table)
        if not (inline and home(table, constraint)) and not forced(table, constraint)
    ]
    options = [word for word, on in (("STRICT", table.strict), ("WITHOUT ROWID", table.without_rowid)) if on]
    tail = (" " + ", ".join(options)) if options else ""
    return f"CREATE TABLE {quoted(table.name)} (\n  " + ",\n  ".join(parts) + f"\n){tail}"


def column_sql(schema: Schema, table: Table, column: Column, *, inline: bool, named: bool) -> str:
    """Write one column's definition, with its name when `named`."""
    words = [quoted(column.name)] if named else []
    words += [column.type] if column.type else []
    for constraint in constraints(table):
        if home(table, constraint) == column.id and (inline or forced(table, constraint)):
            words.append(constraint_sql(schema, constraint, inline=True))
    if column.not_null:
        words.append("NOT NULL" + column.not_null_conflict)
    if column.default is not None:
        words.append(f"DEFAULT {column.default}")
    if column.collate:
        words.append(f"COLLATE {column.collate}")
    if column.generated:
        kind = "STORED" if column.generated.stored else "VIRTUAL"
        words.append(f"GENERATED ALWAYS AS ({schema.sql(column.generated.expression)}) {kind}")
    return " ".join(words)


def constraints(table: Table) -> Iterator[Constraint]:
    """Give every constraint of a table that may stand on a column or on the table."""
    if table.primary_key:
        yield table.primary_key
    yield from table.uniques
    yield from table.checks
    yield from table.foreign_keys


def home(table: Table, constraint: Constraint) -> int | None:
    """Say on which column a constraint may be written, if on any."""
    if isinstance(constraint, Check):
        return next((c.id for c in table.columns if f"{{{c.id}}}" in constraint.expression), None)
    return constraint.columns[0] if len(constraint.columns) == 1 else None


def forced(table: Table, constraint: Constraint) -> bool:
    """Say whether a constraint can only stand on its column: AUTOINCREMENT, and those of late columns."""
    if isinstance(constraint, PrimaryKey):
        return constraint.autoincrement
    column = home(table, constraint)
    return column is not None and table.column(column).grown


def constraint_sql(schema: Schema, constraint: Constraint, *, inline: bool = False) -> str:
    """Write a constraint, with its name, for a column (`inline`) or for the table."""
    name = f"CONSTRAINT {quoted(constraint.name)} " if constraint.name else ""
    return name + constraint_body(schema, constraint, inline=inline)


def constraint_body(schema: Schema, constraint: Constraint, *, inline: bool = False) -> str:
    """Write a constraint without its name."""
    match constraint:
        case PrimaryKey():
            order = " DESC" if constraint.descending else ""
            auto = " AUTOINCREMENT" if constraint.autoincrement else ""
            if inline:
                return f"PRIMARY KEY{order}{constraint.conflict}{auto}"
            return f"PRIMARY KEY {key_columns(schema, constraint)}{constraint.conflict}"
        case Unique():
            columns = "" if inline else f" {column_list(schema, constraint.columns)}"
            return f"UNIQUE{columns}{constraint.conflict}"
        case Check():
            return f"CHECK ({schema.sql(constraint.expression)})"
        case ForeignKey():
            start = "" if inline else f"FOREIGN KEY {column_list(schema, constraint.columns)} "
            return start + references_sql(schema, constraint)


def key_columns(schema: Schema, key: PrimaryKey) -> str:
    """Write the columns of a primary key: ``(a DESC, b)``."""
    names = schema.names
    order = " DESC" if key.descending else ""
    return "(" + ", ".join(quoted(names[column]) + order for column in key.columns) + ")"


def references_sql(schema: Schema, key: ForeignKey) -> str:
    """Write the REFERENCES clause of a foreign key."""
    target = f" {column_list(schema, key.target_columns)}" if key.target_columns else ""
    words = f"REFERENCES {quoted(schema.names[key.target])}{target}"
    words += f" ON DELETE {key.on_delete}" if key.on_delete else ""
    words += f" ON UPDATE {key.on_update}" if key.on_update else ""
    return words + (" DEFERRABLE INITIALLY DEFERRED" if key.deferred else "")


def column_list(schema: Schema, columns: tuple[int, ...]) -> str:
    """Write ``(a, b)``."""
    names = schema.names
    return "(" + ", ".join(quoted(names[column]) for column in columns) + ")"


def index_tail(schema: Schema, index: Index) -> str:
    """Write what stands after the table's name in CREATE INDEX."""
    parts = ", ".join(schema.sql(part) for part in index.parts)
    return f"({parts})" + (f" WHERE {schema.sql(index.where)}" if index.where else "")


def create_index(schema: Schema, table: Table, index: Index) -> str:
    """Write CREATE INDEX."""
    unique = "UNIQUE " if index.unique else ""
    return f"CREATE {unique}INDEX {quoted(index.name)} ON {quoted(table.name)} {index_tail(schema, index)}"


def create_trigger(schema: Schema, owner: Table | View, trigger: Trigger) -> str:
    """Write CREATE TRIGGER."""
    event, body = schema.sql(trigger.event), schema.sql(trigger.body)
    return f"CREATE TRIGGER {quoted(trigger.name)} {event} ON {quoted(owner.name)} {body}"


def create_view(schema: Schema, view: View) -> str:
    """Write CREATE VIEW."""
    columns = f" ({', '.join(quoted(name) for name in view.columns)})" if view.columns else ""
    return f"CREATE VIEW {quoted(view.name)}{columns} AS {schema.sql(view.select)}"


def tables_and_indexes(schema: Schema, *, inline: bool) -> Iterator[str]:
    """Write what rows need to be inserted: nothing that fires."""
    for table in schema.tables:
        yield create_table(schema, table, inline=inline)
        yield from (create_index(schema, table, index) for index in table.indexes)


def views_and_triggers(schema: Schema) -> Iterator[str]:
    """Write what may stand only after the rows."""
    for view in schema.views:
        yield create_view(schema, view)
    for owner in (*schema.tables, *schema.views):
        yield from (create_trigger(schema, owner, trigger) for trigger in owner.triggers)

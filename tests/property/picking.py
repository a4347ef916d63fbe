"""What the kinds of edits share: choosing what to edit, making sure it is there, and pruning what depends on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .hand import Change
from .model import Column, Schema, Table, changed, mentions
from .schemas import COLLATIONS, STRICT_TYPES, TYPES, draw_column

if TYPE_CHECKING:
    from collections.abc import Callable

    from .dice import Dice

Drawn = tuple[Schema, Change]


def pick_table(dice: Dice, schema: Schema) -> Table:
    """Draw a table to edit; the last one is the log, which stays as it is."""
    return dice.pick(schema.tables[:-1])


def pick_column(dice: Dice, schema: Schema, suits: Callable[[Table, Column], bool]) -> tuple[Schema, Table, Column]:
    """Draw an ordinary column that suits; where none does, the old schema gets a plain one."""
    tables = schema.tables[:-1]
    found = [(t, c) for t in tables for c in t.stored[1:] if is_ordinary(schema, t, c) and suits(t, c)]
    if found:
        table, column = dice.pick(found)
        return schema, table, column
    table = dice.pick(tables)
    column = Column(dice.new_id(), dice.name(), "TEXT", grown=True)
    table = replace(table, columns=(*table.columns, column))
    return schema.with_table(table), table, column


def is_ordinary(schema: Schema, table: Table, column: Column) -> bool:
    """Say whether no key of any table speaks of the column."""
    in_primary = table.primary_key is not None and column.id in table.primary_key.columns
    keys = [key for other in schema.tables for key in other.foreign_keys]
    return not in_primary and not any(column.id in (*key.columns, *key.target_columns) for key in keys)


def alter(schema: Schema, table: Table, column: Column, **parts: object) -> Schema:
    """Give the schema with parts of one column changed."""
    return schema.with_table(changed(table, column.id, lambda old: replace(old, **parts)))


def insert_column(dice: Dice, table: Table, column: Column) -> Table:
    """Add a column, often last, sometimes in the middle."""
    at = len(table.columns) if dice.flip(60) else dice.integer(0, len(table.columns))
    return replace(table, columns=(*table.columns[:at], column, *table.columns[at:]))


def new_column(dice: Dice, table: Table) -> Column:
    """Draw a column whose default is the same at any time."""
    column = draw_column(dice, strict=table.strict, grown=False)
    if column.default == "CURRENT_TIMESTAMP":
        column = replace(column, default="'2024-01-01 00:00:00'")
    return column


def types(table: Table) -> tuple[str, ...]:
    """Give the types that a table may have."""
    return STRICT_TYPES if table.strict else TYPES


def other_collation(dice: Dice, column: Column) -> str | None:
    """Draw another collation; none and BINARY are the same."""
    now = column.collate or "BINARY"
    return dice.pick([name for name in COLLATIONS if name != now])


def prune(schema: Schema) -> Schema:
    """Take out whatever mentions a table or column that is no longer there, again until nothing does."""
    ids = schema.ids
    kept = Schema(
        tuple(_pruned(table, ids) for table in schema.tables),
        tuple(view for view in schema.views if mentions(view.select) <= ids),
        schema.unmanaged & ids,
    )
    return kept if kept == schema else prune(kept)


def _pruned(table: Table, ids: frozenset[int]) -> Table:
    here = frozenset(column.id for column in table.columns)
    key = table.primary_key
    return replace(
        table,
        columns=tuple(c for c in table.columns if not c.generated or mentions(c.generated.expression) <= here),
        primary_key=key if key and here.issuperset(key.columns) else None,
        uniques=tuple(unique for unique in table.uniques if here.issuperset(unique.columns)),
        checks=tuple(check for check in table.checks if mentions(check.expression) <= here),
        foreign_keys=tuple(
            key
            for key in table.foreign_keys
            if here.issuperset(key.columns) and key.target in ids and ids.issuperset(key.target_columns)
        ),
        indexes=tuple(i for i in table.indexes if mentions(" ".join(i.parts) + (i.where or "")) <= here),
        triggers=tuple(t for t in table.triggers if mentions(t.event + t.body) <= ids),
    )


def without_references(schema: Schema, table: Table) -> Schema:
    """Take out all foreign keys to a table."""
    tables = tuple(
        replace(other, foreign_keys=tuple(key for key in other.foreign_keys if key.target != table.id))
        for other in schema.tables
    )
    return replace(schema, tables=tables)

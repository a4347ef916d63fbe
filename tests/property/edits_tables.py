"""Edits of whole tables: create, drop, rename, STRICT, WITHOUT ROWID, the order of columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .hand import Change
from .model import PrimaryKey, Schema, Table, affinity, with_item
from .picking import Drawn, insert_column, is_ordinary, new_column, pick_column, pick_table, prune
from .schemas import SHAPES, STRICT_TYPES, draw_table, with_foreign_key, with_indexes

if TYPE_CHECKING:
    from .dice import Dice

STRICT_NAMES = {"INTEGER": "INTEGER", "TEXT": "TEXT", "REAL": "REAL", "BLOB": "BLOB", "NUMERIC": "ANY"}


def create_table(dice: Dice, schema: Schema) -> Drawn:
    """Add a table, often with a foreign key to one that is there."""
    table = with_indexes(dice, draw_table(dice, dice.pick(SHAPES)))
    desired = replace(schema, tables=(table, *schema.tables))
    return schema, Change(with_foreign_key(dice, desired, table.id) if dice.flip() else desired)


def drop_table(dice: Dice, schema: Schema) -> Drawn:
    """Drop a table and whatever mentions it."""
    old = replace(schema, unmanaged=frozenset())
    table = pick_table(dice, old)
    return old, Change(prune(replace(old, tables=tuple(t for t in old.tables if t is not table))))


def rename_table(dice: Dice, schema: Schema) -> Drawn:
    """Rename a table; keys, views and triggers follow."""
    return schema, Change(schema.with_table(replace(pick_table(dice, schema), name=dice.name())))


def rename_table_in_case(dice: Dice, schema: Schema) -> Drawn:
    """Change only the case of a table's name."""
    table = pick_table(dice, schema)
    if table.name.swapcase() == table.name or not table.name.isascii():
        table = replace(table, name=dice.name("Case_"))
    old = schema.with_table(table)
    return old, Change(old.with_table(replace(table, name=table.name.swapcase())))


def toggle_strict(dice: Dice, schema: Schema) -> Drawn:
    """Switch STRICT on or off; on wants types that STRICT knows."""
    table = pick_table(dice, schema)
    if not table.strict:
        legal = tuple(
            c if c.type in STRICT_TYPES else replace(c, type=STRICT_NAMES[affinity(c.type)]) for c in table.columns
        )
        table = replace(table, columns=legal)
    old = schema.with_table(table)
    return old, Change(old.with_table(replace(table, strict=not table.strict)))


def toggle_without_rowid(dice: Dice, schema: Schema) -> Drawn:
    """Switch WITHOUT ROWID on or off, on a table that has a key for it."""
    tables = [t for t in schema.tables[:-1] if t.primary_key and not t.primary_key.autoincrement]
    if not tables:
        first = schema.tables[0]
        tables = [replace(first, primary_key=PrimaryKey((first.columns[0].id,)))]
    table: Table = dice.pick(tables)
    old = schema.with_table(table)
    return old, Change(old.with_table(replace(table, without_rowid=not table.without_rowid)))


def reorder_columns(dice: Dice, schema: Schema) -> Drawn:
    """Give the columns another order: cosmetic."""
    table = pick_table(dice, schema)
    columns = (*table.columns[1:], table.columns[0]) if dice.flip() else tuple(dice.shuffled(table.columns))
    return schema, Change(schema.with_table(replace(table, columns=columns)))


def many_in_one(dice: Dice, schema: Schema) -> Drawn:
    """Rename, retype, drop and add in one table: one rebuild."""
    old, table, gone = pick_column(dice, schema, lambda table, _: len(table.stored) > 3)
    others = [c for c in table.stored[1:] if c.id != gone.id and is_ordinary(old, table, c)]
    columns = tuple(column for column in table.columns if column.id != gone.id)
    for column in others[:1]:
        columns = with_item(columns, replace(column, name=dice.name()))
    for column in others[1:2]:
        # Into a column without affinity every value goes as it is.
        columns = with_item(columns, replace(column, type="ANY" if table.strict else "", default=None))
    new = insert_column(dice, replace(table, columns=columns), new_column(dice, table))
    return old, Change(prune(old.with_table(new)))

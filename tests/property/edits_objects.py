"""Edits of indexes, views and triggers: create, drop, change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .hand import Change
from .model import Index, Schema, Table, Trigger, View, with_item
from .picking import Drawn, pick_table
from .schemas import draw_index, draw_view

if TYPE_CHECKING:
    from .dice import Dice


def _with_index(dice: Dice, schema: Schema) -> tuple[Schema, Table, Index]:
    table = pick_table(dice, schema)
    if not table.indexes:
        table = replace(table, indexes=(draw_index(dice, table),))
    return schema.with_table(table), table, dice.pick(table.indexes)


def create_index(dice: Dice, schema: Schema) -> Drawn:
    """Create an index."""
    table = pick_table(dice, schema)
    return schema, Change(schema.with_table(replace(table, indexes=(*table.indexes, draw_index(dice, table)))))


def drop_index(dice: Dice, schema: Schema) -> Drawn:
    """Drop an index."""
    old, table, index = _with_index(dice, schema)
    return old, Change(old.with_table(replace(table, indexes=tuple(i for i in table.indexes if i != index))))


def change_index(dice: Dice, schema: Schema) -> Drawn:
    """Change an index's columns, WHERE or uniqueness."""
    old, table, index = _with_index(dice, schema)
    first = table.columns[0].id
    new = dice.pick(
        (
            replace(index, parts=(*index.parts, f"{{{first}}} COLLATE RTRIM DESC")),
            replace(index, where=None if index.where else f"{{{first}}} > 3"),
            replace(index, unique=not index.unique),
        )
    )
    return old, Change(old.with_table(replace(table, indexes=with_item(table.indexes, new))))


def create_view(dice: Dice, schema: Schema) -> Drawn:
    """Create a view."""
    return schema, Change(replace(schema, views=(*schema.views, draw_view(dice, schema))))


def drop_view(dice: Dice, schema: Schema) -> Drawn:
    """Drop a view."""
    view = dice.pick(schema.views)
    return schema, Change(replace(schema, views=tuple(v for v in schema.views if v != view)))


def change_view(dice: Dice, schema: Schema) -> Drawn:
    """Change a view's SELECT, or name its columns."""
    view = dice.pick(schema.views)
    plain, limited, _ = view.select.partition(" LIMIT ")  # a life may have limited it before
    new = replace(view, select=plain if limited else f"{plain} LIMIT 3")
    if dice.flip(40):
        new = View(view.id, view.name, f"SELECT 1, {{{schema.tables[0].columns[0].id}}} FROM {{{schema.tables[0].id}}}")
        new = replace(new, columns=("one, two", "3"))
    return schema, Change(replace(schema, views=with_item(schema.views, new)))


def rename_view(dice: Dice, schema: Schema) -> Drawn:
    """Rename a view: SQLite cannot, so it is dropped and created; nothing is lost."""
    view = dice.pick(schema.views)
    return schema, Change(replace(schema, views=with_item(schema.views, replace(view, name=dice.name("v_")))))


def _trigger(dice: Dice, table: Table) -> Trigger:
    column = dice.pick(table.stored).id
    event, body = dice.pick(
        (
            ("BEFORE INSERT", f"WHEN NEW.{{{column}}} = '-- ; it''s' BEGIN SELECT RAISE(ABORT, 'no; never'); END"),
            (f"AFTER UPDATE OF {{{column}}}", f"BEGIN SELECT 1; SELECT OLD.{{{column}}} /* ; */; END"),
            ("BEFORE DELETE", f"FOR EACH ROW BEGIN SELECT count(*) FROM {{{table.id}}}; END"),
        )
    )
    return Trigger(dice.new_id(), dice.name("tr_"), event, body)


def _with_trigger(dice: Dice, schema: Schema) -> tuple[Schema, Table, Trigger]:
    table = pick_table(dice, schema)
    trigger = _trigger(dice, table)
    table = replace(table, triggers=(*table.triggers, trigger))
    return schema.with_table(table), table, trigger


def create_trigger(dice: Dice, schema: Schema) -> Drawn:
    """Create a trigger."""
    return schema, Change(_with_trigger(dice, schema)[0])


def drop_trigger(dice: Dice, schema: Schema) -> Drawn:
    """Drop a trigger."""
    old, _, _ = _with_trigger(dice, schema)
    return old, Change(schema)


def change_trigger(dice: Dice, schema: Schema) -> Drawn:
    """Change a trigger's event, condition or body."""
    old, table, trigger = _with_trigger(dice, schema)
    other = replace(trigger, event="AFTER DELETE", body="BEGIN SELECT 2; END")
    another = replace(trigger, body=trigger.body.replace("BEGIN", "BEGIN SELECT 3;"))
    new = dice.pick((other, another))
    return old, Change(old.with_table(replace(table, triggers=with_item(table.triggers, new))))

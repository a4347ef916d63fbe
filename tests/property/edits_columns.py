"""Edits of columns: add, drop, rename, retype, NOT NULL, DEFAULT, COLLATE, generated columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .hand import Change
from .model import Check, Column, Generated, Schema, affinity, changed
from .picking import Drawn, alter, insert_column, new_column, other_collation, pick_column, pick_table, prune, types
from .schemas import draw_default, draw_generated, with_unique

if TYPE_CHECKING:
    from .dice import Dice


def add_nullable(dice: Dice, schema: Schema) -> Drawn:
    """Add a column that may be NULL, with or without a default."""
    table = pick_table(dice, schema)
    column = replace(new_column(dice, table), not_null=False, not_null_conflict="")
    return schema, Change(schema.with_table(insert_column(dice, table, column)))


def add_required_default(dice: Dice, schema: Schema) -> Drawn:
    """Add a NOT NULL column with a default."""
    table = pick_table(dice, schema)
    column = new_column(dice, table)
    default = draw_default(dice, column.type, strict=table.strict, constant=dice.flip(80))
    default = {"NULL": "0", "CURRENT_TIMESTAMP": "'now'"}.get(default, default)
    column = replace(column, not_null=True, default=default)
    return schema, Change(schema.with_table(insert_column(dice, table, column)))


def add_required_using(dice: Dice, schema: Schema) -> Drawn:
    """Add a NOT NULL column whose value for rows that exist comes from the old columns."""
    table = pick_table(dice, schema)
    source = dice.pick(table.columns).id
    kind, using = dice.pick(
        (("INTEGER", f"coalesce(length({{{source}}}), 0)"), ("TEXT", f"typeof({{{source}}}) || ', it''s'"))
    )
    column = Column(dice.new_id(), dice.name(), kind, not_null=True)
    return schema, Change(schema.with_table(insert_column(dice, table, column)), using={column.id: using})


def add_required_without_value(dice: Dice, schema: Schema) -> Drawn:
    """Add a NOT NULL column and say nothing about rows that exist: blocked where there are any."""
    table = pick_table(dice, schema)
    column = Column(dice.new_id(), dice.name(), "TEXT", not_null=True)
    return schema, Change(schema.with_table(insert_column(dice, table, column)))


def drop_column(dice: Dice, schema: Schema) -> Drawn:
    """Drop a column and whatever mentions it."""
    old, table, column = pick_column(dice, schema, lambda table, _: len(table.stored) > 2)
    return old, Change(prune(old.with_table(replace(table, columns=_without(table.columns, column)))))


def _without(columns: tuple[Column, ...], gone: Column) -> tuple[Column, ...]:
    return tuple(column for column in columns if column.id != gone.id)


def rename_column(dice: Dice, schema: Schema) -> Drawn:
    """Rename any column, key or not, generated or not."""
    table = pick_table(dice, schema)
    return schema, Change(alter(schema, table, dice.pick(table.columns), name=dice.name()))


def rename_column_in_case(dice: Dice, schema: Schema) -> Drawn:
    """Change only the case of a column's name."""
    table = pick_table(dice, schema)
    column = dice.pick(table.columns)
    name = column.name if column.name.isascii() and column.name.swapcase() != column.name else dice.name("Case_")
    old = alter(schema, table, column, name=name)
    return old, Change(alter(old, old.table(table.id), column, name=name.swapcase()))


def rename_and_retype(dice: Dice, schema: Schema) -> Drawn:
    """Rename a column and change its type with `using` at once."""
    old, table, column = pick_column(dice, schema, lambda _, column: not column.default)
    kind = "BLOB" if affinity(column.type, strict=table.strict) == "TEXT" else "TEXT"
    desired = alter(old, table, column, name=dice.name(), type=kind)
    return old, Change(desired, using={column.id: f"quote({{{column.id}}})"})


def retype_alike(dice: Dice, schema: Schema) -> Drawn:
    """Change the declared type within the same affinity, or to one that stores alike."""
    old, table, column = pick_column(dice, schema, lambda table, column: not table.strict and bool(column.type))
    alike = {
        "INTEGER": ("INTEGER", "BIGINT", "TINYINT(1)", "NUMERIC", "BOOLEAN"),  # stored alike
        "TEXT": ("TEXT", "VARCHAR(9)", "CLOB"),
        "REAL": ("REAL", "DOUBLE", "FLOAT"),
        "NUMERIC": ("NUMERIC", "DECIMAL(5, 1)", "DATETIME"),
        "BLOB": ("BLOB", "TINYBLOB"),
    }
    choices = [kind for kind in alike[affinity(column.type)] if kind != column.type]
    kind = dice.pick(choices) if not table.strict else column.type
    return old, Change(alter(old, table, column, type=kind))


def retype(dice: Dice, schema: Schema) -> Drawn:
    """Change the declared type to another affinity, and say nothing about rows that exist."""
    old, table, column = pick_column(dice, schema, lambda _, column: not column.default)
    now = affinity(column.type, strict=table.strict)
    choices = [kind for kind in types(table) if affinity(kind, strict=table.strict) != now]
    return old, Change(alter(old, table, column, type=dice.pick(choices)))


def retype_texts(dice: Dice, schema: Schema) -> Drawn:
    """Make numbers of texts: blocked by those that are none, which half of the old schemas keep out."""
    table = pick_table(dice, schema)
    column = Column(dice.new_id(), dice.name(), "TEXT")
    table = replace(table, columns=(table.columns[0], column, *table.columns[1:]))
    if dice.flip():
        place = f"{{{column.id}}}"
        numbers = f"typeof({place}) <> 'text' OR CAST({place} AS NUMERIC) = +{place}"
        name = f"ck_numbers_{column.id}" if table.named else None
        table = replace(table, checks=(*table.checks, Check(numbers, name)))
    old = schema.with_table(table)
    return old, Change(alter(old, table, column, type=dice.pick(("INTEGER", "REAL"))))


def retype_using(dice: Dice, schema: Schema) -> Drawn:
    """Change the type with an expression that keeps not everything."""
    old, table, column = pick_column(dice, schema, lambda _, column: not column.default)
    kind, using = dice.pick((("INTEGER", f"length({{{column.id}}})"), ("TEXT", f"'#' || {{{column.id}}}")))
    if column.type == kind:
        kind, using = ("TEXT", f"'#' || {{{column.id}}}") if kind == "INTEGER" else ("INTEGER", using)
        using = f"length({{{column.id}}})" if kind == "INTEGER" else using
    return old, Change(alter(old, table, column, type=kind), using={column.id: using})


def retype_using_undo(dice: Dice, schema: Schema) -> Drawn:
    """Change the type with an expression and the way back, which works for integers and nothing else."""
    old, table, column = pick_column(dice, schema, lambda _, column: not column.default and column.type == "INTEGER")
    place = f"{{{column.id}}}"
    change = Change(
        alter(old, table, column, type="TEXT" if column.type != "TEXT" else "BLOB"),
        using={column.id: f"'#' || {place}"},
        undo={column.id: f"CAST(substr({place}, 2) AS INTEGER)"},
    )
    return old, change


def set_not_null(dice: Dice, schema: Schema) -> Drawn:
    """Forbid NULL."""
    old, table, column = pick_column(dice, schema, lambda _, column: not column.not_null)
    if dice.flip():
        old = schema_without_nulls(old, table.id, column)
        table = old.table(table.id)
    return old, Change(alter(old, table, column, not_null=True))


def schema_without_nulls(schema: Schema, table_id: int, column: Column) -> Schema:
    """Give the old schema a CHECK that keeps NULLs out, so that half of the cases are not blocked."""
    table = schema.table(table_id)
    if column.grown:
        return schema
    name = f"ck_never_null_{column.id}" if table.named else None
    return schema.with_table(replace(table, checks=(*table.checks, Check(f"{{{column.id}}} IS NOT NULL", name))))


def drop_not_null(dice: Dice, schema: Schema) -> Drawn:
    """Allow NULL."""
    old, table, column = pick_column(dice, schema, lambda _, column: not column.grown)
    old = alter(old, table, column, not_null=True, **({"default": "0"} if column.grown else {}))
    return old, Change(alter(old, old.table(table.id), column, not_null=False, not_null_conflict=""))


def change_default(dice: Dice, schema: Schema) -> Drawn:
    """Add, drop or change a default; under short records no value may change."""
    old, table, column = pick_column(dice, schema, lambda _, column: column.grown)
    drawn = {draw_default(dice, column.type, strict=table.strict) for _ in range(3)}
    suiting = sorted(drawn) if table.strict else [*sorted(drawn), "17", "x'17'"]
    default = dice.pick([text for text in (*suiting, None) if text != column.default])
    return old, Change(alter(old, table, column, default=default))


def change_collation(dice: Dice, schema: Schema) -> Drawn:
    """Change a column's collation; where it is unique, rows that were different may then be the same."""
    if dice.flip(60):
        old, table, column = pick_column(dice, schema, lambda _, column: not column.grown)
        column = replace(column, type="TEXT", collate=None, default=None)
        table = changed(table, column.id, lambda _: column)
        table = table if column.grown else with_unique(dice, table, (column.id,))
        old = old.with_table(table)
        return old, Change(alter(old, table, column, collate=dice.pick(("NOCASE", "RTRIM"))))
    table = pick_table(dice, schema)
    column = dice.pick(table.stored)
    return schema, Change(alter(schema, table, column, collate=other_collation(dice, column)))


def add_generated(dice: Dice, schema: Schema) -> Drawn:
    """Add a generated column, virtual or stored."""
    table = pick_table(dice, schema)
    column = draw_generated(dice, list(table.stored))
    return schema, Change(schema.with_table(insert_column(dice, table, column)))


def change_generated(dice: Dice, schema: Schema) -> Drawn:
    """Change a generated column's expression or storage."""
    table = pick_table(dice, schema)
    column = next((c for c in table.columns if c.generated), None)
    if column is None:
        column = draw_generated(dice, [c for c in table.stored if not c.grown])
        table = replace(table, columns=(table.columns[0], column, *table.columns[1:]))
    old = schema.with_table(table)
    before = column.generated
    assert before is not None
    if dice.flip():
        return old, Change(alter(old, table, column, generated=replace(before, stored=not before.stored)))
    expression = f"length({before.expression})" if column.type == "INTEGER" else f"lower({before.expression})"
    return old, Change(alter(old, table, column, generated=Generated(expression, stored=before.stored)))

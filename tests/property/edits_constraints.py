"""Edits of constraints: CHECK, UNIQUE, FOREIGN KEY, PRIMARY KEY; each added, dropped, changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .hand import Change
from .model import PrimaryKey, Schema, Table
from .picking import Drawn, pick_table, without_references
from .schemas import ACTIONS, draw_check, with_check, with_foreign_key, with_unique

if TYPE_CHECKING:
    from .dice import Dice


def _table_with_check(dice: Dice, schema: Schema) -> Table:
    table = pick_table(dice, schema)
    early = [column.id for column in table.stored if not column.grown]
    return table if table.checks else with_check(dice, table, draw_check(dice, dice.pick(early)))


def add_check(dice: Dice, schema: Schema) -> Drawn:
    """Add a condition that some rows may break."""
    table = pick_table(dice, schema)
    tight = f"length(coalesce({{{dice.pick(table.stored).id}}}, '')) < 4"
    known = [check.expression for check in table.checks]
    loose = next(e for e in (draw_check(dice, table.stored[0].id), "1 = 1") if e not in known)
    return schema, Change(schema.with_table(with_check(dice, table, dice.pick((tight, loose)))))


def drop_check(dice: Dice, schema: Schema) -> Drawn:
    """Drop a CHECK."""
    table = _table_with_check(dice, schema)
    old = schema.with_table(table)
    return old, Change(old.with_table(replace(table, checks=table.checks[1:])))


def change_check(dice: Dice, schema: Schema) -> Drawn:
    """Change what a CHECK says, its name kept."""
    table = _table_with_check(dice, schema)
    old = schema.with_table(table)
    first = table.checks[0]
    how = dice.pick(("({0}) OR 1 = 1", "({0}) AND 'a,b' <> '--'", "NOT ({0}) OR 0"))
    new = replace(first, expression=how.replace("{0}", first.expression))
    return old, Change(old.with_table(replace(table, checks=(new, *table.checks[1:]))))


def add_unique(dice: Dice, schema: Schema) -> Drawn:
    """Add UNIQUE; duplicates block it."""
    table = pick_table(dice, schema)
    taken = [set(unique.columns) for unique in table.uniques]
    taken += [set(table.primary_key.columns)] if table.primary_key else []
    ids = [column.id for column in table.stored]
    pairs = [(a, b) for a in ids for b in ids if a < b]
    choices = [columns for columns in [*((i,) for i in ids), *pairs] if set(columns) not in taken]
    return schema, Change(schema.with_table(with_unique(dice, table, dice.pick(choices))))


def drop_unique(dice: Dice, schema: Schema) -> Drawn:
    """Drop UNIQUE."""
    table = pick_table(dice, schema)
    if not table.uniques:
        table = with_unique(dice, table, tuple(c.id for c in table.stored if not c.grown)[1:3])
    old = schema.with_table(table)
    return old, Change(old.with_table(replace(table, uniques=table.uniques[1:])))


def add_foreign_key(dice: Dice, schema: Schema) -> Drawn:
    """Add a foreign key: over a new column, or over one that is there, where orphans block it."""
    table = pick_table(dice, schema)
    desired = with_foreign_key(dice, schema, table.id)
    if desired == schema or dice.flip(30):
        return schema, Change(desired)
    after = desired.table(table.id)
    key = after.foreign_keys[-1]
    plain = [c for c in table.stored if not any(c.id in known.columns for known in table.foreign_keys)]
    source = dice.pick(plain)
    after = replace(table, foreign_keys=(*table.foreign_keys, replace(key, columns=(source.id,))))
    return schema, Change(schema.with_table(after))


def _with_key(dice: Dice, schema: Schema) -> tuple[Schema, Table]:
    tables = [table for table in schema.tables[:-1] if table.foreign_keys]
    if tables:
        return schema, dice.pick(tables)
    first = schema.tables[0]
    if not any(t.primary_key and len(t.primary_key.columns) == 1 for t in schema.tables[:-1]):
        first = replace(first, primary_key=PrimaryKey((first.columns[0].id,)), without_rowid=False)
    schema = with_foreign_key(dice, schema.with_table(first), first.id)
    return schema, schema.table(first.id)


def drop_foreign_key(dice: Dice, schema: Schema) -> Drawn:
    """Drop a foreign key, its column kept."""
    old, table = _with_key(dice, schema)
    return old, Change(old.with_table(replace(table, foreign_keys=table.foreign_keys[1:])))


def change_foreign_key(dice: Dice, schema: Schema) -> Drawn:
    """Change a foreign key's actions, or when it is checked."""
    old, table = _with_key(dice, schema)
    first = table.foreign_keys[0]
    if dice.flip(30):
        new = replace(first, deferred=not first.deferred)
    else:
        other = [action for action in ACTIONS if {action, first.on_delete} != {"", "NO ACTION"}]
        new = replace(first, on_delete=dice.pick([action for action in other if action != first.on_delete]))
    return old, Change(old.with_table(replace(table, foreign_keys=(new, *table.foreign_keys[1:]))))


def change_primary_key(dice: Dice, schema: Schema) -> Drawn:
    """Change a primary key: none, another column, one more, AUTOINCREMENT."""
    table = pick_table(dice, schema)
    old = without_references(schema, table)
    table = old.table(table.id)
    now = table.primary_key
    first, second = table.columns[0], table.stored[1]
    choices: list[PrimaryKey | None] = [PrimaryKey((first.id, second.id)), PrimaryKey((second.id,))]
    if first.type == "INTEGER" and not table.without_rowid:
        choices += [PrimaryKey((first.id,)), PrimaryKey((first.id,), autoincrement=True)]
    if not table.without_rowid:
        choices.append(None)
    taken = [unique.columns for unique in table.uniques]
    different = [key for key in choices if key != now and (key is None or key.columns not in taken)]
    key = dice.pick(different)
    named = replace(key, name=dice.name("pk_")) if key and table.named and dice.flip(30) else key
    return old, Change(old.with_table(replace(table, primary_key=named)))

"""Draw a schema that has about everything: see "Generating" in the design's properties."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .model import (
    Check,
    Column,
    ForeignKey,
    Generated,
    Index,
    PrimaryKey,
    Schema,
    Table,
    Trigger,
    Unique,
    View,
    affinity,
)

if TYPE_CHECKING:
    from .dice import Dice

TYPES = (
    "INTEGER",
    "TEXT",
    "REAL",
    "BLOB",
    "",
    "NUMERIC",
    "INT",
    "VARCHAR(20)",
    "DOUBLE PRECISION",
    "DECIMAL(10, 2)",
    "BOOLEAN",
    "DATE",
    "BIGINT",
)
STRICT_TYPES = ("INTEGER", "TEXT", "REAL", "BLOB", "ANY", "INT")
COLLATIONS = ("NOCASE", "RTRIM", "BINARY")
ACTIONS = ("", "CASCADE", "SET NULL", "RESTRICT", "SET DEFAULT", "NO ACTION")
SHAPES = ("rowid", "autoincrement", "no key", "text key", "composite", "without rowid", "int key")

DEFAULTS = {
    "INTEGER": ("0", "7", "-5", "(1 + 2)", "TRUE"),
    "TEXT": (
        "'x'",
        "'it''s, a -- \"thing\" (/*'",
        "'a,b'",
        "'007'",
        "''",
        "'('",
        "('x' || ',y')",
        "'line\nbreak'",
        "CURRENT_TIMESTAMP",
    ),
    "REAL": ("0.5", "1e3", "-1.25", "(3.0 / 4)"),
    "NUMERIC": ("12.50", "0", "'n/a'"),
    "BLOB": ("x'00ff'", "'--'", "5", "NULL"),
}
STRICT_DEFAULTS = {"BLOB": ("x'00ff'",), "ANY": ("'--'", "5", "x'00'")}


def draw_schema(dice: Dice) -> Schema:
    """Draw two to four tables of different shapes, one that logs what happens to them, views, cycles of keys."""
    shapes = dice.shuffled(SHAPES)[: dice.integer(2, 4)]
    tables = [draw_table(dice, shape) for shape in shapes]
    schema = Schema(tuple(tables))
    for table in tables:
        schema = with_foreign_key(dice, schema, table.id) if dice.flip(70) else schema
    schema = Schema(tuple(with_indexes(dice, table) for table in schema.tables))
    schema = with_log(dice, schema)
    views = tuple(draw_view(dice, schema) for _ in range(dice.integer(1, 2)))
    return replace(schema, views=views)


def draw_table(dice: Dice, shape: str) -> Table:
    """Draw one table of a shape, without what needs other tables."""
    strict, named = dice.flip(25), dice.flip(40)
    key_type = {"rowid": "INTEGER", "autoincrement": "INTEGER", "text key": "TEXT"}.get(shape, "INT")
    key = Column(dice.new_id(), dice.name("id_" if shape != "no key" else ""), key_type)
    second = draw_column(dice, strict=strict, grown=False)
    columns = [key, second] + [draw_column(dice, strict=strict, grown=False) for _ in range(dice.integer(1, 3))]
    primary: PrimaryKey | None = PrimaryKey((key.id,), autoincrement=shape == "autoincrement")
    if shape == "no key":
        primary = None
    if shape in ("composite", "without rowid") and dice.flip(70):
        primary = PrimaryKey((key.id, second.id), descending=dice.flip(30))
    if primary and shape in ("text key", "composite", "int key") and dice.flip(30):
        primary = replace(primary, conflict=" ON CONFLICT REPLACE")
    if dice.flip(50):
        columns.append(draw_generated(dice, columns[1:]))
    table = Table(
        dice.new_id(),
        dice.name(),
        tuple(columns),
        primary,
        strict=strict,
        without_rowid=shape == "without rowid",
        named=named,
    )
    table = with_constraints(dice, table)
    grown = tuple(draw_column(dice, strict=strict, grown=True) for _ in range(dice.integer(0, 2)))
    return replace(table, columns=table.columns + grown)


def draw_column(dice: Dice, *, strict: bool, grown: bool) -> Column:
    """Draw an ordinary column; one that ALTER TABLE ADD COLUMN is to make takes only constant defaults."""
    kind = dice.pick(STRICT_TYPES if strict else TYPES)
    default = draw_default(dice, kind, strict=strict, constant=grown) if dice.flip(45) else None
    may_be_required = default not in (None, "NULL") or not grown
    required = may_be_required and dice.flip(30)
    return Column(
        dice.new_id(),
        dice.name(),
        kind,
        not_null=required,
        not_null_conflict=" ON CONFLICT IGNORE" if required and dice.flip(15) else "",
        default=default,
        collate=dice.pick(COLLATIONS) if dice.flip(25) else None,
        grown=grown,
    )


def draw_default(dice: Dice, kind: str, *, strict: bool = False, constant: bool = False) -> str:
    """Draw a default that suits the type."""
    pool = STRICT_DEFAULTS.get(kind) if strict else None
    pool = pool or DEFAULTS[affinity(kind, strict=strict)]
    if constant:
        pool = tuple(text for text in pool if not text.startswith(("(", "CURRENT")))
    return dice.pick(pool)


def draw_generated(dice: Dice, columns: list[Column]) -> Column:
    """Draw a column that is computed from another one."""
    source = dice.pick(columns).id
    kind, expression = dice.pick(
        (
            ("INTEGER", f"length({{{source}}})"),
            ("TEXT", f"typeof({{{source}}}) || '-- it''s'"),
            ("TEXT", f"hex({{{source}}})"),
        )
    )
    return Column(dice.new_id(), dice.name(), kind, generated=Generated(expression, stored=dice.flip(40)))


def with_constraints(dice: Dice, table: Table) -> Table:
    """Add UNIQUE and CHECK constraints, all named or none."""
    ordinary = [column.id for column in table.stored]
    if dice.flip(60):
        table = with_unique(dice, table, dice.some(ordinary, 1, 2))
    for _ in range(dice.integer(0, 2)):
        table = with_check(dice, table, draw_check(dice, dice.pick(ordinary)))
    return table


def with_unique(dice: Dice, table: Table, columns: tuple[int, ...]) -> Table:
    """Add a UNIQUE constraint, unless the same columns are unique already (SQLite would merge the two)."""
    if columns in [unique.columns for unique in table.uniques] or not columns:
        return table
    if table.primary_key and columns == table.primary_key.columns:
        return table
    name = dice.name("uq_") if table.named else None
    unique = Unique(columns, name, " ON CONFLICT IGNORE" if dice.flip(20) else "")
    return replace(table, uniques=(*table.uniques, unique))


def with_check(dice: Dice, table: Table, expression: str) -> Table:
    """Add a CHECK constraint that the table does not have."""
    if expression in [check.expression for check in table.checks]:
        return table
    return replace(table, checks=(*table.checks, Check(expression, dice.name("ck_") if table.named else None)))


def draw_check(dice: Dice, column: int) -> str:
    """Draw a condition that most rows meet and some do not."""
    place = f"{{{column}}}"
    return dice.pick(
        (
            f"length({place}) < 12",
            f"{place} <> 'x -- y, (z'",
            f"{place} IS NULL OR {place} NOT IN ('a''b', ',', 12)",
            f"typeof({place}) <> 'blob'",
            f"coalesce({place}, 0) >= -1000000",
        )
    )


def with_foreign_key(dice: Dice, schema: Schema, child_id: int) -> Schema:
    """Add a column that refers to the primary key of any table, its own included; cycles come by themselves."""
    parents = [table for table in schema.tables if table.primary_key and len(table.primary_key.columns) == 1]
    if not parents:
        return schema
    child, parent = schema.table(child_id), dice.pick(parents)
    assert parent.primary_key is not None
    key = parent.column(parent.primary_key.columns[0])
    kind = key.type if not child.strict or key.type in STRICT_TYPES else "ANY"
    column = Column(dice.new_id(), dice.name("ref_"), kind, collate=key.collate)
    reference = ForeignKey(
        (column.id,),
        parent.id,
        (key.id,) if dice.flip(70) else (),
        dice.pick(ACTIONS),
        dice.pick(ACTIONS),
        deferred=dice.flip(25),
        name=dice.name("fk_") if child.named else None,
    )
    first_grown = next((i for i, c in enumerate(child.columns) if c.grown), len(child.columns))
    columns = (*child.columns[:first_grown], column, *child.columns[first_grown:])
    return schema.with_table(replace(child, columns=columns, foreign_keys=(*child.foreign_keys, reference)))


def with_indexes(dice: Dice, table: Table) -> Table:
    """Add indexes: partial, on expressions, descending, with a collation, unique."""
    indexes = tuple(draw_index(dice, table) for _ in range(dice.integer(0, 2)))
    return replace(table, indexes=indexes)


def draw_index(dice: Dice, table: Table) -> Index:
    """Draw one index on a table."""
    columns = [column.id for column in table.columns]
    parts = tuple(
        dice.pick((f"{{{c}}}", f"{{{c}}} DESC", f"{{{c}}} COLLATE NOCASE", f"length({{{c}}})", f"{{{c}}} || ','"))
        for c in dice.some(columns, 1, 2)
    )
    condition = f"{{{dice.pick(columns)}}} IS NOT NULL"
    where = dice.pick((condition, condition.replace("IS NOT NULL", "<> 'a, -- b'"))) if dice.flip(35) else None
    return Index(dice.new_id(), dice.name("ix_"), parts, dice.flip(15), where)


def with_log(dice: Dice, schema: Schema) -> Schema:
    """Add a table that triggers on all others write to: it tells of every user trigger that ever fires."""
    log_id, at, what = dice.new_id(), dice.new_id(), dice.new_id()
    tables = []
    for table in schema.tables:
        spied = table.stored[0].id
        triggers = tuple(
            Trigger(
                dice.new_id(),
                dice.name("tr_"),
                f"AFTER {event}",
                f"BEGIN INSERT INTO {{{log_id}}} ({{{what}}}) VALUES ('{event}: ' || quote({row}.{{{spied}}})); END",
            )
            for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
        )
        tables.append(replace(table, triggers=triggers))
    columns = (Column(at, dice.name("log_"), "INTEGER"), Column(what, dice.name("log_"), "TEXT"))
    # Where nobody declares it, no new table may look like it renamed: that is asked, and another property's matter.
    log = Table(log_id, dice.name("all_that_happened_to_"), columns, PrimaryKey((at,), autoincrement=dice.flip()))
    schema = Schema((*tables, log))
    if dice.flip(40):
        unmanaged = {log_id, at, what} | {trigger.id for table in tables for trigger in table.triggers}
        schema = replace(schema, unmanaged=frozenset(unmanaged))
    return schema


def draw_view(dice: Dice, schema: Schema) -> View:
    """Draw a view of one table, or of two."""
    table, other = (dice.pick(schema.tables[:-1]) for _ in range(2))
    first, second = table.columns[0].id, dice.pick(table.columns).id
    select = dice.pick(
        (
            f'SELECT {{{first}}}, {{{second}}} AS "it\'s" FROM {{{table.id}}}',
            f"SELECT * FROM {{{table.id}}} WHERE {{{second}}} IS NOT ' -- '",
            f"SELECT a.{{{first}}}, b.{{{other.columns[-1].id}}} FROM {{{table.id}}} AS a, {{{other.id}}} AS b",
        )
    )
    return View(dice.new_id(), dice.name("v_"), select)

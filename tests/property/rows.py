"""Fill a drawn schema with rows that obey it by having been inserted, and keep the script that did it.

The script holds the short records of columns added late, gaps from deletes, high-water marks above max(rowid),
orphans, and a log that the user's own triggers wrote.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from . import ddl
from .contents import quick, scratch_file
from .model import Column, Schema, Table, affinity, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .dice import Dice

TEXTS = (
    "''",
    "'007'",
    "'1e3'",
    "' 5 '",
    "'0x10'",
    "char(97, 0, 98)",
    "'\U0001f389'",
    "'Abc'",
    "'aBC'",
    "'abc  '",
    "'12'",
    *("'abc'", "'Abc'", "'aBC'", "'abc  '", "'abc '"),  # again: keys that NOCASE or RTRIM makes equal
    "'3.0'",
    "'it''s'",
    "'9007199254740993'",
    "'NULL'",
    "'line' || char(10) || 'break'",
)
INVALID_UTF8 = "CAST(x'ff61fe' AS TEXT)"
INTEGERS = (
    "0",
    "1",
    "-1",
    "12",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "1000000",
)
REALS = ("-0.0", "1.5", "0.1", "9e999", "-9e999", "3.0", "1e300", "9007199254740993.0")
BLOBS = ("x''", "x'3132'", "x'00'", "x'ff00fe'", "x'616263'")
KEYS = ("3", "7", "-4", "12", "100", "9007199254740993", "5", "2", "21", "8", "60")


@dataclass(frozen=True)
class Settings:
    """What a file says about itself beside its schema; reconcile must keep all of it."""

    encoding: str = "UTF-8"
    page_size: int = 4096
    auto_vacuum: int = 0
    user_version: int = 0
    application_id: int = 0
    wal: bool = False


@dataclass(frozen=True)
class Live:
    """A database as the script makes it, and its bytes (in rollback mode)."""

    script: tuple[str, ...]
    image: bytes


def draw_settings(dice: Dice) -> Settings:
    """Draw the settings of a file."""
    return Settings(
        encoding=dice.pick(("UTF-8", "UTF-8", "UTF-16le")),
        page_size=dice.pick((4096, 4096, 1024)),
        auto_vacuum=dice.pick((0, 0, 1, 2)),
        user_version=dice.pick((0, 41)),
        application_id=dice.pick((0, 1196444487)),
        wal=dice.flip(50),
    )


def build(schema: Schema, settings: Settings, seed: int, size: int, *, inline: bool) -> Live:
    """Run every statement of a filling that SQLite accepts; what it refuses was no row of this schema."""
    kept: list[str] = []
    # Hypothesis likes the seed 0: the schema makes it another one. Names do not, so that other names keep the rows.
    shape = [(noun.id, getattr(noun, "type", "")) for noun in schema.nouns()]
    random = Random(f"{seed} {shape}")
    with scratch_file() as path:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            quick(connection)
            for statement, may_fail in _filling(schema, settings, random, size, inline=inline):
                try:
                    connection.execute(statement)
                except sqlite3.Error:
                    if not may_fail:
                        raise
                    continue
                kept.append(statement)
        return Live(tuple(kept), path.read_bytes())


def _filling(
    schema: Schema, settings: Settings, random: Random, size: int, *, inline: bool
) -> Iterator[tuple[str, bool]]:
    """Give the statements in order, each with whether SQLite may refuse it."""
    yield f"PRAGMA encoding = '{settings.encoding}'", False
    yield f"PRAGMA page_size = {settings.page_size}", False
    yield f"PRAGMA auto_vacuum = {settings.auto_vacuum}", False
    yield f"PRAGMA user_version = {settings.user_version}", False
    yield f"PRAGMA application_id = {settings.application_id}", False
    yield "PRAGMA foreign_keys = ON", False
    for table in schema.tables:
        yield ddl.create_table(schema, table, inline=inline, grown=False), False
    yield from _inserts(schema, settings, random, size, grown=False)
    for table in schema.tables:
        for column in table.columns:
            if column.grown:
                definition = ddl.column_sql(schema, table, column, inline=True, named=True)
                yield f"ALTER TABLE {quoted(table.name)} ADD COLUMN {definition}", False
        for index in table.indexes:
            # A unique index that the first rows do not allow: those rows go, for the index is the point.
            statement = ddl.create_index(schema, table, index)
            if index.unique:
                yield statement, True
                yield "PRAGMA foreign_keys = OFF", False
                yield f"DELETE FROM {quoted(table.name)}", False
                yield "PRAGMA foreign_keys = ON", False
                statement = statement.replace("INDEX ", "INDEX IF NOT EXISTS ", 1)
            yield statement, False
    for statement in ddl.views_and_triggers(schema):
        yield statement, False
    yield from _inserts(schema, settings, random, size, grown=True)
    yield from _life(schema, random)
    yield "PRAGMA foreign_keys = OFF", False
    yield from _orphans(schema, settings, random)


def _inserts(
    schema: Schema, settings: Settings, random: Random, size: int, *, grown: bool
) -> Iterator[tuple[str, bool]]:
    for table in schema.tables:
        for _ in range(random.randint(size, 2 * size) if size else 0):
            yield insert(schema, table, settings, random, grown=grown), True


def insert(schema: Schema, table: Table, settings: Settings, random: Random, *, grown: bool) -> str:
    """Write one INSERT: some columns are left to their defaults, some rowids leave gaps."""
    names, values = [], []
    for column in table.stored:
        if (column.grown and not grown) or (column.default is not None and random.random() < 0.3):
            continue
        names.append(quoted(column.name))
        values.append(value(schema, table, column, settings, random))
    if table.rowid_column is None and table.rowid_name and random.random() < 0.5:
        names.append(table.rowid_name)
        values.append(random.choice(KEYS))
    return f"INSERT INTO {quoted(table.name)} ({', '.join(names)}) VALUES ({', '.join(values)})"


def value(schema: Schema, table: Table, column: Column, settings: Settings, random: Random) -> str:
    """Write one value: a parent's key for most foreign keys, a gap for keys, something nasty elsewhere."""
    for key in table.foreign_keys:
        if key.columns == (column.id,) and random.random() < 0.85:
            parent = schema.table(key.target)
            target = key.target_columns or (parent.primary_key.columns if parent.primary_key else ())
            name = quoted(parent.column(target[0]).name)
            place = random.randint(0, 3)
            return f"(SELECT {name} FROM {quoted(parent.name)} ORDER BY {name} LIMIT 1 OFFSET {place})"
    if table.primary_key and column.id in table.primary_key.columns and random.random() < 0.9:
        if affinity(column.type) == "INTEGER":
            return random.choice(KEYS)
        return random.choice(TEXTS)
    if random.random() < (0.03 if column.not_null else 0.15):
        return "NULL"
    return random.choice(_pool(table, column, settings, random))


def _pool(table: Table, column: Column, settings: Settings, random: Random) -> tuple[str, ...]:
    texts = (*TEXTS, INVALID_UTF8) if settings.encoding == "UTF-8" else TEXTS
    fitting = {"INTEGER": INTEGERS, "TEXT": texts, "REAL": REALS, "BLOB": BLOBS}
    home = affinity(column.type, strict=table.strict)
    if (table.strict and column.type != "ANY") or random.random() < 0.6:
        return fitting.get(home, INTEGERS + REALS)
    return random.choice((INTEGERS, texts, REALS, BLOBS))


def _life(schema: Schema, random: Random) -> Iterator[tuple[str, bool]]:
    """Delete and update a little, and raise the high-water marks above every row that is left."""
    for table in schema.tables:
        name, rowid = quoted(table.name), table.rowid_name
        if rowid:
            for order in ("ASC", "DESC"):
                one = f"(SELECT {rowid} FROM {name} ORDER BY {rowid} {order} LIMIT 1 OFFSET 1)"
                if random.random() < 0.7:
                    yield f"DELETE FROM {name} WHERE {rowid} = {one}", True
            last = quoted(table.stored[-1].name)
            one = f"(SELECT {rowid} FROM {name} LIMIT 1 OFFSET {random.randint(0, 4)})"
            yield f"UPDATE {name} SET {last} = {last} WHERE {rowid} = {one}", True
        if table.primary_key and table.primary_key.autoincrement and random.random() < 0.8:
            mark = random.randint(1000, 5000)
            yield f"UPDATE sqlite_sequence SET seq = {mark} WHERE name = {_string(table.name)}", True


def _orphans(schema: Schema, settings: Settings, random: Random) -> Iterator[tuple[str, bool]]:
    """Insert rows whose parents do not exist, as an application without the pragma does."""
    for table in schema.tables:
        if table.foreign_keys and random.random() < 0.4:
            lonely = replace(table, foreign_keys=())
            yield insert(schema, lonely, settings, random, grown=True), True


def _string(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"

"""The generator and the oracle by themselves: an oracle that sees no difference anywhere proves nothing."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from .contents import compare_rows, opened, quick, rows_of, scratch_file, sequences_of
from .dice import Dice
from .hand import Change, rebuild_by_hand
from .model import Column, ForeignKey, PrimaryKey, Schema, Table
from .oracle import compare_schemas
from .rows import Live, Settings, build, draw_settings
from .schemas import draw_schema
from .yaml_writer import Hints, write_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

QUICK = settings(max_examples=30)


@st.composite
def databases(draw: st.DrawFn) -> tuple[Schema, Settings, Live]:
    dice = Dice(draw)
    dice.hostile = dice.flip()
    schema = draw_schema(dice)
    shape = draw_settings(dice)
    return schema, shape, build(schema, shape, dice.integer(0, 2**32), 3, inline=dice.flip())


@QUICK
@given(databases())
def test_a_rebuild_by_hand_of_the_same_schema_differs_in_nothing(database: tuple[Schema, Settings, Live]) -> None:
    schema, shape, live = database

    hand = rebuild_by_hand(schema, live.image, Change(schema), shape.encoding)

    assert (hand.refused, hand.lossy, hand.open) == ((), (), ())
    with opened(live.image) as found, opened(hand.image) as wanted:
        assert compare_schemas(wanted, found) + compare_rows(schema, wanted, found) == []


@QUICK
@given(databases())
def test_yaml_is_read_by_any_yaml_as_it_was_meant(database: tuple[Schema, Settings, Live]) -> None:
    schema, _, _ = database

    read = yaml.safe_load(write_yaml(schema, Hints(), inline=False))

    managed = [table for table in schema.tables if table.id not in schema.unmanaged]
    assert list(read["tables"]) == [table.name for table in managed]
    assert [list(table["columns"]) for table in read["tables"].values()] == [
        [column.name for column in table.columns] for table in managed
    ]


def test_the_databases_hold_what_makes_losses_visible() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=120, derandomize=True)  # by chance a share can be anything
    @given(databases())
    def look(database: tuple[Schema, Settings, Live]) -> None:
        schema, _, live = database
        script = "\n".join(live.script)
        seen["all"] += 1
        seen["short records"] += bool(re.search(r"INSERT .*ALTER TABLE", script, re.DOTALL))
        seen["deleted"] += "DELETE FROM" in script
        with opened(live.image) as connection:
            rows = {table.id: rows_of(connection, table, rowid=True).total() for table in schema.tables}
            seen["log written"] += rows[schema.tables[-1].id] > 0
            seen["every table has rows"] += all(rows[table.id] for table in schema.tables)
            seen["orphans"] += bool(connection.execute("PRAGMA foreign_key_check").fetchall())
            seen["nasty values"] += any(value in script for value in ("'007'", "'1e3'", "9e999"))
            seen["high-water marks"] += any(mark >= 1000 for mark in sequences_of(connection).values())
        seen.update(features(schema))

    look()

    assert {name for name, share in LEAST.items() if seen[name] < seen["all"] * share} == set(), seen


def features(schema: Schema) -> set[str]:
    """Name what a schema has."""
    claims: dict[str, Callable[[Table], object]] = {
        "strict": lambda table: table.strict,
        "without rowid": lambda table: table.without_rowid,
        "no key": lambda table: not table.primary_key,
        "autoincrement": lambda table: table.primary_key and table.primary_key.autoincrement,
        "self reference": lambda table: any(key.target == table.id for key in table.foreign_keys),
        "foreign key": lambda table: table.foreign_keys,
        "generated": lambda table: any(column.generated for column in table.columns),
        "collation": lambda table: any(column.collate for column in table.columns),
        "partial index": lambda table: any(index.where for index in table.indexes),
        "check": lambda table: table.checks,
        "descending index": lambda table: any("DESC" in part for index in table.indexes for part in index.parts),
        "expression index": lambda table: any("(" in part for index in table.indexes for part in index.parts),
        "marks in a default": lambda table: any("--" in (column.default or "") for column in table.columns),
    }
    found = {name for name, claim in claims.items() if any(claim(table) for table in schema.tables)}
    keys = [(table.id, key) for table in schema.tables for key in table.foreign_keys]
    found |= {f"on delete {key.on_delete.lower()}" for _, key in keys if key.on_delete}
    found |= {"cycle"} if any(in_a_ring(child, key.target, keys) for child, key in keys) else set()
    found |= {"view"} if schema.views else set()
    return found | ({"unmanaged"} if schema.unmanaged else set())


def in_a_ring(child: int, parent: int, keys: list[tuple[int, ForeignKey]]) -> bool:
    """Say whether the parent leads back to the child, over at least one other table."""
    reached, waiting = set(), [parent] if parent != child else []
    while waiting:
        table = waiting.pop()
        if table not in reached:
            reached.add(table)
            waiting += [key.target for other, key in keys if other == table]
    return child in reached


LEAST = {
    "short records": 0.5,
    "deleted": 0.8,
    "log written": 0.8,
    "every table has rows": 0.4,
    "orphans": 0.15,
    "high-water marks": 0.1,
    "strict": 0.2,
    "without rowid": 0.15,
    "no key": 0.15,
    "autoincrement": 0.2,
    "self reference": 0.1,
    "foreign key": 0.5,
    "generated": 0.4,
    "collation": 0.4,
    "partial index": 0.15,
    "check": 0.5,
    "unmanaged": 0.15,
    "nasty values": 0.8,
    "descending index": 0.2,
    "expression index": 0.15,
    "marks in a default": 0.1,
    "view": 0.8,
    "cycle": 0.05,
    "on delete cascade": 0.1,
    "on delete set null": 0.1,
    "on delete restrict": 0.1,
    "on delete no action": 0.05,
    "on delete set default": 0.01,
}

REFERENCE = "c REFERENCES t (a) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
TABLE = (
    "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT COLLATE NOCASE NOT NULL ON CONFLICT IGNORE"
    f" DEFAULT 'x, -- y', {REFERENCE}, d AS (b || 'z') STORED,"
    " CONSTRAINT positive CHECK (c > 0), UNIQUE (b, c) ON CONFLICT REPLACE)"
)
INDEX = "CREATE INDEX i ON t (c DESC, b COLLATE RTRIM) WHERE c IS NOT NULL"


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        (" AUTOINCREMENT", ""),
        (" COLLATE NOCASE", ""),
        (" ON CONFLICT IGNORE", ""),
        (" ON CONFLICT REPLACE", ""),
        (" NOT NULL ON CONFLICT IGNORE", ""),
        ("'x, -- y'", "'x, - y'"),
        (" ON DELETE CASCADE", ""),
        (" DEFERRABLE INITIALLY DEFERRED", ""),
        ("'z'", "'Z'"),
        (" STORED", ""),
        ("CONSTRAINT positive ", ""),
        ("c > 0", "c >= 0"),
        (" DESC", ""),
        (" COLLATE RTRIM", ""),
        (" WHERE c IS NOT NULL", ""),
        ("b TEXT", "B TEXT"),
        ("b TEXT", "b VARCHAR"),
    ],
)
def test_the_oracle_sees_every_lost_clause(part: str, instead: str) -> None:
    script = f"{TABLE};{INDEX}"
    assert part in script

    assert differences(script, script.replace(part, instead, 1)) != []


@pytest.mark.parametrize(
    "same",
    [
        TABLE.replace("CREATE TABLE t", 'create  table "t" /* , */'),
        TABLE.replace("CHECK (c > 0)", "-- )\n check(c>0)"),
        TABLE.replace(" CONSTRAINT positive CHECK (c > 0),", "").replace(
            "b TEXT", "b TEXT CONSTRAINT positive CHECK (c > 0)"
        ),
        TABLE.replace(REFERENCE, "c").replace(" UNIQUE (b, c)", f" FOREIGN KEY (c){REFERENCE[1:]}, UNIQUE (b, c)"),
    ],
)
def test_the_oracle_does_not_care_how_or_where_a_clause_is_written(same: str) -> None:
    assert same != TABLE

    assert differences(TABLE, same) == []


ROWS = "CREATE TABLE t (k INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO t VALUES (3, 1), (7, char(97, 0, 98))"


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE t SET v = 1.0 WHERE k = 3",
        "UPDATE t SET v = '1' WHERE k = 3",
        "UPDATE t SET v = x'31' WHERE k = 3",
        "UPDATE t SET v = NULL WHERE k = 3",
        "UPDATE t SET v = char(97, 0, 99) WHERE k = 7",
        "UPDATE t SET k = 4 WHERE k = 3",
        "DELETE FROM t WHERE k = 3",
        "INSERT INTO t VALUES (4, 1)",
        "UPDATE sqlite_sequence SET seq = 8",
        "DELETE FROM sqlite_sequence",
    ],
)
def test_the_oracle_sees_every_changed_value(tampering: str) -> None:
    key, value = Column(1, "k", "INTEGER"), Column(2, "v")
    schema = Schema((Table(3, "t", (key, value), PrimaryKey((1,), autoincrement=True)),))
    with opened(image(ROWS)) as wanted, opened(image(f"{ROWS};{tampering}")) as found:
        assert compare_rows(schema, wanted, wanted) == []
        assert compare_rows(schema, wanted, found) != []


def differences(one: str, other: str) -> list[str]:
    """Compare two scripts' databases."""
    with opened(image(one)) as wanted, opened(image(other)) as found:
        return compare_schemas(wanted, found)


def image(script: str) -> bytes:
    """Build a database from a script."""
    with scratch_file() as path:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            quick(connection)
            connection.executescript(script)
        return path.read_bytes()

"""A plan is blocked where a rebuild by hand fails, and nowhere else: random tables, changes and nasty values.

The oracle builds the wanted table by itself, in plain SQL, and copies the rows over: SQLite alone says what fits.
"""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconcile import api
from reconcile.plan.steps import Severity
from reconcile.values import ApplyOptions, Source

VALUES = """'5' '05' '1e3' 'abc' 'ABC' '' '0x10' 5 5.0 1.5 -0.0 9007199254740993 9223372036854775807
    -9223372036854775808 1e300 9e999 x'35' x'' NULL NULL '1.50' 'é' 7 7 '7' 1 0""".split()
TYPES = ("INTEGER", "TEXT", "REAL", "NUMERIC", "BLOB", "", "VARCHAR(9)", "BOOLEAN")
STRICT_TYPES = ("INTEGER", "TEXT", "REAL", "BLOB", "ANY", "INT")
COLLATIONS = ("", "", " COLLATE NOCASE", " COLLATE RTRIM")
USING = tuple("a;b;lower(a);CAST(a AS INTEGER);a || b;coalesce(a, b, 0);length(b);nullif(a, 5);a * 2".split(";"))
CHECKS = "# <> 0;# > 0;# <> 'abc';length(#) < 4;# IN ('5', '7', 1);typeof(#) <> 'blob';# BETWEEN '0' AND '8'".split(";")
PARENT = "CREATE TABLE p (k INTEGER PRIMARY KEY, u TEXT UNIQUE); INSERT INTO p VALUES (5, '5'), (7, 'abc'), (1, '7');"


@dataclass
class Change:
    """A table as it is, and as it is wanted: definitions by column, and what `using` says."""

    before: str
    columns: dict[str, str]
    using: dict[str, str] = field(default_factory=dict)
    strict: bool = False
    together: bool = False

    @property
    def schema(self) -> str:
        def hinted(column: str, definition: str) -> str:
            told = definition.replace("'", "''")
            using = f", using: '{self.using[column].replace(chr(39), chr(39) * 2)}'" if column in self.using else ""
            return f"      {column}: {{sql: '{told}'{using}}}"

        lines = ["version: 1", "tables:", "  p: {columns: {k: INTEGER PRIMARY KEY, u: TEXT UNIQUE}}", "  t:"]
        lines += [f"    strict: {str(self.strict).lower()}", "    columns:", "      id: INTEGER PRIMARY KEY"]
        lines += [hinted(column, definition) for column, definition in self.columns.items()]
        return "\n".join([*lines, *(["    unique: [[a, b]]"] if self.together else []), ""])

    def by_hand(self) -> tuple[str | None, list[tuple[object, ...]]]:
        """Rebuild by hand; give what SQLite objects to, and the rows."""
        parts = [f"{column} {definition}" for column, definition in self.columns.items()]
        parts += ["UNIQUE (a, b)"] if self.together else []
        written = {c: self.using.get(c, c) for c in self.columns if c in self.using or c != "d"}
        with closing(sqlite3.connect(":memory:")) as db:
            db.executescript(self.before)
            db.execute(f"CREATE TABLE n (id INTEGER PRIMARY KEY, {', '.join(parts)}){' STRICT' * self.strict}")
            names, values = ", ".join(written), ", ".join(f"({value})" for value in written.values())
            try:
                db.execute(f"INSERT INTO n (id, {names}) SELECT id, {values} FROM t")
            except sqlite3.Error as error:
                return str(error), []
            db.executescript("DROP TABLE t; ALTER TABLE n RENAME TO t;")
            orphans = db.execute("PRAGMA foreign_key_check").fetchall()
            return "orphans" if orphans else None, contents(db, self.columns)


def contents(db: sqlite3.Connection, columns: dict[str, str]) -> list[tuple[object, ...]]:
    told = ", ".join(f"{column}, typeof({column})" for column in columns)
    return db.execute(f"SELECT id, {told} FROM t ORDER BY id").fetchall()


def drawn(seed: int) -> Change:
    dice = random.Random(seed)
    types, collations = [dice.choice(TYPES) for _ in "abc"], [dice.choice(COLLATIONS) for _ in "abc"]
    columns = ", ".join(f"{c} {t}{k}" for c, t, k in zip("abc", types, collations, strict=True))
    rows = "".join(
        f"INSERT INTO t VALUES ({3 * number + 1}, {', '.join(dice.choice(VALUES) for _ in 'abc')});"
        for number in range(dice.randint(1, 4))
    )
    found = Change(f"{PARENT} CREATE TABLE t (id INTEGER PRIMARY KEY, {columns}); {rows}", {})
    found.strict, found.together = dice.random() < 0.2, dice.random() < 0.2
    for column, old, collation in zip("abc", types, collations, strict=True):
        new = old if dice.random() < 0.5 and not found.strict else dice.choice(STRICT_TYPES if found.strict else TYPES)
        words = [new + (collation if dice.random() < 0.6 else dice.choice(COLLATIONS))]
        words += [word for word in constraints(column, dice) if dice.random() < 0.15]
        found.columns[column] = " ".join(words)
        if new != old and dice.random() < 0.3:
            found.using[column] = dice.choice(USING)
    if dice.random() < 0.4:
        words = [dice.choice(STRICT_TYPES if found.strict else TYPES)]
        found.columns["d"] = " ".join([*words, *(word for word in constraints("d", dice) if dice.random() < 0.2)])
        if dice.random() < 0.3:
            found.columns["d"] += f" DEFAULT {dice.choice(('5', chr(39) + 'x' + chr(39), 'NULL'))}"
        else:
            found.using["d"] = dice.choice(USING)
    return found


def constraints(column: str, dice: random.Random) -> tuple[str, ...]:
    check = dice.choice(CHECKS).replace("#", column)
    return "NOT NULL", "UNIQUE", f"CHECK ({check})", f"REFERENCES p ({dice.choice('ku')})"


def judge(seed: int, folder: Path) -> None:
    change = drawn(seed)
    source = Source(folder / f"{seed}.db", folder / f"{seed}.yaml")
    source.schema.write_text(change.schema, encoding="utf-8")
    with closing(sqlite3.connect(source.database)) as db:
        db.executescript(change.before)
    objection, rows = change.by_hand()
    plan = api.plan(source).plan
    story = f"seed {seed}\n{change.before}\n{change.schema}\n{objection}\n{plan.blocked}"

    # That a class does not fit is refused although SQLite would store it: product.md says so.
    others = [hazard for hazard in plan.hazards if hazard.severity is Severity.BLOCKED and hazard.code != "wrong-type"]
    assert plan.blocked if objection else not others, story
    if not plan.blocked:
        api.apply(source, ApplyOptions(backup=False, plan_id=plan.id))
        with closing(sqlite3.connect(source.database)) as db:
            assert repr(rows) == repr(contents(db, change.columns)), story


@pytest.mark.parametrize("seed", range(20))
def test_what_a_rebuild_by_hand_does_is_not_blocked_and_what_fails_is(seed: int, tmp_path: Path) -> None:
    judge(seed, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(10))
def test_as_before_at_length(block: int, tmp_path: Path) -> None:
    for seed in range(1000 + 100 * block, 1100 + 100 * block):
        judge(seed, tmp_path)

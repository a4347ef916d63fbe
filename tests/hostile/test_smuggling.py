"""A piece of schema.yaml may be a column, a key, an expression, a body: never a second statement, column or file."""

from __future__ import annotations

import json
import re

import pytest
from runs import Ran, names, reconcile, untouched

TABLE = "version: 1\ntables:\n  t:\n    columns:\n      id: INTEGER PRIMARY KEY\n"
PLACES = {
    "column": TABLE + "      a: {}\n",
    "default": TABLE + "      a: {{sql: {}}}\n",
    "check": TABLE + "      a: TEXT\n    checks:\n      c: {}\n",
    "unique": TABLE + "      a: TEXT\n    unique:\n      - {}\n",
    "primary key": "version: 1\ntables:\n  t:\n    columns:\n      id: INTEGER\n      a: TEXT\n    primary_key: {}\n",
    "foreign key": TABLE + "      a: TEXT\n    foreign_keys:\n      f: {}\n",
    "index": TABLE + "      a: TEXT\n    indexes:\n      i: {}\n",
    "trigger": TABLE + "      a: TEXT\n    triggers:\n      g: {}\n",
    "view": TABLE + "      a: TEXT\nviews:\n  v: {}\n",
    "verbatim": TABLE + "      a: TEXT\n  s:\n    sql: {}\n",
    "using": TABLE + "      a: {{sql: INTEGER, using: {}}}\n",
    "undo": TABLE + "      a: {{sql: INTEGER, using: length(a), undo: {}}}\n",
}
ATTACH = "ATTACH 'evil.db' AS e"
RUNAWAY = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

BREAKOUTS = [
    *(("column", f"TEXT{rest}") for rest in (
        ", evil TEXT", "); CREATE TABLE evil (x", f"); {ATTACH}; --", ")  --", ") /*", ", CHECK (1", ", UNIQUE (a)",
        ", PRIMARY KEY (a)", f" CHECK (({RUNAWAY}))", "; VACUUM INTO 'evil.db'", " -- \n, evil TEXT",
    )),
    ("default", "TEXT DEFAULT 'a', evil TEXT DEFAULT 'b'"),
    ("default", "TEXT DEFAULT (1)) STRICT; --"),
    *(("check", text) for text in (
        "1), evil TEXT, CHECK (1", f"1); {ATTACH}; --", "1) --", "(SELECT 1)", "1 /*", "1, CONSTRAINT z CHECK (0)",
    )),
    *(("unique", text) for text in ("a), CHECK (0", "(a), evil TEXT", "(a)); DROP TABLE t; --")),
    *(("primary key", text) for text in ("(id), evil TEXT", "(id)); CREATE TABLE evil (x)")),
    *(("foreign key", f"(a) REFERENCES t (id){rest}") for rest in (", evil TEXT", f"); {ATTACH}")),
    *(("index", f"(a){rest}") for rest in ("; CREATE TABLE evil (x)", f" WHERE 1; {ATTACH}", " WHERE 1 /*")),
    ("index", "(load_extension('evil'))"),
    *(("trigger", f"AFTER INSERT BEGIN SELECT 1{rest}") for rest in (
        "; END; CREATE TABLE evil (x)", f"; END; {ATTACH}", "", "; END; SELECT 1; END",
    )),
    *(("view", text) for text in (
        f"SELECT 1; {ATTACH}", "SELECT 1; DROP TABLE t", "DELETE FROM t", "PRAGMA journal_mode = OFF",
        "SELECT * FROM temp.x", "VACUUM INTO 'evil.db'",
    )),
    *(("verbatim", text) for text in (
        ATTACH, "VACUUM INTO 'evil.db'", "PRAGMA writable_schema = ON", "CREATE TABLE evil (x)",
        "CREATE TABLE s AS SELECT load_extension('e')", "CREATE TEMP TABLE s (x)", "CREATE TABLE e.s (x)",
        f"CREATE VIRTUAL TABLE s USING fts5(x); {ATTACH}", "DROP TABLE t", "SELECT load_extension('x')",
        f"CREATE TABLE s AS {RUNAWAY}", "INSERT INTO t VALUES (99, 'x')",
    )),
    *((place, text) for place in ("using", "undo") for text in (
        "1); DROP TABLE t; --", "1, id = 7", f"1) FROM t; {ATTACH}; --", "1 /*",
    )),
]  # fmt: skip

# What is a whole expression or body, and must still do no harm: blocked, or planned without being run.
POISON = [
    ("check", "load_extension('evil')"),
    ("default", "TEXT DEFAULT (load_extension('evil'))"),
    ("trigger", "AFTER INSERT BEGIN SELECT load_extension('evil'); END"),
    ("view", "SELECT load_extension('evil')"),
    ("view", RUNAWAY),
    ("view", "SELECT randomblob(2000000000)"),
    ("using", "(SELECT load_extension('evil'))"),
    ("using", f"({RUNAWAY})"),
    ("using", "(WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)"),
    ("using", "randomblob(2000000000)"),
    ("using", "(SELECT 1 FROM pragma_writable_schema('on'))"),
    ("using", "1 -- and then"),
    ("undo", f"({RUNAWAY})"),
    ("undo", "(SELECT load_extension('evil'))"),
]


def planned(den, place: str, text: str) -> Ran:
    """Plan with a piece of schema.yaml put in its place, and see that nothing has come of it."""
    (den / "schema.yaml").write_text(PLACES[place].format(json.dumps(text)), "utf-8")
    with untouched(den):
        ran = reconcile("plan", "store.db", folder=den)
    assert {"store.db", "schema.yaml"} == set(names(den))
    assert "Traceback" not in ran.err
    assert "bug in reconcile" not in ran.err
    return ran


@pytest.mark.parametrize(("place", "text"), BREAKOUTS)
def test_what_breaks_out_of_its_place_is_refused_there(den, place, text):
    ran = planned(den, place, text)

    assert (65, "") == (ran.status, ran.out), ran.out
    assert re.match(r"schema\.yaml:\d+:\d+: ", ran.err), ran.err


@pytest.mark.parametrize(("place", "text"), POISON)
def test_what_would_do_harm_when_it_is_run_is_not_run(den, place, text):
    ran = planned(den, place, text)

    assert ran.status in (0, 3), ran.out + ran.err
    assert 3 == ran.status or place in ("view", "default")


def test_a_recursive_using_says_that_it_may_never_end(den):
    ran = planned(den, "using", f"({RUNAWAY})")

    assert 3 == ran.status
    assert "a recursive query may never end" in ran.out


def test_a_using_may_still_read_other_tables(den):
    ran = planned(den, "using", "(SELECT count(*) FROM t AS other WHERE other.id <= was.id)")

    assert "lossy-conversion" in ran.out, ran.out + ran.err
    assert "cannot be ruled out" not in ran.out

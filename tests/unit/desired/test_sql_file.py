"""A .sql file declares the CREATE statements in it, whatever the sqlite3 shell prints around them."""

import sqlite3
from contextlib import closing

import pytest

from reconcile.desired.sql_file import declare_sql
from reconcile.errors import Problem, SchemaFileError
from reconcile.model.hints import Hints
from reconcile.model.schema import ObjectKind
from reconcile.sql.names import name


def statements(text: str) -> list[str]:
    return [fragment.sql for fragment in declare_sql(text, "schema.sql", "").fragments]


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(SchemaFileError) as caught:
        declare_sql(text, "schema.sql", "")
    return caught.value.problems


# What `sqlite3 DB .dump` (3.40) prints for a database whose tables are empty.
DUMP = """\
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS 'a b'(x INTEGER PRIMARY KEY AUTOINCREMENT, y TEXT UNIQUE);
PRAGMA writable_schema=ON;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','s','s',0,'CREATE VIRTUAL TABLE s USING \
fts5(a, content='''')');
CREATE TABLE IF NOT EXISTS 's_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO s_data VALUES(1,X'');
CREATE TABLE IF NOT EXISTS 's_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO s_config VALUES('version',4);
CREATE TABLE schema_version (version INTEGER PRIMARY KEY, description TEXT, applied_at TEXT);
CREATE TABLE schema_version_reconcile (version INTEGER);
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 VALUES('a b','i','1 1');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('a b',1);
CREATE INDEX i ON 'a b'(y);
CREATE TRIGGER s_data AFTER INSERT ON 'a b' BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT ';'; END;
CREATE VIEW v AS SELECT 1
/* v("1") */;
PRAGMA writable_schema=OFF;
COMMIT;
"""


def test_a_dump_declares_the_users_objects() -> None:
    draft = declare_sql(DUMP, "schema.sql", "digest")

    assert [(f.kind, f.name, f.table, f.sql) for f in draft.fragments] == [
        (
            ObjectKind.TABLE,
            name("a b"),
            name("a b"),
            "CREATE TABLE 'a b'(x INTEGER PRIMARY KEY AUTOINCREMENT, y TEXT UNIQUE)",
        ),
        (ObjectKind.VIRTUAL, name("s"), name("s"), "CREATE VIRTUAL TABLE s USING fts5(a, content='')"),
        (ObjectKind.INDEX, name("i"), name("a b"), "CREATE INDEX i ON 'a b'(y)"),
        (
            ObjectKind.TRIGGER,
            name("s_data"),
            name("a b"),
            "CREATE TRIGGER s_data AFTER INSERT ON 'a b' BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT ';'; END",
        ),
        (ObjectKind.VIEW, name("v"), name("v"), "CREATE VIEW v AS SELECT 1"),
    ]
    assert {(f.columns, f.constraints) for f in draft.fragments} == {(None, None)}
    assert [f.blame("").line for f in draft.fragments] == [3, 5, 16, 17, 18]
    assert (draft.hints, draft.ignore, draft.history_table, draft.file, draft.digest) == (
        Hints(),
        (),
        name("schema_version"),
        "schema.sql",
        "digest",
    )
    with closing(sqlite3.connect(":memory:")) as db:
        for fragment in draft.fragments:
            db.execute(fragment.sql)


def test_statements_are_cut_where_sqlite_cuts_them() -> None:
    text = """-- first; not a statement
    ;; create unique index if not exists MAIN.i ON t (a) WHERE a <> ';' /* ; */;
    CREATE TABLE t ("a;b", a TEXT DEFAULT 'x;y') -- ;
    ;
    CREATE TRIGGER x BEFORE UPDATE OF a ON main.[t] WHEN CASE WHEN 1 THEN 2 END BEGIN
      INSERT INTO t VALUES (1, CASE 1 WHEN 1 THEN 2 END); DELETE FROM t; -- ;
    END;
    CREATE VIEW v (b) AS SELECT 1"""

    assert statements(text) == [
        "CREATE UNIQUE INDEX i ON t (a) WHERE a <> ';'",
        "CREATE TABLE t (\"a;b\", a TEXT DEFAULT 'x;y')",
        text[text.index("CREATE TRIGGER") : text.index(";\n    CREATE VIEW")],
        "CREATE VIEW v (b) AS SELECT 1",
    ]
    assert [f.table for f in declare_sql(text, "", "").fragments] == [name("t"), name("t"), name("t"), name("v")]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("INSERT INTO t VALUES (1)", "INSERT"),
        ("DELETE FROM t", "DELETE"),
        ("DROP TABLE t", "DROP"),
        ("ALTER TABLE t ADD COLUMN a", "ALTER"),
        ("CREATE TEMP TABLE t (a)", "TEMP"),
        ("CREATE TEMPORARY VIEW t AS SELECT 1", "TEMPORARY"),
        ("CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END", "TEMP"),
        ("CREATE TABLE temp.t (a)", "temp"),
        ("CREATE TABLE t AS SELECT 1", "AS"),
        ("CREATE TABLE t (a", "(a"),
        ("CREATE TABLE t (a))", ")"),
        ("CREATE THING t", "THING"),
        ("CREATE TABLE t (a TEXT DEFAULT 'x)", "'x"),
        ("CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END CREATE TABLE t (a)", "CREATE TABLE"),
        ("CREATE TABLE B (a)", "CREATE"),
        ("INSERT INTO sqlite_schema VALUES ('table', 's', 's', 0, 'DROP TABLE t')", "INSERT"),
    ],
)
def test_what_is_no_schema_is_refused_at_its_place(text: str, place: str) -> None:
    (problem,) = problems(f"CREATE TABLE b (x);\n  {text}")

    assert problem.line == 2
    assert problem.source[problem.column - 1 :].startswith(place)


def test_rows_are_refused_once_for_a_dump_may_have_a_million() -> None:
    (problem,) = problems("CREATE TABLE t (a);\n" + "INSERT INTO t VALUES (1);\n" * 5)

    assert (problem.line, problem.help) == (2, "a schema holds no rows; `sqlite3 DB .schema` prints none")


def test_a_trigger_that_never_ends_is_refused() -> None:
    (problem,) = problems("CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1;\nCREATE TABLE t (a);")

    assert "'; END' is missing" in problem.message


def test_an_empty_file_declares_nothing() -> None:
    assert statements("\ufeff-- nothing yet\n") == []

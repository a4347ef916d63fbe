"""What a schema file declares, and that no piece of it can declare anything else."""

import sqlite3
from contextlib import closing

import pytest

from reconcile.desired.declare import declare
from reconcile.desired.draft import Draft
from reconcile.desired.load import load
from reconcile.errors import Problem, SchemaFileError
from reconcile.model.hints import ColumnHints, TableHints
from reconcile.model.reading import read_table
from reconcile.model.schema import Entry, ObjectKind
from reconcile.sql.names import name


def declared(text: str) -> Draft:
    return declare(load(text, "schema.yaml"), "digest")


def statements(text: str) -> list[str]:
    return [fragment.sql for fragment in declared("version: 1\n" + text).fragments]


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(SchemaFileError) as caught:
        declared("version: 1\n" + text)
    return caught.value.problems


STORE = """
strict: true
tables:
  products:
    columns:
      id: INTEGER PRIMARY KEY AUTOINCREMENT
      name: {sql: TEXT NOT NULL, renamed_from: title}
      price: {sql: INTEGER NOT NULL CHECK (price >= 0), using: CAST(price AS INTEGER), undo: price / 100.0}
      Ünïcode näme:
    checks: {mrp: price > 0}
  order:
    renamed_from: []
    sensitive: true
    columns:
      a: TEXT
      b: INTEGER REFERENCES products
      c: {sql: TEXT, sensitive: true}
    primary_key: {pk: [a, b]}
    unique: {one: (b COLLATE NOCASE DESC) ON CONFLICT REPLACE, two: [c, a]}
    foreign_keys:
      - (a) REFERENCES products (name) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
      - link: FOREIGN KEY (b) REFERENCES products
    indexes: {by_c: "(c, a DESC) WHERE c > ''", once: {unique: true, sql: (b);}}
    triggers:
      changed: AFTER UPDATE OF a, "b" WHEN NEW.b > OLD.b BEGIN SELECT CASE WHEN 1 THEN 2 END; END;
    strict: false
    without_rowid: true
  search: {sql: "CREATE VIRTUAL TABLE IF NOT EXISTS Search USING fts5(name);"}
views:
  cheap:
    sql: SELECT name FROM products;
    columns: [n]
    renamed_from: low
    triggers: {t: INSTEAD OF INSERT BEGIN SELECT 1; END}
ignore: ["x_*"]
history_table: log
"""


STORE_SQL = """\
CREATE TABLE products (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  price INTEGER NOT NULL CHECK (price >= 0),
  "Ünïcode näme",
  CONSTRAINT mrp CHECK (price > 0)
) STRICT
CREATE TABLE "order" (
  a TEXT,
  b INTEGER REFERENCES products,
  c TEXT,
  CONSTRAINT pk PRIMARY KEY (a, b),
  CONSTRAINT one UNIQUE (b COLLATE NOCASE DESC) ON CONFLICT REPLACE,
  CONSTRAINT two UNIQUE (c, a),
  FOREIGN KEY (a) REFERENCES products (name) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT link FOREIGN KEY (b) REFERENCES products
) WITHOUT ROWID
CREATE VIRTUAL TABLE Search USING fts5(name)
CREATE INDEX by_c ON "order" (c, a DESC) WHERE c > ''
CREATE UNIQUE INDEX once ON "order" (b)
CREATE VIEW cheap (n) AS SELECT name FROM products
CREATE TRIGGER changed AFTER UPDATE OF a, "b" ON "order" WHEN NEW.b > OLD.b BEGIN SELECT CASE WHEN 1 THEN 2 END; END
CREATE TRIGGER t INSTEAD OF INSERT ON cheap BEGIN SELECT 1; END"""


def test_every_object_becomes_one_statement_in_an_order_that_can_be_created() -> None:
    assert "\n".join(statements(STORE)) == STORE_SQL


def test_hints_and_names_that_are_not_ours_are_kept_apart() -> None:
    draft = declared("version: 1\n" + STORE)

    assert {
        "products": TableHints(
            None,
            {
                "name": ColumnHints((name("title"),)),
                "price": ColumnHints(None, "CAST(price AS INTEGER)", "price / 100.0"),
            },
        ),
        "order": TableHints((), {"c": ColumnHints(sensitive=True)}, sensitive=True),
        "cheap": TableHints((name("low"),)),
    } == draft.hints.tables
    assert (("x_*",), name("log"), "schema.yaml", "digest") == (
        draft.ignore,
        draft.history_table,
        draft.file,
        draft.digest,
    )


def test_columns_and_constraints_are_counted_as_they_are_read_back() -> None:
    draft = declared("version: 1\n" + STORE.replace("strict: true", ""))

    for fragment in draft.fragments[:2]:
        with closing(sqlite3.connect(":memory:")) as db:
            db.execute(fragment.sql)
            (stored,) = db.execute("SELECT sql FROM sqlite_schema WHERE type = 'table' LIMIT 1").fetchone()
        table = read_table(Entry(ObjectKind.TABLE, fragment.name, fragment.table, stored))

        assert fragment.columns == tuple(column.name for column in table.columns)
        assert fragment.constraints == len(table.constraints) + (table.primary_key is not None)
        assert fragment.sql == stored


def test_blame_points_at_the_name_of_the_object() -> None:
    fragments = declared("version: 1\n" + STORE).fragments

    places = {fragment.name.text: fragment.blame("wrong") for fragment in fragments}
    for called, problem in places.items():
        assert problem.source[problem.column - 1 :].lower().startswith(called.lower())


# Each with the text from which on it is refused.
SMUGGLED = {
    "columns: {a: 'TEXT, evil TEXT'}": ", evil",
    "columns: {a: 'TEXT) STRICT; --'}": "; --",
    "columns: {a: 'TEXT;'}": ";",
    "columns: {a: 'TEXT; DROP TABLE t'}": "; DROP",
    "columns: {a: 'TEXT /* and then', b: INTEGER}": "/* and",
    'columns: {a: "TEXT DEFAULT \'x"}': "'x",
    "columns: {a: 'TEXT CHECK (a'}": "(a",
    "columns: {a: 'TEXT CHECK (a)), evil TEXT'}": "), evil",
    "columns: {a: INT}\n    checks: ['a > 0) CHECK (a']": ") CHECK",
    "columns: {a: INT}\n    checks: ['a), evil TEXT, CHECK (a']": "), evil",
    "columns: {a: INT}\n    checks: ['a, a']": ", a",
    "columns: {a: INT}\n    checks: {c: 'a; b'}": "; b",
    "columns: {a: INT}\n    checks: ['a /*']": "/*",
    "columns: {a: INT}\n    checks: ['--']": "--",
    "columns: {a: INT}\n    unique: ['(a) CHECK (a)']": "CHECK",
    "columns: {a: INT}\n    unique: ['(a), UNIQUE (a)']": ", UNIQUE",
    "columns: {a: INT}\n    unique: {u: '(a'}": "(a",
    "columns: {a: INT}\n    primary_key: '(a) ON CONFLICT FAIL UNIQUE (a)'": "UNIQUE",
    "columns: {a: INT}\n    foreign_keys: ['(a) REFERENCES t CHECK (a)']": "CHECK",
    "columns: {a: INT}\n    foreign_keys: ['FOREIGN KEY (a) REFERENCES t (a), evil']": ", evil",
    "columns: {a: INT}\n    indexes: {i: '(a); DROP TABLE t'}": "; DROP",
    "columns: {a: INT}\n    indexes: {i: '(a) WHERE a; DROP TABLE t'}": "; DROP",
    "columns: {a: INT}\n    indexes: {i: '(a) WHERE a > (1'}": "(1",
    "columns: {a: INT}\n    indexes: {i: '(a) ON CONFLICT FAIL'}": "ON CONFLICT",
    "columns: {a: INT}\n    triggers: {x: INSERT BEGIN SELECT 1; END; DROP TABLE t}": "; DROP",
    "columns: {a: INT}\n    triggers: {x: INSERT BEGIN SELECT 1; END; SELECT CASE 1 WHEN 1 THEN 2 END}": "; SEL",
    "columns: {a: INT}\n    triggers: {x: INSERT BEGIN SELECT 1 END}": "END",
    "columns: {a: INT}\n    triggers: {x: INSERT ON other BEGIN SELECT 1; END}": "other",
    "columns: {a: INT}\n    triggers: {x: 'INSERT WHEN (1 BEGIN SELECT 1; END'}": "; END",
    "columns: {a: {sql: INT, using: '1, 2'}}": ", 2",
    "columns: {a: {sql: INT, using: 1 FROM t}}": "FROM",
    "columns: {a: {sql: INT, using: SELECT 1}}": "SELECT",
    "columns: {a: {sql: INT, undo: 1 AS evil}}": "AS",
    "columns: {a: {sql: INT, undo: '1) || (2'}}": ") ||",
    "sql: CREATE TABLE t (a); DROP TABLE t": "; DROP",
    "sql: CREATE TABLE other (a)": "CREATE",
    "sql: CREATE TABLE temp.t (a)": "temp",
    "sql: CREATE TEMP TABLE t (a)": "TEMP",
    "sql: CREATE TABLE t AS SELECT 1": "AS",
    "sql: CREATE VIEW t AS SELECT 1": "CREATE",
    "sql: DROP TABLE t": "DROP",
}


@pytest.mark.parametrize(("text", "place"), SMUGGLED.items())
def test_a_piece_that_is_more_than_its_place_wants_is_refused_there(text: str, place: str) -> None:
    (problem,) = problems(f"tables:\n  t:\n    {text}\n")

    assert problem.source[problem.column - 1 :].startswith(place)


@pytest.mark.parametrize(
    ("text", "place"),
    [("SELECT 1; SELECT 2", "; SELECT"), ("DELETE FROM t", "DELETE"), ("SELECT (1", "(1"), ("SELECT 1)", ")")],
)
def test_a_view_is_one_select(text: str, place: str) -> None:
    (problem,) = problems(f"views:\n  v: {text}\n")

    assert problem.source[problem.column - 1 :].startswith(place)


def test_a_second_primary_key_is_refused() -> None:
    (problem,) = problems("tables: {t: {columns: {a: INTEGER PRIMARY KEY}, primary_key: [a]}}\n")

    assert "one primary key" in problem.message


def test_a_key_names_columns_of_its_table() -> None:
    (problem,) = problems("tables: {t: {columns: {email: TEXT}, unique: [[emial]]}}\n")

    assert ("the table has no column 'emial'", "did you mean 'email'?") == (problem.message, problem.help)


def test_slips_are_named() -> None:
    found = problems(
        "tables: {t: {columns: {a: INTEGER PRIMARY KEY AUTO_INCREMENT, b: TEXT NOTNULL, c: TEXT DEFAULT now()}}}\n"
    )

    assert [
        "did you mean AUTOINCREMENT?",
        "did you mean NOT NULL?",
        "an expression stands in parentheses: DEFAULT (…), CHECK (…)",
    ] == [problem.help for problem in found]


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    found = problems("views: {v: DROP}\ntables: {t: {columns: {a: 'TEXT,'}, checks: [')'], indexes: {i: '(a) x'}}}\n")

    assert sorted(found, key=lambda problem: (problem.line, problem.column)) == list(found)
    assert len(found) == 4


def test_a_comment_never_swallows_what_follows() -> None:
    text = """
tables:
  t:
    columns:
      a: |
        TEXT -- the name, really
          NOT NULL -- always
      b: INTEGER /* or */ DEFAULT '--'
    checks: ["b > 0 -- or not"]
    indexes: {i: "(a -- first\\n) -- last"}
    triggers:
      x: |
        AFTER INSERT -- ON u
        -- more
        BEGIN
          SELECT 1; -- done
        END; -- over
views:
  v: |
    SELECT a -- the name
    FROM t -- of t
"""
    found = statements(text)

    assert [
        "CREATE TABLE t (\n  a TEXT NOT NULL,\n  b INTEGER DEFAULT '--',\n  CHECK (b > 0)\n)",
        "CREATE INDEX i ON t (a)",
        "CREATE VIEW v AS\nSELECT a -- the name\nFROM t",
        "CREATE TRIGGER x AFTER INSERT ON t -- ON u\n-- more\nBEGIN\n  SELECT 1; -- done\nEND",
    ] == [sql.replace("(a )", "(a)") for sql in found]
    with closing(sqlite3.connect(":memory:")) as db:
        for sql in found:
            db.execute(sql)


@pytest.mark.parametrize(
    "head",
    [
        "BEFORE DELETE",
        "INSERT",
        "UPDATE",
        'AFTER UPDATE OF a, "b c", [on] FOR EACH ROW',
        "AFTER INSERT WHEN NEW.begin > 1 AND (SELECT max(a) FROM t) IS NOT NULL",
        "AFTER INSERT ON T",
        'AFTER INSERT ON main."t" FOR EACH ROW WHEN CASE WHEN NEW.a THEN 1 END',
    ],
)
def test_every_head_of_a_trigger_takes_its_table(head: str) -> None:
    text = (
        'tables: {t: {columns: {a: "", "b c": "", "on": "", begin: ""}, triggers: {x: '
        f"'{head} BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT 2; END'}}}}}}\n"
    )
    with closing(sqlite3.connect(":memory:")) as db:
        for sql in statements(text):
            db.execute(sql)
        found = db.execute("SELECT type, name, tbl_name FROM sqlite_schema WHERE type = 'trigger'").fetchall()

    assert [("trigger", "x", "t")] == found

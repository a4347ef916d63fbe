"""A live schema, written as schema.yaml, comes back the same; and it reads as a person would have written it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconcile.desired.declare import declare
from reconcile.desired.dump import dump
from reconcile.desired.emit import entry, quoted, scalar
from reconcile.desired.load import load
from reconcile.errors import FailedError
from reconcile.model.reading import read_body, read_index, read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.sql.names import fold, name, quote

DATABASES = Path(os.environ.get("RECONCILE_DATABASES", Path(__file__).parents[4] / "shared" / "databases"))
FILES = sorted(path for path in DATABASES.glob("*") if path.suffix in {".db", ".sqlite"})
KINDS = {kind.value: kind for kind in ObjectKind}


def schema_of(db: sqlite3.Connection) -> Schema:
    """Read a schema as simply as can be: no code of ours decides what is in it."""
    shadows = {fold(row[0]) for row in db.execute("SELECT name FROM pragma_table_list WHERE type = 'shadow'")}
    entries = []
    for kind, called, table, sql in db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql <> ''"):
        if called.lower().startswith("sqlite_") or fold(called) in shadows:
            continue
        virtual = kind == "table" and sql.upper().startswith("CREATE VIRTUAL")
        entries.append(Entry(ObjectKind.VIRTUAL if virtual else KINDS[kind], name(called), name(table), sql))
    return Schema(tuple(entries), frozenset(shadows))


def built(*statements: str) -> Schema:
    with closing(sqlite3.connect(":memory:")) as db:
        for statement in statements:
            db.execute(statement)
        return schema_of(db)


def rebuilt(text: str) -> Schema:
    """Let SQLite say what a schema file means; a virtual table may need a module that is not loaded."""
    fragments = declare(load(text, "schema.yaml"), "").fragments
    with closing(sqlite3.connect(":memory:")) as db:
        for fragment in fragments:
            if fragment.kind is not ObjectKind.VIRTUAL:
                db.execute(fragment.sql)
        virtual = [Entry(f.kind, f.name, f.table, f.sql) for f in fragments if f.kind is ObjectKind.VIRTUAL]
        return Schema((*schema_of(db).entries, *virtual))


def meanings(schema: Schema) -> Iterator[tuple[tuple[str, str], object]]:
    for one in schema.entries:
        match one.kind:
            case ObjectKind.TABLE:
                table = read_table(one)
                # A file holds constraints by kind; among those of one kind the order stays.
                constraints = sorted(table.constraints, key=lambda constraint: type(constraint).__name__)
                spelling = [column.name.text for column in table.columns]
                options = (table.strict, table.without_rowid)
                meaning: object = (table.columns, table.primary_key, constraints, options, spelling)
            case ObjectKind.INDEX:
                meaning = read_index(one)
            case _:
                meaning = read_body(one)
        yield (one.kind.value, one.name.text), meaning


def same(schema: Schema) -> str:
    """Write a schema, see that it comes back, and give the text."""
    text = dump(schema)

    assert dict(meanings(rebuilt(text))) == dict(meanings(schema))
    return text


@pytest.mark.skipif(not FILES, reason="the shared databases are not here; set RECONCILE_DATABASES")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_database_comes_back_without_a_verbatim_table(path: Path) -> None:
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as db:
        schema = schema_of(db)

    text = same(schema)

    document = load(text, "schema.yaml").document
    virtual = {one.name.text for one in schema.of_kind(ObjectKind.VIRTUAL)}
    assert {called for called, table in document.tables.items() if table.sql} == virtual


STORE = r"""
CREATE TABLE users (id INTEGER PRIMARY KEY, /* who */ email TEXT NOT NULL -- unique
  COLLATE NOCASE UNIQUE)
====
CREATE TABLE "order" (
  a TEXT, b INT, "c d" TEXT DEFAULT 'x, y: z', y, h TEXT AS (a || 'b') STORED,
  CONSTRAINT pk PRIMARY KEY (a, b DESC) ON CONFLICT REPLACE, UNIQUE (b, "c d"),
  CONSTRAINT one UNIQUE (b), UNIQUE (a COLLATE NOCASE), FOREIGN KEY (b) REFERENCES users,
  CHECK (b > 0 /* always */), CHECK ("c d" <> y)
) WITHOUT ROWID
====
CREATE TABLE named (a, b, CONSTRAINT ab UNIQUE (a, b),
  CONSTRAINT link FOREIGN KEY (a, b) REFERENCES named (a, b) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT a_is_less CHECK (a < b))
====
CREATE INDEX by_b ON "order" ( b DESC, lower(a) ) WHERE b > 1 -- more
====
CREATE UNIQUE INDEX once ON users (email)
====
CREATE TRIGGER tr BEFORE UPDATE OF a, b ON "order"
  WHEN NEW.a > 1 BEGIN
  SELECT 1; -- one, with white space after it
END
====
CREATE VIEW v (m, k) AS SELECT a, b
FROM "order"
====
CREATE VIEW w AS SELECT 1
====
CREATE TRIGGER on_v INSTEAD OF DELETE ON v BEGIN SELECT 2; END
====
CREATE VIRTUAL TABLE search USING fts5(a, content='')
""".replace("after it\n", "after it  \t\n").replace("SELECT a, b\n", "SELECT a, b\r\n")

STORE_YAML = """\
version: 1

tables:
  users:
    columns:
      id: INTEGER PRIMARY KEY
      email: TEXT NOT NULL COLLATE NOCASE UNIQUE
    indexes:
      once: {unique: true, sql: "(email)"}

  order:
    columns:
      a: TEXT
      b: INT
      c d: "TEXT DEFAULT 'x, y: z'"
      "y": ""
      h: TEXT AS (a || 'b') STORED
    primary_key:
      pk: (a, b DESC) ON CONFLICT REPLACE
    unique:
      - [b, c d]
      - one: [b]
      - (a COLLATE NOCASE)
    foreign_keys:
      - (b) REFERENCES users
    checks:
      - b > 0
      - '"c d" <> y'
    indexes:
      by_b: (b DESC, lower(a)) WHERE b > 1
    triggers:
      tr: |
        BEFORE UPDATE OF a, b
          WHEN NEW.a > 1 BEGIN
          SELECT 1; -- one, with white space after it
        END
    without_rowid: true

  named:
    columns:
      a: ""
      b: ""
    unique:
      ab: [a, b]
    foreign_keys:
      link: (a, b) REFERENCES named (a, b) DEFERRABLE INITIALLY DEFERRED
    checks:
      a_is_less: a < b

  search:
    sql: CREATE VIRTUAL TABLE search USING fts5(a, content='')

views:
  v:
    sql: |
      SELECT a, b
      FROM "order"
    columns: [m, k]
    triggers:
      on_v: INSTEAD OF DELETE BEGIN SELECT 2; END
  w: SELECT 1
"""


def test_it_reads_as_a_person_would_have_written_it() -> None:
    assert same(built(*STORE.split("\n====\n"))) == STORE_YAML


def test_a_trigger_may_name_its_tables_database() -> None:
    text = dump(built("CREATE TABLE t (a)", "CREATE TRIGGER x AFTER INSERT ON main.t BEGIN SELECT 1; END"))

    assert "      x: AFTER INSERT BEGIN SELECT 1; END\n" in text


def test_strict_is_said_once_where_every_table_is() -> None:
    both = same(built("CREATE TABLE a (x INT) STRICT", "CREATE TABLE b (x INT) STRICT"))
    one = same(built("CREATE TABLE a (x INT) STRICT", "CREATE TABLE b (x INT)"))

    assert both.startswith("version: 1\nstrict: true\n")
    assert both.count("strict") == 1
    assert "  a:\n    columns:\n      x: INT\n    strict: true\n" in one
    assert one.count("strict") == 1


def test_what_is_ignored_or_the_historys_is_left_out() -> None:
    schema = built("CREATE TABLE a (x)", "CREATE TABLE _l_b (x)", "CREATE INDEX _L_i ON a (x)", "CREATE TABLE log (x)")
    text = dump(schema, history_table="log", ignore=["_l_*"])

    columns = '    columns:\n      x: ""\n'
    assert text == f"version: 1\n\ntables:\n  a:\n{columns}\nignore: [_l_*]\nhistory_table: log\n"
    assert declare(load(text, ""), "").ignore == ("_l_*",)


def test_an_empty_database_is_an_empty_file() -> None:
    assert dump(Schema(())) == "version: 1\n"


def test_a_table_that_our_reader_does_not_know_is_written_whole() -> None:
    odd = Entry(ObjectKind.TABLE, name("t"), name("t"), "CREATE TABLE t (a TEXT FUTURE WORD (1) CLAUSE, b)")
    index = Entry(ObjectKind.INDEX, name("i"), name("t"), "CREATE INDEX i ON t (a)")

    text = dump(Schema((odd, index)))

    assert f"    sql: {odd.sql}\n    indexes:\n      i: (a)\n" in text
    assert declare(load(text, ""), "").fragments[0].sql == odd.sql


def test_what_cannot_be_written_is_refused_by_name() -> None:
    table = Entry(ObjectKind.TABLE, name("t"), name("t"), "CREATE TABLE t (a)")
    odd = Entry(ObjectKind.TRIGGER, name("tr"), name("t"), "CREATE TRIGGER tr FUTURE EVENT ON t BEGIN SELECT 1; END")

    with pytest.raises(FailedError, match="trigger tr cannot be written"):
        dump(Schema((table, odd)))


NASTY = r"""no on off yes y n null ~ true false 012 1:30 1_000 0x1f 0o17 1e3 .5 .inf -1 +1 - -- --- ... ? : , [a] {a}
# &a *a !a | > ' " % @ ` = << a: :a a# #a a,b [ ] { } \ \n 2001-01-01""".split()
NASTY += ["a b", " a", "a ", "a: b", "a #b", "\u00a0", "\u2028", "\u200b", "\ufeff", "a\nb", "a\tb", "\x07", "\x85"]
NASTY += ["x" * 1500, "2001-12-14 21:59:43", "a\r\nb", "é", "😀", "''", "- a", "? a"]


@pytest.mark.parametrize("called", NASTY)
def test_every_name_comes_back(called: str) -> None:
    q = quote(called)
    text = same(
        built(
            f"CREATE TABLE {q} ({q} TEXT DEFAULT {q}, b, CONSTRAINT {q} UNIQUE (b, {q}), CHECK ({q} > 0))",
            f"CREATE UNIQUE INDEX {quote('i' + called)} ON {q} ({q}) WHERE {q} > 1",
            f"CREATE TRIGGER {q} AFTER UPDATE OF {q} ON {q} BEGIN SELECT NEW.{q}; END",
            f"CREATE VIEW {quote('v' + called)} ({q}) AS SELECT {q}.{q} FROM {q}",
        )
    )

    assert "CREATE TABLE" not in text
    # An editor reads names by YAML 1.1 or 1.2, and should see what we see.
    assert list(yaml.safe_load(text)["tables"]) == [called]


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NAMES = TEXTS.filter(lambda text: not text.lower().startswith("sqlite_"))


@given(NAMES, TEXTS)
def test_any_name_and_any_literal_come_back(called: str, text: str) -> None:
    q, value = quote(called), "'" + text.replace("'", "''") + "'"
    same(
        built(
            f"CREATE TABLE t ({q} TEXT DEFAULT {value} CHECK ({q} <> {value}), CHECK ({value} < {q}))",
            f"CREATE INDEX i ON t ({q}) WHERE {q} > {value}",
            f"CREATE TRIGGER tr INSERT ON t BEGIN SELECT {value}; END",
            f"CREATE VIEW v AS SELECT {value}, {q}\nFROM t",
        )
    )


PIECES = st.sampled_from([*NASTY, "a", " ", ": ", " #", "\n", "\n\n", "  ", "\t", "'", '"', ",", "1"])


@given(TEXTS | st.lists(PIECES, max_size=6).map("".join))
def test_a_scalar_is_read_as_it_was_written_by_every_reader(text: str) -> None:
    for written in (scalar(text), quoted(text)):
        assert "\n" not in written
        assert yaml.safe_load(f"- {written}\n") == [text]
    again = yaml.safe_load("\n".join([*entry(f"k{text}", {f"l{text}": text}, 0), ""]))
    assert again in ({f"k{text}": {f"l{text}": text}}, {f"k{text}": {f"l{text}": f"{text}\n"}})

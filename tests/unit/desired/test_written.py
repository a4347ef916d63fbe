"""A live schema in other words: each format says all of it, and is read by those for whom it is."""

import json
import re
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.database.inspect import inspect
from reconcile.database.materialise import materialise
from reconcile.desired.sql_file import declare_sql
from reconcile.desired.written import written
from reconcile.model.schema import Schema
from reconcile.sql.names import quote
from reconcile.sql.text import folded

STORE = """
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, boss INT REFERENCES users);
CREATE TABLE "order details" (
  "order" INT NOT NULL REFERENCES orders, line INT, price NUMERIC(10, 2) DEFAULT 1.5 CHECK (price > 0), pk,
  total REAL AS (price * 2) STORED,
  PRIMARY KEY ("order", line), CONSTRAINT "the user" FOREIGN KEY (pk) REFERENCES users (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE profile (user INTEGER NOT NULL REFERENCES users (id));
CREATE UNIQUE INDEX one_profile ON profile (user);
CREATE VIRTUAL TABLE search USING fts5(a);
CREATE VIEW v AS SELECT 1 -- the end;
;
CREATE TRIGGER tr AFTER INSERT ON users BEGIN SELECT 1; END;
"""


def built(script: str) -> Schema:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(script)
        return inspect(db)


def test_a_diagram_has_every_table_key_and_relation() -> None:
    assert (
        written(built(STORE), "mermaid")
        == """\
erDiagram
    users {
        INTEGER id PK
        TEXT email UK
        INT boss FK
    }
    "order details" {
        INT order PK, FK
        INT line PK
        NUMERIC(10_2) price
        any pk_ FK "pk"
        REAL total
    }
    profile {
        INTEGER user FK, UK
    }
    search
    users |o--o{ users : "boss"
    orders ||--o{ "order details" : "order"
    users |o--o{ "order details" : "pk"
    users ||--o| profile : "user"
"""
    )


ENTITY = r'(?:[A-Za-z_]\w*|"[^"%\r\n\\]+")'
WORD = r"[A-Za-z_\u00c0-\uffff][A-Za-z0-9_()\u00c0-\uffff]*"
LINES = re.compile(
    rf'erDiagram|    {ENTITY}(?: {{)?|    }}|        {WORD} {WORD}(?: (?:PK|FK|UK)(?:, (?:FK|UK))*)?(?: "[^"\n]*")?'
    rf'|    {ENTITY} (?:\|\||\|o)--(?:o\||o{{) {ENTITY} : "[^"\n]*"'
)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
HOSTILE = st.sampled_from(
    ["PK", "end", "class", "a b", 'a"b', "}", "%%", "direction LR", "\n", "1", "é", "u", "#35;", "\u2028(", "\u3000"]
)


@settings(deadline=None)
@given(NAMES | HOSTILE, NAMES | HOSTILE, NAMES | HOSTILE)
def test_no_name_breaks_a_diagram(table: str, column: str, kind: str) -> None:
    called = quote(f"t{table}") if table.lower().startswith("sqlite_") else quote(table)
    script = f"CREATE TABLE {called} ({quote(column)} {quote(kind)} UNIQUE REFERENCES {called} ({quote(column)}))"
    lines = written(built(script), "mermaid").splitlines()

    assert [] == [line for line in lines if not LINES.fullmatch(line)]
    assert 5 == len(lines)


def test_names_that_become_one_are_told_apart() -> None:
    text = written(built('CREATE TABLE "a%" (x); CREATE TABLE "a#" (x); CREATE TABLE a_ (x)'), "mermaid")

    assert ['    "a_" {', '    "a_ 2" {', "    a_ {"] == [line for line in text.splitlines() if line.endswith("{")]


def test_sql_can_be_taken_for_the_schema_again() -> None:
    schema = built(STORE)

    again = materialise(declare_sql(written(schema, "sql"), "x.sql", ""))

    assert {(e.kind, e.name, folded(e.sql)) for e in schema.entries} == {
        (e.kind, e.name, folded(e.sql)) for e in again.entries
    }


def test_json_says_every_object_and_what_tables_mean() -> None:
    schema = built(STORE)

    content = json.loads(written(schema, "json", "schema_version"))

    assert 1 == content["format_version"]
    assert "schema_version" == content["history_table"]
    assert [e.sql for e in schema.entries] == [one["sql"] for one in content["objects"]]
    users, details, _ = content["tables"]
    assert {"name": None, "columns": ["id"], "autoincrement": False, "rowid_alias": "id"} == users["primary_key"]
    assert {"expression": "price * 2", "stored": True} == details["columns"][4]["generated"]
    assert (True, "1.5") == (details["without_rowid"], details["columns"][2]["default"])
    assert {
        "name": "the user",
        "columns": ["pk"],
        "table": "users",
        "parents": ["id"],
        "on_delete": "CASCADE",
        "on_update": "NO ACTION",
        "deferred": False,
    } == details["foreign_keys"][1]


@pytest.mark.parametrize("form", ["yaml", "sql", "json", "mermaid"])
def test_an_empty_database_can_be_written(form: str) -> None:
    assert written(Schema(()), form).strip() in {"version: 1", "", "erDiagram"} or form == "json"

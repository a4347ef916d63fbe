"""A schema file that is not valid: every problem with its line, exit code 65, and the database is not even opened."""

from __future__ import annotations

import re

import pytest
from runs import names, program, reconcile, rows, untouched

SHORT = "version: 1\ntables:\n  products:\n    columns:\n      id: INTEGER PRIMARY KEY\n"


def column(definition: str) -> str:
    return f"{SHORT}      name: {definition}\n"


# What is written, where the first problem stands, and what must be said of it.
WRONG = {
    "empty": ("", "1:1", "empty"),
    "only a comment": ("# nothing\n", "1:1", "empty"),
    "no version": ("tables: {}\n", "1:1", "version"),
    "another version": ("version: 2\ntables: {}\n", "1:10", "version"),
    "broken YAML": ("version: 1\ntables: {a: [\n", "3:1", ""),
    "a tab": ("version: 1\ntables:\n\tproducts:\n", "3:1", "tab"),
    "a list": ("- version: 1\n", "1:1", "mapping"),
    "two documents": (f"{SHORT}---\nversion: 1\n", "6:1", "document"),
    "an alias": ("version: 1\ntables: &a {}\nviews: *a\n", "2:9", "anchor"),
    "a tag": ("version: 1\ntables: !!python/object:os.system {}\n", "2:9", "tag"),
    "a merge key": ("version: 1\ntables:\n  <<: {}\n", "3:3", "merge"),
    "an unknown key": ("version: 1\ntabels: {}\n", "2:1", "did you mean 'tables'?"),
    "an unknown table key": (
        "version: 1\ntables:\n  t:\n    colums: {id: INTEGER}\n",
        "3:3",
        "did you mean 'columns'?",
    ),
    "a duplicate key": (f"{SHORT}      id: TEXT\n", "6:7", "id"),
    "a duplicate by case": (f"{SHORT}      ID: TEXT\n", "6:7", "ID"),
    "a table without columns": ("version: 1\ntables:\n  t:\n    columns: {}\n", "4:", "column"),
    "a number for columns": ("version: 1\ntables:\n  t:\n    columns: 5\n", "4:14", "mapping"),
    "bad SQL": (column("TEXT DEFAULT ("), "6:", ""),
    "SQL that SQLite refuses": (column("TEXT REFERENCES"), "6:", ""),
    "a second column": (column("TEXT, evil TEXT"), "6:", ""),
    "a second statement": (column("TEXT); DROP TABLE products; --"), "6:", ""),
    "the end of the table": (column("TEXT) WITHOUT ROWID, (x"), "6:", ""),
    "an unknown column in an index": (f"{SHORT}    indexes: {{i: (nothere)}}\n", "6:", "nothere"),
    "an index that is a table": (f"{SHORT}    indexes:\n      i: (id); CREATE TABLE evil (x)\n", "7:", ""),
    "a trigger that is no trigger": (f"{SHORT}    triggers:\n      t: DROP TABLE products\n", "7:", ""),
    "a view that writes": (f"{SHORT}views:\n  v: DELETE FROM products\n", "7:", ""),
    "a view that attaches": (f"{SHORT}views:\n  v: SELECT 1; ATTACH 'evil.db' AS evil\n", "7:", ""),
    "a verbatim statement of another kind": ("version: 1\ntables:\n  t:\n    sql: PRAGMA user_version = 7\n", "4:", ""),
    "a verbatim table of another name": ("version: 1\ntables:\n  t:\n    sql: CREATE TABLE u (x)\n", "4:", ""),
    "a reserved name": ("version: 1\ntables:\n  sqlite_evil:\n    columns: {id: INTEGER}\n", "3:3", "sqlite_"),
    "two tables of one name": (
        "version: 1\ntables:\n  t: {columns: {a: TEXT}}\n  T: {columns: {a: TEXT}}\n",
        "4:3",
        "",
    ),
    "declared and ignored": (f"{SHORT}ignore: [prod*]\n", "", "products"),
    "a NUL": ('version: 1\ntables:\n  "a\\0b": {columns: {id: INTEGER}}\n', "3:3", ""),
    "a deep nest": ("version: 1\ntables: " + "[" * 5000 + "]" * 5000 + "\n", "", "deep"),
}


@pytest.mark.parametrize("words", [("plan",), ("check",), ("apply", "--yes")], ids=["plan", "check", "apply"])
@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_schema_file_is_told_with_its_place(shop, kind, words):
    text, place, essence = WRONG[kind]
    (shop / "schema.yaml").write_text(text, "utf-8")

    with untouched(shop):
        ran = reconcile(words[0], "store.db", *words[1:], folder=shop)

    assert (65, "") == (ran.status, ran.out), ran.out + ran.err
    assert "Traceback" not in ran.err
    assert "bug in reconcile" not in ran.err
    assert re.match(rf"schema\.yaml:{place}", ran.err), ran.err
    assert essence in ran.err
    assert re.search(r"^\d+ problems? in schema\.yaml\. Nothing was changed\.$", ran.err, re.MULTILINE)


def test_all_problems_are_told_at_once_each_with_its_line_and_a_caret(shop):
    (shop / "schema.yaml").write_text(
        "version: 1\ntabels: {}\ntables:\n  t:\n    columns:\n      id: INTEGR PRIMARY KEY)\n    strikt: true\n"
    )

    ran = reconcile("plan", "store.db", folder=shop)

    assert 65 == ran.status
    assert "schema.yaml:2:1: " in ran.err
    assert "schema.yaml:7:5: " in ran.err
    assert "    tabels: {}\n    ^\n" in ran.err
    assert "    strikt: true\n" in ran.err


@pytest.mark.parametrize(
    ("content", "essence"),
    [(None, "there is no such file"), (b"version: 1\n\xff\xfe\n", "UTF-8"), (b"\0\0\0", "")],
    ids=["missing", "no text", "binary"],
)
def test_a_schema_file_that_is_no_text_is_told(shop, content, essence):
    (shop / "schema.yaml").unlink()
    if content is not None:
        (shop / "schema.yaml").write_bytes(content)

    with untouched(shop):
        ran = reconcile("plan", "store.db", folder=shop)

    assert 65 == ran.status, ran.err
    assert ran.err.startswith("schema.yaml:")
    assert essence in ran.err


def test_a_missing_schema_file_says_how_to_begin(shop):
    (shop / "schema.yaml").unlink()

    ran = reconcile("plan", "store.db", folder=shop)

    assert "reconcile inspect DB -o schema.yaml" in ran.err


def test_a_folder_is_no_schema_file(shop):
    (shop / "schema.yaml").unlink()
    (shop / "schema.yaml").mkdir()

    ran = reconcile("plan", "store.db", folder=shop)

    assert (65, True) == (ran.status, "Is a directory" in ran.err), ran.err


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO products VALUES (1, 'x')",
        "DROP TABLE products",
        "ATTACH 'evil.db' AS evil",
        "VACUUM INTO 'evil.db'",
        "CREATE TABLE t AS SELECT 1",
        "CREATE TABLE",
        "SELECT load_extension('evil')",
    ],
)
def test_a_sql_file_may_hold_a_schema_and_nothing_else(shop, statement):
    (shop / "schema.sql").write_text(f"CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT);\n{statement};\n")

    with untouched(shop):
        ran = reconcile("plan", "store.db", "--schema", "schema.sql", folder=shop)

    assert 65 == ran.status, ran.out + ran.err
    assert ran.err.startswith("schema.sql:2:")


def test_the_console_script_says_the_same(shop):
    (shop / "schema.yaml").write_text("version: 1\ntabels: {}\n")

    with untouched(shop):
        ran = program("apply", "store.db", "--yes", folder=shop)

    assert (65, "") == (ran.status, ran.out)
    assert "schema.yaml:2:1: " in ran.err


def test_what_is_refused_in_a_query_of_the_schema_file_reaches_no_file(shop):
    (shop / "schema.yaml").write_text(
        SHORT + "      name:\n        sql: TEXT NOT NULL\n        using: (SELECT 1); ATTACH 'evil.db' AS evil\n"
    )
    before = rows(shop / "store.db", "SELECT * FROM products")

    ran = reconcile("apply", "store.db", "--yes", folder=shop)

    assert 65 == ran.status, ran.out + ran.err
    assert before == rows(shop / "store.db", "SELECT * FROM products")
    assert ["schema.yaml", "store.db"] == names(shop)

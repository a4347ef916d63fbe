"""Each rule finds what it is for, at its place, and leaves in peace what is right."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from reconcile import lint as room
from reconcile.desired.declare import declare
from reconcile.desired.load import load
from reconcile.lint import RULES, lint
from reconcile.lint.finding import Broken, Finding, Level, Rule, Subject
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.sql.names import name

ROOT = Path(__file__).parents[3]


def subject(text: str, *broken: tuple[str, str]) -> Subject:
    """Read a schema file without SQLite: lint itself needs none."""
    draft = declare(load(f"version: 1\n{text}", "schema.yaml"), "")
    schema = Schema(tuple(Entry(f.kind, f.name, f.table, f.sql) for f in draft.fragments))
    entries = {entry.name.text: entry for entry in schema.entries}
    return Subject(schema, draft.hints, tuple(Broken(entries[one], why) for one, why in broken), draft.ignore)


def found(text: str, *broken: tuple[str, str]) -> list[Finding]:
    return list(lint(subject(text, *broken)))


def tables(**shapes: str) -> str:
    """Write tables from the lines of their columns; ``| key: …`` after them adds keys."""
    out = ["tables:"]
    for called, shape in shapes.items():
        columns, _, keys = shape.partition(" | ")
        out += [f"  {called}:", "    columns:"]
        out += [f"      {column}" for column in columns.split("; ")]
        out += [f"    {key}" for key in keys.split("; ") if key]
    return "\n".join(out)


ID = "id: INTEGER PRIMARY KEY"

REF = f"{ID} REFERENCES u"

FIRES = [
    (
        "spent-hint",
        tables(t=f"{ID}; a: {{sql: INT, renamed_from: a}}"),
        "tables/t/columns/a/renamed_from",
    ),
    ("spent-hint", tables(t=f"{ID}; a: {{sql: INT, renamed_from: [x, ID]}}"), ""),
    ("spent-hint", tables(t=f"{ID} | renamed_from: u", u=ID), "tables/t/renamed_from"),
    (
        "using-never-runs",
        tables(t=f"{ID}; a: {{sql: INT AS (id + 1), using: '1'}}"),
        "tables/t/columns/a/using",
    ),
    ("using-never-runs", tables(t=f"{ID}; a: {{sql: INT, undo: ':old + 1'}}"), "tables/t/columns/a/undo"),
    ("nullable-primary-key", tables(t="a: TEXT PRIMARY KEY"), "tables/t/columns/a"),
    ("nullable-primary-key", tables(t="a: INT NOT NULL; b: INT | primary_key: [a, b]"), "tables/t/primary_key"),
    ("nullable-unique", tables(t=f"{ID}; a: INT UNIQUE"), "tables/t/columns/a"),
    ("nullable-unique", tables(t=f"{ID}; a: INT; b: INT NOT NULL | unique: [[a, b]]"), "tables/t/unique/0"),
    ("int-primary-key", tables(t="id: INT NOT NULL PRIMARY KEY"), "tables/t/columns/id"),
    ("int-primary-key", tables(t="id: INTEGER NOT NULL PRIMARY KEY DESC"), "tables/t/columns/id"),
    ("int-primary-key", tables(t="id: BIGINT NOT NULL | primary_key: [id]"), "tables/t/primary_key"),
    ("type-affinity", tables(t=f"{ID}; a: STRING; b: STRING"), "tables/t/columns/a"),
    ("type-affinity", tables(t=f"{ID}; a: BOOLEAN"), ""),
    ("type-affinity", tables(t=f"{ID}; a: DATETIME"), ""),
    ("type-affinity", tables(t=f"{ID}; a: FLOATING POINT"), ""),
    ("text-quotes", tables(t=f'{ID}; a: TEXT DEFAULT "x"'), "tables/t/columns/a"),
    ("text-quotes", tables(t=f"{ID}; a: TEXT DEFAULT active"), ""),
    ("text-quotes", tables(t=f'{ID}; a: TEXT CHECK (a <> "x")'), "tables/t/columns/a"),
    ("text-quotes", tables(t=f"{ID}; a: TEXT | checks: ['id > 0', 'a <> \"x\"']"), "tables/t/checks/1"),
    (
        "text-quotes",
        tables(t=f"{ID}; a: TEXT | indexes: {{i: '(a) WHERE a = \"x\"'}}"),
        "tables/t/indexes/i",
    ),
    ("covered-index", tables(t=f"{ID}; a: INT | indexes: {{i: (a), j: (a)}}"), "tables/t/indexes/j"),
    (
        "covered-index",
        tables(t=f"{ID}; a: INT | indexes: {{i: (a DESC), j: '(a, id)'}}"),
        "tables/t/indexes/i",
    ),
    ("covered-index", tables(t=f"{ID}; a: INT NOT NULL UNIQUE | indexes: {{i: (a)}}"), "tables/t/indexes/i"),
    ("covered-index", tables(t=f"{ID} | indexes: {{i: (id)}}"), "tables/t/indexes/i"),
    (
        "covered-index",
        tables(t=f"{ID}; a: INT NOT NULL | indexes: {{i: (a), j: {{unique: true, sql: (a)}}}}"),
        "tables/t/indexes/i",
    ),
    ("foreign-key-without-index", tables(t=f"{ID}; u: INT REFERENCES t"), "tables/t/columns/u"),
    (
        "foreign-key-without-index",
        tables(t=f"{ID}; u: INT | foreign_keys: [(u) REFERENCES t]; indexes: {{i: (u) WHERE u > 1}}"),
        "tables/t/foreign_keys/0",
    ),
    ("foreign-key-target", tables(t=REF), "tables/t/columns/id"),
    ("foreign-key-target", tables(t=f"{ID} REFERENCES t (x)"), ""),
    ("foreign-key-target", tables(t=f"{ID} REFERENCES v") + "\nviews: {v: SELECT 1}", ""),
    ("foreign-key-not-unique", tables(t=f"{REF} (a)", u=f"{ID}; a: INT"), "tables/t/columns/id"),
    ("foreign-key-not-unique", tables(t=REF, u="a: INT"), ""),
    (
        "foreign-key-not-unique",
        tables(t=f"{REF} (a)", u=f"{ID}; a: TEXT NOT NULL | indexes: {{i: {{unique: true, sql: (a COLLATE NOCASE)}}}}"),
        "",
    ),
    (
        "foreign-key-not-unique",
        tables(t=REF, u="a: INT NOT NULL; b: INT NOT NULL | primary_key: [a, b]"),
        "",
    ),
    ("needless-autoincrement", tables(t=f"{ID} AUTOINCREMENT"), "tables/t/columns/id"),
    ("names-differ-in-case", tables(t=f"{ID}", u="ID: INTEGER PRIMARY KEY"), "tables/u/columns/ID"),
    ("names-differ-in-case", tables(É=ID, é=ID), "tables/é"),
]


@pytest.mark.parametrize(("code", "text", "path"), FIRES)
def test_a_rule_finds_what_it_is_for(code: str, text: str, path: str) -> None:
    (finding,) = [one for one in found(text) if one.code == code]

    assert path in {"", "/".join(map(str, finding.path))}
    assert {code} == {one.code for one in found(text)}


PEACE = [
    tables(t=f"{ID}; a: {{sql: INT, renamed_from: [x, y]}}"),
    tables(t=f"{ID}; a: {{sql: INT, renamed_from: b}}; b: {{sql: INT, renamed_from: a}}"),
    tables(t=f"{ID}; a: {{sql: INT, renamed_from: b}}; b: {{sql: INT, renamed_from: c}}"),
    tables(t=f"{ID}; a: {{sql: INT, using: 'id + 1', undo: a - 1}}"),
    tables(t="a: TEXT PRIMARY KEY | strict: true", u="a: TEXT PRIMARY KEY | without_rowid: true"),
    tables(t=f"{ID} NOT NULL; a: INT NOT NULL UNIQUE"),
    tables(t=f"{ID}; a: INT; b: INT | indexes: {{i: {{unique: true, sql: '(a, b) WHERE a IS NOT NULL AND b > 0'}}}}"),
    tables(t="id: INT PRIMARY KEY | without_rowid: true"),
    tables(t=f"{ID}; a: BIGINT; b: UNSIGNED BIG INT; c: VARCHAR(20); d: DECIMAL(10); e: INT8; f: POINT; g: INTEGER(4)"),
    tables(t=f"{ID}; a: 'BOOLEAN CHECK (a IN (0, 1))'"),
    tables(t=f"{ID}; a: TEXT DEFAULT 'x'; b: TEXT DEFAULT CURRENT_DATE; c: INT DEFAULT TRUE; d: INT DEFAULT (1 + 1)"),
    tables(t=f'{ID}; a b: TEXT | checks: [\'"a b" > 0\', \'"t"."A B" > 1\']'),
    tables(t=f"{ID}; a: INT; b: INT | indexes: {{i: '(a, b)', j: '(b, a)', k: (a) WHERE b > 1, l: '(a, b DESC)'}}"),
    tables(t=f"{ID}; a: TEXT | indexes: {{i: (a), j: (a COLLATE NOCASE), k: (lower(a))}}"),
    tables(t=f"{ID}; u: INT REFERENCES t | indexes: {{i: '(u) WHERE u IS NOT NULL'}}"),
    tables(t=f"{ID}; u: INT REFERENCES t (ID) | indexes: {{i: '(u, id)'}}"),
    tables(t=f"{ID} REFERENCES gone") + "\nignore: [go*]",
    tables(t=f"{ID} REFERENCES u (a)", u=f"{ID}; a: INT NOT NULL | indexes: {{i: {{unique: true, sql: (a)}}}}"),
    tables(t=f"{ID}; userId: INT", u=f"{ID}; userId: INT"),
]


@pytest.mark.parametrize("text", PEACE)
def test_what_is_right_is_left_in_peace(text: str) -> None:
    assert [] == found(text)


VIEWS = tables(t=ID) + "\n    triggers: {tr: AFTER INSERT BEGIN SELECT 1; END}\nviews: {v: SELECT 1}\nignore: [x_*]"


def test_what_does_not_compile_is_an_error_unless_it_may_stand_in_the_database() -> None:
    reasons = ["no such column: x", "no such table: main.other", "no such table: x_1", "no such module: fts9"]

    levels = [[one.level for one in found(VIEWS, ("v", why))] for why in reasons]

    assert [[Level.ERROR], [Level.WARNING], [], []] == levels
    assert [("tables", "t", "triggers", "tr")] == [one.path for one in found(VIEWS, ("tr", "no such column: NEW.x"))]


def test_a_habit_is_told_once_for_a_file() -> None:
    text = tables(**{f"t{i}": f"{ID} AUTOINCREMENT; a: DATETIME" for i in range(9)})

    assert ["t0.a, t1.a, t2.a, t3.a and 5 more", "t0, t1, t2, t3 and 5 more"] == [
        one.message.rpartition(": ")[2] for one in found(text)
    ]


def test_every_rule_has_its_file_its_line_and_its_section() -> None:
    beside = {"finding", "keys"}
    files = {module.name for module in pkgutil.iter_modules(room.__path__)} - beside
    rules = [importlib.import_module(f"reconcile.lint.{file}").RULE for file in files]
    sections = re.findall(r"^## (\S+)$", (ROOT / "docs/lint.md").read_text("utf-8"), re.MULTILINE)

    assert all(isinstance(rule, Rule) for rule in rules)
    assert {rule.code for rule in rules} == {rule.code for rule in RULES} == set(sections)
    assert len(rules) == len(RULES) == len(sections)


def test_a_virtual_table_and_one_that_cannot_be_read_have_no_findings() -> None:
    odd = Entry(ObjectKind.TABLE, name("t"), name("t"), "CREATE TABLE t (a TEXT FUTURE CLAUSE (1) x)")
    virtual = Entry(ObjectKind.VIRTUAL, name("v"), name("v"), "CREATE VIRTUAL TABLE v USING fts5(a)")

    assert () == lint(Subject(Schema((odd, virtual)), subject("").hints))

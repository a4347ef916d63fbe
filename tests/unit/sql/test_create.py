"""A case for every production of CREATE TABLE and CREATE INDEX: what is read is all that is there.

`read` proves itself: the statement written again from its fields has the tokens of its source, or it is refused.
"""

from __future__ import annotations

import pytest

from reconcile.sql.clauses import Clause, CreateIndex, CreateOther, CreateTable, Kind, Reference, Term
from reconcile.sql.create import Unreadable, read, read_column, read_table_constraint, read_terms
from reconcile.sql.names import name


def table(sql: str) -> CreateTable:
    found = read(sql)
    assert isinstance(found, CreateTable)
    return found


def index(sql: str) -> CreateIndex:
    found = read(sql)
    assert isinstance(found, CreateIndex)
    return found


def other(sql: str) -> CreateOther:
    found = read(sql)
    assert isinstance(found, CreateOther)
    return found


def clause(text: str) -> Clause:
    """Read one clause of a column, between two others that must not be touched by it."""
    found = table(f"CREATE TABLE t (a INT NOT NULL {text}, b)").columns[0].clauses
    assert len(found) == 2
    return found[1]


def constraint(text: str) -> Clause:
    found = table(f"CREATE TABLE t (a, b, {text})").constraints
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("head", "text"),
    [
        ("CREATE TABLE ", "t"),
        ("CREATE TEMP TABLE ", "t"),
        ("CREATE TEMPORARY TABLE ", "t"),
        ("CREATE TABLE IF NOT EXISTS ", "t"),
        ("CREATE TABLE main.", "t"),
        ("CREATE TABLE ", '"a ""b"""'),
        ("CREATE TABLE ", "[a b]"),
        ("CREATE TABLE ", "`a b`"),
        ("CREATE TABLE ", "'a b'"),
        ("CREATE TABLE ", "日本"),
        ("CREATE TABLE ", "abort"),
        ("create /* c */ table -- d\n ", "t"),
    ],
)
def test_heads(head: str, text: str) -> None:
    found = table(f"{head}{text} (a)")

    assert (head, text) == (found.head, found.name)
    assert text == found.name_span.of(found.source)


@pytest.mark.parametrize(
    "type_",
    [
        "",
        "INT",
        "UNSIGNED BIG INT",
        "VARCHAR(70)",
        "DECIMAL(10,5)",
        "DECIMAL ( +10 , -5 )",
        "double precision",
        '"quoted type"',
        "'string type'",
        "[a b] c",
        "GENERATED",
        "KEY",
    ],
)
def test_types(type_: str) -> None:
    column = table(f"CREATE TABLE t (a {type_} NOT NULL, b)").columns[0]

    assert type_ == column.type
    assert [Kind.NOT_NULL] == [clause.kind for clause in column.clauses]


@pytest.mark.parametrize("text", ["a", '"a b"', "[a,b]", "`a)`", "'a'", "key", "abort", "é", "generated", "rowid"])
def test_column_names(text: str) -> None:
    found = table(f"CREATE TABLE t ({text}, {text}2 INT)" if text.isalpha() else f"CREATE TABLE t ({text}, z INT)")

    assert text == found.columns[0].name
    assert 2 == len(found.columns)


@pytest.mark.parametrize(
    "text",
    [
        *("1", "-1", "+1", "- 1", ".5", "1e3", "0x1F", "x'00ff'", "'it''s'", '"quoted"', "[b]", "foo", "abort"),
        *("NULL", "TRUE", "CURRENT_TIME", "CURRENT_DATE", "current_timestamp"),
        *("(1)", "(1 + (2))", "(datetime('now'))", "(')')"),
    ],
)
def test_defaults(text: str) -> None:
    assert Kind.DEFAULT == clause(f"DEFAULT {text}").kind
    assert text == clause(f"DEFAULT {text}").expression


@pytest.mark.parametrize("kind", [Kind.NOT_NULL, Kind.NULL, Kind.UNIQUE, Kind.PRIMARY_KEY])
@pytest.mark.parametrize("conflict", [None, "ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE"])
def test_conflict_clauses(kind: Kind, conflict: str | None) -> None:
    found = clause(kind.value + (f" ON CONFLICT {conflict}" if conflict else ""))

    assert (kind, conflict) == (found.kind, found.conflict)


@pytest.mark.parametrize("order", [None, "ASC", "DESC"])
@pytest.mark.parametrize("auto", [False, True])
def test_primary_key_of_a_column(order: str | None, auto: bool) -> None:  # noqa: FBT001 - a parameter of a table
    found = clause(f"PRIMARY KEY {order or ''} ON CONFLICT FAIL {'AUTOINCREMENT' if auto else ''}")

    assert (order, "FAIL", auto) == (found.order, found.conflict, found.autoincrement)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("CHECK (a > 0)", "a > 0"),
        ("CHECK ( a IN (1, 2) )", "a IN (1, 2)"),
        ("CHECK (a <> ')' AND \"(\" <> [)])", "a <> ')' AND \"(\" <> [)]"),
        ("CHECK (a > 0 -- positive\n)", "a > 0"),
        ("CHECK (/* must be */ a > 0)", "a > 0"),
        ("CHECK (CASE WHEN a THEN b ELSE (1) END)", "CASE WHEN a THEN b ELSE (1) END"),
    ],
)
def test_checks(text: str, inside: str) -> None:
    assert inside == clause(text).expression
    assert inside == constraint(text).expression


def test_the_conflict_clause_of_a_check() -> None:
    assert "IGNORE" == constraint("CHECK (a) ON CONFLICT IGNORE").conflict


@pytest.mark.parametrize(
    ("text", "storage", "long_form"),
    [
        ("AS (a + 1)", None, False),
        ("AS (a + 1) VIRTUAL", "VIRTUAL", False),
        ("AS (a + 1) stored", "stored", False),
        ("GENERATED ALWAYS AS (a + 1)", None, True),
        ("GENERATED ALWAYS AS (a + 1 -- one more\n) STORED", "STORED", True),
    ],
)
def test_generated_columns(text: str, storage: str | None, *, long_form: bool) -> None:
    found = clause(text)

    assert (Kind.GENERATED, "a + 1", storage, long_form) == (
        found.kind,
        found.expression,
        found.storage,
        found.long_form,
    )


@pytest.mark.parametrize("text", ["NOCASE", '"NOCASE"', "[x y]", "binary"])
def test_collations(text: str) -> None:
    assert text == clause(f"COLLATE {text}").collation


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("p", Reference("p", (), (), None)),
        ("p (x)", Reference("p", ("x",), (), None)),
        ('"p q" ("x y")', Reference('"p q"', ('"x y"',), (), None)),
        *(
            (f"p ON {event} {action}", Reference("p", (), ((event, action),), None))
            for event in ("DELETE", "UPDATE")
            for action in ("SET NULL", "SET DEFAULT", "CASCADE", "RESTRICT", "NO ACTION")
        ),
        (
            "p (x) ON UPDATE CASCADE MATCH FULL ON DELETE SET NULL",
            Reference("p", ("x",), (("UPDATE", "CASCADE"), ("MATCH", "FULL"), ("DELETE", "SET NULL")), None),
        ),
    ],
)
@pytest.mark.parametrize(
    "deferrable",
    [
        None,
        "DEFERRABLE",
        "NOT DEFERRABLE",
        "DEFERRABLE INITIALLY DEFERRED",
        "DEFERRABLE INITIALLY IMMEDIATE",
        "NOT DEFERRABLE INITIALLY DEFERRED",
        "NOT DEFERRABLE INITIALLY IMMEDIATE",
    ],
)
def test_references(text: str, reference: Reference, deferrable: str | None) -> None:
    expected = Reference(reference.table, reference.columns, reference.actions, deferrable)
    inline = clause(f"REFERENCES {text} {deferrable or ''}")
    below = constraint(f"FOREIGN KEY (a) REFERENCES {text} {deferrable or ''}")

    assert expected == inline.reference
    assert expected == below.reference
    assert (Term("a", name("a"), None, None),) == below.terms


def test_deferrable_may_stand_behind_another_clause() -> None:
    found = table("CREATE TABLE t (a REFERENCES p NOT NULL DEFERRABLE INITIALLY DEFERRED)").columns[0].clauses

    assert [Kind.FOREIGN_KEY, Kind.NOT_NULL, Kind.DEFERRABLE] == [each.kind for each in found]
    assert "DEFERRABLE INITIALLY DEFERRED" == found[2].deferrable


def test_names_of_constraints() -> None:
    assert ("n",) == clause("CONSTRAINT n CHECK (a)").names
    assert ("n", '"m m"') == clause('CONSTRAINT n CONSTRAINT "m m" UNIQUE').names
    assert ("n",) == constraint("CONSTRAINT n UNIQUE (a)").names
    assert Kind.NAME_ONLY == clause("CONSTRAINT n").kind
    assert Kind.NAME_ONLY == constraint("CONSTRAINT n").kind


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("PRIMARY KEY (a)", (Term("a", name("a"), None, None),)),
        ("PRIMARY KEY (a COLLATE x DESC, b)", (Term("a", name("a"), "x", "DESC"), Term("b", name("b"), None, None))),
        ("UNIQUE (desc)", (Term("desc", name("desc"), None, None),)),
        ("UNIQUE (desc DESC, asc)", (Term("desc", name("desc"), None, "DESC"), Term("asc", name("asc"), None, None))),
        ("UNIQUE ([a] ASC) ON CONFLICT FAIL", (Term("[a]", name("a"), None, "ASC"),)),
    ],
)
def test_keys_of_a_table(text: str, terms: tuple[Term, ...]) -> None:
    assert terms == constraint(text).terms


def test_autoincrement_inside_the_parentheses() -> None:
    found = constraint("PRIMARY KEY (a AUTOINCREMENT)")

    assert found.autoincrement
    assert (Term("a", name("a"), None, None),) == found.terms


def test_constraints_of_a_table_need_no_commas() -> None:
    found = table("CREATE TABLE t (a, b, UNIQUE (a) CHECK (b) CONSTRAINT c FOREIGN KEY (a) REFERENCES p, UNIQUE (b))")

    assert [Kind.UNIQUE, Kind.CHECK, Kind.FOREIGN_KEY, Kind.UNIQUE] == [each.kind for each in found.constraints]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", ()),
        ("STRICT", ("STRICT",)),
        ("without rowid", ("without rowid",)),
        ("WITHOUT /* any */ ROWID, STRICT", ("WITHOUT /* any */ ROWID", "STRICT")),
        ("STRICT,WITHOUT ROWID", ("STRICT", "WITHOUT ROWID")),
        (", STRICT", ("STRICT",)),
    ],
)
def test_options(text: str, options: tuple[str, ...]) -> None:
    assert options == table(f"CREATE TABLE t (a PRIMARY KEY) {text}").options


def test_spans_cover_what_they_name() -> None:
    lines = (
        "CREATE TABLE t (",
        "a INT CONSTRAINT c CHECK (a > 0), -- first",
        "b /* second */ TEXT,",
        "UNIQUE (a)",
        ")",
    )
    sql = "\r\n".join(lines)
    found = table(sql)

    assert ["a INT CONSTRAINT c CHECK (a > 0)", "b /* second */ TEXT"] == [c.span.of(sql) for c in found.columns]
    assert ["INT CONSTRAINT c CHECK (a > 0)", "/* second */ TEXT"] == [
        c.definition.of(sql).strip() for c in found.columns
    ]
    assert "CONSTRAINT c CHECK (a > 0)" == found.columns[0].clauses[0].span.of(sql)
    assert "UNIQUE (a)" == found.constraints[0].span.of(sql)


def test_a_table_made_from_a_select() -> None:
    assert "SELECT 1 AS x" == table("CREATE TABLE t AS SELECT 1 AS x").as_select


@pytest.mark.parametrize(
    ("text", "terms", "where"),
    [
        ("(a)", (Term("a", name("a"), None, None),), None),
        ("(a DESC, b ASC)", (Term("a", name("a"), None, "DESC"), Term("b", name("b"), None, "ASC")), None),
        ("(a COLLATE NOCASE DESC)", (Term("a", name("a"), "NOCASE", "DESC"),), None),
        ("(lower(a) || 'x, y')", (Term("lower(a) || 'x, y'", None, None, None),), None),
        ("(a || desc)", (Term("a || desc", None, None, None),), None),
        ("(a LIKE desc DESC)", (Term("a LIKE desc", None, None, "DESC"),), None),
        ("((a), -b)", (Term("(a)", None, None, None), Term("-b", None, None, None)), None),
        ("(a) WHERE b IS NOT NULL", (Term("a", name("a"), None, None),), "b IS NOT NULL"),
        ("(a -- first\n) WHERE b > 0 -- some\n", (Term("a", name("a"), None, None),), "b > 0"),
    ],
)
@pytest.mark.parametrize("unique", ["", "UNIQUE "])
def test_indexes(unique: str, text: str, terms: tuple[Term, ...], where: str | None) -> None:
    found = index(f"CREATE {unique}INDEX IF NOT EXISTS main.[i i] ON t {text}")

    assert ("[i i]", "t", bool(unique)) == (found.name, found.table, found.unique)
    assert (terms, where) == (found.terms, found.where)


@pytest.mark.parametrize(
    ("sql", "kind", "head", "body"),
    [
        ("CREATE VIEW v AS SELECT 1", "VIEW", "", "SELECT 1"),
        ("CREATE TEMP VIEW v (a, b) AS WITH x AS (SELECT 1) SELECT 1, 2", "VIEW", "(a, b)", None),
        ("CREATE VIRTUAL TABLE f USING fts5(a, tokenize = 'x y')", "VIRTUAL TABLE", "", "fts5(a, tokenize = 'x y')"),
        ("CREATE VIRTUAL TABLE f USING m", "VIRTUAL TABLE", "", "m"),
        ("CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END", "TRIGGER", "AFTER INSERT", "BEGIN SELECT 1; END"),
        ("CREATE TRIGGER r UPDATE OF a, [on] ON t WHEN 1 BEGIN SELECT 1; END", "TRIGGER", "UPDATE OF a, [on]", None),
        ("CREATE TRIGGER r INSTEAD OF DELETE ON v FOR EACH ROW BEGIN SELECT 1; END", "TRIGGER", None, None),
    ],
)
def test_heads_of_views_triggers_and_virtual_tables(sql: str, kind: str, head: str | None, body: str | None) -> None:
    found = other(sql)

    assert kind == found.kind
    assert head in (None, found.head_rest)
    assert body in (None, found.body.of(sql))


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "SELECT 1",
        "CREATE",
        "CREATE TABLE",
        "CREATE TABLE t",
        "CREATE TABLE t ()",
        "CREATE TABLE t (a",
        "CREATE TABLE t (a))",
        "CREATE TABLE t (a,)",
        "CREATE TABLE t (UNIQUE (a))",
        "CREATE TABLE t (a CHECK)",
        "CREATE TABLE t (a CHECK (1)",
        "CREATE TABLE t (a CHECK ())",
        "CREATE TABLE t (a CHECK (1) ON CONFLICT IGNORE)",
        "CREATE TABLE t (a DECIMAL())",
        "CREATE TABLE t (a DECIMAL(1,))",
        "CREATE TABLE t (a DECIMAL(1, 2, 3))",
        "CREATE TABLE t (a VARCHAR(MAX))",
        "CREATE TABLE t (a DEFAULT select)",
        "CREATE TABLE t (a DEFAULT -foo)",
        "CREATE TABLE t (a, UNIQUE (a),)",
        "CREATE TABLE t (a UNIQUE (a))",
        "CREATE TABLE t (a, g AS (a) SOMEHOW)",
        "CREATE TABLE t (a, FOREIGN KEY (a b) REFERENCES p)",
        "CREATE TABLE t (a, FOREIGN KEY (a) REFERENCES p (x + 1))",
        "CREATE TABLE t (a INT CHECK (a) FOREIGN KEY (a) REFERENCES p)",
        "CREATE TABLE t (a) STRICT,",
        "CREATE TABLE t (a DEFAULT)",
        "CREATE TABLE t (a DEFAULT ,)",
        "CREATE TABLE t (a DEFAULT ?)",
        "CREATE TABLE t (a NOT)",
        "CREATE TABLE t (a UNIQUE ON CONFLICT)",
        "CREATE TABLE t (a UNIQUE ON CONFLICT MAYBE)",
        "CREATE TABLE t (a REFERENCES)",
        "CREATE TABLE t (a REFERENCES p ON DELETE)",
        "CREATE TABLE t (a REFERENCES p ON DELETE SET)",
        "CREATE TABLE t (a DEFERRABLE INITIALLY)",
        "CREATE TABLE t (a COLLATE)",
        "CREATE TABLE t (a AS)",
        "CREATE TABLE t (a GENERATED ALWAYS AS)",
        "CREATE TABLE t (a, FOREIGN KEY (a))",
        "CREATE TABLE t (a, b, UNIQUE ())",
        "CREATE TABLE t (a) WITHOUT",
        "CREATE TABLE t (a) LOOSE",
        "CREATE TABLE t (a); CREATE TABLE u (b)",
        "CREATE TABLE t (a INT 'x' 5)",
        "CREATE TABLE select (a)",
        "CREATE TABLE t (select)",
        "CREATE TABLE t (a 'open)",
        "CREATE INDEX i ON t",
        "CREATE INDEX i ON t ()",
        "CREATE INDEX i ON t (a) b",
        "CREATE INDEX i (a)",
        "CREATE VIEW v",
        "CREATE TRIGGER r AFTER INSERT",
        "CREATE VIRTUAL f USING m",
    ],
)
def test_what_sqlite_refuses_is_unreadable(sql: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(sql)

    assert 0 <= refused.value.offset <= len(sql)
    assert refused.value.message


def test_fragments() -> None:
    assert "a" == read_column("a INT NOT NULL").name
    assert ("n",) == read_table_constraint("CONSTRAINT n UNIQUE (a)").names
    assert ((Term("a", name("a"), None, "DESC"),), "WHERE a") == read_terms("(a DESC) WHERE a")


@pytest.mark.parametrize("text", ["a INT, b INT", "a INT) STRICT --", "", "a CHECK (1))"])
def test_a_fragment_holds_one_column_and_no_more(text: str) -> None:
    with pytest.raises(Unreadable):
        read_column(text)

"""What a text means: clauses by their values, wherever and however they are written."""

from __future__ import annotations

import pytest

from reconcile.model.reading import Body, Index, mentions, read_body, read_index, read_table
from reconcile.model.schema import Entry, ObjectKind
from reconcile.model.table import Check, ForeignKey, Table, Unique
from reconcile.model.types import Affinity, affinity, folded_type, strict_affinity
from reconcile.sql.create import Unreadable
from reconcile.sql.names import name


def table(inside: str, options: str = "") -> Table:
    return read_table(Entry(ObjectKind.TABLE, name("t"), name("t"), f"CREATE TABLE t ({inside}) {options}"))


def index(text: str, known: frozenset[str] = frozenset()) -> Index:
    return read_index(Entry(ObjectKind.INDEX, name("i"), name("t"), f"CREATE INDEX i ON t {text}"), known)


def trigger(text: str) -> Body:
    return read_body(Entry(ObjectKind.TRIGGER, name("r"), name("t"), f"CREATE TRIGGER r {text}"))


def view(text: str) -> Body:
    return read_body(Entry(ObjectKind.VIEW, name("v"), name("v"), f"CREATE VIEW v {text}"))


def virtual(text: str) -> Body:
    return read_body(Entry(ObjectKind.VIRTUAL, name("f"), name("f"), f"CREATE VIRTUAL TABLE f USING {text}"))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("a INT", "A  int"),
        ("a VARCHAR(20)", "a varchar ( 20 )"),
        ("a INT DEFAULT 5", "a INT DEFAULT (5)"),
        ("a DEFAULT foo", "a DEFAULT 'foo'"),
        ("a DEFAULT foo", 'a DEFAULT "foo"'),
        ("a DEFAULT [foo]", "a DEFAULT `foo`"),
        ("a DEFAULT current_time", "a DEFAULT CURRENT_TIME"),
        ("a DEFAULT true", "a DEFAULT TRUE"),
        ("a DEFAULT 1 DEFAULT 2", "a DEFAULT 2"),
        ("a NOT NULL ON CONFLICT ABORT", "a NOT NULL"),
        ("a COLLATE nocase", "a COLLATE 'NOCASE'"),
        ("a COLLATE BINARY", "a"),
        ("a COLLATE NOCASE COLLATE RTRIM", "a COLLATE RTRIM"),
        ("a PRIMARY KEY", "a, PRIMARY KEY (a)"),
        ("a UNIQUE", "a, UNIQUE (a ASC)"),
        ("a CHECK (a>0)", "a, CHECK ((a > 0))"),
        ('a CHECK ("T"."a" > 0)', "a CHECK (t.A > 0)"),
        ("a REFERENCES p", "a, FOREIGN KEY (a) REFERENCES P"),
        ("a REFERENCES p ON DELETE NO ACTION", "a REFERENCES p NOT DEFERRABLE INITIALLY DEFERRED"),
        ("a REFERENCES p DEFERRABLE INITIALLY DEFERRED", "a REFERENCES p NOT NULL DEFERRABLE INITIALLY DEFERRED"),
        ("a AS (1)", "a GENERATED ALWAYS AS ((1)) VIRTUAL"),
        ("a CONSTRAINT x CONSTRAINT y UNIQUE", "a CONSTRAINT y UNIQUE"),
    ],
)
def test_tables_that_mean_the_same_are_equal(a: str, b: str) -> None:
    one, two = table(a), table(b)
    if "NOT NULL DEFERRABLE" in b:
        assert one.constraints == two.constraints
    else:
        assert one == two


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("a DEFAULT foo", "a DEFAULT Foo"),
        ("a DEFAULT current_time", "a DEFAULT 'current_time'"),
        ("a DEFAULT true", 'a DEFAULT "true"'),
        ("a DEFAULT 5", "a DEFAULT '5'"),
        ('a CHECK (a <> "t")', 'a CHECK (a <> "T")'),
        ("a CHECK (a = 'x')", "a CHECK (a = 'X')"),
        ("a CONSTRAINT x NOT NULL", "a NOT NULL"),
        ("a CONSTRAINT x UNIQUE", "a CONSTRAINT y UNIQUE"),
        ("a REFERENCES p", "a REFERENCES p (id)"),
        ("a, b, UNIQUE (a, b)", "a, b, UNIQUE (b, a)"),
        ("a INTEGER PRIMARY KEY", "a INT PRIMARY KEY"),
        ("a AS (1) STORED", "a AS (1)"),
    ],
)
def test_tables_that_mean_something_else_are_not(a: str, b: str) -> None:
    assert table(a) != table(b)


@pytest.mark.parametrize(
    ("inside", "options", "alias"),
    [
        ("a INTEGER PRIMARY KEY", "", "a"),
        ("a integer, PRIMARY KEY (a DESC)", "", "a"),
        ("a INTEGER PRIMARY KEY ASC AUTOINCREMENT", "", "a"),
        ("a INTEGER PRIMARY KEY DESC", "", None),
        ("a INT PRIMARY KEY", "", None),
        ("a INTEGER(4) PRIMARY KEY", "", None),
        ("a INTEGER, b, PRIMARY KEY (a, b)", "", None),
        ("a INTEGER PRIMARY KEY", "WITHOUT ROWID", None),
        ("a INTEGER PRIMARY KEY, b INT", "STRICT", "a"),
    ],
)
def test_which_column_is_the_rowid(inside: str, options: str, alias: str | None) -> None:
    found = table(inside, options)

    assert (name(alias) if alias else None) == found.rowid_alias


@pytest.mark.parametrize(
    ("inside", "options", "not_null"),
    [
        ("a TEXT PRIMARY KEY", "", False),
        ("a TEXT PRIMARY KEY", "WITHOUT ROWID", True),
        ("a TEXT PRIMARY KEY", "STRICT", True),
        ("a TEXT, PRIMARY KEY (a)", "STRICT", True),
        ("a INTEGER PRIMARY KEY", "STRICT", False),
    ],
)
def test_which_keys_are_not_null_unsaid(inside: str, options: str, *, not_null: bool) -> None:
    assert not_null == table(inside, options).columns[0].not_null


def test_the_hidden_rowid_has_a_name_unless_columns_take_them_all() -> None:
    assert "rowid" == table("a").hidden_rowid
    assert "oid" == table("RowId, _ROWID_").hidden_rowid
    assert table("rowid, _rowid_, oid").hidden_rowid is None
    assert table("a PRIMARY KEY", "WITHOUT ROWID").hidden_rowid is None


def test_constraints_know_their_home_and_their_source() -> None:
    found = table("a CONSTRAINT c CHECK (b > 0) UNIQUE, b REFERENCES p, CHECK (a), FOREIGN KEY (a, b) REFERENCES q")
    homes = [constraint.home and constraint.home.text for constraint in found.constraints]

    assert [Check, Unique, ForeignKey, Check, ForeignKey] == [type(constraint) for constraint in found.constraints]
    assert ["a", "a", "b", None, None] == homes
    assert "CONSTRAINT c CHECK (b > 0)" == found.constraints[0].written
    assert isinstance(found.constraints[0], Check)
    assert frozenset({name("b")}) == found.constraints[0].columns


@pytest.mark.parametrize("inside", ["a, UNIQUE (b)", "a, PRIMARY KEY (a + 1)", "a, UNIQUE ('x')"])
def test_a_key_over_no_column_is_unreadable(inside: str) -> None:
    with pytest.raises(Unreadable):
        table(inside)


def test_an_entry_of_another_kind_is_unreadable() -> None:
    entry = Entry(ObjectKind.TABLE, name("t"), name("t"), "CREATE VIEW t AS SELECT 1")
    for reader in (read_table, read_index):
        with pytest.raises(Unreadable):
            reader(entry)
    with pytest.raises(Unreadable):
        read_body(Entry(ObjectKind.VIEW, name("t"), name("t"), "CREATE TABLE t (a)"))


def test_terms_of_indexes() -> None:
    assert index("(a ASC)") == index("((A))")
    assert index('("a")', frozenset({"a"})) == index("(a)", frozenset({"a"}))
    assert index('("a")') != index("(a)")  # it may be a string
    assert index("(a DESC)") != index("(a)")
    assert index("(a COLLATE NOCASE)") == index("(a collate nocase)")
    assert index("((a = b) COLLATE NOCASE)") != index("(a = b COLLATE NOCASE)")
    assert "a = b COLLATE NOCASE" == index("(a = b COLLATE NOCASE DESC)").terms[0].written
    assert index("(a) WHERE (b > 0)") == index("(a) WHERE b>0")


def test_views_compare_by_their_spelling_and_not_by_layout() -> None:
    assert view("AS SELECT a FROM t") == view("AS\nSELECT a -- it\n FROM t")
    assert view("AS SELECT a AS Total FROM t") != view("AS SELECT a AS total FROM t")
    assert view("(x) AS SELECT 1") != view("(X) AS SELECT 1")
    assert view("(x) AS SELECT 1") == view('("x") AS SELECT 1')


def test_virtual_tables_compare_by_the_spelling_of_their_arguments() -> None:
    assert virtual("fts5(a, b)") == virtual("FTS5( a,b )")
    assert virtual("fts5(a)") != virtual("fts5(A)")
    assert virtual("csv(filename=/A)") != virtual("csv(filename=/a)")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("INSERT ON t BEGIN SELECT 1; END", "BEFORE insert ON t for each row BEGIN select 1; END"),
        ("UPDATE OF a, b ON t BEGIN SELECT 1; END", 'UPDATE OF B , "a" ON t BEGIN SELECT 1; END'),
        ("INSERT ON t BEGIN SELECT RAISE(ABORT, No); END", "INSERT ON t BEGIN SELECT raise( abort, 'No' ); END"),
        ("INSERT ON t BEGIN SELECT RAISE(IGNORE); END", "INSERT ON t BEGIN SELECT raise(ignore); END"),
    ],
)
def test_triggers_that_mean_the_same(a: str, b: str) -> None:
    assert trigger(a) == trigger(b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("INSERT ON t BEGIN SELECT RAISE(ABORT, No); END", "INSERT ON t BEGIN SELECT RAISE(ABORT, no); END"),
        (
            "INSERT ON t FOR EACH ROW BEGIN SELECT RAISE(ABORT, No); END",
            "INSERT ON t FOR EACH ROW BEGIN SELECT RAISE(ABORT, no); END",
        ),
        ("INSERT ON t BEGIN SELECT 1; END", "AFTER INSERT ON t BEGIN SELECT 1; END"),
        ("UPDATE ON t BEGIN SELECT 1; END", "UPDATE OF a ON t BEGIN SELECT 1; END"),
        ("INSTEAD OF UPDATE ON t BEGIN SELECT 1; END", "INSTEAD OF DELETE ON t BEGIN SELECT 1; END"),
        ('INSERT ON t BEGIN SELECT "A"; END', 'INSERT ON t BEGIN SELECT "a"; END'),
    ],
)
def test_triggers_that_mean_something_else(a: str, b: str) -> None:
    assert trigger(a) != trigger(b)


def test_what_a_text_mentions() -> None:
    assert frozenset({"a", "c d"}) == mentions("A + 'b' + \"C d\" -- e", frozenset({"a", "b", "c d", "e"}))


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("INT", "INTEGER"),
        ("UNSIGNED BIG INT", "INTEGER"),
        ("POINT", "INTEGER"),
        ("CHARINT", "INTEGER"),
        ("varchar(70)", "TEXT"),
        ("CLOB", "TEXT"),
        ("", "BLOB"),
        ("blob", "BLOB"),
        ("DOUBLE PRECISION", "REAL"),
        ("FLOAT", "REAL"),
        ("STRING", "NUMERIC"),
        ("BOOLEAN", "NUMERIC"),
        ("ANY", "NUMERIC"),
    ],
)
def test_affinities(declared: str, expected: str) -> None:
    assert Affinity(expected) is affinity(declared)


def test_any_keeps_every_value_in_a_strict_table() -> None:
    assert Affinity.BLOB is strict_affinity("any")
    assert Affinity.INTEGER is strict_affinity("INT")


def test_types_fold_by_their_words() -> None:
    assert folded_type("decimal( 10,5 )") == folded_type("DECIMAL (10 , 5)")
    assert folded_type("INT") != folded_type("INTEGER")

"""schema.yaml is read whole or refused whole, and every word of it can be found again."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconcile.desired import nodes
from reconcile.desired.document import Check, Column, ForeignKey, Index, Key
from reconcile.desired.load import Loaded, load
from reconcile.errors import SchemaFileError

if TYPE_CHECKING:
    from collections.abc import Callable

PARSERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]
HEAD = "version: 1\ntables:\n  t:\n    columns: {a: INTEGER}\n"
SHOP = """\
version: 1                         # of this format
strict: true

tables:
  users:
    columns:
      id: INTEGER PRIMARY KEY
      email: TEXT NOT NULL COLLATE NOCASE UNIQUE
  products:
    renamed_from: [goods, wares]
    columns:
      id: INTEGER PRIMARY KEY AUTOINCREMENT
      name:
        sql: TEXT NOT NULL
        renamed_from: title        # a rename
      price:
        sql: INTEGER NOT NULL CHECK (price >= 0)
        using: CAST(round(price * 100) AS INTEGER)
        undo: price / 100.0
        doc: In cents.
        sensitive: true
      size: TEXT NOT NULL DEFAULT 'Standard' CHECK (size IN ('S', 'M', 'L', 'Standard'))
      untyped:
    primary_key: [id]
    unique:
      - [region, position]
      - (a, b COLLATE NOCASE) ON CONFLICT IGNORE
      - named: [c]
    foreign_keys:
      home: (a, b) REFERENCES users (x, y) ON DELETE CASCADE
    checks:
      mrp_covers_price: mrp >= price
    indexes:
      by_product: (id, price DESC)
      hero: {unique: true, sql: "(size) WHERE price = 'hero'"}
    triggers:
      no_negative: |
        BEFORE INSERT WHEN NEW.price < 0 BEGIN
          SELECT RAISE(ABORT, 'no');
        END
    strict: false
    without_rowid: true
  search:
    sql: CREATE VIRTUAL TABLE search USING fts5(name, content='products', content_rowid='id')
    renamed_from: []
views:
  heroes: SELECT * FROM products
  named:
    sql: SELECT 1
    columns: [a]
    triggers: {swallow: INSTEAD OF INSERT BEGIN SELECT 1; END}
ignore: ["_litestream_*"]
history_table: applied
"""


@pytest.fixture(params=PARSERS, ids=lambda parser: parser.__name__)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Read with either of PyYAML's parsers: an installation may have only the slow one."""
    monkeypatch.setattr(nodes, "_PARSER", request.param)
    return request.param


def refused(source: str | bytes) -> list[tuple[int, int, str]]:
    """Give line, column and message of every problem."""
    return [(problem.line, problem.column, problem.message) for problem in problems(source)]


def problems(source: str | bytes) -> tuple[Any, ...]:
    with pytest.raises(SchemaFileError) as caught:
        load(source, "schema.yaml")
    return caught.value.problems


# What is read


@pytest.mark.usefixtures("parser")
def test_the_shop_is_read_into_one_form_however_it_was_written() -> None:
    document = load(SHOP, "schema.yaml").document

    users, products, search = document.tables.values()
    assert document.strict is True
    assert list(users.columns or ()) == ["id", "email"]
    assert products.renamed_from == ("goods", "wares")
    assert (products.columns or {})["name"] == Column(sql="TEXT NOT NULL", renamed_from=("title",))
    assert (products.columns or {})["price"] == Column(
        sql="INTEGER NOT NULL CHECK (price >= 0)",
        using="CAST(round(price * 100) AS INTEGER)",
        undo="price / 100.0",
        doc="In cents.",
        sensitive=True,
    )
    assert (products.columns or {})["untyped"] == Column(sql="")
    assert products.primary_key == Key(columns=("id",))
    assert products.unique == (
        Key(columns=("region", "position")),
        Key(sql="(a, b COLLATE NOCASE) ON CONFLICT IGNORE"),
        Key(name="named", columns=("c",)),
    )
    assert products.foreign_keys == (ForeignKey(name="home", sql="(a, b) REFERENCES users (x, y) ON DELETE CASCADE"),)
    assert products.checks == (Check(name="mrp_covers_price", sql="mrp >= price"),)
    assert products.indexes == {
        "by_product": Index(sql="(id, price DESC)"),
        "hero": Index(unique=True, sql="(size) WHERE price = 'hero'"),
    }
    assert products.triggers["no_negative"].endswith("SELECT RAISE(ABORT, 'no');\nEND\n")
    assert (products.strict, products.without_rowid, users.strict) == (False, True, None)
    assert (search.columns, search.renamed_from) == (None, ())
    assert search.sql is not None
    assert search.sql.startswith("CREATE VIRTUAL TABLE")
    assert document.views["heroes"].sql == "SELECT * FROM products"
    assert document.views["named"].columns == ("a",)
    assert (document.ignore, document.history_table) == (("_litestream_*",), "applied")


@pytest.mark.usefixtures("parser")
def test_every_scalar_is_text_until_its_place_gives_it_a_meaning() -> None:
    columns = "{on: 1:30, NULL: 012, ~: 0x1F, true: NULL}"
    text = f"version: 1\ntables:\n  no:\n    columns: {columns}\n    primary_key: [012, no]\n"

    table = load(text, "s").document.tables["no"]

    assert {name: column.sql for name, column in (table.columns or {}).items()} == {
        "on": "1:30",
        "NULL": "012",
        "~": "0x1F",
        "true": "NULL",
    }
    assert table.primary_key == Key(columns=("012", "no"))


def test_an_expression_may_consist_of_a_word_that_yaml_takes_for_a_boolean() -> None:
    columns = "{a: {sql: BOOLEAN, using: true, undo: NULL}}"
    text = f"version: 1\ntables:\n  t:\n    columns: {columns}\n    checks: {{c: false, d: 1}}\n"

    table = load(text, "s").document.tables["t"]

    assert (table.columns or {})["a"] == Column(sql="BOOLEAN", using="true", undo="NULL")
    assert table.checks == (Check(name="c", sql="false"), Check(name="d", sql="1"))


def test_authors_order_is_kept_in_every_mapping() -> None:
    names = ["zebra", "Apple", "mango", "_", "10", "9"]
    text = "version: 1\ntables:\n" + "".join(f"  {name}: {{columns: {{b: , a: }}}}\n" for name in names)

    tables = load(text, "s").document.tables

    assert names == list(tables)
    assert all(list(table.columns or ()) == ["b", "a"] for table in tables.values())


def test_keys_with_everything_below_them_commented_out_say_nothing() -> None:
    document = load(HEAD + "    indexes:\n    checks:\n    triggers: # none\nviews:\nignore:\n", "s").document

    table = document.tables["t"]
    assert (table.indexes, table.checks, table.triggers, document.views, document.ignore) == ({}, (), {}, {}, ())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[a, b]", Key(columns=("a", "b"))),
        ("(a DESC, b) ON CONFLICT REPLACE", Key(sql="(a DESC, b) ON CONFLICT REPLACE")),
        ("{pk: [a]}", Key(name="pk", columns=("a",))),
        ("{pk: (a DESC)}", Key(name="pk", sql="(a DESC)")),
        ("{sql: (a DESC)}", Key(name="sql", sql="(a DESC)")),
    ],
)
def test_primary_key_takes_columns_or_sql_named_or_not(written: str, expected: Key) -> None:
    table = load(f"{HEAD}    primary_key: {written}\n", "s").document.tables["t"]

    assert expected == table.primary_key


@pytest.mark.parametrize(
    "body", ["(a) REFERENCES u (b)", "FOREIGN KEY (a) REFERENCES u", "foreign  key(a) references u"]
)
def test_foreign_keys_may_say_the_words_or_leave_them_out(body: str) -> None:
    table = load(f"{HEAD}    foreign_keys: [{body}]\n", "s").document.tables["t"]

    assert (ForeignKey(sql=body),) == table.foreign_keys


def test_named_and_unnamed_constraints_may_stand_in_one_list() -> None:
    table = load(f"{HEAD}    checks:\n      - a > 0\n      - top: a < 9\n      - top: a < 8\n", "s").document.tables[
        "t"
    ]

    assert (Check(sql="a > 0"), Check(name="top", sql="a < 9"), Check(name="top", sql="a < 8")) == table.checks


# Where things stand

UNICODE = """\
version: 1
tables:
  😀:
    columns:
      é: TEXT DEFAULT '😀' # 😀
      b: 'it''s'
      c: {sql: X, doc: 😀😀, using: 'y z'}
"""


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("bom", ["", "\ufeff"], ids=["bare", "bom"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("encode", [str, str.encode], ids=["text", "bytes"])
def test_spans_address_the_text_as_it_was_given(bom: str, line_end: str, encode: Callable[[str], str | bytes]) -> None:
    text = bom + UNICODE.replace("\n", line_end)
    loaded = load(encode(text), "s")

    def cut(*path: str | int) -> str:
        span = loaded.places.value(("tables", "😀", "columns", *path))
        return loaded.text[span.start : span.end]

    assert text == loaded.text
    assert cut("é") == "TEXT DEFAULT '😀'"
    assert cut("b", "sql") == "'it''s'"
    assert cut("c") == "{sql: X, doc: 😀😀, using: 'y z'}"
    assert (cut("c", "doc"), cut("c", "using")) == ("😀😀", "'y z'")
    key = loaded.places.key(("tables", "😀", "columns", "é"))
    assert (key.line, key.column, loaded.text[key.start : key.end], key.style) == (5, 7, "é", "plain")
    version = loaded.places.key(("version",))
    assert (1, 1, len(bom)) == (version.line, version.column, version.start)


def test_short_and_long_form_lead_to_the_same_place() -> None:
    places = load(SHOP, "s").places
    columns = ("tables", "products", "columns")

    assert places.value((*columns, "size")) == places.value((*columns, "size", "sql"))
    assert places.value((*columns, "name")) != places.value((*columns, "name", "sql"))
    assert places.value(("views", "heroes")) == places.value(("views", "heroes", "sql"))
    assert places.value((*columns, "name", "renamed_from")) == places.value((*columns, "name", "renamed_from", 0))
    assert places.key((*columns, "size", "sql")) == places.key((*columns, "size"))


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (("unique", 0), "[region, position]"),
        (("unique", 0, "columns", 1), "position"),
        (("unique", 1, "sql"), "(a, b COLLATE NOCASE) ON CONFLICT IGNORE"),
        (("unique", 2, "columns", 0), "c"),
        (("checks", 0, "sql"), "mrp >= price"),
        (("foreign_keys", 0), "(a, b) REFERENCES users (x, y) ON DELETE CASCADE"),
        (("primary_key", "columns", 0), "id"),
        (("indexes", "hero", "unique"), "true"),
        (("renamed_from", 1), "wares"),
    ],
)
def test_constraints_are_found_by_their_number(path: tuple[str | int, ...], written: str) -> None:
    loaded = load(SHOP, "s")

    span = loaded.places.value(("tables", "products", *path))

    assert written == loaded.text[span.start : span.end]


def test_the_name_of_a_constraint_has_a_place_of_its_own() -> None:
    loaded = load(f"{HEAD}    primary_key: {{pk: (a)}}\n    checks: [a > 0, {{top: a < 9}}]\n", "s")
    names = [("primary_key",), ("primary_key", "sql"), ("checks", 1), ("checks", 1, "sql")]

    spans = [loaded.places.key(("tables", "t", *path)) for path in names]

    assert [loaded.text[span.start : span.end] for span in spans] == ["pk", "pk", "top", "top"]
    with pytest.raises(KeyError):
        loaded.places.key(("unique", 0))


def test_a_place_that_is_not_written_is_an_error_not_a_neighbour() -> None:
    places = load(SHOP, "s").places

    for path in [("tables", "nobody"), ("tables", "users", "doc"), ("tables", "users", "columns", "id", "using")]:
        with pytest.raises(KeyError):
            places.value(path)
        with pytest.raises(KeyError):
            places.key(path)
    with pytest.raises(KeyError):
        places.value(("tables", "products", "unique", 3))


def test_a_block_ends_with_its_last_entry() -> None:
    loaded = load("version: 1\ntables:\n  t:\n    columns:\n      a: TEXT\n\n# tail\nviews:\n  v: SELECT 1\n", "s")

    span = loaded.places.value(("tables", "t"))

    assert loaded.text[span.start : span.end] == "columns:\n      a: TEXT"
    assert (span.style, loaded.places.value(("tables", "t", "columns", "a")).style) == ("block", "plain")


def test_a_literal_block_says_so() -> None:
    span = load(SHOP, "s").places.value(("tables", "products", "triggers", "no_negative"))

    assert (span.style, SHOP[span.start : span.end].split("\n", maxsplit=1)[0]) == ("literal", "|")


# Problems that others find in a value


def at(loaded: Loaded, path: tuple[str | int, ...], offset: int) -> tuple[int, int, str]:
    problem = loaded.problem(path, "wrong", offset=offset)
    return problem.line, problem.column, problem.source[problem.column - 1 :]


def test_an_offset_in_plain_text_is_a_column() -> None:
    path = ("tables", "users", "columns", "email", "sql")

    assert at(load(SHOP, "s"), path, len("TEXT NOT NULL ")) == (8, 28, "COLLATE NOCASE UNIQUE")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_an_offset_in_a_literal_block_is_a_line_and_a_column(line_end: str) -> None:
    loaded = load(SHOP.replace("\n", line_end), "s")
    path = ("tables", "products", "triggers", "no_negative")
    value = loaded.document.tables["products"].triggers["no_negative"]

    assert at(loaded, path, value.index("RAISE")) == (39, 18, "RAISE(ABORT, 'no');")
    assert at(loaded, path, value.index("END")) == (40, 9, "END")
    assert at(loaded, path, len(value)) == (40, 12, "")
    assert at(loaded, path, 10_000) == (40, 12, "")


def test_an_offset_in_quotes_is_exact_past_quotes_and_up_to_other_escapes() -> None:
    loaded = load("version: 1\nviews:\n  v: 'a ''x'' FROM'\n  w: \"a \\\"x\\\" \\t FROM\"\n", "s")

    assert at(loaded, ("views", "v"), 2) == (3, 9, "''x'' FROM'")
    assert at(loaded, ("views", "v"), 6) == (3, 15, "FROM'")
    assert at(loaded, ("views", "w"), 3) == (4, 11, 'x\\" \\t FROM"')
    assert at(loaded, ("views", "w"), 8) == (4, 6, '"a \\"x\\" \\t FROM"')


def test_an_offset_in_folded_text_falls_back_to_its_start() -> None:
    loaded = load("version: 1\nviews:\n  v: >\n    SELECT\n    1\n  w: SELECT\n    1 FROM\n", "s")

    assert at(loaded, ("views", "v"), 8) == (3, 6, ">")
    assert at(loaded, ("views", "w"), 2) == (6, 8, "LECT")
    assert at(loaded, ("views", "w"), 9) == (6, 6, "SELECT")


def test_a_problem_carries_file_line_and_help() -> None:
    loaded = load(SHOP.encode(), "dir/schema.yaml")

    value = loaded.problem(("tables", "users", "columns", "id"), "no", help="yes")
    key = loaded.key_problem(("tables", "users", "columns", "id"), "no")

    assert str(value) == "dir/schema.yaml:7:11: no"
    assert (value.source, value.help) == ("      id: INTEGER PRIMARY KEY", "yes")
    assert (key.line, key.column, key.help) == (7, 7, None)


def test_a_problem_of_something_unwritten_points_to_what_should_hold_it() -> None:
    loaded = load(SHOP, "s")

    missing = loaded.problem(("tables", "users", "primary_key"), "no")
    empty = loaded.problem(("tables", "products", "columns", "untyped", "sql"), "no")

    assert (missing.line, missing.column) == (5, 3)
    assert (empty.line, empty.column) == (23, 7)


@pytest.mark.parametrize(("value", "cut"), [("NUMERIC(10, 2)", True), ("'a, b'", False), ("DEFAULT 'a, b'", True)])
def test_sql_that_a_comma_cut_off_is_explained(value: str, *, cut: bool) -> None:
    loaded = load(f"version: 1\ntables: {{t: {{columns: {{a: {value}}}}}}}\n", "s")

    help_line = loaded.problem(("tables", "t", "columns", "a", "sql"), "incomplete input").help

    assert cut == ("unquoted comma" in (help_line or ""))


# What YAML may not do here


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version: 1\nstrict: &a true\n", (2, 9, "anchors (&a) are not allowed")),
        ("version: 1\nviews: {v: *a}\n", (2, 12, "aliases (*a) are not allowed")),
        ("version: 1\nviews: {v: !x SELECT 1}\n", (2, 12, "tags (!x) are not allowed")),
        ("version: 1\nviews: {v: ! SELECT 1}\n", (2, 12, "tags (!) are not allowed")),
        ("version: 1\nviews: !!map {v: SELECT 1}\n", (2, 8, "tags (tag:yaml.org,2002:map) are not allowed")),
        ("version: 1\nviews: !x!y {v: SELECT 1}\n", (2, 8, "tags are not allowed")),
        ("version: 1\n<<: {strict: true}\n", (2, 1, "merge keys (<<) are not allowed")),
        ("version: 1\nviews: {v: SELECT 1, v: SELECT 2}\n", (2, 22, "duplicate key 'v'; the first stands at line 2")),
        ("version: 1\n---\nversion: 1\n", (2, 1, "a schema file holds one document; a second starts here")),
        ("version: 1\n? [a]\n: b\n", (2, 3, "a key must be a name, not a list or a mapping")),
        ("version: 1\n? \n: b\n", (2, 2, "a key is missing before the colon")),
        ("version: 1\nviews:\n\tv: SELECT 1\n", (3, 1, "a tab may not stand here")),
        ("version: 1\nviews:\n  v: a: b\n", (3, 7, "a mapping may not start here: ': ' is not text here")),
        ("version: 1\nviews: {v: a: b}\n", (2, 13, "a ',' or the closing bracket is missing before this")),
        ("version: 1\nviews: {v: 'a}\n", (2, 12, "the quote that opens here is never closed")),
        ("version: 1\nviews:\n  v: @a\n", (3, 6, "a value may not start with @")),
        ("version: 1\nviews:\n  v: `a`\n", (3, 6, "a value may not start with `")),
        ("version: 1\nviews:\n  v: 'a' || 'b'\n", (3, 10, "text follows a closing quote or bracket")),
        ("version: 1\nviews:\n    v: a\n  w: b\n", (4, 3, "this line does not fit its neighbours")),
        ("version: 1\nviews:\nv\n", (4, 1, "a ':' is missing after this key")),
        ("version: 1\nignore: [*]\n", (2, 11, "an alias may not stand here")),
        ("version: 1\nviews: ]\n", (2, 8, "a value is missing here")),
        ("version: 1\nignore: - a\n", (2, 9, "a list may not start here")),
        ("version: 1\nviews:\n  v: |x\n    a\n", None),
        ('version: 1\nviews: {v: "\\q"}\n', None),
        (
            'version: 1\nviews: {v: "a\\0b"}\n',
            (2, 12, "text may hold neither a NUL character nor half of a surrogate pair"),
        ),
    ],
)
def test_yaml_that_is_refused_is_shown_at_its_place(text: str, expected: tuple[int, int, str] | None) -> None:
    found = refused(text)

    # Where the two parsers point to different ends of one mistake, the line must still be right.
    if expected is None:
        assert [text.count("\n", 0, text.index("v:")) + 1] == [line for line, _, _ in found]
    else:
        assert expected in found


def test_a_duplicate_tells_the_line_of_the_first_and_everything_else_is_still_checked() -> None:
    text = f"{HEAD}    doc: x\n    colums: {{}}\n    doc: y\nversion: 1\n"

    assert refused(text) == [
        (6, 5, "unknown key 'colums' in table t"),
        (7, 5, "duplicate key 'doc'; the first stands at line 5"),
        (8, 1, "duplicate key 'version'; the first stands at line 1"),
    ]


def test_an_alias_is_blamed_once() -> None:
    assert refused("version: 1\nstrict: *a\nviews: {v: *b}\n") == [
        (2, 9, "aliases (*a) are not allowed"),
        (3, 12, "aliases (*b) are not allowed"),
    ]


def test_depth_and_number_of_nodes_are_limited() -> None:
    deep = "version: 1\nviews: " + "[" * 1_000_000
    many = "version: 1\nignore: [" + "a," * nodes.MAX_NODES + "]"

    ((line, column, message),) = refused(deep)
    assert (line, message) == (2, "nested deeper than 32 levels")
    assert 7 + nodes.MAX_DEPTH <= column <= 1100  # some libyaml look ahead, and stop at 1,000 levels by themselves
    assert refused(many) == [(2, 10 + 2 * (nodes.MAX_NODES - 5), "the file has more than 500,000 values")]


@pytest.mark.parametrize("fill", ["#", b"#"])
def test_size_is_limited_before_anything_is_read(fill: Any) -> None:
    assert refused(fill * (nodes.MAX_SIZE + 1)) == [(1, 1, "the file is larger than 8 MiB")]
    assert refused(fill * nodes.MAX_SIZE) == [(1, 1, "the file is empty")]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"version: 1\n# \xc3\xa9 \xff\n", (2, 5, "the byte 0xff is not UTF-8")),
        ("version: 1\n".encode("utf-16"), (1, 1, "the byte 0xff is not UTF-8")),
        (b"\xef\xbb\xbfversion: \xe9\n", (1, 10, "the byte 0xe9 is not UTF-8")),
        (b"version: 1\n\0", (2, 1, "the character U+0000 is not text")),
        ("version: \ud800\n", (1, 10, "the character U+D800 is not text")),
        ("version: 1 # \x07\n", (1, 14, "the character U+0007 may not stand here unescaped")),
        ("version: 1 # \u2028strict: true\n", (1, 14, "the character U+2028 may not stand here unescaped")),
        ("version: 1\nviews: {v: a\x85b}\n", (2, 13, "the character U+0085 may not stand here unescaped")),
        ("\ufeff\ufeffversion: 1\n", (1, 1, "the character U+FEFF may not stand here unescaped")),
    ],
)
def test_what_is_not_text_is_refused_at_its_place(source: str | bytes, expected: tuple[int, int, str]) -> None:
    assert [expected] == refused(source)


@pytest.mark.usefixtures("parser")
def test_a_character_that_may_not_stand_bare_may_be_escaped() -> None:
    loaded = load("version: 1\nviews: {v: \"SELECT '\\u2028\\x07\\uFEFF'\"}\n", "s")

    assert loaded.document.views["v"].sql == "SELECT '\u2028\x07\ufeff'"


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "\ufeff", "--- # a\n...\n"])
def test_an_empty_file_is_told_how_to_begin(text: str) -> None:
    (problem,) = problems(text)

    assert (problem.line, problem.column, problem.message) == (1, 1, "the file is empty")
    assert problem.help == "begin with: version: 1"


def test_a_list_is_no_schema_file() -> None:
    assert refused("- version: 1\n") == [(1, 1, "a schema file is a mapping: version, tables, views, …")]


# What the format refuses


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "advice"),
    [
        ("    colums: {}\n", 5, 5, "unknown key 'colums' in table t", "did you mean 'columns'?"),
        ("    zzz: {}\n", 5, 5, "unknown key 'zzz' in table t", "known here: renamed_from, columns, primary_key"),
        ("viws: {}\n", 5, 1, "unknown key 'viws' in the file", "did you mean 'views'?"),
        (
            "    indexes: {i: {sql: (a), uniqe: true}}\n",
            5,
            29,
            "unknown key 'uniqe' in index i",
            "did you mean 'unique'?",
        ),
        ("views: {v: {sql: SELECT a, b}}\n", 5, 28, "unknown key 'b' in view v", "an unquoted comma"),
        ("    doc: true\n", 5, 10, "'doc' of table t must be text, not the boolean true", 'quote it: "true"'),
        ("    doc:\n", 5, 5, "'doc' of table t is empty", "it must be text"),
        ('    doc: " "\n', 5, 10, "'doc' of table t is empty", ""),
        ("    doc: [a]\n", 5, 10, "'doc' of table t must be text, not a list", ""),
        ("    strict: yes\n", 5, 13, "'strict' of table t must be true or false, not 'yes'", ""),
        (
            "    strict: 'true'\n",
            5,
            13,
            "'strict' of table t must be true or false, not 'true'",
            "write it without quotes",
        ),
        ("    strict:\n", 5, 5, "'strict' of table t is empty", "it must be true or false"),
        ("    renamed_from:\n", 5, 5, "'renamed_from' of table t is empty", "it must be a name, or a list of names"),
        (
            "    renamed_from: [a, true]\n",
            5,
            23,
            "entry 2 of 'renamed_from' of table t must be text, not the boolean true",
            "quote",
        ),
        (
            "    primary_key: a\n",
            5,
            18,
            "'primary_key' of table t must be a list of columns, or SQL that starts with '(', not 'a'",
            "columns stand in a list",
        ),
        ("    primary_key: []\n", 5, 18, "'primary_key' of table t is empty", ""),
        (
            "    primary_key: {a: [a], b: [a]}\n",
            5,
            18,
            "'primary_key' of table t must be columns, SQL, or one name with either, not a mapping",
            "",
        ),
        (
            "    unique: [a]\n",
            5,
            14,
            "entry 1 of 'unique' of table t must be a list of columns, or SQL that starts with '(', not 'a'",
            "a list of their own",
        ),
        (
            "    unique: [(a, b)]\n",
            5,
            18,
            "entry 2 of 'unique' of table t must be a list of columns, or SQL that starts with '(', not 'b)'",
            "an unquoted comma",
        ),
        (
            "    unique: {u: {columns: [a]}}\n",
            5,
            17,
            "entry 1 of 'unique' of table t must be a list of columns, or SQL that starts with '(', not a mapping",
            "",
        ),
        ("    unique: true\n", 5, 13, "'unique' of table t must be a list, not the boolean true", ""),
        (
            "    checks: [{a: b, c: d}]\n",
            5,
            14,
            "entry 1 of 'checks' of table t must be an expression, not a mapping",
            "",
        ),
        ("    checks: {c: }\n", 5, 14, "entry 1 of 'checks' of table t is empty", "it must be an expression"),
        (
            "    foreign_keys: {f: REFERENCES u}\n",
            5,
            23,
            "entry 1 of 'foreign_keys' of table t must be SQL that starts with '(' or FOREIGN KEY, not 'REFERENCES u'",
            "",
        ),
        (
            "    indexes: {i: a}\n",
            5,
            18,
            "index i must be SQL that starts with '(', or a mapping with such sql, not 'a'",
            "",
        ),
        ("    indexes: {i: {unique: true}}\n", 5, 15, "index i has no 'sql'", ""),
        ("    triggers: [a]\n", 5, 15, "'triggers' of table t must be a mapping, not a list", ""),
        ("    triggers: {g: }\n", 5, 16, "trigger g is empty", "it must be text"),
        (
            "    triggers: {sqlite_g: x}\n",
            5,
            16,
            "trigger sqlite_g: names that start with sqlite_ belong to SQLite",
            "",
        ),
        ("    indexes: {SQLite_i: (a)}\n", 5, 15, "index SQLite_i: names that start with sqlite_ belong to SQLite", ""),
        ("    sql: CREATE TABLE t (a)\n", 5, 5, "table t has both sql and columns", "say it one way only"),
        ("  u:\n", 5, 3, "table u is empty", "it must be a mapping with columns, or with sql"),
        ("  u: {}\n", 5, 3, "table u has neither columns nor sql", ""),
        ("  u: {doc: x, sql: }\n", 5, 15, "table u has neither columns nor sql", ""),
        (
            "  u: CREATE TABLE u (a)\n",
            5,
            6,
            "table u must be a mapping with columns, or with sql, not 'CREATE TABLE u (a)'",
            "",
        ),
        ("  u: {columns: {}}\n", 5, 16, "'columns' of table u is empty", ""),
        ("  u: {columns: }\n", 5, 7, "'columns' of table u is empty", ""),
        ("  u: {columns: [a]}\n", 5, 16, "'columns' of table u must be a mapping, not a list", ""),
        (
            "  u: {columns: {a: true}}\n",
            5,
            20,
            "column u.a must be SQL, or a mapping with sql, not the boolean true",
            "quote it",
        ),
        ("  u: {columns: {a: {doc: x}}}\n", 5, 17, "column u.a has no 'sql'", ""),
        ("  u: {columns: {a: {sql: X, using: }}}\n", 5, 29, "'using' of column u.a is empty", "it must be text"),
        (
            "  u: {sql: CREATE TABLE u (a), checks: [a > 0]}\n",
            5,
            7,
            "table u has both sql and checks",
            "say it one way only",
        ),
        ("  sqlite_u: {columns: {a: X}}\n", 5, 3, "table sqlite_u: names that start with sqlite_ belong to SQLite", ""),
        ("views: {v: }\n", 5, 9, "view v is empty", "it must be SQL, or a mapping"),
        ("views: {v: {sql: SELECT 1, columns: []}}\n", 5, 37, "'columns' of view v is empty", ""),
        ("ignore: a\n", 5, 9, "'ignore' must be a list, not 'a'", ""),
        ("history_table: sqlite_h\n", 5, 16, "'history_table': names that start with sqlite_ belong to SQLite", ""),
    ],
)
def test_what_the_format_refuses_is_explained_at_its_place(
    text: str, line: int, column: int, message: str, advice: str
) -> None:
    (problem,) = problems(HEAD + text)

    assert (line, column, message) == (problem.line, problem.column, problem.message)
    assert advice in (problem.help or "")
    assert problem.source == (HEAD + text).split("\n")[line - 1]
    assert bool(advice) == (problem.help is not None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tables: {}\n", (1, 1, "the file has no 'version'")),
        ("# a\n\nstrict: true\n", (3, 1, "the file has no 'version'")),
        ("version: 2\n", (1, 10, "version must be 1")),
        ("version: true\n", (1, 10, "version must be 1")),
        ("version: 1.0\n", (1, 10, "version must be 1")),
        ("version:\n", (1, 1, "version must be 1")),
    ],
)
def test_the_version_must_be_one(text: str, expected: tuple[int, int, str]) -> None:
    assert [expected] == refused(text)


def test_an_unquoted_comma_in_a_flow_mapping_is_explained() -> None:
    (problem,) = problems("version: 1\ntables: {t: {columns: {a: {sql: NUMERIC(10, 2) NOT NULL}}}}\n")

    assert (problem.line, problem.column, problem.message) == (2, 45, "unknown key '2) NOT NULL' in column t.a")
    assert problem.help == "an unquoted comma inside { } or [ ] starts a new entry; quote the value"


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    text = "views: {V: }\nversion: 3\ntables:\n  v: {columns: {a: , A: }}\n  w: {clumns: {}, strict: no}\nignore: [W]\n"

    assert refused(text) == [
        (1, 9, "view V is empty"),
        (2, 10, "version must be 1"),
        (4, 3, "table 'v' has the name of view 'V' at line 1"),
        (4, 22, "column 'A' has the name of column 'a' at line 4"),
        (5, 3, "table w has neither columns nor sql"),
        (5, 3, "table 'w' is also ignored, by 'W'"),
        (5, 7, "unknown key 'clumns' in table w"),
        (5, 27, "'strict' of table w must be true or false, not 'no'"),
    ]


def test_a_line_full_of_mistakes_is_answered_at_once() -> None:
    """A thousand problems are enough, and they share the text of their line: 100,000 copies would fill the memory."""
    found = problems("version: 1\nviews: {" + "a, " * 90_000 + "}")

    assert len(found) == 1000
    assert len({id(problem.source) for problem in found}) == 1


# Names


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("  T: {columns: {a: }}\n", 5, 3, "table 'T' has the name of table 't' at line 3"),
        ("views: {T: SELECT 1}\n", 5, 9, "view 'T' has the name of table 't' at line 3"),
        ("    indexes: {T: (a)}\n", 5, 15, "index 'T' has the name of table 't' at line 3"),
        ("    indexes: {i: (a), I: (a)}\n", 5, 23, "index 'I' has the name of index 'i' at line 5"),
        (
            "    indexes: {i: (a)}\n  u:\n    columns: {a: }\n    indexes: {i: (a)}\n",
            8,
            15,
            "index 'i' has the name of index 'i' at line 5",
        ),
        (
            "    triggers: {g: x}\nviews: {v: {sql: x, triggers: {G: x}}}\n",
            6,
            32,
            "trigger 'G' has the name of trigger 'g' at line 5",
        ),
    ],
)
def test_names_that_sqlite_cannot_tell_apart_are_refused(text: str, line: int, column: int, message: str) -> None:
    assert [(line, column, message)] == refused(HEAD + text)


def test_names_that_sqlite_tells_apart_are_taken() -> None:
    text = (
        HEAD
        + "    triggers: {t: x, é: x, É: x}\n    indexes: {a: (a)}\n"
        + "  é: {columns: {a: , é: , É: }}\n  É: {columns: {a: }}\n"
    )

    assert list(load(text, "s").document.tables) == ["t", "é", "É"]


@pytest.mark.parametrize("glob", ["t", "T*", "?", "[s-u]"])
def test_a_name_is_declared_or_ignored_but_not_both(glob: str) -> None:
    assert [(3, 3, f"table 't' is also ignored, by '{glob}'")] == refused(f"{HEAD}ignore: [x, '{glob}']\n")


def test_every_kind_of_object_may_not_also_be_ignored() -> None:
    view = "views: {x_v: {sql: x, triggers: {x_h: x}}}\n"
    text = HEAD + "    indexes: {x_i: (a)}\n    triggers: {x_g: x}\n" + view + "ignore: [X_*]\n"

    assert [message.split(" is also")[0] for _, _, message in refused(text)] == [
        "index 'x_i'",
        "trigger 'x_g'",
        "view 'x_v'",
        "trigger 'x_h'",
    ]


def test_columns_are_not_objects_and_may_look_ignored() -> None:
    assert load(f"{HEAD}ignore: [a]\n", "s").document.ignore == ("a",)


@pytest.mark.parametrize("name", ["schema_version", "Schema_Version_reconcile"])
def test_the_history_belongs_to_reconcile(name: str) -> None:
    text = f"version: 1\nviews: {{{name}: SELECT 1}}\n"

    assert [(2, 9, f"view '{name}' is where reconcile records what was applied")] == refused(text)
    assert list(load(text + "history_table: other\n", "s").document.views) == [name]


# Anything at all

WORDS = st.sampled_from(
    [
        *("version", "tables", "views", "columns", "sql", "unique", "checks", "primary_key", "ignore", "indexes", "t"),
        *("1", "true", "(a, b)", "'x'", '"x"', "a: b", "é", "😀", "*a", "&a", "!t", "<<", "|", ">", "- ", "? ", ": "),
        *("{", "}", "[", "]", ",", "#", "\n", "\n  ", "\n    ", "\n      ", "\t", "---", "...", "%YAML 1.2", "\ufeff"),
        *("\r\n", "\\", '"\\U00110000"', '"\\ud800"', "\x00", "\x85", "@", "`", "'", '"', " "),
    ]
)
NOTHING_BUT = settings(max_examples=300, deadline=None)


def reads_or_refuses(source: str | bytes) -> None:
    found: tuple[Any, ...] = ()
    try:
        load(source, "s")
    except SchemaFileError as error:
        found = error.problems

    places = [(problem.line, problem.column) for problem in found]
    assert places == sorted(places)
    assert all(problem.column <= len(problem.source) + 2 for problem in found)


@pytest.mark.parametrize("reader", PARSERS)
@NOTHING_BUT
@given(text=st.text())
@example(text='version: "\\U00110000"')
@example(text="version: 1\nviews: {v: |\n\n}")
def test_no_text_breaks_the_reader(reader: Any, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nodes, "_PARSER", reader)
        reads_or_refuses(text)


@NOTHING_BUT
@given(st.binary())
def test_no_bytes_break_the_reader(source: bytes) -> None:
    reads_or_refuses(source)


@pytest.mark.parametrize("reader", PARSERS)
@NOTHING_BUT
@given(words=st.lists(WORDS, max_size=40))
def test_nothing_that_looks_like_a_schema_breaks_the_reader(reader: Any, words: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nodes, "_PARSER", reader)
        reads_or_refuses("".join(words))
        reads_or_refuses(HEAD + "".join(words))


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(string.printable, max_size=6) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=20,
)


@NOTHING_BUT
@given(tree=TREES, place=st.sampled_from([(), ("tables",), ("tables", "t"), ("tables", "t", "columns"), ("views",)]))
def test_no_shape_breaks_the_validation(tree: Any, place: tuple[str, ...]) -> None:
    for key in reversed(place):
        tree = {key: tree}
    reads_or_refuses(yaml.safe_dump({"version": 1, **(tree if isinstance(tree, dict) else {})}))


# PyYAML writes U+0085 bare in some styles, which we refuse to read.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\x85"), min_size=1)


@pytest.mark.parametrize("style", [None, "'", '"', "|", ">"])
@pytest.mark.parametrize("reader", PARSERS)
@NOTHING_BUT
@given(name=TEXT, sql=TEXT | st.text(" a\n😀'\"\\", min_size=1))
def test_any_text_comes_back_and_is_found_again(reader: Any, style: str | None, name: str, sql: str) -> None:
    """Whatever PyYAML writes is read as the same text, and each of its letters is found or its start is."""
    name, sql = "n" + name, "s" + sql
    text = yaml.safe_dump({"version": "1", "views": {name: sql}}, default_style=style, allow_unicode=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nodes, "_PARSER", reader)
        loaded = load(text, "s")
    span = loaded.places.value(("views", name))

    assert {name: sql} == {key: view.sql for key, view in loaded.document.views.items()}
    for offset, letter in enumerate(sql):
        index = loaded.places.index(("views", name), offset)
        assert (
            index == span.start
            or letter == "\n"
            or text[index] in {letter, "\\"}
            or (letter == " " and text[index] == "\n")
        )
        if span.style == "literal" and letter != "\n":
            assert index > span.start


def test_five_hundred_tables_are_read_without_a_thought_for_time() -> None:
    """A guard against accidents of order n², not a benchmark: it takes some 60 ms."""
    columns = "".join(f"      column_{number}: TEXT NOT NULL DEFAULT 'x'\n" for number in range(10))
    text = "version: 1\ntables:\n" + "".join(f"  table_{number}:\n    columns:\n{columns}" for number in range(500))

    loaded = load(text, "s")

    places = [loaded.places.value(("tables", f"table_{number}", "columns", "column_9", "sql")) for number in range(500)]
    assert [13 + number * 12 + 1 for number in range(500)] == [place.line for place in places]

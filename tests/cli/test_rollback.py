"""Rollback as its user meets it: every refusal, and every thing that must come back, stay, or be said."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing

import pytest
from runs import Ran, build, names, reconcile, rows, untouched

SHOP = """
    CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, fax TEXT);
    INSERT INTO products (name, fax) VALUES ('tea', '111'), ('coffee', '222'), ('milk', NULL);
"""
WITHOUT_FAX = """
tables:
  products:
    columns: {id: INTEGER PRIMARY KEY, name: TEXT NOT NULL}
"""


def tables(body: str) -> str:
    return f"version: 1\ntables:\n{body}"


class Shop:
    """A database under management, and the program run on it."""

    def __init__(self, folder, before=SHOP):
        self.folder, self.db = folder, folder / "store.db"
        build(self.db, before)
        self.run("inspect", "store.db", "-o", "schema.yaml")
        assert self.run("apply", "store.db", "--yes").status == 0

    def run(self, *words) -> Ran:
        return reconcile(*words, folder=self.folder)

    def apply(self, schema, *words) -> Ran:
        (self.folder / "schema.yaml").write_text(schema, "utf-8")
        ran = self.run("apply", "store.db", "--yes", *words)
        assert ran.status == 0, ran.out + ran.err
        return ran

    def back(self, *words) -> Ran:
        ran = self.run("rollback", "store.db", "--yes", *words)
        assert ran.status == 0, ran.out + ran.err
        return ran

    def write(self, *statements):
        build(self.db, *statements)

    def rows(self, query):
        return rows(self.db, query)

    def history(self) -> list[tuple[int, bool]]:
        found = json.loads(self.run("history", "store.db", "--json").out)["versions"]
        return [(each["number"], each["rolled_back_at"] is not None) for each in found]

    def sql(self, name) -> str:
        return self.rows(f"SELECT sql FROM sqlite_schema WHERE name = '{name}'")[0][0]


@pytest.fixture
def shop(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    return Shop(folder)


@pytest.fixture
def made(tmp_path):
    """Make a shop of other statements."""

    def make(before) -> Shop:
        folder = tmp_path / "shop"
        folder.mkdir()
        return Shop(folder, before)

    return make


def without_fax(shop) -> Shop:
    shop.apply("version: 1" + WITHOUT_FAX, "--allow", "drop-column:products.fax")
    return shop


# --- nothing to go back to


def test_a_database_without_a_history_has_nothing_to_roll_back(tmp_path):
    build(tmp_path / "store.db", SHOP)

    with untouched(tmp_path):
        ran = reconcile("rollback", "store.db", "--yes", folder=tmp_path)

    assert 64 == ran.status
    assert "there is nothing to roll back" in ran.err


def test_the_starting_point_cannot_be_rolled_back(shop):
    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 64 == ran.status
    assert "there is nothing to roll back" in ran.err


def test_keep_data_and_restore_exclude_each_other(shop):
    ran = shop.run("rollback", "store.db", "--keep-data", "--restore")

    assert 64 == ran.status
    assert "exclude each other" in ran.err


def test_a_database_that_is_missing_stays_missing(tmp_path):
    ran = reconcile("rollback", "nowhere.db", "--yes", folder=tmp_path)

    assert 66 == ran.status
    assert [] == names(tmp_path)


def test_a_backup_that_is_gone_is_named_and_what_it_would_give_back_wants_consent(shop):
    without_fax(shop)
    for file in (shop.folder / "backups").iterdir():
        file.unlink()

    with untouched(shop.folder):
        kept, restored = (shop.run("rollback", "store.db", "--yes", *words) for words in ((), ("--restore",)))

    assert (3, 1) == (kept.status, restored.status)
    told = "NEEDS CONSENT lossy-conversion: products.fax comes back without the values that it had: "
    assert f"{told}the backup of #2 is gone, {shop.folder}/backups/store_" in kept.out
    assert "the backup of #2 is gone" in restored.err

    shop.back("--allow", "lossy-conversion:products.fax")

    assert [("tea", None), ("coffee", None), ("milk", None)] == shop.rows("SELECT name, fax FROM products")


def test_what_needs_no_backup_goes_back_without_it(shop):
    indexed = (
        "tables: {products: {columns: {id: INTEGER PRIMARY KEY, name: TEXT NOT NULL, fax: TEXT}, indexes: {i: (fax)}}}"
    )
    shop.apply(f"version: 1\n{indexed}\n")
    for file in (shop.folder / "backups").iterdir():
        file.unlink()

    shop.back("--allow", "drop-index:i")

    assert [] == shop.rows("SELECT name FROM sqlite_schema WHERE name = 'i'")


def _garbage(backup):
    backup.write_bytes(b"\x01\x02" * 5000)


def _torn(backup):
    backup.write_bytes(backup.read_bytes()[:-4096])


def _another_database(backup):
    backup.unlink()
    build(backup, SHOP.replace("fax", "telefax"))


def _an_empty_file(backup):
    backup.write_bytes(b"")


@pytest.mark.parametrize("way", ["--keep-data", "--restore"])
@pytest.mark.parametrize("spoil", [_garbage, _torn, _another_database, _an_empty_file])
def test_a_file_that_is_not_the_backup_is_named_and_no_value_of_it_comes_back(shop, spoil, way):
    without_fax(shop)
    (backup,) = (shop.folder / "backups").iterdir()
    spoil(backup)

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes", way)

    assert 1 == ran.status
    assert re.search(
        r"error: .*/backups/store_\S+: (the backup of #2 is damaged|this is not the backup of #2)", ran.err
    )
    assert "Nothing was changed" in ran.err


def test_a_backup_of_another_version_with_the_same_schema_is_not_taken_for_this_one(shop):
    without_fax(shop)
    (first,) = (shop.folder / "backups").iterdir()
    shop.back()
    shop.write("UPDATE products SET fax = 'newer'")
    shop.apply("version: 1" + WITHOUT_FAX, "--allow", "drop-column:products.fax")
    newest = json.loads(shop.run("history", "store.db", "--json").out)["versions"][0]["backup"]
    (shop.folder / newest).write_bytes(first.read_bytes())

    ran = shop.run("rollback", "store.db", "--yes")

    assert 1 == ran.status
    assert "this is not the backup of #4: it does not hold the state before it" in ran.err


# --- back with the data


def test_a_dropped_column_comes_back_with_its_values_and_rows_written_since_stay(shop):
    without_fax(shop)
    shop.write("INSERT INTO products (name) VALUES ('new')", "UPDATE products SET name = 'TEA' WHERE id = 1")
    shop.write("DELETE FROM products WHERE id = 2")

    shop.back()

    expected = [(1, "TEA", "111"), (3, "milk", None), (4, "new", None)]
    assert expected == shop.rows("SELECT id, name, fax FROM products")
    assert "CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, fax TEXT)" == shop.sql("products")
    assert [(3, False), (2, True), (1, False)] == shop.history()


def test_a_rollback_is_rolled_back_and_again_and_the_history_says_which_stands(shop):
    without_fax(shop)
    shop.back()

    asked = shop.run("rollback", "store.db", "--yes")

    assert 3 == asked.status
    assert "NEEDS CONSENT drop-column: 2 of 3 rows hold a value" in asked.out

    shop.back("--allow", "drop-column:products.fax")

    assert [(1,), (2,), (3,)] == shop.rows("SELECT id FROM products")
    assert [(4, False), (3, True), (2, False), (1, False)] == shop.history()

    shop.back()

    assert [("111",), ("222",), (None,)] == shop.rows("SELECT fax FROM products")
    assert [(5, False), (4, True), (3, False), (2, True), (1, False)] == shop.history()


def test_a_new_column_goes_only_with_consent_by_name(shop):
    shop.apply("version: 1" + WITHOUT_FAX.replace("NOT NULL}", "NOT NULL, fax: TEXT, size: TEXT}"))
    shop.write("UPDATE products SET size = 'S' WHERE id = 1")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert "NEEDS CONSENT drop-column: 1 of 3 rows holds a value" in ran.out
    assert "reconcile rollback store.db --allow drop-column:products.size" in ran.out

    shop.back("--allow", "drop-column:products.size")

    assert [("id",), ("name",), ("fax",)] == shop.rows("SELECT name FROM pragma_table_info('products')")


def test_consent_for_something_else_is_no_consent(shop):
    shop.apply("version: 1" + WITHOUT_FAX.replace("NOT NULL}", "NOT NULL, fax: TEXT, size: TEXT}"))

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes", "--allow", "drop-column:products.fax")

    assert 3 == ran.status


def test_a_table_of_the_version_with_rows_written_since_wants_consent(shop):
    with_reviews = "version: 1" + WITHOUT_FAX.replace("NULL}", "NULL, fax: TEXT}")
    shop.apply(with_reviews + "  reviews: {columns: {id: INTEGER PRIMARY KEY, text: TEXT}}\n")
    shop.write("INSERT INTO reviews (text) VALUES ('good'), ('bad')")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert "NEEDS CONSENT drop-table: table reviews goes with 2 rows" in ran.out

    shop.back("--allow", "drop-table:reviews")
    shop.back()

    assert [(1, "good"), (2, "bad")] == shop.rows("SELECT id, text FROM reviews")


def test_without_a_yes_and_without_a_terminal_a_harmless_way_back_is_only_shown(shop):
    without_fax(shop)

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db")

    assert 3 == ran.status
    assert "nothing was changed" in ran.err
    assert "rollback needs --yes, --plan or a complete --allow" in ran.err
    assert "reconcile rollback store.db --plan " in ran.out


def test_a_plan_that_was_seen_is_carried_out_and_another_one_is_stale(shop):
    without_fax(shop)
    shown = shop.run("rollback", "store.db").out
    seen = re.search(r"--plan (\S+)", shown)[1]
    shop.write("CREATE INDEX theirs ON products (name)")

    stale = shop.run("rollback", "store.db", "--plan", seen)

    assert 4 == stale.status
    assert [("id",), ("name",)] == shop.rows("SELECT name FROM pragma_table_info('products')")

    shop.write("DROP INDEX theirs")
    done = shop.run("rollback", "store.db", "--plan", seen)

    assert 0 == done.status
    assert [("111",), ("222",), (None,)] == shop.rows("SELECT fax FROM products")


# --- conversions


PRICES = """
    CREATE TABLE t (id INTEGER PRIMARY KEY, price REAL);
    INSERT INTO t (price) VALUES (9.95), (0.1), (5.0), (NULL);
"""
CENTS = tables("""\
  t:
    columns:
      id: INTEGER PRIMARY KEY
      price: {sql: INTEGER, using: CAST(round(price * 100) AS INTEGER), undo: price / 100.0}
""")


def test_touched_values_go_through_undo_and_untouched_ones_come_from_the_backup(made):
    shop = made(PRICES)
    shop.apply(CENTS)
    shop.write("UPDATE t SET price = 1234 WHERE id = 2", "INSERT INTO t VALUES (9, 50)")

    shop.back()

    assert [(1, 9.95), (2, 12.34), (3, 5.0), (4, None), (9, 0.5)] == shop.rows("SELECT id, price FROM t")
    assert [("real",)] == shop.rows("SELECT DISTINCT typeof(price) FROM t WHERE price IS NOT NULL")


def test_values_that_using_put_in_the_place_of_nulls_become_null_again(made):
    shop = made("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t (a) VALUES ('x'), (NULL), ('?');")
    schema = (
        "  t:\n    columns:\n      id: INTEGER PRIMARY KEY\n      a: {sql: TEXT NOT NULL, using: \"ifnull(a, '?')\"}\n"
    )
    shop.apply(tables(schema), "--allow", "lossy-conversion:t.a")
    shop.write("INSERT INTO t (a) VALUES ('new')")

    shop.back()

    assert [("x",), (None,), ("?",), ("new",)] == shop.rows("SELECT a FROM t")


def test_values_that_gave_way_to_a_generated_column_come_back(made):
    shop = made("CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b INT); INSERT INTO t (a, b) VALUES (1, 2), (2, 7);")
    schema = "  t: {columns: {id: INTEGER PRIMARY KEY, a: INT, b: INT AS (a * 2) STORED}}\n"
    shop.apply(tables(schema), "--allow", "lossy-conversion:t.b")
    shop.write("INSERT INTO t (a) VALUES (5)")

    shop.back()

    assert [(1, 2), (2, 7), (5, 10)] == shop.rows("SELECT a, b FROM t")


def test_rows_written_since_that_cannot_go_back_are_listed_by_key(made):
    shop = made("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t (n) VALUES (1), (2);")
    shop.apply(tables("  t: {columns: {id: INTEGER PRIMARY KEY, n: TEXT}}\n"))
    shop.write("INSERT INTO t VALUES (7, 'seven')", "UPDATE t SET n = 'two' WHERE id = 2")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert "BLOCKED wrong-type: 2 values of t.n cannot become INTEGER  id 2, 7" in ran.out


def test_rows_written_since_without_a_value_that_is_needed_are_listed_by_key(made):
    shop = made("CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT NOT NULL); INSERT INTO t (n) VALUES ('a'), ('b');")
    shop.apply(tables("  t: {columns: {id: INTEGER PRIMARY KEY}}\n"), "--allow", "drop-column:t.n")
    shop.write("INSERT INTO t VALUES (7)")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert "BLOCKED nulls-in-not-null: 1 row would hold NULL in t.n  id 7" in ran.out


LENGTHS = tables("  t: {columns: {id: INTEGER PRIMARY KEY, a: {sql: INTEGER, using: length(a)}}}\n")


def test_rows_written_since_that_only_an_undo_could_take_back_are_listed_where_there_is_none(made):
    shop = made("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t (a) VALUES ('hello'), ('hi'), (NULL);")
    shop.apply(LENGTHS, "--allow", "lossy-conversion:t.a")
    shop.write("UPDATE t SET a = 99 WHERE id = 2", "INSERT INTO t VALUES (10, 77)")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    told = "NEEDS CONSENT lossy-conversion: 2 rows of t.a were written since, and do not go back without loss  id 2, 10"
    assert told in ran.out

    shop.back("--allow", "lossy-conversion:t.a")

    assert [(1, "hello"), (2, "99"), (3, None), (10, "77")] == shop.rows("SELECT id, a FROM t")


def test_all_rows_in_the_way_are_listed_on_demand_and_their_query_runs_in_the_shell(made):
    shop = made("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t (a) VALUES ('hello'), ('hi'), (NULL);")
    shop.apply(LENGTHS, "--allow", "lossy-conversion:t.a")
    shop.write("INSERT INTO t VALUES (11, 50), (12, 50), (13, 3), (14, 50), (15, 50), (16, 50), (17, 50)")

    few = shop.run("rollback", "store.db").out
    ran = shop.run("rollback", "store.db", "--rows", "100", "--verbose").out

    assert "id 11, 12, 13, 14, 15, …" in few
    assert "id 11, 12, 13, 14, 15, 16, 17\n" in ran
    query, attach = re.search(r"The query: +(SELECT .*)", ran)[1], re.search(r"ATTACH '.*' AS kept;", ran)[0]
    with closing(sqlite3.connect(shop.db)) as connection:
        connection.execute(attach)
        found = {row[0] for row in connection.execute(query)}
    assert {11, 12, 13, 14, 15, 16, 17} == found


@pytest.mark.parametrize("kind", ["", "TEXT", "INTEGER", "REAL"])
def test_an_undo_that_fails_on_a_row_written_since_blocks_before_anything_happens(made, kind):
    shop = made(f"CREATE TABLE t (id INTEGER PRIMARY KEY, a {kind}); INSERT INTO t (a) VALUES (5), (NULL);")
    a = """{sql: JSON TEXT, using: "json_object('x', a)", undo: "json_extract(a, '$.x')"}"""
    shop.apply(tables(f"  t: {{columns: {{id: INTEGER PRIMARY KEY, a: {a}}}}}\n"))
    shop.write("INSERT INTO t VALUES (10, '{bad')")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert "BLOCKED using-fails: `undo` of t.a fails on the rows that are there: malformed JSON" in ran.out


def test_it_says_how_many_rows_get_back_what_they_had_and_what_the_others_get(made):
    shop = made("""
        CREATE TABLE t (id INTEGER PRIMARY KEY, price REAL, size TEXT DEFAULT 'M');
        CREATE TABLE gone (a);
        INSERT INTO t VALUES (1, 9.95, 'L'), (2, 0.5, 'S');
        INSERT INTO gone VALUES (1), (2), (3);
    """)
    shop.apply(CENTS, "--allow", "drop-column:t.size", "--allow", "drop-table:gone")
    shop.write("UPDATE t SET price = 7 WHERE id = 1", "INSERT INTO t VALUES (3, 8)")

    ran = shop.run("rollback", "store.db")

    assert "  1 of 3 rows gets back the old value, the rest: the expression above\n" in ran.out
    assert "  2 of 3 rows get back the old value, the rest: 'M'\n" in ran.out
    assert "  + gone              table: a, 3 rows of the backup\n" in ran.out


def test_rows_of_the_backup_whose_parents_are_gone_say_what_can_be_done(made):
    shop = made("""
        CREATE TABLE orders (id INTEGER PRIMARY KEY);
        CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id));
        INSERT INTO orders VALUES (1), (2); INSERT INTO items VALUES (7, 1), (8, 2);
    """)
    shop.apply(tables("  orders: {columns: {id: INTEGER PRIMARY KEY}}\n"), "--allow", "drop-table:items")
    shop.write("DELETE FROM orders WHERE id = 2")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert "1 row points to no row of orders  key 8" in ran.out
    assert "These rows are in the backup: insert the rows that they point to, and roll back again." in ran.out

    shop.write("INSERT INTO orders VALUES (2)")
    shop.back()

    assert [(7, 1), (8, 2)] == shop.rows("SELECT * FROM items")


def test_many_converted_columns_are_all_judged(made):
    names = [f"c{place}" for place in range(40)]
    columns = ", ".join(f"{each} REAL" for each in names)
    values = ", ".join(f"{place}.5" for place in range(40))
    shop = made(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {columns}); INSERT INTO t VALUES (1, {values});")
    body = ", ".join(f"{each}: {{sql: INTEGER, using: {each} * 10, undo: {each} / 10.0}}" for each in names)
    shop.apply(tables(f"  t: {{columns: {{id: INTEGER PRIMARY KEY, {body}}}}}\n"))
    shop.write("UPDATE t SET c0 = c0 + 1, c39 = 'no number'")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert ["lossy-conversion: 1 row of t.c39"] == re.findall(r"\S+: 1 row of t\.c\d+", ran.out)


def test_keys_of_what_is_sensitive_stay_hidden_on_the_way_back(made):
    shop = made("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t (a) VALUES ('hello'), ('hi'), (NULL);")
    hidden = LENGTHS.replace("length(a)", "length(a), sensitive: true")
    shop.apply(hidden, "--allow", "lossy-conversion:t.a")
    shop.write("UPDATE t SET a = 99 WHERE id = 2")

    ran = shop.run("rollback", "store.db", "--rows", "100")

    assert "do not go back without loss  keys hidden: sensitive" in ran.out.replace("does not", "do not")


def test_a_row_that_took_the_key_of_another_column_gets_nobody_elses_values(made):
    shop = made("""
        CREATE TABLE t (id INT PRIMARY KEY, secret TEXT);
        INSERT INTO t VALUES (70, 'of 70'), (30, 'of 30');
    """)
    shop.apply(tables("  t: {columns: {id: INTEGER PRIMARY KEY}}\n"), "--allow", "drop-column:t.secret")
    shop.write("INSERT INTO t VALUES (1), (2)")  # the hidden rowids of 70 and 30 before

    shop.back()

    expected = [(1, None), (2, None), (30, "of 30"), (70, "of 70")]
    assert expected == shop.rows("SELECT id, secret FROM t ORDER BY id")


def test_a_vacuum_moves_no_value_to_another_row_where_there_is_a_key(made):
    shop = made("""
        CREATE TABLE t (code TEXT PRIMARY KEY, secret TEXT);
        INSERT INTO t VALUES ('gone', 'x'), ('b', 'of b'), ('c', 'of c'), (NULL, 'of nobody');
    """)
    shop.write("DELETE FROM t WHERE code = 'gone'")
    shop.apply(tables("  t: {columns: {code: TEXT PRIMARY KEY}}\n"), "--allow", "drop-column:t.secret")
    shop.write("DELETE FROM t WHERE code IS NULL", "VACUUM")

    shop.back()

    assert [("b", "of b"), ("c", "of c")] == shop.rows("SELECT code, secret FROM t")


KEYLESS = """
    CREATE TABLE t (who TEXT, secret TEXT);
    INSERT INTO t VALUES ('gone', 'x'), ('b', 'of b'), ('c', 'of c');
    DELETE FROM t WHERE who = 'gone';
"""


def test_where_rows_have_no_key_and_were_numbered_anew_nothing_comes_back_without_consent(made):
    shop = made(KEYLESS)
    shop.apply(tables("  t: {columns: {who: TEXT}}\n"), "--allow", "drop-column:t.secret")
    shop.write("VACUUM")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert "NEEDS CONSENT lossy-conversion: 1 row holds nothing else that its rowid led to then" in ran.out


def test_where_rows_have_no_key_values_come_back_by_their_hidden_rowid(made):
    shop = made(KEYLESS)
    shop.apply(tables("  t: {columns: {who: TEXT}}\n"), "--allow", "drop-column:t.secret")
    shop.write("INSERT INTO t VALUES ('new')")

    shop.back()

    assert [(2, "b", "of b"), (3, "c", "of c"), (4, "new", None)] == shop.rows("SELECT rowid, who, secret FROM t")


NO_KEY = {  # nothing leads from a row of the backup to a row of now
    "every name of the rowid is taken": (
        "CREATE TABLE t (rowid TEXT, oid TEXT, _rowid_ TEXT, gone TEXT); INSERT INTO t VALUES ('a', 'b', 'c', 'd');",
        "  t: {columns: {rowid: TEXT, oid: TEXT, _rowid_: TEXT}}\n",
    ),
    "a part of the key went too": (
        "CREATE TABLE t (a TEXT, gone TEXT, PRIMARY KEY (a, gone)) WITHOUT ROWID; INSERT INTO t VALUES ('a', 'd');",
        "  t: {columns: {a: TEXT}, primary_key: [a], without_rowid: true}\n",
    ),
}


@pytest.mark.parametrize("before", NO_KEY)
def test_values_that_no_key_leads_back_to_their_rows_want_consent(made, before):
    sql, schema = NO_KEY[before]
    shop = made(sql)
    shop.apply(tables(schema), "--allow", "drop-column:t.gone")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert "1 row of the backup holds a value of t.gone, and no key tells which rows these are now" in ran.out


def test_a_unique_index_over_a_column_that_comes_back_is_judged_by_the_values_that_come_back(made):
    shop = made("""
        CREATE TABLE t (id INTEGER PRIMARY KEY, code INT NOT NULL DEFAULT 3);
        CREATE UNIQUE INDEX i ON t (code || ',');
        INSERT INTO t VALUES (1, 10), (2, 20);
    """)
    consent = ("--allow", "drop-column:t.code", "--allow", "drop-index:i")
    shop.apply(tables("  t: {columns: {id: INTEGER PRIMARY KEY}}\n"), *consent)
    shop.write("INSERT INTO t VALUES (5)")

    shop.back()

    assert [(1, 10), (2, 20), (5, 3)] == shop.rows("SELECT * FROM t")


def test_columns_that_are_called_like_our_own_are_no_trouble(made):
    shop = made("""
        CREATE TABLE kept
            (id INTEGER PRIMARY KEY, "#found" TEXT, "#was gone" TEXT, "#same was" TEXT, was REAL, gone TEXT);
        INSERT INTO kept VALUES (1, 'f', 'w', 's', 1.5, 'g'), (2, NULL, NULL, 0, 2.5, 'h');
    """)
    was = "was: {sql: INTEGER, using: was * 10, undo: was / 10.0}"
    columns = f'id: INTEGER PRIMARY KEY, "#found": TEXT, "#was gone": TEXT, "#same was": TEXT, {was}'
    shop.apply(tables(f"  kept: {{columns: {{{columns}}}}}\n"), "--allow", "drop-column:kept.gone")
    shop.write("UPDATE kept SET was = 99 WHERE id = 2", "INSERT INTO kept (id, was) VALUES (3, 7)")

    shop.back()

    assert shop.rows("SELECT * FROM kept") == [
        (1, "f", "w", "s", 1.5, "g"),
        (2, None, None, "0", 9.9, "h"),
        (3, None, None, None, 0.7, None),
    ]


def test_a_null_in_a_key_keeps_its_own_value(made):
    shop = made("""
        CREATE TABLE t (code TEXT PRIMARY KEY, secret TEXT);
        INSERT INTO t VALUES ('a', 'of a'), (NULL, 'first'), (NULL, 'second');
    """)
    shop.apply(tables("  t: {columns: {code: TEXT PRIMARY KEY}}\n"), "--allow", "drop-column:t.secret")

    shop.back()

    assert [("a", "of a"), (None, "first"), (None, "second")] == shop.rows("SELECT code, secret FROM t")


# --- tables that were dropped


def test_a_dropped_table_comes_back_with_rows_sequence_index_and_trigger(made):
    shop = made("""
        CREATE TABLE kept (id INTEGER PRIMARY KEY);
        CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT);
        CREATE INDEX log_what ON log (what);
        CREATE TRIGGER log_never BEFORE INSERT ON log WHEN NEW.what = 'no' BEGIN SELECT RAISE(ABORT, 'never'); END;
        INSERT INTO log (what) VALUES ('a'), ('b'), ('c');
        DELETE FROM log WHERE id > 1;
    """)
    shop.apply(tables("  kept: {columns: {id: INTEGER PRIMARY KEY}}\n"), "--allow", "drop-table:log")

    shop.back()

    assert [(1, "a")] == shop.rows("SELECT id, what FROM log")
    assert [("log", 3)] == shop.rows("SELECT name, seq FROM sqlite_sequence")
    assert [("log_never",), ("log_what",)] == shop.rows(
        "SELECT name FROM sqlite_schema WHERE name LIKE 'log^_%' ESCAPE '^' ORDER BY 1"
    )


def test_a_high_water_mark_comes_back_and_never_falls_below_what_was_given_out_since(made):
    shop = made("""
        CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, x TEXT);
        CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT);
        INSERT INTO a VALUES (90, 'x'), (1, 'y'); DELETE FROM a WHERE id = 90; INSERT INTO b VALUES (5); DELETE FROM b;
    """)
    shop.apply(
        tables("  a: {columns: {id: INTEGER PRIMARY KEY, x: TEXT}}\n  b: {columns: {id: INTEGER PRIMARY KEY}}\n")
    )
    shop.write("INSERT INTO b VALUES (700)")

    shop.back()

    assert [("a", 90), ("b", 700)] == shop.rows("SELECT name, seq FROM sqlite_sequence ORDER BY name")


def test_rows_that_come_back_never_point_to_rows_deleted_since(made):
    shop = made("""
        CREATE TABLE p (id INTEGER PRIMARY KEY);
        CREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p (id));
        INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (10, 1), (20, 2);
    """)
    shop.apply(tables("  p: {columns: {id: INTEGER PRIMARY KEY}}\n"), "--allow", "drop-table:c")
    shop.write("DELETE FROM p WHERE id = 2")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert "BLOCKED orphans: " in ran.out
    assert "20" in ran.out


def test_a_full_text_table_with_rows_of_its_own_is_refused_by_name_with_restore_as_the_way(made):
    shop = made("""
        CREATE TABLE t (id INTEGER PRIMARY KEY);
        CREATE VIRTUAL TABLE notes USING fts5(body);
        INSERT INTO notes (rowid, body) VALUES (3, 'tea for two'), (9, 'coffee');
    """)
    shop.apply(tables("  t: {columns: {id: INTEGER PRIMARY KEY}}\n"), "--allow", "drop-table:notes")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert "virtual table notes would come back without the rows that it kept itself" in ran.out
    assert "reconcile rollback store.db --restore" in ran.out

    shop.back("--restore")

    assert [(3,)] == shop.rows("SELECT rowid FROM notes WHERE notes MATCH 'two'")


def test_a_full_text_table_over_another_table_comes_back_and_finds_its_rows(made):
    shop = made("""
        CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT);
        CREATE VIRTUAL TABLE notes USING fts5(body, content='t', content_rowid='id');
        INSERT INTO t VALUES (3, 'tea for two'); INSERT INTO notes (notes) VALUES ('rebuild');
    """)
    shop.apply(tables("  t: {columns: {id: INTEGER PRIMARY KEY, body: TEXT}}\n"), "--allow", "drop-table:notes")
    shop.write("INSERT INTO t VALUES (4, 'two more')")

    shop.back()

    assert [(3,), (4,)] == shop.rows("SELECT rowid FROM notes WHERE notes MATCH 'two' ORDER BY rowid")


# --- what others did


def test_what_is_nobodys_stays_on_the_way_back(shop):
    shop.write("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)", "ALTER TABLE products ADD COLUMN own TEXT")
    shop.write("UPDATE products SET own = 'kept' WHERE id = 1")
    without_fax_keeping = "version: 1" + WITHOUT_FAX
    shop.apply(without_fax_keeping, "--allow", "drop-column:products.fax")
    shop.write("CREATE INDEX since ON products (name)")

    shop.back()

    assert [(1, "111", "kept")] == shop.rows("SELECT id, fax, own FROM products WHERE id = 1")
    assert [(1,)] == shop.rows("SELECT x FROM theirs")
    assert [(1,)] == shop.rows("SELECT count(*) FROM sqlite_schema WHERE name = 'since'")


def test_a_renamed_table_and_column_get_their_names_and_keep_what_was_written(shop):
    schema = """
tables:
  goods:
    renamed_from: products
    columns:
      id: INTEGER PRIMARY KEY
      title: {sql: TEXT NOT NULL, renamed_from: name}
      fax: TEXT
"""
    shop.apply("version: 1" + schema)
    shop.write("INSERT INTO goods VALUES (4, 'new', '444')", "UPDATE goods SET title = 'TEA' WHERE id = 1")

    shop.back()

    assert [(1, "TEA"), (2, "coffee"), (3, "milk"), (4, "new")] == shop.rows("SELECT id, name FROM products")


def test_an_old_name_that_is_taken_now_is_refused_in_words(shop):
    schema = "version: 1" + WITHOUT_FAX.replace("  products:\n", "  goods:\n    renamed_from: products\n")
    schema = schema.replace("NULL}", "NULL, fax: TEXT}")
    shop.apply(schema)
    shop.write("CREATE VIEW products AS SELECT 1 AS x")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert "table goods was products before #2, and there is a view products now" in ran.err
    assert "--restore" in ran.err


# --- tables of every kind


def test_a_table_without_rowid_gets_a_dropped_column_back_by_its_key(made):
    shop = made("""
        CREATE TABLE t (a TEXT COLLATE NOCASE, b INT, secret TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
        INSERT INTO t VALUES ('x', 1, 's1'), ('y', 2, 's2');
    """)
    schema = "  t: {columns: {a: TEXT COLLATE NOCASE, b: INT}, primary_key: [a, b], without_rowid: true}\n"
    shop.apply(tables(schema), "--allow", "drop-column:t.secret")
    shop.write("INSERT INTO t VALUES ('z', 3)", "UPDATE t SET a = 'X' WHERE b = 1")

    shop.back()

    assert [("X", 1, "s1"), ("y", 2, "s2"), ("z", 3, None)] == shop.rows("SELECT a, b, secret FROM t")


def test_generated_columns_are_computed_over_the_values_that_came_back(made):
    shop = made("""
        CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, twice INT AS (a * 2) STORED, thrice INT AS (a * 3));
        INSERT INTO t (a) VALUES (1), (2);
    """)
    allow = [word for column in ("a", "twice", "thrice") for word in ("--allow", f"drop-column:t.{column}")]
    shop.apply(tables("  t: {columns: {id: INTEGER PRIMARY KEY}}\n"), *allow)
    shop.write("INSERT INTO t VALUES (9)")

    shop.back()

    assert [(1, 1, 2, 3), (2, 2, 4, 6), (9, None, None, None)] == shop.rows("SELECT id, a, twice, thrice FROM t")


# --- without a backup


def test_without_a_backup_a_column_that_would_come_back_empty_is_said_and_wants_consent(shop):
    shop.apply("version: 1" + WITHOUT_FAX, "--allow", "drop-column:products.fax", "--no-backup")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert "products.fax comes back without the values that it had: #2 took no backup" in ran.out
    assert "--allow lossy-conversion:products.fax" in ran.out

    shop.back("--allow", "lossy-conversion:products.fax")

    assert [(None,)] * 3 == shop.rows("SELECT fax FROM products")


def test_without_a_backup_a_table_that_would_come_back_empty_is_said_and_wants_consent(made):
    shop = made("CREATE TABLE a (x); CREATE TABLE b (x); INSERT INTO b VALUES (1);")
    shop.apply(tables("  a: {columns: {x: ''}}\n"), "--allow", "drop-table:b", "--no-backup")

    ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert "table b comes back without the rows that it had: #2 took no backup" in ran.out


def test_without_a_backup_a_using_without_undo_is_said_and_wants_consent(made):
    shop = made(PRICES)
    shop.apply(CENTS.replace(", undo: price / 100.0", ""), "--allow", "lossy-conversion:t.price", "--no-backup")

    ran = shop.run("rollback", "store.db", "--yes")

    assert 3 == ran.status
    assert "t.price does not get the values back that `using` changed: #2 took no backup" in ran.out


def test_without_a_backup_a_number_that_was_a_text_is_said_to_come_back_in_another_spelling(made):
    shop = made("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t (a) VALUES ('007'), ('8');")
    schema = tables("  t: {columns: {id: INTEGER PRIMARY KEY, a: INTEGER}}\n")
    shop.apply(schema, "--allow", "lossy-conversion:t.a", "--no-backup")

    ran = shop.back()

    told = "note lossy-conversion: t.a gets numbers back as SQLite writes them, '7' where '007' was: #2 took no backup"
    assert told in ran.out
    assert [("7",), ("8",)] == shop.rows("SELECT a FROM t")


def test_without_a_backup_there_is_nothing_to_restore(shop):
    shop.apply("version: 1" + WITHOUT_FAX, "--allow", "drop-column:products.fax", "--no-backup")

    ran = shop.run("rollback", "store.db", "--restore", "--yes")

    assert 64 == ran.status
    assert "#2 took no backup to go back to" in ran.err


# --- restore


def test_restore_counts_what_was_written_saves_it_aside_and_remembers(shop):
    without_fax(shop)
    shop.write("INSERT INTO products (name) VALUES ('n1'), ('n2')", "UPDATE products SET name = 'X' WHERE id = 1")
    shop.write("DELETE FROM products WHERE id = 3", "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)")

    with untouched(shop.folder):
        asked = shop.run("rollback", "store.db", "--restore")

    assert 3 == asked.status
    assert "products   2 inserted, 1 changed, 1 deleted since" in asked.out
    assert "theirs   1 inserted, 0 changed, 0 deleted since" in asked.out

    done = shop.back("--restore")

    assert [(1, "tea", "111"), (2, "coffee", "222"), (3, "milk", None)] == shop.rows("SELECT * FROM products")
    assert [(3, False), (2, True), (1, False)] == shop.history()
    saved = re.search(r"Undo:  reconcile restore store.db (\S+)", done.out)[1]
    assert [(5,)] == rows(shop.folder / saved, "SELECT max(id) FROM products")


def test_restore_of_the_very_first_version_keeps_the_history(tmp_path):
    build(tmp_path / "store.db", SHOP)
    (tmp_path / "schema.yaml").write_text(
        "version: 1" + WITHOUT_FAX.replace("NULL}", "NULL, fax: TEXT, size: TEXT}"), "utf-8"
    )
    assert 0 == reconcile("apply", "store.db", "--yes", folder=tmp_path).status

    done = reconcile("rollback", "store.db", "--restore", "--yes", folder=tmp_path)

    assert 0 == done.status, done.err
    assert [(2, None), (1, 1)] == rows(
        tmp_path / "store.db",
        "SELECT version, nullif(rolled_back_at IS NOT NULL, 0) FROM schema_version ORDER BY 1 DESC",
    )
    assert [("id",), ("name",), ("fax",)] == rows(
        tmp_path / "store.db", "SELECT name FROM pragma_table_info('products')"
    )
    assert 64 == reconcile("rollback", "store.db", "--yes", folder=tmp_path).status


def test_restore_counts_no_row_as_written_that_the_version_itself_converted_or_renamed(made):
    shop = made(PRICES)
    renamed = CENTS.replace("  t:\n", "  goods:\n    renamed_from: t\n")
    shop.apply(renamed.replace("columns:\n", "columns:\n      extra: TEXT\n"))
    shop.write("INSERT INTO goods (id, price) VALUES (9, 50)", "UPDATE goods SET price = 1234 WHERE id = 2")

    ran = shop.run("rollback", "store.db", "--restore")

    assert 3 == ran.status
    assert "goods   1 inserted, 1 changed, 0 deleted since" in ran.out


def test_restore_needs_no_question_where_nothing_was_written(shop):
    without_fax(shop)

    ran = shop.run("rollback", "store.db", "--restore")

    assert 0 == ran.status
    assert [("111",), ("222",), (None,)] == shop.rows("SELECT fax FROM products")


def test_a_restore_is_undone_by_restoring_what_was_saved_and_rollback_says_so(shop):
    without_fax(shop)
    shop.write("INSERT INTO products (name) VALUES ('since')")
    shop.back("--restore")

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes")

    assert 64 == ran.status
    line = re.search(r"reconcile (restore store.db \S+)", ran.err)[1]

    assert 0 == shop.run(*line.split()).status
    assert [("tea",), ("coffee",), ("milk",), ("since",)] == shop.rows("SELECT name FROM products")
    assert [(2, False), (1, False)] == shop.history()


# --- over several versions


def three_versions(shop) -> Shop:
    columns = "id: INTEGER PRIMARY KEY, name: TEXT NOT NULL"
    for added in (", fax: TEXT, b: TEXT", ", fax: TEXT, b: TEXT, c: TEXT", ", b: TEXT, c: TEXT"):
        allow = ("--allow", "drop-column:products.fax") if "fax" not in added else ()
        shop.apply(tables(f"  products: {{columns: {{{columns}{added}}}}}\n"), *allow)
    return shop


def test_to_goes_back_over_several_versions_one_by_one(shop):
    three_versions(shop)
    allow = ("--allow", "drop-column:products.b", "--allow", "drop-column:products.c")

    ran = shop.back("--to", "1", *allow)

    assert [(1, "tea", "111"), (2, "coffee", "222"), (3, "milk", None)] == shop.rows("SELECT * FROM products")
    assert [(number, number in (2, 3, 4)) for number in range(7, 0, -1)] == shop.history()
    assert 3 == ran.out.count("Applied #")


def test_to_says_before_each_step_which_one_it_is(shop):
    three_versions(shop)

    ran = shop.back("--to", "1", "--allow", "drop-column:products.b", "--allow", "drop-column:products.c")

    steps = re.findall(r"^Step (\d) of (\d): undo #(\d)", ran.out, re.MULTILINE)
    assert [("1", "3", "4"), ("2", "3", "3"), ("3", "3", "2")] == steps


def test_to_that_lacks_a_consent_later_on_says_where_it_stands(shop):
    three_versions(shop)

    ran = shop.run("rollback", "store.db", "--yes", "--to", "1", "--allow", "drop-column:products.c")

    assert 3 == ran.status
    assert "NEEDS CONSENT drop-column" in ran.out
    assert "--to 1" in ran.out
    assert "Undone already: #4, #3. It stands at #2 now." in ran.err
    assert "Nothing was changed by this step" in ran.err
    assert [(6, False), (5, False), (4, True), (3, True), (2, False), (1, False)] == shop.history()


@pytest.mark.parametrize("to", ["4", "9"])
def test_to_a_version_that_we_are_at_or_have_not_reached_is_wrong_usage(shop, to):
    three_versions(shop)

    with untouched(shop.folder):
        ran = shop.run("rollback", "store.db", "--yes", "--to", to)

    assert 64 == ran.status
    assert "the database is at #4 already" in ran.err


def test_to_restores_over_several_versions_at_once(shop):
    three_versions(shop)

    shop.back("--restore", "--to", "1")

    assert [(1, "tea", "111"), (2, "coffee", "222"), (3, "milk", None)] == shop.rows("SELECT * FROM products")
    assert [(5, False), (4, True), (3, True), (2, True), (1, False)] == shop.history()


# --- histories and files of every kind


def test_a_history_of_another_name_is_found(made):
    shop = made(SHOP)
    (shop.folder / "other").mkdir()
    build(shop.folder / "other" / "store.db", SHOP)
    schema = "version: 1\nhistory_table: changes" + WITHOUT_FAX.replace("NULL}", "NULL, fax: TEXT, size: TEXT}")
    (shop.folder / "other" / "schema.yaml").write_text(schema, "utf-8")
    assert 0 == reconcile("apply", "store.db", "--yes", folder=shop.folder / "other").status

    ran = reconcile(
        "rollback", "store.db", "--yes", "--allow", "drop-column:products.size", folder=shop.folder / "other"
    )

    assert 0 == ran.status, ran.err
    assert [(1, 1), (2, 0)] == rows(
        shop.folder / "other" / "store.db", "SELECT version, rolled_back_at IS NOT NULL FROM changes"
    )


@pytest.mark.parametrize("way", [(), ("--restore",)], ids=["keep-data", "restore"])
def test_an_adopted_history_stays_as_the_application_made_it(tmp_path, way):
    own = "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, description TEXT, applied_at TEXT)"
    build(tmp_path / "store.db", SHOP, own, "INSERT INTO schema_version VALUES (6, 'theirs', '2020')")
    (tmp_path / "schema.yaml").write_text(
        "version: 1" + WITHOUT_FAX.replace("NULL}", "NULL, fax: TEXT, b: TEXT}"), "utf-8"
    )
    assert 0 == reconcile("apply", "store.db", "--yes", folder=tmp_path).status

    ran = reconcile("rollback", "store.db", "--yes", "--allow", "drop-column:products.b", *way, folder=tmp_path)

    assert 0 == ran.status, ran.err
    assert [(own,)] == rows(tmp_path / "store.db", "SELECT sql FROM sqlite_schema WHERE name = 'schema_version'")
    assert [(6,), (7,), (8,)] == rows(tmp_path / "store.db", "SELECT version FROM schema_version")
    told = json.loads(reconcile("history", "store.db", "--json", folder=tmp_path).out)["versions"]
    assert [(8, False), (7, True), (6, False)] == [(v["number"], v["rolled_back_at"] is not None) for v in told]


def test_a_backup_that_may_only_be_read_serves_and_nothing_appears_beside_it(shop):
    without_fax(shop)
    folder = shop.folder / "backups"
    kept = names(folder)
    for file in folder.iterdir():
        file.chmod(0o400)

    shop.back("--no-backup")

    assert [("111",), ("222",), (None,)] == shop.rows("SELECT fax FROM products")
    assert kept == names(folder)


def test_a_database_in_wal_mode_goes_back_and_stays_in_wal_mode(made):
    shop = made("PRAGMA journal_mode = WAL;" + SHOP)
    without_fax(shop)
    shop.write("INSERT INTO products (name) VALUES ('new')")

    shop.back()

    assert [("wal",)] == shop.rows("PRAGMA journal_mode")
    assert [("111",), ("222",), (None,), (None,)] == shop.rows("SELECT fax FROM products")


def test_an_application_that_has_the_database_open_sees_one_or_the_other(made):
    shop = made("PRAGMA journal_mode = WAL;" + SHOP)
    without_fax(shop)
    reader = sqlite3.connect(shop.db)
    try:
        reader.execute("BEGIN")
        assert 2 == len(reader.execute("SELECT * FROM products").fetchone())

        shop.back()

        assert 2 == len(reader.execute("SELECT * FROM products").fetchone())
        reader.rollback()
        assert 3 == len(reader.execute("SELECT * FROM products").fetchone())
    finally:
        reader.close()


@pytest.mark.parametrize("using", ["", ", using: \"'v' || a\""])
def test_restore_counts_what_was_written_also_beside_a_column_called_true(tmp_path, using):
    """In a subquery SQLite calls such a column column1."""
    before = "CREATE TABLE t (id INTEGER PRIMARY KEY, \"true\" TEXT, a INTEGER); INSERT INTO t VALUES (1, 'x', 2);"
    shop = Shop(tmp_path, before)
    a = f"a: {{sql: TEXT{using}}}"
    shop.apply(
        tables(f'  t: {{columns: {{id: INTEGER PRIMARY KEY, "true": TEXT, {a}}}}}\n'),
        *(("--allow", "lossy-conversion:t.a") if using else ()),
    )
    shop.write("INSERT INTO t VALUES (2, 'y', 3)")

    shop.back("--restore")

    assert [(1, "x", 2)] == shop.rows("SELECT * FROM t")

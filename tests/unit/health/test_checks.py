"""Each health check finds the fault that it is for, and finds nothing in a sound database."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from harm import corrupt, spoil

from reconcile.cli.app import main
from reconcile.health import CHECKS

LARGEST = 2**63 - 1
pytestmark = pytest.mark.usefixtures("shop")


def finding(document, code):
    return next(f for check in document["checks"] for f in check["findings"] if f["code"] == code)


def asked(query):
    with closing(sqlite3.connect("shop.db")) as connection:
        return connection.execute(query).fetchall()


def test_a_sound_database_is_healthy(health):
    status, found, document = health()

    assert (0, [], "healthy") == (status, found, document["status"])
    assert [check.name for check in CHECKS] == [check["name"] for check in document["checks"]]
    assert {"ok"} == {check["status"] for check in document["checks"]}


def test_rows_and_nulls_are_counted_for_every_table(health):
    _, _, document = health()

    assert [
        ("users", 4, [{"column": "email", "rows": 2}, {"column": "age", "rows": 1}]),
        ("orders", 3, [{"column": "user_id", "rows": 1}]),
        ("tags", 2, [{"column": "weight", "rows": 1}]),
    ] == [(table["name"], table["rows"], table["nulls"]) for table in document["tables"]]


def test_an_index_that_misses_a_row_is_damage(health):
    # The row goes from the table alone: the index is switched off in the catalog meanwhile.
    spoil(
        "PRAGMA writable_schema = ON",
        "CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'by_email'",
        "DELETE FROM sqlite_schema WHERE name = 'by_email'",
        "PRAGMA writable_schema = RESET",
        "DELETE FROM users WHERE id = 3",
        "PRAGMA writable_schema = ON",
        "INSERT INTO sqlite_schema SELECT * FROM kept",
        "PRAGMA writable_schema = RESET",
        "DROP TABLE kept",
    )

    status, found, document = health()

    assert (7, "damaged") == (status, document["status"])
    assert ("integrity", "damage", "damage", "") in found
    assert "by_email" in finding(document, "damage")["message"]


def test_on_a_damaged_file_only_what_needs_no_row_is_looked_at(health):
    root = asked("SELECT rootpage FROM sqlite_schema WHERE name = 'orders'")[0][0]
    corrupt("shop.db", (root - 1) * asked("PRAGMA page_size")[0][0], b"\x0d\xff\xff\xff\xff\xff\xff")

    status, found, document = health()

    assert 7 == status
    assert {"integrity"} == {check for check, *_ in found}
    assert {
        "integrity": "damage",
        "foreign keys": "not-checked",
        "drift": "not-checked",
        "rows": "not-checked",
        "ids": "not-checked",
        "backups": "ok",
    } == {check["name"]: check["status"] for check in document["checks"]}


@pytest.mark.parametrize("backed_up", [True, False])
def test_where_not_even_the_schema_can_be_read_the_backup_is_named(backed_up, capsys):
    os.truncate("shop.db", 6000)
    if not backed_up:
        backup().unlink()

    assert 7 == main(["health", "shop.db"])
    hint = capsys.readouterr().err.splitlines()[-1]
    assert (f"reconcile restore shop.db {backup()}" if backed_up else "there is no backup") in hint


def test_a_null_in_a_not_null_column_is_no_damage(health):
    spoil(
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'email TEXT', 'email TEXT NOT NULL') WHERE name = 'users'",
    )
    Path("schema.yaml").write_text(Path("schema.yaml").read_text().replace("email: TEXT", "email: TEXT NOT NULL"))

    status, found, _ = health()

    assert (2, [("integrity", "problem", "broken-rows", "")] * 2) == (status, found)


def test_what_the_application_alone_can_evaluate_is_told_and_is_no_fault(health):
    with closing(sqlite3.connect("shop.db", isolation_level=None)) as connection:
        connection.create_collation("backwards", lambda a, b: (b > a) - (b < a))
        connection.create_function("twice", 1, lambda n: 2 * n, deterministic=True)
        connection.execute("CREATE TABLE words (word TEXT COLLATE backwards, n INT CHECK (twice(n) > 1))")
        connection.execute("CREATE INDEX by_word ON words (word)")
        connection.execute("INSERT INTO words VALUES ('a', 1), ('b', 2), ('c', 3)")

    status, found, document = health()

    says = {check["name"]: check["says"] for check in document["checks"]}
    assert (0, []) == (status, found)
    assert "every page; not the indexes, for want of backwards" == says["integrity"]
    assert "no CHECK of words: no such function: twice" in says["rows"]


def test_rows_without_a_parent_are_counted_and_the_query_finds_them(health):
    spoil("INSERT INTO orders (id, user_id) VALUES (70, 99), (71, 98)")

    status, found, document = health()

    assert (2, [("foreign keys", "problem", "orphans", "orders")]) == (status, found)
    orphans = finding(document, "orphans")
    assert "2 rows of orders (user_id) point to no row of users" == orphans["message"]
    assert [(70,), (71,)] == sorted(asked(orphans["query"]))


def test_two_keys_of_one_table_to_one_parent_are_told_apart(health):
    spoil("CREATE TABLE gifts (giver INT REFERENCES users, taker INT REFERENCES users)")
    spoil("INSERT INTO gifts VALUES (98, 99), (1, 97)")

    _, _, document = health()

    assert [("gifts (giver)", 1), ("gifts (taker)", 2)] == sorted(
        (found["message"].partition(" of ")[2].partition(" point")[0], found["count"])
        for check in document["checks"]
        for found in check["findings"]
    )


def test_a_foreign_key_that_sqlite_cannot_check_is_told_once_and_stops_no_other(health):
    spoil("CREATE TABLE odd (e TEXT REFERENCES users (email))", "INSERT INTO odd VALUES ('a@x')")
    spoil("INSERT INTO orders (id, user_id) VALUES (70, 99)")

    status, found, _ = health()

    assert 2 == status
    assert [("problem", "orphans", "orders"), ("problem", "foreign-key-mismatch", "odd")] == [
        (level, code, name) for check, level, code, name in found if check == "foreign keys"
    ]


def test_rows_that_break_a_check_are_found_on_a_file_opened_for_reading(health):
    spoil("PRAGMA ignore_check_constraints = ON", "UPDATE users SET age = -1 WHERE id > 2")

    status, found, document = health()

    assert 2 == status
    assert ("rows", "problem", "check-violations", "users") in found
    broken = finding(document, "check-violations")
    assert (2, "2 rows of users break CHECK (age > 0)") == (broken["count"], broken["message"])
    assert [(3,), (4,)] == sorted((row[0],) for row in asked(broken["query"]))


def test_what_differs_from_the_schema_file_is_drift(health):
    spoil("DROP INDEX by_email")

    status, found, document = health()

    assert (2, [("drift", "problem", "drift", "schema.yaml")]) == (status, found)
    assert "differs from schema.yaml: 1 to add, 0 to change, 0 to destroy" == finding(document, "drift")["message"]
    assert "look:   reconcile plan shop.db" == finding(document, "drift")["advice"]


def test_what_nobody_manages_is_no_drift(health):
    spoil("CREATE TABLE theirs (a)")

    assert (0, []) == health()[:2]


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        (["--rows", "users:5.."], [("rows", "problem", "rows", "users")]),
        (["--rows", "users:..3"], [("rows", "problem", "rows", "users")]),
        (["--rows", "USERS:4..4", "--rows", "orders:..3", "--rows", "tags:0.."], []),
        (["--nulls", "users.email:49%"], [("rows", "problem", "nulls", "users.email")]),
        (["--nulls", "users.email:50%", "--nulls", "orders.note:0%"], []),
        (["--nulls", "users.age:0%"], [("rows", "problem", "nulls", "users.age")]),
    ],
)
def test_a_limit_is_a_limit(health, limits, found):
    assert (2 if found else 0, found) == health(*limits)[:2]


def test_limits_come_from_the_configuration_and_the_command_line_goes_first(health):
    Path("pyproject.toml").write_text(
        '[tool.reconcile]\nhealth_rows = {users = "10.."}\nhealth_nulls = {"users.email" = "10%"}\n', "utf-8"
    )

    both = [("rows", "problem", "rows", "users"), ("rows", "problem", "nulls", "users.email")]
    assert (2, both) == health()[:2]
    assert (2, both[1:]) == health("--rows", "users:1..")[:2]
    assert (0, []) == health("--rows", "users:1..", "--nulls", "users.email:80%")[:2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rows", "user:1.."], "there is a limit for table user, and no such table"),
        (["--nulls", "users.mail:1%"], "did you mean 'users.email'?"),
        (["--rows", "users:5..1"], "'5..1' is no range"),
        (["--rows", "users:.."], "'..' is no range"),
        (["--rows", "users:five"], "'five' is no range"),
        (["--rows", "users"], "it must be a name, a colon, and the limit"),
        (["--nulls", "users.email:5"], "'5' is no share of the rows"),
        (["--nulls", "users.email:101%"], "'101%' is no share of the rows"),
    ],
)
def test_a_limit_that_says_nothing_is_wrong_usage(words, said, capsys):
    assert 64 == main(["health", "shop.db", *words])
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("health_rows = 5", "health_rows must be a table of texts"),
        ("health_nulls = {a = 5}", "health_nulls must be a table of texts"),
        ('health_rows = {users = "many"}', "pyproject.toml: rows of users: 'many' is no range"),
    ],
)
def test_a_configured_limit_that_says_nothing_is_told_with_its_file(content, said, capsys):
    Path("pyproject.toml").write_text(f"[tool.reconcile]\n{content}\n", "utf-8")

    assert 64 == main(["health", "shop.db"])
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("largest", "found"),
    [
        (2**31 // 2, ()),
        (2**31 - 2, ("note", "ids-near-limit")),
        (2**31 + 9, ()),
        (2**32 - 1, ("note", "ids-near-limit")),
        (2**53 - 9, ("note", "ids-near-limit")),
        (2**60, ()),
        (LARGEST - 9, ("problem", "ids-end")),
        (LARGEST, ("problem", "ids-end")),
    ],
)
@pytest.mark.parametrize("table", ["users", "orders", "loose"])
def test_ids_near_a_limit_are_told(health, table, largest, found):
    spoil("CREATE TABLE loose (a)", f"INSERT INTO {table} (rowid) VALUES ({largest})")

    status, seen, document = health()

    assert ([("ids", *found, table)] if found else []) == seen
    assert (2 if found and found[0] == "problem" else 0) == status
    assert str(largest) not in str(document)


def test_a_sequence_counts_where_the_row_itself_is_gone(health):
    spoil(f"UPDATE sqlite_sequence SET seq = {LARGEST} WHERE name = 'users'")

    status, found, document = health()

    assert (2, [("ids", "problem", "ids-end", "users")]) == (status, found)
    assert "every INSERT then fails" in finding(document, "ids-end")["message"]
    with pytest.raises(sqlite3.OperationalError, match="full"):
        spoil("INSERT INTO users (email) VALUES ('z')")


def test_more_tables_than_one_query_takes_are_all_looked_at(health):
    spoil(*(f"CREATE TABLE t{n} (a)" for n in range(250)), f"INSERT INTO t249 (rowid) VALUES ({LARGEST})")

    assert (2, [("ids", "problem", "ids-end", "t249")]) == health()[:2]


def backup():
    return next(Path("backups").glob("*.db"))


def other_than(first):
    return next(file for file in Path("backups").glob("*.db") if file != first)


@pytest.mark.parametrize("harm", ["cut off", "other bytes", "a hole", "empty"])
def test_a_backup_that_cannot_be_put_back_is_a_problem(health, harm):
    file, size = backup(), backup().stat().st_size
    if harm == "cut off":
        os.truncate(file, size // 2)
    elif harm == "other bytes":
        file.write_bytes(b"x" * size)
    elif harm == "a hole":
        corrupt(file, size // 2, bytes(size // 2))
    else:
        spoil("DROP TABLE tags")
        assert 0 == main(["apply", "shop.db", "--yes"])
        file = other_than(file)
        os.truncate(file, 0)

    status, found, _ = health()

    assert (2, [("backups", "problem", "backup-damaged", str(file.resolve()))]) == (status, found)


def test_a_backup_that_the_history_counts_on_and_nobody_has_is_noted(health):
    first = backup()
    spoil("DROP TABLE tags")
    assert 0 == main(["apply", "shop.db", "--yes"])
    other_than(first).unlink()

    status, found, document = health()

    assert (0, [("backups", "note", "backup-gone", "#2")]) == (status, found)
    assert "the backup before #2 is gone" in finding(document, "backup-gone")["message"]


def test_no_backup_at_all_is_noted(health):
    backup().unlink()

    assert (0, [("backups", "note", "no-backup", "")]) == health()[:2]


def test_a_backup_elsewhere_is_found_where_the_configuration_says(health):
    spoil("DROP INDEX by_user")
    assert 0 == main(["apply", "shop.db", "--yes", "--backup-dir", "elsewhere"])
    backup().unlink()

    assert (0, []) == health()[:2]
    os.truncate(next(Path("elsewhere").glob("*.db")), 5000)
    assert (2, "backup-damaged") == (health()[0], health()[1][0][2])


def test_ignored_names_are_passed_over(health):
    spoil("CREATE TABLE _cache (a REFERENCES users)", f"INSERT INTO _cache (rowid, a) VALUES ({LARGEST}, 99)")
    text = Path("schema.yaml").read_text("utf-8")
    assert (2, 2) == (health()[0], len(health()[1]))

    Path("schema.yaml").write_text(f'{text}\nignore: ["_*"]\n', "utf-8")

    status, found, document = health()
    assert (0, []) == (status, found)
    assert "_cache" not in str(document)


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_nothing_is_written(health, journal):
    spoil(f"PRAGMA journal_mode = {journal}", "INSERT INTO orders (user_id) VALUES (99)")
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in Path().rglob("*") if file.is_file()}

    health()

    after = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in Path().rglob("*") if file.is_file()}
    assert before == {file: what for file, what in after.items() if not file.name.endswith("-shm")}


@pytest.mark.parametrize("name", ["sp ace", 'quo"te', "semi;colon", "ünï", "new\nline", "select", "per%cent"])
def test_any_name_will_do(health, name, capsys):
    quoted = name.replace('"', '""')
    spoil(f'CREATE TABLE "{quoted}" ("{quoted}" INT REFERENCES users CHECK ("{quoted}" > 0), b)')
    spoil("PRAGMA ignore_check_constraints = ON", f'INSERT INTO "{quoted}" (rowid, "{quoted}") VALUES ({LARGEST}, -5)')
    spoil("PRAGMA ignore_check_constraints = ON", f'INSERT INTO "{quoted}" ("{quoted}") VALUES (-6)')

    status, found, document = health("--nulls", f"{name}.b:5%")

    assert 2 == status
    assert {("orphans", name), ("check-violations", name), ("nulls", f"{name}.b"), ("ids-end", name)} == {
        (code, own) for check, _, code, own in found if check != "integrity"
    }
    for code, rows in (("orphans", 2), ("check-violations", 2), ("nulls", 2)):
        assert rows == len(asked(finding(document, code)["query"]))
    assert 2 == main(["health", "shop.db", "-v"])
    assert "new\nline" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("database", "schema", "status"),
    [("none.db", "schema.yaml", 66), ("shop.db", "none.yaml", 65), ("schema.yaml", "schema.yaml", 66)],
)
def test_what_cannot_be_looked_at_is_told_as_everywhere(database, schema, status, capsys):
    assert status == main(["health", database, "--schema", schema])

    out, err = capsys.readouterr()
    assert "" == out
    assert err.startswith(("error:", "none.yaml:1:1:"))

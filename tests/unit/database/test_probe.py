"""The probe asks once, in one pass a table, counts exactly, keeps a few keys, and tells an author's error apart."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from reconcile.database.connection import interruptible
from reconcile.database.probe import answer
from reconcile.model.facts import Duplicates, Facts, Orphans, Question, RowCount, Sample, Violations
from reconcile.river import chart, load_desired, wishes
from reconcile.sql.names import name

T = name("t")
LIVE = 'main."t" AS was'


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)")
        connection.executemany("INSERT INTO t (a, b) VALUES (?, ?)", [(i, f"b{i % 40}") for i in range(100)])
        yield connection


def where(predicate: str, within: str | None = None, source: str = LIVE) -> Violations:
    return Violations(T, source, predicate, "was.id", "", within)


def asked(connection: sqlite3.Connection, *questions: Question, keys: int = 5) -> tuple[Facts, list[str]]:
    """Answer; give the statements that were run as well."""
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    facts = answer(connection, questions, sample=Sample(keys))
    connection.set_trace_callback(None)
    return facts, statements


def test_all_questions_over_one_table_are_one_statement_and_rows_are_counted_on_the_way(
    db: sqlite3.Connection,
) -> None:
    none, odd = where("was.a < 0"), where("was.b IS NULL")
    facts, statements = asked(db, RowCount(T), none, odd, none, RowCount(T))

    assert 1 == len(statements)
    assert [100, 0, 0] == [facts[q].count for q in (RowCount(T), none, odd)]


def test_keys_are_fetched_only_where_there_are_rows_and_only_so_many(db: sqlite3.Connection) -> None:
    none, some = where("was.a < 0"), where("was.a % 10 = 3")
    facts, statements = asked(db, none, some, keys=3)

    assert 2 == len(statements)
    assert (10, ("4", "14", "24")) == (facts[some].count, facts[some].keys)
    assert (0, ()) == (facts[none].count, facts[none].keys)
    assert () == asked(db, some, keys=0)[0][some].keys


def test_a_costly_question_is_put_only_to_the_rows_that_a_quick_test_lets_through(db: sqlite3.Connection) -> None:
    calls: list[int] = []
    db.create_function("slow", 1, lambda value: calls.append(value) or value % 2)
    quiet = where("slow(was.a)", "was.a < 0")
    loud, louder = where("slow(was.a)", "was.a < 10"), where("NOT slow(was.a)", "was.a < 10")
    facts, statements = asked(db, quiet, RowCount(T))

    assert (0, 100, []) == (facts[quiet].count, facts[RowCount(T)].count, calls)
    assert 1 == len(statements)
    facts, _ = asked(db, loud, louder, keys=0)
    assert (5, 5) == (facts[loud].count, facts[louder].count)
    assert set(range(10)) == set(calls)


def test_one_expression_that_fails_is_told_and_the_others_are_answered(db: sqlite3.Connection) -> None:
    bad, good, late = where("json(was.b)"), where("was.a = 7"), where("json(was.b)", "was.a = 7")
    huge = where("zeroblob(2000000000) || was.a")
    facts, _ = asked(db, RowCount(T), bad, good, late, huge)

    assert (100, 1) == (facts[RowCount(T)].count, facts[good].count)
    assert "malformed JSON" == facts[bad].error == facts[late].error
    assert "string or blob too big" == facts[huge].error
    assert None is facts[good].error


def test_a_missing_function_or_collation_is_an_answer(db: sqlite3.Connection) -> None:
    function, collation = where("missing(was.a)"), Duplicates(T, LIVE, ("was.b COLLATE missing",), "1", "was.id", "")
    facts, _ = asked(db, function, collation)

    assert "no such function: missing" == facts[function].error
    assert "no such collation sequence: missing" == facts[collation].error


def test_groups_are_counted_with_their_rows_and_long_ones_are_cut(db: sqlite3.Connection) -> None:
    by_b = Duplicates(T, LIVE, ("was.b",), "was.a < 80", "was.id", "")
    all_ = Duplicates(T, LIVE, ("1 + 0 * was.a",), "", "was.a + 100000000000", "")
    facts, _ = asked(db, by_b, all_, keys=2)

    assert (40, 80, 2) == (facts[by_b].count, facts[by_b].rows, len(facts[by_b].keys))
    assert "1, 41" in asked(db, by_b, keys=40)[0][by_b].keys
    (members,) = facts[all_].keys
    assert members.startswith("100000000000, 100000000001, ")
    assert members.endswith(", …")
    assert len(members) <= 1002


def test_rows_are_not_counted_in_a_source_that_is_not_the_table(db: sqlite3.Connection) -> None:
    orphans = Orphans(T, f"{LIVE} JOIN t AS other", "0", "was.id", "")

    assert 100 == asked(db, orphans, RowCount(T))[0][RowCount(T)].count


def test_a_key_that_is_no_text_is_shown_all_the_same(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO t (a, b) VALUES (-1, CAST(x'ff41' AS TEXT))")
    broken = Violations(T, LIVE, "was.a < 0", "was.b", "")

    assert ("\ufffdA",) == asked(db, broken)[0][broken].keys


def test_two_hundred_questions_are_a_few_statements(db: sqlite3.Connection) -> None:
    many = [where(f"was.a = {number}") for number in range(250)]
    facts, statements = asked(db, RowCount(T), *many, keys=0)

    assert [1] * 100 + [0] * 150 == [facts[question].count for question in many]
    assert 3 == sum("FILTER" in statement for statement in statements)


def test_progress_is_told_pass_by_pass(db: sqlite3.Connection) -> None:
    told: list[tuple[int, int]] = []
    twins = Duplicates(T, LIVE, ("was.b",), "", "was.id", "")
    answer(db, [RowCount(T), where("was.a < 0"), twins], lambda done, total: told.append((done, total)))

    assert [(0, 2), (1, 2)] == told


def test_an_interrupt_is_no_answer(db: sqlite3.Connection) -> None:
    interruptible(db)
    db.execute("CREATE TABLE many (x)")
    db.executemany("INSERT INTO many VALUES (?)", ((number,) for number in range(1000)))
    endless = "(SELECT count(*) FROM many a, many b, many c, many d WHERE a.x + b.x + c.x + d.x + was.a > 9)"
    over = threading.Event()

    def impatient() -> None:
        # Again and again: an interrupt before the statement runs is forgotten, and then it would never end.
        while not over.wait(0.05):
            db.interrupt()

    person = threading.Thread(target=impatient)
    person.start()
    try:
        with pytest.raises(sqlite3.OperationalError, match="interrupted"):
            answer(db, [where(f"{endless} < was.a")])
    finally:
        over.set()
        person.join()


def test_a_plan_asks_each_fact_once_and_each_table_in_few_passes(tmp_path: Path) -> None:
    wanted = tmp_path / "wanted.sql"
    wanted.write_text(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b TEXT NOT NULL, c INTEGER CHECK (c > 0));"
    )
    statements: list[str] = []
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c INTEGER)")
        db.execute("INSERT INTO t (a, b, c) VALUES ('1', 'x', 1), ('2', 'y', 2)")
        db.set_trace_callback(statements.append)
        plan = chart(db, load_desired(wanted), wishes((), (), column_order=False)).plan
        db.set_trace_callback(None)

    # Without dbstat, a sample of rows is read besides.
    over_rows = [statement for statement in statements if 'main."t"' in statement and "LIMIT 1000" not in statement]
    assert 2 == len(over_rows)  # the rows as they are, and as they will be
    assert not plan.blocked

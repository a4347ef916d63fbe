"""Between a plan and its apply somebody writes: every fact that a decision rests on is asked again, inside the lock."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from workbench import Bench

from reconcile import applying
from reconcile.errors import BlockedError, ReconcileError, StaleError

BEFORE = """
    CREATE TABLE p (id INTEGER PRIMARY KEY);
    CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, p INTEGER, old TEXT);
    INSERT INTO p VALUES (1);
    INSERT INTO t (a, b, p) VALUES ('1', 1, 1), ('2', 2, 1);
"""
T = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY, {});"
PLAIN = "a TEXT, b INTEGER, p INTEGER, old TEXT"

# What is wanted, what somebody writes meanwhile, and what comes of it.
MEANWHILE: dict[str, tuple[str, str, type[ReconcileError]]] = {
    "a NULL": (PLAIN.replace("a TEXT", "a TEXT NOT NULL"), "UPDATE t SET a = NULL", BlockedError),
    "a twin": (PLAIN.replace("a TEXT", "a TEXT UNIQUE"), "UPDATE t SET a = 'same'", BlockedError),
    "a check": (
        PLAIN.replace("b INTEGER", "b INTEGER CHECK (b > 0)"),
        "UPDATE t SET b = -1 WHERE id = 2",
        BlockedError,
    ),
    "an orphan": (PLAIN.replace("p INTEGER", "p INTEGER REFERENCES p"), "UPDATE t SET p = 7", BlockedError),
    "a word": (PLAIN.replace("a TEXT", "a INTEGER"), "UPDATE t SET a = 'n/a' WHERE id = 1", BlockedError),
    "a zero": (PLAIN.replace("a TEXT", "a INTEGER"), "UPDATE t SET a = '007' WHERE id = 1", StaleError),
    "a blob": (PLAIN + ") STRICT; --", "UPDATE t SET b = x'00'", BlockedError),
    "a table": (PLAIN.replace("a TEXT", "a TEXT NOT NULL"), "CREATE TABLE other (x)", StaleError),
    "an index": (PLAIN.replace("a TEXT", "a TEXT NOT NULL"), "CREATE INDEX i ON t (b)", StaleError),
}


def before_the_lock(monkeypatch: pytest.MonkeyPatch, write: Callable[[], None]) -> None:
    """Let somebody write at the last moment: when apply has read what is wanted and asks for the lock."""
    begin = applying.begin_immediate

    def late(*arguments: object, **options: object) -> object:
        write()
        return begin(*arguments, **options)

    monkeypatch.setattr(applying, "begin_immediate", late)


@pytest.mark.parametrize(("wanted", "script", "error"), MEANWHILE.values(), ids=MEANWHILE)
@pytest.mark.parametrize("late", [False, True], ids=["after the plan", "before the lock"])
def test_what_came_in_meanwhile_stops_a_plan_that_was_seen(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, wanted: str, script: str, error: type[ReconcileError], *, late: bool
) -> None:
    bench.before(BEFORE)
    bench.wanted(T.format(wanted))
    seen = bench.plan()
    assert seen.id is not None
    if late:
        before_the_lock(monkeypatch, lambda: bench.before(script))
    else:
        bench.before(script)
    with pytest.raises(error) as caught:
        bench.apply(plan_id=seen.id)

    assert "UNTOUCHED" == caught.value.data.name
    assert [(PLAIN.replace(" ", ""),)] == bench.rows(
        "SELECT replace(substr(sql, 41, length(sql) - 41), ' ', '') FROM sqlite_schema WHERE name = 't'"
    )
    assert [] == bench.rows("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'")


def test_a_yes_to_what_lost_nothing_is_no_consent_to_what_came_since(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.before(BEFORE)
    bench.wanted(T.format(PLAIN.replace("a TEXT", "a INTEGER")))
    assert () == bench.plan().wanting
    before_the_lock(monkeypatch, lambda: bench.before("UPDATE t SET a = '007' WHERE id = 1"))

    with pytest.raises(BlockedError) as caught:
        bench.apply(yes=True)
    assert ("lossy-conversion:t.a",) == caught.value.plan.wanting


def test_consent_by_name_holds_for_more_rows_and_a_plans_id_too(bench: Bench) -> None:
    """Counts are no part of what was consented to: the object is."""
    bench.before(BEFORE + "UPDATE t SET a = '01' WHERE id = 1;")
    bench.wanted(T.format(PLAIN.replace("a TEXT", "a INTEGER")))
    seen = bench.plan()
    bench.before("UPDATE t SET a = '02' WHERE id = 2; INSERT INTO t (a) VALUES ('03')")
    assert 1 == bench.apply(plan_id=seen.id).version

    assert [(1,), (2,), (3,)] == bench.rows("SELECT a FROM t")


def test_what_is_gone_meanwhile_frees_a_blocked_plan(bench: Bench) -> None:
    bench.before(BEFORE + "UPDATE t SET a = NULL;")
    bench.wanted(T.format(PLAIN.replace("a TEXT", "a TEXT NOT NULL")))
    assert ("nulls-in-not-null:t.a",) == bench.plan().blocked
    bench.before("UPDATE t SET a = ''")

    assert 1 == bench.apply(yes=True).version


def test_free_space_is_asked_again(bench: Bench) -> None:
    bench.before(BEFORE)
    bench.wanted(T.format(PLAIN.replace("a TEXT", "a TEXT UNIQUE")))
    seen = bench.plan().id
    bench.disk(free=5)

    with pytest.raises(BlockedError) as caught:
        bench.apply(plan_id=seen)
    assert ("disk-space:t",) == caught.value.plan.blocked

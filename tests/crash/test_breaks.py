"""Broken off from within, without any tool: at each step, out of pages, interrupted, signalled at any moment."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest
from runs import forked
from scenes import ACTS, GONE, Judge, run, scene
from states import Tried

from reconcile import api, applying
from reconcile.apply import verify as verifying
from reconcile.cli import apply as cli_apply

MODES = ["delete", "wal"]
QUIET = ("SELECT", "PRAGMA", "EXPLAIN", "WITH", "--")


def traced(follow):
    """Let `follow` see every statement of the connection that applies, before it runs."""

    def sabotage():
        open_writing = applying.open_writing

        def opened(*arguments, **options):
            connection = open_writing(*arguments, **options)
            connection.set_trace_callback(follow)
            return connection

        applying.open_writing = opened

    return sabotage


def with_connection(do):
    """Do something to the connection that applies, once it is open."""

    def sabotage():
        open_writing = applying.open_writing

        def opened(*arguments, **options):
            connection = open_writing(*arguments, **options)
            do(connection)
            return connection

        applying.open_writing = opened

    return sabotage


def gone_around(name, *, after):
    """Die just before or just after one of apply's own steps."""

    def sabotage():
        step = getattr(applying, name)

        def dying(*arguments, **options):
            if after:
                step(*arguments, **options)
            os._exit(GONE)

        setattr(applying, name, dying)

    return sabotage


def statements(stage, folder):
    """List the statements of an undisturbed run, as SQLite is given them."""
    log = folder / "statements"

    def follow(sql):
        with log.open("a", encoding="utf-8") as out:
            out.write(" ".join(sql.split()) + "\n")

    assert 0 == run(stage, traced(follow)).status
    return log.read_text("utf-8").splitlines()


def gone_at(number):
    left = [number]

    def follow(_sql):
        left[0] -= 1
        if not left[0]:
            os._exit(GONE)

    return traced(follow)


@pytest.mark.parametrize("mode", MODES)
def test_a_process_that_ends_at_any_step_leaves_old_or_new(tmp_path, mode):
    stage = scene("apply", mode, tmp_path)
    judge = Judge(stage, Tried(f"apply gone at a statement, {mode}"))
    said = statements(stage, tmp_path)
    writing = [number for number, sql in enumerate(said, 1) if not sql.upper().startswith(QUIET)]
    assert any(sql.startswith("COMMIT") for sql in said)

    for number in sorted({*writing, *range(1, len(said) + 1, 50)}):
        judge.look_at(f"before {said[number - 1][:60]!r}", run(stage, gone_at(number)))

    judge.over()


@pytest.mark.parametrize("mode", MODES)
def test_a_process_that_ends_around_backup_proof_and_commit_leaves_old_or_new(tmp_path, mode):
    stage = scene("apply", mode, tmp_path)
    judge = Judge(stage, Tried(f"apply gone around its own steps, {mode}"))
    for name in ("begin_immediate", "take", "execute", "verify", "record", "commit"):
        for after in (False, True):
            ran = run(stage, gone_around(name, after=after))
            assert ran.status == GONE, ran.err
            judge.look_at(f"{'after' if after else 'before'} {name}", ran)

    judge.over()
    assert 1 == judge.tried.new


@pytest.mark.parametrize("mode", MODES)
def test_a_database_that_may_not_grow_stays_as_it_was(tmp_path, mode):
    stage = scene("apply", mode, tmp_path)
    judge = Judge(stage, Tried(f"apply without space, {mode}"))
    statuses = []
    for pages in (0, 1, 2, 4, 30):

        def limit(connection, pages=pages):
            (now,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {now + pages}")

        ran = run(stage, with_connection(limit))
        statuses.append(ran.status)
        assert ran.status == 0 or "page limit is full" in ran.err, ran.err
        judge.look_at(f"{pages} pages more", ran)

    judge.over()
    assert {0, 1} == set(statuses)


@pytest.mark.parametrize("mode", MODES)
def test_an_interrupt_inside_any_statement_rolls_back(tmp_path, mode):
    stage = scene("apply", mode, tmp_path)
    judge = Judge(stage, Tried(f"apply interrupted, {mode}"))
    dice = random.Random(f"interrupt {mode}")
    interrupted = 0
    for _ in range(10):
        left = [dice.randrange(1, 1000)]

        def count(left=left):
            left[0] -= 1
            return int(not left[0])

        moment = left[0]
        ran = run(stage, with_connection(lambda connection, count=count: connection.set_progress_handler(count, 20)))
        interrupted += ran.status == 130
        judge.look_at(f"after {moment * 20} instructions", ran)

    judge.over()
    assert interrupted


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]


def signal_at_random_moments(stage, number, times):
    judge = Judge(stage, Tried(f"{stage.name} with {number.name}, {stage.mode}"), may_doubt=True)
    dice = random.Random(f"{stage.name} {number.name}")
    begun = time.monotonic()
    run(stage)
    usual = time.monotonic() - begun

    for _ in range(times):
        moment = dice.uniform(0, usual)
        fork = forked(*stage.words, folder=stage.fresh()).go()
        time.sleep(moment)
        os.kill(fork.pid, number)
        judge.look_at(f"after {moment:.3f} s", fork.end())

    judge.over()


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("name", ["apply", "restore", "rollback", "rollback-restore"])
def test_a_signal_at_any_moment_leaves_old_or_new(tmp_path, name, number):
    mode = "wal" if number in (signal.SIGTERM, signal.SIGHUP) else "delete"

    signal_at_random_moments(scene(name, mode, tmp_path, count=400), number, 2)


@pytest.mark.soak
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", [name for name in ACTS if name != "create"])
def test_a_signal_at_many_moments_leaves_old_or_new(tmp_path, name, mode, number):
    signal_at_random_moments(scene(name, mode, tmp_path, count=400), number, 20)


def interrupting(module, name):
    """Press Ctrl-C as a function is entered."""

    def sabotage():
        def pressed(*_arguments, **_options):
            raise KeyboardInterrupt

        setattr(module, name, pressed)

    return sabotage


def test_an_interrupt_tells_the_state_before_anything_is_written_and_after(tmp_path):
    stage = scene("apply", "wal", tmp_path)
    planning, telling = (run(stage, interrupting(*place)) for place in ((api, "chart"), (cli_apply, "_tell")))

    assert (130, "No database was changed.") == (planning.status, planning.err.splitlines()[-1].strip())
    assert (130, True) == (telling.status, "To see what is applied:  reconcile history" in telling.err)


def test_a_transaction_that_sqlite_ends_by_itself_is_not_recorded_as_applied(tmp_path):
    stage = scene("apply", "delete", tmp_path)
    judge = Judge(stage, Tried("apply whose transaction is lost"))

    def sabotage():
        applying.verify = lambda connection, *_: connection.execute("ROLLBACK")

    ran = run(stage, sabotage)
    judge.look_at("while it is proven", ran)

    assert (1, True) == (ran.status, "SQLite ended the transaction by itself" in ran.err), ran.err
    judge.over()


def test_an_interrupt_in_the_check_of_foreign_keys_is_no_fault_from_before(tmp_path):
    stage = scene("apply", "delete", tmp_path)
    judge = Judge(stage, Tried("apply interrupted in one check"))

    def sabotage():
        check = verifying._violations

        def interrupted(connection, *arguments):
            if connection.total_changes:
                connection.set_progress_handler(lambda: 1, 1)
            try:
                return check(connection, *arguments)
            finally:
                connection.set_progress_handler(None, 0)

        verifying._violations = interrupted

    ran = run(stage, sabotage)
    judge.look_at("in the check", ran)

    assert 130 == ran.status, ran.out + ran.err
    judge.over()


def test_the_judge_sees_a_program_that_commits_half_way(tmp_path):
    """A harness that finds nothing may be blind: here is something to find."""
    stage = scene("apply", "delete", tmp_path)
    judge = Judge(stage, Tried("apply that commits half-way, to be caught"))

    def sabotage():
        def commit_and_go(connection, *_):
            connection.execute("COMMIT")
            os._exit(GONE)

        applying.verify = commit_and_go

    judge.look_at("instead of the proof", run(stage, sabotage))

    assert ["neither old nor new"] == [line.split(": ")[1].split("\n")[0] for line in judge.wrong]


def test_the_judge_sees_a_message_that_does_not_match(tmp_path):
    stage = scene("apply", "delete", tmp_path)
    judge = Judge(stage, Tried("apply that lies, to be caught"))

    def sabotage():
        commit = applying.commit

        def late(*arguments):
            commit(*arguments)
            raise applying.StaleError("nothing happened")

        applying.commit = late
        applying._state_now = lambda *_: applying.DataState.ROLLED_BACK

    judge.look_at("after the commit", run(stage, sabotage))

    assert "it is new, and was told otherwise" in judge.wrong[0]

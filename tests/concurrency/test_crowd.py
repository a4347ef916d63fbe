"""While others read and write, hundreds of times a second: no write is lost, nobody sees a mixture, all end well."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from crowd import BEFORE, SCHEMA, at_work, reader, writer
from runs import build, forked, rows

MODES = ["delete", "wal"]


@pytest.fixture(params=MODES)
def busy_shop(request, tmp_path):
    """A store that is about to be used by many."""
    folder = tmp_path / "shop"
    folder.mkdir()
    build(folder / "store.db", f"PRAGMA journal_mode = {request.param}", BEFORE)
    (folder / "schema.yaml").write_text(SCHEMA, "utf-8")
    return folder


def crowd_of(store):
    return at_work(store, writer(1), writer(2), reader, reader)


def acknowledged(told):
    """Every write that somebody was promised, as (writer, number)."""
    return {(writer, number) for writer in (1, 2) for number in range(1, told[writer - 1].acknowledged + 1)}


def written(store):
    return set(rows(store, "SELECT writer, number FROM moves"))


def well(told):
    assert [] == [wrong for one in told for wrong in one.wrong]
    assert all(one.turns for one in told), told
    assert all(one.longest < 120 for one in told)


def test_plan_and_check_see_one_state_and_disturb_nobody(busy_shop):
    store = busy_shop / "store.db"
    with crowd_of(store) as crowd:
        runs = [forked(word, "store.db", folder=busy_shop).go().end() for word in ("plan", "check", "plan", "inspect")]
        told = crowd.stop()

    assert [0, 2, 0, 0] == [ran.status for ran in runs], [ran.err for ran in runs]
    well(told)
    assert acknowledged(told) == written(store)


def test_apply_loses_no_write_and_nobody_sees_a_mixture(busy_shop):
    store = busy_shop / "store.db"
    with crowd_of(store) as crowd:
        ran = forked("apply", "store.db", "--yes", folder=busy_shop).go().end()
        after = rows(store, "SELECT count(*) FROM moves WHERE note = 'none'")[0][0]
        told = crowd.stop()

    assert 0 == ran.status, ran.err
    well(told)
    assert acknowledged(told) == written(store)
    assert after <= len(written(store))
    assert [[3, 4], [3, 4]] == [one.shapes for one in told[2:]]
    assert [("ok",)] == rows(store, "PRAGMA integrity_check")
    (saved,) = (busy_shop / "backups").iterdir()
    assert written(saved) <= written(store)
    assert len(written(saved)) == rows(saved, "SELECT moves FROM total")[0][0]


def test_rollback_keeps_every_write_and_nobody_sees_a_mixture(busy_shop):
    store = busy_shop / "store.db"
    assert 0 == forked("apply", "store.db", "--yes", folder=busy_shop).go().end().status
    with crowd_of(store) as crowd:
        words = ("rollback", "store.db", "--yes", "--allow", "drop-column:moves.note")
        ran = forked(*words, folder=busy_shop).go().end()
        told = crowd.stop()

    assert 0 == ran.status, ran.out + ran.err
    well(told)
    assert acknowledged(told) == written(store)
    assert [[4, 3], [4, 3]] == [one.shapes for one in told[2:]]
    assert [("ok",)] == rows(store, "PRAGMA integrity_check")


def test_rollback_by_restore_loses_no_write_it_is_kept_in_the_backup_or_made_after(busy_shop):
    store = busy_shop / "store.db"
    assert 0 == forked("apply", "store.db", "--yes", folder=busy_shop).go().end().status
    first = set((busy_shop / "backups").iterdir())
    with crowd_of(store) as crowd:
        ran = forked("rollback", "store.db", "--yes", "--restore", folder=busy_shop).go().end()
        told = crowd.stop()

    well(told)
    assert ran.status in (0, 5), ran.err
    if ran.status == 5:
        assert "Nothing was changed." in ran.err
        assert acknowledged(told) == written(store)
        return
    (safety,) = set((busy_shop / "backups").iterdir()) - first
    assert acknowledged(told) == written(store) | written(safety)
    assert set() == written(store) & written(safety)


def test_writers_wait_no_longer_than_is_told(busy_shop):
    store = busy_shop / "store.db"
    with at_work(store, writer(1)) as crowd:
        ran = forked("apply", "store.db", "--yes", "--json", folder=busy_shop).go().end()
        (told,) = crowd.stop()

    # SQLite asks for a held lock every 0.1 s; the rest is for a machine that has other things to do.
    assert told.longest <= json.loads(ran.out)["lock_seconds"] + 5, ran.out
    well([told])


def test_every_backup_is_one_moment(busy_shop):
    store = busy_shop / "store.db"
    with crowd_of(store) as crowd:
        runs = [forked("backup", "store.db", folder=busy_shop).go().end() for _ in range(4)]
        told = crowd.stop()

    assert [0] * 4 == [ran.status for ran in runs], [ran.err for ran in runs]
    well(told)
    assert acknowledged(told) == written(store)
    saved = sorted((busy_shop / "backups").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert 4 == len(saved)
    moments = [written(path) for path in saved]
    assert all(earlier <= later for earlier, later in pairwise(moments))
    assert all(
        len(moment) == rows(path, "SELECT moves FROM total")[0][0] for moment, path in zip(moments, saved, strict=True)
    )


def test_restore_loses_no_write_it_is_either_kept_in_the_backup_or_made_after(busy_shop):
    store = busy_shop / "store.db"
    assert 0 == forked("backup", "store.db", "empty.db", folder=busy_shop).go().end().status
    with crowd_of(store) as crowd:
        ran = forked("restore", "store.db", "empty.db", folder=busy_shop).go().end()
        told = crowd.stop()

    well(told)
    assert ran.status in (0, 5), ran.err
    if ran.status == 5:
        assert "Nothing was changed." in ran.err
        assert acknowledged(told) == written(store)
        return
    (safety,) = (busy_shop / "backups").iterdir()
    assert acknowledged(told) == written(store) | written(safety)
    assert set() == written(store) & written(safety)
    assert len(written(store)) == rows(store, "SELECT moves FROM total")[0][0]

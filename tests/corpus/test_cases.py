"""The one runner of the corpus: take each case through the program, and let the oracle judge."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from case import NEWER, Case, load_all
from oracle import differences
from probes import answers_differ
from rows import faults, lost, state

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Ran, Stage

EXITS = {"applied": (0,), "in sync": (0,), "blocked": (3,), "refused": (3, 65), "invalid": (65,)}
ON_REQUEST = frozenset(("--drop", "--column-order"))  # without these options such a database is in sync
ESTIMATES = (
    (re.compile(r"\b\d[\d,.]* (?:bytes|[kKMG]i?B)\b"), "<size>"),
    (re.compile(r"  +(?=schema\.yaml [0-9a-f]{7}$)", re.MULTILINE), "  "),  # filled up according to the size
    (re.compile(r"\babout \d[\d,.]* ?m?s\b"), "about <time>"),
)
CASES = load_all()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ends_as_it_says(case: Case, stage: Stage, request: pytest.FixtureRequest) -> None:
    set_up(case, stage)
    plan_reads_and_tells(case, stage, update=request.config.getoption("--update", default=False))

    if case.changes:
        if not ON_REQUEST.intersection(case.args):
            assert stage.run("check", "app.db").code == 2
        applied = stage.run("apply", "app.db", "--yes", "--no-backup", *case.args)
        assert applied.code == 0, applied.out + applied.err
    else:
        refused_or_idle(case, stage)
    reaches(case, stage)
    if EXITS[case.ends] == (0,):
        quiet(stage)
        assert answers_differ(case, stage.folder / "app.db", stage.folder / "expected.db") == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_taken_over_it_is_in_sync(case: Case, stage: Stage) -> None:
    """`inspect`, then `plan` is empty: for every schema that is here, before and after."""
    for script in (case.before, case.after):
        (stage.folder / "app.db").unlink(missing_ok=True)
        case.build("app.db", script)
        inspected = stage.run("inspect", "app.db")
        assert inspected.code == 0, inspected.err
        (stage.folder / "schema.yaml").write_text(inspected.out, encoding="utf-8")
        quiet(stage)


PLAN_ID = re.compile(r"\b[0-9a-f]{4}-[0-9a-f]{4}\b")


def set_up(case: Case, stage: Stage) -> None:
    case.build("before.db", case.before, case.text("rows.sql"))
    case.build("app.db", case.before, case.text("rows.sql"))
    (stage.folder / "app.db").chmod(0o640)
    if case.managed:
        taken = stage.run("inspect", "app.db", "-o", "taken.yaml")
        assert taken.code == 0, taken.err
        first = stage.run("apply", "app.db", "-s", "taken.yaml", "--yes", "--no-backup")
        assert first.code == 0, first.err
    for name in ("before.db", "app.db"):
        case.build(name, case.drift)
    (stage.folder / "schema.yaml").write_text(case.text("schema.yaml"), encoding="utf-8")


def plan_reads_and_tells(case: Case, stage: Stage, *, update: bool) -> None:
    untouched = stage.contents()
    ran = stage.run("plan", "app.db", *case.args)
    text = transcript(case, ran)
    golden = golden_of(case, text if update else None)

    assert ran.code in EXITS[case.ends], text + ran.err
    assert untouched == stage.contents()
    assert [word for word in case.says if word not in ran.said] == []
    assert [word for word in case.silent if word in ran.said] == []
    assert golden.exists(), "no golden yet: read what `pytest tests/corpus --update` writes"
    assert comparable(golden.read_text(encoding="utf-8"), case) == comparable(text, case)


def comparable(text: str, case: Case) -> str:
    """Leave the plan's id out where there is one table more whose rows follow a name: one statement more to digest."""
    return PLAN_ID.sub("<id>", text) if samples(case) else text


def golden_of(case: Case, text: str | None) -> Path:
    """Give the file that says what is expected, with the new `text` in it.

    From SQLite 3.53 on some plans take another way; only these have a file of their own beside the usual one.
    """
    usual, newer = case.folder / "plan.txt", case.folder / NEWER
    if sqlite3.sqlite_version_info < (3, 53):
        if text is not None:
            usual.write_text(text, encoding="utf-8")
        return usual
    if text is not None:
        newer.unlink(missing_ok=True)
        if comparable(text, case) != comparable(usual.read_text(encoding="utf-8"), case):
            newer.write_text(text, encoding="utf-8")
    return newer if newer.exists() else usual


def samples(case: Case) -> bool:
    """Say whether this SQLite keeps samples of its own beside ANALYZE's counts (SQLITE_ENABLE_STAT4)."""
    with closing(case.connect("app.db")) as connection:
        return bool(connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat4'").fetchone()[0])


def transcript(case: Case, ran: Ran) -> str:
    said = ran.said
    for pattern, word in ESTIMATES:
        said = pattern.sub(word, said)
    command = " ".join(["$ reconcile plan app.db", *case.args])
    return f"{command}\n{said}[exit {ran.code}]\n"


def refused_or_idle(case: Case, stage: Stage) -> None:
    untouched = stage.contents()
    ran = stage.run("apply", "app.db", "--yes", "--no-backup", *case.args)

    assert ran.code in EXITS[case.ends], ran.out + ran.err
    if case.ends != "in sync":  # the first apply records the starting point, where there is no history
        assert untouched == stage.contents()


def reaches(case: Case, stage: Stage) -> None:
    """Compare with a database built directly from what is wanted: schema, rows, and what no schema shows."""
    case.build("expected.db", case.after)
    with (
        closing(case.connect("before.db")) as before,
        closing(case.connect("app.db")) as after,
        closing(case.connect("expected.db")) as expected,
    ):
        assert differences(after, expected, column_order=case.column_order, history=case.history) == []
        assert lost(before, after, tables=case.tables, values=case.values, fresh=case.fresh, history=case.history) == []
        assert state(before) == state(after)
        assert set() == faults(after, case.tables) - faults(before)
        assert case.probe(after) == []
    assert (stage.folder / "app.db").stat().st_mode & 0o777 == 0o640


def quiet(stage: Stage) -> None:
    again = stage.run("check", "app.db")
    plan = stage.run("plan", "app.db", "--exit-code")

    assert again.code == 0, again.out + again.err + plan.out
    assert plan.code == 0, plan.out

"""The probes see what a rebuild could lose: each loss is planted, and must be told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from case import CASES, load
from probes import answers_differ

if TYPE_CHECKING:
    from conftest import Stage

CASE = load(CASES / "carry-everything-at-once")
LOST = {
    "a trigger": ("CREATE TRIGGER t_log AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.id); END;\n", ""),
    "a CHECK": ("CHECK (a <> '')", "CHECK (1)"),
    "a conflict clause": (" ON CONFLICT IGNORE", ""),
    "a default": (" DEFAULT 'a'", ""),
    "a foreign key's action": ("REFERENCES t ON DELETE CASCADE", "REFERENCES t"),
    "an affinity": ("n INTEGER", "n"),
}


@pytest.mark.parametrize("lost", LOST)
def test_a_loss_is_told(lost: str, stage: Stage) -> None:
    text, less = LOST[lost]
    assert text in CASE.after
    CASE.build("whole.db", CASE.after)
    CASE.build("made.db", CASE.after.replace(text, less), CASE.text("rows.sql"))

    assert answers_differ(CASE, stage.folder / "made.db", stage.folder / "whole.db") != []


def test_nothing_lost_is_nothing_told(stage: Stage) -> None:
    CASE.build("whole.db", CASE.after)
    CASE.build("made.db", CASE.after, CASE.text("rows.sql"))

    assert answers_differ(CASE, stage.folder / "made.db", stage.folder / "whole.db") == []
    with closing(sqlite3.connect("whole.db")) as filled:
        assert filled.execute("SELECT count(*) FROM t").fetchone() == (2,)

"""The query that a plan shows is what a person runs at night: it finds the rows that were counted, and no others."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from case import Case, load_all
from test_cases import set_up

if TYPE_CHECKING:
    from conftest import Stage

BLOCKED = [case for case in load_all() if (case.folder / "plan.txt").exists() and "The query:" in case.text("plan.txt")]


@pytest.mark.parametrize("case", BLOCKED, ids=str)
def test_the_query_shown_finds_the_rows_counted(case: Case, stage: Stage) -> None:
    from reconcile import api  # noqa: PLC0415 - not before a test asks: validate.py needs no program

    set_up(case, stage)
    words = dict.fromkeys(("--allow", "--drop"), ())
    for option, word in zip(case.args[::2], case.args[1::2], strict=True):
        words[option] += (word,)
    source = api.Source(Path("app.db"), Path("schema.yaml"), allow=words["--allow"], drop=words["--drop"])
    hazards = [each for each in api.plan(source).plan.hazards if each.query and each.answer is not None]

    assert hazards
    with closing(case.connect("app.db")) as db:
        for hazard in hazards:
            found = db.execute(hazard.query).fetchall()
            assert hazard.answer.count == len(found), f"{hazard.message}\n{hazard.query}\n{found}"

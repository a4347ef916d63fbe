"""rebuild-lock: a table is rebuilt, and writers wait so long that it is worth saying."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import Alter
from reconcile.plan.cost import seconds
from reconcile.plan.hazards.rule import Whole, WholeRule
from reconcile.plan.steps import Hazard, Severity

CODE = "rebuild-lock"
_WORTH_SAYING = 0.1  # seconds


def _hazards(whole: Whole) -> Iterator[Hazard]:
    for work in whole.works:
        estimate = seconds(work, whole.facts.storage)
        if isinstance(work.change, Alter) and estimate >= _WORTH_SAYING:
            message = f"about {estimate:,.1f} s of write lock"
            yield Hazard(CODE, Severity.NOTE, work.change.entries.new.name.text, message)


RULE = WholeRule((CODE,), _hazards)

"""secure-delete: what a rebuild leaves behind is overwritten with zeros first, because the database asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.plan.cost import heaviest, seconds
from reconcile.plan.hazards.rule import Whole, WholeRule
from reconcile.plan.steps import Hazard, Severity

CODE = "secure-delete"
_WORTH_SAYING = 1.0  # seconds of all rebuilds
_SHARE = 0.17  # 1.7 s of 9.9 for 5,000,000 rows in 691 MB (SQLite 3.40)


def _hazards(whole: Whole) -> Iterator[Hazard]:
    storage = whole.facts.storage
    rebuilding = sum(seconds(work, storage) for work in whole.works)
    if storage.erases and rebuilding >= _WORTH_SAYING:
        message = (
            f"secure_delete is on: some {rebuilding * _SHARE:,.1f} s of the rebuild overwrite what goes with zeros"
        )
        yield Hazard(CODE, Severity.NOTE, heaviest(whole.works, storage)[0].text, message)


RULE = WholeRule((CODE,), _hazards)

"""wal-growth: one transaction is one piece of ``-wal``, which grows by all that it writes and stays that large."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.plan.cost import heaviest, space
from reconcile.plan.hazards.disk_space import size
from reconcile.plan.hazards.rule import Whole, WholeRule
from reconcile.plan.steps import Hazard, Severity

CODE = "wal-growth"
_WORTH_SAYING = 100_000_000  # bytes


def _hazards(whole: Whole) -> Iterator[Hazard]:
    storage = whole.facts.storage
    log = space(whole.works, storage).log if storage.wal else 0
    if log >= _WORTH_SAYING:
        message = f"-wal grows by about {size(log)}, and stays so large until the last connection closes"
        yield Hazard(CODE, Severity.NOTE, heaviest(whole.works, storage)[0].text, message)


RULE = WholeRule((CODE,), _hazards)

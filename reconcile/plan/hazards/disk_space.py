"""disk-space: what a plan needs on the disk while it runs, beside what is free.

A plan does not know yet whether a backup will be taken, or where: only an apply is stopped for the backup's sake.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.model.facts import Storage
from reconcile.plan.cost import heaviest, space
from reconcile.plan.hazards.rule import Whole, WholeRule
from reconcile.plan.steps import Hazard, Severity

CODE = "disk-space"
_WORTH_SAYING = 100_000_000  # bytes
_WITHOUT = "or take none: --no-backup; or put it on another disk: --backup-dir DIR."


def _hazards(whole: Whole) -> Iterator[Hazard]:
    storage = whole.facts.storage
    renamed = [*(pair.new for pair in whole.renames.tables), *(each.table for each in whole.renames.columns)]
    object_ = next(iter([*heaviest(whole.works, storage), *renamed]), None)
    if storage.free is None or object_ is None:
        return
    needed = space(whole.works, storage)
    backup = storage.size if storage.copied is not False else 0
    here = needed.both + (backup if storage.elsewhere is None else 0)
    parts = f"{size(needed.growth)} to grow, {size(needed.log)} for the {'-wal' if storage.wal else 'journal'}"
    if backup:
        parts = f"{size(backup)} for the backup, {parts}"
    message = f"about {size(needed.both + backup)} at the peak ({parts}); {size(storage.free)} are free"
    if needed.both > storage.free:
        yield Hazard(CODE, Severity.BLOCKED, object_.text, message, ways=("Free some space, then plan again.",))
    elif here > storage.free or (storage.elsewhere is not None and backup > storage.elsewhere):
        yield _too_little_for_the_backup(storage, object_.text, message)
    elif here >= _WORTH_SAYING:
        yield Hazard(CODE, Severity.NOTE, object_.text, message)


def _too_little_for_the_backup(storage: Storage, object_: str, message: str) -> Hazard:
    if storage.elsewhere is not None:
        message = f"the backup takes {size(storage.size)}; {size(storage.elsewhere)} are free where it goes"
    if storage.copied:
        return Hazard(CODE, Severity.BLOCKED, object_, message, ways=("Free some space for the backup,", _WITHOUT))
    return Hazard(CODE, Severity.NOTE, object_, f"{message}: too little for the backup")


def size(number: int) -> str:
    """Give a number of bytes in decimal units."""
    return f"{number / 1e9:,.1f} GB" if number >= 999_950_000 else f"{number / 1e6:,.1f} MB"


RULE = WholeRule((CODE,), _hazards)

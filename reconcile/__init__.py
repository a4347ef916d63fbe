"""plan/apply for SQLite: one schema.yaml, a proven plan, and a way back."""

from __future__ import annotations

import sys
from types import ModuleType

from reconcile.version import VERSION

TYPE_CHECKING = False  # typing's own would cost 5 ms, and `reconcile --version` and `ensure` have no other use for it
if TYPE_CHECKING:
    from reconcile.apply.reporter import Reporter
    from reconcile.checkup import Checkup
    from reconcile.ensure import Ensured, ensure
    from reconcile.errors import (
        BlockedError,
        BugError,
        BusyError,
        DamagedError,
        DatabaseFileError,
        DataState,
        FailedError,
        InterruptedByUserError,
        Problem,
        ReconcileError,
        SchemaFileError,
        StaleError,
        UsageError,
        VerificationError,
    )
    from reconcile.history.ledger import Version
    from reconcile.python import (
        apply,
        backup,
        check,
        create,
        diff,
        health,
        history,
        inspect,
        plan,
        plan_rollback,
        restore,
        rollback,
    )
    from reconcile.values import Outcome, Planned, Restored

__version__ = VERSION

__all__ = [
    "BlockedError",
    "BugError",
    "BusyError",
    "Checkup",
    "DamagedError",
    "DataState",
    "DatabaseFileError",
    "Ensured",
    "FailedError",
    "InterruptedByUserError",
    "Outcome",
    "Planned",
    "Problem",
    "ReconcileError",
    "Reporter",
    "Restored",
    "SchemaFileError",
    "StaleError",
    "UsageError",
    "VerificationError",
    "Version",
    "apply",
    "backup",
    "check",
    "create",
    "diff",
    "ensure",
    "health",
    "history",
    "inspect",
    "plan",
    "plan_rollback",
    "restore",
    "rollback",
]

_ROOMS = {
    "Checkup": "checkup",
    "Ensured": "ensure",
    "Outcome": "values",
    "Planned": "values",
    "Reporter": "apply.reporter",
    "Restored": "values",
    "Version": "history.ledger",
    "ensure": "ensure",
}


class _FrontDoor(ModuleType):
    """The package, with verbs that its rooms do not hide.

    Importing ``reconcile.plan.steps`` binds the room ``reconcile.plan`` to the name of the verb, and
    ``reconcile.plan(...)`` would then call a module.
    """

    def __setattr__(self, name: str, value: object) -> None:
        """Bind a name, unless it is a room that would stand in front of a verb."""
        if not (isinstance(value, ModuleType) and name in __all__):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _FrontDoor


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: `reconcile --version` must not wait for all of them."""
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    import importlib  # noqa: PLC0415

    room = _ROOMS.get(name) or ("errors" if name[0].isupper() else "python")
    found: object = getattr(importlib.import_module(f"{__name__}.{room}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names, loaded or not: for editors and shells that complete."""
    return sorted({*globals(), *__all__})

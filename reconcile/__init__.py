"""plan/apply for SQLite: one schema.yaml, a proven plan, and a way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.version import VERSION

if TYPE_CHECKING:
    from reconcile.api import (
        ApplyOptions,
        Outcome,
        Planned,
        Source,
        apply,
        backup,
        check,
        history,
        inspect,
        plan,
        restore,
    )
    from reconcile.errors import ReconcileError

__version__ = VERSION

__all__ = [
    "ApplyOptions",
    "Outcome",
    "Planned",
    "ReconcileError",
    "Source",
    "apply",
    "backup",
    "check",
    "history",
    "inspect",
    "plan",
    "restore",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `reconcile --version` must not wait for all of them."""
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    import importlib  # noqa: PLC0415

    room = importlib.import_module("reconcile.errors" if name == "ReconcileError" else "reconcile.api")
    return getattr(room, name)

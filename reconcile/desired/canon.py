"""The order in which the keys of a schema file stand, by place. Names, such as those of columns, keep the author's."""

from __future__ import annotations

from typing import Final

from reconcile.desired.places import Path

_FILE: Final = ("version", "strict", "tables", "views", "ignore", "history_table")
_TABLE: Final = tuple(
    """renamed_from sql columns primary_key unique foreign_keys checks indexes triggers strict without_rowid doc
    sensitive""".split()
)
_VIEW: Final = ("sql", "columns", "triggers", "renamed_from", "doc")
_COLUMN: Final = ("sql", "renamed_from", "using", "undo", "doc", "sensitive")
_INDEX: Final = ("unique", "sql", "doc")


def keys_at(path: Path) -> tuple[str, ...]:
    """Give the keys that a mapping at `path` may have, in their order; () where its keys are names."""
    match path:
        case ():
            return _FILE
        case ("tables", _):
            return _TABLE
        case ("views", _):
            return _VIEW
        case ("tables", _, "columns", _):
            return _COLUMN
        case ("tables", _, "indexes", _):
            return _INDEX
        case _:
            return ()


def before(path: Path, key: str, written: list[str]) -> str | None:
    """Give the key, of those `written` in a mapping at `path`, after which `key` belongs; None for the end."""
    keys = keys_at(path)
    if key not in keys:
        return None
    earlier = [one for one in written if one in keys and keys.index(one) < keys.index(key)]
    return earlier[-1] if earlier else None

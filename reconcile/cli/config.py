"""Which database is meant where the command line does not name one, and how durations are written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from reconcile.errors import UsageError

_VARIABLE = "RECONCILE_DATABASE"
_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def database(argument: Path | None, environ: Mapping[str, str], folder: Path) -> Path:
    """Give the database: the argument, else RECONCILE_DATABASE, else ``[tool.reconcile]`` of a pyproject.toml."""
    if argument is not None:
        return argument
    if named := environ.get(_VARIABLE):
        return Path(named)
    found = _configured(folder)
    if found is None:
        hint = f'name it: the first argument, {_VARIABLE}, or database = "…" under [tool.reconcile] in pyproject.toml'
        raise UsageError("no database is named", hint=hint)
    return found


def duration(text: str) -> float:
    """Read a duration: ``30s``, ``500ms``, ``2m``, or a bare number of seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip().lower(), re.ASCII)
    if found is None or found[2] not in _SECONDS:
        raise UsageError(f"{text!r} is no duration", hint="write 30s, 500ms or 2m")
    return float(found[1]) * _SECONDS[found[2]]


def _configured(folder: Path) -> Path | None:
    """Look in the nearest pyproject.toml, upwards, that has our table. Its path is relative to that file."""
    for home in (folder, *folder.parents):
        file = home / "pyproject.toml"
        if not file.is_file():
            continue
        ours = _table(file)
        if ours is not None:
            named = ours.get("database")
            if named is None:
                return None
            if not isinstance(named, str) or not named:
                raise UsageError("database must be a path", place=str(file), hint='database = "store.db"')
            return _seen_from(folder, home / named)
    return None


def _table(file: Path) -> Mapping[str, object] | None:
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", place=str(file)) from error
    tools = content.get("tool", {})
    ours = tools.get("reconcile") if isinstance(tools, dict) else None
    if ours is not None and not isinstance(ours, dict):
        raise UsageError("[tool.reconcile] must be a table", place=str(file))
    return ours


def _seen_from(folder: Path, path: Path) -> Path:
    """Shorten a path to how it looks from the folder that the user stands in."""
    try:
        return path.relative_to(folder)
    except ValueError:
        return path

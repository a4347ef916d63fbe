"""What the command line does not say: the environment, then ``[tool.reconcile]``; and how durations are written."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconcile.errors import ReconcileError, UsageError

if TYPE_CHECKING:
    from reconcile.database.connection import Prepare
    from reconcile.window import Window

KEYS = (
    "database",
    "schema",
    "backup_dir",
    "keep",
    "prepare",
    "window",
    "window_threshold",
    "health_rows",
    "health_nulls",
)
VARIABLES = {"database": "RECONCILE_DATABASE", "schema": "RECONCILE_SCHEMA"}
_EXAMPLES = {
    "database": 'database = "store.db"',
    "schema": 'schema = "schema.yaml"',
    "backup_dir": 'backup_dir = "backups"',
    "keep": "keep = 10",
    "prepare": 'prepare = "app.db:prepare"',
    "window": 'window = "02:00-04:00 Europe/Berlin"',
    "window_threshold": 'window_threshold = "1s"',
    "health_rows": 'health_rows = {products = "1..5000"}',
    "health_nulls": 'health_nulls = {"users.email" = "5%"}',
}
_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the nearest ``[tool.reconcile]`` says; `file` is the pyproject.toml, None where there is none.

    Paths are relative to that file there, and as seen from the user's folder here.
    """

    file: Path | None = None
    database: Path | None = None
    schema: Path | None = None
    backup_dir: Path | None = None
    keep: int | None = None
    prepare: str | None = None
    window: Window | None = None
    health_rows: Mapping[str, str] = field(default_factory=dict)
    health_nulls: Mapping[str, str] = field(default_factory=dict)


def settings(folder: Path) -> Settings:
    """Read the nearest pyproject.toml, upwards, that has our table; UsageError for a key or value that is wrong."""
    file, table = _nearest(folder)
    if file is None:
        return Settings()
    for key in table:
        if key not in KEYS:
            raise _unknown(key, file)
    keep = table.get("keep")
    if keep is not None and (not isinstance(keep, int) or isinstance(keep, bool) or keep < 1):
        raise UsageError("keep must be a number of backups, 1 or more", place=str(file), hint=_EXAMPLES["keep"])
    places = {key: _path(table, key, file, folder) for key in ("database", "schema", "backup_dir")}
    hook, held = _text(table, "prepare", file), _window(table, file)
    rows, nulls = (_texts(table, key, file) for key in ("health_rows", "health_nulls"))
    return Settings(file, places["database"], places["schema"], places["backup_dir"], keep, hook, held, rows, nulls)


def database(argument: Path | None, environ: Mapping[str, str], folder: Path) -> Path:
    """Give the database: the argument, else RECONCILE_DATABASE, else ``[tool.reconcile]`` of a pyproject.toml."""
    variable = VARIABLES["database"]
    if argument is not None:
        return argument
    if named := environ.get(variable):
        return Path(named)
    file, table = _nearest(folder)
    found = None if file is None else _path(table, "database", file, folder)
    if found is None:
        hint = f'name it: the first argument, {variable}, or database = "…" under [tool.reconcile] in pyproject.toml'
        raise UsageError("no database is named", hint=hint)
    return found


def schema(default: Path, environ: Mapping[str, str], folder: Path) -> Path:
    """Give the schema file where the command line names none: RECONCILE_SCHEMA, else ``[tool.reconcile]``."""
    if named := environ.get(VARIABLES["schema"]):
        return Path(named)
    return settings(folder).schema or default


def prepare(found: Settings) -> Prepare | None:
    """Import the application's hook, which gives every connection its functions and collations.

    The folder of the pyproject.toml comes first on ``sys.path``, as for ``python -m``. What the application prints
    while it is imported goes to stderr: stdout is for the result.
    """
    if found.prepare is None or found.file is None:
        return None
    module, _, attribute = found.prepare.partition(":")
    place = str(found.file)
    if not module or not attribute:
        raise UsageError("prepare must name a module and a function", place=place, hint=_EXAMPLES["prepare"])
    hook = _imported(module, attribute, found.file)
    if not callable(hook):
        raise UsageError(f"prepare: {module} has no function {attribute}", place=place, hint=_EXAMPLES["prepare"])

    def prepared(connection: Any) -> None:
        try:
            hook(connection)
        except ReconcileError:
            raise
        except Exception as error:
            message = f"prepare: {found.prepare} failed: {type(error).__name__}: {error}"
            raise UsageError(message, place=place) from error

    return prepared


def duration(text: str) -> float:
    """Read a duration: ``30s``, ``500ms``, ``2m``, or a bare number of seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip().lower(), re.ASCII)
    if found is None or found[2] not in _SECONDS:
        raise UsageError(f"{text!r} is no duration", hint="write 30s, 500ms or 2m")
    return float(found[1]) * _SECONDS[found[2]]


def _nearest(folder: Path) -> tuple[Path | None, Mapping[str, object]]:
    """Find the nearest pyproject.toml, upwards, that has our table."""
    for home in (folder, *folder.parents):
        file = home / "pyproject.toml"
        ours = _table(file) if file.is_file() else None
        if ours is not None:
            return file, ours
    return None, {}


def _table(file: Path) -> Mapping[str, object] | None:
    import tomllib  # noqa: PLC0415 - many folders have no such file

    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", place=str(file)) from error
    tools = content.get("tool", {})
    ours = tools.get("reconcile") if isinstance(tools, dict) else None
    if ours is not None and not isinstance(ours, dict):
        raise UsageError("[tool.reconcile] must be a table", place=str(file))
    return ours


def _unknown(key: str, file: Path) -> UsageError:
    import difflib  # noqa: PLC0415 - only a mistake needs it

    close = difflib.get_close_matches(key.lower().replace("-", "_"), KEYS, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(KEYS)}"
    return UsageError(f"[tool.reconcile] has no key '{key}'", code="unknown-key", place=str(file), hint=hint)


def _path(table: Mapping[str, object], key: str, file: Path, folder: Path) -> Path | None:
    """Read a path, relative to its file, and shorten it to how it looks from the folder that the user stands in."""
    named = table.get(key)
    if named is None:
        return None
    if not isinstance(named, str) or not named:
        raise UsageError(f"{key} must be a path", place=str(file), hint=_EXAMPLES[key])
    path = file.parent / named
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def _text(table: Mapping[str, object], key: str, file: Path) -> str | None:
    named = table.get(key)
    if named is not None and not isinstance(named, str):
        raise UsageError(f"{key} must be text", place=str(file), hint=_EXAMPLES[key])
    return named


def _texts(table: Mapping[str, object], key: str, file: Path) -> Mapping[str, str]:
    named = table.get(key, {})
    if not isinstance(named, dict) or not all(isinstance(value, str) for value in named.values()):
        raise UsageError(f"{key} must be a table of texts", place=str(file), hint=_EXAMPLES[key])
    return named


def _window(table: Mapping[str, object], file: Path) -> Window | None:
    found, threshold = _text(table, "window", file), _text(table, "window_threshold", file)
    if found is None:
        if threshold is not None:
            raise UsageError("window_threshold goes with a window", place=str(file), hint=_EXAMPLES["window"])
        return None
    from reconcile.window import window  # noqa: PLC0415 - few projects have one

    return window(found, duration(threshold or "1s"), str(file))


def _imported(module: str, attribute: str, file: Path) -> Any:
    """Import what an application calls ``module:function``; None where the module has no such thing."""
    import importlib  # noqa: PLC0415 - few projects have a hook
    from contextlib import redirect_stdout  # noqa: PLC0415

    home = str(file.parent)
    if home not in sys.path:
        sys.path.insert(0, home)
    try:
        with redirect_stdout(sys.stderr):
            found: Any = importlib.import_module(module)
    except Exception as error:
        message = f"prepare: {module} cannot be imported: {type(error).__name__}: {error}"
        hint = "run reconcile in the environment of the application; its module is looked for beside pyproject.toml"
        raise UsageError(message, place=str(file), hint=hint) from error
    for part in attribute.split("."):
        found = getattr(found, part, None)
    return found

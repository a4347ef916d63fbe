"""Check and plan where nothing has changed: the usual run, answered before anything slow is imported.

typer and, once it reads an argument, pydantic take longer to import than all the rest of such a run. So the plain form
of these two commands is read here as well; every other word, every mistake and every change is left to the long way.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from reconcile.cli import config
from reconcile.cli.exit import DONE
from reconcile.cli.out import Out
from reconcile.errors import ReconcileError

_COMMANDS = ("check", "plan")
_SCHEMA = ("-s", "--schema")


def answered(words: Sequence[str], out: Out) -> int | None:
    """Answer ``check [DB] [-s FILE]`` and ``plan [DB] [-s FILE]`` where both are as the last version left them.

    Gives the exit code, or None where nothing was said and the long way has to be gone.
    """
    read = _read(words[1:]) if words and words[0] in _COMMANDS else None
    if read is None or "_RECONCILE_COMPLETE" in out.environ:
        return None
    from reconcile.history import standing  # noqa: PLC0415  a command line with a mistake in it needs no engine

    # A plan also tells what nobody manages.
    look = standing.in_sync if words[0] == "check" else standing.in_sync_and_whole
    try:
        here = Path(os.path.abspath("."))  # noqa: PTH100 - as `arguments.here`: with its links as they are
        hook = config.prepare(config.settings(here))
        database = config.database(read[0], out.environ, here)
        schema = read[1] or config.schema(Path("schema.yaml"), out.environ, here)
        version = look(database, schema, hook)
    except ReconcileError:
        return None
    if version is None:
        return None
    out.line(f"{database} is in sync with {schema} (#{version}).")
    return DONE


def _read(words: Sequence[str]) -> tuple[Path | None, Path | None] | None:
    """Read the database and the schema file from the arguments; None where there is more to them."""
    database = schema = None
    rest = iter(words)
    for word in rest:
        if word in _SCHEMA and schema is None:
            schema = next(rest, "")
            if not schema or schema.startswith("-"):
                return None
        elif not word or word.startswith("-") or database is not None:
            return None
        else:
            database = word
    return Path(database) if database else None, Path(schema) if schema else None

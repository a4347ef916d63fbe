"""Check and plan in their plain form, ``check [DB] [-s FILE]``: read here, so that typer need not be imported.

Where nothing has changed, the usual run, the answer is there before anything else that is slow is imported: not even
a planner. Every other word, and every mistake, is left to the long way.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reconcile.cli import config, planning
from reconcile.cli.asked import SCHEMA, Asked, here
from reconcile.cli.exit import DONE
from reconcile.cli.out import Out
from reconcile.errors import ReconcileError

_COMMANDS = ("check", "plan")
_SCHEMA = ("-s", "--schema")


def answered(words: Sequence[str], out: Out) -> int | None:
    """Run ``check [DB] [-s FILE]`` or ``plan [DB] [-s FILE]``, and give the exit code or raise; else None."""
    read = _read(words[1:]) if words and words[0] in _COMMANDS else None
    if read is None or "_RECONCILE_COMPLETE" in out.environ:
        return None
    database, schema = read
    asked = Asked(database, schema or config.schema(SCHEMA, out.environ, here()))
    if _stands(words[0], asked, out):
        return DONE
    return (
        planning.checked(asked, out, json=False)
        if words[0] == "check"
        else planning.planned(asked, planning.How(), out)
    )


def _stands(command: str, asked: Asked, out: Out) -> bool:
    """Say so where both are as the last version left them, and nothing at all otherwise."""
    from reconcile.history import standing  # noqa: PLC0415  a command line with a mistake in it needs no engine

    # A plan also tells what nobody manages.
    look = standing.in_sync if command == "check" else standing.in_sync_and_whole
    try:
        hook = config.prepare(config.settings(here()))
        database = config.database(asked.database, out.environ, here())
        version = look(database, asked.schema, hook)
    except ReconcileError:
        return False  # the planner finds it as well, and has more to say
    if version is not None:
        out.line(f"{database} is in sync with {asked.schema} (#{version}).")
    return version is not None


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

"""Check, plan and backup in their plain form, ``check [DB] [-s FILE]``: read here, so that typer need not be imported.

Where nothing has changed, the usual run, check and plan answer before anything else that is slow is imported: not
even a planner. Every other word, and every mistake, is left to the long way.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reconcile.cli import config, planning
from reconcile.cli.asked import SCHEMA, Asked, here
from reconcile.cli.exit import DONE
from reconcile.cli.out import Out
from reconcile.errors import ReconcileError

_SCHEMA = ("-s", "--schema")


def answered(words: Sequence[str], out: Out) -> int | None:
    """Run what stands in its plain form and give the exit code, or raise; None where there is more to the words."""
    if not words or "_RECONCILE_COMPLETE" in out.environ:
        return None
    match words[0]:
        case "check" | "plan":
            read = _read(words[1:])
            return None if read is None else _planned(words[0], *read, out)
        case "backup":
            files = words[1:]
            if len(files) > 2 or not all(map(_is_file, files)):
                return None
            from reconcile.cli.backing_up import backed_up  # noqa: PLC0415  a plan needs none of it

            database, file = [*map(Path, files), None, None][:2]
            return backed_up(database, file, None, out)
        case _:
            return None


def _planned(command: str, database: Path | None, schema: Path | None, out: Out) -> int:
    asked = Asked(database, schema or config.schema(SCHEMA, out.environ, here()))
    if _stands(command, asked, out):
        return DONE
    if command == "check":
        return planning.checked(asked, out, json=False)
    return planning.planned(asked, planning.How(), out)


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
            if not _is_file(schema):
                return None
        elif database is not None or not _is_file(word):
            return None
        else:
            database = word
    return Path(database) if database else None, Path(schema) if schema else None


def _is_file(word: str) -> bool:
    """Say whether a word is a file for certain: typer knows what else it may be."""
    return bool(word) and not word.startswith("-")

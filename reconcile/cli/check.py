"""reconcile check: in sync or not, in one line."""

from __future__ import annotations

from functools import partial

from reconcile.cli.arguments import Database, Json, Schema
from reconcile.cli.asked import SCHEMA, Asked, Job
from reconcile.cli.exit import DONE
from reconcile.cli.out import Out
from reconcile.cli.planning import checked

ENDING = """\b
Exit codes: 0 in sync, 2 changes pending,
            7 damaged database, 64 wrong usage, 65 invalid schema file, 66 no database
Example:    reconcile check store.db || reconcile plan store.db"""


def check(
    database: Database = None,
    schema: Schema = SCHEMA,
    json: Json = False,  # noqa: FBT002
) -> Job:
    """Say in one line whether the database is in sync with the schema file.

    Quick enough for every start of an application and every run of CI. Nothing is written.
    """
    return partial(_check, Asked(database, schema), json=json)


def _check(asked: Asked, out: Out, *, json: bool) -> int:
    from reconcile.history.standing import in_sync  # noqa: PLC0415  start-up: --help needs no engine

    if not json:
        source = asked.source(out)
        version = in_sync(source.database, source.schema, source.prepare)
        if version is not None:
            out.line(f"{source.database} is in sync with {source.schema} (#{version}).")
            return DONE
    return checked(asked, out, json=json)

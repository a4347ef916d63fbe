"""reconcile check: in sync or not, in one line."""

from __future__ import annotations

from functools import partial

from reconcile.cli.arguments import SCHEMA, Asked, Database, Job, Json, Schema
from reconcile.cli.exit import DONE, PENDING
from reconcile.cli.out import Out

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
    from reconcile.cli.documents import errors_as_document  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.history.standing import in_sync  # noqa: PLC0415

    with errors_as_document(out, wanted=json):
        source = asked.source(out)
        version = None if json else in_sync(source.database, source.schema, source.prepare)
        if version is not None:
            out.line(f"{source.database} is in sync with {source.schema} (#{version}).")
            return DONE
        from reconcile import api  # noqa: PLC0415  what is in sync by its digests needs no planner

        planned = api.check(source)
    from reconcile.cli.shown import heading  # noqa: PLC0415
    from reconcile.preview import summary  # noqa: PLC0415

    head = heading(planned)
    if json:
        from reconcile.preview import json as documents  # noqa: PLC0415

        out.document(documents.text(documents.document(head, planned.plan)))
    else:
        out.line(summary.in_one_line(head, planned.plan))
    return DONE if planned.plan.is_empty else PENDING

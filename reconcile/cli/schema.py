"""reconcile schema: the JSON Schema of schema.yaml, for editors."""

from __future__ import annotations

import json as documents
from functools import partial
from typing import Annotated

import typer

from reconcile.cli.asked import Job
from reconcile.cli.exit import DONE
from reconcile.cli.out import Out

ENDING = """\b
Exit codes: 0 done
Example:    reconcile schema --json-schema > reconcile.schema.json"""


def schema(
    json_schema: Annotated[  # noqa: ARG001, FBT002 - so far there is nothing else to print
        bool, typer.Option("--json-schema", help="As JSON Schema; this is what is printed in any case.")
    ] = True,
) -> Job:
    """Print the JSON Schema of schema.yaml, with which editors complete and check the file."""
    return partial(_schema)


def _schema(out: Out) -> int:
    from reconcile.desired.json_schema import json_schema  # noqa: PLC0415  pydantic is slow to load

    out.document(documents.dumps(json_schema(), indent=2))
    return DONE

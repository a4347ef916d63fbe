"""reconcile inspect: the live schema as schema.yaml."""

from __future__ import annotations

from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from reconcile.cli.arguments import Database
from reconcile.cli.asked import SCHEMA, Job, chosen
from reconcile.cli.exit import DONE
from reconcile.cli.out import Out
from reconcile.errors import UsageError
from reconcile.preview.printable import printable

ENDING = """\b
Exit codes: 0 done, 1 cannot be put into the file safely, 3 something may be a rename (--merge),
            7 damaged database, 64 wrong usage, 65 invalid schema file, 66 no database
Example:    reconcile inspect store.db -o schema.yaml
            reconcile inspect store.db --merge -o schema.yaml"""


class Dialect(Enum):
    """Whose dumps can be read."""

    POSTGRES = "postgres"
    MYSQL = "mysql"


class Format(Enum):
    """What a live schema can be written as."""

    YAML = "yaml"
    SQL = "sql"
    JSON = "json"
    MERMAID = "mermaid"


def inspect(  # noqa: PLR0913, PLR0917 - a command's options
    database: Database = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", show_default=False, help="Write to this new file."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.YAML,
    merge: Annotated[  # noqa: FBT002
        bool, typer.Option("--merge", help="Add what schema.yaml does not say to its text; all else in it stays.")
    ] = False,
    schema: Annotated[
        Path | None,
        typer.Option("--schema", "-s", metavar="FILE", show_default=False, help="With --merge: the file to add to."),
    ] = None,
    dialect: Annotated[
        Dialect | None,
        typer.Option("--dialect", show_default=False, help="DB is a schema dump of another database."),
    ] = None,
) -> Job:
    """Print the live schema as schema.yaml: this is how an existing database is taken over.

    Nothing is written to the database. A file that exists is never overwritten, but for the one that --merge adds
    to, where -o names it. Afterwards, reconcile plan has nothing to do.

    With --merge, whatever stands in the database and not in schema.yaml is put into the file's text, and every
    comment and every line of it stays. What reconcile applied before and was taken out of the file is left out.

    With --dialect, DB is what pg_dump --schema-only or mysqldump --no-data wrote. Every doubtful type is told in a
    comment, and what cannot be carried over is refused by its line. Needs sqlite-reconcile[import].
    """
    if dialect is not None:
        if merge or form is not Format.YAML:
            raise UsageError("--dialect writes schema.yaml, a new one")
        return partial(_import, database, output, dialect)
    if merge and form is not Format.YAML:
        raise UsageError("--merge writes schema.yaml, and no other format")
    if schema is not None and not merge:
        raise UsageError("--schema goes with --merge", hint="-o names the file to write")
    if merge:
        return partial(_merge, database, output, schema)
    return partial(_inspect, database, output, form)


def _inspect(database: Path | None, output: Path | None, form: Format, out: Out) -> int:
    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli.writing import exists, write_new  # noqa: PLC0415

    path = chosen(database, out)
    if output is not None and output.exists():
        raise exists(output)
    text = api.inspect(path) if form is Format.YAML else _written(path, form)
    if output is None:
        out.document(text)
        return DONE
    write_new(output, text if text.endswith("\n") else f"{text}\n")
    out.line(f"Wrote {output}.")
    out.tell(f"Next:  {_next(path, output)}")
    return DONE


def _import(dump: Path | None, output: Path | None, dialect: Dialect, out: Out) -> int:
    from reconcile.cli.importing import import_dump  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli.writing import exists, write_new  # noqa: PLC0415

    if dump is None:
        raise UsageError("--dialect needs a dump", hint=f"reconcile inspect dump.sql --dialect {dialect.value}")
    if output is not None and output.exists():
        raise exists(output)
    text = import_dump(dump, dialect.value)
    if output is None:
        out.document(text)
        return DONE
    write_new(output, text)
    out.line(f"Wrote {output}.")
    out.tell(f"Next:  read its comments, then   reconcile apply NEW.db --schema {printable(str(output))} --create")
    return DONE


def _written(database: Path, form: Format) -> str:
    from reconcile.cli.live import look  # noqa: PLC0415
    from reconcile.desired.written import written  # noqa: PLC0415

    live = look(database)
    return written(live.schema, form.value, live.history.text if live.history else None)


def _merge(database: Path | None, output: Path | None, schema: Path | None, out: Out) -> int:
    from reconcile.cli.merging import merged  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli.writing import exists, replace, write_new  # noqa: PLC0415

    path = chosen(database, out)
    file = schema or (output if output is not None and output.exists() else SCHEMA)
    if output is not None and output.exists() and not (file.exists() and output.samefile(file)):
        raise exists(output)
    if file.suffix.lower() not in (".yaml", ".yml"):
        raise UsageError("only a schema.yaml can be added to", place=str(file))
    found = merged(file, path)
    if output is None:
        out.document(found.text)
    elif not output.exists():
        write_new(output, found.text)
    elif found.added:
        replace(output, found.before, found.text)
    out.tell("\n".join(f"  + {printable(addition.called)}" for addition in found.added) or "Nothing to add.")
    if output is not None and found.added:
        out.line(f"Wrote {output}.")
        out.tell(f"Next:  {_next(path, output)}")
    return DONE


def _next(database: Path, output: Path) -> str:
    from reconcile.preview.paste import command  # noqa: PLC0415

    words = [] if output == SCHEMA else ["--schema", str(output)]
    return printable(command("plan", str(database), *words))

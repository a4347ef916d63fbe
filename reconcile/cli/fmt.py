"""reconcile fmt: schema.yaml in its canonical layout, without spent hints where that is asked for."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from reconcile.cli.asked import SCHEMA, Job, chosen
from reconcile.cli.exit import DONE, PENDING
from reconcile.cli.out import Out
from reconcile.errors import UsageError
from reconcile.preview.printable import printable

ENDING = """\b
Exit codes: 0 done, or nothing to do, 1 a layout that fmt cannot change, 2 the file would change (--check),
            64 wrong usage, 65 invalid schema file, 66 no database (--prune)
Example:    reconcile fmt --prune --database store.db"""


def fmt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A schema.yaml.")] = SCHEMA,
    check: Annotated[  # noqa: FBT002
        bool, typer.Option("--check", help="Write nothing; exit with 2 if the file would change.")
    ] = False,
    prune: Annotated[  # noqa: FBT002
        bool, typer.Option("--prune", help="Take out each renamed_from that can do nothing any more.")
    ] = False,
    databases: Annotated[
        list[Path] | None,
        typer.Option(
            "--database",
            metavar="DB",
            show_default=False,
            help="With --prune: where a rename must be carried out. May be repeated. Else the configured database.",
        ),
    ] = None,
) -> Job:
    """Lay schema.yaml out as everybody's: keys in one order, two spaces a level, an empty line between tables.

    Every comment and every value keeps its spelling; the order of tables and columns is the author's. Without a
    database, --prune takes out only what the file alone proves to be spent.
    """
    if databases and not prune:
        raise UsageError("--database goes with --prune")
    return partial(_fmt, file, databases or [], check=check, prune=prune)


def _fmt(file: Path, databases: list[Path], out: Out, *, check: bool, prune: bool) -> int:
    from reconcile.cli.writing import replace  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.desired.fmt import formatted  # noqa: PLC0415
    from reconcile.desired.load import load  # noqa: PLC0415
    from reconcile.river import load_desired  # noqa: PLC0415

    if file.suffix.lower() not in (".yaml", ".yml"):
        raise UsageError("only a schema.yaml has a canonical layout", place=str(file))
    desired = load_desired(file)
    before = file.read_bytes()
    loaded = load(before, str(file))
    if prune:
        from reconcile.cli.pruning import spent  # noqa: PLC0415
        from reconcile.desired.edit import prune as pruned  # noqa: PLC0415

        places = spent(loaded, desired, databases or _configured(out))
        for place in places:
            out.tell(printable(f"  - renamed_from of {'.'.join(map(str, place[1:-1:2]))}"))
        loaded = load(pruned(loaded, places), str(file))
    text = formatted(loaded)
    name = printable(str(file))
    if text.encode() == before:
        out.tell(f"{name}: nothing to change.")
        return DONE
    if check:
        out.line(f"{file} would change:  reconcile fmt{' --prune' if prune else ''}")
        return PENDING
    replace(file, before, text)
    out.line(f"Wrote {file}.")
    return DONE


def _configured(out: Out) -> list[Path]:
    try:
        return [chosen(None, out)]
    except UsageError as error:
        if error.place is not None:
            raise  # one is named, in a configuration that cannot be read
        out.tell("No database is named: what was renamed there cannot be known.  --database DB")
        return []

"""A schema file -> what lint finds in it, each finding at its place."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from reconcile.cli.github import annotation
from reconcile.database.materialise import materialise
from reconcile.database.scratch import Prepare, compiles, open_scratch
from reconcile.desired.declare import declare
from reconcile.desired.draft import Draft
from reconcile.desired.load import Loaded, load
from reconcile.desired.sql_file import declare_sql
from reconcile.errors import Problem, UsageError
from reconcile.lint import lint
from reconcile.lint.finding import Broken, Finding, Level, Subject
from reconcile.model.schema import ObjectKind, Schema
from reconcile.preview.units import counted
from reconcile.river import load_desired
from reconcile.sql.names import fold

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding with its place in the file."""

    finding: Finding
    problem: Problem


def linted(file: Path, prepare: Prepare | None = None) -> tuple[Placed, ...]:
    """Lint a schema.yaml or a .sql file; findings come in the order of the file."""
    if file.suffix.lower() not in (".yaml", ".yml", ".sql"):
        hint = "of a database, write one first:   reconcile inspect DB -o schema.yaml"
        raise UsageError("lint reads a schema.yaml or a .sql file", place=str(file), hint=hint)
    load_desired(file, prepare)  # says of a missing or an invalid file what every command says
    source = file.read_bytes()
    digest = sha256(source).hexdigest()
    loaded = None if file.suffix.lower() == ".sql" else load(source, str(file))
    draft = declare_sql(source.decode(), str(file), digest) if loaded is None else declare(loaded, digest)
    schema = materialise(draft, prepare)
    found = lint(Subject(schema, draft.hints, tuple(_broken(schema, prepare)), draft.ignore))
    place = _in_sql(draft) if loaded is None else _in_yaml(loaded)
    placed = [Placed(finding, place(finding)) for finding in found]
    ranks = list(Level)
    return tuple(sorted(placed, key=lambda p: (p.problem.line, p.problem.column, ranks.index(p.finding.level))))


def _broken(schema: Schema, prepare: Prepare | None) -> Iterator[Broken]:
    """Compile each view, and each trigger without the others: all of one table's would fail for one that is broken."""
    triggers = list(schema.of_kind(ObjectKind.TRIGGER))
    with closing(open_scratch(prepare)) as scratch:
        scratch.load(schema.with_entries(entry for entry in schema.entries if entry.kind is not ObjectKind.TRIGGER))
        for view in schema.of_kind(ObjectKind.VIEW):
            reason = compiles(scratch, schema, view)
            if reason is not None:
                yield Broken(view, reason)
        for trigger in triggers:
            scratch.execute(trigger.sql)
            reason = compiles(scratch, schema, trigger)
            if reason is not None:
                yield Broken(trigger, reason)
            scratch.execute(f"DROP TRIGGER {trigger.name.quoted}")


def _in_yaml(loaded: Loaded) -> Callable[[Finding], Problem]:
    return lambda finding: loaded.key_problem(finding.path, finding.message, finding.advice)


def _in_sql(draft: Draft) -> Callable[[Finding], Problem]:
    """Blame the statement that makes the object: a .sql file has no places inside one."""
    fragments = {(f.kind is ObjectKind.TRIGGER, f.name.key): f for f in draft.fragments}

    def place(finding: Finding) -> Problem:
        _, owner, *rest = map(str, finding.path)
        wanted = (False, fold(owner))
        if rest[:1] in (["indexes"], ["triggers"]) and len(rest) > 1:
            wanted = (rest[0] == "triggers", fold(rest[1]))
        problem = fragments[wanted].blame(finding.message)
        return Problem(problem.message, problem.file, problem.line, problem.column, problem.source, finding.advice)

    return place


def summary(placed: tuple[Placed, ...]) -> str:
    """Say how many there are: ``1 error, 2 warnings``."""
    counts = Counter(each.finding.level for each in placed)
    return ", ".join(counted(counts[level], level.value) for level in Level if counts[level])


def as_json(file: Path, placed: tuple[Placed, ...]) -> str:
    """Write the findings as a document.

    format_version  1; a field that goes or changes its meaning raises it, a new field does not
    file            as it was named
    counts          error, warning, note
    findings        code, level (error, warning, note), object, message, advice, line, column (from 1)
    """
    counts = Counter(each.finding.level for each in placed)
    content = {
        "format_version": FORMAT_VERSION,
        "file": str(file),
        "counts": {level.value: counts[level] for level in Level},
        "findings": [
            {
                "code": each.finding.code,
                "level": each.finding.level.value,
                "object": each.finding.object,
                "message": each.finding.message,
                "advice": each.finding.advice,
                "line": each.problem.line,
                "column": each.problem.column,
            }
            for each in placed
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=True)


def as_annotations(placed: tuple[Placed, ...]) -> Iterator[str]:
    """Yield GitHub's workflow commands, which stand beside the lines of a pull request."""
    for each in placed:
        level = "notice" if each.finding.level is Level.NOTE else each.finding.level.value
        message = f"{each.finding.message} ({each.finding.advice})"
        yield annotation(level, each.problem, each.finding.code, message)

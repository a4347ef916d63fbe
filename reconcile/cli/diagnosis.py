"""What `reconcile health` shows: the checks with what they found, as text and as a document."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from reconcile.checkup import Checkup
from reconcile.health.finding import Contents, Finding, Level
from reconcile.preview.layout import Line, Row, render
from reconcile.preview.printable import printable
from reconcile.preview.text import head
from reconcile.preview.units import counted, listed

FORMAT_VERSION = 1
_QUERY = 200  # characters of a query that are shown unasked
_SYMBOLS = {Level.DAMAGE: "!", Level.PROBLEM: "!", Level.NOTE: "~"}
_WORDS = {Level.DAMAGE: "DAMAGED", Level.PROBLEM: "PROBLEM", Level.NOTE: "NOTE"}


def text(found: Checkup, *, verbose: bool) -> str:
    """Write it for eyes: one line for each check, and under it what was found."""
    body = render(_body(found, verbose=verbose))
    return "\n".join([head(found.heading), "", *body, "", _closing(found)])


def document(found: Checkup) -> str:
    """Write it as a JSON document. It holds no value of any row: counts, names and SQL only."""
    heading, worst = found.heading, found.worst
    checks = [
        {
            "name": check.name,
            "status": "not-checked" if result is None else _status(result.findings),
            "says": "" if result is None else result.says,
            "findings": [] if result is None else [_as_json(finding) for finding in result.findings],
        }
        for check, result in found.results
    ]
    content = {
        "format_version": FORMAT_VERSION,
        "status": {None: "healthy", Level.NOTE: "healthy", Level.PROBLEM: "unwell", Level.DAMAGE: "damaged"}[worst],
        "database": {
            "path": heading.database,
            "size": heading.size,
            "journal_mode": heading.journal_mode,
            "at": heading.at,
        },
        "schema": {"path": heading.schema, "digest": heading.schema_digest},
        "checks": checks,
        "tables": [
            {
                "name": table.table.text,
                "rows": table.rows,
                "nulls": [{"column": column.text, "rows": count} for column, count in table.nulls],
            }
            for _, result in found.results
            if result is not None
            for table in result.tables
        ],
    }
    return json.dumps(content, indent=2)


def _as_json(finding: Finding) -> dict[str, object]:
    return {**asdict(finding), "level": finding.level.value}


def _status(findings: tuple[Finding, ...]) -> str:
    levels = {finding.level for finding in findings}
    return next((level.value for level in Level if level in levels), "ok")


def _body(found: Checkup, *, verbose: bool) -> Iterator[Row | Line]:
    for check, result in found.results:
        if result is None:
            yield Row(2, "?", check.name, "not looked at: the file is damaged")
            continue
        levels = [finding.level for finding in result.findings]
        worst = next((level for level in Level if level in levels), None)
        symbol = "=" if worst is None else _SYMBOLS[worst]
        yield Row(2, symbol, check.name, result.says)
        for finding in result.findings:
            yield from _told(finding, verbose=verbose)
        if verbose:
            yield from map(_counted, result.tables)


def _told(finding: Finding, *, verbose: bool) -> Iterator[Line]:
    yield Line(6, f"{_WORDS[finding.level]} {finding.code}: {finding.message}")
    if finding.query is not None and (verbose or len(finding.query) <= _QUERY):
        yield Line(6, finding.query, "The query:")
    yield Line(6, finding.advice, "To do:")


def _counted(contents: Contents) -> Row:
    nulls = [f"{column} {count:,} NULL" for column, count in contents.nulls]
    return Row(6, "", contents.table.text, counted(contents.rows, "row"), listed(nulls))


def _closing(found: Checkup) -> str:
    counts = Counter(finding.level for finding in found.findings)
    words = [counted(counts[level], level.value) for level in (Level.PROBLEM, Level.NOTE) if counts[level]]
    if counts[Level.DAMAGE]:
        return printable(f"{found.heading.database} is DAMAGED{''.join(f', {word}' for word in words)}.")
    if counts[Level.PROBLEM]:
        return printable(f"{found.heading.database}: {', '.join(words)}.")
    return printable(f"{found.heading.database} is healthy{''.join(f', {word}' for word in words)}.")

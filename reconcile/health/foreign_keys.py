"""foreign keys: rows that point to no row, and keys that SQLite cannot check at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from reconcile.health.finding import Check, Finding, Level, Result, Subject
from reconcile.model.schema import Entry, ObjectKind
from reconcile.preview.units import counted
from reconcile.sql.names import literal

_KEYS = """SELECT count(*) FROM (SELECT DISTINCT k.id FROM pragma_foreign_key_list({table}, 'main') AS k)"""
_ORPHANS = """
    SELECT v.fkid, v.parent, count(*), (SELECT group_concat(k."from", ', ') FROM
        (SELECT "from" FROM pragma_foreign_key_list({table}, 'main') WHERE id = v.fkid ORDER BY seq) AS k)
    FROM pragma_foreign_key_check({table}, 'main') AS v GROUP BY v.fkid, v.parent ORDER BY v.fkid
"""


def _look(subject: Subject) -> Result:
    keys = 0
    findings: list[Finding] = []
    for table in subject.schema.of_kind(ObjectKind.TABLE):
        if "references" not in table.sql.lower():
            continue  # no foreign key can be written without the word
        keys += subject.connection.execute(_KEYS.format(table=literal(table.name.text))).fetchone()[0]
        findings += _found(subject, table)
    return Result(counted(keys, "foreign key"), tuple(findings))


def _found(subject: Subject, table: Entry) -> Iterator[Finding]:
    name = literal(table.name.text)
    try:
        rows = subject.connection.execute(_ORPHANS.format(table=name)).fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        message = f"the foreign keys of {table.name} cannot be checked: {error}"
        advice = "a foreign key must point to a primary key, or to columns that are UNIQUE together"
        yield Finding("foreign-key-mismatch", Level.PROBLEM, table.name.text, message, advice)
        return
    for number, parent, count, columns in rows:
        message = f"{counted(count, 'row')} of {table.name} ({columns}) {'points' if count == 1 else 'point'} to "
        message += f"no row of {parent}"
        query = f"SELECT rowid FROM pragma_foreign_key_check({name}) WHERE fkid = {number}"
        advice = "give them a parent, or take them out; reconcile changes no row to make a constraint fit"
        yield Finding("orphans", Level.PROBLEM, table.name.text, message, advice, count, query)


CHECK = Check("foreign keys", _look)

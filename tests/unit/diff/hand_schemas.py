"""Schemas written by hand, as SQLite would store them: the core is tested without SQLite."""

from __future__ import annotations

from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.sql.clauses import CreateIndex, CreateOther, CreateTable
from reconcile.sql.create import read
from reconcile.sql.names import name, unquote


def schema(*statements: str) -> Schema:
    return Schema(tuple(entry(sql) for sql in statements))


def entry(sql: str) -> Entry:
    found = read(sql)
    own = name(unquote(found.name))
    match found:
        case CreateTable():
            return Entry(ObjectKind.TABLE, own, own, sql)
        case CreateIndex():
            return Entry(ObjectKind.INDEX, own, name(unquote(found.table)), sql)
        case CreateOther(kind="TRIGGER", table=table):
            return Entry(ObjectKind.TRIGGER, own, name(unquote(table or "")), sql)
        case CreateOther(kind=kind):
            return Entry(ObjectKind(kind.lower()), own, own, sql)

"""Schema -> a JSON document: every object's text, and every table as it is understood."""

from __future__ import annotations

import json

from reconcile.desired.parts import read_or_none
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.model.table import Check, Column, Constraint, ForeignKey, Table, Unique

FORMAT_VERSION = 1

Document = dict[str, object]


def as_json(schema: Schema, history_table: str | None) -> str:
    """Write the document. ASCII only, so that no name in it can drive a terminal.

    format_version  1; a field that goes or changes its meaning raises it, a new field does not
    history_table   where the history stands, or null; it is none of the objects
    objects         type (table, virtual table, index, view, trigger), name, table, sql: in an order of creation
    tables          name, strict, without_rowid, columns, primary_key (or null), unique, foreign_keys, checks;
                    a table that reconcile cannot read, or a virtual one, is only among the objects
    … columns       name, type (upper case; empty where none is declared), not_null, default (SQL, or null), collation,
                    generated (null, or expression and stored)
    … primary_key   name (or null), columns, autoincrement, rowid_alias (the column that is the rowid, or null)
    … unique        name (or null), columns
    … foreign_keys  name (or null), columns, table, parents (empty: the primary key), on_delete, on_update, deferred
    … checks        name (or null), expression
    """
    tables = [read_or_none(entry) for entry in schema.of_kind(ObjectKind.TABLE)]
    content: Document = {
        "format_version": FORMAT_VERSION,
        "history_table": history_table,
        "objects": [_object(entry) for entry in schema.entries],
        "tables": [_table(table) for table in tables if table is not None],
    }
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"


def _object(entry: Entry) -> Document:
    return {"type": entry.kind.value, "name": entry.name.text, "table": entry.table.text, "sql": entry.sql}


def _table(table: Table) -> Document:
    constraints: dict[str, list[Document]] = {"unique": [], "foreign_keys": [], "checks": []}
    for constraint in table.constraints:
        section, content = _constraint(constraint)
        constraints[section].append(content)
    return {
        "name": table.name.text,
        "strict": table.strict,
        "without_rowid": table.without_rowid,
        "columns": [_column(column) for column in table.columns],
        "primary_key": _primary_key(table),
        **constraints,
    }


def _column(column: Column) -> Document:
    generated = column.generated
    return {
        "name": column.name.text,
        "type": column.type,
        "not_null": column.not_null,
        "default": column.default.text if column.default else None,
        "collation": column.collation.text,
        "generated": {"expression": generated.expression.text, "stored": generated.stored} if generated else None,
    }


def _primary_key(table: Table) -> Document | None:
    key = table.primary_key
    if key is None:
        return None
    return {
        "name": key.name.text if key.name else None,
        "columns": [term.column.text for term in key.terms],
        "autoincrement": key.autoincrement,
        "rowid_alias": key.rowid_alias.text if key.rowid_alias else None,
    }


def _constraint(constraint: Constraint) -> tuple[str, Document]:
    named: Document = {"name": constraint.name.text if constraint.name else None}
    match constraint:
        case Unique(terms):
            return "unique", {**named, "columns": [term.column.text for term in terms]}
        case Check(expression):
            return "checks", {**named, "expression": expression.text}
        case ForeignKey(columns, table, parents, actions, deferred):
            events = dict(actions)
            content: Document = {
                "columns": [column.text for column in columns],
                "table": table.text,
                "parents": [column.text for column in parents],
                "on_delete": events["DELETE"],
                "on_update": events["UPDATE"],
                "deferred": deferred,
            }
            return "foreign_keys", {**named, **content}

"""Schema -> an entity-relationship diagram in Mermaid, which GitHub, GitLab and most Markdown viewers draw.

The grammar is Mermaid's erDiagram.jison (11): a name that it would take for something else is quoted or respelled,
and the name as it is stands beside it, in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reconcile.desired.parts import read_or_none
from reconcile.model.reading import read_index
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.model.table import Column, ForeignKey, Table, Unique
from reconcile.sql.names import Name

_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS: Final = frozenset(
    """accdescr acctitle class classdef direction end erdiagram many one only optionally style subgraph title to u
    zero""".split()
)
_KEYS: Final = frozenset({"pk", "fk", "uk"})
# What ends a quoted text, starts a comment or a character code, or is HTML to a viewer.
_UNQUOTABLE: Final = re.compile(r'["%\\#;<>\x00-\x1f\x7f-\x9f\u2028\u2029]')
_DIRECTION: Final = re.compile(r"(?i)(direction)\s+(?=TB|BT|RL|LR)")
_TIGHT: Final = re.compile(r"\s*([(),])\s*")


def mermaid(schema: Schema) -> str:
    """Draw the tables, their columns and keys, and a line for every foreign key."""
    tables = list(schema.of_kind(ObjectKind.TABLE, ObjectKind.VIRTUAL))
    entities = _entities(tables)
    read = [(one, read_or_none(one) if one.kind is ObjectKind.TABLE else None) for one in tables]
    lines = ["erDiagram"]
    for one, table in read:
        lines += _entity(entities[one.name.key], table, schema)
    for _, table in read:
        lines += _relations(table, entities, schema) if table is not None else ()
    return "\n".join(lines) + "\n"


def _entities(tables: list[Entry]) -> dict[str, str]:
    """Give every table a name in the diagram that no other one has."""
    out: dict[str, str] = {}
    for one in tables:
        written = _quoted(one.name)
        number = 2
        while written in out.values():
            written = f'"{_inside(one.name.text)} {number}"'
            number += 1
        out[one.name.key] = written
    return out


def _quoted(called: Name) -> str:
    bare = _BARE.fullmatch(called.text) and called.key not in _WORDS
    return called.text if bare else f'"{_inside(called.text)}"'


def _inside(text: str) -> str:
    return _DIRECTION.sub(r"\1_", _UNQUOTABLE.sub("_", text)).strip() or "_"


def _entity(entity: str, table: Table | None, schema: Schema) -> Iterator[str]:
    if table is None:
        yield f"    {entity}"
        return
    yield f"    {entity} {{"
    unique = {columns for columns in _unique(table, schema) if len(columns) == 1}
    for column in table.columns:
        yield f"        {_attribute(column, _keys(table, column, unique))}"
    yield "    }"


def _attribute(column: Column, keys: list[str]) -> str:
    word = _word(column.name.text)
    note = f' "{_inside(column.name.text)}"' if word != column.name.text else ""
    kind = _word(_TIGHT.sub(r"\1", column.type) or "any")
    return f"{kind} {word}{' ' if keys else ''}{', '.join(keys)}{note}"


def _word(text: str) -> str:
    """Respell a text as one word of a diagram."""
    word = "".join(one if _is_in_words(one) else "_" for one in text) or "_"
    word = f"_{word}" if word[0].isdigit() or word[0] in "()" else word
    return f"{word}_" if word.lower() in _KEYS else word


def _is_in_words(character: str) -> bool:
    if character in "_()":
        return True
    return character.isalnum() and (character.isascii() or "\u00c0" <= character <= "\uffff")


def _keys(table: Table, column: Column, unique: set[frozenset[Name]]) -> list[str]:
    key = [term.column for term in table.primary_key.terms] if table.primary_key else []
    foreign = any(column.name in c.columns for c in table.constraints if isinstance(c, ForeignKey))
    alone = frozenset({column.name}) in unique and key != [column.name]
    return ["PK"] * (column.name in key) + ["FK"] * foreign + ["UK"] * alone


def _unique(table: Table, schema: Schema) -> list[frozenset[Name]]:
    """Give the sets of columns that are unique together."""
    out = [frozenset(term.column for term in c.terms) for c in table.constraints if isinstance(c, Unique)]
    if table.primary_key is not None:
        out.append(frozenset(term.column for term in table.primary_key.terms))
    for one in schema.belonging_to(table.name):
        index = read_index(one) if one.kind is ObjectKind.INDEX else None
        if index is not None and index.unique and index.where is None and all(term.column for term in index.terms):
            out.append(frozenset(term.column for term in index.terms if term.column))
    return out


def _relations(table: Table, entities: dict[str, str], schema: Schema) -> Iterator[str]:
    unique = _unique(table, schema)
    for key in (one for one in table.constraints if isinstance(one, ForeignKey)):
        columns = [table.column(called) for called in key.columns]
        own = table.rowid_alias
        needed = all(column is not None and (column.not_null or column.name == own) for column in columns)
        one_only = any(group <= frozenset(key.columns) for group in unique)
        parent = entities.get(key.table.key) or _quoted(key.table)
        label = ", ".join(_inside(called.text) for called in key.columns)
        left, right = "||" if needed else "|o", "o|" if one_only else "o{"
        yield f'    {parent} {left}--{right} {entities[table.name.key]} : "{label}"'

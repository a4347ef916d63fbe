"""Write the generator's desired schema as schema.yaml, by code of its own.

Every scalar that is SQL or a name is written double-quoted, so that YAML's own words (no, 012, 1:30, ~) stay text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import ddl
from .model import Check, Column, ForeignKey, Index, PrimaryKey, Schema, Table, Trigger, Unique, View

if TYPE_CHECKING:
    from collections.abc import Iterable

Node = str | bool | list["Node"] | dict[str, "Node"]


@dataclass(frozen=True)
class Hints:
    """What only the author knows, by hidden id: old names, `using`, `undo` (rendered SQL)."""

    renamed_from: dict[int, tuple[str, ...]] = field(default_factory=dict)
    using: dict[int, str] = field(default_factory=dict)
    undo: dict[int, str] = field(default_factory=dict)


def write_yaml(schema: Schema, hints: Hints, *, inline: bool, reverse: bool = False, extra: str = "") -> str:
    """Write schema.yaml; `inline` puts one-column constraints on their column, `reverse` turns all other maps round."""
    writer = _Writer(schema, hints, inline, reverse)
    body: dict[str, Node] = {"tables": {table.name: writer.table(table) for table in writer.ordered(schema.tables)}}
    if views := {view.name: writer.view(view) for view in writer.ordered(schema.views)}:
        body["views"] = views
    return "version: 1\n" + extra + "".join(f"{line}\n" for line in _block(body, 0))


@dataclass(frozen=True)
class _Writer:
    schema: Schema
    hints: Hints
    inline: bool
    reverse: bool

    def ordered(self, items: Iterable) -> list:
        managed = [item for item in items if getattr(item, "id", 0) not in self.schema.unmanaged]
        return managed[::-1] if self.reverse else managed

    def table(self, table: Table) -> Node:
        node: dict[str, Node] = {}
        self._renamed(node, table.id)
        node["columns"] = {
            column.name: self.column(table, column)
            for column in table.columns
            if column.id not in self.schema.unmanaged
        }
        standing = [
            constraint
            for constraint in ddl.constraints(table)
            if not (self.inline and ddl.home(table, constraint)) and not ddl.forced(table, constraint)
        ]
        for key, kind in (
            ("primary_key", PrimaryKey),
            ("unique", Unique),
            ("foreign_keys", ForeignKey),
            ("checks", Check),
        ):
            chosen = [constraint for constraint in standing if isinstance(constraint, kind)]
            if chosen:
                node[key] = self._constraints(chosen)
        if indexes := {index.name: self.index(index) for index in self.ordered(table.indexes)}:
            node["indexes"] = indexes
        if triggers := self._triggers(table):
            node["triggers"] = triggers
        if table.strict:
            node["strict"] = True
        if table.without_rowid:
            node["without_rowid"] = True
        return node

    def column(self, table: Table, column: Column) -> Node:
        sql = ddl.column_sql(self.schema, table, column, inline=self.inline, named=False)
        node: dict[str, Node] = {"sql": sql}
        self._renamed(node, column.id)
        if using := self.hints.using.get(column.id):
            node["using"] = using
        if undo := self.hints.undo.get(column.id):
            node["undo"] = undo
        return node if len(node) > 1 else sql

    def _constraints(self, constraints: list[ddl.Constraint]) -> Node:
        if isinstance(constraints[0], PrimaryKey):
            name, definition = constraints[0].name, self._definition(constraints[0])
            return {name: definition} if name else definition
        if any(constraint.name is None for constraint in constraints):
            definitions = [(constraint.name, self._definition(constraint)) for constraint in constraints]
            return [{name: definition} if name else definition for name, definition in definitions]
        return {str(constraint.name): self._definition(constraint) for constraint in self.ordered(constraints)}

    def _definition(self, constraint: ddl.Constraint) -> Node:
        names = self.schema.names
        match constraint:
            case Check():
                return self.schema.sql(constraint.expression)
            case PrimaryKey(descending=False, conflict=""):
                return [names[column] for column in constraint.columns]
            case PrimaryKey():
                return ddl.key_columns(self.schema, constraint) + constraint.conflict
            case Unique(conflict=""):
                return [names[column] for column in constraint.columns]
            case Unique():
                return ddl.column_list(self.schema, constraint.columns) + constraint.conflict
            case ForeignKey():
                columns = ddl.column_list(self.schema, constraint.columns)
                return f"{columns} {ddl.references_sql(self.schema, constraint)}"

    def index(self, index: Index) -> Node:
        tail = ddl.index_tail(self.schema, index)
        return {"unique": True, "sql": tail} if index.unique else tail

    def view(self, view: View) -> Node:
        node: dict[str, Node] = {"sql": self.schema.sql(view.select)}
        self._renamed(node, view.id)
        if view.columns:
            node["columns"] = list(view.columns)
        if triggers := self._triggers(view):
            node["triggers"] = triggers
        return node if len(node) > 1 else node["sql"]

    def _triggers(self, owner: Table | View) -> dict[str, Node]:
        return {trigger.name: self._trigger(trigger) for trigger in self.ordered(owner.triggers)}

    def _trigger(self, trigger: Trigger) -> str:
        return f"{self.schema.sql(trigger.event)} {self.schema.sql(trigger.body)}"

    def _renamed(self, node: dict[str, Node], noun_id: int) -> None:
        if names := self.hints.renamed_from.get(noun_id):
            node["renamed_from"] = names[0] if len(names) == 1 else list(names)


def _block(node: dict[str, Node], depth: int) -> Iterable[str]:
    """Write a mapping in block style."""
    for key, child in node.items():
        start = "  " * depth + _scalar(key) + ":"
        if isinstance(child, dict) and child:
            yield start
            yield from _block(child, depth + 1)
        elif isinstance(child, list) and child:
            yield start
            yield from ("  " * (depth + 1) + "- " + _flow(item) for item in child)
        else:
            yield f"{start} {_flow(child)}"


def _flow(node: Node) -> str:
    """Write a node on one line."""
    match node:
        case bool():
            return "true" if node else "false"
        case str():
            return _scalar(node)
        case list():
            return "[" + ", ".join(_flow(item) for item in node) + "]"
        case dict():
            return "{" + ", ".join(f"{_scalar(key)}: {_flow(item)}" for key, item in node.items()) + "}"


def _scalar(text: str) -> str:
    """Write a double-quoted scalar."""
    return '"' + "".join(_letter(letter) for letter in text) + '"'


def _letter(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    code = ord(letter)
    if 0x20 <= code < 0x7F:
        return letter
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"

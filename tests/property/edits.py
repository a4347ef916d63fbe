"""The kinds of edits, by name: one parametrised test runs each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import edits_columns, edits_constraints, edits_objects, edits_tables

if TYPE_CHECKING:
    from .picking import Drawn


@dataclass(frozen=True)
class Kind:
    """A kind of edit: what draws it, and what must come of it over many examples.

    `in_place` says that no table may be rebuilt, whatever the rows (P24), `in_catalog` that none may be where its
    layout stays the same; `noop` that a drawn edit comes to nothing; `blocks` by which code the rows of some examples
    must forbid it.
    """

    name: str
    draw: Callable[..., Drawn]
    in_place: bool = False
    in_catalog: bool = False
    noop: bool = False
    blocks: str = ""


KINDS = (
    Kind("create table", edits_tables.create_table, in_place=True),
    Kind("drop table", edits_tables.drop_table),
    Kind("rename table", edits_tables.rename_table, in_place=True),
    Kind("rename table in case only", edits_tables.rename_table_in_case, in_place=True),
    Kind("toggle strict", edits_tables.toggle_strict, blocks="wrong-type"),
    Kind("toggle without rowid", edits_tables.toggle_without_rowid),
    Kind("reorder columns", edits_tables.reorder_columns, in_place=True, noop=True),
    Kind("many edits in one table", edits_tables.many_in_one),
    Kind("add nullable column", edits_columns.add_nullable),
    Kind("add required column with default", edits_columns.add_required_default),
    Kind("add required column with using", edits_columns.add_required_using),
    Kind("add required column without value", edits_columns.add_required_without_value, blocks="nulls-in-not-null"),
    Kind("drop column", edits_columns.drop_column),
    Kind("rename column", edits_columns.rename_column, in_place=True),
    Kind("rename column in case only", edits_columns.rename_column_in_case, in_place=True),
    Kind("rename and retype column", edits_columns.rename_and_retype),
    Kind("retype within the affinity", edits_columns.retype_alike, in_catalog=True),
    Kind("retype to another affinity", edits_columns.retype, blocks="wrong-type"),
    Kind("retype texts to numbers", edits_columns.retype_texts, blocks="wrong-type"),
    Kind("retype with using", edits_columns.retype_using),
    Kind("retype with using and undo", edits_columns.retype_using_undo),
    Kind("set not null", edits_columns.set_not_null, in_catalog=True, blocks="nulls-in-not-null"),
    Kind("drop not null", edits_columns.drop_not_null, in_catalog=True),
    Kind("change default", edits_columns.change_default),
    Kind("change collation", edits_columns.change_collation),
    Kind("add generated column", edits_columns.add_generated),
    Kind("change generated column", edits_columns.change_generated),
    Kind("add check", edits_constraints.add_check, in_catalog=True, blocks="check-violations"),
    Kind("drop check", edits_constraints.drop_check, in_catalog=True),
    Kind("change check", edits_constraints.change_check, in_catalog=True),
    Kind("add unique", edits_constraints.add_unique, blocks="duplicates"),
    Kind("drop unique", edits_constraints.drop_unique),
    Kind("add foreign key", edits_constraints.add_foreign_key, in_catalog=True, blocks="orphans"),
    Kind("drop foreign key", edits_constraints.drop_foreign_key, in_catalog=True),
    Kind("change foreign key", edits_constraints.change_foreign_key, in_catalog=True),
    Kind("change primary key", edits_constraints.change_primary_key),
    Kind("create index", edits_objects.create_index, in_place=True),
    Kind("drop index", edits_objects.drop_index, in_place=True),
    Kind("change index", edits_objects.change_index, in_place=True),
    Kind("create view", edits_objects.create_view, in_place=True),
    Kind("drop view", edits_objects.drop_view, in_place=True),
    Kind("change view", edits_objects.change_view, in_place=True),
    Kind("rename view", edits_objects.rename_view, in_place=True),
    Kind("create trigger", edits_objects.create_trigger, in_place=True),
    Kind("drop trigger", edits_objects.drop_trigger, in_place=True),
    Kind("change trigger", edits_objects.change_trigger, in_place=True),
)

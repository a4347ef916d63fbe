"""Reach: the part of a schema in which a change can be seen, for a rehearsal that need not load ten thousand tables.

SQLite gets slower with each object that a schema has, so that loading one takes nearly the square of its size: 0.1 s
for 1,000 tables with an index each, 12 s for 10,000.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconcile.model.pair import Pair
from reconcile.model.schema import ObjectKind, Schema
from reconcile.sql.mentions import Sought


def reach(schemas: Pair[Schema], statements: Iterable[str]) -> Pair[Schema]:
    """Give what the statements can touch, and what could notice: the same names of both schemas.

    That is whatever they mention; the tables that mention it (foreign keys follow a rename); and, since one broken
    view anywhere stops an ALTER, every view, trigger and virtual table with all that these mention. What is left out
    are tables, and their indexes, that no such text names.
    """
    both = (schemas.old, schemas.new)
    sought = Sought(schemas.old.names | schemas.new.names)
    touched = frozenset[str]().union(*(sought.among(statement) for statement in statements))
    # The table of an index that is dropped by its own name.
    touched |= {each.table.key for schema in both for each in schema.entries if each.name.key in touched}
    reached = set(touched)
    parents = Sought(touched)
    for schema in both:
        for entry in schema.entries:
            match entry.kind:
                case ObjectKind.VIEW | ObjectKind.TRIGGER | ObjectKind.VIRTUAL:
                    reached |= {entry.name.key, entry.table.key} | sought.among(entry.sql)
                case ObjectKind.TABLE:
                    if entry.name.key not in reached and parents.among(entry.sql):
                        reached.add(entry.name.key)
                case ObjectKind.INDEX:
                    pass  # it mentions its own table
    return Pair(_within(schemas.old, reached), _within(schemas.new, reached))


def _within(schema: Schema, names: set[str]) -> Schema:
    """Give the relations of these names, with what stands on them."""
    return schema.with_entries(entry for entry in schema.entries if entry.table.key in names)

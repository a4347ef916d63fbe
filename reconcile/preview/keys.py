"""The keys of rows that are in the way: a few, for eyes."""

from __future__ import annotations

from reconcile.model.facts import Answer
from reconcile.model.reading import read_table
from reconcile.model.schema import Schema
from reconcile.plan.steps import Hazard, Plan
from reconcile.preview.heading import View
from reconcile.preview.printable import printable, width
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name, name

_WIDE = 24  # columns of a key up to which those of several rows are aligned


def keys_text(hazard: Hazard, plan: Plan, most: int) -> str:
    """Give up to `most` keys: ``id 17, 412 · 20, 415, 416``. Keys of what is sensitive stay hidden."""
    answer = hazard.answer
    if answer is None or not answer.keys or most < 1:
        return ""
    if hazard.sensitive:
        return "keys hidden: sensitive"
    in_groups = answer.rows > 0
    shown = (" · " if in_groups else ", ").join(answer.keys[:most])
    more = "" if _is_all(answer, most) else (" · …" if in_groups else ", …")
    return f"{_key_name(hazard, plan)} {shown}{more}"


def values_of(hazard: Hazard, plan: Plan, view: View) -> tuple[str, ...]:
    """Give a line for each row that is shown with its values: ``id 17   zip = '01234' -> 1234``; () to show none.

    What is sensitive stays hidden, whatever was asked for.
    """
    answer = hazard.answer
    if answer is None or not answer.values or not view.values or hazard.sensitive:
        return ()
    name = _key_name(hazard, plan)
    pairs = list(zip(answer.keys, answer.values, strict=False))[: view.keys]
    wide = min(_WIDE, max((width(printable(key)) for key, _ in pairs), default=0))
    lines = [f"{name} {key}{' ' * max(0, wide - width(printable(key)))}   {value}" for key, value in pairs]
    left = answer.count - len(lines)
    return (*lines, f"and {left:,} more") if left > 0 else tuple(lines)


def _is_all(answer: Answer, most: int) -> bool:
    return len(answer.keys) <= most and answer.count <= len(answer.keys)


def _key_name(hazard: Hazard, plan: Plan) -> str:
    """Name the columns that the keys are of, in the live table."""
    table = _table_of(hazard.object, plan)
    try:
        entry = plan.actual.relation(table) if table else None
        found = read_table(entry) if entry else None
    except Unreadable:
        return "key"
    if found is None:
        return "key"
    if found.rowid_alias is not None:
        return found.rowid_alias.text
    if found.without_rowid and found.primary_key is not None:
        return ", ".join(term.column.text for term in found.primary_key.terms)
    return found.hidden_rowid or "key"


def _table_of(object_: str, plan: Plan) -> Name | None:
    """Find the live table that an object, ``table`` or ``table.column``, is of. Names may hold dots themselves."""
    parts = object_.split(".")
    for end in range(len(parts), 0, -1):
        old = plan.renames.old_table(name(".".join(parts[:end])))
        if _has(plan.actual, old):
            return old
    return None


def _has(schema: Schema, table: Name) -> bool:
    return schema.relation(table) is not None

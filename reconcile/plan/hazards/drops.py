"""drop-table, drop-column, drop-view, drop-trigger, drop-index: something goes, and must be named to go."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import Alter, Drop, DropColumn, Replace
from reconcile.model.facts import Facts, Question, RowCount, Violations
from reconcile.model.schema import Entry, ObjectKind
from reconcile.model.table import Column
from reconcile.plan.full_text import has_external_content
from reconcile.plan.hazards.rule import Rule, count, told
from reconcile.plan.mapping import Mapping
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Severity

_CODES = {
    ObjectKind.TABLE: "drop-table",
    ObjectKind.VIRTUAL: "drop-table",
    ObjectKind.VIEW: "drop-view",
    ObjectKind.TRIGGER: "drop-trigger",
    ObjectKind.INDEX: "drop-index",
}


def _columns(scene: Scene) -> Iterator[tuple[DropColumn, Violations]]:
    if isinstance(scene.change, Alter) and scene.rows is not None:
        rows = scene.rows
        for edit in scene.change.edits:
            if isinstance(edit, DropColumn):
                yield edit, held(edit.column, rows)


def held(column: Column, rows: Mapping) -> Violations:
    """Ask how many rows hold a value in a column that goes."""
    name = rows.old_name(column.name)
    show = f"SELECT * FROM {rows.live.sql} WHERE {name.sql} IS NOT NULL"
    held = told(((name.sql, f"was.{name.quoted}"),))
    return Violations(rows.live, rows.live_source, f"was.{name.quoted} IS NOT NULL", rows.key, show, values=held)


def _questions(scene: Scene) -> Iterator[Question]:
    for _, question in _columns(scene):
        yield question
        yield RowCount(question.table)
    if isinstance(scene.change, Drop) and scene.change.entry.kind is ObjectKind.TABLE:
        yield RowCount(scene.renames.old_table(scene.change.entry.name))


def _hazards(scene: Scene, facts: Facts) -> Iterator[Hazard]:
    change = scene.change
    if isinstance(change, Drop) and not _renamed_view(change.entry, scene):
        entry = change.entry
        message = f"{entry.kind.value} {entry.name} goes"
        rows = facts.get(RowCount(scene.renames.old_table(entry.name))) if entry.kind is ObjectKind.TABLE else None
        if rows is not None:
            message = f"table {entry.name} goes with {count(rows.count, 'row')}"
        yield Hazard(_CODES[entry.kind], Severity.CONSENT, entry.name.text, message)
    if isinstance(change, Replace) and change.entries.old.kind is ObjectKind.VIRTUAL:
        old = change.entries.old
        if not (has_external_content(old) and has_external_content(change.entries.new)):
            # A changed virtual table is dropped and created: rows that it keeps itself would go without a word.
            message = f"virtual table {old.name} is created anew, and the rows that it keeps itself go"
            yield Hazard("drop-table", Severity.CONSENT, old.name.text, message)
    for edit, question in _columns(scene):
        if scene.rows is None:
            continue
        table, answer = scene.rows.tables.new.name, facts[question]
        total = facts[RowCount(scene.rows.live)].count
        message = f"{answer.count:,} of {count(total, 'row')} {'holds' if answer.count == 1 else 'hold'} a value"
        if edit.column.generated is not None:
            message = "a generated column: its values are computed"
        object_ = f"{table}.{edit.column.name}"
        ways = (f"If it is a rename, say so in schema.yaml:   new_name: {{sql: …, renamed_from: {edit.column.name}}}",)
        hidden = scene.sensitive(table, edit.column.name)
        yield Hazard("drop-column", Severity.CONSENT, object_, message, answer, question.show, ways, sensitive=hidden)


def _renamed_view(entry: Entry, scene: Scene) -> bool:
    """Say whether a view, or a trigger of one, goes because the schema file gives it another name."""
    view = entry.table
    if scene.schemas.old.find(ObjectKind.VIEW, view) is None:
        return False
    return any(
        view in (scene.hints.table(new.name).renamed_from or ()) for new in scene.schemas.new.of_kind(ObjectKind.VIEW)
    )


RULE = Rule(("drop-table", "drop-column", "drop-view", "drop-trigger", "drop-index"), _questions, _hazards)

"""A plan as a JSON document: ``plan --format json``."""

from __future__ import annotations

import json
import re

from reconcile.diff.changes import (
    AddColumn,
    Alter,
    Change,
    ChangeGenerated,
    Create,
    Drop,
    Edit,
    Replace,
    RetypeColumn,
)
from reconcile.model.schema import Entry
from reconcile.plan.steps import Hazard, Plan, Prove, Run, Severity, Step, Unmanaged, Work
from reconcile.preview.edits import phrase
from reconcile.preview.heading import Heading
from reconcile.preview.paste import apply_line, consent_line
from reconcile.preview.summary import counts

FORMAT_VERSION = 1

Document = dict[str, object]


def document(heading: Heading, plan: Plan) -> Document:
    """Give the document of a plan. It holds counts, names and SQL, and no value of any row, keys included.

    format_version  1; a field that goes or changes its meaning raises it, a new field does not
    status          ``in-sync``, ``pending``, ``needs-consent`` or ``blocked``
    database        path, size (bytes), journal_mode, at (last version in the history, or null)
    schema          path, digest
    plan            id (null where blocked), apply (the command line that applies it, or null), engine (SQLite)
    summary         add, change, destroy, rebuilds
    renames         tables: old, new; columns: table, old, new
    changes         kind (create, drop, replace, alter), type (table, index, …), object, method, rows (or null), edits
    … why           why by that method, where the edits do not tell (or null)
    … edits         kind (kebab case), object, says (for eyes), forces_rebuild, using and undo where the kind has them
    hazards         code, severity (blocked, needs consent, note), object, message, count (or null), query (or null),
                    ways, consented, allow (the command line that consents; null where it cannot or need not)
    refusals        code, object, message, ways
    unread          object, reason
    unmanaged       ``kind name`` of all that stays although the schema file does not name it
    steps           title, object, actions: kind (run, prove), sql, claim (of a proof)
    notes, existing_faults   sentences
    """
    return {
        "format_version": FORMAT_VERSION,
        "status": status(plan),
        "database": {
            "path": heading.database,
            "size": heading.size,
            "journal_mode": heading.journal_mode,
            "at": heading.at,
        },
        "schema": {"path": heading.schema, "digest": heading.schema_digest},
        "plan": {"id": plan.id, "apply": _apply(heading, plan), "engine": plan.engine.text},
        "summary": _summary(plan),
        "renames": {
            "tables": [{"old": pair.old.text, "new": pair.new.text} for pair in plan.renames.tables],
            "columns": [
                {"table": rename.table.text, "old": rename.names.old.text, "new": rename.names.new.text}
                for rename in plan.renames.columns
            ],
        },
        "changes": [_change(work) for work in plan.works],
        "hazards": [_hazard(hazard, heading, plan) for hazard in plan.hazards],
        "refusals": [
            {"code": refusal.code, "object": refusal.object, "message": refusal.message, "ways": list(refusal.ways)}
            for refusal in plan.refusals
        ],
        "unread": [{"object": unread.entry.name.text, "reason": unread.reason} for unread in plan.unread],
        "unmanaged": list(_unmanaged(plan.unmanaged)),
        "steps": [_step(step) for step in plan.steps],
        "notes": list(plan.notes),
        "existing_faults": list(heading.existing_faults),
    }


def text(content: Document) -> str:
    """Write a document: ASCII only, so that no name in it can drive a terminal."""
    return json.dumps(content, indent=2, ensure_ascii=True)


def status(plan: Plan) -> str:
    """Say in one word where a plan stands."""
    if plan.blocked:
        return "blocked"
    if plan.wanting:
        return "needs-consent"
    return "in-sync" if plan.is_empty else "pending"


def _apply(heading: Heading, plan: Plan) -> str | None:
    return None if plan.id is None or plan.is_empty else apply_line(heading, "--plan", plan.id)


def _summary(plan: Plan) -> Document:
    total = counts(plan)
    return {"add": total.add, "change": total.change, "destroy": total.destroy, "rebuilds": plan.rebuilds}


def _change(work: Work) -> Document:
    entry = _entry(work.change)
    edits = work.change.edits if isinstance(work.change, Alter) else ()
    return {
        "kind": _kebab(work.change),
        "type": entry.kind.value,
        "object": entry.name.text,
        "method": work.method.value,
        "why": work.why,
        "rows": work.rows,
        "edits": [_edit(edit, work) for edit in edits],
    }


def _entry(change: Change) -> Entry:
    match change:
        case Create(entry) | Drop(entry):
            return entry
        case Replace(entries) | Alter(entries):
            return entries.new


def _edit(edit: Edit, work: Work) -> Document:
    told = phrase(edit)
    out: Document = {
        "kind": _kebab(edit),
        "object": told.label,
        "says": told.text,
        "forces_rebuild": edit is work.reason,
    }
    match edit:
        case AddColumn(_, using) | ChangeGenerated(_, using):
            return {**out, "using": using}
        case RetypeColumn(_, using, undo):
            return {**out, "using": using, "undo": undo}
        case _:
            return out


def _hazard(hazard: Hazard, heading: Heading, plan: Plan) -> Document:
    consentable = hazard.severity is Severity.CONSENT
    wanting = hazard in plan.wanting
    return {
        "code": hazard.code,
        "severity": hazard.severity.value,
        "object": hazard.object,
        "message": hazard.message,
        "count": hazard.answer.count if hazard.answer is not None else None,
        "query": hazard.query,
        "ways": list(hazard.ways),
        "consented": consentable and not wanting,
        "allow": consent_line(heading, hazard) if wanting else None,
    }


def _unmanaged(unmanaged: Unmanaged) -> list[str]:
    entries = [f"{entry.kind.value} {entry.name}" for entry in unmanaged.entries]
    columns = [f"column {table}.{column.name}" for table, column in unmanaged.columns]
    return [*entries, *columns, *(f"constraint of {table}" for table, _ in unmanaged.constraints)]


def _step(step: Step) -> Document:
    return {"title": step.title, "object": step.object, "actions": [_action(action) for action in step.actions]}


def _action(action: Run | Prove) -> Document:
    match action:
        case Run(sql):
            return {"kind": "run", "sql": sql}
        case Prove(claim, sql):
            return {"kind": "prove", "sql": sql, "claim": claim}


def _kebab(value: object) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(value).__name__).lower()

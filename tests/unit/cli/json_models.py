"""The JSON documents as models. The program builds plain dicts; these say what they promise, and forbid the rest.

They live in the tests, so that no start-up pays for pydantic: the JSON Schema made from them checks what comes out.
"""

from __future__ import annotations

from typing import Literal, Union

from pydantic import BaseModel, ConfigDict, Field, RootModel


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Database(Strict):
    path: str
    size: int = Field(ge=0)
    journal_mode: str
    at: int | None


class SchemaFile(Strict):
    path: str
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")


class PlanId(Strict):
    id: str | None = Field(pattern=r"^[0-9a-f]{4}-[0-9a-f]{4}$")
    apply: str | None
    engine: str


class Summary(Strict):
    add: int
    change: int
    destroy: int
    rebuilds: int


class TableRename(Strict):
    old: str
    new: str


class ColumnRename(Strict):
    table: str
    old: str
    new: str


class Renames(Strict):
    tables: list[TableRename]
    columns: list[ColumnRename]


class Edit(Strict):
    kind: str = Field(pattern=r"^[a-z]+(-[a-z]+)+$")
    object: str
    says: str
    forces_rebuild: bool
    using: str | None = None
    undo: str | None = None


class Change(Strict):
    kind: Literal["create", "drop", "replace", "alter"]
    type: Literal["table", "virtual table", "index", "view", "trigger"]
    object: str
    method: Literal["create", "drop", "in place", "catalog edit", "rebuild", "nothing to do"]
    why: str | None
    rows: int | None
    edits: list[Edit]


class Hazard(Strict):
    code: str
    severity: Literal["blocked", "needs consent", "note"]
    object: str
    message: str
    count: int | None
    query: str | None
    ways: list[str]
    consented: bool
    allow: str | None


class Refusal(Strict):
    code: str
    object: str
    message: str
    ways: list[str]


class Unread(Strict):
    object: str
    reason: str


class Run(Strict):
    kind: Literal["run"]
    sql: str


class Prove(Strict):
    kind: Literal["prove"]
    sql: str
    claim: str


class Step(Strict):
    title: str
    object: str
    actions: list[Union[Run, Prove]]  # noqa: UP007 - pydantic reads it at run time


class PlanDocument(Strict):
    format_version: Literal[1]
    status: Literal["in-sync", "pending", "needs-consent", "blocked"]
    database: Database
    schema_: SchemaFile = Field(alias="schema")
    plan: PlanId
    summary: Summary
    renames: Renames
    changes: list[Change]
    hazards: list[Hazard]
    refusals: list[Refusal]
    unread: list[Unread]
    unmanaged: list[str]
    steps: list[Step]
    notes: list[str]
    existing_faults: list[str]


class ApplyDocument(Strict):
    format_version: Literal[1]
    status: Literal["applied", "recorded", "in-sync"]
    database: str
    version: int | None
    backup: str | None
    seconds: float
    lock_seconds: float
    notes: list[str]
    plan: PlanDocument


class Version(Strict):
    number: int
    description: str
    applied_at: str
    rolled_back_at: str | None
    plan_id: str | None
    backup: str | None
    duration: float | None
    reconcile_version: str | None
    sqlite_version: str | None


class HistoryDocument(Strict):
    format_version: Literal[1]
    database: str
    versions: list[Version]


class Finding(Strict):
    code: Literal[
        "damage",
        "broken-rows",
        "orphans",
        "foreign-key-mismatch",
        "drift",
        "check-violations",
        "rows",
        "nulls",
        "ids-end",
        "ids-near-limit",
        "backup-damaged",
        "backup-gone",
        "no-backup",
    ]
    level: Literal["damage", "problem", "note"]
    object: str
    message: str
    advice: str
    count: int | None
    query: str | None


class HealthCheck(Strict):
    name: str
    status: Literal["ok", "note", "problem", "damage", "not-checked"]
    says: str
    findings: list[Finding]


class Nulls(Strict):
    column: str
    rows: int


class Contents(Strict):
    name: str
    rows: int
    nulls: list[Nulls]


class HealthDocument(Strict):
    format_version: Literal[1]
    status: Literal["healthy", "unwell", "damaged"]
    database: Database
    schema_: SchemaFile = Field(alias="schema")
    checks: list[HealthCheck]
    tables: list[Contents]


class Error(Strict):
    code: str
    message: str
    place: str | None
    hint: str | None
    data: str


class ErrorDocument(Strict):
    format_version: Literal[1]
    status: Literal["error"]
    exit_code: int
    error: Error


class LiveObject(RootModel[tuple[str, str, str, str]]):
    pass


class SavedPlan(Strict):
    format_version: Literal[1]
    kind: Literal["reconcile plan"]
    plan_id: str = Field(pattern=r"^[0-9a-f]{4}-[0-9a-f]{4}$")
    database: str
    schema_: str = Field(alias="schema")
    schema_digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    at: int | None
    options: list[str]
    created_at: str = Field(pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
    reconcile_version: str
    sqlite_version: str
    preview: list[str]
    live: list[LiveObject]


DOCUMENTS = {
    "plan": PlanDocument,
    "apply": ApplyDocument,
    "health": HealthDocument,
    "history": HistoryDocument,
    "error": ErrorDocument,
    "saved plan": SavedPlan,
}

"""A database with rows, a schema that is wanted, and the plan that leads there; the disk may be what a test says."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace

import pytest

from reconcile import api, river
from reconcile.model.facts import Facts
from reconcile.plan.steps import Hazard, Plan
from reconcile.values import ApplyOptions, Outcome, Source


@dataclass(frozen=True)
class Bench:
    """`before` builds the database; `wanted` writes what is wanted, as SQL or as YAML."""

    source: Source
    monkeypatch: pytest.MonkeyPatch

    def before(self, script: str) -> None:
        with closing(sqlite3.connect(self.source.database)) as db:
            db.executescript(script)

    def wanted(self, text: str) -> None:
        self.source.schema.write_text(text)

    def by(self, **changes: object) -> Bench:
        return Bench(replace(self.source, **changes), self.monkeypatch)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.source.database)) as db:
            return db.execute(query).fetchall()

    def plan(self) -> Plan:
        return api.plan(self.source).plan

    def apply(self, **options: object) -> Outcome:
        return api.apply(self.source, ApplyOptions(**{"backup": False, **options}))

    def hazards(self, code: str) -> list[Hazard]:
        return [hazard for hazard in self.plan().hazards if hazard.code == code]

    def messages(self, code: str) -> dict[str, str]:
        return {hazard.object: hazard.message for hazard in self.hazards(code)}

    def disk(self, **facts: object) -> None:
        """Let plans find the disk, or the machine, so from now on."""
        real: Callable[..., Facts] = river.survey

        def survey(connection: sqlite3.Connection, found: Facts, tables: Mapping, backups: object = None) -> Facts:
            seen = real(connection, found, tables, backups)
            return replace(seen, storage=replace(seen.storage, **facts)) if facts else seen

        self.monkeypatch.setattr(river, "survey", survey)

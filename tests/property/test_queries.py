"""P25: what an application asks by the old names is answered by the same rows, once its words follow the renames."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from .contents import opened
from .drive import PENDING, REFUSED, site
from .edits import KINDS, Kind
from .journey import consented, take_over
from .scenario import Scenario, scenarios

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from .model import Column, Schema, Table

# A failing case is a script to run, as long as it has to be.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

EXAMPLES = settings(max_examples=max(6, settings().max_examples // 2))
QUICK = {"rename column", "many edits in one table"}
ALL = [
    pytest.param(kind, id=kind.name.replace(" ", "-"), marks=[] if kind.name in QUICK else pytest.mark.soak)
    for kind in KINDS
    if not kind.noop
]
Query = tuple[str, tuple[object, ...]]
"""SQL over hidden ids, as `Schema.sql` reads them, and what is bound."""


def test_the_quick_kinds_exist() -> None:
    assert {kind.name for kind in KINDS} >= QUICK


@pytest.mark.parametrize("kind", ALL)
def test_queries_by_the_old_names_give_the_same_rows_by_the_new_ones(kind: Kind) -> None:
    asked = 0

    @EXAMPLES
    @given(scenarios(kind))
    def holds(scenario: Scenario) -> None:
        nonlocal asked
        asked += same_answers(scenario)

    holds()
    assert asked or kind.blocks


def same_answers(scenario: Scenario) -> int:
    """Ask before and after; give how many queries had rows for an answer."""
    old, new = scenario.old, scenario.change.desired
    with site(scenario) as place:
        take_over(place)
        place.declare(scenario.yaml_after)
        if scenario.blocked or place.run("plan", "--exit-code").code not in (PENDING, REFUSED):
            return 0
        with opened(place.database) as connection:
            queries = list(sampled(scenario, connection, Random(scenario.seed)))
            before = [answer(connection, old, query) for query in queries]
        applied = consented(place, scenario, ["--no-backup"])
        if applied.code == REFUSED and scenario.undecided:
            return 0
        assert applied.code == 0, applied
        with opened(place.database) as connection:
            after = [answer(connection, new, query) for query in queries]
        wrong = [(old.sql(q[0]), a, b) for q, a, b in zip(queries, before, after, strict=True) if a != b]
        assert not wrong, f"P25: {wrong[:3]}"
    return sum(map(bool, before))


def sampled(scenario: Scenario, connection: sqlite3.Connection, random: Random) -> Iterator[Query]:
    """Give queries over what is kept as it is, with values that are there."""
    for table in scenario.old.tables:
        kept = [f"{{{column.id}}}" for column in kept_columns(scenario, table)]
        place = f"{{{table.id}}}"
        for column in kept:
            shown = ", ".join(f"typeof({each}), {each}" for each in random.sample(kept, min(3, len(kept))))
            yield f"SELECT {shown} FROM {place} WHERE {column} IS NULL", ()
            yield f"SELECT count(*), count({column}), count(DISTINCT {column}) FROM {place}", ()
            yield f"SELECT count(*) FROM {place} GROUP BY {column}", ()
            values = answer(connection, scenario.old, (f"SELECT typeof({column}), {column} FROM {place}", ()))
            for kind, value in random.sample(values, min(2, len(values))):
                for compared in ("=", "<", "IS NOT"):
                    bound = readable(kind, value)
                    if bound is not None:
                        yield f"SELECT {shown} FROM {place} WHERE {column} {compared} ?", (bound,)
        for key in table.foreign_keys:
            parents = {column.id for column in kept_columns(scenario, scenario.old.table(key.target))}
            if key.target_columns and parents.issuperset(key.target_columns) and f"{{{key.columns[0]}}}" in kept:
                parent, child = f"p.{{{key.target_columns[0]}}}", f"c.{{{key.columns[0]}}}"
                yield f"SELECT count(*) FROM {place} AS c JOIN {{{key.target}}} AS p ON {child} = {parent}", ()


def kept_columns(scenario: Scenario, table: Table) -> list[Column]:
    """Give the columns whose values nobody asked to change."""
    desired, change = scenario.change.desired, scenario.change
    if table.id not in desired.ids or desired.table(table.id).strict != table.strict:
        return []
    after = {column.id: column for column in desired.table(table.id).columns}

    def same(column: Column) -> bool:
        now = after.get(column.id)
        return now is not None and (now.type, now.collate) == (column.type, column.collate)

    return [c for c in table.columns if c.generated is None and c.id not in change.using and same(c)]


def readable(kind: object, value: object) -> object:
    """Give a value as Python binds it; None where it is no text that Python can read, or nothing at all."""
    if kind != b"text" or not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def answer(connection: sqlite3.Connection, schema: Schema, query: Query) -> list[tuple]:
    """Ask, by this schema's names; rows have no order."""
    return sorted(connection.execute(schema.sql(query[0]), query[1]).fetchall(), key=repr)

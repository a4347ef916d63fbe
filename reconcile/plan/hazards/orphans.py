"""orphans: rows whose new foreign key would point to no row."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import Alter
from reconcile.model.facts import Facts, Orphans
from reconcile.model.facts import Question as AnyQuestion
from reconcile.model.pair import Pair
from reconcile.model.schema import ObjectKind
from reconcile.model.table import ForeignKey
from reconcile.plan.hazards.rule import Rule, count
from reconcile.plan.mapping import Origin, mapping
from reconcile.plan.restoration import SCHEMA
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Severity
from reconcile.sql.names import Name

CODE = "orphans"


def _cases(scene: Scene) -> Iterator[tuple[ForeignKey, Orphans]]:
    if not isinstance(scene.change, Alter) or scene.rows is None:
        return
    rows, (old, new) = scene.rows, (scene.change.tables.old, scene.change.tables.new)
    known = {_target(key) for key in old.constraints if isinstance(key, ForeignKey)}
    for key in new.constraints:
        if not isinstance(key, ForeignKey):
            continue
        # Rows that were orphans before stay so without our blame; only values of the author's making can be new ones.
        made = {m.column.name for m in rows.columns if m.origin in (Origin.USING, Origin.RESTORED)}
        if _target(key) in known and not made & set(key.columns):
            continue
        predicate = _predicate(key, scene)
        if predicate is None:
            continue
        source = rows.next_source(new.name.text)
        child = new.name.quoted
        values = [f"{child}.{column.quoted} IS NOT NULL" for column in key.columns]
        whole = " AND ".join([*values, predicate])
        shown = rows.shown_source(new.name.text, frozenset(key.columns))
        yield key, Orphans(rows.live, source, whole, '"#key"', f"SELECT * FROM {shown} WHERE {whole}")


def _target(key: ForeignKey) -> tuple[tuple[Name, ...], Name, tuple[Name, ...]]:
    return key.columns, key.table, key.parents


def _predicate(key: ForeignKey, scene: Scene) -> str | None:
    """Write the test that no parent row is there; None where SQLite itself cannot check this key."""
    parent = scene.target_table(key.table)
    if parent is None:
        return None
    parents = key.parents
    if not parents:
        if parent.primary_key is None or len(parent.primary_key.terms) != len(key.columns):
            return None
        parents = tuple(term.column for term in parent.primary_key.terms)
    if len(parents) != len(key.columns) or any(parent.column(column) is None for column in parents):
        return None
    live = scene.schemas.old.find(ObjectKind.TABLE, key.table)
    if live is None:
        kept = scene.kept_table(key.table)
        if kept is None or scene.rows is None:
            return "1"  # the parent is created by this very plan, and is empty
        # ... or it comes back with the rows of a backup.
        own = scene.rows.tables.new.name.quoted
        pairs = " AND ".join(
            f'"#parent".{column.quoted} = +{own}.{mine.quoted}'
            for column, mine in zip(parents, key.columns, strict=True)
        )
        return f'NOT EXISTS (SELECT 1 FROM {SCHEMA}.{kept.table.name.quoted} AS "#parent" WHERE {pairs})'
    before = scene.actual_table(key.table)
    if before is None or scene.rows is None:
        return None
    child = scene.rows.tables.new.name.quoted
    if any(before.column(column) is None for column in parents):
        kept = scene.kept_table(key.table)
        if kept is None:
            return None
        # The parent's column comes back in this very plan, with the values that it had.
        source = mapping(Pair(before, parent), scene.renames, scene.hints, kept).next_source("#parent")
        pairs = " AND ".join(
            f'"#parent".{column.quoted} = +{child}.{mine.quoted}'
            for column, mine in zip(parents, key.columns, strict=True)
        )
        return f"NOT EXISTS (SELECT 1 FROM {source} WHERE {pairs})"
    # Unary plus takes the child's affinity and collation away: a foreign key compares with the parent's.
    pairs = " AND ".join(
        f'"#parent".{_live_column(scene, key.table, column).quoted} = +{child}.{mine.quoted}'
        for column, mine in zip(parents, key.columns, strict=True)
    )
    name = scene.renames.old_table(key.table)
    return f'NOT EXISTS (SELECT 1 FROM main.{name.quoted} AS "#parent" WHERE {pairs})'


def _live_column(scene: Scene, table: Name, column: Name) -> Name:
    return scene.renames.old_column(table, column)


def _questions(scene: Scene) -> Iterator[AnyQuestion]:
    return (question for _, question in _cases(scene))


def _hazards(scene: Scene, facts: Facts) -> Iterator[Hazard]:
    for key, question in _cases(scene):
        answer = facts[question]
        if not answer.count or scene.rows is None:
            continue
        table = scene.rows.tables.new.name
        columns = ", ".join(column.text for column in key.columns)
        pointing = count(answer.count, "row points", "rows point")
        message = f"foreign key ({columns}) to {key.table}: {pointing} to no row of {key.table}"
        ways = ("Fix the rows, then plan again. reconcile never deletes rows to make a constraint fit.",)
        hidden = scene.sensitive(table, *key.columns)
        yield Hazard(CODE, Severity.BLOCKED, table.text, message, answer, question.show, ways, sensitive=hidden)


RULE = Rule((CODE,), _questions, _hazards)

"""orphans: rows whose new foreign key would point to no row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconcile.diff.changes import Alter, Create
from reconcile.model.facts import Facts, Orphans
from reconcile.model.facts import Question as AnyQuestion
from reconcile.model.pair import Pair
from reconcile.model.schema import ObjectKind
from reconcile.model.table import ForeignKey, Table
from reconcile.plan.hazards.rule import Rule, count, remedy, told
from reconcile.plan.mapping import KEY, Mapped, Origin, mapping
from reconcile.plan.restoration import SCHEMA
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Severity
from reconcile.sql.names import Name, quote

CODE = "orphans"


def _cases(scene: Scene) -> Iterator[tuple[ForeignKey, Orphans]]:
    if isinstance(scene.change, Create):
        yield from _coming_back(scene.change, scene)
    if not isinstance(scene.change, Alter) or scene.rows is None:
        return
    rows, (old, new) = scene.rows, (scene.change.tables.old, scene.change.tables.new)
    known = {key.target for key in old.constraints if isinstance(key, ForeignKey)}
    for key in new.constraints:
        if not isinstance(key, ForeignKey):
            continue
        # Rows that were orphans before stay so without our blame; only values of the author's making can be new ones.
        made = {m.column.name for m in rows.columns if m.origin in (Origin.USING, Origin.RESTORED)}
        if key.target in known and not made & set(key.columns):
            continue
        predicate = _predicate(key, scene)
        if predicate is None or any(_is_null(m, new) for m in rows.columns if m.column.name in key.columns):
            continue
        # The parent's affinity rules the comparison: a child's CAST would make 0 of 'abc' before.
        kept = all(m.origin is Origin.KEPT for m in rows.columns if m.column.name in key.columns)
        columns = frozenset(key.columns)
        source = rows.next_source(new.name.text) if kept else rows.held_source(new.name.text, columns)
        child = new.name.quoted
        values = [f"{child}.{column.quoted} IS NOT NULL" for column in key.columns]
        whole = " AND ".join([*values, predicate])
        shown = rows.shown_held_source(new.name.text, columns)
        held = told((column.sql, f"{child}.{column.quoted}") for column in key.columns)
        yield key, Orphans(rows.live, source, whole, f'"{KEY}"', f"SELECT * FROM {shown} WHERE {whole}", held)


def _is_null(mapped: Mapped, table: Table) -> bool:
    """Say whether a column is new and NULL in every row: such a row points nowhere. A rowid is never NULL."""
    own = mapped.origin is Origin.DEFAULT and mapped.expression == "NULL"
    return own and mapped.column.name != table.rowid_alias


def _coming_back(change: Create, scene: Scene) -> Iterator[tuple[ForeignKey, Orphans]]:
    """Ask for the rows of a dropped table whose parent row went since: they come back out of a backup."""
    kept = scene.kept_table(change.entry.name) if change.entry.kind is ObjectKind.TABLE else None
    for key in kept.table.constraints if kept is not None else ():
        if kept is None or not isinstance(key, ForeignKey):
            continue
        parents = _parents(key, scene)
        before, then = scene.actual_table(key.table), scene.kept_table(key.table)
        # A parent that comes back as well has its rows of then.
        if parents is None or before is None or then is None:
            continue
        if any(table.column(column) is None for table in (before, then.table) for column in parents):
            continue
        child, source = change.entry.name.quoted, f"{SCHEMA}.{change.entry.name.quoted}"
        now = [_live_column(scene, key.table, column) for column in parents]
        live = f"main.{scene.renames.old_table(key.table).quoted}"
        was_there = _none(f"{SCHEMA}.{key.table.quoted}", parents, key, child).removeprefix("NOT ")
        gone = f"{_none(live, now, key, child)} AND {was_there}"
        whole = " AND ".join([*(f"{child}.{column.quoted} IS NOT NULL" for column in key.columns), gone])
        shown = f"SELECT * FROM {source} WHERE {whole}"
        yield key, Orphans(change.entry.name, source, whole, _key(kept.table), shown)


def _key(table: Table) -> str:
    if table.rowid_alias is not None:
        return table.rowid_alias.quoted
    if table.hidden_rowid is not None:
        return quote(table.hidden_rowid)
    terms = table.primary_key.terms if table.primary_key else ()
    return " || ', ' || ".join(f"quote({term.column.quoted})" for term in terms) or "'?'"


def _parents(key: ForeignKey, scene: Scene) -> tuple[Name, ...] | None:
    """Give the columns that a key points to; None where SQLite itself cannot check this key."""
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
    return parents


def _predicate(key: ForeignKey, scene: Scene) -> str | None:
    """Write the test that no parent row is there; None where SQLite itself cannot check this key."""
    parents, parent = _parents(key, scene), scene.target_table(key.table)
    if parents is None or parent is None:
        return None
    child = scene.rows.tables.new.name.quoted if scene.rows else ""
    kept = scene.kept_table(key.table)
    if scene.schemas.old.find(ObjectKind.TABLE, key.table) is None:
        # The parent is created by this very plan, and is empty; or it comes back with the rows of a backup.
        return _none(f"{SCHEMA}.{key.table.quoted}", parents, key, child) if kept is not None else "1"
    before = scene.actual_table(key.table)
    if before is None or scene.rows is None:
        return None
    if all(before.column(column) is not None for column in parents):
        now = [_live_column(scene, key.table, column) for column in parents]
        return _none(f"main.{scene.renames.old_table(key.table).quoted}", now, key, child)
    if kept is None:
        return None
    # The parent's column comes back in this very plan, with the values that it had.
    source = mapping(Pair(before, parent), scene.renames, scene.hints, kept).next_source("#parent")
    return _none(source, parents, key, child, alias="")


def _none(source: str, parents: Sequence[Name], key: ForeignKey, child: str, *, alias: str = ' AS "#parent"') -> str:
    """Write the test that no row of `source` is the parent of a row of `child`."""
    # Unary plus takes the child's affinity and collation away: a foreign key compares with the parent's.
    pairs = " AND ".join(
        f'"#parent".{column.quoted} = +{child}.{mine.quoted}' for column, mine in zip(parents, key.columns, strict=True)
    )
    return f"NOT EXISTS (SELECT 1 FROM {source}{alias} WHERE {pairs})"


def _live_column(scene: Scene, table: Name, column: Name) -> Name:
    return scene.renames.old_column(table, column)


def _questions(scene: Scene) -> Iterator[AnyQuestion]:
    return (question for _, question in _cases(scene))


def _hazards(scene: Scene, facts: Facts) -> Iterator[Hazard]:
    for key, question in _cases(scene):
        answer = facts[question]
        if not answer.count:
            continue
        table = scene.rows.tables.new.name if scene.rows is not None else question.table
        columns = ", ".join(column.text for column in key.columns)
        pointing = count(answer.count, "row points", "rows point")
        message = f"foreign key ({columns}) to {key.table}: {pointing} to no row of {key.table}"
        ways = (f"{remedy(key.columns, scene.rows)} reconcile never deletes rows to make a constraint fit.",)
        hidden = scene.sensitive(table, *key.columns)
        yield Hazard(CODE, Severity.BLOCKED, table.text, message, answer, question.show, ways, sensitive=hidden)


RULE = Rule((CODE,), _questions, _hazards)

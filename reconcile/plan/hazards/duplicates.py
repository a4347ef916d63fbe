"""duplicates: rows that would share a key that is to be unique, under the collation and the values to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconcile.diff.changes import Alter, Create, Replace
from reconcile.model.facts import Duplicates, Facts
from reconcile.model.facts import Question as AnyQuestion
from reconcile.model.pair import Pair
from reconcile.model.reading import BINARY, mentions, read_index
from reconcile.model.schema import Entry, ObjectKind
from reconcile.model.table import KeyTerm, Table, Unique
from reconcile.plan.hazards.rule import Rule, count, remedy, told
from reconcile.plan.mapping import KEY, Mapping, mapping
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Severity
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name

CODE = "duplicates"


@dataclass(frozen=True, slots=True)
class _Key:
    """A key to be unique: how it is called, its terms as SQL over the new columns, and the rows that it covers.

    `columns` are all that it reads; `parts` are its terms for eyes: SQL, the column that it is (if it is one), and
    the collation to compare by.
    """

    label: str
    terms: tuple[str, ...]
    where: str | None
    columns: frozenset[Name]
    parts: tuple[tuple[str, Name | None, Name | None], ...]


def _keys(scene: Scene) -> Iterator[_Key]:
    change = scene.change
    if isinstance(change, Alter):
        yield from _constraint_keys(change.tables, scene)
    entry = _created_index(change)
    if entry is not None:
        yield from _index_key(entry, scene)
    elif isinstance(change, Alter) and scene.rows is not None:
        # A kept unique index over a column whose values or collation change must hold for the new values.
        for other in scene.schemas.new.belonging_to(change.entries.new.name):
            old = scene.schemas.old.get(other)
            if other.kind is ObjectKind.INDEX and old is not None and old.sql == other.sql:
                yield from (key for key in _index_key(other, scene) if key.columns & _touched(change.tables, scene))


def _created_index(change: object) -> Entry | None:
    entry = change.entry if isinstance(change, Create) else change.entries.new if isinstance(change, Replace) else None
    return entry if entry is not None and entry.kind is ObjectKind.INDEX else None


def _touched(tables: Pair[Table], scene: Scene) -> frozenset[Name]:
    collated = frozenset(
        column.name
        for column in tables.new.columns
        if (old := tables.old.column(column.name)) is not None and old.collation != column.collation
    )
    return (scene.rows.changed if scene.rows else frozenset()) | collated


def _constraint_keys(tables: Pair[Table], scene: Scene) -> Iterator[_Key]:
    touched = _touched(tables, scene)
    old_keys = {_bare(c.terms) for c in tables.old.constraints if isinstance(c, Unique)}
    if tables.old.primary_key is not None:
        old_keys.add(_bare(tables.old.primary_key.terms))
    for constraint in tables.new.constraints:
        if isinstance(constraint, Unique):
            key = _key(f"UNIQUE ({_names(constraint.terms)})", constraint.terms)
            if _bare(constraint.terms) not in old_keys or key.columns & touched:
                yield key
    primary = tables.new.primary_key
    if primary is not None:
        key = _key(f"PRIMARY KEY ({_names(primary.terms)})", primary.terms)
        added_rowid = primary.rowid_alias is not None and tables.old.column(primary.rowid_alias) is None
        new_key = _bare(primary.terms) not in old_keys and not added_rowid
        if new_key or key.columns & (touched - ({primary.rowid_alias} if added_rowid else set())):
            yield key


def _bare(terms: tuple[KeyTerm, ...]) -> frozenset[tuple[Name, Name]]:
    return frozenset((term.column, term.collation) for term in terms)


def _names(terms: tuple[KeyTerm, ...]) -> str:
    return ", ".join(term.column.sql for term in terms)


def _key(label: str, terms: tuple[KeyTerm, ...]) -> _Key:
    sql = tuple(f"{term.column.quoted} COLLATE {term.collation.quoted}" for term in terms)
    parts = tuple((term.column.sql, term.column, term.collation) for term in terms)
    return _Key(label, sql, None, frozenset(term.column for term in terms), parts)


def _index_key(entry: Entry, scene: Scene) -> Iterator[_Key]:
    try:
        index = read_index(entry)
    except Unreadable:
        return
    if not index.unique:
        return
    table = scene.target_table(index.table)
    terms: list[str] = []
    parts: list[tuple[str, Name | None, Name | None]] = []
    for term in index.terms:
        own = table.column(term.column) if table and term.column else None
        collation = term.collation or (own.collation if own else None)
        terms.append(f"({term.expression}\n)" + (f" COLLATE {collation.quoted}" if collation else ""))
        parts.append((term.expression.line, term.column, collation))
    columns = frozenset(column.name for column in table.columns) if table else frozenset()
    where = index.where.text if index.where else None
    texts = [term.expression.text for term in index.terms] + ([where] if where else [])
    named = {key for text in texts for key in mentions(text, frozenset(c.key for c in columns))}
    used = frozenset(column for column in columns if column.key in named)
    yield _Key(f"index {index.name}", tuple(terms), where, used, tuple(parts))


def _cases(scene: Scene) -> Iterator[tuple[_Key, Duplicates, Name]]:
    rows, name = _rows(scene)
    if rows is None or name is None:
        return
    for key in _keys(scene):
        plain = key.where is None and all(column is not None for _, column, _ in key.parts)
        source = rows.held_source(name.text, key.columns) if plain else rows.next_source(name.text)
        wheres = [f"({term}) IS NOT NULL" for term in key.terms] + ([f"({key.where}\n)"] if key.where else [])
        held = told((part[0], term) for part, term in zip(key.parts, key.terms, strict=True))
        show = _shown(key, rows, name)
        yield key, Duplicates(rows.live, source, key.terms, " AND ".join(wheres), f'"{KEY}"', show, held), name


def _shown(key: _Key, rows: Mapping, name: Name) -> str:
    """Write the query for eyes: a collation, and that NULLs are no twins, is said only where it makes a difference."""
    source = rows.shown_held_source(name.text, key.columns)
    ids = rows.shown_key if source == rows.live.sql else "row"
    terms, wheres = [], [f"({key.where}\n)" if "--" in key.where else key.where] if key.where else []
    for sql, column, collation in key.parts:
        old = rows.tables.old.column(column) if column is not None else None
        own = old.collation if old is not None else BINARY
        terms.append(f"{sql} COLLATE {collation.sql}" if collation is not None and collation != own else sql)
        if old is None or not (old.not_null or column == rows.tables.old.rowid_alias):
            wheres.append(f"{sql} IS NOT NULL")
    group, where = ", ".join(terms), f" WHERE {' AND '.join(wheres)}" if wheres else ""
    return f"SELECT {group}, count(*), group_concat({ids}) FROM {source}{where} GROUP BY {group} HAVING count(*) > 1"


def _rows(scene: Scene) -> tuple[Mapping | None, Name | None]:
    """Give the mapping of the table that the change is about, also where only an index is created on it."""
    if scene.rows is not None:
        return scene.rows, scene.rows.tables.new.name
    entry = _created_index(scene.change)
    if entry is None:
        return None, None
    old, new = scene.actual_table(entry.table), scene.target_table(entry.table)
    if old is None or new is None:
        return None, None
    return mapping(Pair(old, new), scene.renames, scene.hints, scene.kept_table(entry.table)), new.name


def _questions(scene: Scene) -> Iterator[AnyQuestion]:
    return (question for _, question, _ in _cases(scene))


def _hazards(scene: Scene, facts: Facts) -> Iterator[Hazard]:
    for key, question, table in _cases(scene):
        answer = facts[question]
        if not answer.count:
            continue
        message = f"{key.label}: {count(answer.count, 'group')}, {count(answer.rows, 'row')} share a key"
        ways = (f"{remedy(key.columns, scene.rows)} reconcile never deletes rows to make a constraint fit.",)
        hidden = scene.sensitive(table, *key.columns)
        yield Hazard(CODE, Severity.BLOCKED, table.text, message, answer, question.show, ways, sensitive=hidden)


RULE = Rule((CODE,), _questions, _hazards)

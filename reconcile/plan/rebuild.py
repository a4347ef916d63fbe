"""The rebuild of one table, as data: the recipe of lang_altertable.html section 7, with its holes closed.

The old table is renamed away and the new one created under its own name, so that its stored text is ours to the
letter. That order is safe only with ``legacy_alter_table=ON`` and foreign keys off: then the rename touches no view,
trigger or foreign key elsewhere (measured on 3.40; the read-back before COMMIT would see it). While both tables
exist, every kept value is compared; only then does the old one go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from reconcile.diff.changes import Alter
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.model.table import Table, Unique
from reconcile.model.types import Affinity
from reconcile.plan.conversion import stored
from reconcile.plan.mapping import ROWID, WAS, Mapped, Mapping, Origin, is_volatile
from reconcile.plan.restoration import raise_sequence
from reconcile.plan.statistics import moved
from reconcile.plan.steps import Action, Prove, Run
from reconcile.sql.names import Name, literal, name, quote, unquote
from reconcile.sql.tokens import tokens

NOW = "now"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a rebuild is made from. `taken` are all folded names in use, `row_count` the rows to copy."""

    alter: Alter
    rows: Mapping
    target: Schema
    actual: Schema
    taken: frozenset[str]
    row_count: int


def rebuild(recipe: Recipe) -> tuple[Action, ...]:
    """Give the actions that rebuild a table. Its triggers are gone by then, and come back later."""
    if needs_detour(recipe):
        return tuple(_detour(recipe))
    return tuple(_straight(recipe))


def needs_detour(recipe: Recipe) -> bool:
    """Say whether a text names its own table (``CHECK (t.a > 0)``): a legacy rename cannot follow that."""
    own = recipe.alter.entries.old.name
    texts = [recipe.alter.entries.old.sql, recipe.alter.entries.new.sql]
    texts += [e.sql for e in recipe.actual.belonging_to(own) if e.kind is ObjectKind.INDEX]
    return any(_names_itself(text, own) for text in texts)


def _straight(recipe: Recipe) -> Iterator[Action]:
    table, aside = recipe.alter.entries.new.name, name(_free("_reconcile_was_", recipe))
    yield Run("PRAGMA legacy_alter_table = ON")
    yield Run(f"ALTER TABLE {recipe.alter.entries.old.name.quoted} RENAME TO {aside.quoted}")
    yield Run(recipe.alter.entries.new.sql, creates=recipe.alter.entries.new)
    yield from _copy(recipe, aside, table)
    yield Run(f"DROP TABLE {aside.quoted}")
    yield Run("PRAGMA legacy_alter_table = OFF")
    yield from _indexes(recipe)


def _detour(recipe: Recipe) -> Iterator[Action]:
    """Build the new table beside the old one and rename it last, with SQLite following every reference.

    For this every view and trigger of the schema must be out of the way (the planner sees to it).
    """
    entry = recipe.alter.entries.new
    old, beside = recipe.alter.entries.old.name, name(_free("_reconcile_new_", recipe))
    yield Run(_under_name(entry, beside), creates=entry)
    yield from _copy(recipe, old, beside)
    yield from map(Run, moved(recipe.actual, old, beside))
    yield Run(f"DROP TABLE {old.quoted}")
    yield Run(f"ALTER TABLE {beside.quoted} RENAME TO {entry.name.quoted}")
    yield from map(Run, moved(recipe.actual, beside, entry.name))
    yield from _indexes(recipe)


def _copy(recipe: Recipe, old: Name, new: Name) -> Iterator[Action]:
    rows = recipe.rows
    pairs = list(_assignments(rows))
    if pairs:
        into = ", ".join(column for column, _ in pairs)
        values = ", ".join(value for _, value in pairs)
        source = rows.moved_source(old.text)
        # OR ABORT: a UNIQUE … ON CONFLICT REPLACE of the new table would otherwise swallow rows without a word.
        insert = f"INSERT OR ABORT INTO {new.quoted} ({into}) SELECT {values} FROM {source}{_order(rows, pairs)}"
        yield from _with_room(Run(insert, rows=recipe.row_count), rows.tables.new)
    yield from _sequence(recipe, old, new)
    yield Prove(
        f"{recipe.alter.entries.new.name}: as many rows as before",
        f"SELECT (SELECT count(*) FROM {old.quoted}) = (SELECT count(*) FROM {new.quoted})",
    )
    yield from _proof(recipe, old, new)


def _assignments(rows: Mapping) -> Iterator[tuple[str, str]]:
    new = rows.tables.new
    moved_rowid = rows.moved_rowid
    if not new.without_rowid and new.rowid_alias is None and new.hidden_rowid and moved_rowid:
        yield quote(new.hidden_rowid), moved_rowid
    for mapped in rows.columns:
        if mapped.origin is Origin.ROWID and moved_rowid:
            yield mapped.column.name.quoted, moved_rowid
        elif mapped.expression is not None and mapped.origin is not Origin.DEFAULT:
            yield mapped.column.name.quoted, mapped.expression


def _order(rows: Mapping, pairs: list[tuple[str, str]]) -> str:
    """Give the ORDER BY in which a table without a rowid is filled at the end of its tree, and not all over it.

    Four times as fast at 600,000 rows with random keys (docs/benchmarks.md). For a table with a rowid it is slower:
    then the larger tree, the table's own, would be filled all over. The rows are the same in any order.
    """
    old, new = rows.tables.old, rows.tables.new
    if not new.without_rowid or new.primary_key is None:
        return ""
    if old.without_rowid and old.primary_key is not None and old.primary_key.terms == new.primary_key.terms:
        return ""  # that is the order in which they are read
    places = {column: place for place, (column, _) in enumerate(pairs, start=1)}
    terms = []
    for term in new.primary_key.terms:
        if term.column.quoted not in places:
            return ""
        down = " DESC" if term.descending else ""
        terms.append(f"{places[term.column.quoted]} COLLATE {term.collation.quoted}{down}")
    return f" ORDER BY {', '.join(terms)}"


def _with_room(fill: Run, new: Table) -> Iterator[Action]:
    """Fill a table whose text holds a UNIQUE or a PRIMARY KEY: such an index is there before its rows.

    Its entries come in no order; 64 MB of cache halve the time at 600,000 rows (docs/benchmarks.md). The default comes
    back at once: a larger cache makes CREATE INDEX slower, three times at worst (measured on SQLite 3.40).
    """
    is_index = new.primary_key is not None and new.primary_key.rowid_alias is None and not new.without_rowid
    if not is_index and not any(isinstance(constraint, Unique) for constraint in new.constraints):
        yield fill
        return
    yield Run("PRAGMA cache_size = -65536")
    yield fill
    yield Run("PRAGMA cache_size = -2000")


def _sequence(recipe: Recipe, old: Name, new: Name) -> Iterator[Action]:
    """Carry AUTOINCREMENT's high-water mark over: without it ids of deleted rows would be given out again."""
    tables = recipe.rows.tables
    both = (tables.old.primary_key, tables.new.primary_key)
    if not all(key is not None and key.autoincrement for key in both):
        kept = recipe.rows.kept.table if recipe.rows.kept else None
        keys = (kept.primary_key if kept else None, tables.new.primary_key)
        if kept is not None and all(key is not None and key.autoincrement for key in keys):
            yield from raise_sequence(kept, new)
        return
    yield Run(f"DELETE FROM sqlite_sequence WHERE name = {literal(new.text)}")
    yield Run(f"UPDATE sqlite_sequence SET name = {literal(new.text)} WHERE name = {literal(old.text)}")


def _proof(recipe: Recipe, old: Name, new: Name) -> Iterator[Action]:
    rows = recipe.rows
    table = recipe.alter.entries.new.name
    match = _identity(rows)
    if match is None:
        yield from _proof_as_sets(recipe, old, new)
        return
    left, right = _values(rows)
    expected = [*left, *(value for _, value in match)]
    key = rows.moved_rowid if rows.rowid is not None else rows.key
    source = rows.moved_source(old.text)
    if any(mapped.origin in (Origin.USING, Origin.RESTORED) for mapped in rows.columns):
        # The author's expressions name columns without a table: they must be computed where only the old one is seen.
        computed = [f"{value} AS {quote(f'#{place}')}" for place, value in enumerate([*expected, key or "'?'"])]
        source = f"(SELECT {', '.join(computed)} FROM {source}) AS {WAS}"
        expected = [f"{WAS}.{quote(f'#{place}')}" for place in range(len(expected))]
        key = f"{WAS}.{quote(f'#{len(expected)}')}"
    values, keys = expected[: len(left)], expected[len(left) :]
    joined = " AND ".join(f"{NOW}.{name} = {value}" for (name, _), value in zip(match, keys, strict=True))
    equal = f"({', '.join(f'+{value} COLLATE BINARY' for value in values)}) IS ({', '.join(right)})" if left else "1"
    joined = f"FROM {source} CROSS JOIN {new.quoted} AS {NOW} ON {joined}"
    yield Prove(
        f"{table}: every kept value equal",
        f"SELECT (SELECT count(*) {joined} WHERE {equal}) = (SELECT count(*) FROM {new.quoted})",
        f"SELECT {key} {joined} WHERE NOT ({equal}) LIMIT 5",
    )


def _identity(rows: Mapping) -> list[tuple[str, str]] | None:
    """Say by which columns a new row is found, and from which old values; None where no key survives the change."""
    new, old = rows.tables.new, rows.tables.old
    alias = rows.column(new.rowid_alias) if new.rowid_alias else None
    if alias is not None and alias.expression is not None and alias.origin is not Origin.DEFAULT:
        expression = rows.moved_rowid if alias.origin is Origin.ROWID else alias.expression
        if is_volatile(alias.expression) or expression is None:
            return None
        return [(alias.column.name.quoted, expression)]
    if alias is None and new.hidden_rowid and rows.moved_rowid:
        return [(quote(new.hidden_rowid), rows.moved_rowid)]
    keys = [key for key in (new.primary_key, old.primary_key if old.without_rowid else None) if key is not None]
    for key in keys:
        found = [rows.column(term.column) for term in key.terms]
        if all(m and m.expression and m.origin in (Origin.KEPT, Origin.CONVERTED) for m in found):
            return [(m.column.name.quoted, _expected(m)) for m in found if m]
    return None


def _values(rows: Mapping) -> tuple[list[str], list[str]]:
    """Give both sides of the comparison, expected and found. Unary plus keeps ``'5'`` from being equal to 5."""
    left: list[str] = []
    right: list[str] = []
    for mapped in rows.columns:
        if mapped.expression is None or mapped.origin in (Origin.DEFAULT, Origin.ROWID, Origin.GENERATED):
            continue
        if mapped.origin in (Origin.USING, Origin.RESTORED) and is_volatile(mapped.expression):
            continue
        expected, found = _expected(mapped), f"{NOW}.{mapped.column.name.quoted}"
        left.append(expected)
        right.append(f"+{found}")
        # 1 IS 1.0 is true. Only where the affinity leaves both as they are can they be told apart by their class.
        if mapped.origin is not Origin.KEPT or mapped.column.affinity is Affinity.BLOB:
            left.append(_class(expected))
            right.append(_class(found))
    return left, right


def _class(value: str) -> str:
    """Tell an integer (0) from a real (0.5) of the same value: what is left when ``IS`` says that two are equal.

    ``%`` gives a real where an operand is one (lang_expr.html, section 3). It takes half as long as typeof(), and was
    exact for every pair of 50 values, infinities and the ends of 64 bits among them (SQLite 3.40).
    """
    return f"(({value}) % 1 + 1) / 2"


def _expected(mapped: Mapped) -> str:
    if mapped.origin is Origin.KEPT:
        return mapped.expression or "NULL"
    return f"({stored(f'({mapped.expression})', mapped.column.affinity)})"


def _proof_as_sets(recipe: Recipe, old: Name, new: Name) -> Iterator[Action]:
    """Compare the rows as multisets: the way that is left where no key tells which row is which."""
    left, right = _values(recipe.rows)
    if not left:
        return
    left = [f"+{value} COLLATE BINARY" for value in left]
    before = f"SELECT {', '.join(left)}, count(*) FROM {recipe.rows.moved_source(old.text)} GROUP BY {_ordinals(left)}"
    plain = [f"{value} COLLATE BINARY" for value in right]
    after = f"SELECT {', '.join(plain)}, count(*) FROM {new.quoted} AS {NOW} GROUP BY {_ordinals(right)}"
    yield Prove(
        f"{recipe.alter.entries.new.name}: every kept value equal, as often as before",
        f"SELECT NOT EXISTS (SELECT * FROM ({before}) EXCEPT SELECT * FROM ({after}))",
    )


def _ordinals(values: list[str]) -> str:
    return ", ".join(str(position + 1) for position in range(len(values)))


def _indexes(recipe: Recipe) -> Iterator[Action]:
    """Create the indexes last: filling a table under its indexes costs five times as much."""
    for entry in recipe.target.belonging_to(recipe.alter.entries.new.name):
        if entry.kind is ObjectKind.INDEX:
            yield Run(entry.sql, rows=recipe.row_count, creates=entry)


def _free(prefix: str, recipe: Recipe) -> str:
    wanted = prefix + recipe.alter.entries.new.name.key
    candidate, number = wanted, 2
    while name(candidate).key in recipe.taken:
        candidate, number = f"{wanted}_{number}", number + 1
    return candidate


def _names_itself(text: str, own: Name) -> bool:
    found = tokens(text)
    return any(
        token.kind in ("word", "quoted") and after.text == "." and name(unquote(token.text)) == own
        for token, after in pairwise(found)
    )


def _under_name(entry: Entry, other: Name) -> str:
    """Write a CREATE TABLE under another name, with every place where the text qualifies a column by it."""
    found = tokens(entry.sql)
    out, last = [], 0
    for position, token in enumerate(found):
        is_name = token.kind in ("word", "quoted", "string") and name(unquote(token.text)) == entry.name
        qualifies = position + 1 < len(found) and found[position + 1].text == "."
        if is_name and (position == 2 or qualifies):  # CREATE TABLE name
            out.append(entry.sql[last : token.start] + other.quoted)
            last = token.end
    return "".join(out) + entry.sql[last:]


__all__ = ["ROWID", "WAS", "Recipe", "needs_detour", "rebuild"]

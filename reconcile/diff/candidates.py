"""Candidates: texts whose tokens differ and that may still mean the same. Only SQLite can tell: here it is asked.

Nothing is asked where the answer is known: an unchanged schema has no candidates. What bytecode does not show, a
unary plus and the hints to SQLite's query planner, must be there equally often, or the texts are different.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from reconcile.diff.compare import means_the_same, shared_columns
from reconcile.model.pair import Pair
from reconcile.model.reading import Index, IndexTerm, read_body, read_index, read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.model.table import Check, Table
from reconcile.sql.clauses import Clause, Kind
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name, fold, unquote
from reconcile.sql.text import SqlText
from reconcile.sql.tokens import tokens

_HINTS = frozenset({"likely", "unlikely", "likelihood", "indexed", "cross", "materialized"})


@dataclass(frozen=True, slots=True)
class Expressions:
    """Two texts of one expression over the columns of `table`; over none (a DEFAULT) where that is None."""

    table: Name | None
    texts: Pair[str]


@dataclass(frozen=True, slots=True)
class Bodies:
    """Two texts of one view, or of one trigger."""

    entries: Pair[Entry]


Doubt = Expressions | Bodies


@dataclass(frozen=True, slots=True)
class Twins:
    """A clause of a desired table, the live `words` for its expression, and what must be proven to use them."""

    doubt: Expressions
    clause: Clause
    words: str
    live: Clause = field(compare=False)


def doubts(schemas: Pair[Schema]) -> tuple[Doubt, ...]:
    """Give all that is to be asked about a live schema and a target, each once."""
    out: dict[Doubt, None] = {}
    for new in schemas.new.entries:
        old = schemas.old.get(new)
        if old is None or old.sql == new.sql:
            continue
        try:
            out.update(dict.fromkeys(_doubts(Pair(old, new), shared_columns(schemas, new))))
        except Unreadable:
            continue  # compare() refuses it by name
    return tuple(out)


def proven_same(entries: Pair[Entry], columns: frozenset[str], proven: frozenset[Doubt]) -> bool:
    """Say whether an index, view or trigger means the same by what has been proven; see `means_the_same`."""
    if not proven or entries.new.kind is ObjectKind.TABLE:
        return False
    needed = _object_doubts(entries, columns)
    return bool(needed) and proven.issuperset(needed)


def proven_twins(tables: Pair[Table], proven: frozenset[Doubt]) -> dict[Clause, str]:
    """Give the live words for the clauses of `tables.new` that were proven to mean the same, one for one."""
    out: dict[Clause, str] = {}
    taken: set[Clause] = set()
    for twins in _table_twins(tables) if proven else ():
        if twins.doubt in proven and twins.clause not in out and twins.live not in taken:
            out[twins.clause] = twins.words
            taken.add(twins.live)
    return out


def _doubts(entries: Pair[Entry], columns: frozenset[str]) -> Iterator[Doubt]:
    if entries.new.kind is ObjectKind.TABLE:
        for twins in _table_twins(Pair(read_table(entries.old), read_table(entries.new))):
            yield twins.doubt
    elif not means_the_same(entries, columns):
        yield from _object_doubts(entries, columns)


def _object_doubts(entries: Pair[Entry], columns: frozenset[str]) -> tuple[Doubt, ...]:
    """Give what must be proven of an index, view or trigger; () where nothing could make both texts alike."""
    old, new = entries.old, entries.new
    if old.name.text != new.name.text or old.table != new.table:
        return ()
    match new.kind:
        case ObjectKind.INDEX:
            return tuple(_index(Pair(read_index(old, columns), read_index(new, columns))))
        case ObjectKind.VIEW | ObjectKind.TRIGGER:
            bodies = Pair(read_body(old), read_body(new))
            heads_alike = new.kind is ObjectKind.VIEW or bodies.old.head == bodies.new.head
            alike = heads_alike and _shown(bodies.old.body.text, bodies.new.body.text)
            return (Bodies(entries),) if alike else ()
        case ObjectKind.TABLE | ObjectKind.VIRTUAL:
            # What a module makes of its arguments (a tokenizer, say) shows in no bytecode.
            return ()


def _index(indexes: Pair[Index]) -> Iterator[Expressions]:
    old, new = indexes.old, indexes.new
    if old.unique != new.unique or len(old.terms) != len(new.terms) or (old.where is None) != (new.where is None):
        return
    texts = [_term_texts(*terms) for terms in zip(old.terms, new.terms, strict=True)]
    if old.where is not None and new.where is not None and old.where != new.where:
        texts.append((old.where.text, new.where.text))
    if any(found is None or not _shown(*found) for found in texts if found != ()):
        return
    yield from (Expressions(new.table, Pair(*found)) for found in texts if found)


def _term_texts(old: IndexTerm, new: IndexTerm) -> tuple[str, str] | tuple[()] | None:
    """Give the two texts of a term, nothing where they are equal, None where they cannot be."""
    if old.descending != new.descending:
        return None
    return () if old == new else (old.written, new.written)


def _table_twins(tables: Pair[Table]) -> Iterator[Twins]:
    """Yield the clauses of a table whose expressions differ in text, each with a live clause it may equal."""
    yield from _column_twins(tables)
    yield from _check_twins(tables)


def _column_twins(tables: Pair[Table]) -> Iterator[Twins]:
    for column in tables.new.columns:
        was = tables.old.column(column.name)
        if was is None:
            continue
        if was.default and column.default and was.default != column.default:
            # By its tokens: there a bare word is the string that it stands for.
            texts = Pair(" ".join(was.default.key), " ".join(column.default.key))
            clauses = _clauses(tables, column.name, Kind.DEFAULT)
            yield Twins(Expressions(None, texts), clauses.new, clauses.old.expression or "", clauses.old)
        old, new = was.generated, column.generated
        if old and new and old.stored == new.stored and _may_equal(old.expression, new.expression):
            clauses = _clauses(tables, column.name, Kind.GENERATED)
            yield _twins(tables.new.name, Pair(old.expression, new.expression), clauses)


def _check_twins(tables: Pair[Table]) -> Iterator[Twins]:
    old, new = _checks(tables.old), _checks(tables.new)
    for clause, check in _unmatched(new, old):
        for live, was in _unmatched(old, new):
            if was.name == check.name and _may_equal(was.expression, check.expression):
                yield _twins(tables.new.name, Pair(was.expression, check.expression), Pair(live, clause))


def _twins(table: Name, texts: Pair[SqlText], clauses: Pair[Clause]) -> Twins:
    doubt = Expressions(table, Pair(texts.old.text, texts.new.text))
    return Twins(doubt, clauses.new, clauses.old.expression or "", clauses.old)


def _clauses(tables: Pair[Table], column: Name, kind: Kind) -> Pair[Clause]:
    """Give the clause that counts, the last of its kind."""
    found = [
        [clause for text in table.text.columns if fold(unquote(text.name)) == column.key for clause in text.clauses]
        for table in (tables.old, tables.new)
    ]
    old, new = ([clause for clause in clauses if clause.kind is kind][-1] for clauses in found)
    return Pair(old, new)


def _checks(table: Table) -> list[tuple[Clause, Check]]:
    """Give every CHECK with its clause: both stand in the order of the text, the columns' own first."""
    clauses = [clause for column in table.text.columns for clause in column.clauses] + list(table.text.constraints)
    checks = [constraint for constraint in table.constraints if isinstance(constraint, Check)]
    return list(zip((clause for clause in clauses if clause.kind is Kind.CHECK), checks, strict=True))


def _unmatched(these: list[tuple[Clause, Check]], those: list[tuple[Clause, Check]]) -> list[tuple[Clause, Check]]:
    left = Counter(check for _, check in those)
    out = []
    for clause, check in these:
        if left[check]:
            left[check] -= 1
        else:
            out.append((clause, check))
    return out


def _may_equal(old: SqlText, new: SqlText) -> bool:
    return old != new and _shown(old.text, new.text)


def _shown(old: str, new: str) -> bool:
    """Say whether bytecode would show every difference of two texts: what it does not show is equal in number."""
    return _unseen(old) == _unseen(new)


def _unseen(text: str) -> Counter[str]:
    found = ((token.kind, fold(unquote(token.text))) for token in tokens(text))
    return Counter(word for kind, word in found if word == "+" or (kind in ("word", "quoted") and word in _HINTS))

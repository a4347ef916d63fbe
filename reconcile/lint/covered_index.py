"""An index that another one, or a key of its table, covers: it costs every write, and helps no search."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.lint.finding import Finding, Level, Rule, Subject
from reconcile.lint.keys import Key, Term, keys
from reconcile.model.table import Table


def _find(subject: Subject) -> Iterator[Finding]:
    for table in subject.tables:
        found = list(keys(subject, table))
        for place, key in enumerate(found):
            if key.index is None:
                continue
            # Of two that are equal the one that is written later goes; a constraint stands before every index.
            candidates = [*found[:place], *(other for other in found[place:] if other.unique > key.unique)]
            twin = next((other for other in candidates if _equal(key, other)), None)
            if twin is not None:
                message = f"{key.called} is the same as {_called(twin, table)}"
                yield Finding(RULE.code, Level.WARNING, key.index.name.text, message, "take it out", key.path)
                continue
            longer = next((other for other in found if other is not key and _covers(other, key)), None)
            if longer is not None:
                message = f"{key.called} is the beginning of {_called(longer, table)}, which can be searched by it too"
                advice = "take it out, unless its smaller size is what matters"
                yield Finding(RULE.code, Level.NOTE, key.index.name.text, message, advice, key.path)


def _called(key: Key, table: Table) -> str:
    is_rowid = table.rowid_alias is not None and key.columns == (table.rowid_alias,) and key.index is None
    return f"{key.called}, which is the rowid" if is_rowid else key.called


def _equal(key: Key, other: Key) -> bool:
    same = key.where == other.where and len(key.terms) == len(other.terms) and _begins(other, key)
    return same and (other.unique or not key.unique)


def _covers(longer: Key, key: Key) -> bool:
    if key.unique or key.where != longer.where or len(longer.terms) <= len(key.terms):
        return False
    return _begins(longer, key)


def _begins(longer: Key, key: Key) -> bool:
    """Say whether one key begins with another, read forwards or backwards."""
    beginning = longer.terms[: len(key.terms)]
    return beginning in (key.terms, tuple(map(_reversed, key.terms)))


def _reversed(term: Term) -> Term:
    return term[0], term[1], not term[2]


RULE = Rule("covered-index", _find)

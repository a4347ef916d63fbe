"""Full-text tables over another table's rows: they know that table by name only, and SQLite looks after none of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconcile.model.reading import mentions, read_body
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.plan.mapping import Mapping, Origin
from reconcile.plan.steps import Run
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name, fold, name, unquote
from reconcile.sql.tokens import tokens

_OTHER_VALUES = (Origin.CONVERTED, Origin.USING, Origin.RESTORED)


def has_external_content(entry: Entry) -> bool:
    """Say whether a full-text table reads its content from another table (fts5.html, section 4.4.3)."""
    return content_of(entry) is not None


def content_of(entry: Entry) -> Name | None:
    """Give the table or view that a full-text table reads its content from."""
    try:
        body = read_body(entry).body.text
    except Unreadable:
        return None
    found = [unquote(token.text) for token in tokens(body)]
    if not found or fold(found[0]) not in ("fts4", "fts5"):
        return None
    said = zip(found, found[1:], found[2:], strict=False)
    return next((name(c) for a, b, c in said if fold(a) == "content" and b == "=" and c), None)


def fill(entry: Entry) -> Run:
    """Fill the index from the content. Without this a new one stays empty, and finds nothing."""
    return Run(f"INSERT INTO {entry.name.quoted} ({entry.name.quoted}) VALUES ('rebuild')", creates=entry)


def outdated(schema: Schema, rebuilt: Iterable[Mapping]) -> Iterator[Entry]:
    """Yield the full-text tables whose content gets other values: no trigger of the user's fires to tell them.

    An index that holds words of before finds what is no longer there, and a later 'delete' command corrupts it.
    """
    changed = {rows.tables.new.name: names for rows in rebuilt if (names := _changed(rows))}
    for entry in schema.of_kind(ObjectKind.VIRTUAL) if changed else ():
        content = content_of(entry)
        if content is None:
            continue
        view = schema.find(ObjectKind.VIEW, content)
        if view is not None:  # its columns may have other names: any change below it counts
            if mentions(view.sql, frozenset(table.key for table in changed)):
                yield entry
        elif content in changed and changed[content] & {fold(unquote(token.text)) for token in tokens(entry.sql)}:
            yield entry


def _changed(rows: Mapping) -> frozenset[str]:
    """Give the folded names of columns that hold other values afterwards; ``fts5`` for the rowid, which all read."""
    names = {m.column.name.key for m in rows.columns if m.origin in _OTHER_VALUES}
    names |= {m.column.name.key for m in rows.columns if m.old is not None and m.old.generated != m.column.generated}
    alias = rows.column(rows.tables.new.rowid_alias) if rows.tables.new.rowid_alias else None
    if alias is not None and alias.expression != rows.rowid:
        names |= {"fts4", "fts5"}
    if names:
        names |= {m.column.name.key for m in rows.columns if m.origin is Origin.GENERATED}
    return frozenset(names)

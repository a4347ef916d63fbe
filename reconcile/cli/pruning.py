"""Which hints of a schema file are spent: for good, by its own word, or in every database that it serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from reconcile.cli.live import Live, look, paired
from reconcile.desired.load import Loaded
from reconcile.desired.parts import read_or_none
from reconcile.desired.places import Path as Place
from reconcile.diff.pairing import Pairing
from reconcile.model.schema import ObjectKind
from reconcile.river import Desired
from reconcile.sql.names import Name, name


def spent(loaded: Loaded, desired: Desired, databases: Iterable[Path]) -> list[Place]:
    """Give the places of all `renamed_from` that can do nothing any more.

    With no database that is one that names the thing itself. With several, each must have carried it out.
    """
    lives = [look(database, desired.history_table) for database in databases]
    pairings = [paired(live, desired) for live in lives]
    return [
        (*place, "renamed_from")
        for place, olds in _hints(loaded)
        if (olds and set(olds) == {_own(place)})
        or (lives and all(_is_done(place, olds, *each) for each in zip(lives, pairings, strict=True)))
    ]


def _is_done(place: Place, olds: tuple[Name, ...], live: Live, pairing: Pairing) -> bool:
    """Say whether the new name is there, and nothing is left that would get it."""
    own = _own(place)
    if place[0] == "views":
        found = live.schema.find
        return found(ObjectKind.VIEW, own) is not None and not any(found(ObjectKind.VIEW, old) for old in olds)
    if ".".join(map(str, place[1::2])) in {refusal.object for refusal in pairing.refusals}:
        return False
    if len(place) == 2:
        renamed = any(pair.new == own != pair.old for pair in pairing.renames.tables)
        return live.schema.relation(own) is not None and not renamed
    table = name(str(place[1]))
    entry = live.schema.relation(pairing.renames.old_table(table))
    there = read_or_none(entry) if entry is not None and entry.kind is ObjectKind.TABLE else None
    renamed = any(one.table == table and one.names.new == own != one.names.old for one in pairing.renames.columns)
    return there is not None and there.column(own) is not None and not renamed


def _hints(loaded: Loaded) -> Iterator[tuple[Place, tuple[Name, ...]]]:
    document = loaded.document
    for title, table in document.tables.items():
        if table.renamed_from is not None:
            yield ("tables", title), tuple(map(name, table.renamed_from))
        for label, column in (table.columns or {}).items():
            if column.renamed_from is not None:
                yield ("tables", title, "columns", label), tuple(map(name, column.renamed_from))
    for title, view in document.views.items():
        if view.renamed_from is not None:
            yield ("views", title), tuple(map(name, view.renamed_from))


def _own(place: Place) -> Name:
    return name(str(place[-1]))

"""Which old thing is which new thing: by name, and by `renamed_from`. Never by a guess.

What merely *looks* like a rename is refused, with the lines that say which of the two is meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from reconcile.diff.changes import ColumnRename, Refusal, Renames
from reconcile.diff.claims import Applied, Claims, Wish, settle
from reconcile.model.hints import Hints
from reconcile.model.pair import Pair
from reconcile.model.reading import read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.model.table import Column, Table
from reconcile.sql.alike import alike
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name

_ALIKE = 0.75  # difflib's ratio: name/names 0.89, title/titel 0.8, legacy_code/legacycode 0.95, price/prize 0.8


@dataclass(frozen=True, slots=True)
class Pairing:
    """The renames to do, and whatever is ambiguous."""

    renames: Renames
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """Names that somebody has decided about: ``column:t.c`` or ``table:t``, folded, old names.

    Those in `going` may go, says the user; those in `staying` are unmanaged, and stay unless the user says otherwise.
    """

    going: frozenset[str] = frozenset()
    staying: frozenset[str] = frozenset()


def pair(schemas: Pair[Schema], hints: Hints, applied: Applied) -> Pairing:
    """Find the renames between the live schema (`old`) and the desired one (`new`)."""
    tables = _relations(schemas, hints, applied)
    renames = Renames(tables.pairs)
    columns: list[ColumnRename] = []
    refusals = list(tables.refusals)
    for new in schemas.new.of_kind(ObjectKind.TABLE):
        found = schemas.old.relation(renames.old_table(new.name))
        if found is None or found.kind is not ObjectKind.TABLE:
            continue
        hinted = any(hint.renamed_from for hint in hints.table(new.name).columns.values())
        if alike(found.sql, new.sql) and not hinted:  # a swap of two names leaves the text as it is
            continue
        try:
            both = Pair(read_table(found), read_table(new))
        except Unreadable:
            continue  # compare() refuses it by name
        claims = _columns(both, hints, applied)
        columns += [ColumnRename(new.name, names) for names in claims.pairs]
        refusals += claims.refusals
    return Pairing(replace(renames, columns=tuple(columns)), tuple(refusals))


def likely_renames(schemas: Pair[Schema], hints: Hints, decided: Decided) -> Iterator[Refusal]:
    """Yield a refusal for each thing that looks renamed although nothing says so. `old` has its new names already."""
    gone = [e for e in schemas.old.of_kind(ObjectKind.TABLE) if schemas.new.find(e.kind, e.name) is None]
    for new in schemas.new.of_kind(ObjectKind.TABLE):
        old = schemas.old.find(ObjectKind.TABLE, new.name)
        if old is None:
            yield from _likely_table(new, gone, hints, decided)
        elif not alike(old.sql, new.sql):
            yield from _likely_columns(Pair(old, new), hints, decided)


def _relations(schemas: Pair[Schema], hints: Hints, applied: Applied) -> Claims:
    wishes = [Wish(e.name, hints.table(e.name).renamed_from, e.name.text) for e in _named(schemas.new)]
    kinds = {entry.name: entry.kind for entry in _named(schemas.new)}
    live = [e.name for e in _named(schemas.old) if kinds.get(e.name, e.kind) is e.kind]
    return settle(wishes, live, applied)


def _named(schema: Schema) -> Iterator[Entry]:
    """Yield what ALTER TABLE … RENAME can rename. A view is created anew instead: it holds no rows."""
    return schema.of_kind(ObjectKind.TABLE, ObjectKind.VIRTUAL)


def _columns(tables: Pair[Table], hints: Hints, applied: Applied) -> Claims:
    name = tables.new.name
    wishes = [
        Wish(column.name, hints.column(name, column.name).renamed_from, f"{name}.{column.name}")
        for column in tables.new.columns
    ]
    return settle(wishes, [column.name for column in tables.old.columns], applied)


def _likely_table(new: Entry, gone: list[Entry], hints: Hints, decided: Decided) -> Iterator[Refusal]:
    if hints.table(new.name).renamed_from is not None:
        return
    for old in gone:
        if f"table:{old.name.key}" in decided.going:
            continue
        if _alike(old.name, new.name) or _same_columns(old, new):
            stays = f"table:{old.name.key}" in decided.staying
            way_out = f"{new.name.sql}: {{renamed_from: [], …}}" if stays else f"--allow drop-table:{old.name}"
            yield Refusal(
                "likely-rename",
                new.name.text,
                f"table {new.name} is new and {old.name} is not in the schema file: is it {old.name}, renamed?",
                (
                    f"If it is a rename, in schema.yaml:   {new.name.sql}: {{renamed_from: {old.name}, …}}",
                    f"If {old.name} {'shall stay beside it' if stays else 'may go'}:   {way_out}",
                ),
            )
            return


def _same_columns(old: Entry, new: Entry) -> bool:
    try:
        return read_table(old).columns == read_table(new).columns
    except Unreadable:
        return False


def _likely_columns(entries: Pair[Entry], hints: Hints, decided: Decided) -> Iterator[Refusal]:
    try:
        old, new = read_table(entries.old), read_table(entries.new)
    except Unreadable:
        return
    gone = [column for column in old.columns if new.column(column.name) is None]
    gone = [column for column in gone if f"column:{old.name.key}.{column.name.key}" not in decided.going]
    for position, column in enumerate(new.columns):
        if old.column(column.name) is not None or hints.column(new.name, column.name).renamed_from is not None:
            continue
        twin = next((c for c in gone if _alike(c.name, column.name) or _twins(old, c, position, column)), None)
        if twin is not None:
            gone.remove(twin)
            stays = f"column:{old.name.key}.{twin.name.key}" in decided.staying
            yield _likely_column(new.name, Pair(twin, column), "shall stay beside it" if stays else "may go")


def _likely_column(table: Name, columns: Pair[Column], otherwise: str) -> Refusal:
    old, new = columns.old.name, columns.new.name
    goes = otherwise == "may go"
    return Refusal(
        "likely-rename",
        f"{table}.{new}",
        f"{table}.{new} is new and {old} is not in the schema file: is it {old}, renamed?",
        (
            f"If it is a rename, in schema.yaml:   {new.sql}: {{sql: …, renamed_from: {old}}}",
            f"If {old} {otherwise}:   "
            + (f"--allow drop-column:{table}.{old}" if goes else f"{new.sql}: {{sql: …, renamed_from: []}}"),
        ),
    )


def _twins(table: Table, old: Column, position: int, new: Column) -> bool:
    """Say whether a column stands in the same place with the same definition, under another name."""
    return table.columns.index(old) == position and replace(old, name=new.name) == new


def _alike(old: Name, new: Name) -> bool:
    return SequenceMatcher(None, _bare(old), _bare(new)).ratio() >= _ALIKE


def _bare(name: Name) -> str:
    return "".join(character for character in name.key if character.isalnum()) or name.key

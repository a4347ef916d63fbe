"""A plan's works and renames as blocks: one for each thing that a user would call one, in the order of the plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from reconcile.diff.changes import (
    AddColumn,
    AddConstraint,
    Alter,
    Create,
    Drop,
    DropColumn,
    DropConstraint,
    Edit,
    ReorderColumns,
    Replace,
    RetypeColumn,
)
from reconcile.model.schema import Entry
from reconcile.model.table import Check, Table
from reconcile.plan.steps import Hazard, Method, Plan, Severity, Work
from reconcile.preview.edits import loosens, phrase
from reconcile.preview.layout import Row
from reconcile.preview.objects import counted_kinds, object_text, replaced_text
from reconcile.preview.summary import along, standing_alone
from reconcile.preview.units import counted, listed
from reconcile.sql.names import Name
from reconcile.sql.text import one_line

TOP, INNER = 2, 4  # indents
_ON_THE_LINE = frozenset({"rebuild-lock", "loosens"})  # notes told by the very line that they are about


@dataclass(frozen=True, slots=True)
class Piece:
    """One row of a block, and which hazards belong under it: by object, or by code (`says` tells two alike apart)."""

    row: Row
    more: tuple[str, ...] = ()
    objects: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    says: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """What a plan does about one thing. `table` is the folded name of the table it is about."""

    table: str
    pieces: tuple[Piece, ...]


def blocks(plan: Plan) -> tuple[Block, ...]:
    """Give the blocks of a plan: renamed tables that stay as they are first, then the works in their order."""
    works, belonging = standing_alone(plan), along(plan)
    altered = {work.change.entries.new.name for work in works if isinstance(work.change, Alter)}
    out = [*_renamed_only(plan, altered)]
    for work in works:
        match work.change:
            case Create(entry):
                own = belonging.get((True, entry.name.key), []) if entry.kind.is_relation else []
                out.append(_created(entry, work, own))
            case Drop(entry):
                out.append(_dropped(entry, work, plan))
            case Replace(entries):
                piece = Piece(_row("~", entries.new.name.text, replaced_text(entries)), objects=_object(entries.new))
                out.append(Block(entries.new.table.key, (_for_index(piece, entries.new),)))
            case Alter():
                out += _altered(work, work.change, plan)
            case _:
                assert_never(work.change)
    return tuple(out)


def reordered(plan: Plan) -> tuple[Name, ...]:
    """Give the tables whose columns stand in another order, where nothing is done about that."""
    return tuple(
        work.change.entries.new.name
        for work in plan.works
        if isinstance(work.change, Alter)
        and not _puts_in_order(work)
        and any(isinstance(edit, ReorderColumns) for edit in work.change.edits)
    )


def _puts_in_order(work: Work) -> bool:
    """Say whether the columns are in the file's order afterwards: rebuilt, or edited where no row lies in any."""
    return work.method is Method.REBUILD or (work.method is Method.CATALOG and work.rows == 0)


def _row(symbol: str, label: str, text: str = "", aside: str = "") -> Row:
    return Row(TOP, symbol, label, text, aside)


def _object(entry: Entry) -> frozenset[str]:
    return frozenset({entry.name.text.lower()})


def _for_index(piece: Piece, entry: Entry) -> Piece:
    """Let an index meet the duplicates of its table, if it is to be unique."""
    if entry.kind.is_relation:
        return piece
    return replace(piece, codes=frozenset({"duplicates"}), says=f"index {entry.name}")


def _created(entry: Entry, work: Work, own: list[Entry]) -> Block:
    """Tell a new object, with the indexes and triggers of a new table or view below it."""
    rows = f", {counted(work.rows, 'row')}" if work.rows is not None else ""
    rows += "".join(f", {counted(back, 'row')} of the backup" for _, back in work.restored)
    head = _for_index(Piece(_row("+", entry.name.text, object_text(entry) + rows), objects=_object(entry)), entry)
    inner = [Piece(Row(INNER, "+", each.name.text, object_text(each)), objects=_object(each)) for each in own]
    return Block(entry.table.key, (head, *inner))


def _dropped(entry: Entry, work: Work, plan: Plan) -> Block:
    parts = [object_text(entry) if not entry.kind.is_relation else entry.kind.value]
    if work.rows is not None:
        parts.append(counted(work.rows, "row"))
    if entry.kind.is_relation:
        parts += counted_kinds(plan.actual.belonging_to(plan.renames.old_table(entry.name)))
    piece = Piece(_row("-", entry.name.text, ", ".join(parts)), objects=_object(entry))
    return Block(entry.table.key, (piece,))


def _renamed_only(plan: Plan, altered: set[Name]) -> Iterator[Block]:
    """Yield what is renamed and else stays: tables and views, and tables of which only columns are renamed."""
    whole = {pair.new: pair.old for pair in plan.renames.tables}
    inside = {rename.table for rename in plan.renames.columns}
    for name in [*whole, *sorted(inside - whole.keys())]:
        if name in altered:
            continue
        text = f"was {whole[name]}" if name in whole else ""
        head = Piece(_row(">" if text else "~", name.text, text or "in place"))
        yield Block(name.key, (head, *_renamed_columns(name, plan)))


def _renamed_columns(table: Name, plan: Plan) -> Iterator[Piece]:
    for rename in plan.renames.columns:
        if rename.table == table:
            row = Row(INNER, ">", rename.names.new.text, f"was {rename.names.old}")
            yield Piece(row, objects=frozenset({f"{table}.{rename.names.new}".lower()}))


def _altered(work: Work, change: Alter, plan: Plan) -> Iterator[Block]:
    table = change.tables.new
    edits = _shown(change, work)
    inside = tuple(_renamed_columns(table.name, plan))
    whole = next((pair for pair in plan.renames.tables if pair.new == table.name), None)
    if work.method is not Method.REBUILD and not inside and all(isinstance(edit, DropColumn) for edit in edits):
        if whole is not None:
            yield Block(table.name.key, (Piece(_row(">", table.name.text, f"was {whole.old}")),))
        yield from (_lost_column(edit, table) for edit in edits if isinstance(edit, DropColumn))
        return
    text = ", ".join([*([f"was {whole.old}"] if whole else []), *_how(work, plan)])
    head = Piece(_row("~", table.name.text, text))
    pieces = [head, *inside, *_edit_pieces(edits, work, change, plan)]
    if work.method is Method.REBUILD and (kept := _kept(work, change)):
        pieces.append(Piece(Row(INNER, "=", kept)))
    yield Block(table.name.key, tuple(pieces))


def _lost_column(edit: DropColumn, table: Table) -> Block:
    label = f"{table.name}.{edit.column.name}"
    return Block(table.name.key, (Piece(_row("-", label), objects=frozenset({label.lower()})),))


def _shown(change: Alter, work: Work) -> tuple[Edit, ...]:
    """Give the edits worth a line: not what a column brings or takes along, nor an order that nothing is done about."""
    added = {edit.column.name for edit in change.edits if isinstance(edit, AddColumn)}
    gone = {edit.column.name for edit in change.edits if isinstance(edit, DropColumn)}
    return tuple(
        edit
        for edit in change.edits
        if not (isinstance(edit, AddConstraint) and edit.constraint.home in added)
        and not (isinstance(edit, DropConstraint) and edit.constraint.home in gone)
        and not (isinstance(edit, ReorderColumns) and not _puts_in_order(work))
    )


def _how(work: Work, plan: Plan) -> list[str]:
    """Say how a table is changed, how many rows that passes over, and how long writers wait where that is known."""
    if not isinstance(work.change, Alter):
        return []
    parts = [work.method.value]
    if work.method is Method.CATALOG and not any(isinstance(edit, DropColumn) for edit in work.change.edits):
        parts.append("no row is written")
    if work.rows is not None and work.method is Method.REBUILD:
        parts.append(counted(work.rows, "row"))
    name = work.change.entries.new.name.text.lower()
    return parts + [h.message for h in plan.hazards if h.code == "rebuild-lock" and h.object.lower() == name]


def _edit_pieces(edits: tuple[Edit, ...], work: Work, change: Alter, plan: Plan) -> Iterator[Piece]:
    last = None
    for edit in edits:
        told = phrase(edit)
        # Two edits of one column: its name is said once.
        again = told.column is not None and told.column == last
        last = told.column
        aside = ", ".join(_remarks(edit, work, change, plan))
        symbol, label = (" ", "") if again else (told.symbol, told.label)
        objects = frozenset({f"{change.tables.new.name}.{told.column}".lower()}) if told.column else frozenset()
        proven = _proven(edit, work, change, plan)
        text = told.text + (proven if isinstance(edit, AddConstraint) else "")
        more = (*told.more, proven) if proven and not isinstance(edit, AddConstraint) else told.more
        yield Piece(Row(INNER, symbol, label, text, aside), more, objects, told.codes, told.says)


def _remarks(edit: Edit, work: Work, change: Alter, plan: Plan) -> Iterator[str]:
    if work.method is Method.REBUILD and edit is work.reason:
        yield f"forces rebuild: {work.why}" if work.why else "forces rebuild"
    if loosens(edit) and _troubled(plan, change.tables.new.name.text, {"loosens"}):
        yield "loosens"


def _proven(edit: Edit, work: Work, change: Alter, plan: Plan) -> str:
    """Say what was counted and is well; nothing where a hazard says otherwise, or where there are no rows."""
    if not work.rows:
        return ""
    table = change.tables.new
    back = _restored(edit, work)
    if back is not None:
        return back
    if isinstance(edit, RetypeColumn):
        troubles = {"wrong-type", "lossy-conversion", "using-fails"}
        if _troubled(plan, f"{table.name}.{edit.columns.new.name}", troubles):
            return ""
        if edit.using is None and edit.columns.old.affinity is edit.columns.new.affinity:
            return ""
        undo = f" (undo: {one_line(edit.undo)})" if edit.using and edit.undo else ""
        if work.rows == 1:
            return f"the one row converts and comes back equal{undo}"
        return f"all {counted(work.rows, 'row')} convert and come back equal{undo}"
    if isinstance(edit, AddConstraint) and isinstance(edit.constraint, Check):
        fine = not _troubled(plan, table.name.text, {"check-violations"})
        return f", 0 of {counted(work.rows, 'row')} break it" if fine else ""
    return ""


def _restored(edit: Edit, work: Work) -> str | None:
    """Say how many rows get a column's values out of the backup, and what the others get; None where none may."""
    match edit:
        case AddColumn(column, _):
            others = column.default.line if column.default else "NULL"
        case RetypeColumn(columns, using, _):
            column, others = columns.new, "the expression above" if using else "what they hold now"
        case _:
            return None
    back, rows = dict(work.restored).get(column.name), work.rows or 0
    if back is None:
        return None
    if back == rows:
        return (
            "the one row gets back what it had" if rows == 1 else f"all {counted(rows, 'row')} get back what they had"
        )
    return f"{back:,} of {counted(rows, 'row')} {'gets' if back == 1 else 'get'} back the old value, the rest: {others}"


def _troubled(plan: Plan, object_: str, codes: set[str]) -> bool:
    return any(hazard.code in codes and hazard.object.lower() == object_.lower() for hazard in plan.hazards)


def _kept(work: Work, change: Alter) -> str:
    """Say what comes through the rebuild unharmed: nobody need wonder about the triggers."""
    changed = {change.entries.new.name}
    kept = tuple(entry for entry in work.carried if entry.name not in changed)
    parts = counted_kinds(kept)
    if work.referenced_by:
        parts.append(f"references from {listed(name.text for name in work.referenced_by)}")
    return ", ".join(parts)


def assigned(hazards: tuple[Hazard, ...], found: tuple[Block, ...]) -> dict[tuple[int, int], list[Hazard]]:
    """Give each hazard its place: (block, piece), or (-1, -1) where no block is about its object."""
    named: dict[str, tuple[int, int]] = {}
    tables: dict[str, list[int]] = {}
    for at, block in enumerate(found):
        tables.setdefault(block.table, []).append(at)
        for position, piece in enumerate(block.pieces):
            for object_ in piece.objects:
                named.setdefault(object_, (at, position))
    out: dict[tuple[int, int], list[Hazard]] = {}
    for hazard in hazards:
        if hazard.severity is Severity.NOTE and hazard.code in _ON_THE_LINE:
            continue
        place = named.get(hazard.object.lower()) or _near(hazard, tables, found)
        out.setdefault(place, []).append(hazard)
    return out


def _near(hazard: Hazard, tables: dict[str, list[int]], found: tuple[Block, ...]) -> tuple[int, int]:
    """Find the best place in the blocks of the object's table. Names may hold dots: the longest that fits is it."""
    object_ = hazard.object.lower()
    ends = [len(object_), *(at for at in range(len(object_) - 1, 0, -1) if object_[at] == ".")]
    for end in ends:
        near = tables.get(object_[:end])
        if near:
            ranked = [(_fit(hazard, found[b], p), -b, -p) for b in near for p in range(len(found[b].pieces))]
            _, block, piece = max(ranked)
            return -block, -piece
    return -1, -1


def _fit(hazard: Hazard, block: Block, position: int) -> int:
    """Say how well a hazard of the block's table fits under a piece: by what it says, by its code, or last of all."""
    piece = block.pieces[position]
    if hazard.code in piece.codes:
        return 3 if piece.says and _names(hazard.message, piece.says) else 2
    last = max(at for at, other in enumerate(block.pieces) if other.row.symbol != "=")
    return 1 if position == last else 0


def _names(message: str, words: str) -> bool:
    """Say whether `words` stand in a message, and are not the middle of longer ones."""
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", message, re.IGNORECASE) is not None

"""A phrase for every kind of edit. `match` and `assert_never`: a new kind does not compile without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from reconcile.diff.changes import (
    AddColumn,
    AddConstraint,
    ChangeCollation,
    ChangeConstraint,
    ChangeDefault,
    ChangeGenerated,
    ChangeNotNull,
    ChangePrimaryKey,
    ChangeStrict,
    ChangeWithoutRowid,
    DropColumn,
    DropConstraint,
    Edit,
    RelabelColumn,
    ReorderColumns,
    RetypeColumn,
)
from reconcile.model.table import Column
from reconcile.preview.constraints import (
    conflict,
    constraint_kind,
    constraint_text,
    hazard_code,
    hazard_words,
    primary_key_text,
)
from reconcile.sql.text import one_line

_ABOUT_VALUES = frozenset({"wrong-type", "lossy-conversion", "using-fails"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """How an edit is told: a symbol, what it is about, what becomes of it, and lines below it.

    `column` is set where the edit is about one column; `codes` are the hazards that rows may raise against it, and
    `says` words that tell them from those against the like of it.
    """

    symbol: str
    label: str
    text: str
    more: tuple[str, ...] = ()
    column: str | None = None
    codes: frozenset[str] = frozenset()
    says: str = ""


def phrase(edit: Edit) -> Phrase:
    """Tell an edit."""
    match edit:
        case AddColumn(column, using):
            gets = f", existing rows get: {one_line(using)}" if using else ""
            codes = frozenset({"duplicates", "check-violations", "orphans"})
            return _column("+", column, f"{one_line(column.definition) or 'no type'}{gets}", codes=codes)
        case DropColumn(column):
            return _column("-", column, one_line(column.definition) or "no type")
        case RetypeColumn(columns, using, _):
            more = (one_line(using),) if using else ()
            return _column("~", columns.new, _turn(_type(columns.old), _type(columns.new)), more, _ABOUT_VALUES)
        case ChangeNotNull(columns, using):
            more = (f"existing rows get: {one_line(using)}",) if using else ()
            return _column("~", columns.new, _turn(_not_null(columns.old), _not_null(columns.new)), more)
        case ChangeDefault(columns):
            return _column("~", columns.new, _turn(_default(columns.old), _default(columns.new)))
        case ChangeCollation(columns):
            turn = _turn(f"COLLATE {columns.old.collation.sql}", f"COLLATE {columns.new.collation.sql}")
            return _column("~", columns.new, turn, codes=frozenset({"duplicates"}))
        case ChangeGenerated(columns, using):
            more = (f"existing rows get: {one_line(using)}",) if using else ()
            return _column("~", columns.new, _turn(_generated(columns.old), _generated(columns.new)), more)
        case RelabelColumn(columns):
            return _column("~", columns.new, f"constraint names: {_turn(_labels(columns.old), _labels(columns.new))}")
        case ChangePrimaryKey(keys):
            turn = _turn(primary_key_text(keys.old), primary_key_text(keys.new))
            return Phrase("~", "primary key", turn, codes=frozenset({"duplicates"}))
        case AddConstraint(constraint):
            codes = frozenset({hazard_code(constraint)})
            kind, text = constraint_kind(constraint), constraint_text(constraint)
            return Phrase("+", kind, text, codes=codes, says=hazard_words(constraint))
        case DropConstraint(constraint):
            return Phrase("-", constraint_kind(constraint), constraint_text(constraint))
        case ChangeConstraint(both):
            turn = _turn(constraint_text(both.old), constraint_text(both.new))
            codes = frozenset({hazard_code(both.new)})
            return Phrase("~", constraint_kind(both.new), turn, codes=codes, says=hazard_words(both.new))
        case ChangeStrict(strict):
            return Phrase("~", "STRICT", _turn(_switch(strict.old), _switch(strict.new)), codes=_ABOUT_VALUES)
        case ChangeWithoutRowid(without_rowid):
            return Phrase("~", "WITHOUT ROWID", _turn(_switch(without_rowid.old), _switch(without_rowid.new)))
        case ReorderColumns(columns):
            return Phrase("~", "column order", ", ".join(name.sql for name in columns.new))
        case _:
            assert_never(edit)


def loosens(edit: Edit) -> bool:
    """Say whether an edit gives up something that the database enforced."""
    match edit:
        case DropConstraint():
            return True
        case ChangeNotNull(columns, _):
            return columns.old.not_null and not columns.new.not_null
        case ChangePrimaryKey(keys):
            return keys.new is None
        case ChangeStrict(strict):
            return strict.old
        case (
            AddColumn()
            | DropColumn()
            | RetypeColumn()
            | ChangeDefault()
            | ChangeCollation()
            | ChangeGenerated()
            | RelabelColumn()
            | AddConstraint()
            | ChangeConstraint()
            | ChangeWithoutRowid()
            | ReorderColumns()
        ):
            return False
        case _:
            assert_never(edit)


def _column(
    symbol: str, column: Column, text: str, more: tuple[str, ...] = (), codes: frozenset[str] = frozenset()
) -> Phrase:
    return Phrase(symbol, column.name.text, text, more, column.name.text, codes, column.name.sql)


def _turn(old: str, new: str) -> str:
    return f"{old} -> {new}"


def _type(column: Column) -> str:
    """Write a folded type as people do: ``VARCHAR(80)``, not ``VARCHAR ( 80 )``."""
    closed = column.type.replace(" (", "(").replace("( ", "(").replace(" )", ")").replace(" ,", ",")
    return closed or "no type"


def _not_null(column: Column) -> str:
    return f"NOT NULL{conflict(column.on_null)}" if column.not_null else "NULL allowed"


def _default(column: Column) -> str:
    return f"DEFAULT {column.default.line}" if column.default else "no default"


def _generated(column: Column) -> str:
    if column.generated is None:
        return "ordinary"
    stored = "STORED" if column.generated.stored else "VIRTUAL"
    return f"AS ({column.generated.expression.line}) {stored}"


def _labels(column: Column) -> str:
    return ", ".join(f"{clause} {name.sql}" for clause, name in column.labels) or "none"


def _switch(on: bool) -> str:  # noqa: FBT001 - the thing told is a switch
    return "on" if on else "off"

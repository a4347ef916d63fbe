"""Change and Edit: the closed unions of everything that can differ between two schemas."""

from __future__ import annotations

from dataclasses import dataclass

from reconcile.model.pair import Pair
from reconcile.model.schema import Entry
from reconcile.model.table import Column, Constraint, PrimaryKey, Table
from reconcile.sql.names import Name


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A column that is not there yet; `using` gives its value for rows that exist, from the OLD columns."""

    column: Column
    using: str | None = None


@dataclass(frozen=True, slots=True)
class DropColumn:
    """A column that goes, with its values."""

    column: Column


@dataclass(frozen=True, slots=True)
class RetypeColumn:
    """Another declared type; `using` and `undo` are the author's ways forth and back."""

    columns: Pair[Column]
    using: str | None = None
    undo: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeNotNull:
    """NOT NULL added, dropped, or with another conflict clause; `using` fills the NULLs of rows that exist."""

    columns: Pair[Column]
    using: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeDefault:
    """Another DEFAULT, or one added or dropped."""

    columns: Pair[Column]


@dataclass(frozen=True, slots=True)
class ChangeCollation:
    """Another COLLATE."""

    columns: Pair[Column]


@dataclass(frozen=True, slots=True)
class ChangeGenerated:
    """A generated column's expression or storage, or a column that becomes or stops being generated."""

    columns: Pair[Column]
    using: str | None = None


@dataclass(frozen=True, slots=True)
class RelabelColumn:
    """Other names on a column's NOT NULL, DEFAULT, … clauses."""

    columns: Pair[Column]


@dataclass(frozen=True, slots=True)
class ChangePrimaryKey:
    """Another PRIMARY KEY, or one added or dropped."""

    keys: Pair[PrimaryKey | None]


@dataclass(frozen=True, slots=True)
class AddConstraint:
    """A UNIQUE, CHECK or FOREIGN KEY constraint that is not there yet."""

    constraint: Constraint


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """A UNIQUE, CHECK or FOREIGN KEY constraint that goes."""

    constraint: Constraint


@dataclass(frozen=True, slots=True)
class ChangeConstraint:
    """The same constraint with another name, conflict clause, expression or action."""

    constraints: Pair[Constraint]


@dataclass(frozen=True, slots=True)
class ChangeStrict:
    """STRICT switched on or off."""

    strict: Pair[bool]


@dataclass(frozen=True, slots=True)
class ChangeWithoutRowid:
    """WITHOUT ROWID switched on or off."""

    without_rowid: Pair[bool]


@dataclass(frozen=True, slots=True)
class ReorderColumns:
    """Only the order differs: cosmetic, reported, and never a reason for a rebuild unless the user asks."""

    columns: Pair[tuple[Name, ...]]


Edit = (
    AddColumn
    | DropColumn
    | RetypeColumn
    | ChangeNotNull
    | ChangeDefault
    | ChangeCollation
    | ChangeGenerated
    | RelabelColumn
    | ChangePrimaryKey
    | AddConstraint
    | DropConstraint
    | ChangeConstraint
    | ChangeStrict
    | ChangeWithoutRowid
    | ReorderColumns
)


@dataclass(frozen=True, slots=True)
class Create:
    """An object that is not there yet."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Drop:
    """An object that goes. `because_of` is set where it goes along with another (an index with its table)."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Replace:
    """An index, view, trigger or virtual table whose text means something else: dropped and created again."""

    entries: Pair[Entry]


@dataclass(frozen=True, slots=True)
class Alter:
    """A table that stays, with its edits together: SQLite rebuilds a table once, however many there are."""

    entries: Pair[Entry]
    tables: Pair[Table]
    edits: tuple[Edit, ...]


Change = Create | Drop | Replace | Alter


@dataclass(frozen=True, slots=True)
class Unread:
    """An object that differs in text and that reconcile cannot read: it is refused by name."""

    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class ColumnRename:
    """A column rename; `table` is the table's name after its own rename."""

    table: Name
    names: Pair[Name]


@dataclass(frozen=True, slots=True)
class Renames:
    """Every rename that the hints ask for, in an order in which no new name is still taken."""

    tables: tuple[Pair[Name], ...] = ()
    columns: tuple[ColumnRename, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return bool(self.tables or self.columns)

    def old_table(self, new: Name) -> Name:
        """Give the live name of a table that has the name `new` after the renames."""
        return next((pair.old for pair in self.tables if pair.new == new), new)

    def old_column(self, table: Name, new: Name) -> Name:
        """Give the live name of a column; `table` is the name after the renames."""
        return next((r.names.old for r in self.columns if r.table == table and r.names.new == new), new)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something ambiguous that reconcile will not guess, with the lines to paste."""

    code: str
    object: str
    message: str
    ways: tuple[str, ...] = ()

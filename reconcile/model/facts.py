"""Questions that a plan asks about the rows, and their answers. The planner asks; `database/probe.py` answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconcile.sql.names import Name


@dataclass(frozen=True, slots=True)
class RowCount:
    """Ask how many rows a live table holds."""

    table: Name


@dataclass(frozen=True, slots=True)
class HasRows:
    """Ask whether a live table holds any row: 1 or 0. Counting all of them takes as long as there are rows."""

    table: Name


@dataclass(frozen=True, slots=True)
class Violations:
    """Ask how many rows of `source` satisfy `predicate`, and which (by `key`).

    `source` is a FROM clause over the live file that gives one row for each row of `table`; `predicate` and `key`
    are expressions over it. Questions over one source are answered in one pass. `show` is the query that a user runs
    to find all of them. `within` is a quicker test that every such row passes: where no row does, that is the answer.
    `values` is an expression that writes for eyes what a row holds; it is asked only by who wants to see values.
    """

    table: Name
    source: str
    predicate: str
    key: str
    show: str
    within: str | None = None
    values: str | None = None


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Ask how many groups of rows share the values of `terms` (with their new collations), and which rows."""

    table: Name
    source: str
    terms: tuple[str, ...]
    where: str
    key: str
    show: str
    values: str | None = None


@dataclass(frozen=True, slots=True)
class Orphans:
    """Ask how many rows of `source` satisfy `predicate`: a key whose parent row is missing.

    `predicate` holds the correlated NOT EXISTS that looks for the parent row.
    """

    table: Name
    source: str
    predicate: str
    key: str
    show: str
    values: str | None = None


Question = RowCount | HasRows | Violations | Duplicates | Orphans


@dataclass(frozen=True, slots=True)
class Sample:
    """How much of the rows in the way is kept for eyes: up to `keys` keys of each answer, and `values` beside them."""

    keys: int = 5
    values: bool = False


A_FEW = Sample()


@dataclass(frozen=True, slots=True)
class Answer:
    """`count` rows (or groups, for duplicates, with `rows` rows in them); `keys` are a few of them, for eyes.

    `values` are what those hold, one text for each key: only where they were asked for, else ().
    """

    count: int
    keys: tuple[str, ...] = ()
    rows: int = 0
    error: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weight:
    """How many bytes a table takes in the file, and its indexes, those of its constraints among them."""

    table: int = 0
    indexes: int = 0

    def __add__(self, other: Weight) -> Weight:
        """Give what both weigh together."""
        return Weight(self.table + other.table, self.indexes + other.indexes)

    @property
    def both(self) -> int:
        """Table and indexes together."""
        return self.table + self.indexes


@dataclass(frozen=True, slots=True)
class Storage:
    """What the file, its disk and this machine are like. Sizes are in bytes, None where they cannot be known.

    `size` is that of the file, `unused` what of it is on the free list; `wal` and `erases` (secure_delete) say what
    is logged. `free` is free where the file lies, `elsewhere` where its backup goes if that is another disk. `copied`
    says whether a backup is taken (None: not decided yet). `weights` are those of the tables that are rewritten, by
    their folded new names; `pace` is how slow this machine is, beside the one on which estimates were made.
    """

    size: int = 0
    unused: int = 0
    wal: bool = False
    erases: bool = False
    free: int | None = None
    elsewhere: int | None = None
    copied: bool | None = None
    weights: Mapping[str, Weight] = field(default_factory=dict)
    pace: float = 1.0


@dataclass(frozen=True, slots=True)
class Look:
    """A look at every row of `source`: none may satisfy `predicate`. `table` is the live name of theirs."""

    table: Name
    source: str
    predicate: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The answers, by question, and what the file itself is like.

    The questions in `put_off` were not asked: the answer supposes that no row is in the way, and is to be proven.
    """

    answers: dict[Question, Answer] = field(default_factory=dict)
    storage: Storage = Storage()
    put_off: frozenset[Question] = frozenset()

    def __getitem__(self, question: Question) -> Answer:
        """Give the answer to a question that was asked."""
        return self.answers[question]

    def rule_out(self, look: Look) -> bool:
        """Say whether this very look at the rows was taken, and found none."""
        found = (
            answer
            for question, answer in self.answers.items()
            if isinstance(question, Violations)
            and question not in self.put_off
            and (question.table, question.source, question.predicate) == (look.table, look.source, look.predicate)
        )
        return any(not answer.count and answer.error is None for answer in found)

    def supposing(self, questions: frozenset[Question]) -> Facts:
        """Give the same with questions that were put off."""
        supposed = dict.fromkeys(questions, Answer(0))
        return replace(self, answers=self.answers | supposed, put_off=self.put_off | questions)

    def get(self, question: Question) -> Answer | None:
        """Give the answer to a question, or None where it was not asked."""
        return self.answers.get(question)

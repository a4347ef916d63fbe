"""One case of the corpus: a folder that says what was, what is wanted, and what must come of it.

before.sql           the live schema, as some other tool wrote it
rows.sql             its rows, with gaps and high-water marks; no case without rows
schema.yaml          what is wanted
after.expected.sql   the same, written by hand as plain SQL: the oracle (left out where nothing changes)
case.toml            why the case is there, and everything that is not SQL; its keys are the fields of `Case`
plan.txt             golden: what `reconcile plan` says; written by `pytest tests/corpus --update`
plan.3.53.txt        the same from SQLite 3.53 on, where that is not the same: ALTER does more there
"""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from oracle import HISTORY

CASES = Path(__file__).parent / "cases"
NEWER = "plan.3.53.txt"
FILES = frozenset(f"before.sql rows.sql schema.yaml after.expected.sql case.toml plan.txt {NEWER}".split())
ENDS = ("applied", "in sync", "blocked", "refused", "invalid")


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a case says; the defaults are the usual."""

    folder: Path
    features: tuple[str, ...]  # what reconcile carries: docs/ lists these with the case that shows them
    why: str  # the quirk of SQLite, or the failure of a peer, that it pins
    ends: str = "applied"  # or "in sync" (no change), "blocked" (exit 3), "invalid" (65), "refused" (3 or 65)
    says: tuple[str, ...] = ()  # what the plan's text must contain
    silent: tuple[str, ...] = ()  # what it must not contain
    args: tuple[str, ...] = ()  # given to plan and to apply
    managed: bool = False  # taken over first: what schema.yaml leaves out is a drop, not unmanaged
    drift: str = ""  # SQL that somebody runs after the take-over
    crlf: bool = False  # before.sql and after.expected.sql are run with CRLF line ends
    functions: Mapping[str, int] = field(default_factory=dict)  # the application's own: name -> arguments
    collations: tuple[str, ...] = ()  # the application's own
    column_order: bool = False  # judge the order of columns, too
    history: str = HISTORY  # the table in which applied changes are recorded
    fresh: tuple[str, ...] = ()  # tables (with their shadows) whose rows are made anew
    tables: Mapping[str, str] = field(default_factory=dict)  # new name -> old name
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # table -> column -> from the old row
    holds: tuple[str, ...] = ()  # SELECTs that give 1 afterwards
    works: tuple[str, ...] = ()  # statements that succeed afterwards, foreign keys on
    fails: tuple[str, ...] = ()  # statements that fail afterwards, foreign keys on

    def __str__(self) -> str:
        return self.folder.name

    @property
    def changes(self) -> bool:
        return self.ends == "applied"

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    @property
    def before(self) -> str:
        return self._script("before.sql")

    @property
    def after(self) -> str:
        """Give the oracle's script; where nothing changes, the schema before is the one after."""
        present = (self.folder / "after.expected.sql").exists()
        return self._script("after.expected.sql") if present else self.before + self.drift

    def _script(self, name: str) -> str:
        text = self.text(name)
        return text.replace("\n", "\r\n") if self.crlf else text

    def connect(self, path: Path | str) -> sqlite3.Connection:
        """Open a database as the application does: with its own functions and collations."""
        connection = sqlite3.connect(path, isolation_level=None)
        for name, arguments in self.functions.items():
            connection.create_function(name, arguments, _own_function, deterministic=True)
        for name in self.collations:
            connection.create_collation(name, _own_collation)
        return connection

    def build(self, path: Path | str, *scripts: str) -> None:
        connection = self.connect(path)
        try:
            for script in scripts:
                connection.executescript(script)
        finally:
            connection.close()

    def probe(self, connection: sqlite3.Connection) -> list[str]:
        """Try what must hold, work and fail; each statement on a copy of its own."""
        complaints = []
        for sql in self.holds:
            try:
                answer = connection.execute(sql).fetchone()
            except sqlite3.Error as error:
                answer = (error,)
            if answer is None or answer[0] != 1:
                complaints.append(f"does not hold: {sql}\n      it gives {answer!r}")
        for sql in self.works:
            error = self._try(connection, sql)
            complaints += [f"should work: {sql}\n      {error}"] if error else []
        complaints += [f"should fail: {sql}" for sql in self.fails if self._try(connection, sql) is None]
        return complaints

    def _try(self, connection: sqlite3.Connection, sql: str) -> sqlite3.Error | None:
        copy = self.connect(":memory:")
        try:
            connection.backup(copy)
            copy.execute("PRAGMA foreign_keys = ON")
            copy.execute(sql).fetchall()
        except sqlite3.Error as error:
            return error
        else:
            return None
        finally:
            copy.close()


def load(folder: Path) -> Case:
    try:
        said = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{folder.name}/case.toml: {error}") from error
    listed = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    case = Case(folder, **listed)
    if unknown := {path.name for path in folder.iterdir()} - FILES:
        raise ValueError(f"{case}: what is {', '.join(sorted(unknown))} for?")
    if case.ends not in ENDS:
        raise ValueError(f"{case}: ends = {case.ends!r} is none of {ENDS}")
    return case


def load_all() -> list[Case]:
    return [load(folder) for folder in sorted(CASES.iterdir()) if folder.is_dir()]


def _own_function(*arguments: object) -> object:
    return arguments[0] if arguments else None


def _own_collation(left: str, right: str) -> int:
    return (left > right) - (left < right)

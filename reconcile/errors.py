"""The whole error tree on one page.

    ReconcileError                what happened, where, what state the data is in, what to do
    ├── UsageError                the command line or the configuration is wrong
    ├── SchemaFileError           schema.yaml (or .sql) is not valid: every problem at once
    ├── DatabaseFileError         the database is missing, a directory, or no database
    ├── DamagedError              the database was damaged before we began
    ├── BusyError                 no lock within the time to wait
    ├── BlockedError              consent is missing, or rows break the new schema
    ├── StaleError                the database or schema.yaml changed since the plan
    ├── VerificationError         a proof did not hold; the previous state is back
    ├── FailedError               reading, writing or SQLite failed
    ├── InterruptedByUserError    Ctrl-C or a signal
    └── BugError                  our own mistake, caught by our own guards

Only ``cli/exit.py`` knows exit codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class DataState(Enum):
    """What state the data is in when an error reaches the user."""

    UNTOUCHED = "nothing was changed"
    ROLLED_BACK = "everything was rolled back; the database is as it was before"
    RESTORED = "the previous state was put back"
    COMMITTED = "the change is committed"
    NEEDS_YOU = "the state of the database could not be read back; look at it before you go on"


class ReconcileError(Exception):
    """Base of every error that reconcile raises on purpose.

    `code` is stable and machine-readable, `message` says what happened, `place` where (``file:line:column``,
    ``table.column`` or a path), `hint` what to do, `data` what state the data is in.
    """

    default_code = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        place: str | None = None,
        hint: str | None = None,
        data: DataState = DataState.UNTOUCHED,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.place = place
        self.hint = hint
        self.data = data

    def __str__(self) -> str:
        """Give the message with its place, as one line."""
        return f"{self.place}: {self.message}" if self.place else self.message


class UsageError(ReconcileError):
    """The command line, or the configuration, does not say something that can be done."""

    default_code = "usage"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a schema file, with the place that a reader should look at.

    `line` and `column` count from 1; `source` is the line itself, without its line end.
    """

    message: str
    file: str
    line: int
    column: int
    source: str
    help: str | None = None

    def __str__(self) -> str:
        """Give ``file:line:column: message``."""
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class SchemaFileError(ReconcileError):
    """A schema file is not valid; `problems` holds every mistake found, in the order of the file."""

    default_code = "schema-invalid"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(first.message + more, place=f"{first.file}:{first.line}:{first.column}", hint=first.help)
        self.problems = problems


class DatabaseFileError(ReconcileError):
    """The path leads to no database: missing, a directory, or another kind of file."""

    default_code = "no-database"


class DamagedError(ReconcileError):
    """The database was damaged before we began."""

    default_code = "damaged"


class BusyError(ReconcileError):
    """Another connection held the lock for longer than we were told to wait."""

    default_code = "busy"


class BlockedError(ReconcileError):
    """The plan may not run: consent is missing, or rows break the new schema.

    `plan` is the blocked plan (typed as object here, because errors stand below every floor).
    """

    default_code = "blocked"

    def __init__(self, message: str, *, plan: object = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.plan = plan


class StaleError(ReconcileError):
    """The database or schema.yaml is no longer what the plan was made from."""

    default_code = "stale"


class VerificationError(ReconcileError):
    """A proof did not hold before the commit; the previous state is back."""

    default_code = "verification-failed"


class FailedError(ReconcileError):
    """Reading, writing or SQLite failed; the real state was re-read and is reported."""

    default_code = "failed"


class InterruptedByUserError(ReconcileError):
    """Ctrl-C or a signal stopped the work."""

    default_code = "interrupted"


class BugError(ReconcileError):
    """A guard found that reconcile itself is wrong; please report it."""

    default_code = "bug"

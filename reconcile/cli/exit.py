"""How a command ends: the exit code for each error, and the message that says what to do.

=====  ================================================================================
0      done, or nothing to do
1      failed; the real state was re-read and is reported
2      changes pending (``check``, ``plan --exit-code``, ``diff``), or something to do (``health``, ``lint``)
3      blocked: consent is missing, or rows break the new schema; nothing changed
4      stale: the database or schema.yaml changed since the plan
5      busy: no lock within ``--wait``
6      verification failed; the previous state is back
7      the database was damaged before we began
64     wrong usage
65     schema.yaml is not valid
66     the database is missing, a directory, or not a database
130    interrupted; the state is reported
=====  ================================================================================
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from reconcile import __version__
from reconcile.cli.out import Out
from reconcile.errors import (
    BlockedError,
    BugError,
    BusyError,
    DamagedError,
    DatabaseFileError,
    FailedError,
    InterruptedByUserError,
    Problem,
    ReconcileError,
    SchemaFileError,
    StaleError,
    UsageError,
    VerificationError,
)
from reconcile.preview.printable import printable, width
from reconcile.preview.units import counted

DONE = 0
FAILED = 1
PENDING = 2
BLOCKED = 3
DAMAGED = 7
WRONG_USAGE = 64
INTERRUPTED = 130

_CODES: dict[type[ReconcileError], int] = {
    UsageError: WRONG_USAGE,
    SchemaFileError: 65,
    DatabaseFileError: 66,
    DamagedError: DAMAGED,
    BusyError: 5,
    BlockedError: BLOCKED,
    StaleError: 4,
    VerificationError: 6,
    FailedError: FAILED,
    InterruptedByUserError: INTERRUPTED,
    BugError: FAILED,
}

_SOURCE_AT_MOST = 120  # characters of a source line around its caret


def exit_code(error: BaseException) -> int:
    """Give the exit code of an error; whatever is not ours has failed."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), FAILED)


def as_document(error: ReconcileError) -> dict[str, object]:
    """Give an error as a document, for ``--json``: `data` says what state the data is in."""
    return {
        "format_version": 1,
        "status": "error",
        "exit_code": exit_code(error),
        "error": {
            "code": error.code,
            "message": error.message,
            "place": error.place,
            "hint": error.hint,
            "data": error.data.name.lower().replace("_", "-"),
        },
    }


def report(error: BaseException, out: Out) -> int:
    """Say on stderr what happened, where, what state the data is in and what to do; give the exit code."""
    out.live("")
    out.tell("\n".join(_told(error)))
    if isinstance(error, SchemaFileError) and out.environ.get("GITHUB_ACTIONS"):
        from reconcile.cli.github import annotate_problems  # noqa: PLC0415  of use in CI alone

        annotate_problems(error.problems, out)
    if out.environ.get("RECONCILE_DEBUG") == "1":
        import traceback  # noqa: PLC0415  a run that ends well has no use for it

        out.tell("".join(traceback.format_exception(error)).rstrip())
    return exit_code(error)


def _told(error: BaseException) -> Iterator[str]:
    if isinstance(error, SchemaFileError):
        yield from _problems(error.problems)
    elif isinstance(error, BugError):
        yield from _bug(error.message, error)
        yield f"  {_sentence(error.data.value)}"
    elif isinstance(error, ReconcileError):
        yield f"error: {printable(str(error))}"
        if not isinstance(error, UsageError):
            yield f"  {_sentence(error.data.value)}"
        if error.hint:
            yield f"  help: {printable(error.hint)}"
    elif isinstance(error, KeyboardInterrupt):
        yield "error: interrupted"
        yield f"  {_after_interrupt()}"
    elif _is_sqlite(error):
        yield f"error: SQLite failed: {printable(str(error))}{_sqlite_name(error)}"
        yield "  What was not committed is rolled back. To see where the database stands:  reconcile check"
    elif isinstance(error, OSError):
        where = f"{printable(str(error.filename))}: " if error.filename is not None else ""
        yield f"error: {where}{printable(error.strerror or str(error))}"
        yield "  To see where the database stands:  reconcile check"
    else:
        yield from _bug(f"{type(error).__name__}: {error}", error)


def _after_interrupt() -> str:
    connection = sys.modules.get("reconcile.database.connection")
    if connection is None or not connection.may_have_written():
        return "No database was changed."
    return "What was not finished was not kept. To see what is applied:  reconcile history"


def _bug(message: str, error: BaseException) -> Iterator[str]:
    yield f"error: this is a bug in reconcile {__version__}: {printable(message)}"
    if isinstance(error, ReconcileError) and error.hint:
        yield f"  help: {printable(error.hint)}"
    yield "  Please report it, with what you ran. RECONCILE_DEBUG=1 prints where it happened."
    if not isinstance(error, ReconcileError):
        yield "  To see where the database stands:  reconcile check"


def _problems(problems: tuple[Problem, ...]) -> Iterator[str]:
    for problem in problems:
        yield printable(str(problem))
        if problem.source:
            yield from pointed(problem.source, problem.column)
        if problem.help:
            yield f"  help: {printable(problem.help)}"
        yield ""
    files = ", ".join(dict.fromkeys(problem.file for problem in problems))
    yield f"{counted(len(problems), 'problem')} in {printable(files)}. Nothing was changed."


def pointed(source: str, column: int) -> Iterator[str]:
    """Give the source line, cut to what stands around the column, and a caret under it."""
    at = max(0, min(column - 1, len(source)))
    start = max(0, at - _SOURCE_AT_MOST // 2) if len(source) > _SOURCE_AT_MOST else 0
    end = start + _SOURCE_AT_MOST
    head = ("…" if start else "") + _shown(source[start:at])
    tail = _shown(source[at:end]) + ("…" if end < len(source) else "")
    yield f"    {head}{tail}".rstrip()
    yield f"    {' ' * width(head)}^"


def _shown(source: str) -> str:
    return printable(source.replace("\t", "    "))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _is_sqlite(error: BaseException) -> bool:
    """Say whether SQLite raised it, without loading sqlite3 only to say no."""
    module = sys.modules.get("sqlite3")
    return module is not None and isinstance(error, module.Error)


def _sqlite_name(error: BaseException) -> str:
    name = getattr(error, "sqlite_errorname", None)
    return f" ({name})" if name else ""

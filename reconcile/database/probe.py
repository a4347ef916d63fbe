"""Probe: answer a plan's questions about the rows, in SQL, one pass for all questions over the same rows."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import assert_never

from reconcile.database.guard import only_reading
from reconcile.model.facts import (
    A_FEW,
    Answer,
    Duplicates,
    Facts,
    HasRows,
    Orphans,
    Question,
    RowCount,
    Sample,
    Violations,
)

_AT_ONCE = 100  # predicates in one SELECT; SQLite's limit is 2,000 columns
_SHOWN = 1000  # bytes of the keys of one group: a million duplicates are not for eyes
# What an expression of the author's can do on some row; all else is about locks, the disk, memory or an interrupt.
_OF_AN_EXPRESSION = frozenset(
    {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_AUTH}
)


def answer(
    connection: sqlite3.Connection,
    questions: Iterable[Question],
    progress: Callable[[int, int], None] | None = None,
    sample: Sample = A_FEW,
) -> Facts:
    """Answer every question; an expression that fails on some row is itself an answer (`error`).

    `progress` is told (passes done, passes in all); `sample` says what of the offending rows is kept for eyes.
    """
    answers: dict[Question, Answer] = {}
    sources: dict[str, list[Violations | Orphans]] = defaultdict(list)
    counts: dict[str, RowCount] = {}
    groups: list[Duplicates] = []
    lone: list[HasRows] = []
    for question in dict.fromkeys(questions):
        match question:
            case Violations() | Orphans():
                sources[question.source].append(question)
            case RowCount():
                counts[question.table.key] = question
            case HasRows():
                lone.append(question)
            case Duplicates():
                groups.append(question)
            case _:
                assert_never(question)
    # Rows are counted on the way where there is a way: each row of such a source is one of its table.
    counted = {
        question.table.key: source
        for source, asked in reversed(sources.items())
        for question in asked
        if isinstance(question, Violations)
    }
    alone = [question for key, question in counts.items() if key not in counted]
    told = _Told(progress, len(sources) + len(alone) + len(groups))
    with only_reading(connection):
        for source, asked in sources.items():
            told.next()
            key = asked[0].table.key
            rows = counts.get(key) if counted.get(key) == source else None
            answers |= _over(connection, source, asked, rows, sample)
        for question in alone:
            told.next()
            answers[question] = _count(connection, question)
        for question in groups:
            told.next()
            answers[question] = _groups(connection, question, sample)
        for question in lone:
            counted_rows = answers.get(RowCount(question.table))
            answers[question] = Answer(min(1, counted_rows.count)) if counted_rows else _any(connection, question)
    return Facts(answers)


@dataclass(slots=True)
class _Told:
    """Tell how far the passes are."""

    progress: Callable[[int, int], None] | None
    total: int
    done: int = 0

    def next(self) -> None:
        """Say that the next pass begins."""
        if self.progress is not None:
            self.progress(self.done, self.total)
        self.done += 1


def _count(connection: sqlite3.Connection, question: RowCount) -> Answer:
    return Answer(connection.execute(f"SELECT count(*) FROM main.{question.table.quoted}").fetchone()[0])


def _any(connection: sqlite3.Connection, question: HasRows) -> Answer:
    query = f"SELECT EXISTS (SELECT 1 FROM main.{question.table.quoted})"
    return Answer(connection.execute(query).fetchone()[0])


def _over(
    connection: sqlite3.Connection,
    source: str,
    asked: list[Violations | Orphans],
    rows: RowCount | None,
    sample: Sample,
) -> dict[Question, Answer]:
    """Answer all questions over one source: first by the quick tests, then only where these let a row through."""
    out: dict[Question, Answer] = {}
    found = _tested(connection, source, [_quick(question) for question in asked], counting=rows is not None)
    if rows is not None:
        out[rows] = found["*"] if "*" in found else _count(connection, rows)
    slow: dict[str, list[str]] = defaultdict(list)
    for question in asked:
        if _quick(question) != question.predicate and found[_quick(question)].count:
            slow[_quick(question)].append(question.predicate)
    for test, predicates in slow.items():
        found |= _tested(connection, f"{source} WHERE ({test})", predicates)
    for question in asked:
        result = found.get(question.predicate, found[_quick(question)])
        shown = _shown(connection, question, sample) if result.count else ()
        keys, values = (tuple(row[0] for row in shown), tuple(row[1] for row in shown if len(row) > 1))
        out[question] = Answer(result.count, keys, error=result.error, values=values)
    return out


def _quick(question: Violations | Orphans) -> str:
    return question.within if isinstance(question, Violations) and question.within is not None else question.predicate


def _tested(
    connection: sqlite3.Connection, source: str, tests: list[str], *, counting: bool = False
) -> dict[str, Answer]:
    """Count, in one pass, the rows that each test is true of; under ``*`` all rows, where that is asked."""
    unique, out = list(dict.fromkeys(tests)), dict[str, Answer]()
    for start in range(0, len(unique), _AT_ONCE):
        some = unique[start : start + _AT_ONCE]
        columns = ["count(*)"] * counting + [f"count(*) FILTER (WHERE ({test}))" for test in some]
        names = ["*"] * counting + some
        counting = False
        try:
            found = connection.execute(f"SELECT {', '.join(columns)} FROM {source}").fetchone()
        except sqlite3.Error as error:
            if not _is_about_an_expression(error):
                raise
            if len(names) == 1:
                out[names[0]] = Answer(0, error=_said(error))
            else:  # one of them fails; which, is found by asking one at a time
                for test in some:
                    out |= _tested(connection, source, [test])
        else:
            out |= {name: Answer(count) for name, count in zip(names, found, strict=True)}
    return out


def _shown(
    connection: sqlite3.Connection, question: Violations | Orphans, sample: Sample
) -> tuple[tuple[str, ...], ...]:
    """Give a few rows for eyes: the key of each, and behind it what the row holds, where that is wanted."""
    wanted = [question.key, *([question.values] if sample.values and question.values else [])]
    found = f"FROM {question.source} WHERE ({question.predicate}) LIMIT {sample.keys:d}"
    query = f"SELECT {', '.join(map(_bytes, wanted))} {found}"
    return tuple(tuple(map(_text, row)) for row in connection.execute(query))


def _groups(connection: sqlite3.Connection, question: Duplicates, sample: Sample) -> Answer:
    where = f" WHERE {question.where}" if question.where else ""
    group = ", ".join(question.terms)
    groups = f"FROM {question.source}{where} GROUP BY {group} HAVING count(*) > 1"
    try:
        count, rows = connection.execute(
            f"SELECT count(*), total(n) FROM (SELECT count(*) AS n {groups})"  # total(): sum() of nothing is NULL
        ).fetchone()
        if not count:
            return Answer(0)
        joined = _bytes(f"group_concat({question.key}, ', ')")
        values = f", {_bytes(question.values)}" if sample.values and question.values else ""
        query = f"SELECT substr({joined}, 1, {_SHOWN + 1}){values} {groups} LIMIT {sample.keys:d}"
        found = connection.execute(query).fetchall()
        held = tuple(_text(row[1]) for row in found if values)
        return Answer(count, tuple(_cut(row[0]) for row in found), int(rows), values=held)
    except sqlite3.Error as error:
        if not _is_about_an_expression(error):
            raise
        return Answer(0, error=_said(error))


def _bytes(expression: str) -> str:
    """Ask for a key as bytes: text that is no UTF-8 would otherwise end the plan with an error."""
    return f"CAST({expression} AS BLOB)"


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _cut(value: object) -> str:
    """Leave out the keys of a group that nobody would read."""
    text = _text(value)
    whole = not isinstance(value, bytes) or len(value) <= _SHOWN
    return text if whole else f"{text[: text.rfind(', ')]}, …"


def _is_about_an_expression(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _OF_AN_EXPRESSION


def _said(error: sqlite3.Error) -> str:
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_AUTH:
        return "it may only read, and not recursively: a recursive query may never end"
    return str(error)

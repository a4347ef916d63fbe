"""Probe: answer a plan's questions about the rows, in SQL, one pass for all questions over the same rows."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import assert_never

from reconcile.model.facts import Answer, Duplicates, Facts, Orphans, Question, RowCount, Violations

_KEYS = 5
_AT_ONCE = 100  # predicates in one SELECT; SQLite's limit is 2,000 columns


def answer(
    connection: sqlite3.Connection,
    questions: Iterable[Question],
    progress: Callable[[int, int], None] | None = None,
    keys: int = _KEYS,
) -> Facts:
    """Answer every question; an expression that fails on some row is itself an answer (`error`).

    `progress` is told (passes done, passes in all); `keys` is how many offending keys are kept for each answer.
    """
    answers: dict[Question, Answer] = {}
    passes: dict[str, list[Violations | Orphans]] = defaultdict(list)
    single: list[RowCount | Duplicates] = []
    for question in questions:
        match question:
            case Violations() | Orphans():
                passes[question.source].append(question)
            case RowCount() | Duplicates():
                single.append(question)
            case _:
                assert_never(question)
    total = len(passes) + len(single)
    for done, (source, asked) in enumerate(passes.items()):
        if progress is not None:
            progress(done, total)
        for start in range(0, len(asked), _AT_ONCE):
            answers.update(_one_pass(connection, source, asked[start : start + _AT_ONCE], keys))
    for done, each in enumerate(single, len(passes)):
        if progress is not None:
            progress(done, total)
        answers[each] = _count(connection, each) if isinstance(each, RowCount) else _groups(connection, each, keys)
    return Facts(answers)


def _count(connection: sqlite3.Connection, question: RowCount) -> Answer:
    return Answer(connection.execute(f"SELECT count(*) FROM main.{question.table.quoted}").fetchone()[0])


def _one_pass(
    connection: sqlite3.Connection, source: str, asked: list[Violations | Orphans], keys: int
) -> dict[Question, Answer]:
    counts = ", ".join(f"count(CASE WHEN ({question.predicate}) THEN 1 END)" for question in asked)
    try:
        found = connection.execute(f"SELECT {counts} FROM {source}").fetchone()
    except sqlite3.OperationalError as error:
        if _is_about_the_file(error):
            raise
        if len(asked) == 1:
            return {asked[0]: Answer(0, error=str(error))}
        # One expression fails; which, is found by asking one at a time.
        out: dict[Question, Answer] = {}
        for question in asked:
            out.update(_one_pass(connection, source, [question], keys))
        return out
    return {
        question: Answer(count, _keys(connection, question, keys) if count else ())
        for question, count in zip(asked, found, strict=True)
    }


def _keys(connection: sqlite3.Connection, question: Violations | Orphans, keys: int) -> tuple[str, ...]:
    query = f"SELECT {question.key} FROM {question.source} WHERE ({question.predicate}) LIMIT {keys:d}"
    return tuple(_text(row[0]) for row in connection.execute(query))


def _groups(connection: sqlite3.Connection, question: Duplicates, keys: int) -> Answer:
    where = f" WHERE {question.where}" if question.where else ""
    group = ", ".join(question.terms)
    groups = f"FROM {question.source}{where} GROUP BY {group} HAVING count(*) > 1"
    try:
        count, rows = connection.execute(
            f"SELECT count(*), total(n) FROM (SELECT count(*) AS n {groups})"  # total(): sum() of nothing is NULL
        ).fetchone()
        if not count:
            return Answer(0)
        found = connection.execute(f"SELECT group_concat({question.key}, ', ') {groups} LIMIT {keys:d}")
        return Answer(count, tuple(_text(row[0]) for row in found), int(rows))
    except sqlite3.OperationalError as error:
        if _is_about_the_file(error):
            raise
        return Answer(0, error=str(error))


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _is_about_the_file(error: sqlite3.OperationalError) -> bool:
    """Say whether an error is about locks, the disk or an interrupt, and not about an expression."""
    return (error.sqlite_errorcode & 0xFF) != sqlite3.SQLITE_ERROR

"""What a script proves beside the plan's own proofs: all that apply makes sure of before and after, as SQL.

Each is a query that must give 1, as `Prove` says. What is counted before is kept in temporary tables until after.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconcile.diff.changes import Alter
from reconcile.model.facts import Duplicates, HasRows, Orphans, RowCount, Violations
from reconcile.model.reading import read_table
from reconcile.model.schema import ObjectKind, Schema
from reconcile.plan.closure import closure
from reconcile.plan.steps import Action, Method, Plan, Prove, Run
from reconcile.sql.names import Name, literal, quote

_AT_ONCE = 50  # predicates in one expression; SQLite's limit is a depth of 1,000


@dataclass(frozen=True, slots=True)
class Scratchpad:
    """The temporary names of one script: no table of the database may be called so."""

    prefix: str

    def __call__(self, what: str) -> str:
        """Give a temporary name, quoted, for a statement that reads or writes it."""
        return f"temp.{quote(self.prefix + what)}"


def scratchpad(taken: frozenset[str]) -> Scratchpad:
    """Choose a prefix with which no name begins."""
    prefix, number = "_reconcile_", 1
    while any(name.startswith(prefix) for name in taken):
        number += 1
        prefix = f"_reconcile{number}_"
    return Scratchpad(prefix)


def session(plan: Plan) -> Iterator[Prove]:
    """Prove that the session is what a plan's steps rely on: a pragma can be ignored without a word."""
    minor = plan.engine.version[1]
    yield Prove(
        f"SQLite is as new as the one that planned, {plan.engine.text}",
        f"SELECT sqlite_version() LIKE '3.%' AND CAST(substr(sqlite_version(), 3) AS INTEGER) >= {minor}",
    )
    yield Prove(
        "foreign keys are off, and so is all that changes what statements do",
        "SELECT (SELECT foreign_keys FROM pragma_foreign_keys) = 0"
        " AND (SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 0"
        " AND (SELECT writable_schema FROM pragma_writable_schema) = 0"
        " AND (SELECT recursive_triggers FROM pragma_recursive_triggers) = 0",
    )


def schema_seen(pad: Scratchpad, hidden: tuple[Name, ...]) -> Iterator[Run]:
    """Make what schemas are compared by: a view of the one that is there, and a table for those that should be."""
    names = ", ".join(literal(name.text) for name in hidden)
    yield Run(f"CREATE TABLE {pad('schema')} (moment, type, name, tbl_name, sql)")
    yield Run(
        f"CREATE VIEW {pad('live')} AS SELECT CASE WHEN type = 'table' AND sql LIKE 'CREATE VIRTUAL%'"
        " THEN 'virtual table' ELSE type END AS type, name, tbl_name, sql FROM main.sqlite_schema"
        " WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        f" AND tbl_name COLLATE NOCASE NOT IN ({names}) AND tbl_name COLLATE NOCASE NOT IN"
        " (SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow')"
    )


def schema_is(pad: Scratchpad, moment: str, schema: Schema, claim: str) -> Iterator[Action]:
    """Prove that the schema is this one, to the letter."""
    texts = ((moment, e.kind.value, e.name.text, e.table.text, e.sql) for e in schema.entries)
    rows = ",\n".join(f"  ({', '.join(map(literal, row))})" for row in texts)
    if rows:
        yield Run(f"INSERT INTO {pad('schema')} VALUES\n{rows}")
    said = f"SELECT type, name, tbl_name, sql FROM {pad('schema')} WHERE moment = {literal(moment)}"
    live = f"SELECT type, name, tbl_name, sql FROM {pad('live')}"
    yield Prove(claim, f"SELECT NOT EXISTS ({said} EXCEPT {live}) AND NOT EXISTS ({live} EXCEPT {said})")


def rows_fit(plan: Plan) -> Iterator[Prove]:
    """Prove that nothing has come in that would have stopped the plan, or asked for consent, when it was made."""
    passes: dict[tuple[Name, str], list[str]] = {}
    for question, answer in plan.facts.answers.items():
        if answer.count or answer.error is not None:
            continue
        table = question.table
        match question:
            case Violations() | Orphans():
                passes.setdefault((table, question.source), []).append(f"({question.predicate})")
            case Duplicates():
                where = f" WHERE {question.where}" if question.where else ""
                groups = f"FROM {question.source}{where} GROUP BY {', '.join(question.terms)} HAVING count(*) > 1"
                yield Prove(f"{table}: no two rows share a key that is to be unique", _none(f"SELECT 1 {groups}"))
            case RowCount() | HasRows():
                yield Prove(f"{table}: still empty", _none(f"SELECT 1 FROM main.{table.quoted}"))
    for (table, source), predicates in passes.items():
        for start in range(0, len(predicates), _AT_ONCE):
            found = " OR ".join(predicates[start : start + _AT_ONCE])
            claim = f"{table}: no row has come in that the plan was not made for"
            yield Prove(claim, _none(f"SELECT 1 FROM {source} WHERE {found}"))


def counted_before(pad: Scratchpad, plan: Plan, *, keys: frozenset[Name]) -> Iterator[Run]:
    """Count the rows, and for tables in `keys` the broken foreign keys, of every table that the plan could touch."""
    yield Run(f"CREATE TABLE {pad('rows')} (name PRIMARY KEY, number)")
    for table in closure(plan):
        old = plan.renames.old_table(table)
        if plan.actual.find(ObjectKind.TABLE, old) is not None:
            count = f"SELECT {literal(table.key)}, count(*) FROM main.{old.quoted}"
            yield Run(f"INSERT INTO {pad('rows')} {count}")
    if keys:
        yield Run(f"CREATE TABLE {pad('keys')} (child, parent, columns, broken)")
        for table in sorted(keys):
            yield Run(f"INSERT INTO {pad('keys')} {_broken(table, plan.renames.old_table(table), plan)}")


def kept_after(pad: Scratchpad, plan: Plan, *, keys: frozenset[Name]) -> Iterator[Prove]:
    """Prove that no row went, that no foreign key is broken that was whole, and that rebuilt tables are sound."""
    for table in closure(plan):
        if plan.target.find(ObjectKind.TABLE, table) is None:
            continue
        if plan.actual.find(ObjectKind.TABLE, plan.renames.old_table(table)) is not None:
            before = f"SELECT number FROM {pad('rows')} WHERE name = {literal(table.key)}"
            claim = f"{table}: as many rows as before the script"
            yield Prove(claim, f"SELECT (SELECT count(*) FROM main.{table.quoted}) = ({before})")
    for table in sorted(keys):
        if plan.target.find(ObjectKind.TABLE, table) is not None:
            worst = f"SELECT coalesce(max(broken), 0) FROM {pad('keys')} AS was WHERE was.child = now.child"
            worst += " AND was.parent = now.parent AND was.columns = now.columns"
            found = f"SELECT 1 FROM ({_broken(table, table, None)}) AS now WHERE now.broken > ({worst})"
            yield Prove(f"{table}: no foreign key is broken that was whole", _none(found))
    for work in plan.works:
        if work.method is Method.REBUILD and isinstance(work.change, Alter):
            yield _sound(work.change.entries.new.name, plan)


def _none(query: str) -> str:
    return f"SELECT NOT EXISTS ({query}\n)"


def _broken(child: Name, called: Name, plan: Plan | None) -> str:
    """Write the query for the broken foreign keys of a table, by parent and columns, under the names of after."""
    tables = {pair.old.text: pair.new.key for pair in plan.renames.tables} if plan else {}
    renamed = [each for each in plan.renames.columns if each.table == child] if plan else []
    columns = {each.names.old.text: each.names.new.key for each in renamed}
    own = f"SELECT {_renamed(quote('from'), columns)} AS c FROM pragma_foreign_key_list({literal(called.text)})"
    return (
        f"SELECT {literal(child.key)} AS child, {_renamed('v.parent', tables)} AS parent,"
        f" (SELECT group_concat(c, char(0)) FROM ({own} WHERE id = v.fkid ORDER BY seq)) AS columns,"
        f" count(*) AS broken FROM pragma_foreign_key_check({literal(called.text)}) AS v GROUP BY v.parent, v.fkid"
    )


def _renamed(expression: str, names: dict[str, str]) -> str:
    """Write the new folded name of what is called so now."""
    whens = "".join(f" WHEN {literal(old)} THEN {literal(new)}" for old, new in names.items())
    return f"CASE {expression} COLLATE NOCASE{whens} ELSE lower({expression}) END" if whens else f"lower({expression})"


def _sound(table: Name, plan: Plan) -> Prove:
    """Prove that quick_check finds nothing. SQLite 3.40 reports NULLs in sound rows of WITHOUT ROWID tables."""
    wrong = "quick_check <> 'ok'"
    entry = plan.target.find(ObjectKind.TABLE, table)
    found = read_table(entry) if entry is not None else None
    for column in found.columns if found is not None and found.without_rowid else ():
        line = literal(f"NULL value in {table}.{column.name}")
        null = f"SELECT 1 FROM main.{table.quoted} AS t WHERE +t.{column.name.quoted} IS NULL"
        wrong += f" AND (quick_check <> {line} OR EXISTS ({null}))"
    query = f"SELECT 1 FROM pragma_quick_check({literal(table.text)}, 'main') WHERE {wrong}"
    return Prove(f"{table}: quick_check finds nothing", _none(query))

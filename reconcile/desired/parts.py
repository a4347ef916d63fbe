"""Entries of a schema -> values of schema.yaml, as a person would write them.

What is written is read again at once, each table with all that belongs to it: a table that its parts do not give back
is written as the whole statement, and what cannot be given back at all is refused by name. Nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reconcile.desired import compose
from reconcile.desired.declare import declare
from reconcile.desired.emit import Flow, Value, entry
from reconcile.desired.guard import Refused, balanced, blank
from reconcile.desired.load import load
from reconcile.errors import FailedError, SchemaFileError
from reconcile.model.reading import read_body, read_index, read_table
from reconcile.model.schema import Entry, ObjectKind
from reconcile.model.table import Check, Column, Constraint, ForeignKey, Table, Unique
from reconcile.sql.clauses import Clause, CreateIndex, CreateOther, CreateTable, Kind
from reconcile.sql.create import read, read_table_constraint
from reconcile.sql.cursor import Unreadable
from reconcile.sql.names import unquote
from reconcile.sql.text import folded, one_line
from reconcile.sql.tokens import tokens

_Parts = dict[str, Value]


def table_value(table: Entry, owned: Iterable[Entry], *, strict: bool) -> Value:
    """Write a table by its parts or, where these do not give it back, by its statement.

    `strict` says what the file says of tables that do not say it themselves.
    """
    owned = list(owned)
    belonging = _indexes_and_triggers(owned)
    described = read_or_none(table) if table.kind is ObjectKind.TABLE else None
    if described is not None:
        parts = _columns(described.text) | _constraints(described.text) | belonging
        parts |= _options(described, strict_is_default=strict)
        if _gives_back("tables", parts, [table, *owned], strict=strict) is None:
            return parts
    whole: _Parts = {"sql": table.sql.strip(), **belonging}
    _wanted(_gives_back("tables", whole, [table, *owned], strict=strict))
    return whole


def view_value(view: Entry, owned: Iterable[Entry]) -> Value:
    """Write a view: its SELECT alone, or a mapping where more belongs to it."""
    owned = list(owned)
    text = _other(view)
    sql, columns = _tidy(text.body.of(text.source)), tuple(map(unquote, text.columns))
    belonging = _indexes_and_triggers(owned)
    parts: _Parts = {"sql": sql, **({"columns": Flow(columns)} if columns else {}), **belonging}
    value: Value = parts if columns or belonging else sql
    _wanted(_gives_back("views", value, [view, *owned]))
    return value


def column_value(column: Column) -> str:
    """Write what stands after a column's name."""
    return one_line(column.definition).strip()


def constraint_value(constraint: Constraint) -> tuple[str, str | None, Flow | str]:
    """Write a constraint: the key of a table that it belongs to, its name, and its definition."""
    clause = read_table_constraint(constraint.written)
    match constraint:
        case Unique():
            return "unique", _called(clause), _key(clause, constraint.written)
        case ForeignKey():
            return "foreign_keys", _called(clause), _from_parenthesis(clause, constraint.written)
        case Check():
            return "checks", _called(clause), _check(clause, "")


def index_value(index: Entry) -> Value:
    """Write an index: its columns, or a mapping where it is unique."""
    text = _readable(index)
    if not isinstance(text, CreateIndex):
        raise _not_expressible(index)
    terms = _line(text.tail.of(text.source))
    return Flow({"unique": True, "sql": terms}) if text.unique else terms


def trigger_value(trigger: Entry) -> str:
    """Write a trigger without its name and its table."""
    text = _other(trigger)
    try:
        return _tidy(compose.trigger(blank(text.source, text.name_span.end)).text)
    except Refused:
        raise _not_expressible(trigger) from None


def read_or_none(table: Entry) -> Table | None:
    """Read a table; give None for a text that our reader does not know."""
    try:
        return read_table(table)
    except Unreadable:
        return None


def _columns(text: CreateTable) -> _Parts:
    return {
        "columns": {
            unquote(column.name): one_line(column.definition.of(text.source)).strip() for column in text.columns
        }
    }


def _constraints(text: CreateTable) -> _Parts:
    """Give the table's constraints by their keys. Those written on a column stay in its definition."""
    kinds = {clause.kind: [c for c in text.constraints if c.kind is clause.kind] for clause in text.constraints}
    out: _Parts = {}
    for clause in kinds.get(Kind.PRIMARY_KEY, []):
        key, called = _key(clause, text.source), _called(clause)
        out["primary_key"] = key if called is None else {called: key}
    for title, kind, body in (
        ("unique", Kind.UNIQUE, _key),
        ("foreign_keys", Kind.FOREIGN_KEY, _from_parenthesis),
        ("checks", Kind.CHECK, _check),
    ):
        if clauses := kinds.get(kind):
            out[title] = _listed(clauses, body, text.source)
    return out


def _listed(clauses: list[Clause], body: Callable[[Clause, str], Flow | str], source: str) -> Value:
    """Give constraints as a mapping where each has a name of its own, else as a list."""
    names = [_called(clause) for clause in clauses]
    bodies = [body(clause, source) for clause in clauses]
    if None not in names and len(set(names)) == len(names):
        return {called or "": text for called, text in zip(names, bodies, strict=True)}
    return [text if called is None else {called: text} for called, text in zip(names, bodies, strict=True)]


def _called(clause: Clause) -> str | None:
    return unquote(clause.names[-1]) if clause.names else None


def _key(clause: Clause, source: str) -> Flow | str:
    plain = not clause.conflict and not clause.autoincrement
    if plain and all(term.column and not term.collation and not term.order for term in clause.terms):
        return Flow([term.column.text for term in clause.terms if term.column])
    return _from_parenthesis(clause, source)


def _from_parenthesis(clause: Clause, source: str) -> str:
    text = clause.span.of(source)
    return _line(text[next(token.start for token in tokens(text) if token.word == "(") :])


def _line(text: str) -> str:
    """Put what starts with a parenthesis on one line, with none of the space that was an indentation."""
    line = one_line(text)
    closing = next(token for token, depth in balanced(tokens(line)) if depth == 0 and token.word == ")")
    return f"({line[1 : closing.start].strip(' ')}{line[closing.start :]}"


def _check(clause: Clause, _: str) -> str:
    return one_line(clause.expression or "")


def _options(table: Table, *, strict_is_default: bool) -> _Parts:
    strict: _Parts = {} if table.strict == strict_is_default else {"strict": table.strict}
    return strict | ({"without_rowid": True} if table.without_rowid else {})


def _indexes_and_triggers(owned: list[Entry]) -> _Parts:
    indexes = {e.name.text: index_value(e) for e in owned if e.kind is ObjectKind.INDEX}
    triggers = {e.name.text: trigger_value(e) for e in owned if e.kind is ObjectKind.TRIGGER}
    out: _Parts = {"indexes": indexes} if indexes else {}
    return out | ({"triggers": triggers} if triggers else {})


def _other(one: Entry) -> CreateOther:
    text = _readable(one)
    if not isinstance(text, CreateOther):
        raise _not_expressible(one)
    return text


def _readable(one: Entry) -> object:
    try:
        return read(one.sql)
    except Unreadable:
        raise _not_expressible(one) from None


def _tidy(text: str) -> str:
    """Take white space off the ends of lines, unless a string would change with it."""
    tidied = "\n".join(line.rstrip(" \t\r") for line in text.split("\n"))
    return tidied if folded(tidied) == folded(text) else text


def _gives_back(section: str, value: Value, entries: list[Entry], *, strict: bool = False) -> Entry | None:
    """Read the value as a schema file; give the first of `entries` that does not come out again."""
    # The application may keep a table under the name that our history has where nothing is said.
    history = "h" if entries[0].name.key[:1] != "h" else "i"
    top = ["version: 1", f"history_table: {history}", *(["strict: true"] if strict else []), f"{section}:"]
    text = "\n".join([*top, *entry(entries[0].name.text, value, 2)])
    try:
        draft = declare(load(text, "schema.yaml"), "")
    except (SchemaFileError, Unreadable):
        return entries[0]
    found = {(fragment.kind, fragment.name): fragment.sql for fragment in draft.fragments}
    for one in entries:
        sql = found.pop((one.kind, one.name), None)
        if sql is None or _meaning(one) != _meaning(Entry(one.kind, one.name, one.table, sql)):
            return one
    return entries[0] if found else None


def _meaning(one: Entry) -> object:
    """Give what must be the same again: texts by their tokens, a table in any order of its clauses."""
    if one.kind is ObjectKind.INDEX:
        return read_index(one)
    if one.kind is ObjectKind.VIEW:
        return read_body(one)
    if one.kind is ObjectKind.TRIGGER:
        return folded(trigger_value(one))
    table = read_or_none(one) if one.kind is ObjectKind.TABLE else None
    if table is None:
        return folded(one.sql)
    # A file holds constraints by kind; among those of one kind the order stays.
    constraints = tuple(sorted(table.constraints, key=lambda constraint: type(constraint).__name__))
    return (table.name, table.columns, table.primary_key, constraints, table.strict, table.without_rowid)


def _wanted(lost: Entry | None) -> None:
    if lost is not None:
        raise _not_expressible(lost)


_AS_SQL = "write it as SQL instead:   reconcile inspect DB --format sql -o schema.sql   and please report it"


def _not_expressible(one: Entry) -> FailedError:
    message = f"{one.kind.value} {one.name.text} cannot be written in schema.yaml so that it comes back the same"
    return FailedError(message, hint=_AS_SQL)

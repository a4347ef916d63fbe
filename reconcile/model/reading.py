"""Entry -> what it means. Cached by text: an unchanged object is read at most once, and mostly never."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

from reconcile.model.schema import Entry
from reconcile.model.table import Check, Column, Constraint, ForeignKey, Generated, KeyTerm, PrimaryKey, Table, Unique
from reconcile.model.types import affinity, folded_type, strict_affinity
from reconcile.sql.clauses import Clause, ColumnText, CreateIndex, CreateOther, CreateTable, Kind, Term
from reconcile.sql.columns import unnamed
from reconcile.sql.create import Unreadable, read
from reconcile.sql.names import Name, fold, literal, name, unquote
from reconcile.sql.text import NO_NAMES, SqlText, exact_text, expression, sql_text
from reconcile.sql.tokens import tokens

BINARY = name("BINARY")
_CONSTANTS = frozenset({"NULL", "TRUE", "FALSE", "CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP"})


@dataclass(frozen=True, slots=True)
class IndexTerm:
    """One term of an index: the expression by its tokens, collation (None: the column's own) and direction.

    `written` is the expression with its COLLATE, as it stands.
    """

    expression: SqlText
    column: Name | None = field(compare=False)
    collation: Name | None
    descending: bool
    written: str = field(compare=False, default="")


@dataclass(frozen=True, slots=True)
class Index:
    """What a CREATE INDEX means."""

    name: Name
    table: Name
    unique: bool
    terms: tuple[IndexTerm, ...]
    where: SqlText | None
    text: CreateIndex = field(compare=False)


@dataclass(frozen=True, slots=True)
class Body:
    """What a view, trigger or virtual table means: its column list, the rest of its head, and its body.

    `unnamed` are the texts that are the names of a view's columns, where neither the list nor an alias gives one.

    Views and virtual tables compare by exact spelling: it shows in the names of their columns, and a module reads
    its arguments as it likes. Triggers compare by folded tokens.
    """

    name: Name
    kind: str
    table: Name | None
    columns: tuple[Name, ...]
    head: SqlText
    body: SqlText
    text: CreateOther = field(compare=False)
    unnamed: tuple[str, ...] = ()


def read_table(entry: Entry) -> Table:
    """Read a table's entry; raise `Unreadable` where its text is not understood."""
    return _table(entry.sql)


def read_index(entry: Entry, known: frozenset[str] = NO_NAMES) -> Index:
    """Read an index's entry; `known` holds the folded column names of its table."""
    return _index(entry.sql, known)


def read_body(entry: Entry) -> Body:
    """Read a view, trigger or virtual table."""
    return _body(entry.sql)


def mentions(text: str, names: frozenset[str]) -> frozenset[str]:
    """Give those of the folded `names` that stand as identifiers somewhere in `text`."""
    found = {fold(unquote(token.text)) for token in tokens(text) if token.kind in ("word", "quoted")}
    return names & found


@lru_cache(maxsize=32768)
def _table(sql: str) -> Table:
    text = read(sql)
    if not isinstance(text, CreateTable):
        raise Unreadable("this is no CREATE TABLE", 0)
    options = {" ".join(option.upper().split()) for option in map(_no_comments, text.options)}
    reader = _Reader(text, strict="STRICT" in options, without_rowid="WITHOUT ROWID" in options)
    return reader.table()


def _no_comments(option: str) -> str:
    return " ".join(token.text for token in tokens(option))


@lru_cache(maxsize=32768)
def _index(sql: str, known: frozenset[str]) -> Index:
    text = read(sql)
    if not isinstance(text, CreateIndex):
        raise Unreadable("this is no CREATE INDEX", 0)
    terms = tuple(_index_term(term, known) for term in text.terms)
    where = expression(text.where, known) if text.where else None
    return Index(name(unquote(text.name)), name(unquote(text.table)), text.unique, terms, where, text)


def _index_term(term: Term, known: frozenset[str]) -> IndexTerm:
    if term.collation is None:
        return IndexTerm(expression(term.expression, known), term.column, None, term.order == "DESC", term.expression)
    # COLLATE binds closer than any operator: `(a = b) COLLATE NOCASE` is not `a = b COLLATE NOCASE`.
    text = sql_text(term.expression, known)
    written = f"{term.expression} COLLATE {term.collation}"
    return IndexTerm(text, term.column, name(unquote(term.collation)), term.order == "DESC", written)


@lru_cache(maxsize=32768)
def _body(sql: str) -> Body:
    text = read(sql)
    if not isinstance(text, CreateOther):
        raise Unreadable("this is no view, trigger or virtual table", 0)
    columns = tuple(name(unquote(column)) for column in text.columns)
    table = name(unquote(text.table)) if text.table else None
    body = text.body.of(sql)
    match text.kind:
        case "VIEW":
            # The column list by its exact spelling: applications read rows by it.
            head = SqlText(text.head_rest, tuple(column.text for column in columns))
            meaning = exact_text(body)
        case "TRIGGER":
            head, meaning = _trigger_head(text.head_rest), _trigger_body(body)
        case _:
            head, meaning = sql_text(text.head_rest), _module(body)
    named_by_text = unnamed(body) if text.kind == "VIEW" and not columns else ()
    return Body(name(unquote(text.name)), text.kind, table, columns, head, meaning, text, named_by_text)


def _trigger_head(text: str) -> SqlText:
    """Read ``BEFORE UPDATE OF b, a``: BEFORE is the default, and the order of the columns means nothing."""
    words = sql_text(text).key
    if words[:1] in (("insert",), ("update",), ("delete",)):
        words = ("before", *words)
    columns = words.index("update") + 2 if "update" in words else len(words)  # behind OF
    listed = sorted({fold(unquote(word)) for word in words[columns:] if word != ","})
    return SqlText(text, (*words[:columns], *listed))


def _trigger_body(text: str) -> SqlText:
    """Read what follows a trigger's table, without FOR EACH ROW: there is no other kind."""
    words = list(sql_text(text).key)
    if words[:3] == ["for", "each", "row"]:
        del words[:3]
    spelled = [token.text for token in tokens(text)]
    shift = len(spelled) - len(words)
    for place, word in enumerate(words):
        # RAISE(ABORT, Sorry) says 'Sorry': a bare word is a string here, and its case counts.
        if word == "raise" and words[place + 1 : place + 2] == ["("] and words[place + 3 : place + 4] == [","]:
            message = spelled[place + 4 + shift]
            words[place + 4] = message if message.startswith("'") else literal(unquote(message))
    return SqlText(text.strip(), tuple(words))


def _module(text: str) -> SqlText:
    """Read ``USING module(…)``: the module's name folds, its arguments are the module's own affair."""
    found = exact_text(text)
    return SqlText(found.text, tuple(map(fold, found.key[:1])) + found.key[1:])


def _default(text: str) -> SqlText:
    """Read a DEFAULT, in which a bare or quoted word is a string: ``foo`` is 'foo', and not 'Foo'."""
    words = tokens(text)
    only = words[0] if len(words) == 1 else None
    if only is None or only.kind not in ("word", "quoted") or only.word in _CONSTANTS:
        return expression(text)
    return SqlText(text, (literal(unquote(only.text)),))


class _Reader:
    """Reads one CREATE TABLE; an object only because every part needs the table's column names."""

    def __init__(self, text: CreateTable, *, strict: bool, without_rowid: bool) -> None:
        self.text = text
        self.strict = strict
        self.without_rowid = without_rowid
        self.columns = frozenset(fold(unquote(column.name)) for column in text.columns)
        self.collations = {fold(unquote(column.name)): _collation(column) for column in text.columns}

    def table(self) -> Table:
        columns = tuple(self._column(column) for column in self.text.columns)
        constraints: list[Constraint] = []
        for column in self.text.columns:
            home = name(unquote(column.name))
            constraints += self._constraints(column.clauses, home)
        constraints += self._constraints(self.text.constraints, None)
        key = self._primary_key()
        if key is not None and (self.without_rowid or (self.strict and key.rowid_alias is None)):
            columns = _not_null_keys(columns, key)
        return Table(
            name(unquote(self.text.name)), columns, key, tuple(constraints), self.strict, self.without_rowid, self.text
        )

    def _column(self, column: ColumnText) -> Column:
        not_null = default = generated = None
        labels: list[tuple[str, Name]] = []
        for clause in column.clauses:
            match clause.kind:
                case Kind.NOT_NULL:
                    not_null = clause
                case Kind.DEFAULT:
                    default = clause
                case Kind.GENERATED:
                    generated = clause
                case _:
                    pass
            if clause.names and clause.kind in _LABELLED:
                labels.append((clause.kind.value, name(unquote(clause.names[-1]))))
        declared = folded_type(column.type)
        source = self.text.source
        return Column(
            name(unquote(column.name)),
            declared,
            not_null is not None,
            (not_null.conflict if not_null else None) or "ABORT",
            _default(default.expression) if default and default.expression else None,
            self.collations[fold(unquote(column.name))],
            self._generated(generated),
            tuple(sorted(labels)),
            strict_affinity(declared) if self.strict else affinity(declared),
            column.definition.of(source).strip(),
            column.span.of(source),
        )

    def _generated(self, clause: Clause | None) -> Generated | None:
        if clause is None or clause.expression is None:
            return None
        return Generated(expression(clause.expression, self.columns), fold(clause.storage or "virtual") == "stored")

    def _constraints(self, clauses: tuple[Clause, ...], home: Name | None) -> list[Constraint]:
        out: list[Constraint] = []
        for position, clause in enumerate(clauses):
            written = clause.span.of(self.text.source)
            called = name(unquote(clause.names[-1])) if clause.names else None
            match clause.kind:
                case Kind.UNIQUE:
                    out.append(Unique(self._terms(clause, home), called, clause.conflict or "ABORT", home, written))
                case Kind.CHECK:
                    text = expression(clause.expression or "", self.columns)
                    named = frozenset(name(key) for key in mentions(text.text, self.columns))
                    out.append(Check(text, called, named, home, written))
                case Kind.FOREIGN_KEY:
                    out.append(self._foreign_key(clause, clauses[position + 1 :], home))
                case _:
                    pass
        return out

    def _foreign_key(self, clause: Clause, after: tuple[Clause, ...], home: Name | None) -> ForeignKey:
        reference = clause.reference
        if reference is None:
            raise Unreadable("a foreign key without REFERENCES", clause.span.start)
        columns = tuple(name(unquote(term.expression)) for term in clause.terms) if home is None else (home,)
        late = next((other.deferrable for other in after if other.kind is Kind.DEFERRABLE), None)
        actions = {"DELETE": "NO ACTION", "UPDATE": "NO ACTION", **dict(reference.actions)}
        return ForeignKey(
            columns,
            name(unquote(reference.table)),
            tuple(name(unquote(column)) for column in reference.columns),
            tuple(sorted(actions.items())),
            (late or reference.deferrable) == "DEFERRABLE INITIALLY DEFERRED",
            name(unquote(clause.names[-1])) if clause.names else None,
            home,
            clause.span.of(self.text.source) + (f" {late}" if late else ""),
        )

    def _primary_key(self) -> PrimaryKey | None:
        for column in self.text.columns:
            for clause in column.clauses:
                if clause.kind is Kind.PRIMARY_KEY:
                    return self._key(clause, name(unquote(column.name)))
        for clause in self.text.constraints:
            if clause.kind is Kind.PRIMARY_KEY:
                return self._key(clause, None)
        return None

    def _key(self, clause: Clause, home: Name | None) -> PrimaryKey:
        terms = self._terms(clause, home)
        called = name(unquote(clause.names[-1])) if clause.names else None
        alias = self._rowid_alias(terms, clause, home)
        return PrimaryKey(terms, called, clause.conflict or "ABORT", clause.autoincrement, alias)

    def _rowid_alias(self, terms: tuple[KeyTerm, ...], clause: Clause, home: Name | None) -> Name | None:
        if self.without_rowid or len(terms) != 1:
            return None
        # A quirk kept for old files: INTEGER PRIMARY KEY DESC on a column is *not* the rowid
        # (lang_createtable.html, section 5); PRIMARY KEY (id DESC) on the table is.
        if home is not None and clause.order == "DESC":
            return None
        column = terms[0].column
        declared = next(c.type for c in self.text.columns if fold(unquote(c.name)) == column.key)
        return column if folded_type(declared) == "INTEGER" else None

    def _terms(self, clause: Clause, home: Name | None) -> tuple[KeyTerm, ...]:
        if home is not None:
            return (KeyTerm(home, self.collations[home.key], clause.order == "DESC"),)
        return tuple(self._term(term, clause) for term in clause.terms)

    def _term(self, term: Term, clause: Clause) -> KeyTerm:
        if term.column is None or term.column.key not in self.collations:
            raise Unreadable(f"{term.expression!r} is no column of the table", clause.span.start)
        own = self.collations[term.column.key]
        return KeyTerm(term.column, name(unquote(term.collation)) if term.collation else own, term.order == "DESC")


_LABELLED = frozenset({Kind.NOT_NULL, Kind.DEFAULT, Kind.COLLATE, Kind.GENERATED, Kind.NULL})


def _collation(column: ColumnText) -> Name:
    for clause in reversed(column.clauses):
        if clause.kind is Kind.COLLATE and clause.collation:
            return name(unquote(clause.collation))
    return BINARY


def _not_null_keys(columns: tuple[Column, ...], key: PrimaryKey) -> tuple[Column, ...]:
    """Mark key columns NOT NULL: SQLite does, without a rowid (withoutrowid.html, section 2) and in STRICT tables."""
    keys = {term.column for term in key.terms}
    return tuple(replace(column, not_null=True) if column.name in keys else column for column in columns)

"""A schema dump of PostgreSQL or MySQL -> schema.yaml, with every doubtful type told in a comment.

sqlglot reads the dump; it is loaded only here, and never on the way to a plan. What cannot be carried over is
refused, every place at once: nothing is left out without a word. SQLite has the last word on what comes out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reconcile.desired.dialect_tables import CannotCarryError, Column, Table, finished, refuse, schema_lines
from reconcile.desired.dialect_text import Statement, statements
from reconcile.desired.dialect_types import stored
from reconcile.desired.emit import Flow
from reconcile.desired.nodes import Flaw, Source
from reconcile.errors import FailedError, Problem, SchemaFileError
from reconcile.sql.names import fold, literal, quote_if_needed
from reconcile.sql.tokens import tokens

if TYPE_CHECKING:
    from sqlglot import exp

_PASSED_OVER: Final = frozenset("SET SELECT DROP LOCK UNLOCK GRANT REVOKE BEGIN COMMIT START USE INSERT COPY".split())
_PASSED_OVER_TOO: Final = frozenset(
    ["CREATE SCHEMA", "CREATE EXTENSION", "CREATE SEQUENCE", "ALTER SEQUENCE", "CREATE DATABASE", "ALTER DEFAULT"]
)


@dataclass(frozen=True, slots=True)
class Imported:
    """A dump as schema.yaml; `blame` says what is wrong with a table, an index or a view at its place in the dump."""

    text: str
    blame: Callable[[str, str], Problem]


def imported(text: str, dialect: str, file: str) -> Imported:
    """Write the schema of a dump as schema.yaml; raise SchemaFileError with every statement that cannot be carried."""
    try:
        import sqlglot  # noqa: F401, PLC0415 - an extra, and slow to load
    except ImportError as error:
        hint = "pip install 'sqlite-reconcile[import]'"
        raise FailedError("reading other dialects needs sqlglot, which is not installed", hint=hint) from error
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # what it does not understand is refused by us
    reader = _Reader(dialect)
    source = Source(text, file)
    flaws = reader.flaws
    for statement in statements(text, dialect):
        with reader.refusing(statement.start):
            reader.take(statement)

    def blame(name: str, message: str) -> Problem:
        return source.problem(Flaw(reader.places.get(name, 0), message, _ADVICE))

    lines: list[str] = []
    for name in [] if flaws else reader.tables:  # what was refused already would be missed, and refused again
        with reader.refusing(reader.places[name]):
            finished(name, reader.tables[name])
    if not flaws:
        lines = list(schema_lines(dialect, reader.tables, reader.views))
    if flaws:
        raise SchemaFileError(tuple(source.problem(flaw) for flaw in flaws))
    return Imported("\n".join(lines) + "\n", blame)


_ADVICE: Final = "take it out of the dump, or write it as SQLite would have it"


class _Reader:
    """What has been read of a dump so far."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.tables: dict[str, Table] = {}
        self.views: dict[str, str] = {}
        self.enums: dict[str, tuple[str, ...]] = {}
        self.indexes: set[str] = set()
        self.places: dict[str, int] = {}  # where the statement of each table, index and view begins
        self.flaws: list[Flaw] = []
        self.here = 0

    @contextmanager
    def refusing(self, place: int) -> Iterator[None]:
        """Note what cannot be carried with its place, and go on: every such thing is told at once."""
        try:
            yield
        except CannotCarryError as error:
            self.flaws.append(Flaw(place, str(error), _ADVICE))

    def take(self, statement: Statement) -> None:
        """Take a statement, or refuse it."""
        from sqlglot import errors, exp, parse_one  # noqa: PLC0415

        self.here = statement.start
        words = statement.text.upper().split()
        passed = words[0] in _PASSED_OVER or " ".join(words[:2]) in _PASSED_OVER_TOO
        passed = passed or words[:3] in (["COMMENT", "ON", "EXTENSION"], ["COMMENT", "ON", "SCHEMA"])
        if passed or (words[0] == "ALTER" and ("OWNER" in words or "KEYS" in words[-2:])):
            return
        try:
            tree = parse_one(statement.text, read=self.dialect)
        except (errors.SqlglotError, RecursionError) as error:
            first = str(error).partition("\n")[0].partition(". Line")[0]
            refuse(f"this cannot be read: {first}")
        if isinstance(tree, exp.Create):
            self._create(tree)
        elif isinstance(tree, exp.Alter):
            self._alter(tree)
        elif isinstance(tree, exp.Comment):
            self._comment(tree)
        else:
            self._identity(statement.text) or refuse(f"{' '.join(words[:3])} … cannot be carried over")

    def _identity(self, text: str) -> bool:
        """Take ``ALTER TABLE t ALTER COLUMN c ADD GENERATED … AS IDENTITY``, which sqlglot does not read."""
        words = text.replace('"', "").split()
        upper = [word.upper() for word in words]
        if upper[:2] != ["ALTER", "TABLE"] or "IDENTITY" not in upper or "COLUMN" not in upper:
            return False
        table = words[3 if upper[2] == "ONLY" else 2].rpartition(".")[2]
        self._column(table, words[upper.index("COLUMN") + 1]).counts = True
        return True

    def _create(self, tree: exp.Create) -> None:
        from sqlglot import exp  # noqa: PLC0415

        kind = (tree.kind or "").upper()
        if kind == "TABLE" and isinstance(tree.this, exp.Schema) and tree.expression is None:
            self._table(tree)
        elif kind == "INDEX":
            self._index(tree)
        elif kind == "VIEW" and tree.expression is not None and not tree.find(exp.MaterializedProperty):
            name = _name(tree.this)
            self.views[name] = self._sql(tree.expression)
            self.places[name] = self.here
        elif kind == "TYPE" and tree.expression is not None and tree.expression.expressions:
            self.enums[_name(tree.this).lower()] = tuple(str(one.this) for one in tree.expression.expressions)
        else:
            refuse(f"CREATE {kind} cannot be carried over")

    def _table(self, tree: exp.Create) -> None:
        from sqlglot import exp  # noqa: PLC0415

        odd = tree.find(exp.PartitionedByProperty, exp.InheritsProperty, exp.PartitionedOfProperty)
        if odd is not None:
            refuse("partitions and inheritance cannot be carried over")
        name, table = _name(tree.this.this), Table()
        if name in self.tables:
            refuse(f"there is a table {name} already: SQLite has no schemas, and cannot hold both")
        self.tables[name] = table
        self.places[name] = self.here
        comment = tree.find(exp.SchemaCommentProperty)
        table.doc = str(comment.this.this) if comment else None
        for part in tree.this.expressions:
            first = part.find(exp.Identifier)
            with self.refusing(self.here + (first.meta.get("start", 0) if first is not None else 0)):
                if isinstance(part, exp.ColumnDef):
                    self._add_column(table, part)
                else:
                    self._constraint(name, part, None)

    def _add_column(self, table: Table, part: exp.ColumnDef) -> None:
        from sqlglot import exp  # noqa: PLC0415

        kind = part.args.get("kind")
        if not isinstance(kind, exp.DataType):
            refuse(f"column {part.name} has a type that cannot be read")
        written = kind.sql(self.dialect).lower()
        found = stored(kind, written, self.enums)
        if found is None:
            refuse(f"column {part.name}: SQLite has nothing like {written}")
        column = Column(found.type, found.doubt, counts="serial" in written)
        table.columns[part.name] = column
        if found.values:
            listed = ", ".join(literal(value) for value in found.values)
            column.clauses.append(f"CHECK ({quote_if_needed(part.name)} IN ({listed}))")
        for constraint in part.constraints:
            self._column_clause(table, part.name, column, constraint)

    def _column_clause(self, table: Table, name: str, column: Column, constraint: exp.ColumnConstraint) -> None:
        from sqlglot import exp  # noqa: PLC0415

        kind, label = constraint.args["kind"], constraint.args.get("this")
        named = f"CONSTRAINT {quote_if_needed(label.name)} " if label is not None else ""
        match kind:
            case exp.NotNullColumnConstraint():
                column.not_null = not kind.args.get("allow_null")
            case exp.DefaultColumnConstraint():
                self._default(column, kind.this)
            case exp.PrimaryKeyColumnConstraint():
                table.primary_key = [name]
            case exp.UniqueColumnConstraint() if kind.this is None:
                column.clauses.append(f"{named}UNIQUE")
            case exp.CheckColumnConstraint():
                column.clauses.append(f"{named}CHECK ({self._sql(kind.this)})")
            case exp.Reference():
                column.clauses.append(named + self._reference(kind))
            case exp.AutoIncrementColumnConstraint():
                column.counts = True
            case exp.GeneratedAsIdentityColumnConstraint() if kind.expression is None:
                column.counts = True
            case exp.GeneratedAsIdentityColumnConstraint() | exp.ComputedColumnConstraint():
                body = kind.expression or kind.this
                is_kept = self.dialect == "postgres" or kind.args.get("persisted")
                column.clauses.append(f"AS ({self._sql(body)}){' STORED' if is_kept else ''}")
            case exp.CommentColumnConstraint():
                column.doc = str(kind.this.this) or None
            case exp.CollateColumnConstraint():
                found = f"was compared by {kind.this.name}: byte by byte here, unless COLLATE NOCASE is added"
                column.doubt = f"{column.doubt}; {found}" if column.doubt else found
            case exp.CharacterSetColumnConstraint():
                pass  # all text is UTF-8 here
            case _:
                refuse(f"column {name}: {kind.sql(self.dialect)} cannot be carried over")

    def _default(self, column: Column, value: exp.Expression) -> None:
        if value.name.lower() == "nextval":
            column.counts = True
            return
        text = self._sql(value)
        if column.type == "INTEGER" and getattr(value, "is_string", False) and value.name.lstrip("-").isdigit():
            text = value.name  # MySQL quotes numbers
        bare = len([token for token in tokens(text) if token.text != "-"]) == 1
        if text != "NULL":
            column.clauses.insert(0, f"DEFAULT {text}" if bare else f"DEFAULT ({text})")

    def _constraint(self, table: str, part: exp.Expression, label: str | None) -> None:
        from sqlglot import exp  # noqa: PLC0415

        home = self._home(table)
        match part:
            case exp.Constraint():
                for inner in part.expressions:
                    self._constraint(table, inner, part.name)
            case exp.PrimaryKey():
                home.primary_key = [one.name for one in part.expressions]
            case exp.UniqueColumnConstraint():
                schema = part.this
                called = label or (schema.this.name if isinstance(schema, exp.Schema) and schema.this else None)
                columns = Flow([self._plain(one) for one in schema.expressions])
                home.unique.append(columns if called is None else {called: columns})
            case exp.CheckColumnConstraint():
                body = self._sql(part.this)
                home.checks.append(body if label is None else {label: body})
            case exp.ForeignKey():
                columns_of = ", ".join(quote_if_needed(one.name) for one in part.expressions)
                actions = "".join(f" {option}" for option in part.args.get("options") or ())
                body = f"({columns_of}) {self._reference(part.args['reference'])}{actions}"
                home.foreign_keys.append(body if label is None else {label: body})
            case exp.IndexColumnConstraint() if not part.args.get("kind"):
                listed = ", ".join(self._term(one) for one in part.expressions)
                self._add_index(table, part.name, f"({listed})", unique=False)
            case _:
                refuse(f"{part.sql(self.dialect)} cannot be carried over")

    def _reference(self, reference: exp.Expression) -> str:
        from sqlglot import exp  # noqa: PLC0415

        target = reference.this
        columns = target.expressions if isinstance(target, exp.Schema) else []
        listed = f" ({', '.join(quote_if_needed(one.name) for one in columns)})" if columns else ""
        options = "".join(f" {option}" for option in reference.args.get("options") or ())
        return f"REFERENCES {quote_if_needed(_name(target))}{listed}{options}"

    def _index(self, tree: exp.Create) -> None:
        index = tree.this
        parameters = index.args.get("params")
        using = parameters.args.get("using") if parameters else None
        if using is not None and using.name.lower() not in {"btree", "hash"}:
            refuse(f"an index USING {using.name} cannot be carried over")
        listed = ", ".join(self._term(one) for one in parameters.args.get("columns") or ())
        where = parameters.args.get("where")
        text = f"({listed})" + (f" WHERE {self._sql(where.this)}" if where else "")
        self._add_index(_name(index.args["table"]), index.name, text, unique=bool(tree.args.get("unique")))

    def _add_index(self, table: str, name: str, text: str, *, unique: bool) -> None:
        """Add an index. Names of indexes are one set for a whole database here, and for a table elsewhere."""
        called = name or f"{table}_index"
        if fold(called) in self.indexes or called in self.tables:
            called = f"{table}_{called}"
        self.indexes.add(fold(called))
        self.places[called] = self.here
        self._home(table).indexes[called] = Flow({"unique": True, "sql": text}) if unique else text

    def _term(self, term: exp.Expression) -> str:
        from sqlglot import exp  # noqa: PLC0415

        if isinstance(term, exp.Ordered):
            return self._term(term.this) + (" DESC" if term.args.get("desc") else "")
        if isinstance(term, exp.ColumnPrefix | exp.Identifier):
            return quote_if_needed(term.name)
        return self._sql(term)

    def _plain(self, term: exp.Expression) -> str:
        from sqlglot import exp  # noqa: PLC0415

        if isinstance(term, exp.Column | exp.Identifier):
            return term.name
        return refuse(f"UNIQUE over {term.sql(self.dialect)} cannot be carried over")

    def _alter(self, tree: exp.Alter) -> None:
        from sqlglot import exp  # noqa: PLC0415

        table = _name(tree.this)
        for action in tree.args.get("actions") or ():
            match action:
                case exp.AddConstraint():
                    for part in action.expressions:
                        self._constraint(table, part, None)
                case exp.ColumnDef():
                    self._add_column(self._home(table), action)
                case exp.AlterColumn() if action.args.get("default") is not None:
                    self._default(self._column(table, action.name), action.args["default"])
                case _:
                    refuse(f"ALTER TABLE {table} {action.sql(self.dialect)} cannot be carried over")

    def _comment(self, tree: exp.Comment) -> None:
        text = str(tree.expression.name)
        if tree.args["kind"] == "COLUMN":
            self._column(tree.this.table, tree.this.name).doc = text or None
        elif tree.args["kind"] == "TABLE":
            self._home(_name(tree.this)).doc = text or None

    def _home(self, table: str) -> Table:
        found = self.tables.get(table)
        return found if found is not None else refuse(f"there is no table {table} before this")

    def _column(self, table: str, column: str) -> Column:
        found = self._home(table).columns.get(column)
        return found if found is not None else refuse(f"table {table} has no column {column}")

    def _sql(self, tree: exp.Expression) -> str:
        """Write an expression or a SELECT for SQLite: without schemas, and without casts that only name a type."""
        from sqlglot import errors, exp  # noqa: PLC0415

        def simpler(node: Any) -> Any:
            if isinstance(node, exp.Table | exp.Column):
                node.set("db", None)
                node.set("catalog", None)
            if isinstance(node, exp.Identifier):
                node.set("quoted", quote_if_needed(node.name) != node.name)
            if isinstance(node, exp.Cast) and isinstance(node.this.unnest(), exp.Literal | exp.Null):
                return node.this.unnest()
            return node

        try:
            text = tree.copy().transform(simpler).sql("sqlite", unsupported_level=errors.ErrorLevel.RAISE)
        except errors.UnsupportedError as error:
            refuse(f"SQLite has no like of {tree.sql(self.dialect)}: {error}")
        return str(text)


def _name(tree: exp.Expression) -> str:
    """Give the name of a table, without its schema."""
    from sqlglot import exp  # noqa: PLC0415

    while isinstance(tree, exp.Schema):
        tree = tree.this
    return str(tree.name)

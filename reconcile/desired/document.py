"""The format of schema.yaml, as models: what may be said, and where. Nothing here knows YAML, and nothing runs SQL.

A short form (``email: TEXT``) means the same as its long form (``email: {sql: TEXT}``), and is turned into it before
validation, so that a Document holds one form only. None stands for a key with nothing after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StrictBool,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError, core_schema

DEFAULT_HISTORY_TABLE = "schema_version"

_Json: TypeAlias = dict[str, Any]
_NAME: _Json = {"type": ["string", "number"]}  # an editor reads 012 as a number; here it is a name
_TEXT: _Json = {"type": "string", "pattern": r"\S"}
_NOTHING: _Json = {"type": "null"}


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: the dicts in `forms` have no hash
class _Also:
    """Accept other forms too: `convert` turns them into the one that is validated, `forms` tells editors."""

    convert: Callable[[object], object]
    forms: tuple[_Json, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.convert, handler(source))

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> _Json:
        return {"anyOf": [*self.forms, handler(schema)]}


class _Given:
    """Refuse None where a key is there: `using:` with nothing after it is a mistake, and not a missing key."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        schema = handler(source)
        return schema["schema"] if schema["type"] == "nullable" else schema


def _unreserved(name: str) -> str:
    if name[:7].lower() == "sqlite_":
        raise PydanticCustomError("reserved", "names that start with sqlite_ belong to SQLite")
    return name


def _short(value: object) -> object:
    return {"sql": value} if isinstance(value, str) else value


def _short_column(value: object) -> object:
    return {"sql": value or ""} if value is None or isinstance(value, str) else value


def _none_to_mapping(value: object) -> object:
    return {} if value is None else value


def _word(value: object) -> object:
    """Take SQL's own words true and false, which an expression may consist of."""
    return str(value).lower() if isinstance(value, bool) else value


def _one_or_many(value: object) -> object:
    if not isinstance(value, str | list | tuple):
        raise PydanticCustomError("names", "a name, or a list of names, must stand here")
    return [value] if isinstance(value, str) else value


def _version(value: object) -> object:
    # Literal[1] would take True and 1.0, which equal 1.
    return {"1": 1}.get(value, value) if isinstance(value, str) else str(value)


def _key(value: object) -> object:
    """Turn columns or SQL into a Key. Nothing else may pass: a mapping here would be taken for the model's own."""
    if isinstance(value, str):
        return {"sql": value}
    return {"columns": value} if isinstance(value, list) else None


def _expression(value: object) -> object:
    return {"sql": _word(value)} if isinstance(value, str | bool) else None


def _reference(value: object) -> object:
    return {"sql": value} if isinstance(value, str) else None


def _named(name: object, body: object) -> object:
    return {"name": name, **body} if isinstance(body, dict) else body


def _one_key(value: object) -> object:
    """Read a primary key, which may stand below its constraint's name."""
    if not isinstance(value, dict):
        return _key(value)
    return _single(value, _key)


def _single(value: dict[object, object], body: Callable[[object], object]) -> object:
    if len(value) != 1:
        raise PydanticCustomError("one_name", "one name with its definition must stand here")
    name, definition = next(iter(value.items()))
    return _named(name, body(definition))


@dataclass(frozen=True, slots=True)
class _Constraints:
    """Read constraints: a mapping where they have names, a list where not; an entry `name: definition` has one."""

    body: Callable[[object], object]

    def __call__(self, value: object) -> object:
        if isinstance(value, dict):
            return [_named(name, self.body(definition)) for name, definition in value.items()]
        if isinstance(value, list):
            return [self._entry(entry) for entry in value]
        return [] if value is None else value

    def _entry(self, value: object) -> object:
        # An entry of several names passes as nothing, and is refused at its own place.
        if isinstance(value, dict):
            return _single(value, self.body) if len(value) == 1 else None
        return self.body(value)

    def json(self, definition: _Json) -> _Json:
        """Give the JSON Schema of these constraints, each of them shaped as `definition`."""
        names = {"type": "object", "additionalProperties": definition}
        entry = {"anyOf": [definition, {**names, "minProperties": 1, "maxProperties": 1}]}
        return {"anyOf": [names, {"type": "array", "items": entry}, _NOTHING]}


_KEY_PATTERN = r"^\s*\("
_REFERENCE_PATTERN = r"^\s*([Ff][Oo][Rr][Ee][Ii][Gg][Nn]\s+[Kk][Ee][Yy]\s*)?\("
_COLUMNS_JSON: _Json = {"type": "array", "items": _NAME, "minItems": 1}
_KEY_JSON: _Json = {"anyOf": [_COLUMNS_JSON, {"type": "string", "pattern": _KEY_PATTERN}]}
_ONE_KEY_JSON: _Json = {
    "anyOf": [
        *_KEY_JSON["anyOf"],
        {"type": "object", "additionalProperties": _KEY_JSON, "minProperties": 1, "maxProperties": 1},
    ]
}
_EXPRESSION_FORMS: tuple[_Json, ...] = ({"type": ["number", "boolean", "null"]},)
_EXPRESSION_JSON: _Json = {"anyOf": [*_EXPRESSION_FORMS, _TEXT]}
_REFERENCE_JSON: _Json = {"type": "string", "pattern": _REFERENCE_PATTERN}
_UNIQUE = _Constraints(_key)
_CHECKS = _Constraints(_expression)
_REFERENCES = _Constraints(_reference)

Name: TypeAlias = Annotated[str, WithJsonSchema(_NAME)]
ObjectName: TypeAlias = Annotated[str, AfterValidator(_unreserved)]
Text: TypeAlias = Annotated[str, StringConstraints(pattern=r"\S")]
KeyText: TypeAlias = Annotated[str, StringConstraints(pattern=_KEY_PATTERN)]
Expression: TypeAlias = Annotated[Text, _Also(_word, _EXPRESSION_FORMS)]
Columns: TypeAlias = Annotated[tuple[Name, ...], Field(min_length=1)]
Renames: TypeAlias = Annotated[tuple[Name, ...] | None, _Given(), _Also(_one_or_many, (_NAME,))]
# What describes a table by its parts, and so cannot stand beside a whole statement.
_PARTS = ("columns", "primary_key", "unique", "foreign_keys", "checks", "strict", "without_rowid", "sensitive")
_UNSAID: _Json = {"enum": [False, None, [], {}]}
_UNRESERVED_PATTERN = "^(?![sS][qQ][lL][iI][tT][eE]_)"
_SQLITE_NAMES: _Json = {"propertyNames": {"pattern": _UNRESERVED_PATTERN}}
_TABLE_NAME: _Json = {"type": "string", "pattern": _UNRESERVED_PATTERN + r"[\s\S]*\S"}


_Maybe = _Given()
_EMPTY_MAPPING = _Also(_none_to_mapping, (_NOTHING,))
_EMPTY_LIST = _Also(lambda value: [] if value is None else value, (_NOTHING,))
Doc: TypeAlias = Annotated[
    Text | None,
    _Maybe,
    WithJsonSchema({"type": ["string", "number"], "pattern": r"\S"}),
    Field(description="For readers; never reaches the database."),
]


class _Format(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Key(_Format):
    """A primary key or a unique constraint: either column names, or SQL from its opening parenthesis on."""

    name: str | None = None
    columns: Columns = ()
    sql: KeyText | None = None


class Check(_Format):
    """A CHECK constraint: the expression, without the word CHECK and its parentheses."""

    name: str | None = None
    sql: Text


class ForeignKey(_Format):
    """A foreign key: SQL from its columns' parenthesis on, or from the words FOREIGN KEY."""

    name: str | None = None
    sql: Annotated[str, StringConstraints(pattern=_REFERENCE_PATTERN)]


class Column(_Format):
    """A column: what SQLite takes after its name, and what only the author knows about its rows."""

    sql: Annotated[str, _Also(lambda value: "" if value is None else value, (_NOTHING,))] = Field(
        description="Type and constraints, as SQLite writes them after the column's name; may be empty."
    )
    renamed_from: Renames = Field(
        None, description="The old name, or names: a rename, never drop and add. [] says that this one is new."
    )
    using: Annotated[Expression | None, _Maybe] = Field(
        None, description="Expression over the old columns: the value for rows that exist."
    )
    undo: Annotated[Expression | None, _Maybe] = Field(
        None, description="Expression over the new columns: the way back, for rollback."
    )
    doc: Doc = None
    sensitive: StrictBool = Field(default=False, description="Never show this column's values.")


class Index(_Format):
    """An index: SQL from its columns' parenthesis on."""

    unique: StrictBool = Field(default=False, description="No two rows may have the same key.")
    sql: KeyText = Field(description="The columns in parentheses, then WHERE if partial: (a, b DESC) WHERE c > 0")
    doc: Doc = None


ColumnForm: TypeAlias = Annotated[Column, _Also(_short_column, ({"type": ["string", "null"]},))]
IndexForm: TypeAlias = Annotated[Index, _Also(_short, ({"type": "string", "pattern": _KEY_PATTERN},))]
Triggers: TypeAlias = Annotated[dict[ObjectName, Text], Field(json_schema_extra=_SQLITE_NAMES), _EMPTY_MAPPING]


class Table(_Format):
    """A table, described by its parts, or by the whole statement in `sql`."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["columns"], "properties": {"sql": {"type": "null"}}},
                {"required": ["sql"], "properties": {"sql": _TEXT, **dict.fromkeys(_PARTS, _UNSAID)}},
            ]
        }
    )

    renamed_from: Renames = Field(
        None, description="The old name, or names: a rename, never drop and create. [] says that this one is new."
    )
    columns: Annotated[dict[str, ColumnForm] | None, Field(min_length=1), _Maybe, BeforeValidator(_none_to_mapping)] = (
        Field(None, description="The columns, in order: name and definition.")
    )
    primary_key: Annotated[Key | None, _Maybe, _Also(_one_key, ()), WithJsonSchema(_ONE_KEY_JSON)] = Field(
        None, description="Columns, or SQL such as (a DESC, b) ON CONFLICT REPLACE; below a name if it has one."
    )
    unique: Annotated[tuple[Key, ...], BeforeValidator(_UNIQUE), WithJsonSchema(_UNIQUE.json(_KEY_JSON))] = Field(
        (), description="Unique constraints, each columns or SQL such as (a, b COLLATE NOCASE)."
    )
    foreign_keys: Annotated[
        tuple[ForeignKey, ...],
        BeforeValidator(_REFERENCES),
        WithJsonSchema(_REFERENCES.json(_REFERENCE_JSON)),
    ] = Field((), description="Foreign keys: (a, b) REFERENCES t (x, y) ON DELETE CASCADE")
    checks: Annotated[tuple[Check, ...], BeforeValidator(_CHECKS), WithJsonSchema(_CHECKS.json(_EXPRESSION_JSON))] = (
        Field((), description="Expressions that must hold in every row.")
    )
    indexes: Annotated[dict[ObjectName, IndexForm], Field(json_schema_extra=_SQLITE_NAMES), _EMPTY_MAPPING] = Field(
        {}, description="Indexes by name: (a, b DESC) WHERE c > 0, or {unique, sql, doc}."
    )
    triggers: Triggers = Field({}, description="Triggers by name: everything after it, BEFORE INSERT … BEGIN … END.")
    strict: Annotated[StrictBool | None, _Maybe] = Field(
        None, description="STRICT; the file's own `strict` where this is missing."
    )
    without_rowid: StrictBool = Field(default=False, description="WITHOUT ROWID")
    doc: Doc = None
    sensitive: StrictBool = Field(default=False, description="Never show this table's values.")
    sql: Text | None = Field(
        None,
        validate_default=True,
        description="The whole CREATE statement, for what the other keys cannot say, such as a virtual table.",
    )

    @field_validator("sql", mode="after")
    @classmethod
    def _one_way(cls, sql: str | None, info: ValidationInfo) -> str | None:
        """Want either the parts or the whole. Standing on the last field, it speaks beside the others' errors."""
        # A field that is wrong is missing from `info.data`, so that a table is not also told it has no columns.
        if sql is None and info.data.get("columns", ()) is None:
            raise PydanticCustomError("no_shape", "has neither columns nor sql")
        if sql is not None and (given := [part for part in _PARTS if info.data.get(part)]):
            raise PydanticCustomError("two_shapes", "has both sql and {parts}", {"parts": ", ".join(given)})
        return sql


class View(_Format):
    """A view: its SELECT, and triggers that stand INSTEAD OF writing to it."""

    sql: Text = Field(description="The SELECT.")
    columns: Annotated[Columns | None, _Maybe] = Field(None, description="Names for the columns, in order.")
    triggers: Triggers = Field({}, description="Triggers by name: INSTEAD OF INSERT BEGIN … END.")
    renamed_from: Renames = Field(None, description="The old name, or names. [] says that this one is new.")
    doc: Doc = None


ViewForm: TypeAlias = Annotated[View, _Also(_short, (_TEXT,))]


class Document(_Format):
    """What the schema of a SQLite database should be."""

    version: Annotated[Literal[1], _Also(_version, ({"const": "1"},))] = Field(
        description="The version of this format, not of your schema: 1."
    )
    strict: StrictBool = Field(default=False, description="Whether tables are STRICT that do not say.")
    tables: Annotated[dict[ObjectName, Table], Field(json_schema_extra=_SQLITE_NAMES), _EMPTY_MAPPING] = Field(
        {}, description="The tables, by name."
    )
    views: Annotated[dict[ObjectName, ViewForm], Field(json_schema_extra=_SQLITE_NAMES), _EMPTY_MAPPING] = Field(
        {}, description="The views, by name: a SELECT, or {sql, columns, triggers, renamed_from, doc}."
    )
    ignore: Annotated[tuple[Name, ...], _EMPTY_LIST] = Field(
        (), description="Names (globs) that are not ours: never reported, compared or changed."
    )
    history_table: Annotated[Text, AfterValidator(_unreserved), WithJsonSchema(_TABLE_NAME)] = Field(
        DEFAULT_HISTORY_TABLE, description="Where applied changes are recorded."
    )

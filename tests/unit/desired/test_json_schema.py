"""What an editor underlines is what load refuses, as far as an editor can see it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from reconcile.desired.document import Column, Document, Index, Table, View
from reconcile.desired.json_schema import json_schema
from reconcile.desired.load import load
from reconcile.errors import SchemaFileError


class Editor(yaml.SafeLoader):
    """Read as editors do, by YAML 1.2's core schema: `no` is text; `NULL`, `12` and `TRUE` are not."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own name


for tag, pattern, first in [
    ("bool", r"(true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"(|~|null|Null|NULL)$", ["", "~", "n", "N"]),
    ("number", r"[-+]?[0-9]+(\.[0-9]+)?$", "-+0123456789"),
]:
    Editor.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))
Editor.add_constructor("tag:yaml.org,2002:number", lambda loader, node: as_number(loader.construct_scalar(node)))


def as_number(text: str) -> float:
    return float(text) if "." in text else int(text)


def underlined(text: str) -> list[str]:
    """Give what an editor would complain about."""
    instance = yaml.load(text, Loader=Editor)  # noqa: S506 - a SafeLoader
    return [error.message for error in Draft202012Validator(json_schema()).iter_errors(instance)]


def refused(text: str) -> list[str]:
    try:
        load(text, "s")
    except SchemaFileError as error:
        return [str(problem) for problem in error.problems]
    return []


def table(*lines: str) -> str:
    return "version: 1\ntables:\n  t:\n" + "".join(f"    {line}\n" for line in lines)


VALID = [
    "version: 1",
    "version: '1'",
    "version: 1\nstrict: true\ntables:\nviews:\nignore:",
    "version: 1\nignore: [a, '*', 12]\nhistory_table: h",
    "version: 1\nviews: {v: SELECT 1}",
    "version: 1\nviews: {v: {sql: SELECT 1, columns: [a, 1], triggers: {g: INSTEAD OF X}, renamed_from: w, doc: x}}",
    table("columns: {a: INTEGER}"),
    table("columns: {a: , b: ~, no: NULL}"),
    table("columns: {a: {sql: X}}"),
    table("columns: {a: {sql: }, b: {sql: ''}}"),
    table("columns: {a: {sql: X, renamed_from: b, using: b + 1, undo: a - 1, doc: x, sensitive: true}}"),
    table("columns: {a: {sql: X, renamed_from: [b, 1], using: NULL, undo: 0}}"),
    table("columns: {a: {sql: X, using: true, undo: TRUE, doc: 12}}"),
    table("columns: {a: {sql: X, renamed_from: []}}"),
    table("columns: {a: }", "primary_key: [a]"),
    table("columns: {a: }", "primary_key: (a DESC)"),
    table("columns: {a: }", "primary_key: {n: [a]}"),
    table("columns: {a: }", "primary_key: {n: '(a, b) ON CONFLICT FAIL'}"),
    table("columns: {a: }", "unique: [[a, 012], '(a, b)', {n: [a]}, {m: (a)}]"),
    table("columns: {a: }", "unique: {n: [a], m: (a)}"),
    table("columns: {a: }", "unique:", "checks:", "foreign_keys:", "indexes:", "triggers:"),
    table("columns: {a: }", "checks: [a > 0, {n: a < 1}, 1, true]"),
    table("columns: {a: }", "checks: {n: a < 1, m: NULL}"),
    table("columns: {a: }", "foreign_keys: [(a) REFERENCES u, {n: (a) REFERENCES u}]"),
    table("columns: {a: }", "foreign_keys: {n: FOREIGN KEY (a) REFERENCES u}"),
    table("columns: {a: }", "indexes: {i: (a), j: {sql: (a), unique: true, doc: x}}"),
    table("columns: {a: }", "indexes: {i: '  (a)'}"),
    table("columns: {a: }", "triggers: {g: BEFORE INSERT BEGIN SELECT 1; END}"),
    table("columns: {a: }", "strict: false", "without_rowid: true", "sensitive: true", "doc: x", "renamed_from: []"),
    table("sql: CREATE VIRTUAL TABLE t USING x", "renamed_from: u", "indexes: {}", "triggers: {}", "doc: x"),
    table("sql: CREATE TABLE t (a)", "without_rowid: false", "checks: []"),
    table("columns: {a: }", "sql:"),
]
INVALID = [
    "strict: true",
    "version: 2",
    "version: true",
    "version:",
    "version: 1.5",
    "version: [1]",
    "version: 1\nstrict: yes",
    "version: 1\nstrict: 'true'",
    "version: 1\nstrict:",
    "version: 1\ntable: {}",
    "version: 1\ntables: []",
    "version: 1\ntables: {t: }",
    "version: 1\ntables: {t: {}}",
    "version: 1\ntables: {t: CREATE TABLE t (a)}",
    "version: 1\ntables: {sqlite_t: {columns: {a: }}}",
    "version: 1\nviews: {v: }",
    "version: 1\nviews: {v: ''}",
    "version: 1\nviews: {v: {}}",
    "version: 1\nviews: {v: [SELECT 1]}",
    "version: 1\nviews: {v: {sql: x, columns: []}}",
    "version: 1\nviews: {v: {sql: x, indexes: {}}}",
    "version: 1\nviews: {SQLITE_v: SELECT 1}",
    "version: 1\nignore: a",
    "version: 1\nignore: [true]",
    "version: 1\nhistory_table: ''",
    "version: 1\nhistory_table: sqlite_h",
    table("columns:"),
    table("columns: {}"),
    table("columns: [a]"),
    table("columns: {a: true}"),
    table("columns: {a: [X]}"),
    table("columns: {a: {}}"),
    table("columns: {a: {doc: x}}"),
    table("columns: {a: {sql: X, user: 1}}"),
    table("columns: {a: {sql: true}}"),
    table("columns: {a: {sql: X, using: ''}}"),
    table("columns: {a: {sql: X, using: [b]}}"),
    table("columns: {a: {sql: X, renamed_from: }}"),
    table("columns: {a: {sql: X, renamed_from: [true]}}"),
    table("columns: {a: {sql: X, renamed_from: {}}}"),
    table("columns: {a: {sql: X, doc: true}}"),
    table("columns: {a: {sql: X, doc: }}"),
    table("columns: {a: {sql: X, sensitive: yes}}"),
    table("columns: {a: }", "primary_key:"),
    table("columns: {a: }", "primary_key: a"),
    table("columns: {a: }", "primary_key: []"),
    table("columns: {a: }", "primary_key: [true]"),
    table("columns: {a: }", "primary_key: {}"),
    table("columns: {a: }", "primary_key: {n: [a], m: [a]}"),
    table("columns: {a: }", "primary_key: {n: a}"),
    table("columns: {a: }", "primary_key: {n: {m: [a]}}"),
    table("columns: {a: }", "unique: (a)"),
    table("columns: {a: }", "unique: [a]"),
    table("columns: {a: }", "unique: [[]]"),
    table("columns: {a: }", "unique: [{n: [a], m: [a]}]"),
    table("columns: {a: }", "unique: {n: }"),
    table("columns: {a: }", "unique: {n: {columns: [a]}}"),
    table("columns: {a: }", "checks: a > 0"),
    table("columns: {a: }", "checks: {n: ''}"),
    table("columns: {a: }", "checks: [[a]]"),
    table("columns: {a: }", "foreign_keys: [REFERENCES u]"),
    table("columns: {a: }", "foreign_keys: [[a]]"),
    table("columns: {a: }", "foreign_keys: {n: true}"),
    table("columns: {a: }", "indexes: {i: a}"),
    table("columns: {a: }", "indexes: {i: }"),
    table("columns: {a: }", "indexes: {i: {unique: true}}"),
    table("columns: {a: }", "indexes: {i: {sql: (a), unique: 1}}"),
    table("columns: {a: }", "indexes: {i: {sql: (a), where: x}}"),
    table("columns: {a: }", "indexes: {sqlite_i: (a)}"),
    table("columns: {a: }", "triggers: {g: }"),
    table("columns: {a: }", "triggers: {g: {sql: x}}"),
    table("columns: {a: }", "triggers: {Sqlite_g: x}"),
    table("columns: {a: }", "strict:"),
    table("columns: {a: }", "sql: CREATE TABLE t (a)"),
    table("sql: ''"),
    table("sql: x", "checks: [a > 0]"),
    table("sql: x", "primary_key: [a]"),
    table("sql: x", "strict: true"),
]


@pytest.mark.parametrize("text", VALID)
def test_what_load_takes_no_editor_underlines(text: str) -> None:
    assert (refused(text), underlined(text)) == ([], [])


@pytest.mark.parametrize("text", INVALID)
def test_what_load_refuses_an_editor_underlines(text: str) -> None:
    assert refused(text)
    assert underlined(text)


@pytest.mark.parametrize("text", [table("columns: {a: {sql: X, using: }}"), table("columns: {a: }", "checks: {n: }")])
def test_an_editor_cannot_tell_nothing_from_the_word_null(text: str) -> None:
    assert refused(text)
    assert not underlined(text)
    assert not refused(text.replace(": }", ": NULL}"))


def test_it_is_a_valid_schema_of_the_draft_it_names() -> None:
    schema = json_schema()

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def objects(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {"Document": schema, **schema["$defs"]}


@pytest.mark.parametrize("model", [Document, Table, View, Column, Index])
def test_every_key_is_described_in_the_words_of_the_model(model: type[Document]) -> None:
    properties = objects(json_schema())[model.__name__]["properties"]

    assert list(model.model_fields) == list(properties)
    for name, field in model.model_fields.items():
        assert field.description
        assert properties[name]["description"] == field.description


@pytest.mark.parametrize(
    ("holder", "key", "model"),
    [("Table", "columns", "Column"), ("Table", "indexes", "Index"), ("Document", "views", "View")],
)
def test_a_short_form_is_offered_beside_the_long_one(holder: str, key: str, model: str) -> None:
    (mapping,) = [
        form
        for form in [
            objects(json_schema())[holder]["properties"][key],
            *objects(json_schema())[holder]["properties"][key].get("anyOf", []),
        ]
        if "additionalProperties" in form
    ]

    forms = mapping["additionalProperties"]["anyOf"]
    assert {"$ref": f"#/$defs/{model}"} in forms
    assert any("string" in form.get("type", ()) for form in forms)


def test_no_default_is_offered_that_load_would_refuse() -> None:
    for name, model in objects(json_schema()).items():
        for key, schema in model["properties"].items():
            if "default" in schema:
                assert schema["default"] is not None, f"{name}.{key}"
            assert "title" not in schema


def test_the_table_keys_come_in_the_documented_order() -> None:
    documented = (
        "renamed_from columns primary_key unique foreign_keys checks indexes triggers strict without_rowid doc "
        "sensitive sql"
    )

    assert documented.split() == list(objects(json_schema())["Table"]["properties"])

"""The JSON Schema of schema.yaml, for editors."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from reconcile.desired.document import Document


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of a schema file, as an editor's YAML reader sees the values.

    It is wider than `load` in what it cannot see: an editor reads both `using: NULL` and `using:` as null.
    """
    schema = Document.model_json_schema(schema_generator=_Untitled)
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "schema.yaml of reconcile",
        **_without_null_defaults(schema),
    }


class _Untitled(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        """Leave out titles that only repeat the key: editors would show them in place of the description."""
        return False


def _without_null_defaults(schema: dict[str, Any]) -> dict[str, Any]:
    # An editor offers the default for insertion; null is none, and most of these keys refuse it.
    return {
        key: _without_null_defaults(value) if isinstance(value, dict) else value
        for key, value in schema.items()
        if not (key == "default" and value is None)
    }

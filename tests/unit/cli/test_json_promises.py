"""What the program prints as JSON is what the models promise, and what docs/json.md tells."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import jsonschema
import pytest
from json_models import DOCUMENTS

from reconcile.cli.app import main
from reconcile.errors import DataState

PAGE = (Path(__file__).parents[3] / "docs" / "json.md").read_text(encoding="utf-8")
SCHEMAS = {name: model.model_json_schema() for name, model in DOCUMENTS.items()}
BEFORE = """
    CREATE TABLE products (id INTEGER PRIMARY KEY, title TEXT, price REAL, old TEXT);
    INSERT INTO products VALUES (1, 'secret-one', 1.5, 'secret-old'), (2, 'secret-two', 2.5, NULL);
    CREATE INDEX by_title ON products (title);
"""
WANTED = """
version: 1
tables:
  products:
    columns:
      id: INTEGER PRIMARY KEY
      name: {sql: TEXT NOT NULL, renamed_from: title}
      price: {sql: INTEGER, using: CAST(price * 100 AS INTEGER), undo: price / 100.0}
      old: TEXT
    indexes: {by_title: (name)}
  brands: {columns: {id: INTEGER PRIMARY KEY}}
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "RECONCILE_DATABASE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    with closing(sqlite3.connect("shop.db")) as connection:
        connection.executescript(BEFORE)
    Path("schema.yaml").write_text(WANTED, encoding="utf-8")
    return tmp_path


@pytest.fixture
def said(capsys):
    def run(*words, exits=0):
        assert exits == main(list(words))
        return json.loads(capsys.readouterr().out)

    return run


def promised(name, content):
    jsonschema.validate(content, SCHEMAS[name])
    assert "secret" not in json.dumps(content)


@pytest.mark.usefixtures("shop")
def test_every_document_is_what_its_model_promises(said, capsys):
    promised("plan", said("plan", "shop.db", "--format", "json"))
    promised("plan", said("check", "shop.db", "--json", exits=2))
    promised("apply", said("apply", "shop.db", "--yes", "--json"))
    promised("apply", said("apply", "shop.db", "--yes", "--json"))
    promised("health", said("health", "shop.db", "--json"))
    promised("health", said("health", "shop.db", "--json", "--rows", "brands:1..", exits=2))
    promised("history", said("history", "shop.db", "--json"))
    promised("history", said("history", "shop.db", "1", "--json"))
    Path("schema.yaml").write_text(WANTED.replace("      old: TEXT\n", ""), encoding="utf-8")
    promised("plan", said("plan", "shop.db", "--format", "json", exits=3))
    promised("plan", said("plan", "shop.db", "--format", "json", "--allow", "drop-column:products.old"))
    Path("schema.yaml").write_text(WANTED.replace("old: TEXT", "old: TEXT NOT NULL"), encoding="utf-8")
    blocked = said("plan", "shop.db", "--format", "json", exits=3)
    promised("plan", blocked)
    assert ("blocked", None) == (blocked["status"], blocked["plan"]["id"])
    capsys.readouterr()


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "words",
    [
        ("plan", "--format", "json"),
        ("check", "--json"),
        ("history", "--json"),
        ("health", "--json"),
        ("apply", "--yes", "--json"),
    ],
)
def test_an_error_is_a_document_too(words, said):
    command, *more = words
    content = said(command, "none.db", *more, exits=66)

    promised("error", content)
    assert content["exit_code"] == 66


@pytest.mark.usefixtures("shop")
def test_a_saved_plan_is_for_its_owner_and_holds_no_row(capsys):
    assert main(["plan", "shop.db", "--out", "plan.json"]) == 0
    content = json.loads(Path("plan.json").read_text(encoding="ascii"))

    promised("saved plan", content)
    assert Path("plan.json").stat().st_mode & 0o777 == 0o600
    assert "Saved. To apply it:  reconcile apply plan.json" in capsys.readouterr().err


@pytest.mark.usefixtures("shop")
def test_a_saved_plan_replaces_only_a_saved_plan(capsys):
    before = Path("shop.db").read_bytes()

    assert [0, 0] == [main(["plan", "shop.db", "--out", "plan.json"]) for _ in range(2)]
    assert [64, 64] == [main(["plan", "shop.db", "--out", name]) for name in ("shop.db", "schema.yaml")]
    assert before == Path("shop.db").read_bytes()
    assert sorted(path.name for path in Path().iterdir()) == ["plan.json", "schema.yaml", "shop.db"]
    capsys.readouterr()


def test_every_field_is_on_the_page():
    told = set(re.findall(r"`([a-z_]+)`", PAGE)) | set(re.findall(r'"([a-z_]+)":', PAGE))
    fields = {field for schema in SCHEMAS.values() for field in _fields(schema)}

    assert set() == fields - told


def test_every_word_of_a_closed_list_is_on_the_page():
    words = {word for schema in SCHEMAS.values() for word in _words(schema)}
    words |= {state.name.lower().replace("_", "-") for state in DataState}

    assert [] == sorted(word for word in words if f"`{word}`" not in PAGE and f'"{word}"' not in PAGE)


def _fields(schema):
    for key, value in schema.items():
        if key == "properties":
            yield from value
        if isinstance(value, dict):
            yield from _fields(value)


def _words(schema):
    for key, value in schema.items():
        if key == "enum":
            yield from value
        elif key == "const" and isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from _words(value)

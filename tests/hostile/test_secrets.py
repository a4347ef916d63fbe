"""What stands in a column marked `sensitive` is printed nowhere: no plan, no file, no message, no document."""

from __future__ import annotations

import json

import pytest
from runs import build, reconcile

SECRET = "4111-1111-SECRET"  # noqa: S105 - what must not be seen
SCHEMA = """\
version: 1
tables:
  cards:
    columns:
      number: {{sql: TEXT NOT NULL, sensitive: true}}
      owner: TEXT{owner}
      pin: {{sql: {pin}, sensitive: true}}
    without_rowid: true
    primary_key: [number]
{more}"""
PLAIN = {"owner": "", "pin": "TEXT", "more": ""}
CHANGES = {
    "wrong type": {"pin": "INTEGER"},
    "lossy": {"pin": "REAL"},
    "duplicates": {"more": "    unique:\n      - [pin]\n"},
    "duplicates of several": {"more": "    unique:\n      - [owner, pin]\n"},
    "check": {"more": "    checks:\n      short: length(pin) < 3\n"},
    "check of another": {"more": "    checks:\n      short: length(owner) < 3\n"},
    "orphans": {
        "more": "    foreign_keys:\n      f: (owner) REFERENCES people (name)\n"
        "  people:\n    columns: {name: TEXT PRIMARY KEY}\n"
    },
    "null": {"pin": "TEXT NOT NULL"},
    "using": {"pin": "INTEGER, using: CAST(pin AS INTEGER)"},
    "index": {"more": "    indexes:\n      one: {unique: true, sql: (pin)}\n"},
    "default": {"owner": " NOT NULL"},
}
FORMS = ["text", "markdown", "json", "sql"]


@pytest.fixture
def vault(tmp_path):
    """A store with secrets in it, some of them twice and some as keys, under management."""
    folder = tmp_path / "vault"
    folder.mkdir()
    build(
        folder / "store.db",
        "CREATE TABLE cards (number TEXT NOT NULL, owner TEXT, pin TEXT, PRIMARY KEY (number)) WITHOUT ROWID",
        f"INSERT INTO cards VALUES ('0{SECRET}', NULL, '{SECRET}'), ('1{SECRET}', 'ann', NULL)",
        f"INSERT INTO cards VALUES ('2{SECRET}', 'ann', '{SECRET}'), ('3{SECRET}', 'ann', '01')",
    )
    (folder / "schema.yaml").write_text(SCHEMA.format(**PLAIN), "utf-8")
    assert 0 == reconcile("apply", "store.db", "--yes", folder=folder).status
    return folder


def said_of(folder, *words: str) -> str:
    ran = reconcile(*words, folder=folder)
    assert "bug in reconcile" not in ran.err
    return ran.out + ran.err


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", CHANGES)
def test_no_form_of_a_plan_shows_a_secret(vault, kind, form):
    (vault / "schema.yaml").write_text(SCHEMA.format(**{**PLAIN, **CHANGES[kind]}), "utf-8")

    said = said_of(vault, "plan", "store.db", "--rows", "9", "--verbose", "--format", form)

    assert SECRET not in said
    assert said.strip()


@pytest.mark.parametrize("kind", CHANGES)
def test_neither_apply_nor_its_files_nor_the_way_back_show_a_secret(vault, kind):
    (vault / "schema.yaml").write_text(SCHEMA.format(**{**PLAIN, **CHANGES[kind]}), "utf-8")
    document = json.loads(said_of(vault, "plan", "store.db", "--format", "json").partition("\nerror")[0])
    allowed = [word for hazard in document["hazards"] if hazard.get("allow") for word in ("--allow", hazard["allow"])]

    said = [said_of(vault, "plan", "store.db", "--out", "plan.json", *allowed)]
    said += [said_of(vault, "apply", "store.db", "--yes", "--json", *allowed)]
    build(vault / "store.db", f"INSERT INTO cards VALUES ('9{SECRET}', 'late', '7')")
    said += [said_of(vault, "rollback", "store.db", "--yes", "--rows", "9")]
    said += [said_of(vault, "history", "store.db", "--json"), said_of(vault, "check", "store.db", "--json")]
    said += [path.read_text("utf-8") for path in vault.glob("*.json")]

    assert not any(SECRET in text for text in said)

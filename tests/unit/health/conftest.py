"""A sound shop, its schema file, and a way to do something to it behind everybody's back."""

import json

import pytest
from harm import spoil

from reconcile.cli.app import main

BEFORE = """
    CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT, age INT CHECK (age > 0 -- years
    ));
    CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INT REFERENCES users, note TEXT NOT NULL DEFAULT '');
    CREATE TABLE tags (word TEXT PRIMARY KEY, weight REAL) WITHOUT ROWID;
    CREATE INDEX by_email ON users (email);
    CREATE INDEX by_user ON orders (user_id);
    INSERT INTO users (email, age) VALUES ('a@x', 30), ('b@x', NULL), (NULL, 50), (NULL, 7);
    INSERT INTO orders (user_id) VALUES (1), (2), (NULL);
    INSERT INTO tags VALUES ('new', 1), ('old', NULL);
"""


@pytest.fixture
def shop(tmp_path, monkeypatch, capsys):
    """A shop that was taken over and has one backup."""
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "RECONCILE_DATABASE", "RECONCILE_SCHEMA", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    spoil(*BEFORE.split(";"))
    for words in ("inspect shop.db -o schema.yaml", "apply shop.db --yes", "backup shop.db"):
        assert main(words.split()) == 0
    capsys.readouterr()
    return tmp_path


@pytest.fixture
def health(capsys):
    """Run the command and give its exit code, what it found by (check, level, code, object), and the document."""

    def run(*words):
        capsys.readouterr()
        status = main(["health", "shop.db", "--json", *words])
        document = json.loads(capsys.readouterr().out)
        found = [
            (check["name"], finding["level"], finding["code"], finding["object"])
            for check in document.get("checks", ())
            for finding in check["findings"]
        ]
        return status, found, document

    return run

"""An application's folder: a schema file that changes from release to release, and the database that it is for."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

USERS = {"id": "INTEGER PRIMARY KEY", "email": "TEXT NOT NULL UNIQUE"}


@dataclass
class Application:
    """`release` writes the schema file: table -> column -> definition."""

    folder: Path

    @property
    def db(self):
        return self.folder / "app.db"

    @property
    def schema(self):
        return self.folder / "schema.yaml"

    def release(self, **tables):
        lines = ["version: 1", "tables:"]
        for table, columns in tables.items():
            lines += [f"  {table}:", "    columns:", *(f"      {name}: {sql}" for name, sql in columns.items())]
        self.schema.write_text("\n".join(lines) + "\n", "utf-8")

    def ask(self, sql, *values):
        with closing(sqlite3.connect(self.db, isolation_level=None)) as connection:
            return connection.execute(sql, values).fetchall()


@pytest.fixture
def app(tmp_path):
    """An application whose first release has one table."""
    application = Application(tmp_path)
    application.release(users=USERS)
    return application

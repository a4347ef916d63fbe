"""What this SQLite can do, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

OLDEST = (3, 37, 0)  # PRAGMA table_list, STRICT, and an ALTER … ADD COLUMN that tests CHECKs against the rows


@dataclass(frozen=True, slots=True)
class Engine:
    """A version of SQLite (``sqlite3.sqlite_version_info``), and what of the connection matters to plans.

    `is_defensive` says that SQLite lets nobody write to its catalog (SQLITE_DBCONFIG_DEFENSIVE).
    """

    version: tuple[int, int, int]
    is_defensive: bool = False

    @property
    def text(self) -> str:
        """The version as SQLite writes it."""
        return ".".join(str(part) for part in self.version)

    @property
    def checks_added_columns(self) -> bool:
        """Say whether ADD COLUMN tests a wrong-typed default of a STRICT column (measured: fixed by 3.46.0)."""
        return self.version >= (3, 46, 0)

    @property
    def edits_its_catalog(self) -> bool:
        """Say whether sqlite_schema can be edited safely.

        Before 3.37.2 ``writable_schema = RESET`` leaves foreign_key_check with the schema of before: a false "clean".
        """
        return self.version >= (3, 37, 2) and not self.is_defensive

    @property
    def alters_constraints(self) -> bool:
        """Say whether ALTER TABLE can set and drop NOT NULL and add and drop CHECK constraints (3.53.0)."""
        return self.version >= (3, 53, 0)

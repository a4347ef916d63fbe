"""The ledger: one row for every apply, written in the transaction of the change itself.

`schema_version` is a table that an application may already keep; it is then adopted and never altered. What only
reconcile needs stands beside it in `schema_version_reconcile`, keyed by version.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from reconcile.errors import FailedError
from reconcile.model.fingerprint import rows
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.sql.names import Name, name

_NEEDED = ("version", "description", "applied_at")


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where the history of a database stands. `exists` and `kept` say which of its two tables are there.

    `foreign` says why the table of this name is not a history that can be adopted (None where it can).
    """

    table: Name
    exists: bool
    kept: bool
    has_rolled_back: bool
    foreign: str | None

    @property
    def beside(self) -> Name:
        """The table with what only reconcile needs."""
        return name(f"{self.table.text}_reconcile")

    @property
    def hidden(self) -> frozenset[str]:
        """The folded names that are ours, and never the user's."""
        own = {self.beside.key} if self.kept else set()
        return frozenset(own | ({self.table.key} if self.exists and self.foreign is None else set()))


@dataclass(frozen=True, slots=True)
class Applied:
    """What was applied last and not rolled back: the managed schema, and the hints that were carried out."""

    version: int
    managed: Schema
    hints: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class WayBack:
    """What only the apply itself knew, and a rollback needs: the renames done, and how values were converted.

    `tables` are (new, old), `columns` (new table, new, old), `conversions` (new table, column, using, undo); `undid`
    are the versions that this one rolled back, if it was a rollback; `restored` says that it put a backup back.
    `sensitive` are the tables (column: None) and columns whose values may never be shown.
    """

    tables: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[str, str, str], ...] = ()
    conversions: tuple[tuple[str, str, str | None, str | None], ...] = ()
    undid: tuple[int, ...] = ()
    restored: bool = False
    sensitive: tuple[tuple[str, str | None], ...] = ()

    @property
    def json(self) -> str:
        """The ledger's form of it."""
        return json.dumps(
            {
                "tables": self.tables,
                "columns": self.columns,
                "conversions": self.conversions,
                "undid": self.undid,
                "restored": self.restored,
                "sensitive": self.sensitive,
            }
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One version with everything that a way back needs. `managed` is what the schema file asked for then."""

    version: int
    before: Schema
    after: Schema
    managed: Schema
    way_back: WayBack
    backup: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """One version, as it is written. Schemas are live; `managed` is what schema.yaml asked for. Seconds are wall."""

    description: str
    plan_id: str
    fingerprints: tuple[str, str]
    before: Schema
    after: Schema
    managed: Schema
    hints: tuple[tuple[str, str], ...]
    way_back: WayBack
    backup: str | None
    seconds: float
    reconcile_version: str
    sqlite_version: str
    schema_digest: str


@dataclass(frozen=True, slots=True)
class Version:
    """One row of the history. `applied_at` is UTC, ``YYYY-MM-DD HH:MM:SS``; `duration` wall seconds."""

    number: int
    description: str
    applied_at: str
    rolled_back_at: str | None = None
    plan_id: str | None = None
    backup: str | None = None
    duration: float | None = None
    reconcile_version: str | None = None
    sqlite_version: str | None = None


def locate(connection: sqlite3.Connection) -> Name | None:
    """Find the history of a database without being told its name: it has our table beside it."""
    query = r"""SELECT substr(m.name, 1, length(m.name) - 10) FROM main.sqlite_schema AS m
                WHERE m.type = 'table' AND m.name LIKE '%\_reconcile' ESCAPE '\'
                  AND (SELECT count(*) FROM pragma_table_xinfo(m.name)
                       WHERE name IN ('plan_id', 'managed', 'live_before', 'schema_digest')) = 4 ORDER BY m.rowid"""
    found = connection.execute(query).fetchone()
    return name(found[0]) if found else None


def find(connection: sqlite3.Connection, table: Name) -> Ledger:
    """Look for the history tables."""
    columns = _columns(connection, table)
    kept = bool(_columns(connection, name(f"{table.text}_reconcile")))
    names = {column.lower() for column, _ in columns}
    foreign = None
    if columns and not set(_NEEDED) <= names:
        missing = ", ".join(sorted(set(_NEEDED) - names))
        foreign = f"table {table} is no history (it has no {missing})"
    stubborn = [column for column, needed in columns if needed and column.lower() not in _NEEDED]
    if columns and foreign is None and stubborn:
        foreign = f"table {table} wants a value for {stubborn[0]}, which a history row does not have"
    fired = _trigger(connection, table) if columns and foreign is None else None
    if fired is not None:
        foreign = f"table {table} has a trigger ({fired}), which a history row would fire"
    return Ledger(table, bool(columns), kept, "rolled_back_at" in names, foreign)


def last_version(connection: sqlite3.Connection, ledger: Ledger) -> int | None:
    """Give the highest version on record; None where nothing is."""
    if not ledger.exists or ledger.foreign is not None:
        return None
    found = connection.execute(f"SELECT max(version) FROM main.{ledger.table.quoted}").fetchone()[0]
    return int(found) if found is not None else None


def last_applied(connection: sqlite3.Connection, ledger: Ledger) -> Applied | None:
    """Give what was applied last and not rolled back; None where reconcile never applied anything here."""
    if not ledger.kept:
        return None
    query = f"""SELECT version, managed, hints FROM main.{ledger.beside.quoted}
                WHERE rolled_back_at IS NULL ORDER BY version DESC LIMIT 1"""
    found = connection.execute(query).fetchone()
    if found is None:
        return None
    version, managed, hints = found
    return Applied(version, _schema(managed), frozenset((label, old) for label, old in json.loads(hints)))


def record(connection: sqlite3.Connection, ledger: Ledger, row: Record, now: datetime) -> int:
    """Write one version inside the caller's transaction and give its number."""
    if ledger.foreign is not None:
        hint = "name another table in schema.yaml:   history_table: schema_history"
        raise FailedError(ledger.foreign, code="history-shape", hint=hint)
    create(connection, ledger)
    found = connection.execute(f"""SELECT max(
        (SELECT coalesce(max(version), 0) FROM main.{ledger.table.quoted}),
        (SELECT coalesce(max(version), 0) FROM main.{ledger.beside.quoted})) + 1""")
    version: int = found.fetchone()[0]
    applied_at = _utc(now)
    connection.execute(
        f"INSERT INTO main.{ledger.table.quoted} (version, description, applied_at) VALUES (?, ?, ?)",
        (version, row.description, applied_at),
    )
    connection.execute(
        f"INSERT INTO main.{ledger.beside.quoted} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        (
            version,
            row.plan_id,
            *row.fingerprints,
            json.dumps(rows(row.before.entries)),
            json.dumps(rows(row.after.entries)),
            json.dumps(rows(row.managed.entries)),
            json.dumps(row.hints),
            row.way_back.json,
            row.backup,
            row.seconds,
            row.reconcile_version,
            row.sqlite_version,
            row.schema_digest,
        ),
    )
    return version


def create(connection: sqlite3.Connection, ledger: Ledger) -> None:
    """Create those of the two tables that are not there yet."""
    if not ledger.exists:
        connection.execute(f"""CREATE TABLE main.{ledger.table.quoted} (
            version INTEGER PRIMARY KEY, description TEXT NOT NULL, applied_at TEXT NOT NULL, rolled_back_at TEXT)""")
    if not ledger.kept:
        connection.execute(f"""CREATE TABLE main.{ledger.beside.quoted} (
            version INTEGER PRIMARY KEY, plan_id TEXT NOT NULL, fingerprint_before TEXT NOT NULL,
            fingerprint_after TEXT NOT NULL, live_before TEXT NOT NULL, live_after TEXT NOT NULL,
            managed TEXT NOT NULL, hints TEXT NOT NULL, way_back TEXT NOT NULL, backup TEXT, seconds REAL NOT NULL,
            reconcile_version TEXT NOT NULL, sqlite_version TEXT NOT NULL, schema_digest TEXT NOT NULL,
            rolled_back_at TEXT)""")


def standing(connection: sqlite3.Connection, ledger: Ledger) -> tuple[Step, ...]:
    """Give the versions that reconcile applied and that are not rolled back, newest first."""
    if not ledger.kept:
        return ()
    query = f"""SELECT version, live_before, live_after, managed, way_back, backup
                FROM main.{ledger.beside.quoted} WHERE rolled_back_at IS NULL ORDER BY version DESC"""
    return tuple(
        Step(version, _schema(before), _schema(after), _schema(managed), _way_back(way_back), backup)
        for version, before, after, managed, way_back, backup in connection.execute(query)
    )


def managed_at(connection: sqlite3.Connection, ledger: Ledger, version: int) -> Schema:
    """Give what was under management at a version."""
    query = f"SELECT managed FROM main.{ledger.beside.quoted} WHERE version = ?"
    return _schema(connection.execute(query, (version,)).fetchone()[0])


def before(connection: sqlite3.Connection, ledger: Ledger, version: int) -> int | None:
    """Give the last version that reconcile applied before a version; None where there is none."""
    if not ledger.kept:
        return None
    query = f"SELECT max(version) FROM main.{ledger.beside.quoted} WHERE version < ?"
    found: int | None = connection.execute(query, (version,)).fetchone()[0]
    return found


def sensitive(connection: sqlite3.Connection, ledger: Ledger) -> tuple[tuple[str, str | None], ...]:
    """Give the folded (table, column) of whatever any version called sensitive; column None: the whole table."""
    found = connection.execute(f"SELECT way_back FROM main.{ledger.beside.quoted} ORDER BY version")
    return tuple(dict.fromkeys(each for (text,) in found for each in _way_back(text).sensitive))


def mark_undone(connection: sqlite3.Connection, ledger: Ledger, version: int, now: datetime) -> None:
    """Mark a version as rolled back, in the caller's transaction. What it had rolled back itself stands again."""
    _stand(connection, ledger, version, _utc(now), stands=False)


def mark_rolled_back(connection: sqlite3.Connection, ledger: Ledger, undone: tuple[int, ...], now: datetime) -> None:
    """Mark versions as rolled back, in the caller's transaction, whatever they were: the file was restored."""
    for version in undone:
        _set_rolled_back(connection, ledger, version, _utc(now))


def _stand(connection: sqlite3.Connection, ledger: Ledger, version: int, at: str, *, stands: bool) -> None:
    _set_rolled_back(connection, ledger, version, None if stands else at)
    query = f"SELECT way_back FROM main.{ledger.beside.quoted} WHERE version = ?"
    for (way_back,) in connection.execute(query, (version,)).fetchall():
        for undid in _way_back(way_back).undid:
            # An undone rollback brings its version back; that one, if it was a rollback too, undoes again.
            _stand(connection, ledger, undid, at, stands=not stands)


def _set_rolled_back(connection: sqlite3.Connection, ledger: Ledger, version: int, at: str | None) -> None:
    for table in [ledger.beside, *([ledger.table] if ledger.has_rolled_back else [])]:
        connection.execute(f"UPDATE main.{table.quoted} SET rolled_back_at = ? WHERE version = ?", (at, version))


def _utc(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def row_of(connection: sqlite3.Connection, ledger: Ledger, above: int) -> dict[str, list[dict[str, object]]]:
    """Give the raw rows of both tables above a version, by table name: to be carried past a restore."""
    out: dict[str, list[dict[str, object]]] = {}
    for table in (ledger.table, ledger.beside):
        found = connection.execute(f"SELECT * FROM main.{table.quoted} WHERE version > ? ORDER BY version", (above,))
        names = [column[0] for column in found.description]
        out[table.text] = [dict(zip(names, row, strict=True)) for row in found]
    return out


def versions(connection: sqlite3.Connection, ledger: Ledger) -> tuple[Version, ...]:
    """Give the whole history, oldest first."""
    if not ledger.exists or ledger.foreign is not None:
        return ()
    rolled_back = "h.rolled_back_at" if ledger.has_rolled_back else "NULL"
    if not ledger.kept:
        query = (
            f"SELECT version, description, applied_at, {rolled_back} FROM main.{ledger.table.quoted} AS h ORDER BY 1"
        )
        return tuple(Version(*row) for row in connection.execute(query))
    query = f"""SELECT h.version, h.description, h.applied_at, coalesce(r.rolled_back_at, {rolled_back}),
                       r.plan_id, r.backup, r.seconds, r.reconcile_version, r.sqlite_version
                FROM main.{ledger.table.quoted} AS h LEFT JOIN main.{ledger.beside.quoted} AS r USING (version)
                ORDER BY h.version"""
    return tuple(Version(*row) for row in connection.execute(query))


def _columns(connection: sqlite3.Connection, table: Name) -> list[tuple[str, bool]]:
    """Give the columns of a table, each with whether an INSERT must give it a value."""
    query = """SELECT name, "notnull" AND dflt_value IS NULL AND pk = 0 FROM pragma_table_xinfo(?)"""
    return [(column, bool(needed)) for column, needed in connection.execute(query, (table.text,))]


def _trigger(connection: sqlite3.Connection, table: Name) -> str | None:
    query = "SELECT name FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE LIMIT 1"
    found = connection.execute(query, (table.text,)).fetchone()
    return str(found[0]) if found else None


def _way_back(text: str) -> WayBack:
    found = json.loads(text)
    tables, columns, conversions = (
        tuple(tuple(each) for each in found[part]) for part in ("tables", "columns", "conversions")
    )
    hidden = tuple((table, column) for table, column in found.get("sensitive", ()))
    return WayBack(tables, columns, conversions, tuple(found["undid"]), bool(found.get("restored")), hidden)


def _schema(text: str) -> Schema:
    entries = (Entry(ObjectKind(kind), name(own), name(table), sql) for kind, own, table, sql in json.loads(text))
    return Schema(tuple(entries))

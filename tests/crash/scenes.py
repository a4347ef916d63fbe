"""A store, a command that changes it, and what must be found on disk however that command ended.

A scene is run again and again in a fresh folder, each time with another fault. Afterwards the store is reopened in a
copy of its folder, as it lies there, and must be exactly old or new; then the next command must leave nothing behind.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from runs import Ran, build, forked, names, reconcile

SCHEMA = """\
version: 1
tables:
  products:
    columns:
      id: INTEGER PRIMARY KEY AUTOINCREMENT
      name: {sql: TEXT NOT NULL, renamed_from: title}
      price: {sql: INTEGER NOT NULL, using: CAST(round(price * 100) AS INTEGER), undo: price / 100.0}
    checks:
      not_negative: price >= 0
    indexes:
      by_price: (price, name)
  parts:
    columns:
      id: INTEGER PRIMARY KEY
      product_id: INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE
      note: TEXT
    indexes:
      by_product: (product_id)
views:
  cheap: SELECT name FROM products WHERE price < 500
"""
TABLES = """
    CREATE TABLE products (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, price REAL);
    CREATE INDEX by_title ON products (title);
    CREATE TABLE parts (id INTEGER PRIMARY KEY, product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE);
    CREATE TABLE log (what TEXT);
    CREATE TRIGGER told AFTER DELETE ON parts BEGIN INSERT INTO log VALUES ('deleted ' || OLD.id); END;
"""
ROWS = """
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
    INSERT INTO products (title, price) SELECT 'product ' || i || substr(hex(zeroblob(60)), 1, i % 90), i * 0.25 FROM n;
    DELETE FROM products WHERE id % 7 = 0;
    INSERT INTO parts (product_id) SELECT id FROM products;
"""
STAMPED = re.compile(r"backups/store_\d{8}_\d{6}(-\d+)?\.db")
UNFINISHED = re.compile(r"store\.db-(journal|wal)|backups/\.reconcile-tmp-[a-z0-9_]{8}(/draft(-journal)?)?")


GONE = 99
"""The exit code of a process that ends by `os._exit` in the middle, as if it was killed."""


@dataclass(frozen=True, slots=True)
class State:
    """What a database holds, by a connection that knows nothing of reconcile."""

    schema: tuple[tuple[object, ...], ...]
    rows: tuple[tuple[str, tuple[object, ...]], ...]
    history: tuple[tuple[object, ...], ...]
    faults: tuple[object, ...]


@dataclass(slots=True)
class Tried:
    """How often something was tried, and how it ended."""

    what: str
    points: int = 0
    old: int = 0
    new: int = 0
    bad: int = 0
    doubts: int = 0

    def __str__(self) -> str:
        doubts = f", {self.doubts} said that the state is not known" if self.doubts else ""
        return f"{self.what}: {self.points} points, {self.old} old, {self.new} new, {self.bad} bad{doubts}"


TRIED: list[Tried] = []


@dataclass(slots=True)
class Scene:
    """A folder as it is before, the command, and the two states that may be found after it."""

    name: str
    mode: str
    words: tuple[str, ...]
    pristine: Path
    play: Path
    old: State
    new: State = field(init=False)
    done: str = field(init=False)
    plan: str = field(default="")

    def fresh(self) -> Path:
        """Give the folder as it was, for one more run."""
        shutil.rmtree(self.play, ignore_errors=True)
        shutil.copytree(self.pristine, self.play)
        return self.play


def scene(name: str, mode: str, folder: Path, *, count: int = 60, cache: int | None = None) -> Scene:
    """Set a scene of ``apply``, ``restore`` or ``backup``; a small cache (in pages) makes SQLite spill early."""
    pristine = folder / f"{name}-{mode}"
    pristine.mkdir()
    store = build(pristine / "store.db", f"PRAGMA journal_mode = {mode}", TABLES, ROWS.format(count=count))
    if cache is not None:
        build(store, f"PRAGMA default_cache_size = {cache}")
    (pristine / "schema.yaml").write_text(SCHEMA, "utf-8")
    words = ("apply", "store.db", "--yes", "--wait", "200ms")
    plan = reconcile("plan", "store.db", folder=pristine).out.split("--plan ")[1].split()[0]
    if name == "restore":
        saved = build(pristine / "saved.db", TABLES, ROWS.format(count=count // 2))
        build(saved, "UPDATE products SET title = 'saved ' || id")
        words = ("restore", "store.db", "saved.db", "--wait", "200ms")
    if name == "backup":
        words = ("backup", "store.db")
    made = Scene(name, mode, words, pristine, folder / "play", look(store), plan=plan)
    ran = forked(*words, folder=made.fresh()).go().end()
    assert 0 == ran.status, ran.err
    made.new = look(made.play / "store.db")
    made.done = {"apply": "Applied #1 in", "restore": "Restored store.db from saved.db", "backup": "Backed up"}[name]
    assert made.new.faults == ()
    assert (made.new == made.old) == (name == "backup")
    return made


def look(store: Path) -> State:
    """Reopen a database in a copy of its files, so that nothing is mended where it lies."""
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("", "-wal", "-journal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(f"{store}{ending}", folder)
        with contextlib.closing(sqlite3.connect(Path(folder) / store.name)) as connection:
            return _state(connection)


def _state(connection: sqlite3.Connection) -> State:
    def ask(query: str) -> tuple[tuple[object, ...], ...]:
        return tuple(connection.execute(query).fetchall())

    schema = ask("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")
    tables = [name for kind, name, _, _ in schema if kind == "table" and not name.startswith("schema_version")]
    rows = tuple((name, ask(f"SELECT rowid, * FROM {name} ORDER BY rowid")) for name in tables)
    kept = ("table", "schema_version") in [row[:2] for row in schema]
    history = ask("SELECT version, rolled_back_at FROM schema_version ORDER BY version") if kept else ()
    faults = [line for line in ask("PRAGMA integrity_check") if line != ("ok",)]
    return State(schema, rows, history, (*faults, *ask("PRAGMA foreign_key_check")))


@dataclass(slots=True)
class Judge:
    """Looks at what each run left, counts it, and says what is wrong."""

    scene: Scene
    tried: Tried
    may_doubt: bool = False
    wrong: list[str] = field(default_factory=list)

    def look_at(self, point: str, ran: Ran) -> None:
        """Judge one run."""
        before = len(self.wrong)
        self.tried.points += 1
        state = look(self.scene.play / "store.db")
        if state == self.scene.new:
            self.tried.new += 1
        elif state == self.scene.old:
            self.tried.old += 1
        else:
            self._say(point, "neither old nor new", ran)
            self.tried.bad += 1
            return
        self._what_it_said(point, ran, state)
        self._what_lies_there(point, ran)
        self._what_comes_next(point, ran, state)
        self.tried.bad += len(self.wrong) > before

    def over(self) -> None:
        """Put the numbers where they are printed, and fail if anything was wrong."""
        TRIED.append(self.tried)
        assert not self.wrong, "\n\n".join(self.wrong[:5])
        assert self.tried.points, "nothing was tried"

    def _what_it_said(self, point: str, ran: Ran, state: State) -> None:
        said = ran.out + ran.err
        if "Traceback" in said or "bug in reconcile" in said:
            self._say(point, "it did not expect this", ran)
        died = ran.status < 0 or ran.status == GONE
        if self.scene.old == self.scene.new:
            fine = died or (ran.status == 0) == (self.scene.done in ran.out)
            if not fine:
                self._say(point, "its words and its exit code differ", ran)
            return
        is_new = state == self.scene.new
        if died:
            fine = is_new or self.scene.done not in ran.out
        elif ran.status == 0:
            fine = is_new and self.scene.done in ran.out
        else:
            fine = self._told_state(ran) in (None, is_new)
            if self._told_state(ran) is None:
                self.tried.doubts += 1
                fine = self.may_doubt
        if not fine:
            self._say(point, f"it is {'new' if is_new else 'old'}, and was told otherwise", ran)

    @staticmethod
    def _told_state(ran: Ran) -> bool | None:
        """Read from its message whether it says new, old, or that it does not know."""
        if "Nothing was changed." in ran.err or "Everything was rolled back" in ran.err:
            return False
        if "error: SQLite failed: " in ran.err:  # while planning, which only reads: its message does not say so yet
            return False
        return True if "The change is committed." in ran.err else None

    def _what_lies_there(self, point: str, ran: Ran) -> None:
        folder = self.scene.play
        known = {*names(self.scene.pristine), "backups"}
        for name in names(folder):
            if STAMPED.fullmatch(name):
                if look(folder / name) != self.scene.old:
                    self._say(point, f"{name} is not what was there before", ran)
            elif name not in known and not UNFINISHED.fullmatch(name):
                self._say(point, f"{name} was left", ran)

    def _what_comes_next(self, point: str, ran: Ran, state: State) -> None:
        """Run the command again. The plan's id, because apply without it does not get past a hot journal yet."""
        folder = self.scene.play
        words = self.scene.words
        if self.scene.name == "apply":
            words = ("apply", "store.db", *(("--yes",) if state == self.scene.new else ("--plan", self.scene.plan)))
        elif self.scene.name == "backup":
            with contextlib.closing(sqlite3.connect(folder / "store.db")) as connection:
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        again = reconcile(*words, folder=folder)
        if again.status != 0:
            self._say(point, f"the next command failed: {again.err}", ran)
        if look(folder / "store.db") != self.scene.new:
            self._say(point, "the next command did not reach the new state", ran)
        if ran.status == 0:
            # Only a private folder whose removal failed can still be there, and the next backup removes it.
            reconcile("backup", "store.db", folder=folder)
        known = {*names(self.scene.pristine), "backups"}
        stray = [name for name in names(folder) if name not in known and not STAMPED.fullmatch(name)]
        if stray:
            self._say(point, f"after the next command there is still {', '.join(stray)}", ran)

    def _say(self, point: str, what: str, ran: Ran) -> None:
        self.wrong.append(f"{self.tried.what}, {point}: {what}\nexit {ran.status}, {ran.last_line}\n{ran.err}")


def run(scene: Scene, sabotage: Callable[[], object] | None = None) -> Ran:
    """Run the scene once in a fresh folder."""
    return forked(*scene.words, folder=scene.fresh(), sabotage=sabotage).go().end()

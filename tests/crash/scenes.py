"""A store, a command that changes it, and what must be found on disk however that command ended.

A scene is run again and again in a fresh folder, each time with another fault. Afterwards the store is reopened in a
copy of its folder, as it lies there, and must be exactly old or new; then the next command must leave nothing behind.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from runs import Ran, build, forked, names, reconcile, rows
from states import TRIED, State, Tried, backup_of_last_version, look

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
# What the catalog alone tells, a column added on the way: an index is filled again under another collation, and a
# DEFAULT is written twice, a sentinel first.
CATALOG = """\
version: 1
tables:
  products:
    columns:
      id: INTEGER PRIMARY KEY AUTOINCREMENT
      title: TEXT COLLATE NOCASE
      price: REAL NOT NULL DEFAULT 7 CHECK (price >= 0)
      weight: INTEGER
    indexes:
      by_title: (title)
  parts:
    columns:
      id: INTEGER PRIMARY KEY
      product_id: INTEGER REFERENCES products (id) ON DELETE SET NULL
"""
STAMPED = re.compile(r"backups/(store|new)_\d{8}_\d{6}(-\d+)?\.db")
UNFINISHED = re.compile(
    r"(store|new|saved|backups/store_\d{8}_\d{6}(-\d+)?)\.db-(journal|wal)"
    r"|(backups/)?\.reconcile-tmp-[a-z0-9_]{8}(/draft(-journal|-wal)?)?"
)


GONE = 99
"""The exit code of a process that ends by `os._exit` in the middle, as if it was killed."""

IMPATIENT = ("--wait", "200ms")
YES = ("store.db", "--yes")
GOING = "drop-column:parts.note drop-index:by_price drop-index:by_product drop-view:cheap"
ALLOWED = tuple(word for code in GOING.split() for word in ("--allow", code))


@dataclass(frozen=True, slots=True)
class Act:
    """A command, the last line of what it prints when it is done, and how the folder is set for it.

    `then` is what comes next where the command is done and the folder is as it should be.
    """

    words: tuple[str, ...]
    done: str
    set_up: Callable[[Path, int], object] = lambda folder, count: None  # noqa: ARG005
    then: tuple[str, ...] = ("backup", "store.db")
    store: str = "store.db"


def _saved_aside(folder: Path, count: int) -> None:
    saved = build(folder / "saved.db", TABLES, ROWS.format(count=count // 2))
    build(saved, "UPDATE products SET title = 'saved ' || id")
    if rows(folder / "store.db", "PRAGMA journal_mode") == [("wal",)]:
        build(saved, "PRAGMA journal_mode = wal")


def _catalog(folder: Path, _count: int) -> None:
    (folder / "schema.yaml").write_text(CATALOG, "utf-8")


def _applied(folder: Path, _count: int) -> None:
    """Apply, and go on writing: a way back must keep what was written since, or save it aside."""
    assert 0 == reconcile("apply", *YES, folder=folder).status
    build(folder / "store.db", "INSERT INTO products (name, price) VALUES ('written since', 7)")


def _removed(folder: Path, _count: int) -> None:
    (folder / "store.db").unlink()


ACTS = {
    "apply": Act(("apply", *YES), "Applied #1 in", then=("apply", *YES)),
    "catalog": Act(("apply", *YES), "Applied #1 in", _catalog, then=("apply", *YES)),
    "create": Act(
        ("apply", "new.db", "--create", "--yes"),
        "Applied #1 in",
        _removed,
        then=("apply", "new.db", "--yes"),
        store="new.db",
    ),
    "ensure": Act(("ensure",), "Ensured #1", then=("ensure",)),
    "rollback": Act(("rollback", *YES, *ALLOWED), "Applied #2 in", _applied),
    "rollback-restore": Act(("rollback", *YES, "--restore"), "Restored. What was there is kept.", _applied),
    "restore": Act(
        ("restore", "store.db", "saved.db"),
        "Restored store.db from saved.db",
        _saved_aside,
        then=("restore", "store.db", "saved.db"),
    ),
    "backup": Act(("backup", "store.db"), "Backed up", then=("backup", "store.db")),
}


COMMANDS = [name for name in ACTS if name != "ensure"]
"""What the quick tier tries in every way: ensure() does its work by what apply does, and is killed there only."""

PLAIN = ("backup", "ensure")  # without a --wait


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

    @property
    def act(self) -> Act:
        return ACTS[self.name]

    @property
    def store(self) -> Path:
        return self.play / self.act.store

    def fresh(self) -> Path:
        """Give the folder as it was, for one more run."""
        self.play.mkdir(exist_ok=True)  # and no new one: it may be a file system of its own
        for left in self.play.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        shutil.copytree(self.pristine, self.play, dirs_exist_ok=True)
        return self.play


def scene(name: str, mode: str, folder: Path, *, count: int = 60, cache: int | None = None) -> Scene:
    """Set a scene; a small cache (in pages) makes SQLite spill early."""
    act = ACTS[name]
    pristine = folder / f"{name}-{mode}"
    pristine.mkdir()
    store = build(pristine / "store.db", f"PRAGMA journal_mode = {mode}", TABLES, ROWS.format(count=count))
    if cache is not None:
        build(store, f"PRAGMA default_cache_size = {cache}")
    (pristine / "schema.yaml").write_text(SCHEMA, "utf-8")
    act.set_up(pristine, count)
    words = act.words if name in PLAIN else (*act.words, *IMPATIENT)
    made = Scene(name, mode, words, pristine, folder / "play", look(pristine / act.store))
    ran = run(made)
    assert (0, True) == (ran.status, act.done in ran.out), ran.err
    made.new = look(made.store)
    assert made.new.faults == ()
    assert (made.new == made.old) == (name == "backup")
    return made


@dataclass(slots=True)
class Judge:
    """Looks at what each run left, counts it, and says what is wrong.

    A backup holds what was there before the command, or one of the states in `also`. Before the next command what
    surrounds it is `mended`.
    """

    scene: Scene
    tried: Tried
    may_doubt: bool = False
    also: tuple[State, ...] = ()
    mended: Callable[[], object] = lambda: None
    wrong: list[str] = field(default_factory=list)

    def look_at(self, point: str, ran: Ran) -> None:
        """Judge one run."""
        before = len(self.wrong)
        self.tried.points += 1
        state = look(self.scene.store)
        if state == self.scene.new:
            self.tried.new += 1
        elif state == self.scene.old:
            self.tried.old += 1
        else:
            self._say(point, "neither old nor new", ran)
            self.tried.bad += 1
            return
        self._what_it_said(point, ran, state)
        self._what_lies_there(point, ran, state)
        self.mended()
        self._what_comes_next(point, ran, state)
        self.tried.bad += len(self.wrong) > before

    def over(self) -> None:
        """Put the numbers where they are printed, and fail if anything was wrong."""
        TRIED.append(self.tried)
        assert not self.wrong, "\n\n".join(self.wrong[:5])
        assert self.tried.points, "nothing was tried"

    def _what_it_said(self, point: str, ran: Ran, state: State) -> None:
        said, done = ran.out + ran.err, self.scene.act.done
        if "Traceback" in said or "bug in reconcile" in said:
            self._say(point, "it did not expect this", ran)
        died = ran.status < 0 or ran.status == GONE
        if self.scene.old == self.scene.new:
            fine = died or (ran.status == 0) == (done in ran.out)
            if not fine:
                self._say(point, "its words and its exit code differ", ran)
            return
        is_new = state == self.scene.new
        if died:
            fine = is_new or done not in ran.out
        elif ran.status == 0:
            fine = is_new and done in ran.out
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
        if re.search("Nothing was changed|No database was changed", ran.out + ran.err):
            return False
        if "Everything was rolled back" in ran.err:
            return False
        if "error: SQLite failed: " in ran.err:  # while planning, which only reads: its message does not say so yet
            return False
        return True if "The change is committed." in ran.err else None

    def _what_lies_there(self, point: str, ran: Ran, state: State) -> None:
        folder = self.scene.play
        known = {*names(self.scene.pristine), "backups", self.scene.act.store}
        for name in names(folder):
            if name in known:
                continue
            if STAMPED.fullmatch(name):
                if look(folder / name) not in (self.scene.old, *self.also):
                    self._say(point, f"{name} is not what was there before", ran)
            elif not UNFINISHED.fullmatch(name):
                self._say(point, f"{name} was left", ran)
        if state == self.scene.new and state.history:
            promised = backup_of_last_version(self.scene.store)
            if promised is not None and not promised.is_file():
                self._say(point, f"the history names a backup that is not there: {promised.name}", ran)

    def _what_comes_next(self, point: str, ran: Ran, state: State) -> None:
        """Run the command again, or where it is done what comes after it: all is well, and nothing lies about."""
        folder, act = self.scene.play, self.scene.act
        words = act.then if state == self.scene.new else act.words
        again = forked(*words, folder=folder).go().end() if words[0] == "ensure" else reconcile(*words, folder=folder)
        if again.status != 0:
            self._say(point, f"the next command failed: {again.out}{again.err}", ran)
        if look(self.scene.store) != self.scene.new:
            self._say(point, "the next command did not reach the new state", ran)
        if act.then[0] != "backup":
            # A private folder that was left is removed by the next backup.
            reconcile("backup", act.store, folder=folder)
        # A -wal with rows in it, and a -journal that is spent, are the next writer's to move: a backup only reads.
        build(self.scene.store, "PRAGMA user_version = 0")
        known = {*names(self.scene.pristine), "backups", act.store}
        stray = [name for name in names(folder) if name not in known and not STAMPED.fullmatch(name)]
        if stray:
            self._say(point, f"after the next command there is still {', '.join(stray)}", ran)

    def _say(self, point: str, what: str, ran: Ran) -> None:
        self.wrong.append(f"{self.tried.what}, {point}: {what}\nexit {ran.status}, {ran.last_line}\n{ran.err}")


def run(scene: Scene, sabotage: Callable[[], object] | None = None) -> Ran:
    """Run the scene once in a fresh folder."""
    return forked(*scene.words, folder=scene.fresh(), sabotage=sabotage).go().end()

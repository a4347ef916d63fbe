"""Real processes that write and read a small shop all the time, and keep count of what they were promised.

Every write moves stock: it adds one row to `moves` and one to a number in `total`, in one transaction. So whoever reads
both in one transaction must see as many rows as the number says, under the old schema and under the new one.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import children

BEFORE = """
    CREATE TABLE moves (id INTEGER PRIMARY KEY, writer INTEGER NOT NULL, number INTEGER NOT NULL);
    CREATE TABLE total (moves INTEGER);
    INSERT INTO total VALUES (0);
"""
SCHEMA = """\
version: 1
tables:
  moves:
    columns:
      id: INTEGER PRIMARY KEY
      writer: INTEGER NOT NULL
      number: INTEGER NOT NULL CHECK (number >= 0)
      note: TEXT NOT NULL DEFAULT 'none'
    unique:
      - [writer, number]
  total:
    columns:
      moves: INTEGER NOT NULL
"""
PATIENCE = 150.0  # seconds; a disk that others keep busy can take half a minute for one fsync


@dataclass(slots=True)
class Told:
    """What one process says at its end: for a writer, how far its acknowledged writes go."""

    acknowledged: int = 0
    turns: int = 0
    shapes: list[int] = field(default_factory=list)
    longest: float = 0.0
    wrong: list[str] = field(default_factory=list)


Work = Callable[[Path, Told, Callable[[], bool]], None]


def writer(number: int) -> Work:
    """Write until told to stop, and once more; an error is nobody's fault but ours."""

    def work(store: Path, told: Told, on: Callable[[], bool]) -> None:
        with contextlib.closing(sqlite3.connect(store, isolation_level=None, timeout=PATIENCE)) as db:
            going = True
            while going:
                going = on()
                begun = time.monotonic()
                db.execute("BEGIN IMMEDIATE")
                db.execute("INSERT INTO moves (writer, number) VALUES (?, ?)", (number, told.acknowledged + 1))
                db.execute("UPDATE total SET moves = moves + 1")
                db.execute("COMMIT")
                told.acknowledged += 1
                told.turns += 1
                told.longest = max(told.longest, time.monotonic() - begun)
                time.sleep(0.001)

    return work


def reader(store: Path, told: Told, on: Callable[[], bool]) -> None:
    """Read until told to stop, and once more; note whatever does not fit together."""
    with contextlib.closing(sqlite3.connect(store, isolation_level=None, timeout=PATIENCE)) as db:
        going = True
        while going:
            going = on()
            db.execute("BEGIN")
            (promised,) = db.execute("SELECT moves FROM total").fetchone()
            columns = [row[0] for row in db.execute("SELECT name FROM pragma_table_info('moves')")]
            (seen,) = db.execute("SELECT count(*) FROM moves").fetchone()
            tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            latest = "SELECT max(version) FROM schema_version" if "schema_version" in tables else "SELECT 0"
            (version,) = db.execute(latest).fetchone()
            db.execute("COMMIT")
            told.turns += 1
            if seen != promised:
                told.wrong.append(f"{seen} rows where {promised} were written")
            # Version 1 adds a column, version 2 is the way back.
            if len(columns) != (4 if version == 1 else 3):
                told.wrong.append(f"a mixture: {columns} in version {version}")
            if len(columns) not in told.shapes:
                told.shapes.append(len(columns))
            time.sleep(0.001)


@dataclass(slots=True)
class Crowd:
    """Processes at work on one store, until `stop`."""

    pids: list[int]
    pipes: list[int]

    def stop(self) -> list[Told]:
        """Stop them all, and hear what each has to tell, in the order in which they were named."""
        for pid in self.pids:
            os.kill(pid, signal.SIGTERM)
        said = [children.heard_to_its_end(pipe, "one of the crowd") for pipe in self.pipes]
        while self.pids:
            children.ended(self.pids.pop(), "one of the crowd")
        return [Told(**json.loads(each or b'{"wrong": ["it died"]}')) for each in said]


@contextlib.contextmanager
def at_work(store: Path, *works: Work) -> Iterator[Crowd]:
    """Let processes work on a store; each has had a turn before we go on."""
    crowd = Crowd([], [])
    try:
        for work in works:
            pid, pipe = _started(store, work)
            crowd.pids.append(pid)
            crowd.pipes.append(pipe)
        for pipe in crowd.pipes:
            said = os.read(pipe, 1) if select.select([pipe], [], [], children.PATIENCE)[0] else b"nothing"
            assert b"!" == said, "one of the crowd has not begun"
        yield crowd
    finally:
        for pid in crowd.pids:
            os.kill(pid, signal.SIGKILL)
            children.ended(pid, "one of the crowd")
        for pipe in crowd.pipes:
            os.close(pipe)


def _started(store: Path, work: Work) -> tuple[int, int]:
    source, sink = os.pipe()
    pid = children.fork(lambda: _work(store, work, sink), keep=(sink,))
    os.close(sink)
    return pid, source


def _work(store: Path, work: Work, sink: int) -> None:
    told, going, silent = Told(), [True], [True]
    signal.signal(signal.SIGTERM, lambda *_: going.clear())

    def on() -> bool:
        if told.turns and silent:
            silent.clear()
            os.write(sink, b"!")
        return bool(going)

    try:
        work(store, told, on)
    except BaseException as error:  # noqa: BLE001 - it must be told
        told.wrong.append(f"{type(error).__name__}: {error}")
    finally:
        fields = {name: getattr(told, name) for name in ("acknowledged", "turns", "shapes", "longest", "wrong")}
        os.write(sink, json.dumps(fields).encode()[:60_000])

"""A database's life in any order: edits, writes, the way back, restores, crashes, another tool: P4, P10, P17.

Every step is judged by databases that were built by hand, or by an image of the file as it was.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from .contents import MEMORY, compare_rows, integrity_of, opened
from .dice import Seeded
from .drive import IN_SYNC, REFUSED, Site, allowing, run
from .edits import KINDS
from .hand import rebuild_by_hand
from .journey import consented, plan, refuse_rows, take_over
from .model import Schema, quoted
from .oracle import compare_schemas
from .rows import Live, Settings, build, draw_settings, insert
from .scenario import Scenario
from .schemas import draw_schema
from .test_undo import RENUMBERED, roll_back
from .yaml_writer import Hints, write_yaml

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(3600),
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),
]
seeds = st.integers(0, 2**32)
REFUSED_BY_ROWS = [kind for kind in KINDS if kind.blocks]
TRIES = 6
happened: Counter[str] = Counter()
"""What the lives of one run were made of: a run in which nothing happens finds nothing."""


class Life(RuleBasedStateMachine):
    """One file. `before` is what the last apply can be undone to, where nothing else has happened since."""

    @initialize(seed=seeds)
    def born(self, seed: int) -> None:
        """Build a database with rows, and take it over."""
        self.dice = Seeded(seed)
        self.schema: Schema = draw_schema(self.dice)
        self.told: Settings = draw_settings(self.dice)
        self.folder = Path(tempfile.mkdtemp(prefix="reconcile-life-", dir=MEMORY if Path(MEMORY).is_dir() else None))
        self.place = Site(self.folder)
        image = build(self.schema, self.told, self.dice.integer(0, 2**32), 4, inline=False).image
        self.place.database.write_bytes(image)
        if self.told.wal:
            with self.opened() as connection:
                connection.execute("PRAGMA journal_mode = WAL")
        self.declare()
        take_over(self.place)
        self.file_settings = self.place.settings()
        self.strangers: dict[str, int] = {}
        self.before: tuple[Schema, bytes] | None = None
        self.renumbered = False
        self.backups: dict[Path, tuple[Schema, bytes, dict[str, int]]] = {}

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder, ignore_errors=True)

    @rule(seed=seeds)
    def edit(self, seed: int) -> None:
        """Change schema.yaml in one way, plan it, and apply it or see it refused."""
        scenario = self.drawn(seed)
        if scenario is None:
            return
        self.place.declare(scenario.yaml_after)
        if plan(self.place, scenario).code == IN_SYNC:
            self.schema = scenario.change.desired
            return
        if scenario.blocked:
            refuse_rows(self.place, scenario)
            self.declare()
            happened["blocked"] += 1
            return
        kept = self.kept()
        applied = consented(self.place, scenario, [])
        if applied.code == REFUSED and scenario.undecided:
            self.declare()
            return
        assert applied.code == 0, applied
        happened["applied"] += 1
        self.must_be(scenario.change.desired, scenario.hand.image)
        self.before, self.renumbered = (self.schema, scenario.live.image), scenario.kind in RENUMBERED
        (backup,) = self.kept() - kept
        self.backups[backup] = (self.schema, scenario.live.image, dict(self.strangers))
        self.schema = scenario.change.desired

    @rule(seed=seeds)
    def write(self, seed: int) -> None:
        """Let the application write; what SQLite refuses was no row."""
        random = Random(f"write {seed}")
        with self.opened() as connection:
            connection.execute(f"PRAGMA foreign_keys = {random.randint(0, 1)}")
            for table in self.schema.tables[:-1]:
                name, first = quoted(table.name), quoted(table.stored[0].name)
                one = f"SELECT {first} FROM {name} LIMIT 1 OFFSET 3"
                delete = f"DELETE FROM {name} WHERE {first} IN ({one})"
                for sql in (insert(self.schema, table, self.told, random, grown=True), delete):
                    try:
                        happened["rows written"] += connection.execute(sql).rowcount
                    except sqlite3.Error:
                        continue
        self.before = None

    @rule(seed=seeds)
    def undo(self, seed: int) -> None:
        """Roll back what was applied last; nothing was written since, so it is what it was (P14)."""
        if self.before is None:
            self.edit(seed)
        if self.before is None:
            return
        schema, image = self.before
        back = roll_back(self.place)
        assert back.code == 0, back
        happened["undone"] += 1
        self.must_be(schema, image, rowids=not self.renumbered)
        self.schema, self.before = schema, None
        self.declare()

    @rule(seed=seeds, which=st.integers(0, 9))
    def restore(self, seed: int, which: int) -> None:
        """Put one of the backups back."""
        if not self.backups:
            self.edit(seed)
        if not self.backups:
            return
        path = sorted(self.backups)[which % len(self.backups)]
        schema, image, strangers = self.backups[path]
        ran = run("restore", str(self.place.database), str(path))
        assert ran.code == 0, ran
        happened["restored"] += 1
        self.must_be(schema, image)
        self.schema, self.before, self.strangers = schema, None, dict(strangers)
        self.declare()

    @rule()
    def another_tool(self) -> None:
        """Let somebody else make a table of their own, with an index, a row and a trigger."""
        name = f"stranger_{len(self.strangers)}_{len(self.backups)}"
        if name in self.strangers:
            return
        with self.opened() as connection:
            connection.execute(f"CREATE TABLE {name} (a, b)")
            connection.execute(f"CREATE INDEX {name}_i ON {name} (b DESC) WHERE a > 0")
            connection.execute(f"INSERT INTO {name} VALUES (1, 'x'), (2, 'y')")
            connection.execute(f"CREATE TRIGGER {name}_t AFTER DELETE ON {name} BEGIN SELECT 1; END")
        self.strangers[name], self.before = 2, None
        happened["changed by another tool"] += 1

    @rule(seed=seeds, moment=st.floats(0.0, 0.25))
    def crash(self, seed: int, moment: float) -> None:
        """Kill an apply at some moment: the file is old or new (P12)."""
        scenario = self.drawn(seed)
        if scenario is None or scenario.blocked:
            return
        self.place.declare(scenario.yaml_after)
        flags = allowing((*scenario.consent.must, *scenario.consent.may))
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, moment + 0.001)
            self.place.run("apply", "--yes", *flags)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        happened["killed"] += os.WIFSIGNALED(status)
        with self.opened() as connection:  # a hot journal is rolled back here
            connection.execute("SELECT count(*) FROM sqlite_schema")
        if self.differs(scenario.change.desired, scenario.hand.image):
            self.must_be(self.schema, scenario.live.image)
        else:
            self.schema = scenario.change.desired
        self.before = None
        self.declare()

    @invariant()
    def sound(self) -> None:
        """See the file's settings, strangers' tables and soundness as they were, and check at peace (P3, P10, P17)."""
        if not hasattr(self, "place"):
            return
        assert self.place.settings() == self.file_settings
        with opened(self.place.database) as connection:
            for name, count in self.strangers.items():
                assert connection.execute(f"SELECT count(*) FROM {name}").fetchone() == (count,)
            assert not integrity_of(connection)
        before = self.place.snapshot()
        checked = self.place.run("check")
        assert checked.code == IN_SYNC, checked
        assert self.place.snapshot() == before

    def kept(self) -> set[Path]:
        """List the backups."""
        return set((self.folder / "backups").glob("*.db"))

    def opened(self) -> closing[sqlite3.Connection]:
        """Open the live database as an application does."""
        return closing(sqlite3.connect(self.place.database, isolation_level=None))

    def declare(self) -> None:
        """Write the schema.yaml of the database as it is."""
        self.place.declare(write_yaml(self.schema, Hints(), inline=False))

    def drawn(self, seed: int) -> Scenario | None:
        """Draw an edit of the schema as it is; None where all the kinds that were tried would want another one."""
        self.dice.seed(seed)
        for _ in range(TRIES):
            kind = self.dice.pick(REFUSED_BY_ROWS if self.dice.flip(30) else KINDS)
            try:
                old, change = kind.draw(self.dice, self.schema)
            except IndexError:  # the schema has nothing that this kind could change
                continue
            if old == self.schema and (kind.noop or change.desired != old):
                break
        else:
            return None
        with self.opened() as connection:
            image = bytearray(connection.serialize())
        image[18:20] = b"\1\1"  # not WAL: the image is a file of its own
        hand = rebuild_by_hand(old, bytes(image), change, self.told.encoding)
        return Scenario(kind.name, old, change, self.told, Live((), bytes(image)), hand, inline=False, seed=0, size=0)

    def differs(self, schema: Schema, image: bytes, *, rowids: bool = True) -> list[str]:
        """Say how the live database differs from an image, but for strangers."""
        with opened(image) as wanted, opened(self.place.database) as found:
            said = compare_schemas(wanted, found)
            return [line for line in said if "stranger" not in line] or compare_rows(
                schema, wanted, found, rowids=rowids
            )

    def must_be(self, schema: Schema, image: bytes, *, rowids: bool = True) -> None:
        """Compare with a database that was built by hand, or with an image."""
        assert not self.differs(schema, image, rowids=rowids)


# Of so many lives each part of a run is made; four parts share the processors.
LIVES = {"ci": 1, "dev": 8, "soak": 25, "mutants": 1}
EACH = ("applied", "blocked", "undone", "restored", "killed", "changed by another tool")


@pytest.mark.parametrize("part", range(4))
def test_a_life_in_any_order_is_sound_at_every_step(part: int) -> None:  # noqa: ARG001 - they differ by chance
    lives = LIVES.get(os.environ.get("HYPOTHESIS_PROFILE", "ci"), 1)
    happened.clear()

    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=lives,
            stateful_step_count=12,
            deadline=None,
            derandomize=False,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )

    print(dict(happened))
    assert_lived(lives)


def assert_lived(lives: int) -> None:
    """See that everything really happened, which chance alone would hardly leave out."""
    assert all(happened[what] >= lives // 25 for what in EACH), happened
    assert happened["rows written"] >= lives // 2, happened

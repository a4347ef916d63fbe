"""One drawn case: a live database, what is wanted, and what must come of it; its repr is a script to run."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from .dice import HOSTILE, Dice
from .hand import Change, Hand, rebuild_by_hand
from .model import Index, Schema, Table, Trigger, fold
from .rows import Live, Settings, build, draw_settings
from .schemas import draw_schema
from .yaml_writer import Hints, write_yaml

if TYPE_CHECKING:
    from .edits import Kind


@dataclass(frozen=True)
class Consent:
    """Flags for ``--allow``: those that must be asked for, and those that may be."""

    must: tuple[str, ...]
    may: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Scenario:
    """A live database, an edit, and the expected end, all drawn before the program is asked."""

    kind: str
    old: Schema
    change: Change
    settings: Settings
    live: Live
    hand: Hand
    inline: bool
    seed: int
    size: int

    @property
    def blocked(self) -> bool:
        """Say whether the rows themselves forbid the edit."""
        return bool(self.hand.refused)

    @property
    def undecided(self) -> bool:
        """Say whether the specification allows to refuse as well as to apply."""
        return bool(self.hand.open)

    @property
    def noop(self) -> bool:
        """Say whether nothing but the order of columns is to change."""
        return _unordered(self.old) == _unordered(self.change.desired) and not self.change.using

    @cached_property
    def yaml_before(self) -> str:
        """The schema.yaml of the database as it is."""
        return write_yaml(self.old, Hints(), inline=self.inline)

    @cached_property
    def yaml_after(self) -> str:
        """The schema.yaml that is wanted."""
        return write_yaml(self.change.desired, self.hints, inline=not self.inline)

    @cached_property
    def hints(self) -> Hints:
        """What the author knows: old names follow from hidden ids; a change of case needs none."""
        old, new = self.old.names, self.change.desired.names
        fixed = {noun.id for noun in self.old.nouns() if isinstance(noun, Index | Trigger)}
        renamed = {
            noun: (old[noun],)
            for noun in new
            if noun in old and noun not in fixed and fold(old[noun]) != fold(new[noun])
        }
        using = {column: self.old.sql(template) for column, template in self.change.using.items()}
        undo = {column: self.change.desired.sql(template) for column, template in self.change.undo.items()}
        return Hints(renamed, using, undo)

    @cached_property
    def consent(self) -> Consent:
        """What is not in the result must be named (P8)."""
        must, may = _dropped(self.old, self.change.desired)
        for column in self.hand.lossy:
            must.append(f"lossy-conversion:{_place(self.change.desired, column)}")
        if self.undecided:
            may += [f"lossy-conversion:{_place(self.change.desired, column)}" for column in _kept(self)]
        return Consent(tuple(must), tuple(may))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 - hypothesis calls it so
        """Print the script: hypothesis would print every field, images of whole databases among them."""
        printer.text("..." if cycle else repr(self))

    def __repr__(self) -> str:
        """Give a shell script that shows the case without any of this code."""
        script = [*self.live.script, *(["PRAGMA journal_mode = WAL"] if self.settings.wal else [])]
        statements = "".join(f"    {statement!r},\n" for statement in script)
        allow = " ".join(f"--allow {shlex.quote(flag)}" for flag in self.consent.must)
        return (
            f"# {self.kind}: refused {self.hand.refused}, open {self.hand.open}\n"
            f"# must allow {self.consent.must}, may allow {self.consent.may}\n"
            "cd $(mktemp -d)\n"
            "cat > rows.py <<'END_OF_ROWS'\nimport sqlite3\n"
            "connection = sqlite3.connect('live.db', isolation_level=None)\n"
            f"for statement in [\n{statements}]:\n    connection.execute(statement)\n"
            "END_OF_ROWS\npython rows.py\n"
            f"cat > schema.yaml <<'END_OF_YAML'\n{self.yaml_before}END_OF_YAML\n"
            "reconcile apply live.db --yes --no-backup\n"
            f"cat > schema.yaml <<'END_OF_YAML'\n{self.yaml_after}END_OF_YAML\n"
            f"reconcile apply live.db --yes --no-backup {allow}\n"
        )


def _dropped(old: Schema, new: Schema) -> tuple[list[str], list[str]]:
    """Give the flags for what is gone; for what goes along with its column they may be asked for."""
    must, may = [], []
    gone = old.ids - new.ids
    managed = gone - old.unmanaged
    for table in old.tables:
        if table.id in gone:
            must.append(f"drop-table:{table.name}")
            continue
        columns = [column for column in table.columns if column.id in gone]
        for column in columns:
            flag = f"drop-column:{table.name}.{column.name}"
            (may if column.generated else must).append(flag)
        for code, items in (("drop-index", table.indexes), ("drop-trigger", table.triggers)):
            flags = [f"{code}:{item.name}" for item in items if item.id in managed]
            (may if columns or gone & {t.id for t in old.tables} else must).extend(flags)
    must += [f"drop-view:{view.name}" for view in old.views if view.id in gone]
    return must, may


def _place(schema: Schema, column: int) -> str:
    table = schema.owner(column)
    return f"{table.name}.{table.column(column).name}"


def _kept(scenario: Scenario) -> list[int]:
    """Give the columns of tables that change: those whose values may be said to be lost."""
    return [
        column.id
        for table in scenario.change.desired.tables
        if table.id in scenario.old.ids and table != scenario.old.table(table.id)
        for column in table.columns
        if column.id in scenario.old.ids and column != scenario.old.owner(column.id).column(column.id)
    ]


def _unordered(schema: Schema) -> Schema:
    def sort(table: Table) -> Table:
        return replace(table, columns=tuple(sorted(table.columns, key=lambda column: column.id)))

    return replace(schema, tables=tuple(sorted(map(sort, schema.tables), key=lambda table: table.id)))


def renamed_to_hostile(scenario: Scenario) -> Scenario:
    """Give the same case with a hostile name for every plain one, the same one wherever it stands."""
    names = sorted({*scenario.old.names.values(), *scenario.change.desired.names.values()})
    pool = [f"{start} {number}" for number in range(len(names)) for start in (HOSTILE[number % len(HOSTILE)],)]
    spelled = dict(zip(names, pool, strict=True))
    old, desired = (_spelled(schema, spelled) for schema in (scenario.old, scenario.change.desired))
    live = build(old, scenario.settings, scenario.seed, scenario.size, inline=scenario.inline)
    change = replace(scenario.change, desired=desired)
    hand = rebuild_by_hand(old, live.image, change, scenario.settings.encoding)
    return replace(scenario, old=old, change=change, live=live, hand=hand)


def _spelled(schema: Schema, spelled: dict[str, str]) -> Schema:
    def all_of(items: tuple) -> tuple:
        return tuple(replace(item, name=spelled[item.name]) for item in items)

    tables = tuple(
        replace(
            table,
            columns=all_of(table.columns),
            indexes=all_of(table.indexes),
            triggers=all_of(table.triggers),
        )
        for table in all_of(schema.tables)
    )
    return replace(schema, tables=tables, views=all_of(schema.views))


@st.composite
def scenarios(draw: st.DrawFn, kind: Kind, *, hostile: bool = True) -> Scenario:
    """Draw a case of one kind: a schema, its rows, the edit, and what a rebuild by hand makes of it."""
    dice = Dice(draw)
    dice.hostile = hostile and dice.flip(35)
    old, change = kind.draw(dice, draw_schema(dice))
    settings = draw_settings(dice)
    inline, seed, size = dice.flip(), dice.integer(0, 2**32), dice.pick((6, 6, 6, 6, 2, 0))
    live = build(old, settings, seed, size, inline=inline)
    hand = rebuild_by_hand(old, live.image, change, settings.encoding)
    return Scenario(kind.name, old, change, settings, live, hand, inline, seed, size)

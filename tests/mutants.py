"""Planted bugs, each of which the quick tier must catch: `python tests/mutants.py [--seeds 1,2,3] [NAME ...]`.

A mutant replaces one attribute of the program. It is caught if a run in which the replacement was called ends with a
failed assertion about behaviour: an error while collecting, a crash of the test itself and a health check do not
count. A target that no longer exists is an error, never a survivor. A mutant without a target is *pending*: it is
named, counted and printed, and `--complete` refuses it.

The same file is the pytest plugin that plants the bug (`-p mutants --mutant NAME`) in the process that it starts.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
SUITE = "tests/property/test_edits.py::test_an_edit_reaches_what_is_declared_and_keeps_every_row"
NOT_BEHAVIOUR = frozenset({"assert_health"})


@dataclass(frozen=True)
class Mutant:
    """A planted bug: `target` is ``module:attribute.path``, `plant` turns the original into the bug.

    `select` names the tests that must catch it; `equivalent` says why it cannot be seen, where that is so.
    """

    name: str
    target: str | None = None
    plant: Callable[[Any], Any] | None = None
    select: tuple[str, ...] = ()
    equivalent: str = ""

    @property
    def pending(self) -> bool:
        """Say whether nobody has planted it yet."""
        return self.target is None


def edits(*kinds: str) -> tuple[str, ...]:
    """Select the properties of some kinds of edits."""
    return tuple(f"{SUITE}[{kind.replace(' ', '-')}]" for kind in kinds)


def cases(which: str) -> tuple[str, ...]:
    """Select some cases of the corpus."""
    return ("tests/corpus/test_cases.py", "-k", f"test_ends_as_it_says and ({which})")


AROUND = "tests/property/test_around.py"
NETS = "tests/property/test_nets.py"
ONE_LOOK = ("tests/unit/plan/test_one_look.py",)
PUT_BACK = "broken-things or with-everything or past-a-broken-view or circular-views or broken-view-elsewhere"
VIEWS = ("tests/corpus/test_cases.py", "-k", PUT_BACK)  # what sets views and triggers aside
BACKUPS = ("tests/unit/database/test_backup.py",)
GUARDS = ("tests/hostile/test_malicious_schemas.py", "-k", "a_step_writes_only")
SECRETS = ("tests/hostile/test_secrets.py",)


def nothing(_: Any) -> Any:
    """Do nothing, and find nothing."""
    return lambda *_, **__: iter(())


def none(_: Any) -> Any:
    """Have nothing to say."""
    return lambda *_, **__: None


def without(*patterns: str, by: str = "") -> Callable[[Any], Any]:
    """Lose a clause of every CREATE TABLE that is composed."""

    def bug(original: Any) -> Any:
        def lossy(*arguments: Any) -> str:
            text = original(*arguments)
            for pattern in patterns:
                text = re.sub(pattern, by, text)
            return text

        return lossy

    return bug


def other_actions(pattern: str, by: str | None) -> Callable[[Any], Any]:
    """Write other SQL into the actions that match, or leave them out."""

    def bug(original: Any) -> Any:
        def lossy(*arguments: Any) -> Any:
            for action in original(*arguments):
                if not re.search(pattern, action.sql):
                    yield action
                elif by is not None:
                    yield replace(action, sql=re.sub(pattern, by, action.sql))

        return lossy

    return bug


def other_steps(pattern: str) -> Callable[[Any], Any]:
    """Leave out the steps whose title matches."""
    return lambda original: (
        lambda *arguments: (step for step in original(*arguments) if not re.match(pattern, step.title))
    )


def option_lost(option: str) -> Callable[[Any], Any]:
    """Lose a table option."""
    return lambda original: (
        lambda *arguments: tuple(word for word in original(*arguments) if word.upper().split() != option.split())
    )


def foreign_keys_on(_: Any) -> Any:
    """Leave foreign keys on, as an application that wants them has them."""

    @contextmanager
    def session(connection: Any) -> Iterator[None]:
        connection.execute("PRAGMA foreign_keys = ON")
        yield

    return session


def pragmas_stay(_: Any) -> Any:
    """Set what is needed, and leave it so."""

    @contextmanager
    def session(connection: Any) -> Iterator[None]:
        connection.execute("PRAGMA foreign_keys = OFF")
        yield

    return session


def by_position(original: Any) -> Any:
    """Take the old columns in their order."""

    def crossed(rows: Any) -> Iterator[tuple[str, str]]:
        old = [column for column in rows.tables.old.columns if column.generated is None]
        for at, (column, value) in enumerate(original(rows)):
            fits = at < len(old) and value.startswith("was.")
            yield column, f"was.{rows.old_name(old[at].name).quoted}" if fits else value

    return crossed


def rowid_left_out(original: Any) -> Any:
    """Let SQLite number the rows again."""

    def lossy(rows: Any) -> Iterator[tuple[str, str]]:
        hidden = rows.tables.new.hidden_rowid if rows.tables.new.rowid_alias is None else None
        return (pair for pair in original(rows) if hidden is None or pair[0].strip('"').lower() != hidden.lower())

    return lossy


def no_renames(_: Any) -> Any:
    """Know of no rename."""
    from reconcile.diff.changes import Renames  # noqa: PLC0415 - planted before the program is imported
    from reconcile.diff.pairing import Pairing  # noqa: PLC0415 - planted before the program is imported

    return lambda *_: Pairing(Renames(), ())


def commits_first(original: Any) -> Any:
    """Commit what was done so far, and go on in another transaction."""

    def bug(order: Any, connection: Any, *rest: Any) -> Any:
        connection.execute("COMMIT")
        connection.execute("BEGIN IMMEDIATE")
        return original(order, connection, *rest)

    return bug


def commits_each_step(original: Any) -> Any:
    """Make every step a transaction of its own."""

    def bug(connection: Any, *rest: Any) -> Any:
        original(connection, *rest)
        connection.execute("COMMIT")
        connection.execute("BEGIN IMMEDIATE")

    return bug


def checks_before_the_lock(original: Any) -> Any:
    """Compare the plan's id with what is there before the lock, and plan what is there inside it."""
    from reconcile import applying  # noqa: PLC0415 - planted before the program is imported
    from reconcile.database.connection import open_reading  # noqa: PLC0415
    from reconcile.errors import StaleError  # noqa: PLC0415

    def bug(order: Any, *rest: Any) -> Any:
        if order.plan_id is not None:
            with closing(open_reading(order.database)) as connection:
                connection.execute("BEGIN")
                if applying.chart(connection, order.desired, order.wished).plan.id != order.plan_id:
                    raise StaleError("the plan is another one now")
        return original(replace(order, plan_id=None), *rest)

    return bug


def triggers_first(original: Any) -> Any:
    """Put the triggers back before the rows."""
    from reconcile.model.schema import ObjectKind  # noqa: PLC0415 - planted before the program is imported
    from reconcile.plan.steps import Run  # noqa: PLC0415

    def bug(recipe: Any, *rest: Any) -> Iterator[Any]:
        for entry in recipe.target.belonging_to(recipe.alter.entries.new.name):
            if entry.kind is ObjectKind.TRIGGER:
                yield Run(entry.sql)
        yield from original(recipe, *rest)
        for entry in recipe.target.belonging_to(recipe.alter.entries.new.name):
            if entry.kind is ObjectKind.TRIGGER:
                yield Run(f"DROP TRIGGER {entry.name.quoted}")

    return bug


def anything(_: Any) -> Any:
    """Find that everything belongs."""
    return lambda *_: True


def commits_on_error(original: Any) -> Any:
    """Keep the half that was done."""

    def bug(error: Any, connection: Any, *rest: Any) -> Any:
        if connection.in_transaction:
            connection.execute("COMMIT")
        return original(error, connection, *rest)

    return bug


def says_rolled_back(_: Any) -> Any:
    """Say what one hopes."""
    from reconcile.errors import DataState  # noqa: PLC0415 - planted before the program is imported

    return lambda *_: DataState.ROLLED_BACK


def no_triggers(original: Any) -> Any:
    """Digest a schema without its triggers."""
    return lambda *arguments: [entry for entry in original(*arguments) if entry.kind.value != "trigger"]


def file_copy(_: Any) -> Any:
    """Copy the main file, whatever a -wal holds."""

    def copy(source: Any, target: Any, *, path: Path, **_: Any) -> None:
        source.execute("SELECT 1")
        with closing(sqlite3.connect(f"{Path(path).absolute().as_uri()}?immutable=1", uri=True)) as main:
            main.backup(target)

    return copy


def world_readable(original: Any) -> Any:
    """Leave a backup as open() makes files."""

    def bug(draft: Path, like: Any) -> None:
        original(draft, like)
        draft.chmod(0o644)

    return bug


def old_collation(original: Any) -> Any:
    """Look for duplicates as the old column compares."""
    return property(lambda mapped: re.sub(r" COLLATE \S+$", "", original.fget(mapped)))


def binary_key(original: Any) -> Any:
    """Look for duplicates as columns without a collation compare."""

    def bug(*arguments: Any) -> Any:
        key = original(*arguments)
        return replace(key, terms=tuple(re.sub(r" COLLATE \S+$", " COLLATE BINARY", term) for term in key.terms))

    return bug


def by_hash(original: Any) -> Any:
    """Take the steps in the order of a set."""
    return lambda *arguments: sorted(original(*arguments), key=lambda step: hash((step.title, "salt")))


def always_rebuilds(_: Any) -> Any:
    """Know of no cheaper way."""
    from reconcile.plan.lower import Way  # noqa: PLC0415 - planted before the program is imported

    return lambda *_: Way.REBUILD


def no_row(original: Any) -> Any:
    """Ask after rows that there are not."""
    return lambda *arguments: replace(original(*arguments), predicate="0")


def fits_anyway(_: Any) -> Any:
    """Take every text for one that describes the bytes in the file."""
    return lambda alter: alter.entries.new.sql


def retypes_in_catalog(original: Any) -> Any:
    """Take any type for as good as any other."""
    from reconcile.plan.lower import Way  # noqa: PLC0415 - planted before the program is imported

    def bug(edit: Any, *arguments: Any) -> Any:
        return Way.CATALOG if type(edit).__name__ == "RetypeColumn" else original(edit, *arguments)

    return bug


def field_lost(**blind: object) -> Callable[[Any], Any]:
    """Leave a part out of a fingerprint."""
    return lambda original: lambda *arguments: replace(original(*arguments), **blind)


def as_written(_: Any) -> Any:
    """Leave the columns and keys in the order of the file."""
    return lambda table, *_: table.source


def yes(_: Any) -> Any:
    """Ask nothing."""
    return lambda *_, **__: True


def no(_: Any) -> Any:
    """Find nothing in the way."""
    return lambda *_, **__: False


def no_collations(original: Any) -> Any:
    """Know keys by their columns alone."""
    return lambda terms: tuple((column, None, descending) for column, _, descending in original(terms))


def only_itself(_: Any) -> Any:
    """Look at the column that changes, and at none that is computed from it."""

    def bug(alter: Any) -> frozenset[Any]:
        edits = [edit for edit in alter.edits if type(edit).__name__ == "ChangeGenerated"]
        return frozenset(edit.columns.new.name for edit in edits)

    return bug


TABLES = "reconcile.ddl:compose"
REBUILD = "reconcile.plan.rebuild:"
QUOTED = r'(?:"(?:[^"]|"")*"|\w+)'
ANY_REBUILD = edits("many edits in one table", "change check", "change default")
CATALOG = "reconcile.plan.catalog:"
SHORT_RECORDS = ("tests/corpus/test_cases.py", "-k", "short-records")
EDITED = ("tests/corpus/test_cases.py", "-k", "catalog")
MEETS = (NETS, "-k", "meets_no_row")
READERS = ("tests/concurrency/test_catalog.py",)
WRITTEN_BY_ALTER = ("tests/unit/plan/test_native.py",)
WAYS = "reconcile.plan.lower:"
LAYOUT = "reconcile.model.layout:"
TWICE = "the way of the edit itself asks for the same, before any layout is compared"
TOUCHED = "RESET loads the schema at the next statement, and there are many before COMMIT"
READ = "in defensive mode the UPDATE fails by itself"
MUTANTS: tuple[Mutant, ...] = (
    Mutant("index lost in a rebuild", f"{REBUILD}_indexes", nothing, ANY_REBUILD),
    Mutant("partial WHERE lost in a rebuild", f"{REBUILD}_indexes", other_actions(r"\sWHERE\s.*", ""), ANY_REBUILD),
    Mutant("trigger lost in a rebuild", "reconcile.plan.order:_last", other_steps("put back trigger"), ANY_REBUILD),
    Mutant("view lost on the way", "reconcile.plan.order:_last", other_steps("put back view"), VIEWS),
    Mutant("COLLATE lost in a rebuild", TABLES, without(r"(?i) COLLATE \w+"), (*ANY_REBUILD, *edits("drop check"))),
    Mutant("STRICT lost in a rebuild", "reconcile.ddl:_options", option_lost("STRICT"), ANY_REBUILD),
    Mutant("WITHOUT ROWID lost in a rebuild", "reconcile.ddl:_options", option_lost("WITHOUT ROWID"), ANY_REBUILD),
    Mutant("conflict clause lost in a rebuild", TABLES, without(r"(?i) ON CONFLICT \w+"), ANY_REBUILD),
    Mutant("DEFERRABLE lost in a rebuild", TABLES, without("(?i) (NOT )?DEFERRABLE( INITIALLY \\w+)?"), ANY_REBUILD),
    Mutant("constraint name lost in a rebuild", TABLES, without(rf"(?i)CONSTRAINT {QUOTED} "), ANY_REBUILD),
    Mutant("default's quoting lost", TABLES, without(r"(?i)DEFAULT '(\d[\de.]*)'", by=r"DEFAULT \1"), ANY_REBUILD),
    Mutant("always rebuilds", "reconcile.plan.lower:_way", always_rebuilds, edits("reorder columns", "drop not null")),
    Mutant(
        "unmanaged objects dropped",
        "reconcile.diff.adopt:Ownership.drops",
        lambda _: lambda *_: True,
        edits("add nullable column", "create table"),
    ),
    Mutant(
        "foreign keys left on",  # and so "pragma set inside the transaction": SQLite ignores it there
        "reconcile.apply.executor:session",
        foreign_keys_on,
        edits("change check", "change default", "drop table", "drop not null"),
    ),
    Mutant("no foreign_key_check", "reconcile.apply.verify:_foreign_keys", lambda _: lambda *_: {}, (NETS,)),
    Mutant("a new foreign key is not checked", "reconcile.apply.verify:_new_keys", lambda _: lambda *_: {}, ONE_LOOK),
    Mutant(
        "a proof left out though a step wrote to the table",
        "reconcile.apply.executor:is_known",
        lambda original: lambda proof, plan, _: original(proof, plan, set()),
        ONE_LOOK,
    ),
    Mutant(
        "a proof left out though nobody looked",
        "reconcile.model.facts:Facts.rule_out",
        lambda _: lambda *_: True,
        (NETS,),
    ),
    Mutant("a table told by its name alone", "reconcile.apply.verify:refuse_elsewhere", none, ONE_LOOK),
    Mutant("root pages trusted where they move", "reconcile.apply.verify:pages_move", no, ONE_LOOK),
    Mutant("a foreign key to a name that is taken is only followed", "reconcile.plan.closure:_captured", no, ONE_LOOK),
    Mutant("a new foreign key taken for an old one", "reconcile.plan.closure:_is_unclear", no, ONE_LOOK),
    Mutant(
        "a proof left out though its column compares otherwise",
        "reconcile.plan.one_look:_stays",
        lambda _: lambda _: True,
        ONE_LOOK,
    ),
    Mutant(
        "rename-old-first",
        f"{REBUILD}_straight",
        other_actions("legacy_alter_table = ON", None),
        edits("change check", "change default", "change foreign key"),
    ),
    Mutant("rowid lost", f"{REBUILD}_assignments", rowid_left_out, ANY_REBUILD),
    Mutant("sequence lost", f"{REBUILD}_sequence", nothing, ANY_REBUILD),
    Mutant("SELECT * by position", f"{REBUILD}_assignments", by_position, edits("many edits in one table")),
    Mutant("rename hint ignored", "reconcile.diff.pairing:pair", no_renames, edits("rename column")),
    Mutant(
        "CAST instead of refusal",
        "reconcile.plan.conversion:misfits",
        none,
        edits("retype texts to numbers"),
    ),
    Mutant("lossy check removed", "reconcile.plan.conversion:loses", none, (NETS,)),
    Mutant(
        "NULLs in NOT NULL not looked for",
        "reconcile.plan.hazards.nulls_in_not_null:_cases",
        nothing,
        edits("set not null", "add required column without value"),
    ),
    Mutant(
        "INSERT OR IGNORE",
        f"{REBUILD}_copy",
        other_actions("INSERT OR ABORT", "INSERT OR IGNORE"),
        edits("add unique"),
        "every row that it could skip is refused by a rule before, and the row count is proven behind it",
    ),
    Mutant(
        "consent check removed",
        "reconcile.plan.steps:Plan.wanting",
        lambda _: property(lambda _: ()),
        edits("drop column"),
    ),
    Mutant("commit on error", "reconcile.applying:_settled", commits_on_error, (NETS,)),
    Mutant("verification compares counts only", f"{REBUILD}_proof", nothing, (NETS,)),
    Mutant(
        "plan id ignores triggers",
        "reconcile.plan.planner:_unignored",
        no_triggers,
        (f"{AROUND}::test_a_saved_plan_is_stale_once_the_schema_has_changed",),
    ),
    Mutant("backup by file copy under WAL", "reconcile.database.backup:copy_pages", file_copy, (NETS,)),
    Mutant("backup 0644", "reconcile.database.backup:finished", world_readable, BACKUPS),
    Mutant(
        "a name that differs in case only taken as new",
        "reconcile.sql.names:fold",
        lambda _: lambda text: text,
        edits("rename column in case only"),
    ),
    Mutant("UNIQUE checked under the old collation", "reconcile.plan.hazards.duplicates:_key", binary_key, (NETS,)),
    Mutant(
        "CHECK checked under the old collation",
        "reconcile.plan.mapping:Mapped.value",
        old_collation,
        (NETS,),
    ),
    Mutant(
        "order from a set",
        "reconcile.plan.order:_last",
        by_hash,
        VIEWS,  # the goldens hold the id of each plan, and that the order of its steps
    ),
    Mutant("history row outside the transaction", "reconcile.applying:_record", commits_first, (NETS,)),
    Mutant("'rolled back' reported after a late error", "reconcile.applying:_state_now", says_rolled_back, (NETS,)),
    Mutant("default changed in the catalog under short records", f"{CATALOG}relying", no_row, SHORT_RECORDS),
    Mutant("no sentinel default", f"{CATALOG}edit", other_actions("NOT INDEXED", None), (NETS,)),
    Mutant("no scan for NULLs before the edit", f"{CATALOG}_filled", nothing, (NETS,)),
    Mutant("no scan of a new CHECK", f"{CATALOG}_checks", nothing, (NETS,)),
    Mutant("catalog edited whatever the layout", f"{CATALOG}fitting", fits_anyway, EDITED),
    Mutant("columns written in the order of the file", "reconcile.ddl:arranged", as_written, EDITED),
    Mutant("order of autoindexes not looked at", f"{LAYOUT}keys", field_lost(autoindexes=()), cases("keys-would-move")),
    Mutant("collation of keys not looked at", f"{LAYOUT}_terms", no_collations, cases("collation-of-a-key"), TWICE),
    Mutant("rowid's column not looked at", f"{LAYOUT}keys", field_lost(rowid_alias=None), cases("other-keys"), TWICE),
    Mutant(
        "keys of an empty table not looked at", f"{CATALOG}whole", fits_anyway, cases("empty-table-with-other-keys")
    ),
    Mutant(
        "an edited table not proven empty",
        f"{CATALOG}edit_of_empty",
        other_actions("NOT EXISTS", None),
        EDITED,
    ),
    Mutant(
        "types edited in STRICT tables", f"{LAYOUT}stored", field_lost(strict_type=None), cases("not-in-strict"), TWICE
    ),
    Mutant("affinity not looked at", f"{LAYOUT}stored", field_lost(affinity=None), cases("affinity-changed"), TWICE),
    Mutant("any type edited", f"{WAYS}_way", retypes_in_catalog, cases("affinity-changed or not-in-strict")),
    Mutant("key taken for the same", f"{WAYS}_same_key", yes, cases("primary-key-changed")),
    Mutant("rows taken to keep their values", f"{WAYS}_keeps", yes, cases("convert-using-that-keeps or not-null")),
    Mutant("computed columns not looked at", f"{WAYS}_computes_with", no, cases("not-under-a-generated")),
    Mutant("catalog edited although it may not be", f"{WAYS}_refused", none, (*cases("not-on-request"),)),
    Mutant("catalog of a defensive connection edited", f"{WAYS}_refused", none, (f"{NETS}", "-k", "defensive")),
    Mutant("more rows of the catalog edited than one", f"{CATALOG}_written", other_actions("changes", None), MEETS),
    Mutant("VIRTUAL values kept elsewhere", "reconcile.plan.regenerated:editable", yes, cases("virtual-value-is-kept")),
    Mutant(
        "columns computed from computed ones", "reconcile.plan.regenerated:reached", only_itself, cases("virtual-col")
    ),
    Mutant("computed NULLs not looked for", f"{CATALOG}_remade", nothing, (NETS, "-k", "compute")),
    Mutant("ADD CHECK where it may be NULL", "reconcile.plan.native:_is_never_null", yes, WRITTEN_BY_ALTER),
    Mutant("comments lost by ALTER", "reconcile.plan.native:_has_comments", no, WRITTEN_BY_ALTER),
    Mutant("names of several clauses", "reconcile.plan.native:_count", lambda _: lambda *_: 1, WRITTEN_BY_ALTER),
    Mutant("indexes not filled under the new collation", f"{CATALOG}_indexes_to_fill", nothing, EDITED),
    Mutant("schema version not raised", f"{CATALOG}_written", other_actions("CREATE VIEW|DROP VIEW", None), READERS),
    Mutant("writable_schema switched off without RESET", f"{CATALOG}_written", other_actions("RESET", "OFF"), (NETS,)),
    Mutant("table not touched after the edit", f"{CATALOG}_written", other_actions("LIMIT 0", None), (NETS,), TOUCHED),
    Mutant(
        "writable_schema not read back", f"{CATALOG}_written", other_actions("pragma_writable", None), (NETS,), READ
    ),
    Mutant(
        "pragma not restored",
        "reconcile.apply.executor:session",
        pragmas_stay,
        (NETS,),
        "the connection is apply's own, and is closed right after",
    ),
    Mutant(
        "stale check before the lock instead of inside",
        "reconcile.applying:carry_out",
        checks_before_the_lock,
        ("tests/concurrency/test_locks.py", "-k", "while_apply_waits_for_the_lock"),
    ),
    Mutant("user trigger fires in a backfill", f"{REBUILD}_copy", triggers_first, ANY_REBUILD),
    Mutant("temp table left after a crash", "reconcile.apply.executor:_step", commits_each_step, (NETS,)),
    Mutant("a step may write what it does not name", "reconcile.database.guard:_belongs", anything, GUARDS),
    Mutant("what is sensitive is shown by its key", "reconcile.plan.scene:Scene._key", lambda _: lambda _: (), SECRETS),
)
FAST = (
    "sequence lost",
    "no foreign_key_check",
    "commit on error",
    "verification compares counts only",
    "history row outside the transaction",
)


@dataclass
class Verdict:
    """What one run saw: how often the planted code ran, and which assertions about behaviour failed."""

    calls: int = 0
    failed: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def caught(self) -> bool:
        """Say whether the bug ran and an assertion about behaviour noticed."""
        return bool(self.calls and self.failed)


def main() -> int:
    """Run the mutants asked for, or all, and print one line each."""
    options = _options()
    unknown = set(options.names) - {mutant.name for mutant in MUTANTS}
    if unknown:
        sys.exit(f"no such mutant: {', '.join(sorted(unknown))}")
    bad = 0
    for mutant in MUTANTS:
        if options.names and mutant.name not in options.names:
            continue
        if mutant.pending:
            print(f"pending   {mutant.name}")
            bad += options.complete
            continue
        for seed in options.seeds.split(","):
            said, verdict = run(mutant, seed)
            print(f"{said:9} {mutant.name}  (seed {seed}, ran {verdict.calls} times) {mutant.equivalent}", flush=True)
            bad += said in ("survived", "broken")
    return 1 if bad else 0


def run(mutant: Mutant, seed: str) -> tuple[str, Verdict]:
    """Run the suite with the bug planted, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "verdict.json"
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "mutants", f"--mutant={mutant.name}"]
        command += [
            f"--mutant-report={report}",
            f"--hypothesis-seed={seed}",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
        ]
        command += mutant.select
        paths = os.pathsep.join(part for part in (str(HERE), os.environ.get("PYTHONPATH")) if part)
        environment = {**os.environ, "PYTHONPATH": paths, "HYPOTHESIS_PROFILE": "mutants"}
        ran = subprocess.run(command, cwd=HERE.parent, env=environment, capture_output=True, text=True, check=False)
        if not report.exists():
            print(ran.stdout[-2000:], ran.stderr[-2000:])
            return "broken", Verdict()
        verdict = Verdict(**json.loads(report.read_text(encoding="utf-8")))
    if verdict.caught:
        return "caught", verdict
    if mutant.equivalent and not verdict.broken:
        return "equal", verdict
    return ("broken" if verdict.broken or not verdict.calls else "survived"), verdict


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run planted bugs against the quick tier.")
    parser.add_argument("names", nargs="*", help="only these mutants")
    parser.add_argument("--seeds", default="1", help="seeds for hypothesis")
    parser.add_argument("--complete", action="store_true", help="fail where a mutant is pending")
    return parser.parse_args()


# -- the plugin: what follows runs inside the pytest that `run` starts


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the mutant's name."""
    parser.addoption("--mutant", default=None)
    parser.addoption("--mutant-report", default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Plant the bug before anything of the program is imported by a test."""
    name = config.getoption("--mutant")
    if name is not None:
        config.pluginmanager.register(_Planted(config, next(m for m in MUTANTS if m.name == name)))


class _Planted:
    def __init__(self, config: pytest.Config, mutant: Mutant) -> None:
        self.verdict = Verdict()
        self.report = Path(config.getoption("--mutant-report"))
        self.calls = self.report.with_suffix(".calls")
        self.calls.touch()
        plant(mutant, self._count)

    def _count(self) -> None:
        # A test may run the program in a fork, whose memory is its own, and which closes what it inherits.
        with self.calls.open("ab") as calls:
            calls.write(b".")

    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
            for error in _leaves(call.excinfo.value):
                kind = self.verdict.failed if _about_behaviour(error) else self.verdict.broken
                kind.append(f"{type(error).__name__}: {error}"[:500])

    def pytest_sessionfinish(self) -> None:
        self.verdict.calls = self.calls.stat().st_size
        self.report.write_text(json.dumps(vars(self.verdict)), encoding="utf-8")


def plant(mutant: Mutant, count: Callable[[], None]) -> None:
    """Replace the target, and every name under which a module already imported it; count each call."""
    assert mutant.target is not None
    assert mutant.plant is not None
    module, _, path = mutant.target.partition(":")
    *owners, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for part in owners:
        owner = getattr(owner, part)
    original = getattr(owner, name)
    bug = mutant.plant(original)

    def counted(*arguments: Any, **options: Any) -> Any:
        count()
        return bug(*arguments, **options)

    replacement = counted if callable(bug) else bug
    setattr(owner, name, replacement)
    for other in [m for label, m in sys.modules.items() if label.startswith("reconcile.")]:
        for alias in [key for key, value in vars(other).items() if value is original]:
            setattr(other, alias, replacement)
    if not callable(bug):
        count()


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """Give the errors inside hypothesis' groups."""
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part)
    else:
        yield error


def _about_behaviour(error: BaseException) -> bool:
    """Say whether a test's own assertion failed, other than one about the generator's health."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = place.tb_frame.f_code.co_name if place else ""
    did_not_raise = type(error).__name__ == "Failed" and "DID NOT RAISE" in str(error)
    return (isinstance(error, AssertionError) or did_not_raise) and where not in NOT_BEHAVIOUR


if __name__ == "__main__":
    sys.exit(main())

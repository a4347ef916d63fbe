"""Properties around the edits: the same plan for the same input, round trips, backups."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from .contents import compare_rows, opened
from .drive import IN_SYNC, PENDING, REFUSED, Site, allowing, run, site
from .edits import KINDS
from .journey import assert_end, take_over
from .model import quoted
from .oracle import compare_schemas
from .scenario import Scenario, renamed_to_hostile, scenarios
from .yaml_writer import write_yaml

# A failing case is a script to run, as long as it has to be.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

BY_NAME = {kind.name: kind for kind in KINDS}
FEW = settings(max_examples=max(4, settings().max_examples // 10))
SOME = settings(max_examples=max(6, settings().max_examples // 2))
any_kind = st.sampled_from(KINDS)


@FEW
@given(any_kind.flatmap(scenarios))
def test_another_process_with_another_hash_seed_makes_the_same_plan(scenario: Scenario) -> None:
    """P15."""
    with site(scenario) as place:
        take_over(place)
        place.declare(scenario.yaml_after)
        options = [str(place.database), "-s", str(place.schema), *allowing(scenario.consent.must), "--format", "json"]
        here = run("plan", *options)
        program = "import sys; from reconcile.cli.app import main; sys.exit(main())"
        there = [
            subprocess.run(
                [sys.executable, "-c", program, "plan", *options],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
            for seed in ("1", "2")
        ]

        assert [(ran.returncode, ran.stdout) for ran in there] == [(here.code, here.out)] * 2


@SOME
@given(any_kind.flatmap(scenarios))
def test_the_order_of_yaml_maps_changes_no_plan(scenario: Scenario) -> None:
    """P16."""
    turned = write_yaml(scenario.change.desired, scenario.hints, inline=not scenario.inline, reverse=True)
    with site(scenario) as place:
        take_over(place)
        place.declare(scenario.yaml_after)
        options = ["--format", "json", *allowing(scenario.consent.must)]
        straight = place.run("plan", *options)
        place.declare(turned)
        reverse = place.run("plan", *options)

        assert reverse.code == straight.code
        for part in ("renames", "hazards"):
            assert {part: reverse.plan[part]} == {part: straight.plan[part]}
        assert in_any_order(reverse.plan["steps"]) == in_any_order(straight.plan["steps"])
        if reverse.plan["steps"] == straight.plan["steps"]:
            assert reverse.plan["plan"] == straight.plan["plan"]


def in_any_order(steps: list[dict]) -> list[tuple]:
    """Give steps with the lines of each statement sorted: a table's constraints are written as the file has them."""
    return [
        (step["title"], step["object"], [(a["kind"], sorted(re.split(r",?\n", a["sql"]))) for a in step["actions"]])
        for step in steps
    ]


@SOME
@given(scenarios(BY_NAME["add nullable column"]))
def test_what_inspect_writes_is_in_sync_and_builds_the_same_schema(scenario: Scenario) -> None:
    """P3 and P21."""
    with site(scenario) as place:
        before = place.snapshot()
        inspected = run("inspect", str(place.database))
        assert inspected.code == 0, inspected
        assert place.snapshot() == before, "P11: inspect changed the folder"
        place.declare(inspected.out)
        planned = place.run("plan", "--exit-code")
        assert planned.code == IN_SYNC, planned
        copy = str(place.folder / "built.db")
        built = run("apply", copy, "-s", str(place.schema), "--create", "--yes", "--no-backup")
        assert built.code == 0, built

        with opened(place.database) as wanted, opened(place.folder / "built.db") as found:
            assert compare_schemas(wanted, found) == []


@FEW
@given(any_kind.flatmap(scenarios))
def test_what_only_looks_leaves_everything_as_it_was(scenario: Scenario) -> None:
    """P11: contents, bytes and folder; `plan` and `check` are held to it on every journey."""
    with site(scenario) as place:
        take_over(place)
        place.declare(scenario.yaml_after)
        before, live, schema = place.snapshot(), str(place.database), str(place.schema)
        for words in (
            ("inspect", live),
            ("inspect", live, "--format", "mermaid"),
            ("plan", live, "-s", schema, "--format", "sql"),
            ("health", live, "-s", schema),
            ("history", live),
            ("diff", live, schema),
            ("lint", schema),
            ("fmt", "--check", schema),
        ):
            looked = run(*words)
            assert looked.code in (IN_SYNC, PENDING, REFUSED), looked
            assert place.snapshot() == before, f"P11: {words[0]} changed the folder"


@SOME
@given(scenarios(BY_NAME["add nullable column"]))
def test_fmt_twice_is_once_and_says_the_same(scenario: Scenario) -> None:
    """P21: laid out anew, the file says what it said, to us and to any reader of YAML."""
    with site(scenario) as place:
        place.declare(f"# kept\n{scenario.yaml_before}# the end\n")
        said = yaml.load(place.schema.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - scalars stay text
        once = run("fmt", str(place.schema))
        assert once.code == 0, once
        laid_out = place.schema.read_text("utf-8")

        assert run("fmt", "--check", str(place.schema)).code == 0
        assert yaml.load(laid_out, Loader=yaml.BaseLoader) == said  # noqa: S506
        assert [line for line in laid_out.splitlines() if line.startswith("#")] == ["# kept", "# the end"]
        assert place.run("check").code == IN_SYNC


@SOME
@given(scenarios(BY_NAME["add required column with default"]))
def test_the_backup_is_the_database_as_it_was(scenario: Scenario) -> None:
    """P23: it opens, is sound, equals the source before, and has its mode."""
    with site(scenario) as place:
        take_over(place)
        place.declare(scenario.yaml_after)
        place.database.chmod(0o640)
        before = place.folder / "before.copy"
        before.write_bytes(whole(place))
        applied = place.run("apply", "--yes", *allowing(scenario.consent.must))
        assert applied.code == 0, applied
        assert_end(place, scenario)

        backups = list((place.folder / "backups").glob("live_*.db"))
        assert len(backups) == 1
        assert backups[0].stat().st_mode & 0o777 == 0o640
        assert re.fullmatch(r"live_\d{8}_\d{6}(-\d+)?\.db", backups[0].name)
        with opened(before.read_bytes()) as wanted, opened(backups[0]) as found:
            assert compare_schemas(wanted, found) == []
            assert compare_rows(scenario.old, wanted, found) == []


def whole(place: Site) -> bytes:
    """Give the database's bytes; nobody is connected, so that a WAL has been written back."""
    assert not place.database.with_name("live.db-wal").exists()
    return place.database.read_bytes()


MEANWHILE = (
    'CREATE TABLE "made meanwhile" (a)',
    'CREATE VIEW "made meanwhile" AS SELECT 1',
    'CREATE INDEX "made meanwhile" ON {table} (1)',
    'CREATE TRIGGER "made meanwhile" AFTER DELETE ON {table} BEGIN SELECT 1; END',
)


@SOME
@given(any_kind.flatmap(scenarios), st.sampled_from(MEANWHILE))
def test_a_saved_plan_is_stale_once_the_schema_has_changed(scenario: Scenario, meanwhile: str) -> None:
    """P19."""
    assume(not scenario.blocked and not scenario.undecided and not scenario.consent.must and not scenario.noop)
    with site(scenario) as place:
        take_over(place)
        place.declare(scenario.yaml_after)
        planned = place.run("plan", "--exit-code", "--format", "json")
        assume(planned.code == PENDING)
        with closing(sqlite3.connect(place.database, isolation_level=None)) as connection:
            connection.execute(meanwhile.format(table=quoted(scenario.old.tables[-1].name)))
        before = place.snapshot()
        applied = place.run("apply", "--no-backup", "--plan", planned.plan["plan"]["id"])

        assert applied.code == 4, applied
        assert place.snapshot() == before


@pytest.mark.parametrize("kind", ["rename column", "drop column", "add unique", "retype within the affinity"])
def test_hostile_names_make_the_same_plan_as_plain_ones(kind: str) -> None:
    """P22: the same steps, in the same order, of the same kind."""

    @SOME
    @given(scenarios(BY_NAME[kind], hostile=False))
    def holds(scenario: Scenario) -> None:
        assume(not scenario.undecided)
        hostile = renamed_to_hostile(scenario)
        shapes = []
        for one in (scenario, hostile):
            with site(one) as place:
                take_over(place)
                place.declare(one.yaml_after)
                planned = place.run("plan", "--format", "json", *allowing(one.consent.must))
                shapes.append((planned.code, shape(planned.plan)))
        assert shapes[0] == shapes[1]

    holds()


def shape(plan: dict) -> object:
    """Give what a plan does, without names."""
    changes = [(c["kind"], c.get("method"), [e["kind"] for e in c.get("edits", [])]) for c in plan["changes"]]
    return plan["summary"], sorted(changes, key=repr), len(plan["steps"])

"""Wrong usage, plans that are not there any more, names that attack the terminal, and readers that go away."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from runs import CONSOLE_SCRIPT, build, forked, names, program, reconcile, rows, untouched

USAGE = {
    "no words": (),
    "an unknown option": ("plan", "store.db", "--frobnicate"),
    "an unknown command": ("aply", "store.db"),
    "a misspelt option": ("apply", "store.db", "--plam", "7c1e-a40b"),
    "one argument too many": ("check", "store.db", "other.db"),
    "an option without its value": ("apply", "store.db", "--allow"),
    "a consent without an object": ("apply", "store.db", "--allow", "drop-column"),
    "a consent with an empty object": ("apply", "store.db", "--allow", "drop-column:"),
    "a consent to an unknown code": ("apply", "store.db", "--allow", "drop-everything:products"),
    "a consent to what cannot be consented to": ("apply", "store.db", "--allow", "duplicates:products"),
    "a drop of an unknown kind": ("plan", "store.db", "--drop", "database:store"),
    "a drop without an object": ("plan", "store.db", "--drop", "column"),
    "a wait in words": ("apply", "store.db", "--yes", "--wait", "forever"),
    "a negative wait": ("apply", "store.db", "--yes", "--wait", "-1s"),
    "a wait in unknown units": ("restore", "store.db", "store.db", "--wait", "3 weeks"),
    "no backups to keep": ("backup", "store.db", "--keep", "0"),
    "a number that is none": ("apply", "store.db", "--keep", "all"),
    "an unknown format": ("plan", "store.db", "--format", "xml"),
    "quiet and json": ("apply", "store.db", "--yes", "--quiet", "--json"),
    "restore onto itself": ("restore", "store.db", "store.db"),
    "restore without a backup": ("restore", "store.db"),
}


@pytest.mark.parametrize("kind", USAGE)
def test_wrong_usage_is_64_and_never_reads_as_drift(shop, kind):
    with untouched(shop):
        ran = reconcile(*USAGE[kind], folder=shop)

    assert 64 == ran.status, ran.out + ran.err
    assert "Traceback" not in ran.err
    if kind != "no words":
        assert "" == ran.out
        assert 1 == sum(line.startswith("error: ") for line in ran.err.splitlines()), ran.err


def test_a_misspelt_command_or_option_says_what_was_meant(shop):
    assert "--plan" in reconcile("apply", "store.db", "--plam", "x", folder=shop).err
    assert "apply" in reconcile("aply", "store.db", folder=shop).err


def test_without_any_database_named_it_says_how_to_name_one(shop):
    (shop / "pyproject.toml").write_text("[tool.reconcile]\n")

    ran = reconcile("plan", folder=shop)

    assert 64 == ran.status
    assert "no database is named" in ran.err
    assert "RECONCILE_DATABASE" in ran.err


# --- a plan that is not this one ------------------------------------------------------------------------------------


def planned_id(shop, *words):
    document = reconcile("plan", "store.db", "--format", "json", *words, folder=shop).out
    return next(value for key, value in _pairs(json.loads(document)) if key in ("plan_id", "id") and value)


def _pairs(document):
    for key, value in document.items():
        yield key, value
        if isinstance(value, dict):
            yield from _pairs(value)


@pytest.mark.parametrize("plan", ["0000-0000", "nonsense", "", "x" * 10_000])
def test_an_unknown_plan_is_stale_and_changes_nothing(shop, plan):
    with untouched(shop):
        ran = reconcile("apply", "store.db", "--plan", plan, folder=shop)

    assert 4 == ran.status, ran.err
    assert "the plan is " in ran.err
    assert "Nothing was changed." in ran.err


def test_a_plan_of_an_older_database_is_stale(shop):
    plan = planned_id(shop)
    build(shop / "store.db", "ALTER TABLE products ADD COLUMN weight REAL")

    with untouched(shop):
        ran = reconcile("apply", "store.db", "--plan", plan, folder=shop)

    assert 4 == ran.status
    assert f"not {plan}: " in ran.err


def test_a_plan_of_an_older_schema_file_is_stale(shop):
    plan = planned_id(shop)
    schema = shop / "schema.yaml"
    schema.write_text(schema.read_text() + "      weight: REAL\n")

    with untouched(shop):
        ran = reconcile("apply", "store.db", "--plan", plan, folder=shop)

    assert 4 == ran.status


def test_a_plan_that_was_applied_cannot_be_applied_again(shop):
    plan = planned_id(shop)
    assert 0 == reconcile("apply", "store.db", "--plan", plan, folder=shop).status

    with untouched(shop):
        ran = reconcile("apply", "store.db", "--plan", plan, folder=shop)

    assert 4 == ran.status


def test_more_rows_do_not_make_a_plan_stale(shop):
    plan = planned_id(shop)
    build(shop / "store.db", "INSERT INTO products (name) VALUES ('later')")

    assert 0 == reconcile("apply", "store.db", "--plan", plan, folder=shop).status
    assert [(4,)] == rows(shop / "store.db", "SELECT count(*) FROM products WHERE price = 0")


# --- names that attack ----------------------------------------------------------------------------------------------

HOSTILE = {
    "newline": "a\nApplied #9 in 0.1 s.",
    "carriage return": "a\rerror: nothing",
    "escape": "a\x1b[2J\x1b]0;owned\x07",
    "c1 control": "a\x9b31mred",
    "bidi": "a\u202egnp.exe",
    "zero width": "a\u200bb",
    "quotes": "a\"b'c`d]e",
    "markup": "[red]a[/red] :boom:",
    "percent": "%s %d {0} {x}",
    "comment": "a--b/*c*/",
    "semicolon": "a; DROP TABLE products; --",
    "tab": "a\tb",
    "delete": "a\x7fb",
    "spaces": "  a  ",
    "nothing": "",
    "a surrogate's bytes": "a\ufffeb",
}
UNSAFE = [chr(c) for c in (*range(10), *range(11, 32), *range(127, 160), 0x202E, 0x200B, 0x2028)]


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("words", [("plan",), ("plan", "--verbose"), ("check",), ("apply", "--yes")])
def test_a_hostile_name_is_printed_so_that_it_cannot_act(shop, kind, words):
    name = HOSTILE[kind].replace('"', '""')
    build(
        shop / "store.db",
        f'CREATE TABLE "{name}" (id INTEGER PRIMARY KEY, "{name}" TEXT)',
        f'CREATE INDEX "i{name}" ON "{name}" ("{name}")',
        f'CREATE VIEW "v{name}" AS SELECT "{name}" FROM "{name}"',
    )
    (shop / "schema.sql").write_text("CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price TEXT);")

    drops = ("--drop", f"table:{HOSTILE[kind]}") if HOSTILE[kind] and words[0] != "check" else ()
    ran = reconcile(words[0], "store.db", "--schema", "schema.sql", *words[1:], *drops, folder=shop)

    said = ran.out + ran.err
    assert "Traceback" not in said
    assert "bug in reconcile" not in said
    assert ran.status in (0, 2, 3), said
    assert [] == [character for character in UNSAFE if character in said]
    assert not any(line.startswith(("Applied #9", "error: nothing")) for line in said.splitlines())


@pytest.mark.parametrize("kind", [kind for kind in HOSTILE if HOSTILE[kind]])
def test_a_table_with_a_hostile_name_is_taken_over_and_changed_like_any_other(shop, kind):
    name = HOSTILE[kind].replace('"', '""')
    build(shop / "store.db", f'CREATE TABLE "{name}" (id INTEGER PRIMARY KEY, "{name}" TEXT)')
    build(shop / "store.db", f"INSERT INTO \"{name}\" VALUES (1, 'kept')")
    taken = reconcile("inspect", "store.db", "-o", "live.yaml", folder=shop)
    assert 0 == taken.status, taken.err

    in_sync = reconcile("plan", "store.db", "-s", "live.yaml", "--exit-code", folder=shop)
    (shop / "more.sql").write_text(
        f"CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n"
        f'CREATE TABLE "{name}" (id INTEGER PRIMARY KEY, "{name}" TEXT NOT NULL CHECK ("{name}" <> \'x\'));\n',
        newline="",
    )
    changed = reconcile("apply", "store.db", "-s", "more.sql", "--yes", folder=shop)

    assert 0 == in_sync.status, in_sync.out + in_sync.err
    assert 0 == changed.status, changed.out + changed.err
    assert [(1, "kept")] == rows(shop / "store.db", f'SELECT * FROM "{name}"')


@pytest.mark.parametrize("kind", ["newline", "escape", "bidi", "quotes", "markup"])
def test_a_hostile_file_name_is_printed_so_that_it_cannot_act(shop, kind):
    (shop / "store.db").rename(shop / f"{HOSTILE[kind].replace('/', '')}.db")
    name = next(name for name in names(shop) if name.endswith(".db"))

    ran = reconcile("plan", name, folder=shop)
    missing = reconcile("plan", f"not{name}", folder=shop)

    assert (0, 66) == (ran.status, missing.status)
    for said in (ran.out + ran.err, missing.out + missing.err):
        assert [] == [character for character in UNSAFE if character in said]
        assert not any(line.startswith("Applied #9") for line in said.splitlines())


# --- readers that go away -------------------------------------------------------------------------------------------


def shell(line, shop):
    environ = {**os.environ, "reconcile": str(CONSOLE_SCRIPT)}
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], cwd=shop, env=environ, capture_output=True, timeout=60, check=False
    )


@pytest.mark.parametrize("word", ["plan store.db", "inspect store.db", "schema", "--help"])
def test_a_reader_that_goes_away_is_no_error(shop, word):
    build(shop / "store.db", *(f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY)" for n in range(50)))

    done = shell(f'"$reconcile" {word} | head -1', shop)

    assert (0, b"") == (done.returncode, done.stderr)


def test_apply_goes_on_though_its_reader_went_away(shop):
    done = shell('"$reconcile" apply store.db --yes | true', shop)

    assert (0, b"") == (done.returncode, done.stderr)
    assert [(0,)] == rows(shop / "store.db", "SELECT DISTINCT price FROM products")


@pytest.mark.parametrize("closed", ["2>&-", "<&-", ">&-", "<&- >&- 2>&-"])
def test_closed_streams_are_survived(shop, closed):
    done = shell(f'"$reconcile" apply store.db --yes {closed}', shop)

    assert b"Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    assert [(0,)] == rows(shop / "store.db", "SELECT DISTINCT price FROM products")


def test_the_console_script_maps_wrong_usage_too(shop):
    assert 64 == program("plan", "store.db", "--frobnicate", folder=shop).status


# --- a person who does not wait -------------------------------------------------------------------------------------


class Impatience:
    """Presses Ctrl-C while the program still loads."""

    def find_spec(self, name, *_):
        if name == "reconcile.cli.commands":
            raise KeyboardInterrupt


def press_ctrl_c():
    del sys.modules["reconcile.cli.commands"]
    del sys.modules["reconcile.cli"].commands
    sys.meta_path.insert(0, Impatience())


def test_ctrl_c_while_the_program_loads_is_130_and_no_traceback(shop):
    with untouched(shop):
        ran = forked("apply", "store.db", "--yes", folder=shop, sabotage=press_ctrl_c).go().end()

    assert 130 == ran.status, ran.err
    assert "Traceback" not in ran.err

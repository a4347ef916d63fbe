"""examples/store: the store is what it claims to be, its tutorial is true, and the demo runs."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORE = ROOT / "examples" / "store"
TRANSCRIPTS = ROOT / "tests" / "cli"
if str(TRANSCRIPTS) not in sys.path:
    sys.path.append(str(TRANSCRIPTS))
transcripts = importlib.import_module("transcripts")


def load(name):
    spec = importlib.util.spec_from_file_location(f"store_{name}", STORE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


make_store = load("make_store")
app = load("app")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The store at each stage; copy one before you change it."""
    folder = tmp_path_factory.mktemp("stages")
    for stage in make_store.STAGES:
        make_store.build(folder / f"{stage}.db", stage=stage)
    return {stage: folder / f"{stage}.db" for stage in make_store.STAGES}


def ask(path, sql):
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


def schema_of(path):
    return ask(path, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")


# --- the store ------------------------------------------------------------------------------------------------------


def test_the_store_has_the_size_it_promises(built):
    path = built["carousel"]

    assert ask(path, "SELECT count(*) FROM products") == [(20_000,)]
    assert ask(path, "SELECT count(*) FROM orders") == [(100_000,)]
    assert ask(path, "PRAGMA journal_mode") == [("wal",)]
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


def test_prices_are_text_as_people_type_it(built):
    kinds = {
        "plain": "price GLOB '[0-9]*.[0-9][0-9]' AND price NOT LIKE '%,%'",
        "comma": "price LIKE '%,%'",
        "empty": "price = ''",
        "nothing": "price IS NULL",
        "not text": "typeof(price) NOT IN ('text', 'null')",
    }
    sums = ", ".join(f"sum({condition})" for condition in kinds.values())
    ((plain, comma, empty, nothing, not_text),) = ask(built["carousel"], f"SELECT {sums} FROM products")

    assert plain > 10_000
    assert min(comma, empty, nothing) > 50
    assert not_text == 0


def test_some_orders_are_of_products_that_are_gone(built):
    orphans = ask(built["carousel"], 'SELECT DISTINCT "table", parent FROM pragma_foreign_key_check')

    assert orphans == [("orders", "products")]


def test_rows_from_before_an_alter_are_still_short(built, tmp_path):
    """A changed default shows them: only a row that does not hold the column can read it."""
    path = shutil.copy(built["carousel"], tmp_path / "store.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("""UPDATE sqlite_schema SET sql = replace(sql, '"Standard"', '''short''') WHERE name = 'products'""")

    ((short, whole, last),) = ask(path, "SELECT sum(size = 'short'), sum(size IS NOT 'short'), max(id) FROM products")
    ((oldest,),) = ask(path, "SELECT min(id) FROM products WHERE size = 'short'")

    assert short > 5_000
    assert whole > 5_000
    assert oldest < 100 < last


@pytest.mark.parametrize("stage", make_store.STAGES)
def test_the_application_brings_every_stage_to_the_last(built, tmp_path, stage):
    path = shutil.copy(built[stage], tmp_path / "store.db")
    products = ask(path, "SELECT id, title, price FROM products")

    app.init_db(str(path))
    app.init_db(str(path))

    assert schema_of(path) == schema_of(built["carousel"])
    assert ask(path, "SELECT id, title, price FROM products") == products


def test_a_new_store_gets_the_same_schema_from_the_application(built, tmp_path):
    app.init_db(str(tmp_path / "new.db"))

    assert schema_of(tmp_path / "new.db") == schema_of(built["carousel"])


def test_the_same_seed_gives_the_same_content(built, tmp_path):
    make_store.build(tmp_path / "again.db", stage="mrp")
    make_store.build(tmp_path / "other.db", stage="mrp", seed=1)

    assert content(tmp_path / "again.db") == content(built["mrp"])
    assert content(tmp_path / "other.db") != content(built["mrp"])


def content(path):
    with closing(sqlite3.connect(path)) as db:
        return list(db.iterdump())


def test_a_store_that_is_there_is_not_overwritten(tmp_path, capsys):
    path = tmp_path / "store.db"
    path.write_text("precious")

    assert make_store.main([str(path), "--stage", "original"]) == 1
    assert path.read_text() == "precious"
    assert "--force" in capsys.readouterr().err


@pytest.mark.parametrize("left_over", ["store.db-wal", "store.db-journal"])
def test_a_log_that_was_left_behind_cannot_enter_the_new_store(tmp_path, left_over):
    (tmp_path / left_over).write_bytes(b"x" * 5_000)

    assert make_store.main([str(tmp_path / "store.db"), "--stage", "original"]) == 1
    assert make_store.main([str(tmp_path / "store.db"), "--stage", "original", "--force"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store.db"]


# --- what is told about it ------------------------------------------------------------------------------------------


def test_the_tutorial_tells_what_happens(tmp_path):
    for name in ("make_store.py", "app.py"):
        shutil.copy(STORE / name, tmp_path)

    transcripts.play(STORE / "README.md", tmp_path)


def test_the_session_in_the_readme_is_a_real_one(tmp_path, built):
    """README.md itself cannot be played: most of its commands are for the reader. Its first ones are."""
    shutil.copy(built["carousel"], tmp_path / "store.db")
    taken_over = "```console\n$ reconcile apply store.db -s store.db --yes --quiet\n```\n"
    session = re.search(r"^```console\n\$ .*?^```\n", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    shutil.copy(ROOT / "schema.yaml", tmp_path)
    told = tmp_path / "told.md"
    told.write_text(taken_over + session[0], "utf-8")

    transcripts.play(told, tmp_path)


@pytest.fixture
def checkout(tmp_path):
    """What the demo needs of this repository, and a `reconcile` on the path."""
    for name in ("pyproject.toml", "schema.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(STORE, tmp_path / "examples" / "store", ignore=shutil.ignore_patterns("*.db*", "backups"))
    commands = tmp_path / "bin"
    commands.mkdir()
    run_main = "import sys; from reconcile.cli.app import main; sys.exit(main(sys.argv[1:]))"
    for name, words in {"python": "", "reconcile": f'-c "{run_main}" '}.items():
        (commands / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
        (commands / name).chmod(0o755)
    return tmp_path


def in_checkout(checkout, *words):
    quiet = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "RECONCILE_DATABASE")}
    path = os.pathsep.join([str(checkout / "bin"), quiet.get("PATH", "")])
    return subprocess.run(
        words,
        cwd=checkout,
        env=quiet | {"PATH": path, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.skipif(shutil.which("bash") is None, reason="the demo is a bash script")
def test_the_demo_runs_and_leaves_the_store_as_found(checkout, built):
    store = checkout / "examples" / "store" / "store.db"
    demo = in_checkout(checkout, "bash", "examples/store/demo.sh")
    again = in_checkout(checkout, "bash", "examples/store/demo.sh")

    assert demo.returncode == 0, demo.stdout
    assert again.returncode == 0, again.stdout
    for table in ("users", "products", "orders", "catalog_images"):
        rows = f"SELECT * FROM {table}"
        assert ask(store, rows) == ask(built["carousel"], rows)


def test_a_plan_in_the_root_shows_what_the_store_lacks(checkout):
    in_checkout(checkout, "python", "examples/store/make_store.py")

    plan = in_checkout(checkout, "reconcile", "plan")

    assert plan.returncode == 3, plan.stdout
    for sign in ("> name", "~ price", "~ products", "+ reviews", "+ orders_by_product"):
        assert sign in plan.stdout

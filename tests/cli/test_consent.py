"""What apply may do without asking, what it asks a person, and what it never takes for consent."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import sys

import children
import pytest
from runs import build, forked, no_variables, program, reconcile, rows, untouched

from reconcile.cli.app import run

DROPS = """\
version: 1
tables:
  products:
    columns:
      id: INTEGER PRIMARY KEY
"""


@pytest.fixture
def lossy(shop):
    """A managed store whose schema.yaml has lost a column that holds values."""
    taken = reconcile("inspect", "store.db", "-o", "schema.yaml.now", folder=shop)
    assert 0 == taken.status, taken.err
    (shop / "schema.yaml.now").rename(shop / "schema.yaml")
    assert 0 == reconcile("apply", "store.db", "--yes", folder=shop).status
    (shop / "schema.yaml").write_text(DROPS, "utf-8")
    return shop


def columns(shop):
    return [row[0] for row in rows(shop / "store.db", "SELECT name FROM pragma_table_info('products')")]


KEPT = ["id", "name"]


def test_yes_answers_for_a_harmless_plan(shop):
    ran = reconcile("apply", "store.db", "--yes", folder=shop)

    assert 0 == ran.status
    assert ran.last_line.startswith("Applied #1 ")
    assert ["id", "name", "price"] == columns(shop)


def test_without_a_terminal_and_without_a_word_nothing_happens(shop):
    with untouched(shop):
        ran = reconcile("apply", "store.db", folder=shop, typed="y\ny\ny\n")

    assert 3 == ran.status
    assert "nobody can be asked here, and nothing was changed" in ran.err
    assert "without a terminal apply needs --yes, --plan or a complete --allow" in ran.err


@pytest.mark.parametrize("words", [(), ("--yes",), ("--yes", "--quiet"), ("--yes", "--no-backup")])
def test_yes_does_not_answer_for_a_loss(lossy, words):
    with untouched(lossy):
        ran = reconcile("apply", "store.db", *words, folder=lossy, typed="y\nproducts.name\n")

    assert 3 == ran.status
    assert "NEEDS CONSENT drop-column" in ran.out
    assert "--allow drop-column:products.name" in ran.out
    assert "Nothing was changed." in ran.out


def test_yes_and_json_show_the_plan_that_wants_consent_as_a_document(lossy):
    with untouched(lossy):
        ran = reconcile("apply", "store.db", "--yes", "--json", folder=lossy)

    assert 3 == ran.status
    assert "drop-column" in json.dumps(json.loads(ran.out))


@pytest.mark.parametrize(
    "word",
    [
        "drop-column:products.id",
        "drop-table:products",
        "drop-column:name",
        "drop-column:product.name",
        "lossy-conversion:products.name",
        "drop-column:products.*",
    ],
)
def test_consent_to_something_else_is_no_consent(lossy, word):
    with untouched(lossy):
        ran = reconcile("apply", "store.db", "--yes", "--allow", word, folder=lossy)

    assert 3 == ran.status, ran.out + ran.err


@pytest.mark.parametrize("word", ["drop-column:products.name", "drop-column:PRODUCTS.Name"])
@pytest.mark.parametrize("yes", [(), ("--yes",)], ids=["alone", "yes"])
def test_a_complete_allow_is_consent_without_a_yes(lossy, word, yes):
    ran = reconcile("apply", "store.db", "--allow", word, *yes, folder=lossy)

    assert 0 == ran.status, ran.out + ran.err
    assert ["id"] == columns(lossy)


def test_half_an_allow_is_no_consent(lossy):
    build(lossy / "store.db", "CREATE TABLE extra (x); INSERT INTO extra VALUES (1)")

    with untouched(lossy):
        ran = reconcile("apply", "store.db", "--yes", "--drop", "table:extra", folder=lossy)

    assert 3 == ran.status
    assert "--drop table:extra" in ran.out


def test_the_id_of_a_plan_that_showed_the_loss_is_consent(lossy):
    planned = reconcile("plan", "store.db", "--format", "json", folder=lossy)
    plan = re.search(r"[0-9a-f]{4}-[0-9a-f]{4}", planned.out)[0]

    ran = reconcile("apply", "store.db", "--plan", plan, folder=lossy)

    assert (3, 0) == (planned.status, ran.status), ran.err
    assert ["id"] == columns(lossy)


@pytest.mark.parametrize("words", [("--yes",), ("--plan", "{plan}"), ("--yes", "--allow", "drop-table:products")])
def test_a_blocked_plan_runs_for_nobody(shop, words):
    build(shop / "store.db", "INSERT INTO products (name) VALUES ('tea')")
    unique = (shop / "schema.yaml").read_text().replace("name: TEXT NOT NULL", "name: TEXT NOT NULL UNIQUE")
    (shop / "schema.yaml").write_text(unique)
    planned = reconcile("plan", "store.db", "--format", "json", folder=shop)
    plan = next(iter(re.findall(r'"([0-9a-f]{4}-[0-9a-f]{4})"', planned.out)), "0000-0000")

    with untouched(shop):
        ran = reconcile("apply", "store.db", *(word.format(plan=plan) for word in words), folder=shop)

    assert (3, 3) == (planned.status, ran.status), ran.err
    assert "BLOCKED duplicates" in ran.out
    assert "Nothing was changed." in ran.out


@pytest.mark.parametrize("variable", ["RECONCILE_YES", "RECONCILE_ALLOW", "RECONCILE_PLAN", "YES", "FORCE"])
def test_no_variable_consents(lossy, variable, monkeypatch):
    monkeypatch.setenv(variable, "drop-column:products.name")

    with untouched(lossy):
        assert 3 == program("apply", "store.db", folder=lossy).status


# --- at a terminal --------------------------------------------------------------------------------------------------


class Terminal:
    """A person at a terminal: reads what the program shows, and types."""

    def __init__(self, *words, folder, environ=()):
        self.seen = ""
        warm = forked("--version", folder=folder)  # loads what a fork needs, before the fork
        warm.go().end()
        self.pid, self.screen = children.fork_at_terminal(lambda: self._be_the_program(words, folder, dict(environ)))

    def _be_the_program(self, words, folder, environ):
        for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
        os.chdir(folder)
        with no_variables():
            os.environ.update(environ)
            sys.argv = ["reconcile", *words]
            run()

    def until(self, text):
        while text not in self.seen:
            if not self._read():
                pytest.fail(f"{text!r} was never shown: {self.seen!r}; {self._over()}")
        return self

    def type(self, text):
        os.write(self.screen, text.encode())
        return self

    def interrupt(self):
        """Press Ctrl-C, and again where it was not heard.

        A signal that comes just before the read begins is seen by Python when the read ends, and no sooner.
        """
        for _ in range(int(children.PATIENCE)):
            self.type("\x03")
            while select.select([self.screen], [], [], 1)[0]:
                if not self._read() or "interrupted" in self.seen:
                    return self
        pytest.fail(f"Ctrl-C was never heard: {self.seen!r}; {self._over()}")

    def end(self):
        while self._read():
            pass
        status = children.ended(self.pid, "the program at the terminal")
        os.close(self.screen)
        return status

    def _read(self):
        if not select.select([self.screen], [], [], children.PATIENCE)[0]:
            pytest.fail(f"nothing more was shown: {self.seen!r}; {self._over()}")
        try:
            more = os.read(self.screen, 65536)
        except OSError:  # Linux says EIO where the last one who had the terminal is gone
            return False
        self.seen += more.decode(errors="replace")
        return bool(more)

    def _over(self):
        stood = children.finished_off(self.pid)
        with contextlib.suppress(OSError):  # EIO: nobody has the terminal any more
            stood += f"\n{os.read(self.screen, 65536).decode(errors='replace')}"
        os.close(self.screen)
        return stood


@pytest.mark.parametrize("answer", ["y", "YES", " y "])
def test_a_person_who_says_yes_gets_a_harmless_plan(shop, answer):
    terminal = Terminal("apply", "store.db", folder=shop).until("[y/N] ").type(f"{answer}\n")

    assert 0 == terminal.end(), terminal.seen
    assert "Applied #1" in terminal.seen
    assert ["id", "name", "price"] == columns(shop)


@pytest.mark.parametrize("answer", ["\n", "n\n", "no\n", "yy\n", "\x04"])
def test_any_other_answer_is_a_no(shop, answer):
    with untouched(shop):
        terminal = Terminal("apply", "store.db", folder=shop).until("[y/N] ").type(answer)
        status = terminal.end()

    assert 3 == status, terminal.seen
    assert "Nothing was changed." in terminal.seen


@pytest.mark.parametrize("name", ["products.name"])
def test_a_loss_is_confirmed_by_typing_the_name(lossy, name):
    terminal = Terminal("apply", "store.db", folder=lossy).until(f"type its name, {name}: ").type(f"{name}\n")

    assert 0 == terminal.end(), terminal.seen
    assert ["id"] == columns(lossy)


@pytest.mark.parametrize("answer", ["y", "yes", "", "name", "products", "products.name x", "products.nam"])
@pytest.mark.parametrize("words", [(), ("--yes",)], ids=["alone", "yes"])
def test_a_loss_is_not_confirmed_by_anything_else(lossy, answer, words):
    with untouched(lossy):
        terminal = Terminal("apply", "store.db", *words, folder=lossy).until("type its name").type(f"{answer}\n")
        status = terminal.end()

    assert 3 == status, terminal.seen
    assert "Nothing was changed." in terminal.seen
    assert KEPT == columns(lossy)


def test_two_losses_want_two_names(lossy):
    build(lossy / "store.db", "CREATE TABLE extra (x); INSERT INTO extra VALUES (1)")
    (lossy / "schema.yaml").write_text(DROPS + "  extra:\n    columns: {x: ''}\n")
    assert 3 == reconcile("apply", "store.db", "--yes", folder=lossy).status
    (lossy / "schema.yaml").write_text(DROPS)

    with untouched(lossy):
        terminal = Terminal("apply", "store.db", "--drop", "table:extra", folder=lossy)
        status = terminal.until("type its name, products.name: ").type("products\n").end()

    assert 3 == status, terminal.seen


def test_ctrl_c_at_the_question_changes_nothing(shop):
    with untouched(shop):
        terminal = Terminal("apply", "store.db", folder=shop).until("[y/N] ").interrupt()
        status = terminal.end()

    assert 130 == status, terminal.seen
    assert "Traceback" not in terminal.seen


def test_under_ci_nobody_is_asked_though_there_is_a_terminal(shop):
    with untouched(shop):
        terminal = Terminal("apply", "store.db", folder=shop, environ={"CI": "true"})
        status = terminal.end()

    assert 3 == status
    assert "nobody can be asked here" in terminal.seen
    assert "\x1b" not in terminal.seen


def test_what_was_answered_is_that_plan_and_no_other(shop):
    terminal = Terminal("apply", "store.db", folder=shop).until("[y/N] ")
    build(shop / "store.db", "CREATE TABLE meanwhile (x)")

    with untouched(shop):
        status = terminal.type("y\n").end()

    assert 4 == status, terminal.seen
    assert KEPT == columns(shop)


def test_at_a_terminal_a_missing_database_is_made_after_a_yes(shop):
    (shop / "store.db").unlink()

    refused = Terminal("apply", "new.db", "--create", folder=shop).until("[y/N] ").type("n\n")
    assert 3 == refused.end()
    assert not (shop / "new.db").exists()
    made = Terminal("apply", "new.db", "--create", folder=shop).until("[y/N] ").type("y\n")
    assert 0 == made.end(), made.seen
    assert (shop / "new.db").stat().st_size

"""What is in a database and not in a file is put into its text, and all that stood there stays, byte for byte."""

import re
import sqlite3
from contextlib import closing

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reconcile.database.inspect import inspect
from reconcile.database.materialise import materialise
from reconcile.desired.additions import additions
from reconcile.desired.declare import declare
from reconcile.desired.dump import dump
from reconcile.desired.load import Loaded, load
from reconcile.desired.merge import merge
from reconcile.diff.adopt import Adopted, Dropping, Ownership, adopt
from reconcile.diff.changes import Renames
from reconcile.errors import FailedError, SchemaFileError
from reconcile.model.schema import Schema

LIVE = """
CREATE TABLE users (
  id INTEGER PRIMARY KEY, legacy TEXT, email TEXT UNIQUE, old INT CONSTRAINT is_new CHECK (old > id),
  CONSTRAINT pair UNIQUE (legacy, email), FOREIGN KEY (old, id) REFERENCES users (legacy, id),
  CHECK (legacy <> 'a, b: c #d'), CHECK (email > '')
);
CREATE TABLE orders (id INTEGER PRIMARY KEY, user INT NOT NULL);
CREATE TABLE "ex tra" (a, b NUMERIC(10, 2) DEFAULT 'x: y') STRICT;
CREATE UNIQUE INDEX by_old ON users (old DESC) WHERE old > 1;
CREATE INDEX by_user ON orders (user);
CREATE INDEX extra_a ON "ex tra" (a);
CREATE VIEW ids AS SELECT id FROM users;
CREATE VIEW twos (two) AS
  SELECT 2;
CREATE TRIGGER on_ids INSTEAD OF INSERT ON ids BEGIN
  SELECT 'a';
END;
CREATE TRIGGER on_users AFTER INSERT ON users BEGIN SELECT 1; END;
""".replace("b NUMERIC(10, 2) DEFAULT 'x: y') STRICT", "b NUMERIC(10, 2) DEFAULT 'x: y')")

FILE = """\
# our store
version: 1
tables:
  users:   # people
    columns:
      id: INTEGER PRIMARY KEY
      # the address
      email: TEXT UNIQUE   # lower case
      # nick: TEXT
    checks:
    - email > ''
  # orders of people
  orders:
    columns:
      id: INTEGER PRIMARY KEY
      user: |
        INT
        NOT NULL

# what we look at
views:
  ids:
    sql: SELECT id FROM users
# the end
"""


def built(script: str) -> Schema:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(script)
        return inspect(db)


LIVE_SCHEMA = built(LIVE)


def left(loaded: Loaded, live: Schema) -> Adopted:
    draft = declare(loaded, "")
    return adopt(materialise(draft), live, Ownership(None, Renames(), Dropping(), draft.ignore))


def taken(text: str, live: Schema = LIVE_SCHEMA) -> str:
    """Merge, and see that nothing is left that the file does not say."""
    loaded = load(text, "schema.yaml")
    merged = merge(loaded, additions(loaded, left(loaded, live), live))

    again = left(load(merged, "schema.yaml"), live)
    assert ((), (), ()) == (again.entries, again.columns, again.constraints)
    return merged


def is_kept(before: str, after: str) -> bool:
    """Say whether every line stands in `after` with its end, in its order."""
    lines = iter(after.splitlines(keepends=True))
    return all(any(line in (one, f"{one}\n") for line in lines) for one in before.splitlines(keepends=True))


def test_it_reads_as_the_author_would_have_added_it() -> None:
    merged = taken(FILE)

    assert is_kept(FILE, merged)
    assert (
        merged
        == """\
# our store
version: 1
tables:
  users:   # people
    columns:
      id: INTEGER PRIMARY KEY
      legacy: TEXT
      # the address
      email: TEXT UNIQUE   # lower case
      old: INT CONSTRAINT is_new CHECK (old > id)
      # nick: TEXT
    unique:
      pair: [legacy, email]
    foreign_keys:
      - (old, id) REFERENCES users (legacy, id)
    checks:
    - email > ''
    - "legacy <> 'a, b: c #d'"
    indexes:
      by_old: {unique: true, sql: "(old DESC) WHERE old > 1"}
    triggers:
      on_users: AFTER INSERT BEGIN SELECT 1; END
  # orders of people
  orders:
    columns:
      id: INTEGER PRIMARY KEY
      user: |
        INT
        NOT NULL
    indexes:
      by_user: (user)

  ex tra:
    columns:
      a: ""
      b: "NUMERIC(10, 2) DEFAULT 'x: y'"
    indexes:
      extra_a: (a)

# what we look at
views:
  ids:
    sql: SELECT id FROM users
    triggers:
      on_ids: |
        INSTEAD OF INSERT BEGIN
          SELECT 'a';
        END
  twos:
    sql: SELECT 2
    columns: [two]
# the end
"""
    )


def test_nothing_to_add_changes_nothing() -> None:
    merged = taken(FILE)

    assert merged == taken(merged)
    assert dump(LIVE_SCHEMA) == taken(dump(LIVE_SCHEMA))


BARE = [
    "version: 1",
    "version: 1\n",
    "\ufeffversion: 1\r\n",
    "version: 1\ntables:\nviews:\n",
    "version: 1\ntables:   # none yet\n\nviews: {}   # none\n",
    "version: 1\ntables: {}\nviews: {}\n...\n",
    "---\n# x\nversion: 1   # y\n",
    "{version: 1}",
    "{version: 1, tables: {}, views: {\n}}\n",
    "{version: 1, tables: , views: }\n",
    "{version: 1, tables: {users: {columns: {id: INTEGER PRIMARY KEY, email: TEXT UNIQUE}, checks: [email > '']}}}\n",
    "  version: 1\n  ignore: [nothing]   # last\n",
    "version: 1\nviews:\n  ids: SELECT id FROM users   # short\n",
    "version: 1\nviews:\n  ids: |   # long\n    SELECT id\n\n    FROM users\n\n  # after\nignore: []\n",
    "version: 1\nviews:\n  ids: |2\n    SELECT id\n      FROM users\n",
    "version: 1\nviews:\n  ids: |+\n    SELECT id FROM users\n\n\n",
    "version: 1\nviews:\n  ids: >-\n    SELECT id\n    FROM users\n",
    "version: 1\nviews:\n  ids: SELECT id\n    FROM users\n",
    "version: 1\nviews:\n  ids: 'SELECT id\n\n    FROM users'   # quoted\n",
    "version: 1\nviews: {ids: SELECT id FROM users}\n",
    "version: 1\ntables:\n  ? users\n  : columns:\n      id: INTEGER PRIMARY KEY\n      email: TEXT UNIQUE\n",
    (
        "version: 1\ntables:\n  users:\n    columns: {id: INTEGER PRIMARY KEY, email: TEXT UNIQUE}   # here\n"
        "    checks: {full: email > '', more: id > 0}\n    unique: []\n"
    ),
    (
        "version: 1\ntables:\n  users:\n    columns:\n      id: INTEGER PRIMARY KEY\n      email: TEXT UNIQUE\n"
        "    checks:\n      # one\n      full: email > ''   # two\n      more: |\n        id > 0\n      # three\n"
    ),
    (
        "version: 1\ntables:\n  users:\n    columns: {\n      id: INTEGER PRIMARY KEY,   # a\n"
        "      email: TEXT UNIQUE,\n    }\n    indexes:\n    checks: [\n      email > '']\n"
    ),
]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("text", BARE)
def test_every_layout_can_be_added_to(text: str, end: str) -> None:
    text = text.replace("\r\n", "\n").replace("\n", end)
    # What the layouts add that the database does not have is no matter here.
    live = LIVE.replace("CHECK (email > '')", "CHECK (email > ''), CONSTRAINT full CHECK (email > '')")

    merged = taken(text, built(live))

    assert comments(text) <= comments(merged)
    assert "\r" not in text or "\n" not in merged.replace("\r\n", "")


def comments(text: str) -> set[str]:
    return set(re.findall(r"(?<= )#[^\r\n]*", text))


def test_a_table_that_is_one_statement_is_not_opened() -> None:
    text = "version: 1\ntables:\n  users:\n    sql: CREATE TABLE users (id INTEGER PRIMARY KEY)\n"

    with pytest.raises(FailedError, match=r"column users\.legacy cannot be put in here") as caught:
        taken(text)

    assert "schema.yaml:3:3" == caught.value.place


def test_what_cannot_be_done_safely_is_refused_by_place_with_the_line_to_write() -> None:
    # A list whose items do not stand beside their dashes.
    text = "version: 1\ntables:\n  users:\n    columns:\n      id: INTEGER\n    checks:\n      -\n        id > 0\n"
    live = built("CREATE TABLE users (id INTEGER, old INT, CHECK (id > 0), CHECK (old > id))")

    with pytest.raises(FailedError, match="CHECK of users cannot be put in here safely") as caught:
        taken(text, live)

    assert "schema.yaml:6:5" == caught.value.place
    assert "write it yourself, below tables / users / checks:   - old > id" == caught.value.hint


COMMENTS = st.sampled_from(["# c", "#", "#: a: b", "# 'x", "# {", "#\t- a", "# é\u00a0"])


@st.composite
def layouts(draw: st.DrawFn) -> str:
    """Lay FILE out in another way: indentation, comments and empty lines anywhere, line ends."""
    step = draw(st.integers(1, 5))
    out = []
    after_block = False
    for line in FILE.splitlines():
        bare = line.lstrip(" ")
        indent = (len(line) - len(bare)) // 2 * step
        inside = bare in {"INT", "NOT NULL"}
        if not inside:
            for _ in range(draw(st.integers(0, 2))):
                spaces = " " * draw(st.integers(0, 8))
                # Below a block of text, what is indented as the text is, is text.
                out.append("" if draw(st.booleans()) else draw(COMMENTS) if after_block else spaces + draw(COMMENTS))
            trailing = draw(st.sampled_from(["", "", "  ", "   # t", " #"]))
            if bare and "|" not in bare and not inside:
                bare += trailing
        out.append(" " * indent + bare)
        after_block = line.endswith("NOT NULL") or (after_block and not line.strip())
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    return end.join(out) + draw(st.sampled_from(["", end, end * 3]))


@settings(deadline=None)
@given(layouts())
def test_no_line_is_lost_whatever_the_layout(text: str) -> None:
    try:
        load(text, "")
    except SchemaFileError:
        assume(False)  # noqa: FBT003

    merged = taken(text)

    assert is_kept(text, merged)


@settings(deadline=None)
@given(layouts(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_any_name_can_be_added(text: str, called: str) -> None:
    quoted = '"' + called.replace('"', '""') + '"'
    try:
        live = built(f"{LIVE} CREATE TABLE {quoted} (x, {quoted} UNIQUE); CREATE INDEX ii ON orders (id, user);")
        load(text, "")
    except (SchemaFileError, sqlite3.Error):
        assume(False)  # noqa: FBT003

    assert is_kept(text, taken(text, live))


def test_a_file_without_tables_becomes_what_inspect_would_have_written() -> None:
    live = built("CREATE TABLE a (x); CREATE TABLE b (y); CREATE VIEW v AS SELECT 1; CREATE VIEW w AS SELECT 2;")

    assert dump(live) == taken("version: 1\n", live)

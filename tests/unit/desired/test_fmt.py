"""The canonical layout says the same with the same comments, however the author laid it out; and it stays."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.desired.fmt import comments, formatted
from reconcile.desired.load import load
from reconcile.errors import FailedError

BEFORE = """\
# yaml-language-server: $schema=reconcile.schema.json

# our store
views:
    # cheap ones
    cheap:   SELECT 1   # one
    dear:
        doc: x
        sql: >-
            SELECT 2
            FROM t
version:   1


tables:

    # people
    users:   # who
        indexes:
            by_mail: {sql: "(mail)",unique: true}   # once
            by_name : (name)
        columns:
            id:    INTEGER PRIMARY KEY


            name:
                # was title
                renamed_from: title   # in May
                sql: |   # long
                  TEXT
                    NOT NULL

            # mail: TEXT
            mail:   # lower case
              # always
              'TEXT
                NOT NULL'
            # the last
        # about checks
        checks:
        -   id > 0   # positive
        # two
        - named: name <> ''
    orders:
        columns: {
            id: INTEGER,   # one

            total: REAL }
        triggers: {tr: "AFTER INSERT BEGIN SELECT 1; END"}
  # deep
ignore: [ a,b , "c" ]
history_table:  log
# the end
"""

AFTER = """\
# yaml-language-server: $schema=reconcile.schema.json

# our store
version: 1

tables:
  # people
  users:   # who
    columns:
      id: INTEGER PRIMARY KEY

      name:
        sql: |   # long
          TEXT
            NOT NULL
        # was title
        renamed_from: title   # in May

      # mail: TEXT
      mail:   # lower case
        # always
        'TEXT
        NOT NULL'
      # the last
    # about checks
    checks:
      - id > 0   # positive
      # two
      - named: name <> ''
    indexes:
      by_mail: {unique: true, sql: "(mail)"}   # once
      by_name: (name)

  orders:
    columns: {
        id: INTEGER,   # one

        total: REAL }
    triggers: {tr: "AFTER INSERT BEGIN SELECT 1; END"}

views:
  # cheap ones
  cheap: SELECT 1   # one
  dear:
    sql: >-
      SELECT 2
      FROM t
    doc: x

# deep
ignore: [a, b, "c"]
history_table: log
# the end
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_is_laid_out_and_every_comment_stays_with_its_thing(end: str) -> None:
    assert AFTER.replace("\n", end) == formatted(load(BEFORE.replace("\n", end), "schema.yaml"))


def test_what_is_laid_out_stays() -> None:
    assert AFTER == formatted(load(AFTER, "schema.yaml"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("version: 1", "version: 1\n"),
        ("\ufeff  version: 1\n\n\n", "\ufeffversion: 1\n"),
        ("---\nversion: 1   # x\n...\n", "---\nversion: 1   # x\n...\n"),
        ("version: 1\ntables:\n\n\nviews:   # none\n", "version: 1\n\ntables:\n\nviews:   # none\n"),
        ("version: 1\ntables: {}\nviews: { }\n", "version: 1\n\ntables: {}\n\nviews: {}\n"),
        ("version: 1\nviews:\n v: |+\n  SELECT 1\n\n\n", "version: 1\n\nviews:\n  v: |+\n    SELECT 1\n\n\n"),
        ("version: 1\nviews:\n v: |2-\n    SELECT\n   1\n", "version: 1\n\nviews:\n  v: |2-\n     SELECT\n    1\n"),
        ("version: 1\nviews:\n v: SELECT 1,\n\n  2\n", "version: 1\n\nviews:\n  v: SELECT 1,\n\n    2\n"),
        ("version: 1\nviews:\n  v: {columns: [ a,b ],sql: 'SELECT 1, 2'}\n", None),
    ],
)
def test_every_corner_of_the_format(text: str, wanted: str | None) -> None:
    laid_out = formatted(load(text, ""))

    assert wanted is None or wanted == laid_out
    assert laid_out == formatted(load(laid_out, ""))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{version: 1}\n", "s.yaml:1:1"),
        ("version: 1\nviews:\n  ? v\n  : SELECT 1\n", "s.yaml:3:5"),
        ("version: 1\nignore:\n  -\n    a\n", "s.yaml:4:5"),
    ],
)
def test_a_layout_that_nobody_writes_is_refused_by_its_place(text: str, place: str) -> None:
    with pytest.raises(FailedError) as caught:
        formatted(load(text, "s.yaml"))

    assert place == caught.value.place


CONTENT = {
    "version": "1",
    "strict": "false",
    "tables": {
        "users": {
            "renamed_from": ["people", "folk"],
            "columns": {
                "id": "INTEGER PRIMARY KEY",
                "name": {"sql": "TEXT\n  NOT NULL\n", "renamed_from": "title", "doc": "as printed\n\nin capitals"},
                "a b": "INT DEFAULT 'x, y: #z'",
                "none": "",
            },
            "unique": ["(a, b)", {"both": ["a", "b"]}],
            "checks": {"one": "id > 0", "two": "id < 9\n"},
            "indexes": {"i": {"unique": "true", "sql": "(id)"}, "j": "(name)"},
            "triggers": {"tr": "AFTER INSERT BEGIN\n  SELECT 1; -- # no\nEND\n"},
        },
        "orders": {"columns": {"id": "INT"}, "strict": "true"},
    },
    "views": {"v": "SELECT 1\nFROM t\n", "w": {"sql": "SELECT 2", "columns": ["x"]}},
    "ignore": ["a*", "b"],
}
COMMENTS = ("#", "# c", "# 'x", "#: {", "# - a", "# é\u00a0", "#\ta: b")


class Author:
    """Lays values out as nobody would."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def flips(self, odds: int = 3) -> bool:
        return 0 == self.dice.randint(0, odds)

    def noise(self, indent: int) -> list[str]:
        out = []
        while self.flips():
            out.append("" if self.flips(1) else " " * self.dice.randint(0, indent) + self.dice.choice(COMMENTS))
        return out

    def trailing(self) -> str:
        return f"{' ' * self.dice.randint(1, 4)}{self.dice.choice(COMMENTS)}" if self.flips() else ""

    def mapping(self, value: dict, indent: int) -> list[str]:
        names = list(value)
        if names[0] in {"version", "renamed_from", "columns", "sql", "unique"} and set(names) != {"i", "j"}:
            self.dice.shuffle(names)
        out: list[str] = []
        for name in names:
            # Below a block of text, what is indented as the text is, is text.
            out += [] if out and out[-1].endswith("\0") else self.noise(indent)
            key = f'"{name}"' if self.flips(5) else name
            out += self.entry(f"{' ' * indent}{key}{' ' * self.dice.randint(0, 1)}:", value[name], indent)
        return out

    def entry(self, start: str, value: object, indent: int) -> list[str]:
        deeper = indent + self.dice.randint(1, 5)
        if isinstance(value, str):
            return self.scalar(start, value, deeper)
        if self.flips(5):
            return [f"{start}{' ' * self.dice.randint(1, 3)}{self.flow(value)}{self.trailing()}"]
        if isinstance(value, dict):
            return [start + self.trailing(), *self.mapping(value, deeper)]
        out = [start + self.trailing()]
        dashes = deeper if self.flips(1) else indent
        for item in value:
            out += self.noise(dashes)
            dash = " " * dashes + "-" + " " * self.dice.randint(1, 3)
            out.append(dash + (self.flow(item) if not isinstance(item, dict) else self.pair(item)) + self.trailing())
        return out

    def pair(self, value: dict) -> str:
        ((name, body),) = value.items()
        return f"{name}: {self.flow(body)}"

    def scalar(self, start: str, value: str, indent: int) -> list[str]:
        if not value:
            return [start + self.trailing()]
        if value.endswith("\n"):
            lines = [" " * indent + line if line else "" for line in value.split("\n")[:-1]]
            return [f"{start} |{self.trailing()}", *lines[:-1], f"{lines[-1]}\0"]
        if "\n" in value:
            lines = value.replace("\n\n", "\n\n\n").split("\n")
            return [f"{start} {lines[0]}", *(" " * indent + line if line else "" for line in lines[1:])]
        written = self.flow(value) if self.flips(4) else value if "#" not in value else self.flow(value)
        if self.flips(5):
            return [start + self.trailing(), *self.noise(indent), " " * indent + written + self.trailing()]
        return [f"{start}{' ' * self.dice.randint(1, 4)}{written}{self.trailing()}"]

    def flow(self, value: object) -> str:
        space = " " * self.dice.randint(0, 2)
        if isinstance(value, dict):
            names = list(value)
            if "sql" in value:
                self.dice.shuffle(names)
            return "{" + f",{space} ".join(f"{name}: {self.flow(value[name])}" for name in names) + space + "}"
        if isinstance(value, list):
            return "[" + space + f",{space}".join(map(self.flow, value)) + "]"
        return value if value in {"true", "false", "1"} else json.dumps(value, ensure_ascii=False)


def layout(seed: int) -> str:
    author = Author(seed)
    indent = author.dice.choice([0, 0, 2])
    lines = author.noise(0) + author.mapping(CONTENT, indent) + author.noise(0)
    end = author.dice.choice(["\n", "\r\n"])
    return end.join(lines).replace("\0", "") + author.dice.choice(["", end, end * 3])


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_any_layout_says_the_same_with_the_same_comments_and_stays(seed: int) -> None:
    text = layout(seed)
    loaded = load(text, "schema.yaml")

    laid_out = formatted(loaded)

    again = load(laid_out, "schema.yaml")
    assert json.dumps(loaded.document.model_dump()) == json.dumps(again.document.model_dump())
    assert sorted(comments(loaded)) == sorted(comments(again))
    assert laid_out == formatted(again)


def test_comments_are_found_where_they_are_and_nowhere_else() -> None:
    text = "#a\nversion: 1 #b\nviews:\n  v#: 'SELECT # 1'   # c\n  w: |  # d\n    # e\n    SELECT 1\n  # f\n"
    text += "ignore: [a#b, # g\n c]"

    assert ["#a", "#b", "# c", "# d", "# f", "# g"] == comments(load(text, ""))

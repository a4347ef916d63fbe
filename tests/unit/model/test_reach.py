"""What a rehearsal has to load: whatever a statement can touch, and whatever could notice."""

from __future__ import annotations

from reconcile.model.pair import Pair
from reconcile.model.reach import reach
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.sql.names import name

T, X, V, G = ObjectKind.TABLE, ObjectKind.INDEX, ObjectKind.VIEW, ObjectKind.TRIGGER


def entry(kind: ObjectKind, own: str, sql: str, table: str | None = None) -> Entry:
    return Entry(kind, name(own), name(table or own), sql)


ENTRIES = (
    entry(T, "a", "CREATE TABLE a (id INTEGER PRIMARY KEY)"),
    entry(T, "b", 'CREATE TABLE b (a_id REFERENCES "A")'),
    entry(T, "c", "CREATE TABLE c (b_id REFERENCES b)"),
    entry(T, "seen", "CREATE TABLE seen (x)"),
    entry(T, "fired", "CREATE TABLE fired (x)"),
    entry(T, "alone", "CREATE TABLE alone (x)"),
    entry(X, "by_x", "CREATE INDEX by_x ON alone (x)", "alone"),
    entry(X, "by_a", "CREATE INDEX by_a ON a (id)", "a"),
)
VIEW = entry(V, "v", "CREATE VIEW v AS SELECT * FROM seen")
TRIGGER = entry(G, "g", "CREATE TRIGGER g AFTER INSERT ON fired BEGIN SELECT 1 FROM seen; END", "fired")


def reached(*statements: str, entries: tuple[Entry, ...] = ENTRIES) -> list[str]:
    schema = Schema(entries)
    return [each.name.text for each in reach(Pair(schema, schema), statements).old.entries]


def test_a_table_comes_with_its_indexes_and_the_tables_that_point_to_it() -> None:
    assert reached("ALTER TABLE a ADD COLUMN x") == ["a", "b", "by_a"]


def test_an_index_that_is_named_brings_its_table() -> None:
    assert reached("DROP INDEX by_x") == ["alone", "by_x"]


def test_every_view_and_trigger_is_there_with_what_it_mentions() -> None:
    found = reached("ALTER TABLE a ADD COLUMN x", entries=(*ENTRIES, VIEW, TRIGGER))

    assert found == ["a", "b", "seen", "fired", "by_a", "v", "g"]


def test_what_is_new_is_looked_for_in_the_old_schema_too() -> None:
    old, new = Schema(ENTRIES), Schema((*ENTRIES, entry(V, "n", "CREATE VIEW n AS SELECT x FROM alone")))

    found = reach(Pair(old, new), ["CREATE VIEW n AS SELECT x FROM alone"])

    assert [each.name.text for each in found.old.entries] == ["alone", "by_x"]
    assert [each.name.text for each in found.new.entries] == ["alone", "by_x", "n"]

"""By name and by hint, never by a guess: what looks like a rename is asked about."""

from __future__ import annotations

from hand_schemas import schema

from reconcile.diff.claims import Applied
from reconcile.diff.pairing import Decided, Pairing, likely_renames, pair
from reconcile.model.hints import ColumnHints, Hints, TableHints
from reconcile.model.pair import Pair
from reconcile.model.schema import Schema
from reconcile.sql.names import name


def paired(old: Schema, new: Schema, hints: Hints) -> Pairing:
    return pair(Pair(old, new), hints, Applied(None))


def likely(old: Schema, new: Schema, hints: Hints | None = None, going: str = "") -> list[str]:
    found = likely_renames(Pair(old, new), hints or Hints(), Decided(frozenset({going})))
    return [refusal.object for refusal in found]


def test_a_renamed_table_and_its_renamed_column() -> None:
    hints = Hints({"u": TableHints((name("t"),), {"b": ColumnHints((name("a"),))})})
    found = paired(schema("CREATE TABLE t (a, z)"), schema("CREATE TABLE u (b, z)"), hints)

    assert [("t", "u")] == [(each.old.text, each.new.text) for each in found.renames.tables]
    assert [("u", "a", "b")] == [(c.table.text, c.names.old.text, c.names.new.text) for c in found.renames.columns]
    assert name("t") == found.renames.old_table(name("U"))
    assert name("a") == found.renames.old_column(name("u"), name("B"))
    assert () == found.refusals


def test_a_view_is_never_renamed_into_a_table() -> None:
    hints = Hints({"t": TableHints((name("v"),))})
    found = paired(schema("CREATE VIEW v AS SELECT 1"), schema("CREATE TABLE t (a)"), hints)

    assert not found.renames


def test_names_that_are_alike_are_asked_about() -> None:
    old = schema("CREATE TABLE t (id, price INT)", "CREATE TABLE orders (a)")

    assert ["t.prize"] == likely(old, schema("CREATE TABLE t (id, prize TEXT)"))
    assert ["order"] == likely(schema("CREATE TABLE orders (x)"), schema('CREATE TABLE "order" (y)'))


def test_the_same_definition_in_the_same_place_is_asked_about() -> None:
    assert ["t.z"] == likely(schema("CREATE TABLE t (a, b INT NOT NULL)"), schema("CREATE TABLE t (a, z INT NOT NULL)"))
    assert ["u"] == likely(schema("CREATE TABLE t (a, b)"), schema("CREATE TABLE u (a, b)"))


def test_what_is_decided_is_not_asked_about() -> None:
    old, new = schema("CREATE TABLE t (a, price)"), schema("CREATE TABLE t (a, prize)")
    hints = Hints({"t": TableHints(None, {"prize": ColumnHints(())})})

    assert [] == likely(old, new, hints)
    assert [] == likely(old, new, going="column:t.price")
    assert [] == likely(schema("CREATE TABLE t (a)"), schema("CREATE TABLE u (a)"), going="table:t")


def test_what_is_not_alike_is_not_asked_about() -> None:
    assert [] == likely(schema("CREATE TABLE t (a, b INT)"), schema("CREATE TABLE t (a, zebra TEXT)"))
    assert [] == likely(schema("CREATE TABLE t (a)"), schema("CREATE TABLE t (a)", "CREATE TABLE u (b)"))

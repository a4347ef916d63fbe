"""What a plan looks like: product.md's two sessions, and the quiet and the loud cases around them."""

from hand_plans import How, Parts, entry, heading, plan

from reconcile.diff.changes import AddConstraint, ColumnRename, DropColumn, Refusal, Renames, RetypeColumn, Unread
from reconcile.model.facts import Answer
from reconcile.model.hints import ColumnHints, Hints, TableHints
from reconcile.model.pair import Pair
from reconcile.model.reading import read_table
from reconcile.plan.steps import Hazard, Method, Prove, Run, Severity, Step, Unmanaged
from reconcile.preview.heading import Purpose, View
from reconcile.preview.text import text
from reconcile.sql.names import name

CENTS = "CAST(round(price * 100) AS INTEGER)"

SESSION = """\
store.db  38.2 MB, WAL, at #1                                        schema.yaml 3f9c1a2

  + add   ~ change   > rename   = kept

  ~ products          rebuild, 48,210 rows, about 0.4 s of write lock
    > name            was title
    ~ price           REAL -> INTEGER                                 forces rebuild
                      CAST(round(price * 100) AS INTEGER)
                      all 48,210 rows convert and come back equal (undo: price / 100.0)
    + mrp             INTEGER NOT NULL, existing rows get: CAST(round(price * 100) AS INTEGER)
    + check           mrp_covers_price: mrp >= price, 0 of 48,210 rows break it
    = 1 index, 1 trigger, references from catalog_images and orders
  + orders_by_user    index on orders (user_id, placed_at DESC), 120,554 rows

Plan 7c1e-a40b: 1 to add, 1 to change, 0 to destroy.
Apply exactly this:  reconcile apply store.db --plan 7c1e-a40b"""


def test_the_first_session_of_the_product_page():
    products = (
        "CREATE INDEX by_name ON products (name)",
        "CREATE TRIGGER t AFTER INSERT ON products BEGIN SELECT 1; END",
    )
    mrp = "mrp INTEGER NOT NULL, CONSTRAINT mrp_covers_price CHECK (mrp >= price)"
    orders = "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INT, placed_at TEXT)"
    before = ("CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price REAL)", orders, *products)
    after = (
        f"CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price INTEGER, {mrp})",
        orders,
        *products,
        "CREATE INDEX orders_by_user ON orders (user_id, placed_at DESC)",
    )
    columns = {"price": ColumnHints(using=CENTS, undo="price / 100.0"), "mrp": ColumnHints(using=CENTS)}
    parts = Parts(
        how={
            "products": How(Method.REBUILD, 48_210, RetypeColumn, ("catalog_images", "orders")),
            "orders_by_user": How(Method.CREATE, 120_554),
        },
        hints=Hints({"products": TableHints(columns=columns)}),
        renames=Renames(columns=(ColumnRename(name("products"), Pair(name("title"), name("name"))),)),
        hazards=(Hazard("rebuild-lock", Severity.NOTE, "products", "about 0.4 s of write lock"),),
    )

    assert text(heading(), plan(before, after, parts)) == SESSION


GROUPS = "region, position"
QUERY = f"SELECT {GROUPS}, count(*), group_concat(id) FROM catalog_images GROUP BY {GROUPS} HAVING count(*) > 1"

BLOCKED = f"""\
store.db  38.2 MB, WAL, at #1                                        schema.yaml 3f9c1a2

  + add   ~ change   - drop

  ~ catalog_images    rebuild, 3,912 rows
    + unique          (region, position)                              forces rebuild
      BLOCKED duplicates: 3 groups, 7 rows      id 17, 412 · 20, 415, 416 · 88, 90
      The query:      {QUERY}
      Fix the rows, then plan again. reconcile never deletes rows to make a constraint fit.
  - products.legacy_code
      NEEDS CONSENT drop-column: 1,204 of 48,210 rows hold a value
      If it is a rename, say so in schema.yaml:   new_name: {{sql: …, renamed_from: legacy_code}}
      If it may go:    reconcile apply store.db --allow drop-column:products.legacy_code

Nothing was changed. 1 blocked, 1 needs consent."""

IMAGES = "CREATE TABLE catalog_images (id INTEGER PRIMARY KEY, region TEXT, position INT"
PRODUCTS = "CREATE TABLE products (id INTEGER PRIMARY KEY"
DUPLICATES = Hazard(
    "duplicates",
    Severity.BLOCKED,
    "catalog_images",
    "3 groups, 7 rows",
    Answer(3, ("17, 412", "20, 415, 416", "88, 90"), 7),
    QUERY,
    ("Fix the rows, then plan again. reconcile never deletes rows to make a constraint fit.",),
)
LOST = Hazard(
    "drop-column",
    Severity.CONSENT,
    "products.legacy_code",
    "1,204 of 48,210 rows hold a value",
    Answer(1204, ("1", "2")),
    "SELECT 1",
    ("If it is a rename, say so in schema.yaml:   new_name: {sql: …, renamed_from: legacy_code}",),
)


def second_session(**other):
    return plan(
        (f"{IMAGES})", f"{PRODUCTS}, legacy_code TEXT)"),
        (f"{IMAGES}, UNIQUE (region, position))", f"{PRODUCTS})"),
        Parts(
            how={
                "catalog_images": How(Method.REBUILD, 3_912, AddConstraint),
                "products": How(Method.IN_PLACE, 48_210),
            },
            **{"hazards": (DUPLICATES, LOST), **other},
        ),
    )


def test_the_second_session_of_the_product_page():
    assert text(heading(), second_session()) == BLOCKED


def test_a_plan_that_only_wants_consent_can_be_consented_to_by_its_id():
    shown = text(heading(), second_session(hazards=(LOST,)))

    assert shown.endswith(
        "Plan 7c1e-a40b: 0 to add, 1 to change, 1 to destroy.\n"
        "Nothing was changed. 1 needs consent.\n"
        "Consent to all of it, and apply exactly this:  reconcile apply store.db --plan 7c1e-a40b"
    )


def test_what_was_consented_to_is_told_and_no_longer_asked():
    allowed = frozenset({("drop-column", "products.legacy_code")})
    shown = text(heading(), second_session(hazards=(LOST,), allowed=allowed))

    assert "      consented drop-column: 1,204 of 48,210 rows hold a value\n" in shown
    assert "If it may go" not in shown
    assert "Nothing was changed" not in shown


def test_a_database_in_sync_is_one_line():
    nothing = plan((f"{PRODUCTS})",), (f"{PRODUCTS})",))

    assert text(heading(), nothing) == "store.db is in sync with schema.yaml (#1)."
    assert text(heading(at=None), nothing) == "store.db is in sync with schema.yaml (no history)."


def test_what_nothing_is_done_about_takes_a_line_each():
    unmanaged = Unmanaged(
        columns=((name("products"), read_table(entry("CREATE TABLE products (old TEXT)")).columns[0]),)
    )
    parts = Parts(how={"products": How(Method.NONE, 3)}, unmanaged=unmanaged, steps=())
    same = plan((f"{PRODUCTS}, a INT, b INT)",), (f"{PRODUCTS}, b INT, a INT)",), parts)

    assert text(heading(existing_faults=("view v is broken",)), same).splitlines() == [
        "store.db is in sync with schema.yaml (#1).",
        "  Columns of products stand in another order: cosmetic, and left so without --column-order.",
        "  Unmanaged, and kept: column products.old.",
        "  There before, and left alone: view v is broken",
    ]


def test_the_line_to_paste_repeats_what_shaped_the_plan():
    options = ("--schema", "my schema.yaml", "--allow", "drop-column:products.legacy_code", "--column-order")
    shown = text(heading(options=options), second_session(hazards=()))

    assert shown.splitlines()[-1] == (
        "Apply exactly this:  reconcile apply store.db --schema 'my schema.yaml'"
        " --allow drop-column:products.legacy_code --column-order --plan 7c1e-a40b"
    )


def test_a_new_table_is_one_thing_with_all_that_belongs_to_it():
    after = (
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT) STRICT",
        "CREATE UNIQUE INDEX a_b ON a (b) WHERE b > 0",
        "CREATE VIEW v AS SELECT id FROM a",
        "CREATE TRIGGER a_log AFTER UPDATE OF b ON a BEGIN SELECT 1; END",
    )

    assert _body(plan((), after)) == [
        "  + a                 table: id, b, STRICT",
        "    + a_b             unique index on a (b) WHERE b > 0",
        "    + a_log           trigger on a, AFTER UPDATE OF b",
        "  + v                 view: SELECT id FROM a",
    ]
    assert "2 to add, 0 to change, 0 to destroy" in text(heading(), plan((), after))


def test_a_dropped_table_says_what_goes_with_it():
    before = ("CREATE TABLE old (id INTEGER PRIMARY KEY)", "CREATE INDEX i ON old (id)", "CREATE VIEW v AS SELECT 1")
    hazard = Hazard("drop-table", Severity.CONSENT, "old", "table old goes with 7 rows")
    shown = plan(before, (), Parts(how={"old": How(Method.DROP, 7)}, hazards=(hazard,)))

    assert _body(shown)[:3] == [
        "  - old               table, 7 rows, 1 index",
        "      NEEDS CONSENT drop-table: table old goes with 7 rows",
        "      If it may go:    reconcile apply store.db --allow drop-table:old",
    ]
    assert "0 to add, 0 to change, 2 to destroy" in text(heading(), shown)


def test_a_change_of_an_index_shows_both_and_a_body_only_that_it_is_another():
    body = "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT {}; END"
    table = "CREATE TABLE t (a, b)"
    shown = plan(
        (table, "CREATE INDEX i ON t (a)", body.format(1)),
        (table, "CREATE INDEX i ON t (a DESC)", body.format(2)),
    )

    assert _body(shown) == [
        "  ~ i                 index on t (a) -> index on t (a DESC)",
        "  ~ g                 trigger on t, AFTER INSERT, with another body",
    ]


def test_a_renamed_table_that_is_changed_too_is_one_block():
    renames = Renames(tables=(Pair(name("products"), name("goods")),))
    parts = Parts(how={"goods": How(Method.REBUILD, 2, RetypeColumn)}, renames=renames)
    shown = plan(("CREATE TABLE goods (a INT)",), ("CREATE TABLE goods (a TEXT)",), parts)

    assert _body(shown)[0] == "  ~ goods             was products, rebuild, 2 rows"


def test_a_table_that_is_only_renamed_is_one_line():
    renames = Renames(tables=(Pair(name("products"), name("goods")),))
    parts = Parts(renames=renames, steps=(Step("rename", "goods", ()),))
    shown = plan(("CREATE TABLE goods (a INT)",), ("CREATE TABLE goods (a INT)",), parts)

    assert _body(shown) == ["  > goods             was products"]
    assert "0 to add, 1 to change, 0 to destroy" in text(heading(), shown)


def test_two_edits_of_one_column_say_its_name_once():
    parts = Parts(how={"t": How(Method.REBUILD, 0, RetypeColumn)})
    shown = plan(("CREATE TABLE t (a INT)",), ("CREATE TABLE t (a TEXT NOT NULL DEFAULT 'x')",), parts)

    assert _body(shown) == [
        "  ~ t                 rebuild, 0 rows",
        "    ~ a               INT -> TEXT                                     forces rebuild",
        "                      NULL allowed -> NOT NULL",
        "                      no default -> DEFAULT 'x'",
    ]


def test_a_new_column_brings_its_own_constraints_and_its_hazard_stands_under_it():
    hazard = Hazard(
        "check-violations", Severity.BLOCKED, "t", "1 row breaks CHECK (b > 0)", Answer(1, ("9",)), "SELECT 2"
    )
    shown = plan(
        ("CREATE TABLE t (a INT)",),
        ("CREATE TABLE t (a INT, b INT DEFAULT 0 CHECK (b > 0))",),
        Parts(hazards=(hazard,)),
    )

    assert _body(shown) == [
        "  ~ t                 in place",
        "    + b               INT DEFAULT 0 CHECK (b > 0)",
        "      BLOCKED check-violations: 1 row breaks CHECK (b > 0)  rowid 9",
        "      The query:      SELECT 2",
    ]


def test_what_is_ambiguous_stands_where_it_is_and_shows_its_ways():
    refusal = Refusal("likely-rename", "t.b", "t.b is new and a is not in the file", ("if a may go:   --allow …",))
    shown = plan(("CREATE TABLE t (c INT)",), ("CREATE TABLE t (c INT, b INT)",), Parts(refusals=(refusal,)))

    assert _body(shown)[1:] == [
        "    + b               INT",
        "      BLOCKED likely-rename: t.b is new and a is not in the file",
        "      if a may go:   --allow …",
    ]
    assert "Nothing was changed. 1 blocked." in text(heading(), shown)


def test_what_cannot_be_read_is_refused_by_name():
    unread = Unread(entry("CREATE TABLE odd (a)"), "a comma is missing")
    shown = text(heading(), plan((), (), Parts(unread=(unread,))))

    assert "  ! odd               table\n      BLOCKED unreadable: a comma is missing\n" in shown


def test_a_hazard_that_fits_no_block_still_shows():
    hazard = Hazard("breaks-unmanaged", Severity.BLOCKED, "their_view", "view their_view would break")

    assert _body(plan((), (), Parts(hazards=(hazard,)))) == [
        "  ! their_view",
        "      BLOCKED breaks-unmanaged: view their_view would break",
    ]


def test_keys_of_sensitive_columns_and_keys_beyond_the_limit_stay_hidden():
    answer = Answer(40, ("1", "2", "3", "4", "5", "6"))
    seen = Hazard("orphans", Severity.BLOCKED, "products", "40 rows", answer)
    hidden = Hazard("orphans", Severity.BLOCKED, "products", "40 rows", answer, sensitive=True)
    schemas = (f"{PRODUCTS})",), (f"{PRODUCTS}, x INT)",)

    assert "id 1, 2, 3, 4, 5, …" in text(heading(), plan(*schemas, Parts(hazards=(seen,))))
    assert "id 1, 2, …" in text(heading(), plan(*schemas, Parts(hazards=(seen,))), View(keys=2))
    assert "keys hidden: sensitive" in text(heading(), plan(*schemas, Parts(hazards=(hidden,))))


def test_a_query_that_nobody_would_read_waits_for_verbose():
    long = f"SELECT {'a + ' * 200}a"
    hazard = Hazard("wrong-type", Severity.BLOCKED, "t.b", "1 row", query=long)
    blocked = plan(("CREATE TABLE t (c INT)",), ("CREATE TABLE t (c INT, b INT)",), Parts(hazards=(hazard,)))

    assert "      The query:      808 characters long; --verbose shows it" in text(heading(), blocked)
    assert long in text(heading(), blocked, View(verbose=True))


def test_constraints_that_go_are_marked_on_their_line():
    hazard = Hazard("loosens", Severity.NOTE, "t", "CHECK (a > 0) is given up")
    parts = Parts(how={"t": How(Method.REBUILD, 2)}, hazards=(hazard,))
    shown = plan(("CREATE TABLE t (a INT, CHECK (a > 0))",), ("CREATE TABLE t (a INT)",), parts)

    assert _body(shown)[1:] == ["    - check           a > 0                                           loosens"]


def test_a_rebuild_that_happens_anyway_puts_columns_in_order():
    parts = Parts(how={"t": How(Method.REBUILD, 2, RetypeColumn)})
    shown = plan(("CREATE TABLE t (a INT, b INT)",), ("CREATE TABLE t (b INT, a TEXT)",), parts)

    assert _body(shown)[-1] == "    ~ column order    b, a"


def test_a_rebuild_for_a_dropped_column_alone_shows_it_inside():
    parts = Parts(how={"t": How(Method.REBUILD, 2, DropColumn)})
    shown = plan(("CREATE TABLE t (a INT, b INT, UNIQUE (b))",), ("CREATE TABLE t (a INT)",), parts)

    assert _body(shown)[:2] == [
        "  ~ t                 rebuild, 2 rows",
        "    - b               INT                                             forces rebuild",
    ]


def test_verbose_shows_the_sql_of_each_step_and_what_is_proven():
    step = Step("rebuild t", "t", (Run("CREATE TABLE t (\n  a INT\n)"), Prove("nothing is lost", "SELECT 1")))
    shown = plan(("CREATE TABLE t (a INT)",), ("CREATE TABLE t (a INT, b)",), Parts(steps=(step,)))

    assert text(heading(), shown, View(verbose=True)).splitlines()[6:-3] == [
        "",
        "  rebuild t:",
        "    CREATE TABLE t (",
        "          a INT",
        "        );",
        "    -- proof: nothing is lost",
        "    SELECT 1;",
    ]


def test_a_comparison_of_two_states_offers_nothing_to_apply():
    shown = text(heading(), second_session(), View(Purpose.DIFFERENCE))

    assert "reconcile apply" not in shown
    assert "BLOCKED" not in shown
    assert shown.splitlines()[0] == "from store.db to schema.yaml"


def test_a_plan_about_to_be_applied_ends_with_its_sum():
    shown = text(heading(), second_session(hazards=()), View(Purpose.APPLY))

    assert shown.splitlines()[-1] == "Plan 7c1e-a40b: 0 to add, 1 to change, 1 to destroy."


def test_wide_names_stay_aligned():
    shown = plan((), ("CREATE TABLE 商品 (a)", "CREATE TABLE a_rather_long_table_name (a)", "CREATE TABLE b (a)"))

    assert _body(shown) == [
        f"  + 商品{' ' * 22}table: a",
        "  + a_rather_long_table_name  table: a",
        f"  + b{' ' * 25}table: a",
    ]


HOSTILE = 'a\n  - users             table, 9 rows\x1b[31m\u202e\u200b[red]"'


def test_no_name_can_forge_a_line_or_drive_the_terminal():
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    clean = plan((), ("CREATE TABLE a (b)",))
    shown = plan((), (f"CREATE TABLE {quoted} (b)",))

    assert len(text(heading(), shown).splitlines()) == len(text(heading(), clean).splitlines())
    assert "\\u{a}  - users             table, 9 rows\\u{1b}[31m\\u{202e}\\u{200b}[red]" in text(heading(), shown)


def test_every_text_in_a_plan_passes_through_the_same_function():
    evil = "x\ny\x1b\u2066"
    column = f"CREATE TABLE t (a INT, b TEXT DEFAULT '{evil}')"
    hazard = Hazard("drop-view", Severity.CONSENT, evil, evil, Answer(1, (evil,)), f"SELECT '{evil}'", (evil,))
    blocked = Hazard("wrong-type", Severity.BLOCKED, evil, evil, Answer(1, (evil,)), f"SELECT '{evil}'", (evil,))
    parts = Parts(
        hazards=(hazard, blocked),
        refusals=(Refusal(evil, evil, evil, (evil,)),),
        unread=(Unread(entry("CREATE TABLE odd (a)"), evil),),
        renames=Renames(columns=(ColumnRename(name("t"), Pair(name(evil), name("a"))),)),
        steps=(Step(evil, evil, (Prove(evil, "SELECT 1"),)),),
        notes=(evil,),
    )
    shown = plan(("CREATE TABLE t (a INT)",), (column,), parts)
    head = heading(database=evil, schema=evil, options=("--schema", evil), existing_faults=(evil,))

    for view in (View(verbose=True), View(Purpose.DIFFERENCE), View(Purpose.APPLY)):
        assert all(line.isprintable() for line in text(head, shown, view).split("\n"))
        assert not any(line.startswith("y") for line in text(head, shown, view).split("\n"))


def _body(shown):
    """The lines of the blocks, without what stands above and below them."""
    lines = text(heading(), shown).splitlines()
    legend = 4 if lines[2].startswith("  ") and lines[3] == "" else 2
    return lines[legend : lines.index("", legend)]

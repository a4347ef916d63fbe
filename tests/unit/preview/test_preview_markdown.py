"""Markdown: it reads well in a pull request, and no name in it can leave its place."""

import re
from html.parser import HTMLParser

import pytest
from hand_plans import How, Parts, heading, plan
from test_preview_text import DUPLICATES, HOSTILE, LOST, second_session

from reconcile.diff.changes import ColumnRename, Refusal, Renames, RetypeColumn
from reconcile.model.pair import Pair
from reconcile.plan.steps import Hazard, Method, Prove, Run, Severity, Step
from reconcile.preview.heading import View
from reconcile.preview.markdown import markdown, words
from reconcile.sql.names import name

PENDING = """\
### Plan `7c1e-a40b`: 0 to add, 1 to change, 0 to destroy

`store.db` (38.2 MB, at #1) to `schema.yaml` (`3f9c1a2`)

| | object | |
|---|---|---|
| change | **`t`** | rebuild, 5 rows |
| rename | &emsp;`a` | was x |
| change | &emsp;`a` | `INT -> TEXT`<br>all 5 rows convert and come back equal — *forces rebuild* |
| add | &emsp;`b` | no type |
| kept | | references from u |

To apply exactly this:

```sh
reconcile apply store.db --plan 7c1e-a40b
```

<details><summary>The SQL</summary>

```sql
-- rebuild t
SELECT 1;
-- proof: all is there
```

</details>
"""


def pending():
    parts = Parts(
        how={"t": How(Method.REBUILD, 5, RetypeColumn, ("u",))},
        renames=Renames(columns=(ColumnRename(name("t"), Pair(name("x"), name("a"))),)),
        steps=(Step("rebuild t", "t", (Run("SELECT 1"), Prove("all is there", "SELECT 2"))),),
    )
    return plan(("CREATE TABLE t (a INT)",), ("CREATE TABLE t (a TEXT, b)",), parts)


def test_a_plan_reads_well():
    assert markdown(heading(), pending()).replace(" |  | ", " | | ") == PENDING


def test_what_stops_a_plan_comes_with_its_keys_its_query_and_the_way_out():
    shown = markdown(heading(), second_session())

    assert shown.startswith("### Nothing was changed: 1 blocked, 1 needs consent\n")
    assert "- **BLOCKED** duplicates, `catalog_images`: 3 groups, 7 rows\n  - " in shown
    assert "17, 412 · 20, 415, 416 · 88, 90" in shown
    assert f"  - the query: `{DUPLICATES.query}`\n" in shown
    assert "- **NEEDS CONSENT** drop-column, `products.legacy_code`: 1,204 of 48,210 rows hold a value\n" in shown
    assert "`reconcile apply store.db --allow drop-column:products.legacy_code`" in shown
    assert "```sh" not in shown


def test_keys_are_as_many_as_asked_for():
    assert "17, 412" not in markdown(heading(), second_session(), View(keys=0))
    assert "17, 412 · …" in markdown(heading(), second_session(), View(keys=1))


def test_consent_that_was_given_is_told_once():
    shown = markdown(heading(), second_session(hazards=(LOST,), allowed=frozenset({LOST.consent})))

    assert "- consented drop-column, `products.legacy_code`" in shown
    assert "--allow" not in shown


def test_a_database_in_sync_is_one_line():
    assert markdown(heading(), plan((), ())) == "`store.db is in sync with schema.yaml (#1).`\n"


@pytest.mark.parametrize(
    "text",
    [
        "a|b", "`", "``x``", "a\\", "a\\|b", "a\nb", "<script>x</script>", "&amp;", "[x](http://y)", "*x*", "_x_",
        "@person #12", "http://x.y", " ", "", "~~x~~", "| --- |", "\u202e", "$x$", ":tada:", "<!-- x", "`a`|`b`",
    ],
)  # fmt: skip
def test_no_text_leaves_its_cell(text):
    """A code span without backticks, pipes and backslashes cannot be left; an entity is never structure."""
    shown = words(text)

    assert "\n" not in shown
    if shown.startswith("`"):
        assert re.fullmatch(r"`[^`|\\]+`", shown)
    elif shown.startswith("<code>"):
        assert re.fullmatch(r"<code>(?:[A-Za-z0-9 ,.;'-]|&#\d+;)*</code>", shown)
        assert _seen(shown) in (text, "a\\u{a}b", "\\u{202e}")
    else:
        assert re.fullmatch(r"[A-Za-z0-9 ,.;'()%:-]*", shown)


def _seen(shown):
    parser = HTMLParser(convert_charrefs=True)
    found = []
    parser.handle_data = found.append
    parser.feed(shown)
    parser.close()
    return "".join(found)


def test_hostile_names_add_no_line_and_no_cell():
    before = (f"CREATE TABLE {name(HOSTILE).quoted} (a INT)",)
    after = (f"CREATE TABLE {name(HOSTILE).quoted} (a INT, {name(HOSTILE).quoted} TEXT)",)
    refusal = Refusal("likely-rename", HOSTILE, HOSTILE, (HOSTILE,))
    hazard = Hazard("drop-column", Severity.CONSENT, HOSTILE, HOSTILE, query=HOSTILE, ways=(HOSTILE,))
    shown = markdown(heading(), plan(before, after, Parts(hazards=(hazard,), refusals=(refusal,))))

    for line in shown.splitlines():
        if line.startswith("|"):
            assert line.count("|") == 4
    assert HOSTILE not in shown
    assert shown.isprintable() or "\n" in shown


def test_a_fence_is_longer_than_any_in_the_sql():
    steps = (Step("create v", "v", (Run("CREATE VIEW v AS SELECT '\n````\n</details>'"),)),)
    shown = markdown(heading(), plan((), ("CREATE TABLE v (a)",), Parts(steps=steps)))

    assert "\n`````sql\n" in shown
    assert shown.count("\n`````\n") == 1


def test_a_plan_of_any_size_fits_a_comment():
    many = tuple(f"CREATE TABLE table_{number} (a, b, c)" for number in range(3_000))
    steps = tuple(Step(sql, sql, (Run(sql),)) for sql in many)
    shown = markdown(heading(), plan((), many, Parts(steps=steps)))

    assert len(shown) < 65_536
    assert "more lines: `reconcile plan` shows all." in shown
    assert "`reconcile plan --verbose` shows it." in shown
    assert "--plan 7c1e-a40b" in shown

"""Names that attack the place where they are shown: comments, Markdown, diagrams, JSON, GitHub's annotations."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt
from runs import build, names, reconcile, rows

ATTACKS = {
    "sql comment": "a\n.shell touch owned\n--",
    "sql statement": "a'; ATTACH 'owned' AS o; --",
    "shell word": "a$(touch owned)`touch owned`",
    "markdown": "a|b`c` <img src=x onerror=alert(1)> [x](http://evil) @everyone #1",
    "html": "</td></tr></table><script>alert(1)</script>",
    "fence": "a\n```\n# Plan 0000-0000: nothing to do",
    "annotation": "a\n::error file=x::forged",
    "annotation percent": "a%0A::set-output name=x::y",
    "mermaid": 'a"] --> evil["b\n  evil ||--o{ other : owns',
    "colon": "a: !!python/object/apply:os.system ['touch owned']",
    "null": "a\x01b",
}
FORMS = ["text", "markdown", "json", "sql"]
FORGED = (".shell", "# Plan 0000", "::error file=x", "::set-output")
OWN_TAGS = {"<code>", "</code>", "<details>", "</details>", "<summary>", "</summary>"}


@pytest.fixture(params=ATTACKS)
def named(request, den):
    """A store with a table, a column, an index and a check of a hostile name, and a schema that drops them all."""
    name = ATTACKS[request.param].replace('"', '""')
    build(
        den / "store.db",
        f'CREATE TABLE "{name}" (id INTEGER PRIMARY KEY, "{name}" TEXT CONSTRAINT "{name}" CHECK ("{name}" <> \'q\'))',
        f"INSERT INTO \"{name}\" VALUES (1, 'x')",
        f'CREATE INDEX "i{name}" ON "{name}" ("{name}")',
    )
    (den / "schema.sql").write_text(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);\n"
        f'CREATE TABLE "{name}" (id INTEGER PRIMARY KEY, "{name}" INTEGER NOT NULL, "x{name}" TEXT);\n',
        newline="",
    )
    return den


def foreign(markdown: str) -> set[str]:
    """Read Markdown as a viewer does, and name what in it is neither ours nor a piece of code."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    flat = [token for outer in tokens for token in (outer, *(outer.children or ()))]
    kinds = {token.type for token in flat if token.type in ("link_open", "image")}
    html = {token.content.strip() for token in flat if token.type in ("html_inline", "html_block")}
    tags = {tag for text in html for tag in re.findall(r"<[^>]*>?", text)}
    headings = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    return kinds | (tags - OWN_TAGS) | set(headings[1:])


@pytest.mark.parametrize("form", FORMS)
def test_a_hostile_name_stays_a_name_in_every_form_of_a_plan(named, form, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    ran = reconcile("plan", "store.db", "-s", "schema.sql", "--format", form, "--rows", "3", folder=named)

    said = ran.out + ran.err
    assert ran.status in (0, 3), said
    assert "bug in reconcile" not in said
    assert "\x01" not in said
    if form == "json":
        json.loads(ran.out)
    if form == "markdown":
        assert set() == foreign(ran.out)
        said = ran.err
    assert not any(line.startswith(FORGED) for line in said.splitlines())


def test_a_hostile_name_stays_a_name_in_a_diagram_and_in_yaml(named):
    diagram = reconcile("inspect", "store.db", "--format", "mermaid", folder=named)
    taken = reconcile("inspect", "store.db", "-o", "live.yaml", folder=named)
    again = reconcile("plan", "store.db", "-s", "live.yaml", "--exit-code", folder=named)

    assert (0, 0, 0) == (diagram.status, taken.status, again.status), again.out + again.err
    assert not any(line.strip().startswith(("evil", "other")) for line in diagram.out.splitlines())
    assert {"live.yaml", "schema.sql", "store.db"} == set(names(named))


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="the sqlite3 shell is not installed")
def test_a_script_with_a_hostile_name_runs_nothing_else(named):
    allowed = [word for word in _consents(named) for word in ("--allow", word)]
    script = reconcile("plan", "store.db", "-s", "schema.sql", "--format", "sql", *allowed, folder=named)
    assert script.status in (0, 3), script.err

    subprocess.run(["sqlite3", "store.db"], cwd=named, input=script.out.encode(), capture_output=True, check=False)

    assert {"schema.sql", "store.db"} == set(names(named))
    assert [(2,)] == rows(named / "store.db", "SELECT count(*) FROM t")


def _consents(folder):
    document = json.loads(reconcile("plan", "store.db", "-s", "schema.sql", "--format", "json", folder=folder).out)
    return [hazard["allow"] for hazard in document["hazards"] if hazard.get("allow")]

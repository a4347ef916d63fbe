"""docs/api.md runs: its examples are one story, and what it says of every function is what the function takes."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import reconcile

TEXT = (Path(__file__).parents[2] / "docs/api.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(yaml|python)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
VERBS = [name for name in reconcile.__all__ if inspect.isfunction(getattr(reconcile, name))]


def run(source, names):
    """Run a block; an expression with ``# -> result`` behind it must give that."""
    lines = source.splitlines()
    told = 0
    for statement in ast.parse(source).body:
        said = lines[statement.end_lineno - 1][statement.end_col_offset :].strip()
        code = ast.get_source_segment(source, statement)
        if isinstance(statement, ast.Expr) and said.startswith("# -> "):
            told += 1
            assert (code, said[5:]) == (code, repr(eval(code, names)))  # noqa: S307
        else:
            exec(compile(ast.Module([statement], []), "docs/api.md", "exec"), names)  # noqa: S102
    return told


def test_the_examples_run_in_their_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    told = 0
    for language, source in BLOCKS:
        if language == "yaml":
            (tmp_path / source.splitlines()[0].removeprefix("# ")).write_text(source, "utf-8")
        else:
            told += run(source, names)
    names["connection"].close()

    assert told == TEXT.count("# -> ")


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_is_documented_with_its_signature(name):
    flat = " ".join(TEXT.split())
    told = re.search(rf"`{name}\((.*?)\) -> [^`]*`", flat)[1]
    real = inspect.signature(getattr(reconcile, name))
    shown = [str(one.replace(annotation=one.empty)) for one in real.parameters.values()]
    star = [one.kind is one.KEYWORD_ONLY for one in real.parameters.values()]
    if True in star:
        shown.insert(star.index(True), "*")

    assert told.replace('"', "'") == ", ".join(shown)


@pytest.mark.parametrize("name", sorted(set(reconcile.__all__) - set(VERBS)))
def test_every_other_public_name_is_mentioned(name):
    assert f"`{name}" in TEXT or f"reconcile.{name}" in TEXT

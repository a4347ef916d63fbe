"""The page docs/carries.md: every feature with the case that shows it, written from the cases themselves."""

from __future__ import annotations

from pathlib import Path

from case import Case, load_all

PAGE = Path(__file__).parents[2] / "docs" / "carries.md"
HEAD = """# What reconcile carries

<!-- Written by `pytest tests/corpus --update` from the `features` of tests/corpus/cases/*/case.toml: edit those. -->

Everything that SQLite keeps for you survives a change, or the change is refused by name before anything is touched.
Each line names the case that shows it: a folder with a schema, its rows and a schema file. Every case is planned and
applied. What came of it is compared with a database that was built directly from what is wanted, never with reconcile's
own opinion: by PRAGMAs, texts and bytecode, by every row of every table with its type and bytes, and by what happens to
rows, good and bad, that are written to both. Then a second plan is empty, and a rollback gives back what was before.
"""
SECTIONS = (  # the beginnings of a case's name, and what such cases are about
    (("carry", "short", "wide", "column"), "What a rebuild carries", ""),
    (("rename",), "Renames that follow", ""),
    (
        ("state",),
        "What no schema shows",
        "Equal before and after, with the mode of the file and the rowids of every table.",
    ),
    (("reader",), "What is read, whatever its form", ""),
    (("compare", "nothing"), "What is a change, and what is none", ""),
    ((), "What can be changed", ""),  # all the rest
    (("convert", "blocked", "consent"), "What rows and you have to agree to", ""),
    (("unmanaged", "ignored", "history", "invalid"), "What is nobody's, and what is said about it", ""),
)
ENDS = {
    "applied": "applied",
    "in sync": "no change",
    "blocked": "refused by name",
    "refused": "refused by name",
    "invalid": "an error with its place",
}


def written() -> str:
    listed = {each for beginnings, *_ in SECTIONS for each in beginnings}
    parts = [HEAD]
    for beginnings, title, told in SECTIONS:
        own = set(beginnings) or {kind(case) for case in load_all()} - listed
        lines = [line for case in load_all() if kind(case) in own for line in lines_of(case)]
        parts.append("\n".join([f"## {title}", "", *([told, ""] if told else []), *table(lines)]))
    return "\n".join(parts).rstrip("\n") + "\n"


def kind(case: Case) -> str:
    return str(case).partition("-")[0]


def lines_of(case: Case) -> list[str]:
    link = f"[{case}](../tests/corpus/cases/{case}/case.toml)"
    return [f"| {cell(feature)} | {ENDS[case.ends]} | {link} |" for feature in case.features]


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def table(lines: list[str]) -> list[str]:
    return ["| feature | ends | case |", "|---|---|---|", *lines, ""]

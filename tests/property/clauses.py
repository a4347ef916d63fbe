"""Read a CREATE TABLE's stored text into facts that do not care where a constraint was written.

A tokenizer of its own, so that a mistake in reconcile's cannot hide itself here. It reads what the generator and
SQLite's ALTER write; it is no general parser.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from .model import fold

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))
      |(?P<string>[xX]?'(?:[^']|'')*')
      |(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
      |(?P<number>\d[\w.]*(?:[eE][+-]?\d+)?|\.\d\w*)
      |(?P<word>[^\W\d][\w$]*)
      |(?P<sign>\|\||<=|>=|<>|!=|==|<<|>>|->>|->|.)""",
    re.VERBOSE | re.DOTALL,
)
_TABLE_STARTS = frozenset({"constraint", "primary", "unique", "check", "foreign"})
_COLUMN_STARTS = frozenset(
    {
        "constraint",
        "primary",
        "not",
        "null",
        "unique",
        "check",
        "default",
        "collate",
        "references",
        "generated",
        "as",
    }
)


@dataclass(frozen=True)
class Token:
    """A token as SQLite compares it; `bare` is false for a quoted name, which is never a keyword."""

    text: str
    bare: bool = True


def tokens(sql: str) -> list[Token]:
    """Split SQL into folded tokens, without spaces and comments."""
    found = []
    for match in _TOKEN.finditer(sql):
        kind, text = match.lastgroup, match[0]
        if kind == "quoted":
            close = text[-1]
            found.append(Token(fold(text[1:-1].replace(close * 2, close)), bare=False))
        elif kind != "space":
            found.append(Token(text if kind == "string" else fold(text)))
    return found


def folded(sql: str) -> tuple[str, ...]:
    """Give the folded texts of SQL's tokens."""
    return tuple(token.text for token in tokens(sql))


def table_facts(sql: str) -> Counter[tuple]:
    """Give everything a CREATE TABLE says, but for the order in which it says it."""
    found = tokens(sql)
    start = next(at for at, token in enumerate(found) if token == Token("("))
    elements, end = _elements(found, start)
    facts: Counter[tuple] = Counter()
    for element in elements:
        if element[0].bare and element[0].text in _TABLE_STARTS:
            facts.update([_table_clause(element)])
        else:
            facts.update(_column_facts(element))
    options = "".join(token.text + " " for token in found[end + 1 :])
    facts[("options", tuple(sorted(option.strip() for option in options.split(","))))] += 1
    return facts


def _elements(found: list[Token], start: int) -> tuple[list[list[Token]], int]:
    """Split at the commas of the outermost parentheses; give the position of the closing one too."""
    elements: list[list[Token]] = [[]]
    depth = 0
    for at in range(start, len(found)):
        text = found[at].text if found[at].bare else ""
        depth += (text == "(") - (text == ")")
        if depth == 0:
            return elements, at
        if depth == 1 and text == ",":
            elements.append([])
        elif at > start:
            elements[-1].append(found[at])
    raise ValueError(found)


def _column_facts(element: list[Token]) -> list[tuple]:
    name = element[0].text
    clauses: list[list[Token]] = [[]]
    depth = 0
    for at, token in enumerate(element[1:], start=1):
        starts = depth == 0 and token.bare and token.text in _COLUMN_STARTS and not _continues(element, at)
        depth += (token == Token("(")) - (token == Token(")"))
        if starts and not (len(clauses[-1]) == 2 and clauses[-1][0] == Token("constraint")):
            clauses.append([])
        clauses[-1].append(token)
    facts: list[tuple] = [("column", name, tuple(token.text for token in clauses[0]))]
    facts += [_column_clause(name, clause) for clause in clauses[1:]]
    return facts


def _continues(element: list[Token], at: int) -> bool:
    """Say whether a keyword belongs to the clause before it."""
    word, before = element[at].text, element[at - 1].text
    after = element[at + 1].text if at + 1 < len(element) else ""
    return (
        (word == "null" and before in ("not", "set", "default"))
        or (word == "default" and before == "set")
        or (word == "not" and after == "deferrable")
        or (word == "as" and before == "always")
    )


def _column_clause(column: str, clause: list[Token]) -> tuple:
    """Write a column's clause as the table's clause that means the same."""
    name, words = _named(clause)
    match words[0]:
        case "unique":
            return ("unique", name, ("(", column, ")", *words[1:]))
        case "check":
            return ("check", name, words[1:])
        case "references":
            return ("foreign", name, ("(", column, ")", *words))
        case "primary":
            rest = tuple(word for word in words[2:] if word != "asc")
            order = ("desc",) if rest[:1] == ("desc",) else ()
            return ("primary", name, ("(", column, *order, ")", *rest[len(order) :]))
        case "generated" | "as":
            expression = words[2:] if words[0] == "generated" else words
            kind = () if expression[-1] in ("stored", "virtual") else ("virtual",)
            return ("generated", column, name, expression + kind)
        case _:
            return ("clause", column, name, words)


def _table_clause(element: list[Token]) -> tuple:
    name, words = _named(element)
    rest = words[2:] if words[0] in ("primary", "foreign") else words[1:]
    if words[0] == "primary" and "autoincrement" in rest:
        rest = (*(word for word in rest if word not in ("autoincrement", "asc")), "autoincrement")
    return (words[0], name, rest)


def _named(clause: list[Token]) -> tuple[str | None, tuple[str, ...]]:
    words = tuple(token.text for token in clause)
    if clause[0] == Token("constraint"):
        return words[1], words[2:]
    return None, words

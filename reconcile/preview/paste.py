"""Lines that a user pastes into a shell. They must survive any name."""

from __future__ import annotations

import shlex

from reconcile.plan.steps import Hazard
from reconcile.preview.heading import Heading
from reconcile.preview.printable import printable


def apply_line(heading: Heading, *more: str) -> str:
    """Write the command that applies a plan, with every option that shaped it."""
    return command(heading.verb, heading.database, *heading.options, *more)


def consent_line(heading: Heading, hazard: Hazard) -> str:
    """Write the command that consents to one hazard by name."""
    return apply_line(heading, "--allow", f"{hazard.code}:{hazard.object}")


def command(*words: str) -> str:
    """Write a command of ours, quoted for a shell."""
    return " ".join(["reconcile", *map(shell_word, words)])


def shell_word(word: str) -> str:
    """Quote one word for bash, zsh and ksh. What cannot be shown is written in bytes, in ANSI-C quotes."""
    if printable(word) == word:
        return shlex.quote(word)
    escaped = "".join(_escaped(character) for character in word)
    return f"$'{escaped}'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if printable(character) == character:
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))

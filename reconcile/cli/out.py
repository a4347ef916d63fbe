"""The one output gate: everything that is printed passes here, and nothing that passes can drive a terminal.

The gate works line by line. A newline is the one character that it cannot judge: where lines end is the layout, so
whoever lays text out makes each piece `printable` first (`preview.layout` does, and so does `Out.line`).
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TextIO

from reconcile.preview.printable import printable

_RESET = "\x1b[0m"
_COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "~": "\x1b[33m", ">": "\x1b[36m", "=": "\x1b[2m", "!": "\x1b[31m"}
_STRONG = (
    ("BLOCKED ", "\x1b[1;31m"),
    ("DAMAGED ", "\x1b[1;31m"),
    ("PROBLEM ", "\x1b[1;31m"),
    ("NEEDS CONSENT ", "\x1b[1;33m"),
    ("error: ", "\x1b[1;31m"),
)


@dataclass(slots=True)
class Out:
    """Both streams of one run. The result goes to stdout, progress and notes to stderr.

    Whatever cannot be written is no reason to stop: the work may be half-way through a transaction. A reader that
    went away (``| head``) is no error at all; any other failure is kept in `lost`, and reported at the end.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    lost: OSError | None = None

    def show(self, layout: str) -> None:
        """Print laid-out lines of the result."""
        self._write(sys.stdout, layout)

    def line(self, text: str) -> None:
        """Print one line of the result; a newline inside does not end it."""
        self._write(sys.stdout, printable(text))

    def tell(self, layout: str) -> None:
        """Print laid-out lines beside the result, on stderr."""
        self._write(sys.stderr, layout)

    def document(self, text: str) -> None:
        """Print a text that a program reads, as it is: it is made safe only where it goes to a terminal."""
        if is_terminal(sys.stdout):
            self._write(sys.stdout, text.rstrip("\n").replace("\t", "    "))
        else:
            self._put(sys.stdout, text if text.endswith("\n") else f"{text}\n")

    def live(self, text: str) -> None:
        """Show one line on stderr that the next one replaces; an empty one clears it. For terminals only."""
        if self.is_interactive:
            self._put(sys.stderr, f"\r\x1b[K{printable(text)}")

    def ask(self, question: str) -> str | None:
        """Ask on stderr and read one line; None where there is nothing more to read."""
        self._put(sys.stderr, printable(question))
        answer = sys.stdin.readline() if sys.stdin is not None else ""
        if not answer:
            self._put(sys.stderr, "\n")
        return answer.strip() if answer else None

    @property
    def is_interactive(self) -> bool:
        """Say whether a person sits at both ends; under CI nobody does."""
        return not self.environ.get("CI") and all(map(is_terminal, (sys.stdin, sys.stdout, sys.stderr)))

    def flush(self) -> None:
        """Write what is still buffered."""
        for stream in (sys.stdout, sys.stderr):
            self._put(stream, "")

    def _write(self, stream: TextIO | None, layout: str) -> None:
        lines = [printable(line) for line in layout.split("\n")]
        if self._colours(stream):
            lines = [_painted(line) for line in lines]
        self._put(stream, "\n".join(lines) + "\n")

    def _colours(self, stream: TextIO | None) -> bool:
        if self.environ.get("NO_COLOR"):
            return False
        if self.environ.get("FORCE_COLOR"):
            return self.environ["FORCE_COLOR"] != "0"
        return is_terminal(stream) and not self.environ.get("CI") and self.environ.get("TERM") != "dumb"

    def _put(self, stream: TextIO | None, text: str) -> None:
        if stream is None:
            return  # closed before we began (`>&-`): there is nobody to tell
        try:
            stream.write(_encodable(text, stream))
            stream.flush()
        except OSError as error:
            if error.errno != errno.EPIPE and self.lost is None:
                self.lost = error


def is_terminal(stream: TextIO | None) -> bool:
    """Say whether a stream is a terminal; one that is closed or missing is none."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def _painted(line: str) -> str:
    """Colour a line by the symbol or the word that it begins with: no name can stand there."""
    text = line.lstrip(" ")
    indent = line[: len(line) - len(text)]
    for word, colour in _STRONG:
        if text.startswith(word):
            return f"{indent}{colour}{word.rstrip()}{_RESET}{text[len(word) - 1 :]}"
    if indent and text[1:2] == " " and text[0] in _COLOURS:
        return f"{indent}{_COLOURS[text[0]]}{text[0]}{_RESET}{text[1:]}"
    return line


def _encodable(text: str, stream: TextIO) -> str:
    """Escape what the stream's encoding has no bytes for: a plan is no reason to fail on an ASCII terminal."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_escaped(character, encoding) for character in text)
    return text


def _escaped(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return f"\\u{{{ord(character):x}}}"
    return character

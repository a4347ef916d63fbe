"""Play a transcript: a Markdown file whose commands are run and whose outputs must be what the program says.

    ```console                 commands and what they print; `[exit 3]` ends the output of one that does not exit 0;
    $ reconcile plan store.db  a line `...` stands for any number of lines
    ```
    ```yaml schema.yaml        a block with a file name writes that file
    ```diff schema.yaml        ... or edits it: each hunk (after `@@`, or the only one) must fit in exactly one place
    ```sql store.db            ... or runs SQL on a database, which is made if it is not there

A block without a file name is only to be read. `reconcile` runs in this process, the few other commands in one of
their own. What changes from run to run (times, dates, sizes, plan ids) is compared by kind only; and where such a
name comes back in a later command (`--plan 7c1e-a40b`, a backup's file name), this run's own name is put in.

With UPDATE_TRANSCRIPTS=1 in the environment, outputs that differ are written into the file instead of failing.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

Main = Callable[[list[str]], int]

WILDCARD = "..."
FENCE = "```"

# Names that a later command may repeat: the stamp in a backup's file name, the id of a plan.
CARRIED = re.compile(r"(?<!\d)\d{8}_\d{6}(?:-\d+)?(?!\d)|\b(?=[0-9a-f-]*\d)[0-9a-f]{4}-[0-9a-f]{4}\b")

# In this order: a date must not be taken for a plan's id, nor a version for a number of seconds.
VOLATILE = (
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d| UTC)?"), "<time>"),
    (re.compile(r"(?<!\d)\d{8}_\d{6}(?:-\d+)?(?!\d)"), "<stamp>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "<date>"),
    (re.compile(r"\b(?=[0-9a-f-]*\d)[0-9a-f]{4}-[0-9a-f]{4}\b"), "<id>"),
    (re.compile(r"(?<=\bschema\.yaml )[0-9a-f]{7,64}\b"), "<hash>"),
    (re.compile(r"\b(SQLite|reconcile) \d+(?:\.\d+)+\S*"), r"\1 <version>"),
    (re.compile(r" *\b\d[\d,]*(?:\.\d+)? (?:bytes|[kKMGT]i?B)(?![\w/])"), " <size>"),
    (re.compile(r" *(?:< ?)?\b\d[\d,]*(?:\.\d+)? (?:ms|s|min)(?![\w/])"), " <duration>"),
    # What is as wide as the widest of them, is padded by the second in which it was made.
    (re.compile(r"(<(?:stamp|time|duration)>(?:\.db)?) +"), r"\1  "),
)


@dataclass(frozen=True, slots=True)
class Command:
    """A command, what it should print, and how it should exit."""

    text: str
    output: tuple[str, ...] = ()
    exit: int = 0
    blank_after: int = 0


@dataclass(frozen=True, slots=True)
class Console:
    """A block of commands; `line` is where its fence stands, counted from 1."""

    line: int
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A block that writes, patches or feeds the file it names."""

    line: int
    language: str
    file: str
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """Lines that are only to be read, fences of nameless blocks included."""

    lines: tuple[str, ...]


Block = Console | Edit | Prose


class TranscriptError(AssertionError):
    """A transcript does not say what happens; the message shows where, and the difference."""


@dataclass(slots=True)
class Names:
    """What the document calls a plan or a backup, and what this run calls it."""

    here: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)

    def learn(self, document: str, run: str, *, rewritten: bool) -> None:
        for name, own in zip(_distinct(document), _distinct(run), strict=False):
            self.here.setdefault(name, own)
            if rewritten:
                self.written.setdefault(name, own)

    def for_this_run(self, text: str) -> str:
        return CARRIED.sub(lambda found: self.here.get(found[0], found[0]), text)

    def for_the_document(self, text: str) -> str:
        return CARRIED.sub(lambda found: self.written.get(found[0], found[0]), text)


def updating() -> bool:
    """Say whether outputs are to be written instead of compared."""
    return os.environ.get("UPDATE_TRANSCRIPTS", "") not in ("", "0")


def play(path: Path, folder: Path, *, main: Main | None = None, update: bool | None = None) -> None:
    """Run the transcript in a folder of its own; raise where it does not tell the truth, or mend it."""
    text = path.read_text("utf-8")
    player = Player(path, folder, main, updating() if update is None else update)
    told = render([player.play(block) for block in parse(text)])
    if player.update and told != text:
        path.write_text(told, "utf-8")


@dataclass(slots=True)
class Player:
    """One run through a transcript."""

    path: Path
    folder: Path
    main: Main | None
    update: bool
    names: Names = field(default_factory=Names)

    def play(self, block: Block) -> Block:
        """Do what a block says; give it back as the document should show it."""
        match block:
            case Prose():
                return block
            case Edit():
                try:
                    edit(block, self.folder)
                except (OSError, ValueError, sqlite3.Error) as error:
                    raise TranscriptError(f"{self.path}:{block.line}: {error}") from error
                return block
            case Console():
                return Console(block.line, tuple(self._command(command, block.line) for command in block.commands))

    def _command(self, command: Command, line: int) -> Command:
        status, output = run(self.names.for_this_run(command.text), self.folder, self.main)
        pairs = align(command.output, output)
        if pairs is not None and status == command.exit:
            for expected, actual in pairs:
                self.names.learn(expected, actual, rewritten=False)
            kept = tuple(map(self.names.for_the_document, command.output))
            return Command(self.names.for_the_document(command.text), kept, status, command.blank_after)
        if not self.update:
            raise TranscriptError(_difference(f"{self.path}:{line}", command, status, output))
        text = self.names.for_the_document(command.text)
        self.names.learn("\n".join(command.output), "\n".join(output), rewritten=True)
        return Command(text, output, status, command.blank_after)


def _difference(place: str, command: Command, status: int, output: tuple[str, ...]) -> str:
    expected = [normalise(line) for line in command.output] + [f"[exit {command.exit}]"]
    actual = [normalise(line) for line in output] + [f"[exit {status}]"]
    told = difflib.unified_diff(expected, actual, "the transcript", "the program", lineterm="", n=10**6)
    return "\n".join([f"{place}: $ {command.text}", *told, "make golden writes what the program says"])


# --- reading and writing the document -------------------------------------------------------------------------------


def parse(text: str) -> list[Block]:
    """Split a document into blocks; `render` gives the same text back."""
    blocks: list[Block] = []
    prose: list[str] = []
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        words = line.removeprefix(FENCE).split()
        if not line.startswith(FENCE) or not words:
            prose.append(line)
            continue
        body = _until_fence(lines, number)
        if words == ["console"]:
            blocks += [Prose(tuple(prose)), Console(number, tuple(_commands(body, number)))]
        elif len(words) == 2:
            blocks += [Prose(tuple(prose)), Edit(number, words[0], words[1], body)]
        else:
            prose += [line, *body, FENCE]
            continue
        prose = []
    return [block for block in (*blocks, Prose(tuple(prose))) if block != Prose(())]


def _until_fence(lines: Iterator[tuple[int, str]], opened: int) -> tuple[str, ...]:
    body: list[str] = []
    for _, line in lines:
        if line == FENCE:
            return tuple(body)
        body.append(line)
    raise ValueError(f"the block that opens in line {opened} is never closed")


def _commands(body: tuple[str, ...], number: int) -> Iterator[Command]:
    starts = [at for at, line in enumerate(body) if line.startswith("$ ")]
    if not starts or starts[0] != 0:
        raise ValueError(f"the block in line {number} must begin with a command, '$ ...'")
    for start, end in zip(starts, [*starts[1:], len(body)], strict=True):
        told = list(body[start + 1 : end])
        text = body[start][2:]
        while text.endswith("\\") and told:
            text += "\n" + told.pop(0)
        blank_after = 0
        while told and not told[-1]:
            told.pop()
            blank_after += 1
        status = 0
        if told and (found := re.fullmatch(r"\[exit (\d+)\]", told[-1])):
            status = int(found[1])
            told.pop()
        yield Command(text, tuple(told), status, blank_after)


def render(blocks: list[Block]) -> str:
    """Write the document that the blocks came from."""
    lines: list[str] = []
    for block in blocks:
        match block:
            case Prose():
                lines += block.lines
            case Edit():
                lines += [f"{FENCE}{block.language} {block.file}", *block.body, FENCE]
            case Console():
                lines.append(f"{FENCE}console")
                for command in block.commands:
                    lines += [*f"$ {command.text}".split("\n"), *command.output]
                    lines += [f"[exit {command.exit}]"] if command.exit else []
                    lines += [""] * command.blank_after
                lines.append(FENCE)
    return "\n".join(lines) + "\n"


# --- comparing ------------------------------------------------------------------------------------------------------


def normalise(line: str) -> str:
    """Put a word of its kind in place of everything that differs from run to run."""
    line = line.rstrip()
    for pattern, word in VOLATILE:
        line = pattern.sub(word, line)
    return line


def align(expected: tuple[str, ...], actual: tuple[str, ...]) -> list[tuple[str, str]] | None:
    """Pair each expected line with the line it stands for; None if they do not fit."""
    if not expected:
        return [] if not actual else None
    head, rest = expected[0], expected[1:]
    if head == WILDCARD:
        tries = (align(rest, actual[skipped:]) for skipped in range(len(actual) + 1))
        return next((pairs for pairs in tries if pairs is not None), None)
    if not actual or normalise(head) != normalise(actual[0]):
        return None
    pairs = align(rest, actual[1:])
    return None if pairs is None else [(head, actual[0]), *pairs]


def _distinct(text: str) -> list[str]:
    return list(dict.fromkeys(CARRIED.findall(text)))


# --- doing what the document says -----------------------------------------------------------------------------------


def run(text: str, folder: Path, main: Main | None = None) -> tuple[int, tuple[str, ...]]:
    """Run one command in the folder; give its exit code and the lines that a terminal would have shown."""
    words = shlex.split(text.replace("\\\n", " "))
    with _plain_environment(), contextlib.chdir(folder):
        if words[0] == "reconcile":
            status, output = _in_process(main or _reconcile(), words[1:])
        elif words[0] in ("python", "python3"):
            status, output = _in_its_own([sys.executable, *words[1:]])
        elif words[0] in ("cat", "ls", "cp", "rm"):
            status, output = _in_its_own(words)
        else:
            raise ValueError(f"a transcript cannot run {words[0]!r}")
    return status, tuple(line.rstrip() for line in output.rstrip().splitlines())


def _reconcile() -> Main:
    from reconcile.cli.app import main  # noqa: PLC0415  the runner's own tests must not need the program

    return main


@contextlib.contextmanager
def _plain_environment() -> Iterator[None]:
    """No colours, no width, no database from outside, and values shown as they are outside of CI."""
    loud = ("CI", "COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "CLICOLOR_FORCE", "RECONCILE_DATABASE")
    taken = {name: os.environ.pop(name) for name in loud if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(taken)


def _in_process(main: Main, words: list[str]) -> tuple[int, str]:
    """Both streams go to one place, in the order of writing, and there is no terminal."""
    screen = io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n", write_through=True)
    keyboard, sys.stdin = sys.stdin, io.StringIO()
    try:
        with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
            status = main(words)
    finally:
        sys.stdin = keyboard
    screen.seek(0)
    return status, screen.read()


def _in_its_own(words: list[str]) -> tuple[int, str]:
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False
    )
    return done.returncode, done.stdout.decode("utf-8")


def edit(block: Edit, folder: Path) -> None:
    """Write the file, patch it, or run the SQL on it."""
    target = folder / block.file
    body = "\n".join(block.body) + "\n"
    match block.language:
        case "diff":
            target.write_text(patch(target.read_text("utf-8"), block.body), "utf-8")
        case "sql":
            with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as db:
                db.executescript(body)
        case _:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(body, "utf-8")


def patch(text: str, body: tuple[str, ...]) -> str:
    """Apply hunks without line numbers: what each takes out must stand in the text exactly once."""
    for hunk in _hunks(body):
        before = "".join(line[1:] + "\n" for line in hunk if line[:1] != "+")
        after = "".join(line[1:] + "\n" for line in hunk if line[:1] != "-")
        places = ("\n" + text).count("\n" + before)
        if places != 1:
            raise ValueError(f"this hunk fits in {places} places, not in one:\n" + "\n".join(hunk))
        text = ("\n" + text).replace("\n" + before, "\n" + after)[1:]
    return text


def _hunks(body: tuple[str, ...]) -> list[list[str]]:
    hunks: list[list[str]] = [[]]
    for line in body:
        if line.startswith("@@"):
            hunks.append([])
        elif line and line[0] not in " +-":
            raise ValueError(f"a line of a diff begins with ' ', '+', '-' or '@@', not so: {line}")
        else:
            hunks[-1].append(line or " ")
    return [hunk for hunk in hunks if hunk]

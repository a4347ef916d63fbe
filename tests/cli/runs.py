"""Ways to run the program, and to show that it left everything as it was.

`reconcile` runs it in this process. `program` starts the console script. `forked` runs it in a fork of this process:
a process of its own that can be killed, traced or signalled, without the start-up, which is nine tenths of a run.
No connection may be open in this process when it forks, and none while it reads a database's bytes.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import children

from reconcile import ensure
from reconcile.cli.app import main, run
from reconcile.errors import ReconcileError

CONSOLE_SCRIPT = Path(sys.executable).with_name("reconcile")
# Loaded before we fork, because the program loads them late, and a fork should spend its time on the work.
_LATE = """typer reconcile.api reconcile.applying reconcile.values reconcile.restoring reconcile.rollback
    reconcile.cli.commands
    reconcile.cli.consent reconcile.cli.progress reconcile.cli.shown reconcile.desired.declare reconcile.desired.load
    reconcile.database.materialise reconcile.preview.text reconcile.preview.json"""
_OUTSIDE = ("CI", "GITHUB_ACTIONS", "FORCE_COLOR", "NO_COLOR", "RECONCILE_DATABASE", "RECONCILE_DEBUG")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        """The last line of both, the result first."""
        return next((line for line in reversed((self.out + self.err).splitlines()) if line.strip()), "")


def reconcile(*words: str | Path, folder: Path, typed: str = "") -> Ran:
    """Run it here, in `folder`, without a terminal."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n", write_through=True) for _ in range(2))
    keyboard, sys.stdin = sys.stdin, io.StringIO(typed)
    try:
        with contextlib.chdir(folder), no_variables(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main([str(word) for word in words])
    finally:
        sys.stdin = keyboard
    return Ran(status, out.buffer.getvalue().decode(), err.buffer.getvalue().decode())


def program(*words: str | Path, folder: Path, before: tuple[str, ...] = ()) -> Ran:
    """Run the console script; `before` are words before it, such as a tool that takes rights away."""
    environ = {name: value for name, value in os.environ.items() if name not in _OUTSIDE}
    done = subprocess.run(
        [*before, CONSOLE_SCRIPT, *words],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass(slots=True)
class Fork:
    """A process of ours: `go` lets it begin, `end` waits until it is over. It stands still until then."""

    pid: int
    folder: Path
    words: tuple[str, ...]
    status: int | None = field(default=None)

    def go(self) -> Fork:
        os.kill(self.pid, signal.SIGCONT)
        return self

    def end(self) -> Ran:
        try:
            if self.status is None:
                self.status = children.ended(self.pid, f"reconcile {' '.join(self.words)}")
        finally:
            files = [_printed(self.folder, self.pid, stream) for stream in ("out", "err")]
            said = [file.read_text("utf-8", "replace") for file in files]
            for file in files:
                file.unlink()
            if self.status is None:
                print("it printed:", *said, sep="\n")
        return Ran(self.status, *said)


def forked(*words: str | Path, folder: Path, sabotage: Callable[[], object] | None = None) -> Fork:
    """Make a process that will run the program in `folder`, after it has sabotaged itself.

    What it prints goes to files beside `folder`, so that nothing but its own work is in there.
    """
    for name in _LATE.split():
        import_module(name)
    said = tuple(map(str, words))

    def work() -> None:
        _streams_of_its_own(folder)
        os.chdir(folder)
        for name in _OUTSIDE:
            os.environ.pop(name, None)
        if sabotage is not None:
            sabotage()
        sys.argv = ["reconcile", *said]
        sys.modules["reconcile.database.connection"].__dict__["_written"].clear()  # as in a process of its own
        _stand_still()
        application() if said[0] == "ensure" else run()

    pid = children.fork(work)
    try:
        children.stopped(pid, "a fork")
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            print(_printed(folder, pid, "err").read_text("utf-8"))
        raise
    return Fork(pid, folder, said)


def application() -> None:
    """Be an application that calls ensure() as it starts, and that tells what became of its database."""
    try:
        print(f"Ensured #{ensure('store.db', allow_rebuild=True, wait=0.2).version}")
    except ReconcileError as error:
        state = error.data.value
        sys.stderr.write(f"error: {error}\n  {state[0].upper()}{state[1:]}.\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _stand_still() -> None:
    """Stop until we are let go. A Ctrl-C in that very moment finds Python still starting: then Python dies of it."""
    try:
        os.kill(os.getpid(), signal.SIGSTOP)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)


def _streams_of_its_own(folder: Path) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "out"), (2, "err")):
        printed = os.open(_printed(folder, os.getpid(), name), os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        os.dup2(printed, number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - the descriptor stays until the end
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _printed(folder: Path, pid: int, stream: str) -> Path:
    return folder.parent / f"{folder.name}.{pid}.{stream}"


@contextlib.contextmanager
def no_variables() -> Iterator[None]:
    """Take away what the environment would tell the program."""
    taken = {name: os.environ.pop(name) for name in _OUTSIDE if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(taken)


def snapshot(folder: Path) -> Mapping[str, object]:
    """Everything in a folder, with bytes, modes and times; ``-shm`` excepted, which readers make and change."""
    return {
        str(file.relative_to(folder)): (
            file.lstat().st_mode,
            file.lstat().st_mtime_ns if file.is_file() else None,
            file.read_bytes() if file.is_file() and not file.is_symlink() else None,
        )
        for file in sorted(folder.rglob("*"))
        if not file.name.endswith("-shm")
    }


def names(folder: Path) -> list[str]:
    """Name everything in a folder and below, ``-shm`` excepted."""
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if not file.name.endswith("-shm"))


@contextlib.contextmanager
def untouched(folder: Path) -> Iterator[None]:
    """Fail if anything in the folder is not as it was."""
    before = snapshot(folder)
    yield
    after = snapshot(folder)
    assert before.keys() == after.keys()
    assert [] == [name for name, what in before.items() if after[name] != what]


def build(path: Path, *statements: str) -> Path:
    """Make a database of these statements, each committed at once."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.executescript(statement)
    return path


def build_and_die(path: Path, *statements: str) -> Path:
    """Run the statements in a process that dies without closing anything."""

    def work() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        for statement in statements:
            connection.execute(statement).fetchall()
        os._exit(0)

    assert children.ended(children.fork(work), "a process that dies") == 0
    return path


@contextlib.contextmanager
def holding(path: Path, *statements: str) -> Iterator[int]:
    """Let another process run the statements, and keep its locks until we are done; give its id."""

    def work(said: Callable[[], object]) -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        for statement in statements:
            connection.execute(statement).fetchall()
        said()
        signal.pause()

    with meanwhile(work, "who holds the locks") as pid:
        yield pid


@contextlib.contextmanager
def meanwhile(work: Callable[[Callable[[], object]], object], what: str) -> Iterator[int]:
    """Let a process of ours work; go on as soon as it says that it is ready, and end it when we are done."""
    told, tell = os.pipe()
    pid = children.fork(lambda: work(lambda: os.write(tell, b"!")), keep=(tell,))
    os.close(tell)
    try:
        assert b"!" == children.heard(told, what), f"{what}: it ended before it was ready"
        yield pid
    finally:
        os.close(told)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        children.ended(pid, what)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """Ask a database something, and close it."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()

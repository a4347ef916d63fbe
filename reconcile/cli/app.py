"""The one entry point. It must stay cheap to import: `reconcile --version` may not wait for what it does not use."""

from __future__ import annotations

import gc
import os
import sys


def main(argv: list[str] | None = None) -> int:
    """Run a command line, without the program's name, and give its exit code. Nothing is raised."""
    words = sys.argv[1:] if argv is None else argv
    if words in (["--version"], ["-V"]):
        import sqlite3  # noqa: PLC0415  9 ms, and what a plan is depends on its version

        from reconcile import __version__  # noqa: PLC0415

        words = []
        version = f"reconcile {__version__} (SQLite {sqlite3.sqlite_version})"
        try:
            if sys.stdout is not None:
                sys.stdout.write(f"{version}\n")
        except OSError:
            return 1
        return 0
    try:
        from reconcile.cli.door import execute  # noqa: PLC0415  --version needs none of it
    except KeyboardInterrupt:  # loading is most of a short run; nothing was opened yet
        if sys.stderr is not None:
            sys.stderr.write("interrupted\n  Nothing was changed.\n")
        return 130
    return execute(words)


def run() -> None:
    """Run as a program, for console scripts."""
    # A plan makes many values and no cycles, and the process ends soon: looking for cycles was a sixth of its time.
    gc.disable()
    status = 130
    try:
        status = main()
        _deaf()
    except KeyboardInterrupt:  # pressed when all was done and told
        _deaf()
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        # The reader went away. The interpreter would try again at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    gc.freeze()  # the interpreter looks for cycles once more at its end, whatever was disabled
    sys.exit(status)


def _deaf() -> None:
    """Let Ctrl-C do nothing any more: at the interpreter's end it would only make a traceback."""
    import signal  # noqa: PLC0415  not for --version

    signal.signal(signal.SIGINT, signal.SIG_IGN)

"""A schema file that is a bomb ends in one message, in a process with little time and little memory."""

from __future__ import annotations

import subprocess
import sys

import pytest
from runs import untouched

HEAD = b"version: 1\ntables:\n"
LAUGH = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'lol'}]\n" for n in range(12)).encode()
BOMBS = {
    "sixty thousand brackets": HEAD + b"  t: " + b"[" * 60_000,
    "sixty thousand braces": HEAD + b"  t: " + b"{a: " * 20_000,
    "deep maps": HEAD + b"".join(b" " * depth + b"a:\n" for depth in range(1, 3000)),
    "deep lists": HEAD + b"  t:\n" + b"- " * 30_000,
    "a billion laughs": b"version: 1\n" + LAUGH,
    "a hundred megabytes": HEAD + b"#" * 100_000_000,
    "one endless word": HEAD + b"  t: " + b"x" * 8_000_000,
    "a million columns": HEAD + b"  t:\n    columns:\n" + b"".join(b"      c%d: TEXT\n" % n for n in range(1_000_000)),
    "three thousand columns": HEAD + b"  t:\n    columns:\n" + b"".join(b"      c%d: TEXT\n" % n for n in range(3000)),
    "a hundred thousand keys": b"version: 1\n" + b"".join(b"k%d: 1\n" % n for n in range(99_000)),
    "an endless expression": HEAD + b"  t:\n    columns: {a: TEXT}\n    checks:\n      c: " + b"(" * 60_000,
    "a deep expression": HEAD
    + b"  t:\n    columns: {a: TEXT}\n    checks:\n      c: "
    + b"(" * 5000
    + b"1"
    + b")" * 5000,
    "a wide expression": HEAD + b"  t:\n    columns: {a: TEXT}\n    checks:\n      c: a" + b" + a" * 50_000,
}
LIMITS = "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30));"
RUN = f"{LIMITS} from reconcile.cli.app import main; sys.exit(main(sys.argv[1:]))"


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_one_message_and_nothing_more(den, kind):
    (den / "schema.yaml").write_bytes(BOMBS[kind])

    with untouched(den):
        done = subprocess.run(
            [sys.executable, "-c", RUN, "plan", "store.db"],
            cwd=den, stdin=subprocess.DEVNULL, capture_output=True, timeout=200, check=False,
        )  # fmt: skip

    assert (65, b"") == (done.returncode, done.stdout), done.stderr[-2000:]
    assert b"Traceback" not in done.stderr
    assert done.stderr.startswith(b"schema.yaml:")
    assert len(done.stderr) < 200_000  # a thousand problems are told, and no more

"""Every tests/cli/*.md tells the truth; and the runner that says so can itself be caught lying."""

from __future__ import annotations

import importlib
import sqlite3
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.append(str(HERE))
transcripts = importlib.import_module("transcripts")

TOLD = sorted(HERE.glob("*.md"))


@pytest.mark.skipif(not TOLD, reason="no transcript is written yet")
@pytest.mark.parametrize("path", TOLD, ids=[path.stem for path in TOLD])
def test_the_program_does_what_the_transcript_shows(path, tmp_path):
    transcripts.play(path, tmp_path)


class Program:
    """Stands in for reconcile: prints what it is told to and remembers how it was called."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = []

    def __call__(self, argv):
        self.calls.append(argv)
        status, text = self.answers.pop(0)
        print(text, end="")
        return status


@pytest.fixture
def document(tmp_path):
    def write(text):
        path = tmp_path / "told.md"
        path.write_text(text, "utf-8")
        return path

    return write


def play(path, program, *, update=False):
    folder = path.parent / "scratch"
    folder.mkdir(exist_ok=True)
    transcripts.play(path, folder, main=program, update=update)
    return folder


ONE = "Look:\n\n```console\n$ reconcile check store.db\nin sync\n```\n\nDone.\n"


def test_an_output_that_is_as_told_passes(document):
    program = Program((0, "in sync\n"))

    play(document(ONE), program)

    assert program.calls == [["check", "store.db"]]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((0, "2 changes pending\n"), id="another output"),
        pytest.param((0, "in sync\nand more\n"), id="a line too many"),
        pytest.param((0, ""), id="silence"),
        pytest.param((2, "in sync\n"), id="another exit code"),
        pytest.param((0, "  in sync\n"), id="another indent"),
    ],
)
def test_an_output_that_is_not_as_told_fails(document, answer):
    with pytest.raises(transcripts.TranscriptError, match=r"told\.md:3: \$ reconcile check"):
        play(document(ONE), Program(answer))


def test_a_failure_shows_both_sides(document):
    with pytest.raises(transcripts.TranscriptError) as caught:
        play(document(ONE), Program((2, "2 changes pending\n")))

    assert "-in sync\n-[exit 0]\n+2 changes pending\n+[exit 2]" in str(caught.value)


def test_an_exit_code_is_told_in_the_last_line(document):
    path = document("```console\n$ reconcile check\nchanges\n[exit 2]\n```\n")

    play(path, Program((2, "changes\n")))
    with pytest.raises(transcripts.TranscriptError):
        play(path, Program((0, "changes\n")))


def test_both_streams_are_told_in_the_order_of_writing(document):
    def program(_argv):
        for stream, word in ((sys.stdout, "one"), (sys.stderr, "two"), (sys.stdout, "three")):
            print(word, file=stream)
        assert not sys.stdout.isatty()
        assert sys.stdin.read() == ""
        return 0

    play(document("```console\n$ reconcile plan\none\ntwo\nthree\n```\n"), program)


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        ("store.db  38.2 MB, WAL", "store.db  8,123 kB, WAL"),
        ("  products   48,210 rows          0.4 s", "  products   48,210 rows         12.25 s"),
        ("rebuild, about 0.4 s of write lock", "rebuild, about 90 ms of write lock"),
        ("applied 2026-11-22 10:15:02", "applied 2027-01-02T03:04:05.678Z"),
        ("backups/store_20261122_101502.db", "backups/store_20270102_030405-2.db"),
        ("Plan 7c1e-a40b: 1 to add", "Plan 00ff-1234: 1 to add"),
        ("schema.yaml 3f9c1a2", "schema.yaml 1234567"),
        ("SQLite 3.40.1, reconcile 0.1.0", "SQLite 3.53.2, reconcile 1.0.0"),
    ],
)
def test_what_changes_from_run_to_run_is_compared_by_kind(told, seen):
    assert transcripts.normalise(told) == transcripts.normalise(seen)


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        ("48,210 rows", "48,211 rows"),
        ("Applied #2 in 1.2 s", "Applied #3 in 1.2 s"),
        ("id 17, 412", "id 17, 413"),
        ("price  TEXT -> REAL", "price  TEXT -> INTEGER"),
        ("1 to add, 1 to change", "1 to add, 2 to change"),
        ("--plan 7c1e-a40b", "--plan"),
        ("'19.99' s", "'19.98' s"),
        ("2 products", "3 products"),
    ],
)
def test_what_must_not_change_is_compared_to_the_letter(told, seen):
    assert transcripts.normalise(told) != transcripts.normalise(seen)


@pytest.mark.parametrize(
    ("told", "seen", "fits"),
    [
        (("a", "...", "d"), ("a", "b", "c", "d"), True),
        (("a", "...", "d"), ("a", "d"), True),
        (("...", "d"), ("d", "b", "d"), True),
        (("a", "..."), ("b",), False),
        (("a", "...", "d"), ("a", "b", "c"), False),
        ((), ("a",), False),
        (("a",), (), False),
    ],
)
def test_three_dots_stand_for_any_lines(told, seen, fits):
    assert fits == (transcripts.align(told, seen) is not None)


SESSION = """```console
$ reconcile plan store.db
...
Plan 7c1e-a40b: 1 to add

$ reconcile apply store.db --plan 7c1e-a40b
backup backups/store_20261122_101502.db
```

```console
$ reconcile restore store.db backups/store_20261122_101502.db
restored
```
"""
PLAN = (0, "noise 1111-2222\nPlan 0a0b-0c0d: 1 to add\n")
APPLY = (0, "backup backups/store_20301231_235959-2.db\n")


def test_later_commands_use_the_names_of_this_run(document):
    program = Program(PLAN, APPLY, (0, "restored\n"))

    play(document(SESSION), program)

    assert program.calls[1] == ["apply", "store.db", "--plan", "0a0b-0c0d"]
    assert program.calls[2] == ["restore", "store.db", "backups/store_20301231_235959-2.db"]


def test_update_keeps_what_still_fits(document):
    path = document(SESSION)

    play(path, Program(PLAN, APPLY, (0, "restored\n")), update=True)

    assert path.read_text("utf-8") == SESSION


def test_update_writes_what_differs_and_carries_its_names_on(document):
    path = document(SESSION)

    program = Program((0, "Plan 0a0b-0c0d: 2 to add\n"), APPLY, (1, "no such backup\n"))
    play(path, program, update=True)

    assert program.calls[1] == ["apply", "store.db", "--plan", "0a0b-0c0d"]
    told = path.read_text("utf-8")
    assert "$ reconcile plan store.db\nPlan 0a0b-0c0d: 2 to add\n\n$ reconcile apply store.db --plan 0a0b-0c0d" in told
    assert "no such backup\n[exit 1]\n```\n" in told
    again = Program((0, "Plan ffff-0001: 2 to add\n"), APPLY, (1, "no such backup\n"))
    play(path, again)


def test_a_document_is_written_as_it_was_read():
    text = (
        "# T\n\n```yaml\nonly: read\n```\n\n```yaml a.yaml\nx: y\n\n```\n"
        "```console\n$ cat \\\n  a.yaml\nx: y\n[exit 1]\n\n$ ls\n```\n"
    )

    assert text == transcripts.render(transcripts.parse(text))


@pytest.mark.parametrize("text", ["```console\n$ ls\n", "```console\nls\n```\n", "```diff a.txt\n"])
def test_a_broken_document_is_refused(text):
    with pytest.raises(ValueError, match="block"):
        transcripts.parse(text)


def test_edits_write_patch_and_feed_files(document):
    path = document(
        "```yaml a.yaml\none: 1\ntwo: 2\n```\n"
        "```diff a.yaml\n one: 1\n+half: 0\n@@\n-two: 2\n+two: 3\n```\n"
        "```sql a.db\nCREATE TABLE t (x); INSERT INTO t VALUES (7);\n```\n"
        "```console\n$ cat a.yaml\none: 1\nhalf: 0\ntwo: 3\n```\n"
    )

    folder = play(path, Program())

    db = sqlite3.connect(folder / "a.db")
    assert db.execute("SELECT x FROM t").fetchall() == [(7,)]
    db.close()


@pytest.mark.parametrize("body", [("-three: 3",), ("-one: 1",), (" one: 1", "+x")])
def test_a_hunk_that_does_not_fit_in_one_place_is_refused(body):
    with pytest.raises(ValueError, match="fits in"):
        transcripts.patch("one: 1\ntwo: 2\none: 1\n", body)


def test_only_known_commands_run(tmp_path):
    with pytest.raises(ValueError, match="cannot run 'curl'"):
        transcripts.run("curl example.org", tmp_path)


def test_the_environment_is_put_back(tmp_path, monkeypatch):
    monkeypatch.setenv("CI", "1")
    seen = []

    def program(_argv):
        seen.append((transcripts.os.environ.get("CI"), Path.cwd()))
        return 0

    before = Path.cwd()
    transcripts.run("reconcile check", tmp_path, program)

    assert [(None, tmp_path)] == seen
    assert before == Path.cwd()
    assert transcripts.os.environ["CI"] == "1"

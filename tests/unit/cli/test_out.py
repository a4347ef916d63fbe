"""The one output gate: what it lets through, when it colours, and what it does when nobody reads."""

import errno
import io
import sys

import pytest

from reconcile.cli.out import Out

HOSTILE = "a\x1b[31m\u202e\u200b\x9b[red]"
SAFE = "a\\u{1b}[31m\\u{202e}\\u{200b}\\u{9b}[red]"


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def streams(monkeypatch):
    def put(out=None, err=None, keys=None):
        monkeypatch.setattr(sys, "stdout", out or io.StringIO())
        monkeypatch.setattr(sys, "stderr", err or io.StringIO())
        monkeypatch.setattr(sys, "stdin", keys or io.StringIO())
        return sys.stdout, sys.stderr

    return put


def test_nothing_that_drives_a_terminal_passes(streams):
    out, err = streams()

    Out({}).show(f"one {HOSTILE}\ntwo")
    Out({}).line(f"{HOSTILE}\nno line of its own")
    Out({}).tell(HOSTILE)

    assert out.getvalue() == f"one {SAFE}\ntwo\n{SAFE}\\u{{a}}no line of its own\n"
    assert err.getvalue() == f"{SAFE}\n"


def test_a_document_is_left_as_it_is_unless_a_terminal_shows_it(streams):
    out, _ = streams()
    Out({}).document(f"a: {HOSTILE}\n\tb")
    assert out.getvalue() == f"a: {HOSTILE}\n\tb\n"

    out, _ = streams(Terminal())
    Out({"NO_COLOR": "1"}).document(f"a: {HOSTILE}\n\tb\n")
    assert out.getvalue() == f"a: {SAFE}\n    b\n"


@pytest.mark.parametrize(
    ("environ", "terminal", "coloured"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"CI": "true"}, True, False),
        ({"CI": "true", "FORCE_COLOR": "1"}, False, True),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colour_obeys_the_environment(streams, environ, terminal, coloured):
    out, _ = streams(Terminal() if terminal else io.StringIO())

    Out(environ).show("  + a\n      BLOCKED x: y\nplain + text")

    assert coloured == ("\x1b" in out.getvalue())


def test_colours_stand_on_symbols_and_words_only(streams):
    out, _ = streams()

    Out({"FORCE_COLOR": "1"}).show("  + a\n      BLOCKED x\n+ no row\n  += b\n      not BLOCKED x")

    assert out.getvalue().splitlines() == [
        "  \x1b[32m+\x1b[0m a",
        "      \x1b[1;31mBLOCKED\x1b[0m x",
        "+ no row",
        "  += b",
        "      not BLOCKED x",
    ]


def test_what_an_encoding_cannot_write_is_escaped(streams):
    raw = io.BytesIO()
    streams(io.TextIOWrapper(raw, "ascii"))

    Out({}).show("17 · 20 größe")

    assert raw.getvalue() == b"17 \\u{b7} 20 gr\\u{f6}\\u{df}e\n"


class Deaf(io.StringIO):
    def __init__(self, number):
        super().__init__()
        self.number = number

    def write(self, _text):
        raise OSError(self.number, "nobody reads")


def test_a_reader_that_went_away_is_no_error(streams):
    streams(Deaf(errno.EPIPE))
    out = Out({})

    out.show("much")

    assert out.lost is None


def test_output_that_cannot_be_written_is_remembered_and_stops_nothing(streams):
    streams(Deaf(errno.ENOSPC))
    out = Out({})

    out.show("much")
    out.show("more")

    assert out.lost is not None
    assert out.lost.errno == errno.ENOSPC


@pytest.mark.parametrize(
    ("environ", "terminals", "talks"),
    [
        ({}, (True, True, True), True),
        ({"CI": "1"}, (True, True, True), False),
        ({}, (False, True, True), False),
        ({}, (True, False, True), False),
        ({}, (True, True, False), False),
    ],
)
def test_a_person_sits_at_both_ends_or_is_not_asked(streams, environ, terminals, talks):
    streams(*(Terminal() if yes else io.StringIO() for yes in terminals))

    assert talks == Out(environ).is_interactive


def test_a_live_line_is_for_terminals_only(streams):
    _, err = streams()
    Out({}).live("working")
    assert err.getvalue() == ""

    _, err = streams(Terminal(), Terminal(), Terminal())
    Out({}).live("working\n")
    assert err.getvalue() == "\r\x1b[Kworking\\u{a}"


def test_a_question_goes_to_stderr_and_an_end_of_input_is_no_answer(streams):
    out, err = streams(keys=io.StringIO("  yes \n"))

    assert Out({}).ask("Sure? ") == "yes"
    assert Out({}).ask("Sure? ") is None
    assert (out.getvalue(), err.getvalue()) == ("", "Sure? Sure? \n")

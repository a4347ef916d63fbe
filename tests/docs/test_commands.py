"""docs/commands.md says what the program can do: every command, option and exit code, and no other."""

import re
from pathlib import Path

import pytest
import typer

from reconcile.cli.commands import COMMANDS, application
from reconcile.cli.config import KEYS, VARIABLES
from reconcile.health import CHECKS

TEXT = (Path(__file__).parents[2] / "docs/commands.md").read_text("utf-8")
SECTIONS = {
    match[1]: (match[2].strip(), match[3])
    for match in re.finditer(r"^## reconcile (\w+)([^\n]*)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
}
NAMES = [name for name, _, _ in COMMANDS]


@pytest.fixture(scope="module")
def program():
    return typer.main.get_command(application()).commands


def test_every_command_has_its_section_in_the_programs_order():
    assert list(SECTIONS) == NAMES


def test_the_overview_names_every_command():
    overview = TEXT[: TEXT.index("## Configuration")]

    assert re.findall(r"^reconcile (\w+)", overview, re.MULTILINE) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_documented_and_no_other(name, program):
    real = {word for one in program[name].params if one.param_type_name == "option" for word in one.opts}
    told = set()
    for row in re.findall(r"^\| (`-[^|]*)\|", SECTIONS[name][1], re.MULTILINE):
        told |= set(re.findall(r"`(-[\w-]+)`", row))

    assert told == real - {"-h", "--help"}


@pytest.mark.parametrize("name", NAMES)
def test_every_argument_is_in_the_heading(name, program):
    arguments = [one for one in program[name].params if one.param_type_name == "argument"]
    shown = [one.metavar if one.required else f"[{one.metavar}]" for one in arguments]

    assert SECTIONS[name][0] == " ".join(shown)


@pytest.mark.parametrize(("name", "ending"), [(name, ending) for name, _, ending in COMMANDS])
def test_every_exit_code_is_told_as_help_tells_it(name, ending):
    helped = re.search(r"Exit codes:(.*?)(?:Example|\Z)", ending, re.DOTALL)[1]
    told = re.search(r"^Exits with ([^\n]*)", SECTIONS[name][1], re.MULTILINE)[1]

    assert re.findall(r"(?:^|, )(\d+)\b", told) == re.findall(r"\b(\d+) [a-z]", helped)


def test_every_key_and_variable_is_told():
    rows = re.findall(r"^\| `(\w+)` \| (?:`(\w+)`)?", TEXT[TEXT.index("## Configuration") :], re.MULTILINE)

    assert {key: VARIABLES.get(key, "") for key in KEYS} == dict(rows)


def test_every_health_check_is_told():
    table = SECTIONS["health"][1].partition("| option")[0]

    assert [check.name for check in CHECKS] == re.findall(r"^\| (?!check |---)([^|]+?) \|", table, re.MULTILINE)

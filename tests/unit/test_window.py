"""A maintenance window is open or says when it will be; an apply that would keep writers waiting is held back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from reconcile.api import apply
from reconcile.cli import app
from reconcile.cli.config import settings
from reconcile.errors import BlockedError, UsageError
from reconcile.values import ApplyOptions, Source
from reconcile.window import held_back, is_open, next_opening, window

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "now", "open_"),
    [
        ("02:00-04:00 UTC", "2026-01-15 01:59:59", False),
        ("02:00-04:00 UTC", "2026-01-15 02:00", True),
        ("02:00-04:00 UTC", "2026-01-15 03:59:59", True),
        ("02:00-04:00 UTC", "2026-01-15 04:00", False),
        ("23:00-01:00 UTC", "2026-01-15 23:30", True),
        ("23:00-01:00 UTC", "2026-01-15 00:30", True),
        ("23:00-01:00 UTC", "2026-01-15 12:00", False),
        ("20:00-24:00 UTC", "2026-01-15 23:59", True),
        ("02:00-04:00 Europe/Berlin", "2026-01-15 01:30", True),
        ("02:00-04:00 Europe/Berlin", "2026-07-15 00:30", True),
        ("02:00-04:00 Europe/Berlin", "2026-07-15 02:30", False),
    ],
)
def test_a_window_is_open_by_its_own_clock(text: str, now: str, *, open_: bool) -> None:
    assert open_ is is_open(window(text), at(now))


@pytest.mark.parametrize(
    ("text", "now", "opening"),
    [
        ("02:00-04:00 UTC", "2026-01-15 01:00", "2026-01-15 02:00"),
        ("02:00-04:00 UTC", "2026-01-15 05:00", "2026-01-16 02:00"),
        ("02:00-04:00 Europe/Berlin", "2026-01-15 05:00", "2026-01-16 01:00"),
        ("02:30-04:00 Europe/Berlin", "2026-03-29 00:00", "2026-03-29 01:30"),  # 02:30 is left out that night
        ("02:00-04:00 Europe/Berlin", "2026-10-24 12:00", "2026-10-25 00:00"),  # ... and comes twice that night
    ],
)
def test_it_says_when_it_opens_next(text: str, now: str, opening: str) -> None:
    assert at(opening).timestamp() == next_opening(window(text), at(now)).timestamp()


def test_without_a_zone_the_time_of_the_machine_counts() -> None:
    here = datetime.now().astimezone().replace(hour=3, minute=0)

    assert is_open(window("02:00-04:00"), here)
    assert not is_open(window("02:00-04:00"), here + timedelta(hours=1))


@pytest.mark.parametrize(
    "text", ["", "2-4", "02:00", "02:00-02:00", "00:00-24:00", "25:00-26:00", "02:60-04:00", "24:00-02:00", "a:b-c:d"]
)
def test_what_is_no_window_is_told(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        window(text, place="pyproject.toml")

    assert 'window = "02:00-04:00 Europe/Berlin"' == caught.value.hint
    assert "pyproject.toml" == caught.value.place


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "/etc/localtime"])
def test_a_zone_that_is_none_is_told(zone: str) -> None:
    with pytest.raises(UsageError, match="no time zone"):
        window(f"02:00-04:00 {zone}")


def test_only_long_waits_outside_are_held_back() -> None:
    hours, noon = window("02:00-04:00 UTC"), at("2026-01-15 12:00")
    held = held_back(hours, 12.0, noon)

    assert held is not None
    assert "writers would wait about 12.0 s" in str(held)
    assert "it opens at 2026-01-16 02:00 (UTC); apply then" == held.hint
    assert held_back(hours, 1.0, noon) is None
    assert held_back(hours, 12.0, at("2026-01-15 02:30")) is None
    assert held_back(None, 12.0, noon) is None


@pytest.fixture
def shop(tmp_path: Path) -> Source:
    with closing(sqlite3.connect(tmp_path / "app.db")) as db:
        db.executescript("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t (a) VALUES ('x')")
    (tmp_path / "schema.yaml").write_text(
        "version: 1\ntables: {t: {columns: {id: INTEGER PRIMARY KEY, a: TEXT NOT NULL UNIQUE}}}"
    )
    return Source(tmp_path / "app.db", tmp_path / "schema.yaml")


def test_an_apply_outside_of_the_window_changes_nothing_and_inside_runs(shop: Source) -> None:
    hours = window("02:00-04:00 UTC", threshold=0)
    before = shop.database.read_bytes()
    with pytest.raises(BlockedError, match="is closed") as caught:
        apply(shop, ApplyOptions(backup=False, now=lambda: at("2026-01-15 12:00"), window=hours))

    assert "outside-window" == caught.value.code
    assert before == shop.database.read_bytes()
    assert 1 == apply(shop, ApplyOptions(backup=False, now=lambda: at("2026-01-15 02:30"), window=hours)).version


def test_what_rebuilds_nothing_is_never_held_back(shop: Source) -> None:
    shop.schema.write_text("version: 1\ntables: {t: {columns: {id: INTEGER PRIMARY KEY, a: TEXT, b: TEXT}}}")
    hours = window("02:00-04:00 UTC", threshold=0)

    assert 1 == apply(shop, ApplyOptions(backup=False, now=lambda: at("2026-01-15 12:00"), window=hours)).version


def test_the_configuration_names_window_and_threshold(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[tool.reconcile]\nwindow = "02:00-04:00 Europe/Berlin"\nwindow_threshold = "2m"\n')
    found = settings(tmp_path).window

    assert found is not None
    assert (120, 240, BERLIN, 120.0) == (found.opens, found.closes, found.zone, found.threshold)
    file.write_text('[tool.reconcile]\nwindow = "at night"\n')
    with pytest.raises(UsageError, match="is no window"):
        settings(tmp_path)
    file.write_text('[tool.reconcile]\nwindow_threshold = "1s"\n')
    with pytest.raises(UsageError, match="goes with a window"):
        settings(tmp_path)


def test_the_command_exits_3_and_says_when(
    shop: Source, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shop.database.parent)
    hour = (datetime.now(UTC).hour + 2) % 24
    Path("pyproject.toml").write_text(
        f'[tool.reconcile]\nwindow = "{hour:02}:00-{hour:02}:01 UTC"\nwindow_threshold = "0s"\n'
    )

    assert 3 == app.main(["apply", "app.db", "--yes"])
    said = capsys.readouterr().err
    assert "the maintenance window" in said
    assert "it opens at" in said
    assert "Nothing was changed." in said

"""Maintenance windows: the hours in which an apply may keep writers waiting. The clock is always passed in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from reconcile.errors import BlockedError, UsageError
from reconcile.preview.units import duration

EXAMPLE = 'window = "02:00-04:00 Europe/Berlin"'
_FORM = re.compile(r"\s*(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)(?:\s+(\S+))?\s*", re.ASCII)
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when, in minutes of the day, over midnight where `closes` is the smaller one.

    `zone` None is the time of the machine. A plan is held back where writers would wait longer than `threshold`,
    in seconds.
    """

    text: str
    opens: int
    closes: int
    zone: ZoneInfo | None = None
    threshold: float = 1.0


def window(text: str, threshold: float = 1.0, place: str | None = None) -> Window:
    """Read ``02:00-04:00``, perhaps with the name of a time zone; UsageError for anything else."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is no window", place=place, hint=EXAMPLE)
    opens, closes = _minutes(found[1], found[2]), _minutes(found[3], found[4])
    if opens is None or closes is None or opens == _DAY or opens == closes % _DAY:
        raise UsageError(f"{text!r} are no two times of a day", place=place, hint=EXAMPLE)
    return Window(text.strip(), opens, closes, _zone(found[5], place), threshold)


def is_open(found: Window, now: datetime) -> bool:
    """Say whether `now`, a time that knows its zone, lies in the window; its last minute is no longer part of it."""
    here = now.astimezone(found.zone)
    minute = here.hour * 60 + here.minute
    if found.opens < found.closes:
        return found.opens <= minute < found.closes
    return minute >= found.opens or minute < found.closes


def next_opening(found: Window, now: datetime) -> datetime:
    """Say when the window opens next after `now`. A time that summer time leaves out comes an hour later."""
    here = now.astimezone(found.zone)
    opens = time(found.opens // 60, found.opens % 60)
    for days in range(3):
        day = (here + timedelta(days=days)).date()
        local = datetime.combine(day, opens, found.zone) if found.zone else datetime.combine(day, opens).astimezone()
        real = datetime.fromtimestamp(local.timestamp(), now.tzinfo).astimezone(found.zone)
        if real.timestamp() > now.timestamp():  # not by the clock on the wall, which is put back once a year
            return real
    raise AssertionError  # it opens every day


def held_back(found: Window | None, seconds: float, now: datetime) -> BlockedError | None:
    """Give the refusal of an apply that would keep writers waiting for `seconds` outside of the window."""
    if found is None or seconds <= found.threshold or is_open(found, now):
        return None
    opening = next_opening(found, now)
    message = f"writers would wait about {duration(seconds)}, and the maintenance window {found.text} is closed"
    error = BlockedError(message, hint=f"it opens at {opening:%Y-%m-%d %H:%M} ({opening.tzname()}); apply then")
    error.code = "outside-window"
    return error


def _minutes(hours: str, minutes: str) -> int | None:
    total = int(hours) * 60 + int(minutes)
    return total if int(minutes) < 60 and total <= _DAY else None


def _zone(name: str | None, place: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # no such zone; or this system has no list of them
        hint = (
            "write it as the tz database does: Europe/Berlin, UTC; a system without the list needs `pip install tzdata`"
        )
        raise UsageError(f"there is no time zone {name!r} here", place=place, hint=hint) from None

"""GitHub's annotations: what stops a plan stands beside the lines of the schema file that it is about.

Written to stderr where GITHUB_ACTIONS is set, which only GitHub's runner does: it reads both streams, and stdout may
be a document. They hold no keys and no values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from reconcile.api import Planned
from reconcile.cli.out import Out
from reconcile.errors import Problem, ReconcileError
from reconcile.model.schema import ObjectKind
from reconcile.plan.steps import Plan, Severity
from reconcile.preview.paste import consent_line
from reconcile.preview.printable import printable
from reconcile.preview.text import refused
from reconcile.values import heading

_ENOUGH = 10  # of one kind: GitHub shows no more of a step
_LEVELS = {Severity.BLOCKED: "error", Severity.CONSENT: "warning", Severity.NOTE: "notice"}


def annotation(level: str, place: Problem, title: str, message: str) -> str:
    """Write one of GitHub's workflow commands; `level` is ``error``, ``warning`` or ``notice``."""
    places = {"file": place.file, "line": str(place.line), "col": str(place.column), "title": title}
    listed = ",".join(f"{key}={_property(value)}" for key, value in places.items())
    return f"::{level} {listed}::{_data(message)}"


def annotate(planned: Planned, out: Out) -> None:
    """Annotate what is in the way of a plan, what wants consent, and what is worth a note."""
    if out.environ.get("GITHUB_ACTIONS"):
        for line in _annotations(planned):
            out.tell(line)


def annotate_problems(problems: tuple[Problem, ...], out: Out) -> None:
    """Annotate the mistakes in a schema file."""
    if out.environ.get("GITHUB_ACTIONS"):
        for problem in problems[:_ENOUGH]:
            message = f"{problem.message} ({problem.help})" if problem.help else problem.message
            out.tell(annotation("error", problem, "invalid schema file", message))


def _annotations(planned: Planned) -> Iterator[str]:
    plan, place = planned.plan, _placing(planned.source.schema)
    left = dict.fromkeys(_LEVELS.values(), _ENOUGH)
    for hazard in (*plan.hazards, *map(refused, plan.refusals)):
        level, ways = _LEVELS[hazard.severity], hazard.ways
        if hazard.severity is Severity.CONSENT:
            if hazard not in plan.wanting:
                continue
            ways = (*ways, consent_line(heading(planned), hazard))
        left[level] -= 1
        if left[level] >= 0:
            word = {"error": "BLOCKED ", "warning": "NEEDS CONSENT "}.get(level, "")
            message = "\n".join([f"{hazard.object}: {hazard.message}", *ways])
            yield annotation(level, place(_path(hazard.object, plan)), f"{word}{hazard.code}", message)
    for unread in plan.unread[:_ENOUGH]:
        told = f"{unread.entry.name.text}: {unread.reason}"
        yield annotation("error", place(_path(unread.entry.name.text, plan)), "BLOCKED unreadable", told)


def _placing(file: Path) -> Callable[[tuple[str | int, ...]], Problem]:
    """Give how to find something in the schema file, or else where it would stand; only YAML has places."""
    from reconcile.desired.load import load  # noqa: PLC0415  of use in CI alone

    if file.suffix.lower() in (".yaml", ".yml"):
        with suppress(OSError, ReconcileError):  # it may be another one by now
            loaded = load(file.read_bytes(), str(file))
            return lambda path: loaded.key_problem(path, "")
    return lambda _: Problem("", str(file), 1, 1, "")


def _path(object_: str, plan: Plan) -> tuple[str | int, ...]:
    """Follow ``table``, ``table.column`` or the name of an index, a trigger or a view. Names may hold dots."""
    key = object_.lower()
    for entry in plan.target.entries:
        if entry.name.key == key and entry.kind in (ObjectKind.INDEX, ObjectKind.TRIGGER):
            own = "indexes" if entry.kind is ObjectKind.INDEX else "triggers"
            return ("tables", entry.table.text, own, entry.name.text)
        if entry.name.key == key and entry.kind is ObjectKind.VIEW:
            return ("views", entry.name.text)
    for entry in plan.target.entries:
        if entry.kind.is_relation and key.startswith(f"{entry.name.key}."):
            return ("tables", entry.name.text, "columns", object_[len(entry.name.text) + 1 :])
    return ("tables", object_)


def _data(text: str) -> str:
    shown = "\n".join(map(printable, text.split("\n")))
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

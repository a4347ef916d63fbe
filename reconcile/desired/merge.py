"""Take new things into a schema file's text. All that is there, comments and spelling included, stays byte for byte.

After each piece the text is read again and must say what it said before, and the piece; where it does not, the place
is named, with what to write there by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Entries
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, TypeAlias

from reconcile.desired.canon import before
from reconcile.desired.emit import Flow, Item, Value, entry, item
from reconcile.desired.load import Loaded, load
from reconcile.desired.nodes import Mapping, Node, Scalar, Sequence, Source, parse
from reconcile.desired.places import Path, plain
from reconcile.desired.splice import Splicer, UnsafeError
from reconcile.errors import FailedError, SchemaFileError

CONSTRAINTS: Final = ("unique", "foreign_keys", "checks")
_Found: TypeAlias = tuple[Scalar | None, Node]


@dataclass(frozen=True, slots=True)
class Addition:
    """What is new below `home`: an entry of that key; or a constraint, whose key is its name, if it has one.

    `after` names the sibling behind which it belongs; None puts it last. `called` is what messages call it.
    """

    home: Path
    key: str | None
    value: Value
    called: str
    after: str | None = None


def merge(loaded: Loaded, additions: Iterable[Addition]) -> str:
    """Put the additions into the file's text; raise FailedError where that cannot be done safely."""
    text = loaded.text
    for (home, after), group in groupby(additions, lambda addition: (addition.home, addition.after)):
        pieces = list(group)
        try:
            text = _merged(Source(text, loaded.file), home, after, pieces)
        except UnsafeError as error:
            raise _refused(loaded, home, pieces, str(error)) from None
    try:
        load(text, loaded.file)
    except SchemaFileError as error:
        first = error.problems[0]
        message = f"what is in the database cannot stand in this file: {first.message}"
        raise FailedError(message, place=str(first).removesuffix(f": {first.message}"), hint=first.help) from error
    return text


def _merged(source: Source, home: Path, after: str | None, group: list[Addition]) -> str:
    root = parse(source).root
    if not isinstance(root, Mapping):
        raise UnsafeError("the file is no mapping")
    wanted = plain(root)
    _say(wanted, home, group)
    text = _spliced(Splicer(source.text, root, _step(root, source)), home, after, group)
    again = parse(Source(text, source.file))
    if again.flaws or again.root is None or not _same(wanted, plain(again.root)):
        raise UnsafeError("the lines around it would change their meaning")
    return text


def _spliced(splicer: Splicer, home: Path, after: str | None, group: list[Addition]) -> str:
    key, node, depth = _walk(splicer.root, home)
    if depth < len(home):
        if isinstance(node, Scalar) and home[:1] == ("views",) and depth == 2 and key is not None and node.value:
            text = splicer.long_form(key, node)
            return _spliced(_again(splicer, text), home, after, group)
        if home == ("tables",) and len(group) > 1:
            # One after the other, for an empty line stands between tables.
            text = _spliced(splicer, home, after, group[:1])
            return _spliced(_again(splicer, text), home, after, group[1:])
        # The section is missing: it is an entry of what is there.
        sections: dict[str, Value] = _nested(home[depth:], group)
        written = [*node.entries] if isinstance(node, Mapping) else []
        place = before(home[:depth], str(home[depth]), written)
        return splicer.into(key, node, sections, place, gap=depth == 0)
    if home[2:3] and home[2] in CONSTRAINTS:
        return _constrained(splicer, key, node, home, group)
    new = {addition.key or "": addition.value for addition in group}
    return splicer.into(key, node, new, after, gap=home == ("tables",))


def _constrained(splicer: Splicer, key: Scalar | None, node: Node, home: Path, group: list[Addition]) -> str:
    if key is None:
        raise UnsafeError("constraints stand below a key")
    if isinstance(node, Mapping) and node.entries:
        if _by_name(group) and not {addition.key for addition in group} & node.entries.keys():
            return splicer.into(key, node, {a.key or "": a.value for a in group}, None, gap=False)
        again = _again(splicer, splicer.as_list(node))
        return _spliced(again, home, None, group)
    if isinstance(node, Sequence) or not _by_name(group):
        return splicer.listed(key, node, _items(group))
    return splicer.into(key, node, {a.key or "": a.value for a in group}, None, gap=False)


def _again(splicer: Splicer, text: str) -> Splicer:
    root = parse(Source(text, "")).root
    if not isinstance(root, Mapping):
        raise UnsafeError("the lines around it would change their meaning")
    return Splicer(text, root, splicer.step)


def _nested(steps: Path, group: list[Addition]) -> dict[str, Value]:
    """Give the entry that is to be added where only the beginning of a path is there."""
    inner: Value = (
        _items(group)
        if steps[-1] in CONSTRAINTS and not _by_name(group)
        else {addition.key or "": addition.value for addition in group}
    )
    for step in reversed(steps[1:]):
        inner = {str(step): inner}
    return {str(steps[0]): inner}


def _by_name(group: list[Addition]) -> bool:
    names = [addition.key for addition in group]
    return None not in names and len(set(names)) == len(names)


def _items(group: list[Addition]) -> list[Item]:
    return [_one(addition) for addition in group]


def _one(addition: Addition) -> Item:
    if not isinstance(addition.value, str | Flow):
        raise TypeError(addition)
    return addition.value if addition.key is None else {addition.key: addition.value}


def _walk(root: Mapping, home: Path) -> tuple[Scalar | None, Node, int]:
    """Follow a path as far as it is written."""
    found: _Found = (None, root)
    for depth, step in enumerate(home):
        entries = found[1].entries if isinstance(found[1], Mapping) else {}
        if str(step) not in entries:
            return *found, depth
        found = entries[str(step)]
    return *found, len(home)


def _step(root: Mapping, source: Source) -> int:
    """Find out how many spaces the author indents by."""
    _, outer = source.position(next(iter(root.entries.values()))[0].start)
    for _, node in root.entries.values():
        if isinstance(node, Mapping) and node.style == "block":
            _, inner = source.position(node.start)
            return max(inner - outer, 1)
    return 2


def _say(document: Any, home: Path, group: list[Addition]) -> None:
    """Add to plain values what is to be added to the text, in another way."""
    if home[:1] == ("views",) and len(home) > 1 and isinstance(document["views"][home[1]], str):
        document["views"][home[1]] = {"sql": document["views"][home[1]]}
    *above, last = home
    for step in above:
        if document.get(step) is None:
            document[step] = {}
        document = document[step]
    there = document.get(last)
    values = [(addition.key, _plainly(addition.value)) for addition in group]
    if last in CONSTRAINTS and len(home) == 3:
        taken = there if isinstance(there, dict) else {}
        named = _by_name(group) and not {key for key, _ in values} & taken.keys()
        if isinstance(there, list) or not named:
            listed = there if isinstance(there, list) else [{key: value} for key, value in taken.items()]
            document[last] = [*listed, *(value if key is None else {key: value} for key, value in values)]
            return
    document[last] = {**(there or {}), **dict(values)}


def _plainly(value: Value) -> Any:
    if isinstance(value, Flow):
        return _plainly(dict(value.value) if isinstance(value.value, Entries) else list(value.value))
    if isinstance(value, Entries):
        return {key: _plainly(one) for key, one in value.items()}
    return value if isinstance(value, str | bool) else [_plainly(one) for one in value]


def _same(wanted: Any, found: Any) -> bool:
    """Compare plain values. A text below ``|`` has a line end more than one in quotes; SQL has no use for it."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return wanted.keys() == found.keys() and all(_same(value, found[key]) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_same, wanted, found))
    return bool(found in {wanted, f"{wanted}\n"} if isinstance(wanted, str) else wanted == found)


def _refused(loaded: Loaded, home: Path, group: list[Addition], why: str) -> FailedError:
    first = group[0]
    problem = loaded.key_problem(home, f"{first.called} cannot be put in here safely: {why}")
    lines = [f"- {item(_one(first))}"] if first.key is None else list(entry(first.key, first.value, 0))
    where = " / ".join(map(str, first.home))
    what = lines[0] if len(lines) == 1 else "as `reconcile inspect` prints it"
    hint = f"write it yourself, below {where}:   {what}"
    return FailedError(problem.message, place=f"{problem.file}:{problem.line}:{problem.column}", hint=hint)

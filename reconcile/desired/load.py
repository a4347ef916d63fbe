"""Load schema.yaml: bytes in, a Document with the place of everything in it out, or every mistake at once."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from textwrap import shorten
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from reconcile.desired.document import DEFAULT_HISTORY_TABLE, Column, Document, Index, Table, View
from reconcile.desired.nodes import MAX_SIZE, Flaw, Mapping, Node, Scalar, Sequence, Source, Tree, parse
from reconcile.desired.places import COMMA, Path, Places, plain, said
from reconcile.errors import Problem, SchemaFileError
from reconcile.sql.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

# A file with more mistakes than anybody reads is still answered at once: each may cost a search for near names.
_ENOUGH: Final = 1000


def load(source: bytes | str, file: str) -> Loaded:
    """Load a schema file from its content; `file` names it in problems. Raise SchemaFileError with all of them."""
    text, wrong = _decoded(source)
    origin = Source(text, file)
    tree = Tree(None, (wrong,)) if wrong else parse(origin)
    if not isinstance(tree.root, Mapping):
        nothing = tree.root is None or said(tree.root) == "nothing"
        what = "the file is empty" if nothing else "a schema file is a mapping: version, tables, views, …"
        raise _invalid(origin, tree.flaws or (Flaw(0, what, "begin with: version: 1"),))
    places = Places(tree.root, origin)
    document, mistakes = _validated(tree.root, places)
    # What was refused already (an alias, say) is not blamed twice.
    known = {flaw.start for flaw in tree.flaws}
    later = [flaw for flaw in (*mistakes, *_clashes(tree.root, origin)) if flaw.start not in known]
    if document is None or tree.flaws or later:
        raise _invalid(origin, (*tree.flaws, *later))
    return Loaded(document, places, text, file)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A valid schema file. `text` is its text as it stands there, so that spans can be cut out of it."""

    document: Document
    places: Places
    text: str
    file: str

    def problem(
        self,
        path: Path,
        message: str,
        help: str | None = None,  # noqa: A002 - as Problem calls it
        offset: int | None = None,
    ) -> Problem:
        """Say what is wrong with a value, at character `offset` of its text where that can be found again."""
        start = self.places.index(path, offset)
        return self.places.source.problem(Flaw(start, message, help or self.places.hint(path)))

    def key_problem(self, path: Path, message: str, help: str | None = None) -> Problem:  # noqa: A002
        """Say what is wrong with a name."""
        return self.places.source.problem(Flaw(self.places.key_index(path), message, help))


def _decoded(source: bytes | str) -> tuple[str, Flaw | None]:
    if len(source) > MAX_SIZE:
        return "", Flaw(0, f"the file is larger than {MAX_SIZE // 1024**2} MiB")
    if isinstance(source, str):
        return source, None
    try:
        return source.decode(), None
    except UnicodeDecodeError as error:
        # What stands before the bad byte is sound, so its length is the index of the replacement.
        start = len(source[: error.start].decode())
        what = f"the byte 0x{source[error.start]:02x} is not UTF-8"
        return source.decode(errors="replace"), Flaw(start, what, "save the file as UTF-8")


def _invalid(source: Source, flaws: tuple[Flaw, ...]) -> SchemaFileError:
    ordered = sorted(flaws, key=lambda flaw: flaw.start)
    return SchemaFileError(tuple(source.problem(flaw) for flaw in ordered[:_ENOUGH]))


def _validated(root: Mapping, places: Places) -> tuple[Document | None, list[Flaw]]:
    try:
        return Document.model_validate(plain(root)), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        return None, [_explained(detail, places) for detail in errors[:_ENOUGH]]


def _explained(error: ErrorDetails, places: Places) -> Flaw:
    """Say in our words, and at its place, what pydantic found."""
    path = error["loc"]
    if named := path[-1:] == ("[key]",):
        path = path[:-1]
    key, node, depth = places.nearest(path)
    start = places.index(path)
    if path[-1:] == ("sql",) and depth == len(path) and places.nearest(path[:-1])[1] is node:
        path = path[:-1]  # the short form is called by its name, not by a key that nobody wrote
    match error["type"]:
        case "extra_forbidden":
            return _unknown(path, places)
        case "missing":
            missing = "begin with: version: 1" if path == ("version",) else None
            return Flaw(start, f"{_called(path[:-1])} has no '{path[-1]}'", missing)
        case "reserved":
            return Flaw(key.start if key and named else start, f"{_called(path)}: {error['msg']}")
        case "no_shape":
            return Flaw(start, f"{_called(path[:-1])} {error['msg']}")
        case "two_shapes":
            return Flaw(places.key_index(path), f"{_called(path[:-1])} {error['msg']}", "say it one way only")
        case "literal_error":
            return Flaw(start, "version must be 1", "it is the version of this format, not of your schema")
        case kind if kind in {"too_short", "string_pattern_mismatch"} and not (
            isinstance(node, Scalar) and node.value.strip()
        ):
            return Flaw(start, f"{_called(path)} is empty")
    wanted, what, advice = _wanted(error["type"], path), said(node), places.hint(path)
    if what == "nothing":
        return Flaw(start, f"{_called(path)} is empty", f"it must be {wanted}")
    if what == "text" and isinstance(node, Scalar):
        what = f"'{shorten(node.value, 60)}'"
        if error["type"] == "bool_type":
            advice = "write it without quotes" if node.value in {"true", "false"} else None
        elif len(path) > 2:
            advice = advice or _ADVICE.get(str(path[2]))
    elif isinstance(node, Scalar) and ("text" in wanted or "SQL" in wanted):
        advice = f'quote it: "{node.value}"'
    return Flaw(start, f"{_called(path)} must be {wanted}, not {what}", advice)


# What was wanted: by pydantic's kind of error or, where that only says which model, by the place in a table.
_WANTED: Final = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "tuple_type": "a list",
    "string_type": "text",
    "names": "a name, or a list of names",
    "one_name": "columns, SQL, or one name with either",
    "primary_key": "a list of columns, or SQL that starts with '('",
    "unique": "a list of columns, or SQL that starts with '('",
    "foreign_keys": "SQL that starts with '(' or FOREIGN KEY",
    "checks": "an expression",
    "indexes": "SQL that starts with '(', or a mapping with such sql",
}


def _wanted(kind: str, path: Path) -> str:
    if len(path) == 2 and path[0] == "tables":
        return "a mapping with columns, or with sql"
    known = (_WANTED[str(step)] for step in (kind, *path[2:3]) if step in _WANTED)
    return next(known, "SQL, or a mapping with sql")


_ADVICE: Final = {
    "primary_key": "columns stand in a list: [a, b]",
    "unique": "columns that are unique together stand in a list of their own: - [a, b]",
}


def _unknown(path: Path, places: Places) -> Flaw:
    *_, name = path
    _, node, _ = places.nearest(path)
    _, around, _ = places.nearest(path[:-1])
    known = (_MODELS[str(path[-3])] if len(path) > 1 else Document).model_fields
    if said(node) == "nothing" and isinstance(around, Mapping) and around.style == "flow":
        advice = COMMA
    elif near := get_close_matches(str(name), known, n=1):
        advice = f"did you mean '{near[0]}'?"
    else:
        advice = f"known here: {', '.join(known)}"
    return Flaw(places.key_index(path), f"unknown key '{name}' in {_called(path[:-1])}", advice)


_MODELS: Final[dict[str, type[BaseModel]]] = {"tables": Table, "views": View, "columns": Column, "indexes": Index}


def _called(path: Path) -> str:
    """Call a part of the document by what it is and by its name."""
    match path:
        case ("tables" | "views" as kind, name):
            return f"{kind[:-1]} {name}"
        case ("tables", table, "columns", name):
            return f"column {table}.{name}"
        case (_, _, "indexes" | "triggers" as kind, name):
            return f"{'index' if kind == 'indexes' else 'trigger'} {name}"
        case (*above, int(entry)):
            return f"entry {entry + 1} of {_called(tuple(above))}"
        case (*above, "sql" | "columns") if len(above) > 2 and above[2] in _CONSTRAINTS:
            return _called(tuple(above))
        case (*above, key):
            return f"'{key}' of {_called(tuple(above))}" if above else f"'{key}'"
        case _:
            return "the file"


_CONSTRAINTS: Final = {"primary_key", "unique", "checks", "foreign_keys"}


def _clashes(root: Mapping, source: Source) -> Iterator[Flaw]:
    """Find names that are one to SQLite, and names that the file also calls nobody's."""
    seen: dict[tuple[str, str], tuple[str, Scalar]] = {}
    globs = [node.value for node in _items(root, "ignore")]
    history = next((node.value for node in _items(root, "history_table")), DEFAULT_HISTORY_TABLE)
    for space, kind, key in sorted(_declared(root), key=lambda declared: declared[2].start):
        folded = fold(key.value)
        other, first = seen.setdefault((space, folded), (kind, key))
        if first is not key:
            line, _ = source.position(first.start)
            message = f"{kind} '{key.value}' has the name of {other} '{first.value}' at line {line}"
            yield Flaw(key.start, message, _ONE_NAME)
        if kind == "column":
            continue
        if glob := next((glob for glob in globs if fnmatchcase(folded, fold(glob))), None):
            yield Flaw(key.start, f"{kind} '{key.value}' is also ignored, by '{glob}'", "declare or ignore it")
        if space == "" and folded in {fold(history), fold(history) + "_reconcile"}:
            message = f"{kind} '{key.value}' is where reconcile records what was applied"
            yield Flaw(key.start, message, "take it out, or choose another history_table")


_ONE_NAME: Final = "SQLite ignores the case of names; tables, views and indexes share one set of them"


def _declared(root: Mapping) -> Iterator[tuple[str, str, Scalar]]:
    """Give every name with its kind, and with the set in which it must be the only one."""
    for key, table in _entries(root, "tables"):
        yield "", "table", key
        yield from ((f"columns {key.start}", "column", column) for column, _ in _entries(table, "columns"))
        yield from (("", "index", index) for index, _ in _entries(table, "indexes"))
        yield from (("triggers", "trigger", trigger) for trigger, _ in _entries(table, "triggers"))
    for key, view in _entries(root, "views"):
        yield "", "view", key
        yield from (("triggers", "trigger", trigger) for trigger, _ in _entries(view, "triggers"))


def _entries(node: Node, name: str) -> Iterable[tuple[Scalar, Node]]:
    found = node.entries.get(name) if isinstance(node, Mapping) else None
    return found[1].entries.values() if found and isinstance(found[1], Mapping) else ()


def _items(root: Mapping, name: str) -> list[Scalar]:
    """Give the texts below a key, one or a list of them, whatever else stands there."""
    _, found = root.entries.get(name, (None, None))
    items = found.items if isinstance(found, Sequence) else (found,)
    return [item for item in items if isinstance(item, Scalar)]

"""wrong-type, lossy-conversion and using-fails: what another type, or STRICT, makes of the values.

Without `using` a value goes through the new column's affinity, never through CAST. With `using` over a column that
exists, the old values are gone unless `undo` gives every one of them back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from reconcile.diff.changes import Alter
from reconcile.model.facts import Facts, Violations
from reconcile.model.facts import Question as AnyQuestion
from reconcile.model.reading import mentions
from reconcile.model.types import Affinity
from reconcile.plan.conversion import DIGITS, LOSS_CLASSES, loses, misfits, returned, stored, suspects
from reconcile.plan.hazards.rule import Rule, brief, count, told
from reconcile.plan.mapping import KEY, WAS, Mapped, Mapping, Origin
from reconcile.plan.restoration import DOUBT, SCHEMA
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Severity
from reconcile.sql.names import quote

WRONG, LOSSY, FAILS = "wrong-type", "lossy-conversion", "using-fails"
_NUMERIC = (Affinity.INTEGER, Affinity.NUMERIC, Affinity.REAL)


@dataclass(frozen=True, slots=True)
class _Case:
    """The questions about one column. `losses` are by class, the whole first."""

    mapped: Mapped
    wrong: Violations | None
    lossy: Violations | None
    classes: tuple[tuple[str, Violations], ...] = ()
    undone: bool = False
    out_of_reach: bool = False  # in a backup, and nothing tells which row is which


def _cases(scene: Scene) -> Iterator[_Case]:
    if not isinstance(scene.change, Alter) or scene.rows is None:
        return
    for mapped in scene.rows.columns:
        match mapped.origin:
            case Origin.DEFAULT | Origin.KEPT | Origin.CONVERTED if (
                lost := _out_of_reach(mapped, scene.rows)
            ) is not None:
                yield _Case(mapped, _ask(scene.rows, _misfits(mapped, scene.rows)), lost, out_of_reach=True)
            case Origin.CONVERTED:
                yield _converted(mapped, scene.rows)
            case Origin.KEPT if scene.rows.tables.new.strict and not scene.rows.tables.old.strict:
                misfit = _misfits(mapped, scene.rows)
                yield _Case(mapped, _ask_of(mapped, scene.rows, misfit, _suspects(mapped, scene.rows)), None)
            case Origin.USING:
                yield _using(mapped, scene)
            case Origin.RESTORED:
                yield _restored(mapped, scene)
            case Origin.DEFAULT if scene.rows.tables.new.strict:
                # SQLite 3.40 takes `ADD COLUMN x INT DEFAULT 'abc'` in a STRICT table, and is corrupt from then on.
                yield _Case(mapped, _ask(scene.rows, _misfits(mapped, scene.rows)), None)
            case Origin.GENERATED if mapped.old is not None and mapped.old.generated is None:
                yield _Case(mapped, None, _becomes_generated(mapped, scene.rows))
            case _:
                pass


def _ask(rows: Mapping, predicate: str | None, within: str | None = None) -> Violations | None:
    if predicate is None:
        return None
    show = f"SELECT * FROM {rows.readable_source} WHERE {predicate}"
    return Violations(rows.live, rows.live_source, predicate, rows.key, show, within)


def _ask_of(mapped: Mapped, rows: Mapping, predicate: str | None, within: str | None = None) -> Violations | None:
    """Ask about the values of one live column, with a query for eyes that names it as people do."""
    asked = _ask(rows, predicate, within)
    if asked is None or predicate is None or mapped.old is None or mapped.expression is None:
        return asked
    name = rows.old_name(mapped.old.name).sql
    show = f"SELECT * FROM {rows.live.sql} WHERE {predicate.replace(mapped.expression, name)}"
    return replace(asked, show=show, values=told(((name, mapped.expression),)))


def _out_of_reach(mapped: Mapped, rows: Mapping) -> Violations | None:
    """Ask how many values of a backup stay there, because no key leads from its rows to those of now."""
    kept, column = rows.kept, mapped.column.name
    then = kept.table.column(column) if kept is not None else None
    if kept is None or then is None or then.generated is not None:
        return None
    conversion = kept.conversion(column)
    if mapped.old is not None and (conversion is None or conversion.using is None or conversion.undo is not None):
        return None
    source, predicate = f"{SCHEMA}.{kept.table.name.quoted}", f"{column.quoted} IS NOT NULL"
    return Violations(rows.live, source, predicate, "1", f"SELECT * FROM {source} WHERE {predicate}")


def _misfits(mapped: Mapped, rows: Mapping) -> str | None:
    x, strict = mapped.expression or "NULL", rows.tables.new.strict
    return misfits(x, mapped.column.affinity, strict=strict, strict_blob=_is_strict_blob(mapped, rows))


def _suspects(mapped: Mapped, rows: Mapping) -> str | None:
    return suspects(mapped.expression or "NULL", mapped.column.affinity, strict_blob=_is_strict_blob(mapped, rows))


def _is_strict_blob(mapped: Mapped, rows: Mapping) -> bool:
    return rows.tables.new.strict and mapped.column.type == "BLOB"


def _converted(mapped: Mapped, rows: Mapping) -> _Case:
    x = mapped.expression or "NULL"
    wrong, within = _misfits(mapped, rows), _suspects(mapped, rows)
    lost = loses(x, mapped.column.affinity)
    if lost is None:
        return _Case(mapped, _ask_of(mapped, rows, wrong, within), None)
    fits = f"NOT ({wrong}) AND ({lost})" if wrong else lost
    classes: list[tuple[str, Violations]] = []
    for class_, word in DIGITS:
        predicate = f"{fits} AND typeof({x}) = '{class_}'"
        classes.append((word, Violations(rows.live, rows.live_source, predicate, rows.key, "", within)))
    if mapped.column.affinity is not Affinity.TEXT:
        earlier = ""
        for word, test in LOSS_CLASSES:
            mine = test.format(x=x)
            predicate = f"{fits} AND typeof({x}) = 'text'{earlier} AND ({mine})"
            earlier += f" AND NOT ({mine})"
            classes.append((word, Violations(rows.live, rows.live_source, predicate, rows.key, "", within)))
    lossy = Violations(rows.live, rows.live_source, fits, rows.key, _shown(mapped, rows, wrong, lost), within)
    lossy = replace(lossy, values=_becomes(mapped, rows, brief(mapped.held)))
    return _Case(mapped, _ask_of(mapped, rows, wrong, within), lossy, tuple(classes))


def _shown(mapped: Mapped, rows: Mapping, wrong: str | None, lost: str) -> str:
    """Write the query for eyes: in a TEXT column there are texts only, in a number's numbers, and what is wrong."""
    x = mapped.expression or "NULL"
    is_number = mapped.old is not None and mapped.old.affinity in _NUMERIC
    if mapped.old is not None and mapped.old.affinity is Affinity.TEXT:
        lost = loses(x, mapped.column.affinity, texts=True) or lost
    elif is_number and mapped.column.affinity is Affinity.REAL:
        wrong, lost = None, f"typeof({x}) = 'integer' AND CAST(CAST({x} AS REAL) AS INTEGER) <> {x}"
    elif is_number and mapped.column.affinity is Affinity.TEXT:
        wrong, lost = None, f"typeof({x}) = 'real' AND CAST(CAST({x} AS TEXT) AS REAL) <> {x}"
    found = _ask_of(mapped, rows, f"NOT ({wrong}) AND ({lost})" if wrong else lost)
    return found.show if found is not None else ""


def _becomes(mapped: Mapped, rows: Mapping, *then: str) -> str | None:
    """Write what a row holds in the column, and what that becomes: ``zip = '01234' -> 1234``."""
    if mapped.old is None:
        return None
    old = rows.old_name(mapped.old.name)
    return " || ' -> ' || ".join([told(((old.sql, f"{WAS}.{old.quoted}"),)), *then])


def _using(mapped: Mapped, scene: Scene) -> _Case:
    rows = scene.rows
    if rows is None:
        raise AssertionError
    x = mapped.expression or "NULL"
    blob = mapped.column.type == "BLOB"
    misfit = misfits(x, mapped.column.affinity, strict=True, strict_blob=blob) if rows.tables.new.strict else None
    # Asked even where every class fits: an expression that fails on some row must be known before apply.
    # (SQLite would not run it at all for `x AND 0`.)
    wrong = _ask(rows, misfit or f"typeof({x}) = 'none'")
    if wrong is not None:
        wrong = replace(wrong, values=told(((mapped.column.name.sql, x),)))
    if mapped.old is None:
        return _Case(mapped, wrong, None)
    old = f"was.{rows.old_name(mapped.old.name).quoted}"
    undo = scene.hints.column(rows.tables.new.name, mapped.column.name).undo
    if undo is None:
        replaced = _ask(rows, f"{returned(old, x)} IS NOT (+{old} COLLATE BINARY)")
        if replaced is not None and mapped.old.affinity is Affinity.TEXT:
            plain = rows.old_name(mapped.old.name).sql
            test = f"{plain} IS NOT NULL AND CAST({x} AS TEXT) IS NOT CAST({plain} AS TEXT) COLLATE BINARY"
            replaced = replace(replaced, show=f"SELECT * FROM {rows.live.sql} WHERE {test}")
        replaced = replace(replaced, values=_becomes(mapped, rows, brief(x))) if replaced is not None else None
        return _Case(mapped, wrong, replaced)
    alias = rows.tables.new.name.text
    source = rows.next_source(alias, (f'{old} AS "#was"',))
    back = stored(f"({undo}\n)", mapped.old.affinity)
    predicate = f'({back}) IS NOT ("#was" COLLATE BINARY) OR typeof({back}) IS NOT typeof("#was")'
    show = _shown_undo(mapped, rows, undo) or f"SELECT * FROM {source} WHERE {predicate}"
    held = told(((mapped.column.name.sql, '"#was"'),))
    held += f" || ' -> ' || {brief(mapped.column.name.quoted)} || ' -> ' || {brief(back)}"
    question = Violations(rows.live, source, predicate, f'"{KEY}"', show, values=held)
    return _Case(mapped, wrong, question, undone=True)


def _shown_undo(mapped: Mapped, rows: Mapping, undo: str) -> str | None:
    """Write the query for eyes: what each row has, what it would have, and `before` again."""
    names = frozenset(column.name.key for column in rows.tables.new.columns)
    read = mentions(undo, names) | {mapped.column.name.key}
    values = [each for each in rows.columns if each.column.name.key in read]
    if mapped.old is None or {"row", "before"} & read or any(each.origin is Origin.GENERATED for each in values):
        return None
    becomes = ", ".join(f"{each.shown} AS {each.column.name.sql}" for each in values)
    old = rows.old_name(mapped.old.name).sql
    source = f"(SELECT {rows.shown_key} AS row, {becomes}, {old} AS before FROM {rows.live.sql} AS was)"
    class_ = None if mapped.old.affinity is Affinity.BLOB else mapped.old.affinity.value
    back = f"CAST(({undo}) AS {class_})" if class_ else f"({undo})"
    return f"SELECT * FROM {source} AS {rows.tables.new.name.sql} WHERE {back} IS NOT (before COLLATE BINARY)"


def _restored(mapped: Mapped, scene: Scene) -> _Case:
    """Ask about the rows that were written since: the others get back exactly what they had."""
    rows = scene.rows
    if rows is None:
        raise AssertionError
    wrong = _misfits(mapped, rows) if mapped.old is not None or rows.tables.new.strict else None
    if mapped.old is None or mapped.touched is None:
        doubt = rows.kept.doubt(rows.tables.old, rows.rowid, rows.live_columns) if rows.kept is not None else None
        return _Case(mapped, _ask(rows, wrong), _ask(rows, f"{WAS}.{quote(rows.mark + DOUBT)}" if doubt else None))
    x = mapped.expression or "NULL"
    now = rows.live_columns[mapped.column.name]
    # Asked where every class fits, too: an `undo` that fails on a row must be known before the way back is gone.
    fails = f"typeof({x}) = 'none'"
    touched = _ask(rows, f"{mapped.touched} AND ({wrong or fails})")
    forth = scene.hints.column(rows.tables.new.name, mapped.column.name).undo
    if forth is None or mapped.old.generated is not None:
        lost = f"{mapped.touched} AND {returned(now, f'({x})')} IS NOT (+{now} COLLATE BINARY)"
        return _Case(mapped, touched, _ask(rows, lost))
    # The author's way forth must make of the value that goes back what is there now.
    extra = (f'{now} AS "#was"', f'({mapped.touched}) AS "#touched"')
    source = rows.next_source(rows.tables.new.name.text, extra)
    again = stored(f"({forth}\n)", mapped.old.affinity)
    predicate = f'"#touched" AND (({again}) IS NOT ("#was" COLLATE BINARY) OR typeof({again}) IS NOT typeof("#was"))'
    show = f"SELECT * FROM {source} WHERE {predicate}"
    return _Case(mapped, touched, Violations(rows.live, source, predicate, '"#key"', show))


def _becomes_generated(mapped: Mapped, rows: Mapping) -> Violations:
    old = mapped.old.name if mapped.old else mapped.column.name
    was = f"was.{rows.old_name(old).quoted}"
    source = rows.next_source(rows.tables.new.name.text, (f'{was} AS "#was"',))
    predicate = f'"#was" IS NOT {mapped.column.name.quoted}'
    return Violations(rows.live, source, predicate, '"#key"', f"SELECT * FROM {source} WHERE {predicate}")


def _questions(scene: Scene) -> Iterator[AnyQuestion]:
    for case in _cases(scene):
        if case.wrong is not None:
            yield case.wrong
        if case.lossy is not None:
            yield case.lossy
        yield from (question for _, question in case.classes)


def _hazards(scene: Scene, facts: Facts) -> Iterator[Hazard]:
    for case in _cases(scene):
        if scene.rows is None:
            continue
        yield from _wrong(case, scene, facts)
        yield from _lossy(case, scene, facts)


def _wrong(case: _Case, scene: Scene, facts: Facts) -> Iterator[Hazard]:
    if case.wrong is None or scene.rows is None:
        return
    answer, name = facts[case.wrong], _object(case, scene)
    hidden = scene.sensitive(scene.rows.tables.new.name, case.mapped.column.name)
    if answer.error is not None:
        word = "undo" if case.mapped.origin is Origin.RESTORED else "using"
        message = f"`{word}` of {name} fails on the rows that are there: {answer.error}"
        ways: tuple[str, ...] = (f"Correct `{word}`; it reads the columns as they are now, before the change.",)
        yield Hazard(FAILS, Severity.BLOCKED, name, message, answer, case.wrong.show, ways)
    elif answer.count:
        type_, column = case.mapped.column.type or "its new type", case.mapped.column
        message = f"{count(answer.count, 'value')} of {name} cannot become {type_}"
        ways = (f"Fix the rows, or say how:   {column.name.sql}: {{sql: …, using: …}}",)
        if case.mapped.origin is Origin.DEFAULT and column.default is not None:
            message = (
                f"DEFAULT {column.default.line} of {name} is no {type_}, and {count(answer.count, 'row')} would get it"
            )
            ways = ("Correct the DEFAULT: a STRICT table takes no value of another type.",)
        yield Hazard(WRONG, Severity.BLOCKED, name, message, answer, case.wrong.show, ways, sensitive=hidden)


def _lossy(case: _Case, scene: Scene, facts: Facts) -> Iterator[Hazard]:
    if case.lossy is None or scene.rows is None:
        return
    answer, name = facts[case.lossy], _object(case, scene)
    hidden = scene.sensitive(scene.rows.tables.new.name, case.mapped.column.name)
    if answer.error is not None and case.undone:
        message = f"`undo` of {name} fails on the rows that are there: {answer.error}"
        yield Hazard(FAILS, Severity.BLOCKED, name, message, answer, case.lossy.show, ("Correct `undo`.",))
    elif answer.count:
        parts = [f"{facts[q].count:,} with {word}" for word, q in case.classes if facts[q].count]
        detail = f" ({', '.join(parts)})" if parts else ""
        rows = count(answer.count, "row")
        if case.out_of_reach:
            message = f"{rows} of the backup {'holds' if answer.count == 1 else 'hold'} a value of {name}, "
            message += "and no key tells which rows these are now: it comes back without them"
        elif case.undone:
            message = f"`undo` does not give back the value of {rows} of {name}"
        elif case.mapped.origin is Origin.USING:
            message = f"`using` replaces the value of {rows} of {name}, and there is no `undo`"
        elif case.mapped.origin is Origin.RESTORED and case.mapped.old is None:
            verb = (
                "holds nothing else that its rowid led"
                if answer.count == 1
                else "hold nothing else that their rowids led"
            )
            message = f"{rows} {verb} to then: VACUUM gives rowids anew, and {name} may come back to other rows"
        elif case.mapped.origin is Origin.RESTORED:
            one = answer.count == 1
            since = "" if _undoes_rollback(scene) else f"{'was' if one else 'were'} written since, and "
            message = f"{rows} of {name} {since}{'does' if one else 'do'} not go back without loss"
        elif case.mapped.origin is Origin.GENERATED:
            message = f"{name} becomes generated, and {rows} hold another value than it computes"
        else:
            verb = "does not come back as it was" if answer.count == 1 else "do not come back as they were"
            message = f"{rows} of {name} {verb}{detail}"
        keys = None if case.out_of_reach else answer
        yield Hazard(LOSSY, Severity.CONSENT, name, message, keys, case.lossy.show, sensitive=hidden)


def _undoes_rollback(scene: Scene) -> bool:
    return scene.rows is not None and scene.rows.kept is not None and scene.rows.kept.undoes_rollback


def _object(case: _Case, scene: Scene) -> str:
    table = scene.rows.tables.new.name if scene.rows else ""
    return f"{table}.{case.mapped.column.name}"


RULE = Rule((WRONG, LOSSY, FAILS), _questions, _hazards)

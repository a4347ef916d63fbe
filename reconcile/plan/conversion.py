"""What a column's affinity makes of a value, written as SQL over the value.

SQLite applies affinity when it stores (datatype3.html, section 3): text becomes a number only where the whole of it
is one. ``CAST(x AS NUMERIC) = +x`` is exactly that test: the left side has NUMERIC affinity, so the right side is
converted as storing would convert it, and text that is no number stays text and equals nothing.
"""

from __future__ import annotations

from reconcile.model.types import Affinity

_LEAST = "-9223372036854775808"


def is_number(x: str) -> str:
    """Write the test whether storing text `x` in a numeric column makes a number of it."""
    return f"CAST({x} AS NUMERIC) = +{x}"


def stored(x: str, affinity: Affinity) -> str:
    """Write the value that a column of this affinity holds after `x` was stored in it."""
    match affinity:
        case Affinity.BLOB:
            return x
        case Affinity.TEXT:
            return f"CASE WHEN typeof({x}) IN ('integer', 'real') THEN CAST({x} AS TEXT) ELSE {x} END"
        case Affinity.REAL:
            number = f"typeof({x}) = 'integer' OR typeof({x}) = 'text' AND {is_number(x)}"
            return f"CASE WHEN {number} THEN CAST({x} AS REAL) ELSE {x} END"
        case Affinity.INTEGER | Affinity.NUMERIC:
            number = f"CASE WHEN typeof({x}) = 'text' AND {is_number(x)} THEN CAST({x} AS NUMERIC) ELSE {x} END"
            # CAST to NUMERIC leaves a REAL as it is; storing turns 5.0 into 5 where nothing is lost by it, and
            # never into the two outermost integers (sqlite3VdbeIntegerAffinity).
            whole = (
                f"typeof({number}) = 'real' AND CAST(({number}) AS INTEGER) = ({number})"
                f" AND abs({number}) < 9223372036854775807.0"
            )
            return f"CASE WHEN {whole} THEN CAST(({number}) AS INTEGER) ELSE ({number}) END"


def misfits(x: str, affinity: Affinity, *, strict: bool = False, strict_blob: bool = False) -> str | None:
    """Write the test whether `x`, once stored, still has a class that does not fit; None where every class fits.

    The CAST makes of any value what the column is for; where that is another value, storing did not do it. Its
    affinity makes the comparison convert text on the other side just as storing would.
    """
    match affinity:
        case Affinity.BLOB:
            return f"typeof({x}) NOT IN ('blob', 'null')" if strict_blob else None
        case Affinity.TEXT:
            return f"typeof({x}) = 'blob'"
        case Affinity.INTEGER:
            # Through NUMERIC, since CAST('1e3' AS INTEGER) is 1.
            misfit = f"CAST(CAST({x} AS NUMERIC) AS INTEGER) <> +{x}"
            # The least integer, as a REAL, stays one: a STRICT column refuses it.
            least = f"(CAST({x} AS NUMERIC) = {_LEAST} AND typeof(CAST({x} AS NUMERIC)) = 'real')"
            return f"{misfit} OR {least}" if strict else misfit
        case Affinity.REAL | Affinity.NUMERIC:
            return f"CAST({x} AS NUMERIC) <> +{x}"


def loses(x: str, affinity: Affinity, *, texts: bool = False) -> str | None:
    """Write the test whether a value that fits does not come back equal when it is read as what it was.

    Where all values are `texts`, it is short enough to be read.
    """
    if affinity is Affinity.BLOB:
        return None
    class_ = Affinity.NUMERIC if affinity is Affinity.INTEGER else affinity
    becomes = f"CAST({x} AS {class_.value})"
    lost = f"{f'CAST({becomes} AS TEXT)' if texts else returned(x, becomes)} IS NOT (+{x} COLLATE BINARY)"
    if class_ is not Affinity.NUMERIC:
        return lost
    # CAST leaves '1.0e+18' a REAL (and '9007199254740992.0' from SQLite 3.53 on), which is written so again; storing
    # makes the integer of it, but never the least one (sqlite3VdbeIntegerAffinity).
    whole = f"{x} GLOB '*.*' AND CAST({becomes} AS INTEGER) = {becomes} AND {becomes} > {_LEAST}"
    return f"{lost} OR {whole}" if texts else f"{lost} OR typeof({x}) = 'text' AND {whole}"


def returned(x: str, becomes: str) -> str:
    """Write the value that comes back when what `x` becomes is turned into the class that `x` had."""
    names = ("text", "integer", "real", "blob")
    classes = "".join(f" WHEN '{name}' THEN CAST({becomes} AS {name.upper()})" for name in names)
    return f"CASE typeof({x}){classes} END"


def suspects(x: str, affinity: Affinity, *, strict_blob: bool = False) -> str | None:
    """Write a quick test that every value passes which does not fit or does not come back; None where none can.

    It runs over every row of a table; `misfits` and `loses`, which cost ten times as much, over what it lets through.
    """

    def same(becomes: str) -> str:
        return f"{becomes} = (+{x} COLLATE BINARY)"

    whole = f"CAST({x} AS INTEGER) = +{x}"
    digits, number = same(f"CAST(CAST({x} AS INTEGER) AS TEXT)"), same(f"CAST(CAST({x} AS NUMERIC) AS TEXT)")
    match affinity:
        case Affinity.BLOB:
            fine = {"blob": "1"} if strict_blob else None
        case Affinity.TEXT:
            fine = {"text": "1", "integer": "1", "real": same(f"CAST(CAST({x} AS TEXT) AS REAL)")}
        case Affinity.INTEGER:
            fine = {"integer": "1", "text": digits, "real": f"{whole} AND +{x} > {_LEAST}"}
        case Affinity.NUMERIC:
            fine = {"integer": "1", "real": "1", "text": f"{number} AND {x} NOT GLOB '*e+*' AND {x} NOT GLOB '*.0'"}
        case Affinity.REAL:
            exact = f"+{x} BETWEEN -9007199254740992 AND 9007199254740992"  # 2^53: what a REAL holds without a gap
            fine = {"real": "1", "integer": exact, "text": same(f"CAST(CAST({x} AS REAL) AS TEXT)")}
    if fine is None:
        return None
    cases = "".join(f" WHEN '{class_}' THEN {test}" for class_, test in {"null": "1", **fine}.items())
    return f"NOT CASE typeof({x}){cases} ELSE 0 END"


# Numbers that change at all lose digits: by storage class (word for users).
DIGITS = (("integer", "more digits than a REAL keeps"), ("real", "more digits than text keeps"))

# How text changes when it becomes a number, by class: (word for users, test over the text x); the first counts.
LOSS_CLASSES = (
    ("leading zeros", "ltrim({x}, ' +-') GLOB '0[0-9]*'"),
    ("an exponent", "{x} GLOB '*[0-9.][eE]*'"),
    ("spaces", "trim({x}, char(9, 10, 11, 12, 13, 32)) <> {x}"),
    ("a plus sign", "{x} GLOB '+*'"),
    ("more digits than a number keeps", "length(replace(replace({x}, '-', ''), '.', '')) > 15"),
    ("trailing zeros", "{x} GLOB '*.*0'"),
    ("no decimals", "{x} GLOB '*[0-9]' AND {x} NOT GLOB '*.*' AND {x} <> '-0'"),
    ("another spelling", "1"),
)

"""Types of PostgreSQL and MySQL -> what SQLite stores them as, and what is doubtful about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from sqlglot import exp


class Stored(NamedTuple):
    """A type of SQLite's, a CHECK that the old type implied, and what a reader should know (None: nothing)."""

    type: str
    doubt: str | None = None
    values: tuple[str, ...] = ()


_INTEGERS: Final = frozenset(
    "TINYINT SMALLINT MEDIUMINT INT BIGINT SERIAL SMALLSERIAL BIGSERIAL".split(),
)
_UNSIGNED: Final = frozenset("UTINYINT USMALLINT UMEDIUMINT UINT UBIGINT".split())
_TEXTS: Final = frozenset("TEXT TINYTEXT MEDIUMTEXT LONGTEXT".split())
_LENGTHS: Final = frozenset("VARCHAR CHAR NVARCHAR NCHAR BPCHAR".split())
_BLOBS: Final = frozenset("BLOB TINYBLOB MEDIUMBLOB LONGBLOB VARBINARY BINARY".split())
_REALS: Final = frozenset("FLOAT DOUBLE REAL UDOUBLE".split())
_TIMES: Final = frozenset("DATE TIME TIMETZ TIMESTAMP TIMESTAMPTZ TIMESTAMPLTZ TIMESTAMPNTZ DATETIME".split())
_DOUBTFUL: Final = {
    "BOOLEAN": ("INTEGER", "true and false are 1 and 0 here"),
    "DECIMAL": ("NUMERIC", "decimals are floating point here; whole cents in an INTEGER are exact"),
    "UDECIMAL": ("NUMERIC", "decimals are floating point here; whole cents in an INTEGER are exact"),
    "MONEY": ("NUMERIC", "decimals are floating point here; whole cents in an INTEGER are exact"),
    "UUID": ("TEXT", "any text is taken"),
    "JSON": ("TEXT", "any text is taken; CHECK (json_valid(…)) holds it to JSON"),
    "JSONB": ("TEXT", "any text is taken; CHECK (json_valid(…)) holds it to JSON"),
    "INET": ("TEXT", "any text is taken"),
    "XML": ("TEXT", "any text is taken"),
    "INTERVAL": ("TEXT", "no arithmetic with it"),
    "YEAR": ("INTEGER", "any number is taken"),
}


def stored(kind: exp.DataType, written: str, enums: dict[str, tuple[str, ...]]) -> Stored | None:
    """Say how SQLite stores a type; None where it cannot. `written` is the type as the dump writes it."""
    found = str(kind.this.value if hasattr(kind.this, "value") else kind.this).upper().replace("-", "")
    if found == "ENUM":
        return Stored("TEXT", None, tuple(str(one.this) for one in kind.expressions))
    if found == "USERDEFINED":
        name = written.rpartition(".")[2].strip('"').lower()
        if name in enums:
            return Stored("TEXT", None, enums[name])
        return (
            Stored("TEXT COLLATE NOCASE", f"was {written}: only ASCII letters fold here") if name == "citext" else None
        )
    if found == "TINYINT" and [one.name for one in kind.expressions] == ["1"]:
        return Stored("INTEGER", f"was {written}: true and false are 1 and 0 here")
    if found in _INTEGERS:
        return Stored("INTEGER")
    if found in _UNSIGNED:
        return Stored("INTEGER", f"was {written}: negative numbers are taken here, and none above 2^63 - 1")
    if found in _TEXTS:
        return Stored("TEXT")
    if found in _LENGTHS:
        return Stored("TEXT", f"was {written}: no length is enforced here" if kind.expressions else None)
    if found in _BLOBS:
        return Stored("BLOB")
    if found in _REALS:
        return Stored("REAL")
    if found in _TIMES:
        return Stored("TEXT", f"was {written}: any text is taken; ISO 8601 sorts and compares rightly")
    if found in _DOUBTFUL:
        type_, doubt = _DOUBTFUL[found]
        return Stored(type_, f"was {written}: {doubt}")
    return None

"""Declared types: affinity, and the names that STRICT tables allow."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

from reconcile.sql.tokens import tokens


class Affinity(Enum):
    """The five affinities (datatype3.html, section 3)."""

    INTEGER = "INTEGER"
    TEXT = "TEXT"
    BLOB = "BLOB"
    REAL = "REAL"
    NUMERIC = "NUMERIC"

    @property
    def stored(self) -> Affinity:
        """Give the affinity that stores and compares as this one: INTEGER and NUMERIC differ in a CAST alone.

        datatype3.html, section 3: "only evident in a CAST expression".
        """
        return Affinity.NUMERIC if self is Affinity.INTEGER else self


STRICT_TYPES = frozenset({"INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"})


@lru_cache(maxsize=4096)
def affinity(declared: str) -> Affinity:
    """Give the affinity of a declared type by SQLite's rules, in their order (datatype3.html, section 3.1)."""
    text = declared.upper()
    if "INT" in text:
        return Affinity.INTEGER
    if "CHAR" in text or "CLOB" in text or "TEXT" in text:
        return Affinity.TEXT
    if "BLOB" in text or not text:
        return Affinity.BLOB
    if "REAL" in text or "FLOA" in text or "DOUB" in text:
        return Affinity.REAL
    return Affinity.NUMERIC


@lru_cache(maxsize=4096)
def strict_affinity(declared: str) -> Affinity:
    """Give the affinity of a type in a STRICT table, where ANY keeps every value as it is (stricttables.html)."""
    return Affinity.BLOB if declared.upper() == "ANY" else affinity(declared)


@lru_cache(maxsize=4096)
def folded_type(declared: str) -> str:
    """Fold a declared type: white space and case mean nothing, every word counts (``INT`` is not ``INTEGER``)."""
    return " ".join(token.text.upper() for token in tokens(declared))

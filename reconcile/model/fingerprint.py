"""Fingerprints: short digests by which two schemas, or two plans, are known to be the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from reconcile.model.schema import Entry, Schema


def fingerprint(schema: Schema) -> str:
    """Digest a schema's exact text, whatever the order of its entries (SHA-256, hexadecimal)."""
    return digest(sorted(_row(entry) for entry in schema.entries))


def digest(value: object) -> str:
    """Digest any JSON value: the same on every machine and under every hash seed."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def short(hexadecimal: str) -> str:
    """Shorten a digest to the form that people read and paste: ``7c1e-a40b``."""
    return f"{hexadecimal[:4]}-{hexadecimal[4:8]}"


def rows(entries: Iterable[Entry]) -> list[list[str]]:
    """Give entries as plain rows, for JSON."""
    return [_row(entry) for entry in entries]


def _row(entry: Entry) -> list[str]:
    return [entry.kind.value, entry.name.text, entry.table.text, entry.sql]

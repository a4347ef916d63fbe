"""Put a newer SQLite under Python's own sqlite3, in this process and in all that it starts: `make newest`.

With this folder on PYTHONPATH, Python runs this file before anything else. It loads a library that exports SQLite's
symbols; `_sqlite3`, which is linked to libsqlite3 dynamically, then finds those and not the ones of the system.
The libraries are those of wheels from PyPI, and no part of reconcile: pysqlite3 (the default) has the usual modules;
`SQLITE_FROM=apsw` is newer still, and has neither FTS5 nor R-Tree.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
from pathlib import Path

_LIBRARIES = {"pysqlite3": "_sqlite3*.so", "apsw": "sqlite_extra_binaries/libsqlite3_tool.so"}


def _library(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    folder = Path(spec.origin).parent if spec is not None and spec.origin is not None else None
    return next(folder.glob(_LIBRARIES[package]), None) if folder is not None else None


_found = _library(os.environ.get("SQLITE_FROM", "pysqlite3"))
if _found is not None:
    ctypes.CDLL(str(_found), mode=ctypes.RTLD_GLOBAL)

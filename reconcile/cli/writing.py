"""Write a text file in one piece: a reader sees the old text or the new one, never half of either."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from reconcile.errors import FailedError, UsageError


def write_new(file: Path, text: str) -> None:
    """Write a file that must not be there yet."""
    try:
        with file.open("x", encoding="utf-8", newline="") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise exists(file) from error


def replace(file: Path, before: bytes, text: str) -> None:
    """Write `text` over a file whose bytes were `before`; refuse where somebody else wrote it meanwhile."""
    real = file.resolve()
    descriptor, made = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(text.encode())
            opened.flush()
            os.fsync(opened.fileno())
        Path(made).chmod(real.stat().st_mode & 0o7777)
        _unchanged(real, before)
        Path(made).replace(real)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(made).unlink()
        raise


def _unchanged(file: Path, before: bytes) -> None:
    if file.read_bytes() != before:
        raise FailedError("the file was changed meanwhile, and is left as it is", place=str(file))


def exists(file: Path) -> UsageError:
    """Say that a file is in the way."""
    return UsageError("there is a file of that name already", place=str(file), hint="move it, or name another one")

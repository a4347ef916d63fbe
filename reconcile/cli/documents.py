"""Where a document was asked for, an error is one as well: a program reads stdout, and finds it there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from reconcile.cli.exit import as_document
from reconcile.cli.out import Out
from reconcile.errors import ReconcileError


@contextmanager
def errors_as_document(out: Out, *, wanted: bool) -> Iterator[None]:
    """Print an error that passes as a document, where one is wanted; it goes on to be reported on stderr."""
    try:
        yield
    except ReconcileError as error:
        if wanted:
            out.document(json.dumps(as_document(error), indent=2))
        raise

"""A `using` or `undo` that no plan will ever run."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.lint.finding import Finding, Level, Rule, Subject, column_path
from reconcile.sql.tokens import tokens


def _find(subject: Subject) -> Iterator[Finding]:
    for table in subject.tables:
        for column in table.columns:
            hints = subject.hints.column(table.name, column.name)
            label = f"{table.name}.{column.name}"
            for key, text in (("using", hints.using), ("undo", hints.undo)):
                path = (*column_path(table, column.name), key)
                if text is None:
                    continue
                parameter = next((token.text for token in tokens(text) if token.kind == "variable"), None)
                if column.generated is not None:
                    message = f"{key} never runs: {label} is generated, and takes its values from its own expression"
                    yield Finding(RULE.code, Level.WARNING, label, message, f"take {key} out", path)
                elif parameter is not None:
                    message = f"{key} holds the parameter {parameter}, and nobody gives it a value"
                    yield Finding(RULE.code, Level.WARNING, label, message, "write the value itself", path)


RULE = Rule("using-never-runs", _find)

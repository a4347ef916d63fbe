"""backups: whether each can be read whole, and whether those that the history counts on are there."""

from __future__ import annotations

from reconcile.database.integrity import damage_of
from reconcile.health.finding import Check, Finding, Level, Result, Subject
from reconcile.preview.paste import command
from reconcile.preview.units import counted, listed


def _look(subject: Subject) -> Result:
    copies = subject.copies
    findings = []
    for file in copies.files:
        damage = damage_of(file)
        if damage is not None:
            advice = f"take a new one:   {command('backup', subject.database)}"
            message = f"{file.name} cannot be put back: {damage}"
            findings.append(Finding("backup-damaged", Level.PROBLEM, str(file), message, advice))
    if copies.gone:
        versions = listed(f"#{version}" for version, _ in copies.gone)
        message = f"the {'backup' if len(copies.gone) == 1 else 'backups'} before {versions} "
        message += f"{'is' if len(copies.gone) == 1 else 'are'} gone: a rollback of it brings no values back"
        findings.append(Finding("backup-gone", Level.NOTE, versions, message, "as --keep wants it, or see who did it"))
    if not copies.files:
        advice = f"take one:   {command('backup', subject.database)}"
        findings.append(Finding("no-backup", Level.NOTE, "", "there is no backup", advice))
    newest = f", the newest {copies.files[-1].name}" if copies.files else ""
    return Result(f"{counted(len(copies.files), 'backup')}{newest}", tuple(findings))


CHECK = Check("backups", _look, reads_rows=False)

"""``python -m reconcile``."""

from reconcile.cli.app import run

run()

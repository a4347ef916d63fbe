"""One change of the benchmark, made by one tool, timed. Run by peers.py in the environment that has the tool.

    python peer_changes.py TOOL CHANGE DATABASE

Each tool is used as its documentation says, and told what it can be told of the table. Prints a line of JSON: wall and
CPU seconds of the change itself, imports and models excluded, the tool's version, and the error if there was one.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version

CHANGES = ("add column", "drop column", "drop NOT NULL", "rename column", "retype column")
Work = Callable[[], object]


def alembic(change: str, database: str) -> Work:
    """Batch mode, as Alembic's documentation has it for SQLite; the table is reflected."""
    import sqlalchemy as sa  # noqa: PLC0415
    from alembic.operations import Operations  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    engine = sa.create_engine(f"sqlite:///{database}")

    def work() -> None:
        with engine.begin() as connection:
            operations = Operations(MigrationContext.configure(connection))
            with operations.batch_alter_table("orders") as batch:
                match change:
                    case "add column":
                        batch.add_column(sa.Column("discount", sa.REAL, nullable=False, server_default="0"))
                    case "drop column":
                        batch.drop_column("note")
                    case "drop NOT NULL":
                        batch.alter_column("state", existing_type=sa.TEXT, nullable=True)
                    case "rename column":
                        batch.alter_column("code", existing_type=sa.TEXT, new_column_name="sku")
                    case _:
                        batch.alter_column("amount", existing_type=sa.REAL, type_=sa.INTEGER)
        engine.dispose()

    return work


def django(change: str, database: str) -> Work:
    """The schema editor of migrations, with a model that says all that Django can say of this table."""
    import django as package  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415

    databases = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}}
    settings.configure(DATABASES=databases, INSTALLED_APPS=[], DEFAULT_AUTO_FIELD="django.db.models.AutoField")
    package.setup()
    from django.db import connection, models  # noqa: PLC0415

    class Customer(models.Model):  # noqa: DJ008
        name = models.TextField()

        class Meta:
            app_label, db_table = "bench", "customers"

    class Order(models.Model):  # noqa: DJ008
        customer = models.ForeignKey(Customer, models.CASCADE, db_index=False)
        code = models.TextField(db_collation="NOCASE")
        amount = models.FloatField()
        state = models.TextField(default="new")
        note = models.TextField(null=True)  # noqa: DJ001

        class Meta:
            app_label, db_table = "bench", "orders"
            constraints = (models.CheckConstraint(name="positive", **_condition(models.Q(amount__gte=0))),)
            indexes = (models.Index(fields=["customer"], name="open_orders", condition=models.Q(state="open")),)

    def altered(name: str, new: str, field: models.Field) -> Callable[[object], None]:
        field.set_attributes_from_name(new)
        field.model = Order
        return lambda editor: editor.alter_field(Order, Order._meta.get_field(name), field)

    added = models.FloatField(default=0)
    added.set_attributes_from_name("discount")
    edits = {
        "add column": lambda editor: editor.add_field(Order, added),
        "drop column": lambda editor: editor.remove_field(Order, Order._meta.get_field("note")),
        "drop NOT NULL": altered("state", "state", models.TextField(default="new", null=True)),
        "rename column": altered("code", "sku", models.TextField(db_collation="NOCASE")),
        "retype column": altered("amount", "amount", models.IntegerField()),
    }

    def work() -> None:
        with connection.schema_editor() as editor:
            edits[change](editor)
        connection.close()

    return work


def _condition(condition: object) -> dict[str, object]:
    """Give a constraint's condition under the name that this Django has for it: `check` before 5.1."""
    import django as package  # noqa: PLC0415

    return {"condition" if package.VERSION >= (5, 1) else "check": condition}


def sqlite_utils(change: str, database: str) -> Work:
    import sqlite_utils as package  # noqa: PLC0415

    db = package.Database(database)
    table = db["orders"]
    edits: dict[str, Work] = {
        "add column": lambda: table.add_column("discount", float, not_null_default=0),
        "drop column": lambda: table.transform(drop={"note"}),
        "drop NOT NULL": lambda: table.transform(not_null={"state": False}),
        "rename column": lambda: table.transform(rename={"code": "sku"}),
        "retype column": lambda: table.transform(types={"amount": int}),
    }

    def work() -> None:
        edits[change]()
        db.close()

    return work


def peewee(change: str, database: str) -> Work:
    from peewee import FloatField, IntegerField, SqliteDatabase  # noqa: PLC0415
    from playhouse.migrate import SqliteMigrator, migrate  # noqa: PLC0415

    db = SqliteDatabase(database)
    migrator = SqliteMigrator(db)
    edits: dict[str, Work] = {
        "add column": lambda: migrator.add_column("orders", "discount", FloatField(default=0)),
        "drop column": lambda: migrator.drop_column("orders", "note"),
        "drop NOT NULL": lambda: migrator.drop_not_null("orders", "state"),
        "rename column": lambda: migrator.rename_column("orders", "code", "sku"),
        "retype column": lambda: migrator.alter_column_type("orders", "amount", IntegerField()),
    }

    def work() -> None:
        with db.atomic():
            migrate(edits[change]())
        db.close()

    return work


def reconcile(change: str, database: str) -> Work:
    """Everything that an apply does, its plan and proof too, but for the backup, which no other tool takes."""
    import reconcile as package  # noqa: PLC0415

    wanted = f"{database}.{change.replace(' ', '-')}.yaml"
    for room in ("python", "applying", "desired.load", "desired.declare", "database.materialise"):
        import_module(f"reconcile.{room}")  # imports are excluded, and these are loaded when they are first needed
    allow = ("drop-column:orders.note",) if change == "drop column" else ()
    return lambda: package.apply(database, wanted, backup=False, allow=allow)


TOOLS: dict[str, Callable[[str, str], Work]] = {
    "reconcile": reconcile,
    "alembic": alembic,
    "django": django,
    "sqlite-utils": sqlite_utils,
    "peewee": peewee,
}


def main(tool: str, change: str, database: str) -> None:
    error = ""
    work = TOOLS[tool](change, database)
    wall, cpu = time.monotonic(), _used()
    try:
        work()
    except Exception as raised:  # noqa: BLE001 - whatever another tool raises is its result
        error = f"{type(raised).__name__}: {raised}"
    cost = (time.monotonic() - wall, _used() - cpu)
    print(json.dumps([*cost, version("sqlite-reconcile" if tool == "reconcile" else tool), error]))


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Ways to harm a database behind everybody's back."""

import sqlite3
from contextlib import closing
from pathlib import Path


def spoil(*statements, file="shop.db"):
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def corrupt(file, at, content):
    with Path(file).open("r+b") as opened:
        opened.seek(at)
        opened.write(content)

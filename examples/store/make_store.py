"""Build the legacy store.db as it would be found in the field.

    python make_store.py [PATH] [--stage original|mrp|size|carousel] [--force]

The store lives through four releases of the shop (app.py is the last of them). Each release changes the schema the
old way and then trades for a while, so the file has what real files have: rows written before and after each
ALTER TABLE, prices as they were typed, orders of products that somebody deleted. `--stage` stops after a release.
The same seed gives the same content, byte for byte.
"""

from __future__ import annotations

import argparse
import math
import random
import sqlite3
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

SEED = 20190301
OPENED = datetime(2019, 3, 1, 8, 0, 0)  # noqa: DTZ001  SQLite's CURRENT_TIMESTAMP is UTC without saying so

ORIGINAL = """
CREATE TABLE users (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,
            email TEXT UNIQUE NOT NULL,
            password_hash TEXT,
            phone TEXT,
            is_admin INTEGER DEFAULT 0,
            created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
        );
CREATE TABLE products (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            title TEXT NOT NULL,
            description TEXT,
            category TEXT,
            price TEXT,  -- as typed into the form
            stock INTEGER DEFAULT 0,
            image_path TEXT,
            created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
        );
CREATE TABLE orders (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id INTEGER NOT NULL,
            product_id INTEGER NOT NULL,
            quantity INTEGER NOT NULL DEFAULT 1,
            status TEXT DEFAULT 'new',
            placed_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
            FOREIGN KEY (user_id) REFERENCES users (id),
            FOREIGN KEY (product_id) REFERENCES products (id)
        );
CREATE INDEX idx_products_category ON products (category);
CREATE INDEX idx_orders_user ON orders (user_id);
CREATE INDEX idx_orders_open ON orders (placed_at) WHERE status = 'new';
CREATE TRIGGER orders_take_stock AFTER INSERT ON orders BEGIN
            UPDATE products SET stock = stock - NEW.quantity WHERE id = NEW.product_id;
        END;
CREATE VIEW best_sellers AS
            SELECT p.id, p.title AS product, sum(o.quantity) AS sold
            FROM orders AS o JOIN products AS p ON p.id = o.product_id
            GROUP BY p.id;
"""
MRP = "ALTER TABLE products ADD COLUMN mrp REAL;"
SIZE = 'ALTER TABLE products ADD COLUMN size TEXT DEFAULT "Standard";'
CAROUSEL = """
CREATE TABLE catalog_images (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                region TEXT NOT NULL,
                position INTEGER NOT NULL,
                image_path TEXT NOT NULL,
                alt_text TEXT,
                created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
                updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
                UNIQUE(region, position)
            );
CREATE TRIGGER catalog_images_touch AFTER UPDATE OF image_path, alt_text ON catalog_images BEGIN
                UPDATE catalog_images SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id;
            END;
"""


@dataclass(frozen=True, slots=True)
class Release:
    """One release of the shop: what it did to the schema, and how many rows were written until the next."""

    stage: str
    sql: str
    users: int
    products: int
    orders: int
    form: tuple[str, ...]  # the columns of products that the administrator's form filled in
    deleted: int = 0
    images: int = 0


FORM = ("title", "description", "category", "price", "stock", "image_path", "created_at")
RELEASES = (
    Release("original", ORIGINAL, users=3_000, products=12_000, orders=60_000, form=FORM, deleted=2),
    Release("mrp", MRP, users=700, products=3_000, orders=12_000, form=(*FORM, "mrp")),
    Release("size", SIZE, users=800, products=3_000, orders=16_000, form=(*FORM, "mrp", "size")),
    Release("carousel", CAROUSEL, users=500, products=2_000, orders=12_000, form=(*FORM, "mrp", "size"), images=48),
)
STAGES = tuple(release.stage for release in RELEASES)
MATERIALS = ("Oak", "Linen", "Brass", "Wool", "Enamel", "Cork", "Copper", "Cotton", "Slate", "Bamboo")
THINGS = ("Lamp", "Kettle", "Throw", "Board", "Mug", "Shelf", "Basket", "Stool", "Clock", "Apron", "Tray", "Vase")
CATEGORIES = ("kitchen", "living", "bedroom", "garden", "office")
FIRST_NAMES = ("Asha", "Ben", "Chiara", "Dilip", "Élodie", "Farid", "Grace", "Hiro", "Ines", "Jan", "Kofi", "Lena")
LAST_NAMES = ("Ahmed", "Brown", "Costa", "Dubois", "Eze", "Fischer", "García", "Haas", "Ivanov", "Joshi", "Kim")
SIZES = ("S", "M", "L", "XL", "Standard", "Standard", "Standard")
REGIONS = ("hero", "sidebar", "footer", "checkout")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the legacy store.db.")
    parser.add_argument("path", nargs="?", type=Path, default=Path(__file__).with_name("store.db"))
    parser.add_argument("--stage", choices=STAGES, default=STAGES[-1], help="stop after this release")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--force", action="store_true", help="replace the store that is there")
    options = parser.parse_args(argv)
    beside = [options.path, *(Path(f"{options.path}{suffix}") for suffix in ("-wal", "-shm", "-journal"))]
    there = [path for path in beside if path.exists()]
    if there and not options.force:
        print(f"{there[0]} is there already; --force replaces it", file=sys.stderr)
        return 1
    for path in there:
        path.unlink()
    print(build(options.path, stage=options.stage, seed=options.seed))
    return 0


def build(path: Path, *, stage: str = STAGES[-1], seed: int = SEED) -> str:
    """Write the store into a path where nothing is yet, and say what it holds."""
    unfinished = Path(f"{path}-unfinished")  # an interrupted build must not pass for a store
    unfinished.unlink(missing_ok=True)
    db = sqlite3.connect(unfinished, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        trade = Trade(db, random.Random(seed))
        for release in RELEASES[: STAGES.index(stage) + 1]:
            trade.live_through(release)
        db.execute("PRAGMA journal_mode = WAL")
        counts = [f"{_count(db, table):,} {table}" for table in ("users", "products", "orders")]
    finally:
        db.close()
    unfinished.rename(path)
    return f"{path}: {', '.join(counts)}, as of release '{stage}'"


class Trade:
    """The shop trading: it writes the rows that users and administrators would have written."""

    def __init__(self, db: sqlite3.Connection, chance: random.Random) -> None:
        self.db = db
        self.chance = chance
        self.now = OPENED

    def live_through(self, release: Release) -> None:
        """Upgrade, then trade until the next release: the rows before an ALTER stay as they were written."""
        self.db.executescript(release.sql)
        self.db.execute("BEGIN")
        self._users(release.users)
        self._products(release.products + release.deleted, release.form)
        self._orders(release.orders)
        self._delete_products(release.deleted)
        self._images(release.images)
        self.db.execute("COMMIT")

    def _users(self, number: int) -> None:
        first = _last_id(self.db, "users") + 1
        rows = []
        for at in range(first, first + number):
            name = f"{self.chance.choice(FIRST_NAMES)} {self.chance.choice(LAST_NAMES)}"
            secret = f"pbkdf2:sha256:{self.chance.getrandbits(128):032x}"
            phone = f"+{self.chance.randrange(10**10, 10**11)}" if self.chance.random() < 0.6 else None
            rows.append((name, f"user{at}@example.org", secret, phone, int(at == 1), self._clock(120)))
        self.db.executemany(
            "INSERT INTO users (name, email, password_hash, phone, is_admin, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )

    def _products(self, number: int, form: tuple[str, ...]) -> None:
        rows = [self._product() for _ in range(number)]
        columns = [f":{column}" for column in form]
        self.db.executemany(
            f"INSERT INTO products ({', '.join(form)}) VALUES ({', '.join(columns)})",
            rows,
        )

    def _product(self) -> dict[str, object]:
        chance = self.chance
        title = f"{chance.choice(MATERIALS)} {chance.choice(THINGS)} No. {chance.randrange(1, 1000)}"
        price = round(min(chance.lognormvariate(4.2, 1.1), 9_500) + 1, 2)
        return {
            "title": title,
            "description": f"{title}, made by hand." if chance.random() < 0.8 else None,
            "category": chance.choice(CATEGORIES),
            "price": self._as_typed(price),
            "stock": chance.randrange(200),
            "image_path": f"img/{chance.getrandbits(32):08x}.jpg" if chance.random() < 0.9 else None,
            "created_at": self._clock(60),
            "mrp": math.ceil(price * chance.uniform(1.1, 1.6)) + 0.99 if chance.random() < 0.7 else None,
            "size": None if chance.random() < 0.005 else chance.choice(SIZES),
        }

    def _as_typed(self, price: float) -> str | None:
        """Spell a price as one of several people would type it into a form that takes any text."""
        way = self.chance.random()
        if way < 0.01:
            return None
        if way < 0.02:
            return ""
        if way < 0.10:
            return f"{price:,.0f}"
        return f"{price:,.2f}" if way < 0.70 else f"{price:.2f}"

    def _orders(self, number: int) -> None:
        """Sell mostly what is new: an order updates its product, and that rewrites the product's row in full."""
        users = _last_id(self.db, "users")
        newest = _last_id(self.db, "products")
        rows = []
        for _ in range(number):
            product = max(1, newest - int(self.chance.expovariate(1 / 1_500)))
            user = self.chance.randrange(1, users + 1)
            quantity = 1 + int(self.chance.expovariate(1.5))
            status = self.chance.choices(("new", "paid", "shipped", "returned"), (2, 3, 90, 5))[0]
            rows.append((user, product, quantity, status, self._clock(30)))
        self.db.executemany(
            "INSERT INTO orders (user_id, product_id, quantity, status, placed_at) VALUES (?, ?, ?, ?, ?)", rows
        )

    def _delete_products(self, number: int) -> None:
        """Delete products that were ordered: foreign keys are off unless asked for, so nothing objected."""
        self.db.execute("DELETE FROM products WHERE id > ? - ?", (_last_id(self.db, "products"), number))

    def _images(self, number: int) -> None:
        if not number:  # the table came with the last release
            return
        rows = []
        for at in range(number):
            region, position = REGIONS[at % len(REGIONS)], at // len(REGIONS) + 1
            alt_text = None if at % 5 == 0 else f"{region} {position}"
            rows.append((region, position, f"img/{region}-{position}.jpg", alt_text, *[self._clock(600)] * 2))
        self.db.executemany(
            "INSERT INTO catalog_images (region, position, image_path, alt_text, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )

    def _clock(self, at_most: int) -> str:
        self.now += timedelta(seconds=self.chance.randrange(1, at_most * 2))
        return self.now.strftime("%Y-%m-%d %H:%M:%S")


def _count(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _last_id(db: sqlite3.Connection, table: str) -> int:
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    sys.exit(main())

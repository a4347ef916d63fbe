"""The shop as it stood before reconcile: one file, one `init_db()` that every release made a little longer.

It is kept here to be read, and so that the tests can show what it does to a store. Flask is needed only to serve
(`python app.py`), never to import this file.
"""

# The habits below are the reason for this example, so they stay as they were:
# ruff: noqa: E722, S110, SIM105

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

DATABASE = os.environ.get("STORE_DATABASE", "store.db")


def get_db(path: str = DATABASE) -> sqlite3.Connection:
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    return db


def init_db(path: str = DATABASE) -> None:
    """Run at every start, and hope."""
    db = get_db(path)
    db.execute("PRAGMA journal_mode=WAL")
    db.executescript("""
        CREATE TABLE IF NOT EXISTS users (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,
            email TEXT UNIQUE NOT NULL,
            password_hash TEXT,
            phone TEXT,
            is_admin INTEGER DEFAULT 0,
            created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
        );
        CREATE TABLE IF NOT EXISTS products (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            title TEXT NOT NULL,
            description TEXT,
            category TEXT,
            price TEXT,  -- as typed into the form
            stock INTEGER DEFAULT 0,
            image_path TEXT,
            created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
        );
        CREATE TABLE IF NOT EXISTS orders (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id INTEGER NOT NULL,
            product_id INTEGER NOT NULL,
            quantity INTEGER NOT NULL DEFAULT 1,
            status TEXT DEFAULT 'new',
            placed_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
            FOREIGN KEY (user_id) REFERENCES users (id),
            FOREIGN KEY (product_id) REFERENCES products (id)
        );
        CREATE INDEX IF NOT EXISTS idx_products_category ON products (category);
        CREATE INDEX IF NOT EXISTS idx_orders_user ON orders (user_id);
        CREATE INDEX IF NOT EXISTS idx_orders_open ON orders (placed_at) WHERE status = 'new';
        CREATE TRIGGER IF NOT EXISTS orders_take_stock AFTER INSERT ON orders BEGIN
            UPDATE products SET stock = stock - NEW.quantity WHERE id = NEW.product_id;
        END;
        CREATE VIEW IF NOT EXISTS best_sellers AS
            SELECT p.id, p.title AS product, sum(o.quantity) AS sold
            FROM orders AS o JOIN products AS p ON p.id = o.product_id
            GROUP BY p.id;
    """)

    # release 2: the price before the discount
    columns = [row["name"] for row in db.execute("PRAGMA table_info(products)")]
    if "mrp" not in columns:
        db.execute("ALTER TABLE products ADD COLUMN mrp REAL")

    # release 3: sizes
    try:
        db.execute('ALTER TABLE products ADD COLUMN size TEXT DEFAULT "Standard"')
    except:
        pass  # "duplicate column name", we think

    # release 4: the carousel on the front page
    try:
        db.execute("""
            CREATE TABLE catalog_images (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                region TEXT NOT NULL,
                position INTEGER NOT NULL,
                image_path TEXT NOT NULL,
                alt_text TEXT,
                created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
                updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
                UNIQUE(region, position)
            )
        """)
        db.execute("""
            CREATE TRIGGER catalog_images_touch AFTER UPDATE OF image_path, alt_text ON catalog_images BEGIN
                UPDATE catalog_images SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id;
            END
        """)
    except:
        pass

    db.commit()
    db.close()


def create_app() -> Flask:
    """Two pages are enough to see what the schema is for."""
    from flask import Flask, jsonify  # noqa: PLC0415  reading this file must not need Flask

    app = Flask(__name__)
    init_db()

    @app.get("/")
    def front() -> object:
        with get_db() as db:
            images = db.execute("SELECT * FROM catalog_images WHERE region = 'hero' ORDER BY position")
            return jsonify([dict(row) for row in images])

    @app.get("/products/<int:product_id>")
    def product(product_id: int) -> object:
        with get_db() as db:
            row = db.execute("SELECT * FROM products WHERE id = ?", (product_id,)).fetchone()
            return jsonify(dict(row)) if row else ("no such product", 404)

    return app


if __name__ == "__main__":
    create_app().run()

"""make bench: what reconcile costs, as ratios to floors measured in the same run. No test: times are for eyes.

    python tests/bench/bench.py [--full] [--rows N] [--tables N,N,...] [--only start,schemas,rows,probe]

The quick form takes some minutes; ``--full`` takes 5,000,000 rows (about 700 MB, and three times that on the disk) and
schemas of up to 10,000 tables.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import rows
import schemas

from reconcile.version import VERSION

_QUICK = (300_000, "10,500,1000")
_FULL = (5_000_000, "10,100,500,1000,10000")
_PROBE = Path(__file__).with_name("probe.py").resolve()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--tables")
    parser.add_argument("--only", default="start,schemas,rows,probe")
    parser.add_argument("--folder", help="where the databases are made; else the system's folder for temporary files")
    asked = parser.parse_args()
    count, tables = _FULL if asked.full else _QUICK
    count = asked.rows or count
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, reconcile {VERSION}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores, load {load}"
    )
    with tempfile.TemporaryDirectory(prefix="reconcile-bench-", dir=asked.folder) as folder:
        os.chdir(folder)
        wanted = asked.only.split(",")
        if "start" in wanted:
            schemas.start()
        if "schemas" in wanted:
            for number in (asked.tables or tables).split(","):
                schemas.many(int(number))
        if "rows" in wanted:
            rows.measure(count)
        if "probe" in wanted:
            print(flush=True)
            subprocess.run([sys.executable, str(_PROBE), "--rows", str(min(count, 2_000_000))], check=True)


if __name__ == "__main__":
    main()

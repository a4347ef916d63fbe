"""The concurrency tests use the command line's ways to run the program."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
for folder in (HERE, HERE.parent / "cli"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

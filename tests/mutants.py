"""Planted bugs, each of which the quick tier must catch: `python tests/mutants.py [--seeds 1,2,3] [NAME ...]`.

A mutant replaces one attribute of the program. It is caught if a run in which the replacement was called ends with a
failed assertion about behaviour: an error while collecting, a crash of the test itself and a health check do not
count. A target that no longer exists is an error, never a survivor. A mutant without a target is *pending*: it is
named, counted and printed, and `--complete` refuses it.

The same file is the pytest plugin that plants the bug (`-p mutants --mutant NAME`) in the process that it starts.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

HERE = Path(__file__).parent
SUITE = "tests/property/test_edits.py"
NOT_BEHAVIOUR = frozenset({"assert_health"})


@dataclass(frozen=True)
class Mutant:
    """A planted bug: `target` is ``module:attribute.path``, `plant` turns the original into the bug.

    `equivalent` says why it cannot be seen, where that is so; `suite` where it must be caught.
    """

    name: str
    target: str | None = None
    plant: Callable[[Any], Any] | None = None
    suite: str = SUITE
    equivalent: str = ""

    @property
    def pending(self) -> bool:
        """Say whether nobody has planted it yet."""
        return self.target is None


PENDING = (
    "index lost in a rebuild",
    "partial WHERE lost in a rebuild",
    "trigger lost in a rebuild",
    "view lost in a rebuild",
    "COLLATE lost in a rebuild",
    "STRICT lost in a rebuild",
    "WITHOUT ROWID lost in a rebuild",
    "conflict clause lost in a rebuild",
    "DEFERRABLE lost in a rebuild",
    "constraint name lost in a rebuild",
    "default's quoting lost",
    "always rebuilds",
    "unmanaged rows deleted",
    "foreign keys left on",
    "pragma set inside the transaction",
    "pragma not restored",
    "no foreign_key_check",
    "rename-old-first",
    "rowid lost",
    "sequence lost",
    "SELECT * by position",
    "rename hint ignored",
    "CAST instead of refusal",
    "lossy check removed",
    "NULL to default silently",
    "INSERT OR IGNORE",
    "consent check removed",
    "commit on error",
    "verification compares counts only",
    "fingerprint ignores triggers",
    "stale check before the lock instead of inside",
    "backup by file copy under WAL",
    "backup 0644",
    "user trigger fires in a backfill",
    "temp table left after a crash",
    "a name that differs in case only taken as new",
    "UNIQUE checked under the old collation",
    "order from a set",
    "history row outside the transaction",
    "'rolled back' reported after a late error",
    "default changed in the catalog under short records",
)

PLANTED: tuple[Mutant, ...] = ()
MUTANTS: tuple[Mutant, ...] = (*PLANTED, *(Mutant(name) for name in PENDING))


@dataclass
class Verdict:
    """What one run saw: how often the planted code ran, and which assertions about behaviour failed."""

    calls: int = 0
    failed: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def caught(self) -> bool:
        """Say whether the bug ran and an assertion about behaviour noticed."""
        return bool(self.calls and self.failed)


def main() -> int:
    """Run the mutants asked for, or all, and print one line each."""
    options = _options()
    unknown = set(options.names) - {mutant.name for mutant in MUTANTS}
    if unknown:
        sys.exit(f"no such mutant: {', '.join(sorted(unknown))}")
    bad = 0
    for mutant in MUTANTS:
        if options.names and mutant.name not in options.names:
            continue
        if mutant.pending:
            print(f"pending   {mutant.name}")
            bad += options.complete
            continue
        for seed in options.seeds.split(","):
            said, verdict = run(mutant, seed)
            print(f"{said:9} {mutant.name}  (seed {seed}, ran {verdict.calls} times) {mutant.equivalent}", flush=True)
            bad += said in ("survived", "broken")
    return 1 if bad else 0


def run(mutant: Mutant, seed: str) -> tuple[str, Verdict]:
    """Run the suite with the bug planted, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "verdict.json"
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "mutants", f"--mutant={mutant.name}"]
        command += [f"--mutant-report={report}", f"--hypothesis-seed={seed}", "-p", "no:cacheprovider", mutant.suite]
        paths = os.pathsep.join(part for part in (str(HERE), os.environ.get("PYTHONPATH")) if part)
        environment = {**os.environ, "PYTHONPATH": paths, "HYPOTHESIS_PROFILE": "mutants"}
        ran = subprocess.run(command, cwd=HERE.parent, env=environment, capture_output=True, text=True, check=False)
        if not report.exists():
            print(ran.stdout[-2000:], ran.stderr[-2000:])
            return "broken", Verdict()
        verdict = Verdict(**json.loads(report.read_text(encoding="utf-8")))
    if verdict.caught:
        return "caught", verdict
    if mutant.equivalent and not verdict.broken:
        return "equal", verdict
    return ("broken" if verdict.broken or not verdict.calls else "survived"), verdict


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run planted bugs against the quick tier.")
    parser.add_argument("names", nargs="*", help="only these mutants")
    parser.add_argument("--seeds", default="1,2,3", help="seeds for hypothesis")
    parser.add_argument("--complete", action="store_true", help="fail where a mutant is pending")
    return parser.parse_args()


# -- the plugin: what follows runs inside the pytest that `run` starts


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the mutant's name."""
    parser.addoption("--mutant", default=None)
    parser.addoption("--mutant-report", default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Plant the bug before anything of the program is imported by a test."""
    name = config.getoption("--mutant")
    if name is not None:
        config.pluginmanager.register(_Planted(config, next(m for m in MUTANTS if m.name == name)))


class _Planted:
    def __init__(self, config: pytest.Config, mutant: Mutant) -> None:
        self.verdict = Verdict()
        self.report = Path(config.getoption("--mutant-report"))
        plant(mutant, self._count)

    def _count(self) -> None:
        self.verdict.calls += 1

    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        if call.excinfo is not None:
            for error in _leaves(call.excinfo.value):
                kind = self.verdict.failed if _about_behaviour(error) else self.verdict.broken
                kind.append(f"{type(error).__name__}: {error}"[:500])

    def pytest_sessionfinish(self) -> None:
        self.report.write_text(json.dumps(vars(self.verdict)), encoding="utf-8")


def plant(mutant: Mutant, count: Callable[[], None]) -> None:
    """Replace the target, and every name under which a module already imported it; count each call."""
    assert mutant.target is not None
    assert mutant.plant is not None
    module, _, path = mutant.target.partition(":")
    *owners, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for part in owners:
        owner = getattr(owner, part)
    original = getattr(owner, name)
    bug = mutant.plant(original)

    def counted(*arguments: Any, **options: Any) -> Any:
        count()
        return bug(*arguments, **options)

    replacement = counted if callable(bug) else bug
    setattr(owner, name, replacement)
    for other in [m for label, m in sys.modules.items() if label.startswith("reconcile.")]:
        for alias in [key for key, value in vars(other).items() if value is original]:
            setattr(other, alias, replacement)
    if not callable(bug):
        count()


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """Give the errors inside hypothesis' groups."""
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part)
    else:
        yield error


def _about_behaviour(error: BaseException) -> bool:
    """Say whether a test's own assertion failed, other than one about the generator's health."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = place.tb_frame.f_code.co_name if place else ""
    return isinstance(error, AssertionError) and where not in NOT_BEHAVIOUR


if __name__ == "__main__":
    sys.exit(main())

"""What the preview shows around a plan, and how much of the plan it shows. Filled by the command line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Heading:
    """The two sides of a plan. `database` and `schema` are as the user calls them; `size` is in bytes.

    `options` are all arguments that shaped the plan, one word each: the line to paste repeats them,
    and names the command `verb`.
    """

    database: str
    schema: str
    size: int
    journal_mode: str
    at: int | None
    schema_digest: str
    options: tuple[str, ...] = ()
    existing_faults: tuple[str, ...] = ()
    verb: str = "apply"


class Purpose(Enum):
    """What the reader is going to do with the text."""

    PLAN = "plan"  # decide, and paste the line that applies it
    APPLY = "apply"  # it is about to be applied: no line to paste unless consent is missing
    DIFFERENCE = "difference"  # two states compared; nothing can be applied


@dataclass(frozen=True, slots=True)
class View:
    """How much to show: SQL under each step where `verbose`, and up to `keys` keys of offending rows.

    `values` shows what those hold, too: for eyes alone, never where what is printed is kept.
    """

    purpose: Purpose = Purpose.PLAN
    verbose: bool = False
    keys: int = 5
    values: bool = False

"""Take a scenario through the program, and hold it to the properties (P1-P11, P13, P17, P18, P24, P25)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contents import compare_rows, opened
from .drive import IN_SYNC, PENDING, REFUSED, Ran, Site, allowing, site
from .oracle import column_order, compare_schemas

if TYPE_CHECKING:
    from .edits import Kind
    from .scenario import Scenario

OTHER_LAYOUT = "its keys would lie in another order"  # the constraint moved from its column to its table


def travel(kind: Kind, scenario: Scenario, *, backup: bool = False) -> str:
    """Take over, plan, refuse, apply, compare, plan again; say how it ended: applied, blocked, refused or noop."""
    with site(scenario) as place:
        take_over(place)
        place.declare(scenario.yaml_after)
        planned = plan(place, scenario)
        if planned.code == IN_SYNC:
            assert_end(place, scenario)
            return "noop"
        if scenario.blocked:
            refuse_rows(place, scenario)
            return "blocked"
        if scenario.consent.must:
            refused(place, "apply", "--yes", "--no-backup")
        keep = [] if backup else ["--no-backup"]
        settings = place.settings()
        applied = consented(place, scenario, keep)
        if applied.code == REFUSED and scenario.undecided:
            return "refused"
        assert applied.code == 0, applied
        assert place.settings() == settings, "P17: the file's own settings"
        assert_end(place, scenario)
        assert_cheap(kind, planned)
        return "applied"


def take_over(place: Site) -> None:
    """Record the database as it is; its own schema is in sync with it (P3), and looking changes nothing (P11)."""
    before = place.snapshot()
    checked = place.run("check")
    assert checked.code == IN_SYNC, checked
    assert place.snapshot() == before, "P11: check changed the folder"
    recorded = place.run("apply", "--yes", "--no-backup")
    assert recorded.code == 0, recorded


def plan(place: Site, scenario: Scenario) -> Ran:
    """Plan: nothing changes (P11), and the exit code says what the rows and the consent say."""
    before = place.snapshot()
    planned = place.run("plan", "--exit-code", "--format", "json")
    assert place.snapshot() == before, "P11: plan changed the folder"
    if scenario.blocked or scenario.consent.must:
        expected = {REFUSED}
    elif scenario.undecided or scenario.consent.may:
        expected = {REFUSED, PENDING}
    else:
        expected = {IN_SYNC} if scenario.noop else {PENDING}
    assert planned.code in expected, f"{sorted(expected)} expected\n{place.run('plan', '--exit-code')}"
    return planned


def refuse_rows(place: Site, scenario: Scenario) -> None:
    """See the rows refused, with all consent given, by the reason that SQLite itself gave (P9, P10)."""
    ran = refused(place, "apply", "--yes", "--no-backup", *allowing(scenario.consent.must))
    assert any(code in ran.out + ran.err for code in scenario.hand.refused), ran


def refused(place: Site, *command: str) -> Ran:
    """See a refusal, after which everything is as it was (P8, P10)."""
    before = place.snapshot()
    ran = place.run(*command)
    assert ran.code == REFUSED, ran
    assert place.snapshot() == before, "P10: a refusal changed the folder"
    return ran


def consented(place: Site, scenario: Scenario, keep: list[str]) -> Ran:
    """Apply with the consent that must be given; then with what may be asked for too."""
    applied = place.run("apply", "--yes", *keep, *allowing(scenario.consent.must))
    if applied.code == REFUSED and scenario.consent.may:
        named = [flag for flag in scenario.consent.may if flag.split(":")[0] in applied.out + applied.err]
        applied = place.run("apply", "--yes", *keep, *allowing((*scenario.consent.must, *named)))
    return applied


def assert_end(place: Site, scenario: Scenario) -> None:
    """Compare with the database built by hand (P1, P4, P5, P18, P25), and plan again (P2)."""
    desired = scenario.change.desired
    with opened(scenario.hand.image) as wanted, opened(place.database) as found:
        differences = compare_schemas(wanted, found) + compare_rows(desired, wanted, found)
        assert not differences, "\n".join(["P1, P4:", *differences])
        assert column_order(wanted).keys() == {n for n in column_order(found) if not n.startswith("schema_version")}
    before = place.snapshot()
    again = place.run("check")
    assert again.code == IN_SYNC, again
    assert place.snapshot() == before, "P11: check changed the folder"


def assert_cheap(kind: Kind, planned: Ran) -> None:
    """See at most one rebuild a table, and none where there is a cheaper way (P24)."""
    rebuilt = [step["object"] for step in planned.plan["steps"] if step["title"].startswith("rebuild ")]
    assert len(rebuilt) == len(set(rebuilt)), planned
    assert not (kind.in_place and rebuilt), planned
    if kind.in_catalog:
        changes = [change for change in planned.plan["changes"] if change["method"] == "rebuild"]
        assert all(change["why"] == OTHER_LAYOUT or is_strict(change) for change in changes), planned


def is_strict(change: dict) -> bool:
    """Say whether another type was asked for, which in a STRICT table is never an edit of the catalog."""
    return any(edit["kind"] == "retype-column" and edit["forces_rebuild"] for edit in change["edits"])

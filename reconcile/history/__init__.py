"""Third floor: what was applied, when, and what it was."""

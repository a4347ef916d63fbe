"""plan/hazards."""

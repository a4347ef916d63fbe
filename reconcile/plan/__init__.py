"""Second floor: changes and facts -> a plan. Pure: the planner asks, it does not fetch."""
